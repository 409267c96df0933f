package diagram

import (
	"fmt"
	"html"
	"iter"
	"strings"

	"github.com/casepath/casepath/policy"
)

// CSS are the colours of a drawing, by the variables of a page: text, text2,
// line, hair, bg, surface, accent, others and their like. A page has it once.
const CSS = `.map text{font:13px/1 system-ui,sans-serif;fill:var(--text)}.map .name{font-weight:500}.map .small,.map .lane{fill:var(--text2)}
.map rect{fill:var(--surface);stroke:var(--line);stroke-width:1.5}.map .waits rect{fill:var(--bg);stroke:var(--others);stroke-dasharray:5 4}
.map .bars{stroke:var(--others);stroke-width:3}.map .band{stroke:var(--hair)}.map .way{fill:none;stroke:var(--line);stroke-width:1.5}
.map .back{stroke-dasharray:5 4}.map .head{fill:var(--line)}.map a:focus-visible rect{stroke:var(--ring);stroke-width:4}`

// SVG is the drawing, for a page that has CSS. Its text never shrinks: it is as
// wide as it needs, so it stands in something that scrolls. A table with the
// same rows belongs beside it.
func (g Graph) SVG() string {
	l, rows := g.layout(), g.Rows()
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	say(`<svg class="map" xmlns="http://www.w3.org/2000/svg" role="group" width="%d" height="%d" viewBox="0 0 %d %d" aria-labelledby="map-%s-title">`+"\n",
		l.width, l.height, l.width, l.height, g.ID)
	say(`<title id="map-%s-title">%s</title>`+"\n", g.ID, html.EscapeString(g.Title))
	say(`<g aria-hidden="true"><defs><marker id="map-%s-head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>`+"\n", g.ID)
	for i, band := range l.bands {
		y := rowY(band.row)
		if i > 0 {
			say(`<path class="band" d="M0 %dH%d"/>`+"\n", y-2, l.width)
		}
		for k, said := range wrap(g.Lanes[i], laneRunes, 3) {
			say(`<text class="lane" x="%d" y="%d">%s</text>`+"\n", edgeMargin, y+19+17*k, html.EscapeString(said))
		}
	}
	for _, w := range l.lines {
		class := "way"
		if w.back {
			class = "way back"
		}
		say(`<path class="%s" d="%s" marker-end="url(#map-%s-head)"/>`+"\n", class, w.data(), g.ID)
	}
	say("</g>\n")
	for i := range g.Boxes {
		b.WriteString(g.box(l, rows, i))
	}
	say("</svg>\n")
	return b.String()
}

// data is a line as the d of a path.
func (l line) data() string {
	var b strings.Builder
	for i, p := range l.points {
		switch {
		case i == 0:
			fmt.Fprintf(&b, "M%d %d", p.x, p.y)
		case p.y == l.points[i-1].y:
			fmt.Fprintf(&b, "H%d", p.x)
		default:
			fmt.Fprintf(&b, "V%d", p.y)
		}
	}
	return b.String()
}

// box is a step: its number, its name, and a note.
func (g Graph) box(l layout, rows []Row, i int) string {
	box, x, y := g.Boxes[i], columnX(l.layer[i]), rowY(l.row[i])
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	tag, attributes := "g", ` role="img"`
	if box.Link != "" {
		tag, attributes = "a", fmt.Sprintf(` href="%s"`, html.EscapeString(box.Link))
	}
	class := "step"
	if box.Waits {
		class += " waits"
	}
	say(`<%s class="%s"%s aria-label="%s"><rect x="%d" y="%d" width="%d" height="%d" rx="6"/>`, tag, class, attributes,
		html.EscapeString(g.spoken(rows[i])), x, y, boxWidth, boxHeight)
	say(`<text class="small" x="%d" y="%d">%d</text>`, x+10, y+19, i+1)
	if box.Waits {
		say(`<path class="bars" d="M%d %dv10m6 -10v10"/>`, x+boxWidth-20, y+9)
	}
	for k, said := range wrap(box.Label, lineRunes, labelLines) {
		say(`<text class="name" x="%d" y="%d">%s</text>`, x+10, y+38+17*k, html.EscapeString(said))
	}
	if box.Note != "" {
		say(`<text class="small" x="%d" y="%d">%s</text>`, x+10, y+75, html.EscapeString(wrap(box.Note, lineRunes, 1)[0]))
	}
	say("</%s>\n", tag)
	return b.String()
}

// spoken is a step for who hears the drawing.
func (g Graph) spoken(r Row) string {
	s := fmt.Sprintf("%d %s, %s%s", r.Number, r.Step, r.Who, r.remark(g.Locale))
	next := make([]string, len(r.Next))
	for i, n := range r.Next {
		next[i] = n.In(g.Locale)
	}
	if len(next) == 0 {
		next = []string{policy.Say(g.Locale, "page.the_end")}
	}
	return s + "; " + policy.Say(g.Locale, "page.next") + policy.Say(g.Locale, "mark.colon") + strings.Join(next, "; ")
}

// fields are the words of a label; a no-break space does not part them.
func fields(label string) iter.Seq[string] {
	return strings.FieldsFuncSeq(label, func(r rune) bool { return r == ' ' || r == '\n' })
}
