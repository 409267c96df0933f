package diagram

import (
	"slices"
	"strings"
)

// Sizes of a drawing, in pixels.
const (
	boxWidth   = 172
	boxHeight  = 84
	gapX       = 44 // between layers
	gapY       = 28 // below each row
	laneWidth  = 132
	edgeMargin = 8
	lineRunes  = 20 // of a label's line
	laneRunes  = 17
	labelLines = 2
)

type point struct{ x, y int }

// line is an arrow's way, from box to box.
type line struct {
	points []point
	back   bool
}

// layout is where everything of a graph stands. Layers are columns, by the
// longest way to a box; who acts is a band of one row or more.
type layout struct {
	width, height int
	layer, row    []int // of each box
	bands         []band
	lines         []line
	level         []level
	columns, rows tracks // what runs in the gaps after columns and below rows
}

// band is a lane: its rows, from the first on.
type band struct{ row, rows int }

func (g Graph) layout() layout {
	l := layout{layer: make([]int, len(g.Boxes)), row: make([]int, len(g.Boxes)), columns: tracks{}, rows: tracks{}}
	for i := range g.Boxes { // arrows forward go to later boxes, so this order will do
		for _, a := range g.Arrows {
			if a.To == i && !a.Back() {
				l.layer[i] = max(l.layer[i], l.layer[a.From]+1)
			}
		}
	}
	below := 0
	for lane := range g.Lanes {
		b := band{row: below, rows: 1}
		taken := map[[2]int]bool{}
		for i, box := range g.Boxes {
			if box.Lane != lane {
				continue
			}
			row := 0
			for taken[[2]int{row, l.layer[i]}] {
				row++
			}
			taken[[2]int{row, l.layer[i]}] = true
			l.row[i], b.rows = below+row, max(b.rows, row+1)
		}
		l.bands, below = append(l.bands, b), below+b.rows
	}
	l.width = edgeMargin + laneWidth + (slices.Max(l.layer)+1)*(boxWidth+gapX)
	l.height = rowY(below)
	for _, a := range g.Arrows {
		if a.Back() {
			l.back(a)
		} else {
			l.forward(a)
		}
	}
	return l
}

func columnX(layer int) int { return edgeMargin + laneWidth + layer*(boxWidth+gapX) }
func rowY(row int) int      { return edgeMargin + row*(boxHeight+gapY) }

// middle is the height at which a box's arrows come and go.
func (l *layout) middle(box int) int { return rowY(l.row[box]) + boxHeight/2 }

// level is a stretch at the height of a row's boxes, with the arrow it is of.
type level struct {
	y, from, to int
	arrow       Arrow
}

// clear says whether an arrow can run at the height of a row: no box stands
// there between its layers, and no arrow from and to elsewhere runs there.
func (l *layout) clear(a Arrow, row int) bool {
	after, before := l.layer[a.From], l.layer[a.To]
	for i := range l.layer {
		if l.row[i] == row && l.layer[i] > after && l.layer[i] < before {
			return false
		}
	}
	y := rowY(row) + boxHeight/2
	return !slices.ContainsFunc(l.level, func(o level) bool {
		return o.y == y && o.arrow.From != a.From && o.arrow.To != a.To && o.from < columnX(before) && o.to > columnX(after)+boxWidth
	})
}

// draw keeps the line of an arrow.
func (l *layout) draw(a Arrow, points ...point) {
	l.lines = append(l.lines, line{points, a.Back()})
	for i := 1; i < len(points); i++ {
		if p, q := points[i-1], points[i]; p.y == q.y {
			l.level = append(l.level, level{p.y, min(p.x, q.x), max(p.x, q.x), a})
		}
	}
}

// forward leads an arrow on: across, up or down, across. Where boxes are in the
// way it goes through the gap below a row.
func (l *layout) forward(a Arrow) {
	from, to := l.layer[a.From], l.layer[a.To]
	start := point{columnX(from) + boxWidth, l.middle(a.From)}
	end := point{columnX(to), l.middle(a.To)}
	switch {
	case start.y == end.y && l.clear(a, l.row[a.From]):
		l.draw(a, start, end)
	case l.clear(a, l.row[a.To]):
		x := l.columnTrack(from, start.y, end.y, a.From)
		l.draw(a, start, point{x, start.y}, point{x, end.y}, end)
	case l.clear(a, l.row[a.From]):
		x := l.arrivalTrack(to-1, start.y, end.y, a.From)
		l.draw(a, start, point{x, start.y}, point{x, end.y}, end)
	default:
		y := l.rowTrack(min(l.row[a.From], l.row[a.To]), start.x, end.x, a.From)
		out := l.columnTrack(from, start.y, y, a.From)
		in := l.arrivalTrack(to-1, y, end.y, a.From)
		l.draw(a, start, point{out, start.y}, point{out, y}, point{in, y}, point{in, end.y}, end)
	}
}

