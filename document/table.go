package document

import (
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// table is rows of text under a head that every page repeats. The first column
// is as wide as the others leave it; they hold figures, to the right.
type table struct {
	head   []string
	widths []float64 // of the columns after the first, in millimetres
	rows   []tableRow
}

type tableRow struct {
	cells []string
	bold  bool
}

func (t *table) draw(pdf *fpdf.Fpdf) {
	t.drawHead(pdf)
	for _, r := range t.rows {
		t.drawRow(pdf, r)
	}
}

func (t *table) drawHead(pdf *fpdf.Fpdf) {
	t.line(pdf, tableRow{cells: t.head, bold: true}, "B")
}

// drawRow draws a row whole: where the page has no room for it, on the next.
// A row that no page holds is drawn in parts.
func (t *table) drawRow(pdf *fpdf.Fpdf, r tableRow) {
	_, height := pdf.GetPageSize()
	t.font(pdf, r)
	lines := t.split(pdf, r.cells[0])
	for len(lines) > 0 {
		room := int((height - margin - lineHeight - pdf.GetY()) / lineHeight)
		if room < 1 || room < len(lines) && len(lines) <= 30 {
			pdf.AddPage()
			t.drawHead(pdf)
			continue
		}
		part := lines[:min(room, len(lines))]
		lines = lines[len(part):]
		cells := append([]string{strings.Join(part, "\n")}, r.cells[1:]...)
		t.line(pdf, tableRow{cells: cells, bold: r.bold}, "")
		r.cells = append([]string{""}, make([]string, len(r.cells)-1)...) // figures once
		t.font(pdf, r)
	}
}

func (t *table) font(pdf *fpdf.Fpdf, r tableRow) {
	style := ""
	if r.bold {
		style = "B"
	}
	pdf.SetFont("go", style, bodySize)
}

// split breaks the text of the first column into lines.
func (t *table) split(pdf *fpdf.Fpdf, text string) []string {
	return pdf.SplitText(printable(text), t.first(pdf)-2)
}

// first is the width of the first column.
func (t *table) first(pdf *fpdf.Fpdf) float64 {
	width, _ := pdf.GetPageSize()
	width -= 2 * margin
	for _, w := range t.widths {
		width -= w
	}
	return width
}

// line draws cells side by side, the first in as many lines as it has.
func (t *table) line(pdf *fpdf.Fpdf, r tableRow, border string) {
	t.font(pdf, r)
	top := pdf.GetY()
	x := margin + t.first(pdf)
	for i, w := range t.widths {
		pdf.SetXY(x, top)
		pdf.CellFormat(w, lineHeight, printable(r.cells[i+1]), border, 0, "R", false, 0, "")
		x += w
	}
	pdf.SetXY(margin, top)
	pdf.MultiCell(t.first(pdf), lineHeight, printable(r.cells[0]), border, "L", false)
}
