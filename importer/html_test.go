package importer

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestTextOfKeepsWhatHTMLShows(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"paragraphs":       {"<p>One </p>\n<p>Two<br>three</p>", "One\n\nTwo\nthree"},
		"blanks fold":      {"<p>a \n\t b&nbsp;<b>c</b> d</p>", "a b c d"},
		"nothing joins":    {"<b>a</b><i>b</i> <u>c</u>", "ab c"},
		"entities once":    {"<p>&lt;b&gt; &amp;amp; caf&eacute; &#8364;</p>", "<b> &amp; café €"},
		"list":             {"<p>Do:</p><ul><li>one</li><li>two <b>bold</b></li></ul><p>End</p>", "Do:\n\n- one\n- two bold\n\nEnd"},
		"numbered, nested": {"<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>", "1. a\n  - b\n2. c"},
		"paragraph in li":  {"<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>", "- a\n\n- b\n\n  c"},
		"link":             {`See <a href="https://x.example/a?b=1&amp;c=2">the page</a>.`, "See the page (https://x.example/a?b=1&c=2)."},
		"link is its text": {`<a href="http://kos.net" rel="nofollow">kos.net</a>, <a href="mailto:a@b.example">a@b.example</a>`, "kos.net, a@b.example"},
		"link, no text":    {`<p><a href="https://x.example/"></a></p>`, "https://x.example/"},
		"link not closed":  {`<p><a href="https://x.example/">go`, "go (https://x.example/)"},
		"image":            {`<p>a <img src="https://x.example/i.png" alt="a  screen"> b</p>`, "a [image: a screen (https://x.example/i.png)] b"},
		"image in data":    {`a <img src="data:image/png;base64,AAAA"> b`, "a b"},
		"code":             {"<p>Run <code>rm  -r</code>, then</p>", "Run `rm -r`, then"},
		"pre":              {"<p>Log:</p><pre>\n  a\n\n\n    b &lt;c&gt;\n</pre><p>End</p>", "Log:\n\n      a\n\n\n        b <c>\n\nEnd"},
		"quotation":        {"<p>He:</p><blockquote><p>yes</p><p>no</p></blockquote><p>Me</p>", "He:\n\n> yes\n\n> no\n\nMe"},
		"table":            {"<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>", "a | b\n1 | 2"},
		"rule":             {"<p>a</p><hr><p>b</p>", "a\n\n----\n\nb"},
		"whole document":   {"<!DOCTYPE html><html><head><title>T</title><style>p{}</style></head><body><p>a</p><!-- no --></body></html>", "a"},
		"lines kept":       {"first\n\nsecond <b>bold</b>\nthird", "first\n\nsecond bold\nthird"},
	} {
		if got := textOf(c.in); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestTextOfIsSafeFromHostileHTML(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"script":           {"<p>a<script>alert('x')</script>b</p>", "ab"},
		"script, open":     {"<p>a</p><script>alert('x')", "a"},
		"script in script": {"<scr<script>ipt>alert(1)</script>", "ipt>alert(1)"},
		"style":            {"<style>@import 'x'</style>a", "a"},
		"event":            {`<img src=x onerror="alert(1)">a`, "[image: (x)]a"},
		"iframe":           {`<iframe src="https://x.example"><p>in</p></iframe>a`, "a"},
		"svg":              {`<svg onload=alert(1)><circle/></svg>a`, "a"},
		"javascript":       {`<a href="javascript:alert(1)">go</a>`, "go"},
		"javascript, tab":  {"<a href=\"java\tscript:alert(1)\">go</a>", "go"},
		"javascript, case": {`<a href=" JaVaScRiPt:alert(1)">go</a>`, "go"},
		"data link":        {`<a href="data:text/html,<script>alert(1)</script>">go</a>`, "go"},
		"vbscript":         {`<a href="vbscript:x">go</a>`, "go"},
		"unclosed":         {"<p>a<b>b<ul><li>c<pre>d", "ab\n\n- c\n\n      d"},
		"stray ends":       {"</p></ul></pre></a></blockquote></code>a", "a"},
		"broken tag":       {"<p>a <b", "a"},
		"plaintext":        {"<plaintext><b>a</b>", "a"},
		"noscript":         {"<noscript><p>a</p></noscript>", "a"},
		"cdata":            {"a<![CDATA[<b>x</b>]]>b", "ax]]>b"},
		"nothing":          {"<p> </p>", ""},
	} {
		if got := textOf(c.in); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

// Depth costs nothing: neither time nor indentation runs away.
func TestTextOfOfDeepNesting(t *testing.T) {
	for _, tag := range []string{"div", "ul", "blockquote", "pre", "a href=x", "table", "b", "code", "script", "svg"} {
		in := strings.Repeat("<"+tag+"><li>", 10_000) + "core"
		started := time.Now()
		out := textOf(in)
		if took := time.Since(started); took > time.Minute {
			t.Errorf("%s: took %s", tag, took)
		}
		if len(out) > 40*len(in) || tag != "script" && !strings.Contains(out, "core") {
			t.Errorf("%s: %d characters of %d", tag, len(out), len(in))
		}
	}
}

// Whatever is in a file, the text is text: valid, and with no tag that the
// source did not hold as words.
func TestTextOfHoldsForAnyHTML(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"<p>", "</p>", "<ul>", "</ul>", "<ol>", "<li>", "<pre>", "</pre>", "<code>", "</code>", "<a href='http://x'>",
		"</a>", "<br>", "<script>", "</script>", "<style>", "<textarea>", "<xmp>", "<td>", "<blockquote>", "</blockquote>", "<!--", "-->", "<", ">",
		"a", " ", "\n", "é", "&lt;", "&amp;", "&#0;", "\xff", "<img alt=i>", "<hr/>",
	})
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "pieces"), "")
		out := textOf(strings.ToValidUTF8(in, "?"))
		if !utf8.ValidString(out) {
			t.Errorf("%q became invalid: %q", in, out)
		}
		for _, tag := range []string{"<p>", "<script>", "</a>", "<li>"} {
			if strings.Contains(out, tag) && !strings.Contains(in, "&lt;") && !strings.Contains(in, "<"+tag) {
				t.Errorf("%q kept %s: %q", in, tag, out)
			}
		}
	})
}

