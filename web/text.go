package web

import (
	"bytes"
	"html/template"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
)

// markdown reads what people write: CommonMark with links found by themselves,
// a line end as they typed it, and no HTML.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.NewLinkify(), extension.Strikethrough, extension.Table),
	goldmark.WithRendererOptions(html.WithHardWraps()),
)

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

// textsKept and textKept bound what is kept of what was shown lately: about 20
// MB at most. A conversation is read again with every page of its ticket.
const (
	textsKept = 2000
	textKept  = 4096 // bytes; longer ones are made anew
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
	if len(s) <= textKept {
		texts.Add(s, shown)
	}
	return shown
}

func textHTML(s string) template.HTML {
	var out bytes.Buffer
	if err := markdown.Convert([]byte(s), &out); err != nil {
		return template.HTML("<p>" + template.HTMLEscapeString(s) + "</p>") //nolint:gosec // escaped
	}
	return template.HTML(harmless.SanitizeBytes(out.Bytes())) //nolint:gosec // sanitized
}
