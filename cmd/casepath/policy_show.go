package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/casepath/casepath/diagram"
	"github.com/casepath/casepath/policy"
)

type policyShowCommand struct {
	Pack   string `arg:"" help:"A file, or the name of a built-in pack."`
	HTML   string `name:"html" help:"Write it to this file as one HTML page." type:"path"`
	Locale string `help:"Locale of the words, such as en-CA; the vendor's first when missing."`
}

// Run prints the pack, or writes it to the file.
func (c policyShowCommand) Run() error {
	pack, err := packOrFaults(c.Pack)
	if err != nil {
		return err
	}
	shown := show(pack, c.Locale)
	if c.HTML == "" {
		shown.text(os.Stdout)
		return nil
	}
	file, err := os.Create(c.HTML)
	if err != nil {
		return err
	}
	if err := shown.html(file); err != nil {
		file.Close() //nolint:errcheck,gosec // the page has failed already
		return err
	}
	return file.Close()
}

// shown is a pack as people read it.
type shown struct {
	Pack     *policy.Pack
	Locale   string // of the vendor's words
	Language string // of ours
	Graphs   []diagram.Graph
	Blocks   []block
}

// block is a part of the procedure.
type block struct {
	ID, Title string
	Things    []thing
}

// thing is what a block speaks about: a plan, a form; the block itself when it
// has no title.
type thing struct {
	Title string
	Lines []policy.Line
}

func show(p *policy.Pack, locale string) shown {
	if locale == "" {
		locale = p.Locales[0]
	}
	s := shown{Pack: p, Locale: locale, Language: "en"}
	if strings.HasPrefix(locale, "fr") {
		s.Language = "fr"
	}
	for _, procedure := range append(p.Procedures(), p.LadderProcedures()...) {
		s.Graphs = append(s.Graphs, diagram.Of(procedure, locale))
	}
	for _, l := range p.Lines(locale) {
		if n := len(s.Blocks); n == 0 || s.Blocks[n-1].Title != l.Block {
			s.Blocks = append(s.Blocks, block{ID: fmt.Sprintf("part-%d", n+1), Title: l.Block})
		}
		b := &s.Blocks[len(s.Blocks)-1]
		if n := len(b.Things); n == 0 || b.Things[n-1].Title != l.Of {
			b.Things = append(b.Things, thing{Title: l.Of})
		}
		of := &b.Things[len(b.Things)-1]
		of.Lines = append(of.Lines, l)
	}
	return s
}

// Say is a phrase about packs.
func (s shown) Say(key string, args ...any) string { return policy.Say(s.Locale, key, args...) }

// Title is the page's.
func (s shown) Title() string { return s.Say("page.title", s.Pack.Vendor.Name) }

// Version is the pack's, as people read it.
func (s shown) Version() string {
	return s.Say("page.version", policy.ShortVersion(s.Pack.Version))
}

// text writes the pack for a terminal.
func (s shown) text(out io.Writer) {
	heading(out, s.Title(), "=")
	fmt.Fprintf(out, "%s\n%s\n", s.Version(), s.Say("page.assumed_mark"))
	for _, b := range s.Blocks {
		fmt.Fprintln(out)
		heading(out, b.Title, "-")
		for _, of := range b.Things {
			indent := ""
			if of.Title != "" {
				fmt.Fprintln(out, of.Title)
				indent = "  "
			}
			for _, l := range of.Lines {
				mark := ""
				if l.Assumed {
					mark = s.Say("mark.assumed")
				}
				fmt.Fprintf(out, "%s%s%s%s%s\n", indent, l.What, s.Say("mark.colon"), l.Value, mark)
			}
		}
	}
	for _, g := range s.Graphs {
		fmt.Fprintln(out)
		heading(out, g.Title, "-")
		fmt.Fprintf(out, "%s", g.Text())
	}
}

func heading(out io.Writer, title, under string) {
	fmt.Fprintf(out, "%s\n%s\n", title, strings.Repeat(under, utf8.RuneCountInString(title)))
}

//go:embed policy_page.html
var policyPage string

// html writes the pack as one page that needs nothing else.
func (s shown) html(out io.Writer) error {
	page, err := template.New("pack").Funcs(template.FuncMap{
		"svg":  func(g diagram.Graph) template.HTML { return template.HTML(g.SVG()) }, //nolint:gosec // escaped where it is drawn
		"css":  func() template.CSS { return template.CSS(diagram.CSS) },              //nolint:gosec // our own
		"next": func(n diagram.Next) string { return n.In(s.Locale) },
	}).Parse(policyPage)
	if err != nil {
		return err
	}
	return page.Execute(out, s)
}
