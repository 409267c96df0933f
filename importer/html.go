package importer

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

var (
	tagsSeen  = regexp.MustCompile(`(?i)</(?:p|div|span|a|b|i|u|em|strong|ul|ol|li|table|tr|td|pre|code|blockquote|h[1-6]|body|html|script|style|font)\s*>|<(?:p|br|hr|div|li)\s*/?>|<(?:p|div|a|img|span|table|script|iframe|svg|font)\s[^<>]*>`)
	blockTags = regexp.MustCompile(`(?i)</?(?:p|br|div|li|ul|ol|table|tr|pre|blockquote|h[1-6])\b[^<>]*>`)
)

// looksHTML says whether a text is written in HTML, though nothing says so.
// A word between angle brackets alone is no HTML.
func looksHTML(s string) bool { return tagsSeen.MatchString(s) }

// textOf turns HTML into plain text: paragraphs, lists, quotations and
// preformatted lines stay apart, a link is "text (address)", scripts and
// styles are gone, and so is every tag, also in what is not well formed. It
// reads tag after tag and builds no tree, so depth costs nothing.
func textOf(source string) string {
	w := &textWriter{keepLines: !blockTags.MatchString(source)}
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken: // the end
			w.closeLink()
			return strings.TrimRight(w.out.String(), " \n")
		case html.TextToken:
			w.text(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			w.start(z)
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(string(name))
		default: // comments and document types say nothing
		}
	}
}

// textWriter writes text line by line. What parts two pieces of text is owed
// until the second one comes.
type textWriter struct {
	out       strings.Builder
	keepLines bool // line ends of the source are line ends
	skip      bool // inside a script or style: the next text is its content
	gap       int  // line breaks owed
	space     bool // a blank owed
	marker    string
	lists     []int // open lists; the last number of each, -1 without numbers
	quotes    int
	pre       int
	preStart  bool // a line break right after <pre> does not count
	code      int
	cell      bool // the row of a table has a cell already
	linked    bool
	href      string
	linkStart int
}

// Deeper lists and quotations are shown at this depth.
const deepest = 6

// lead pays what is owed before more text.
func (w *textWriter) lead() {
	if w.out.Len() > 0 && w.gap == 0 {
		if w.space {
			w.out.WriteByte(' ')
		}
		w.space = false
		return
	}
	if w.out.Len() > 0 {
		w.out.WriteString(strings.Repeat("\n", w.gap))
	}
	w.out.WriteString(strings.Repeat("> ", min(w.quotes, deepest)))
	depth := len(w.lists)
	if w.marker != "" {
		depth--
	}
	w.out.WriteString(strings.Repeat("  ", max(0, min(depth, deepest))))
	w.out.WriteString(w.marker)
	if w.pre > 0 {
		w.out.WriteString("    ")
	}
	w.gap, w.space, w.marker = 0, false, ""
}

// part owes line breaks: 1 for a new line, 2 for a new paragraph. Right after
// the marker of a list's entry the line has only begun.
func (w *textWriter) part(breaks int) {
	if w.marker == "" {
		w.gap = max(w.gap, breaks)
		w.space = false
	}
}

func (w *textWriter) write(s string) {
	w.lead()
	w.out.WriteString(s)
}

func (w *textWriter) text(s string) {
	switch {
	case w.skip:
		return
	case w.pre > 0:
		w.lines(strings.ReplaceAll(s, "\r\n", "\n"), w.verbatim)
	case w.keepLines:
		w.lines(s, w.words)
	default:
		w.words(s)
	}
}

// lines writes each line and owes every break between them.
func (w *textWriter) lines(s string, write func(string)) {
	if w.preStart {
		s = strings.TrimPrefix(s, "\n")
		w.preStart = false
	}
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			w.gap++
			w.space = false
		}
		write(line)
	}
}

func (w *textWriter) verbatim(line string) {
	if line = strings.TrimRight(line, " \t\r"); line != "" {
		w.write(line)
	}
}

func (w *textWriter) words(s string) {
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	w.space = w.space || unicode.IsSpace(first)
	list := strings.Fields(s)
	for i, word := range list {
		if i > 0 {
			w.space = true
		}
		w.write(word)
	}
	if len(list) > 0 && unicode.IsSpace(last) {
		w.space = true
	}
}