func TestTitles(t *testing.T) {
	for in, want := range map[string]string{
		"  a \t b\n c ":       "a b c",
		"AT&amp;T isn&#039;t": "AT&T isn't",
		"1 &lt; 2":            "1 < 2",
		"AT&T &amp; me":       "AT&T &amp; me", // was not escaped
		`Why does apostrophe in incoming mail display as "&#039;"`: `Why does apostrophe in incoming mail display as "&#039;"`,
		"type on the <write> page":                                 "type on the <write> page",
	} {
		if got, _ := texts(in, false, "body", false); got != want {
			t.Errorf("title %q: got %q, want %q", in, got, want)
		}
	}
	if got, _ := texts("<b>Fish</b> &amp; chips", true, "body", false); got != "Fish & chips" {
		t.Errorf("title in HTML: %q", got)
	}
	long := strings.Repeat("wörd ", 70)
	title, body := texts(long, false, "The body.", false)
	if utf8.RuneCountInString(title) > 300 || !strings.HasSuffix(title, "…") || body != strings.TrimSpace(long)+"\n\nThe body." {
		t.Errorf("long title: %q, %q", title, body)
	}
}

func TestBodiesThatAreHTMLWithoutSayingSo(t *testing.T) {
	for in, want := range map[string]string{
		"<p>Hello</p>":                           "Hello",
		"Hello<br/>there":                        "Hello\nthere",
		"now cannot type on the <write> pop up":  "now cannot type on the <write> pop up",
		"if a<b and b>c then\n  x = &amp;y":      "if a<b and b>c then\n  x = &amp;y",
		"tried imap://<hostname> and <a@b.test>": "tried imap://<hostname> and <a@b.test>",
	} {
		if _, got := texts("Title", false, in, false); got != want {
			t.Errorf("body %q: got %q, want %q", in, got, want)
		}
	}
	if _, got := texts("Title", false, "no tag &amp;\n  two lines", true); got != "no tag &\n  two lines" {
		t.Errorf("a column of HTML without tags: %q", got)
	}
}
