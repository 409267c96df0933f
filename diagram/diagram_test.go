package diagram

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/casepath/casepath/policy"
)

// every calls f with each path of each built-in pack, in the vendor's languages
// and in ours.
func every(t *testing.T, f func(t *testing.T, g Graph)) {
	t.Helper()
	for _, name := range policy.BuiltIns() {
		text, err := policy.BuiltIn(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.ParsePack(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, locale := range append([]string{"en", "fr"}, p.Locales...) {
			for _, procedure := range p.Procedures() {
				t.Run(name+"/"+locale+"/"+procedure.Path, func(t *testing.T) { f(t, Of(procedure, locale)) })
			}
		}
	}
}

// TestBoxesStandApart: no box lies over another, and all lie in the drawing.
func TestBoxesStandApart(t *testing.T) {
	every(t, func(t *testing.T, g Graph) {
		l := g.layout()
		for i := range g.Boxes {
			x, y := columnX(l.layer[i]), rowY(l.row[i])
			if x < 0 || y < 0 || x+boxWidth > l.width || y+boxHeight > l.height {
				t.Errorf("%q lies outside", g.Boxes[i].Label)
			}
			if b := l.bands[g.Boxes[i].Lane]; l.row[i] < b.row || l.row[i] >= b.row+b.rows {
				t.Errorf("%q lies outside its lane", g.Boxes[i].Label)
			}
			for j := range i {
				if columnX(l.layer[j]) < x+boxWidth && x < columnX(l.layer[j])+boxWidth && rowY(l.row[j]) < y+boxHeight && y < rowY(l.row[j])+boxHeight {
					t.Errorf("%q lies over %q", g.Boxes[i].Label, g.Boxes[j].Label)
				}
			}
		}
	})
}

// TestArrowsPassBetweenBoxes: an arrow touches the box it leaves and the box it
// reaches, no other; it goes level or upright; forward it ends at a later layer.
func TestArrowsPassBetweenBoxes(t *testing.T) {
	every(t, func(t *testing.T, g Graph) {
		l := g.layout()
		if len(l.lines) != len(g.Arrows) {
			t.Fatalf("%d lines of %d arrows", len(l.lines), len(g.Arrows))
		}
		for k, w := range l.lines {
			a := g.Arrows[k]
			if !a.Back() && l.layer[a.To] <= l.layer[a.From] {
				t.Errorf("%q → %q does not go forward", g.Boxes[a.From].Label, g.Boxes[a.To].Label)
			}
			for i := 1; i < len(w.points); i++ {
				p, q := w.points[i-1], w.points[i]
				if p.x != q.x && p.y != q.y {
					t.Errorf("a slanting line from %v to %v", p, q)
				}
				if p.y < 0 || q.y > l.height || q.x > l.width {
					t.Errorf("a line leaves the drawing at %v", q)
				}
				for b := range g.Boxes {
					x, y := columnX(l.layer[b]), rowY(l.row[b])
					if min(p.x, q.x) < x+boxWidth && max(p.x, q.x) > x && min(p.y, q.y) < y+boxHeight && max(p.y, q.y) > y {
						t.Errorf("%q → %q runs through %q", g.Boxes[a.From].Label, g.Boxes[a.To].Label, g.Boxes[b].Label)
					}
				}
			}
		}
	})
}

// TestLinesOfDifferentArrowsDoNotRunTogether: two arrows that share neither
// their beginning nor their end never lie on one another.
func TestLinesOfDifferentArrowsDoNotRunTogether(t *testing.T) {
	every(t, func(t *testing.T, g Graph) {
		l := g.layout()
		for i, v := range l.lines {
			for j, w := range l.lines[:i] {
				a, b := g.Arrows[i], g.Arrows[j]
				if a.From == b.From || a.To == b.To {
					continue
				}
				if p, together := overlap(v, w); together {
					t.Errorf("%d → %d and %d → %d run together at %v", a.From+1, a.To+1, b.From+1, b.To+1, p)
				}
			}
		}
	})
}

func overlap(v, w line) (point, bool) {
	for i := 1; i < len(v.points); i++ {
		for j := 1; j < len(w.points); j++ {
			p, q, r, s := v.points[i-1], v.points[i], w.points[j-1], w.points[j]
			if p.x == q.x && r.x == s.x && p.x == r.x && min(p.y, q.y) < max(r.y, s.y) && min(r.y, s.y) < max(p.y, q.y) ||
				p.y == q.y && r.y == s.y && p.y == r.y && min(p.x, q.x) < max(r.x, s.x) && min(r.x, s.x) < max(p.x, q.x) {
				return p, true
			}
		}
	}
	return point{}, false
}

// TestLabelsFit: every label stands whole in its box.
func TestLabelsFit(t *testing.T) {
	every(t, func(t *testing.T, g Graph) {
		for _, b := range g.Boxes {
			if said := wrap(b.Label, lineRunes, labelLines); strings.Contains(strings.Join(said, ""), "…") {
				t.Errorf("%q is cut: %q", b.Label, said)
			}
			if said := wrap(b.Note, lineRunes, 1)[0]; said != b.Note {
				t.Errorf("the note %q is cut: %q", b.Note, said)
			}
		}
		for _, lane := range g.Lanes {
			if said := wrap(lane, laneRunes, 3); strings.Contains(strings.Join(said, ""), "…") {
				t.Errorf("the lane %q is cut: %q", lane, said)
			}
		}
	})
}

// TestSVGIsWellFormed: XML, one group a step, each with a spoken name.
func TestSVGIsWellFormed(t *testing.T) {
	every(t, func(t *testing.T, g Graph) {
		steps, decoder := 0, xml.NewDecoder(strings.NewReader(g.SVG()))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			start, is := token.(xml.StartElement)
			if !is {
				continue
			}
			named := ""
			for _, a := range start.Attr {
				if a.Name.Local == "aria-label" {
					named = a.Value
				}
				if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("%s has %s", start.Name.Local, a.Name.Local)
				}
			}
			if named != "" {
				if want := g.Boxes[steps].Label; !strings.Contains(named, want) || !strings.Contains(named, g.Lanes[g.Boxes[steps].Lane]) {
					t.Errorf("step %d is spoken %q, want %q in it", steps+1, named, want)
				}
				steps++
			}
		}
		if steps != len(g.Boxes) {
			t.Errorf("%d steps drawn of %d", steps, len(g.Boxes))
		}
	})
}