var (
	paragraphs = []string{"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "dl", "article", "section", "form", "figure"}
	newLines   = []string{"div", "tr", "dt", "dd", "header", "footer", "main", "nav", "aside", "address", "figcaption", "option", "fieldset", "body", "caption"}
	codes      = []string{"code", "kbd", "samp", "tt"}
	dropped    = []string{"script", "style", "iframe", "title"}
	unraw      = []string{"noscript", "noembed", "noframes", "plaintext", "xmp", "textarea"} // their content is read like any other
)

func (w *textWriter) start(z *html.Tokenizer) {
	tag, _ := z.TagName()
	name := string(tag)
	w.skip = slices.Contains(dropped, name)
	if slices.Contains(unraw, name) {
		z.NextIsNotRawText()
	}
	switch {
	case slices.Contains(paragraphs, name):
		w.part(2)
	case slices.Contains(newLines, name):
		w.part(1)
		w.cell = false
	case slices.Contains(codes, name) && w.pre == 0:
		w.code++
		w.write("`")
	}
	w.startOther(name, z)
}

func (w *textWriter) startOther(name string, z *html.Tokenizer) {
	switch name {
	case "br":
		w.gap++
		w.space = false
	case "hr":
		w.part(2)
		w.write("----")
		w.part(2)
	case "ul", "ol":
		w.list(name == "ol")
	case "li":
		w.entry()
	case "blockquote":
		w.part(2)
		w.quotes++
	case "pre":
		w.part(2)
		w.pre++
		w.preStart = true
	case "td", "th":
		if w.cell && w.gap == 0 {
			w.space = true
			w.write("|")
			w.space = true
		}
		w.cell = true
	case "a":
		w.closeLink()
		w.linked, w.href, w.linkStart = true, address(attribute(z, "href")), w.out.Len()
	case "img":
		w.image(z)
	}
}

// list begins a list.
func (w *textWriter) list(numbered bool) {
	w.part(w.aroundList())
	last := -1
	if numbered {
		last = 0
	}
	w.lists = append(w.lists, last)
}

// aroundList is how much parts a list from what is around it.
func (w *textWriter) aroundList() int {
	if len(w.lists) == 0 {
		return 2
	}
	return 1
}

// entry begins an entry of a list.
func (w *textWriter) entry() {
	w.marker = ""
	w.part(1)
	w.marker = "- "
	if n := len(w.lists); n > 0 && w.lists[n-1] >= 0 {
		w.lists[n-1]++
		w.marker = strconv.Itoa(w.lists[n-1]) + ". "
	}
}

func (w *textWriter) end(name string) {
	w.skip = false
	switch {
	case slices.Contains(paragraphs, name):
		w.part(2)
	case slices.Contains(newLines, name):
		w.part(1)
	case slices.Contains(codes, name) && w.code > 0:
		w.code--
		w.out.WriteByte('`')
	case name == "a":
		w.closeLink()
	case name == "li":
		w.part(1)
	case (name == "ul" || name == "ol") && len(w.lists) > 0:
		w.lists, w.marker = w.lists[:len(w.lists)-1], ""
		w.part(w.aroundList())
	case name == "blockquote" && w.quotes > 0:
		w.part(2)
		w.quotes--
	case name == "pre" && w.pre > 0:
		w.pre, w.preStart = w.pre-1, false
		w.gap = 0 // blank lines at its end
		w.part(2)
	}
}

func (w *textWriter) image(z *html.Tokenizer) {
	alt, src := "", ""
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch {
		case bytes.Equal(key, []byte("alt")):
			alt = strings.Join(strings.Fields(string(value)), " ")
		case bytes.Equal(key, []byte("src")):
			src = address(string(value))
		}
	}
	if src != "" {
		src = "(" + src + ")"
	}
	if shown := strings.TrimSpace(alt + " " + src); shown != "" {
		w.write("[image: " + shown + "]")
	}
}

// closeLink writes the address after the link's text, unless the text is the
// address.
func (w *textWriter) closeLink() {
	if !w.linked || w.href == "" {
		w.linked = false
		return
	}
	w.linked = false
	text := strings.TrimSpace(w.out.String()[w.linkStart:])
	switch {
	case text == "":
		w.write(w.href)
	case bareAddress(text) != bareAddress(w.href):
		w.out.WriteString(" (" + w.href + ")")
	}
}

func bareAddress(s string) string {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		s = strings.TrimPrefix(s, scheme)
	}
	return strings.TrimSuffix(strings.ToLower(s), "/")
}

func attribute(z *html.Tokenizer, name string) (value string) {
	for more := true; more; {
		var key, v []byte
		key, v, more = z.TagAttr()
		if string(key) == name && value == "" {
			value = string(v)
		}
	}
	return value
}

// address is a link's address if it leads somewhere a reader may go, else "":
// no scripts, no data, no places within the page.
func address(href string) string {
	href = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.TrimSpace(href))
	u, err := url.Parse(href)
	if err != nil || strings.HasPrefix(href, "#") {
		return ""
	}
	switch u.Scheme { // in small letters
	case "http", "https", "mailto", "ftp", "tel", "":
		return strings.ReplaceAll(href, " ", "%20")
	}
	return ""
}
