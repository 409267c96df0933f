// Package document draws what people keep and print, as PDF. It knows nothing
// of desks and asks nobody: what is drawn is plain data, customer text is only
// ever text, no file is opened and nothing is fetched. The same data gives the
// same bytes, whenever and wherever it is drawn.
package document

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"github.com/casepath/casepath/words"
)

//go:embed words
var files embed.FS

// said are the sentences of the documents.
var said = sync.OnceValue(func() *words.Catalog {
	sub, err := fs.Sub(files, "words")
	if err == nil {
		var c *words.Catalog
		if c, err = words.Load(sub); err == nil {
			return c
		}
	}
	panic(err) // embedded beside this file, and tested
})

// sheet is a document before it is drawn.
type sheet struct {
	locale   string // of words.Locales
	from     string // who gives it
	title    string
	about    string // what it is about, under the title
	footer   string // on every page, before the page's number
	made     time.Time
	sections []section
}

// section is a heading with facts under it, and a table under them.
type section struct {
	heading string
	facts   []fact
	table   *table
}

// fact is a label and what it says; one that says nothing is left out.
type fact struct{ label, text string }

// Sizes, in millimetres and points.
const (
	margin, labelWidth, lineHeight = 20.0, 48.0, 5.6
	bodySize, headingSize          = 10.5, 13.0
)

// draw makes the PDF: A4, the Go fonts embedded as far as they are used.
func (s sheet) draw() ([]byte, error) {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true) // resources in one order
	pdf.SetCreationDate(s.made.UTC())
	pdf.SetModificationDate(s.made.UTC())
	pdf.SetProducer("Casepath", true)
	pdf.SetTitle(s.title+" "+s.about, true)
	pdf.SetLang(s.locale)
	pdf.AddUTF8FontFromBytes("go", "", bytes.Clone(goregular.TTF)) // it is worked on where it lies
	pdf.AddUTF8FontFromBytes("go", "B", bytes.Clone(gobold.TTF))
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(true, margin+lineHeight)
	pdf.AliasNbPages("{pages}")
	pdf.SetFooterFunc(func() {
		pdf.SetY(-margin)
		pdf.SetFont("go", "", bodySize-2)
		pdf.CellFormat(0, lineHeight, fmt.Sprintf("%s · %d/{pages}", printable(s.footer), pdf.PageNo()), "T", 0, "L", false, 0, "")
	})
	pdf.AddPage()
	s.head(pdf)
	for _, part := range s.sections {
		part.draw(pdf)
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("draw %s: %w", s.title, err)
	}
	return out.Bytes(), nil
}

func (s sheet) head(pdf *fpdf.Fpdf) {
	pdf.SetFont("go", "", bodySize)
	pdf.MultiCell(0, lineHeight, printable(s.from), "", "L", false)
	pdf.Ln(lineHeight)
	pdf.SetFont("go", "B", headingSize+5)
	pdf.MultiCell(0, lineHeight*1.7, printable(s.title), "", "L", false)
	pdf.SetFont("go", "", bodySize)
	pdf.MultiCell(0, lineHeight, printable(s.about), "", "L", false)
}

func (p section) draw(pdf *fpdf.Fpdf) {
	pdf.Ln(lineHeight)
	pdf.SetFont("go", "B", headingSize)
	pdf.MultiCell(0, lineHeight*1.4, printable(p.heading), "", "L", false)
	for _, f := range p.facts {
		if strings.TrimSpace(f.text) == "" {
			continue
		}
		pdf.SetFont("go", "B", bodySize)
		width, _ := pdf.GetPageSize()
		lines := pdf.SplitText(printable(f.label), labelWidth)
		_, height := pdf.GetPageSize()
		if pdf.GetY()+lineHeight*float64(len(lines)) > height-margin-lineHeight {
			pdf.AddPage() // a label stays whole, beside its text
		}
		top, page := pdf.GetY(), pdf.PageNo()
		pdf.MultiCell(labelWidth, lineHeight, strings.Join(lines, "\n"), "", "L", false)
		under := pdf.GetY()
		pdf.SetXY(margin+labelWidth, top)
		pdf.SetFont("go", "", bodySize)
		pdf.SetLeftMargin(margin + labelWidth)
		pdf.MultiCell(width-2*margin-labelWidth, lineHeight, printable(f.text), "", "L", false)
		pdf.SetLeftMargin(margin)
		if pdf.PageNo() == page && pdf.GetY() < under {
			pdf.SetY(under)
		}
		pdf.SetX(margin)
	}
	if p.table != nil {
		p.table.draw(pdf)
	}
}

// drawable is what both fonts can draw.
var drawable = sync.OnceValue(func() func(rune) bool {
	regular, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // embedded, and tested
	}
	bold, err := sfnt.Parse(gobold.TTF)
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	var buffer sfnt.Buffer
	return func(r rune) bool {
		mu.Lock()
		defer mu.Unlock()
		for _, f := range []*sfnt.Font{regular, bold} {
			if i, err := f.GlyphIndex(&buffer, r); err != nil || i == 0 {
				return false
			}
		}
		return true
	}
})

// printable is a text as the fonts can draw it: tabs are spaces, and what they
// have no sign for is a question mark, so that nothing is left out unseen.
func printable(s string) string {
	can := drawable()
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case r < ' ':
			return -1
		case r > 0xffff || !can(r):
			return '?'
		}
		return r
	}, strings.ReplaceAll(s, "{pages}", "{ pages}"))
}