// TestTextHoldsTheSameSteps: each row of the table, each way on, and nothing
// else.
func TestTextHoldsTheSameSteps(t *testing.T) {
	every(t, func(t *testing.T, g Graph) {
		text, rows := g.Text(), g.Rows()
		var said []string
		ways := 0
		for l := range strings.Lines(text) {
			if strings.HasPrefix(l, "     ") {
				ways++
				continue
			}
			said = append(said, l)
		}
		if len(said) != len(rows) || ways != len(g.Arrows) {
			t.Fatalf("%d steps and %d ways in text; %d and %d drawn\n%s", len(said), ways, len(rows), len(g.Arrows), text)
		}
		for i, r := range rows {
			if !strings.Contains(said[i], r.Step) || !strings.Contains(said[i], r.Who) || !strings.Contains(said[i], r.Note) {
				t.Errorf("line %q, row %+v", said[i], r)
			}
		}
	})
}

// TestWrap: at words, at most so many runes and lines, never in silence.
func TestWrap(t *testing.T) {
	for _, c := range []struct {
		label string
		want  string
	}{
		{"Triage", "Triage"},
		{"Prepare and mail the quote", "Prepare and mail the|quote"},
		{"Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffah…"},
		{"one two three four five six seven eight nine ten", "one two three four|five six seven …"},
		{"Décider de l’estimé\u00a0: oui", "Décider de|l’estimé\u00a0: oui"},
		{"", ""},
	} {
		if got := strings.Join(wrap(c.label, 20, 2), "|"); got != c.want {
			t.Errorf("%q: %q, want %q", c.label, got, c.want)
		}
	}
}

// TestMarkupIsEscaped: a vendor's words are text, whatever they look like.
func TestMarkupIsEscaped(t *testing.T) {
	g := Graph{ID: "x", Title: "<b>", Lanes: []string{`"><script>`}, Boxes: []Box{{Label: "<i>", Note: "&", Link: `javascript:"`}}}
	if svg := g.SVG(); strings.Contains(svg, "<b>") || strings.Contains(svg, "<script") || strings.Contains(svg, "<i>") || strings.Contains(svg, `:""`) {
		t.Error(svg)
	}
}
