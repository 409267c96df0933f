package web

import (
	"bytes"
	"html/template"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// markdown reads what people write: CommonMark with links found by themselves,
// tables, a line end as they typed it, and no HTML. withoutTables is for texts
// whose tables would be larger than cellsMax: each short row is filled up.
var (
	markdown      = markdownWith(extension.Table)
	withoutTables = markdownWith()
)

func markdownWith(more ...goldmark.Extender) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(append(more, extension.NewLinkify(), extension.Strikethrough)...),
		goldmark.WithRendererOptions(html.WithHardWraps()),
	)
}

// cellsMax is how many cells the tables of one text may have, at most as many
// as its longest row has times its lines.
const cellsMax = 10_000

func reader(s string) goldmark.Markdown {
	columns := 0
	for line := range strings.SplitSeq(s, "\n") {
		columns = max(columns, strings.Count(line, "|")+1)
	}
	if columns > 1 && columns*strings.Count(s, "\n") > cellsMax {
		return withoutTables
	}
	return markdown
}

// harmless is what of it reaches a page: words and links, nothing that loads,
// runs, posts, or looks like a part of the page.
var harmless = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "strong", "em", "del", "code", "pre", "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}()

// wordsAlone is what of a text is left on one line of a list.
var wordsAlone = bluemonday.StrictPolicy()

// textsKept and textKept bound what is kept of what was shown lately: 20 MB at
// most. A conversation is read again with every page of its ticket.
const (
	textsKept = 2000
	textKept  = 10_000 // bytes of text and HTML together; longer ones are made anew
)

var texts = func() *lru.Cache[string, template.HTML] {
	c, _ := lru.New[string, template.HTML](textsKept) // fails for no size
	return c
}()

// Text shows what somebody wrote.
func (p *page) Text(s string) template.HTML {
	if shown, known := texts.Get(s); known {
		return shown
	}
	shown := textHTML(s)
	if len(s)+len(shown) <= textKept {
		texts.Add(s, shown)
	}
	return shown
}

func textHTML(s string) template.HTML {
	var out bytes.Buffer
	if err := reader(s).Convert([]byte(s), &out); err != nil {
		return template.HTML("<p>" + template.HTMLEscapeString(s) + "</p>") //nolint:gosec // escaped
	}
	return template.HTML(harmless.SanitizeBytes(out.Bytes())) //nolint:gosec // sanitized
}