// back leads an arrow back, below the rows.
func (l *layout) back(a Arrow) {
	const aside = 24 // arrows leave right of a box's middle, and come left of it
	key := -1 - a.To
	start := point{columnX(l.layer[a.From]) + boxWidth/2 + aside, rowY(l.row[a.From]) + boxHeight}
	end := point{columnX(l.layer[a.To]) + boxWidth/2 - aside, rowY(l.row[a.To]) + boxHeight}
	if l.row[a.From] == l.row[a.To] {
		y := l.rowTrack(l.row[a.From], end.x, start.x, key)
		l.draw(a, start, point{start.x, y}, point{end.x, y}, end)
		return
	}
	beside := columnX(l.layer[a.To]) + boxWidth
	leave := l.rowTrack(l.row[a.From], beside, start.x, key)
	arrive := l.rowTrack(l.row[a.To], end.x, beside+gapX, key)
	x := l.columnTrack(l.layer[a.To], leave, arrive, key)
	l.draw(a, start, point{start.x, leave}, point{x, leave}, point{x, arrive}, point{end.x, arrive}, end)
}

// columnTrack is where a line from one height to another runs in the gap after
// a layer; lines of one key share their place.
func (l *layout) columnTrack(layer, from, to, key int) int {
	return columnX(layer) + boxWidth + 8 + 7*l.columns.take(layer, from, to, key, columnPlaces)
}

// arrivalTrack is the same for a line about to arrive: from the far side, so
// that those that leave boxes of the layer stay on the near one.
func (l *layout) arrivalTrack(layer, from, to, key int) int {
	return columnX(layer) + boxWidth + 8 + 7*l.columns.take(layer, from, to, key, -columnPlaces)
}

// rowTrack is the same for the gap below a row.
func (l *layout) rowTrack(row, from, to, key int) int {
	return rowY(row) + boxHeight + 5 + 6*l.rows.take(row, from, to, key, rowPlaces)
}

// How many lines run beside each other in a gap.
const (
	columnPlaces = 5
	rowPlaces    = 4
)

// tracks are the places in each gap, and what runs there from where to where.
type tracks map[int][][]stretch

type stretch struct{ from, to, key int }

// take gives the first place in which the stretch meets none of another key,
// the last one when there is none; counted from the end when places is negative.
func (t tracks) take(gap, from, to, key, places int) int {
	s, order := stretch{min(from, to), max(from, to), key}, make([]int, max(places, -places))
	for i := range order {
		order[i] = i
	}
	if places < 0 {
		slices.Reverse(order)
	}
	if t[gap] == nil {
		t[gap] = make([][]stretch, len(order))
	}
	place := order[len(order)-1]
	for _, p := range order {
		if !slices.ContainsFunc(t[gap][p], func(o stretch) bool { return o.key != s.key && o.from <= s.to && o.to >= s.from }) {
			place = p
			break
		}
	}
	t[gap][place] = append(t[gap][place], s)
	return place
}

// wrap breaks a label into lines; what is too long ends with an ellipsis.
func wrap(label string, runes, lines int) []string {
	var broken []string
	current := ""
	for word := range fields(label) {
		switch {
		case current == "":
			current = word
		case len([]rune(current))+1+len([]rune(word)) <= runes:
			current += " " + word
		default:
			broken, current = append(broken, current), word
		}
	}
	broken = append(broken, current)
	if len(broken) > lines {
		broken = broken[:lines]
		last := broken[lines-1]
		for len([]rune(last))+2 > runes && strings.Contains(last, " ") {
			last = last[:strings.LastIndex(last, " ")]
		}
		broken[lines-1] = last + " …"
	}
	for i, said := range broken {
		if r := []rune(said); len(r) > runes {
			broken[i] = string(r[:runes-1]) + "…"
		}
	}
	return broken
}
