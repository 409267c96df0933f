package web

import (
	"slices"
	"strconv"
	"time"

	"github.com/casepath/casepath/promise"
)

// strip is a clock drawn on a line of a thousand units: the business time from
// its start on, with hours that do not count pressed into thin gaps.
type strip struct {
	Bars []bar
	Due  string // where; "" while it has no deadline
	Now  string // where; "" once it has stopped
}

// bar is business time that counted, or that was paused.
type bar struct {
	X, Width float64
	Paused   bool
}

const (
	stripWidth = 1000.0
	stripGap   = 8.0 // of closed hours, while there are few
	stripEdge  = 2.0 // half a line's, which would be cut
	stripGaps  = 60  // more than this are not told apart
)

// stripOf draws a clock as it is at an instant; nil when there is no business
// time to draw.
func stripOf(a promise.Account, now time.Time) *strip {
	end := a.Due
	if a.Clock.StoppedAt == nil && now.After(end) {
		end = now
	}
	for _, l := range a.Lines {
		if l.To != nil && l.To.After(end) {
			end = *l.To
		}
	}
	s := scale{a: a, total: float64(a.Open(end))}
	if s.total <= 0 {
		return nil
	}
	s.findGaps(end)
	drawn := &strip{}
	for _, l := range a.Lines {
		to := now
		if l.To != nil {
			to = *l.To
		}
		drawn.Bars = append(drawn.Bars, s.bars(float64(a.Open(l.From)), float64(a.Open(to)), l.Kind == "paused")...)
	}
	if a.Clock.DueAt != nil {
		drawn.Due = s.place(*a.Clock.DueAt)
	}
	if a.Clock.StoppedAt == nil {
		drawn.Now = s.place(now)
	}
	return drawn
}

// scale places business time since the start of a clock.
type scale struct {
	a     promise.Account
	total float64
	gaps  []float64 // where closed hours are, in order
	gap   float64   // how wide each is drawn
}

// findGaps finds the nights and closed days up to an instant: those that a day
// begins in.
func (s *scale) findGaps(end time.Time) {
	local := s.a.Start.In(s.a.Zone)
	for n := 1; ; n++ {
		midnight := time.Date(local.Year(), local.Month(), local.Day()+n, 0, 0, 0, 0, s.a.Zone)
		if !midnight.Before(end) {
			break
		}
		if s.a.Opens(midnight) {
			continue
		}
		at := float64(s.a.Open(midnight))
		if at > 0 && at < s.total && !slices.Contains(s.gaps, at) {
			s.gaps = append(s.gaps, at)
		}
		if len(s.gaps) > stripGaps {
			s.gaps = nil
			break
		}
	}
	if n := float64(len(s.gaps)); n > 0 {
		s.gap = min(stripGap, stripWidth/4/n)
	}
}

// x is where so much business time lies. What begins at a gap lies behind it.
func (s *scale) x(open float64, begins bool) float64 {
	open = max(0, min(open, s.total))
	width := stripWidth - s.gap*float64(len(s.gaps))
	x := open / s.total * width
	for _, g := range s.gaps {
		if g < open || begins && g == open {
			x += s.gap
		}
	}
	return x
}

// place is where an instant lies, as an attribute says it.
func (s *scale) place(at time.Time) string {
	x := s.x(float64(s.a.Open(at)), false)
	return strconv.FormatFloat(max(stripEdge, min(x, stripWidth-stripEdge)), 'f', 1, 64)
}

// bars are the business time from one amount to another, parted by the gaps.
func (s *scale) bars(from, to float64, paused bool) (list []bar) {
	cuts := []float64{from}
	for _, g := range s.gaps {
		if from < g && g < to {
			cuts = append(cuts, g)
		}
	}
	cuts = append(cuts, to)
	for i := range len(cuts) - 1 {
		if left, right := s.x(cuts[i], true), s.x(cuts[i+1], false); right > left {
			list = append(list, bar{X: left, Width: right - left, Paused: paused})
		}
	}
	return list
}

// Strip draws a clock as it is now; nil when there is nothing to draw.
func (p *page) Strip(a promise.Account) *strip { return stripOf(a, p.Request.site.desk.Now()) }
