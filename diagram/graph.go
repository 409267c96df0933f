// Package diagram draws a path of a vendor's procedure: as text, as rows of a
// table, and as SVG. All three hold the same steps; who draws may add to them
// what is going on at each.
package diagram

import (
	"fmt"
	"slices"
	"strings"

	"github.com/casepath/casepath/policy"
)

// Graph is what is drawn. Boxes stand in reading order: an arrow to one that
// comes later goes forward, any other goes back.
type Graph struct {
	ID     string // unique on its page: a-z and _
	Title  string
	Locale string // of the words around it
	Lanes  []string
	Boxes  []Box
	Arrows []Arrow
}

// Box is a step.
type Box struct {
	Label string
	Note  string // in few words; "" for none
	Lane  int    // who acts: index in Lanes
	Waits bool   // they are waited for
	Link  string // where the box leads; "" for nowhere
}

// Arrow leads from one box to another, by their index.
type Arrow struct {
	From, To int
	When     string // "" for always
}

// Back says whether the arrow leads back.
func (a Arrow) Back() bool { return a.To <= a.From }

// Of is a procedure's graph in a locale. Its lanes are those who act, in the
// order of their first step.
func Of(p policy.Procedure, locale string) Graph {
	g := Graph{ID: p.Path, Title: upper(p.Label.In(locale)), Locale: locale}
	for _, s := range p.Steps {
		who := s.Actor.In(locale)
		if !slices.Contains(g.Lanes, who) {
			g.Lanes = append(g.Lanes, who)
		}
		g.Boxes = append(g.Boxes, Box{
			Label: s.Label.In(locale), Note: s.Note.In(locale), Lane: slices.Index(g.Lanes, who), Waits: s.Waits,
		})
	}
	for _, w := range p.Ways {
		g.Arrows = append(g.Arrows, Arrow{From: p.Index(w.From), To: p.Index(w.To), When: w.When.In(locale)})
	}
	slices.SortStableFunc(g.Arrows, func(a, b Arrow) int { return 1000*(a.From-b.From) + a.To - b.To })
	return g
}

// upper begins a title with a capital.
func upper(s string) string {
	r := []rune(s)
	if len(r) == 0 {
		return s
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// Row is a step as a table shows it.
type Row struct {
	Number int
	Step   string
	Who    string
	Waits  bool
	Note   string
	Next   []Next // none: the path ends here
}

// Next is a way on from a step.
type Next struct {
	Number int
	Step   string
	When   string // "" for always
	Back   bool
}

// In is the way in words: "4 Close the ticket: at once".
func (n Next) In(locale string) string {
	s := fmt.Sprintf("%d %s", n.Number, n.Step)
	if n.Back {
		s = policy.Say(locale, "page.back") + " " + s
	}
	if n.When != "" {
		s += policy.Say(locale, "mark.colon") + n.When
	}
	return s
}

// Rows are the steps in reading order.
func (g Graph) Rows() []Row {
	rows := make([]Row, len(g.Boxes))
	for i, b := range g.Boxes {
		rows[i] = Row{Number: i + 1, Step: b.Label, Who: g.Lanes[b.Lane], Waits: b.Waits, Note: b.Note}
	}
	for _, a := range g.Arrows {
		rows[a.From].Next = append(rows[a.From].Next, Next{Number: a.To + 1, Step: g.Boxes[a.To].Label, When: a.When, Back: a.Back()})
	}
	return rows
}

// Text is the graph for a terminal: a step a line, and under it the ways on.
func (g Graph) Text() string {
	rows, wide := g.Rows(), 0
	for _, r := range rows {
		wide = max(wide, len([]rune(r.Step)))
	}
	var b strings.Builder
	for _, r := range rows {
		fmt.Fprintf(&b, "%3d  %s%s  %s%s\n", r.Number, r.Step, strings.Repeat(" ", wide-len([]rune(r.Step))), r.Who, r.remark(g.Locale))
		for i, n := range r.Next {
			switch {
			case len(r.Next) == 1 && n.Number == r.Number+1 && n.When == "":
				b.WriteString("     ↓\n")
				continue
			case i < len(r.Next)-1:
				b.WriteString("     ├")
			default:
				b.WriteString("     └")
			}
			if n.Back {
				b.WriteString("╌↺ ")
			} else {
				b.WriteString("─→ ")
			}
			b.WriteString(n.In(g.Locale) + "\n")
		}
	}
	return b.String()
}

// remark is what is to be known of a step beside who acts.
func (r Row) remark(locale string) string {
	var said []string
	if r.Waits {
		said = append(said, policy.Say(locale, "page.waits"))
	}
	if r.Note != "" {
		said = append(said, r.Note)
	}
	if len(said) == 0 {
		return ""
	}
	return " (" + strings.Join(said, ", ") + ")"
}
