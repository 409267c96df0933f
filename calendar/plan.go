package calendar

import (
	"slices"
	"sort"
)

// Dates are days since 1970-01-01, times on the wall nanoseconds since its
// midnight, as if no clock was ever put forward or back.
const day int64 = 24 * 60 * 60 * 1e9

// window is open from one time after its date's midnight to another. It is at
// most a day long and may end on the next date.
type window struct{ open, close int64 }

// plan is the windows of every date, in order: those of its weekday, but for
// the dates that have their own.
type plan struct {
	week  [7][]window // Monday first
	dates []int64     // with windows of their own, in order
	own   [][]window  // theirs
}

func (p *plan) on(date int64) []window {
	if i, own := slices.BinarySearch(p.dates, date); own {
		return p.own[i]
	}
	_, weekday := weekOf(date)
	return p.week[weekday]
}

// set gives a date windows of its own.
func (p *plan) set(date int64, windows []window) {
	i, own := slices.BinarySearch(p.dates, date)
	if own {
		p.own[i] = windows
		return
	}
	p.dates = slices.Insert(p.dates, i, date)
	p.own = slices.Insert(p.own, i, windows)
}

// tally adds up what a value of each date's windows comes to.
func (p *plan) tally(value func([]window) int64) tally {
	t := tally{dates: p.dates, more: make([]int64, len(p.dates)+1)}
	for i, windows := range p.week {
		t.week[i+1] = t.week[i] + value(windows)
	}
	for i, date := range p.dates {
		_, weekday := weekOf(date)
		t.more[i+1] = t.more[i] + value(p.own[i]) - value(p.week[weekday])
	}
	return t
}

func openTime(windows []window) (sum int64) {
	for _, w := range windows {
		sum += w.close - w.open
	}
	return sum
}

// oneIfOpen makes a tally count working days.
func oneIfOpen(windows []window) int64 { return int64(min(len(windows), 1)) }

// tally is a sum over dates that can be asked for at any date, and backwards.
type tally struct {
	week  [8]int64 // of the weekdays before Monday, before Tuesday, …; the last is the whole week's
	dates []int64  // that differ from their weekday
	more  []int64  // by how much the first, the first two, … differ
}

// before is the sum over all dates before one, from the week of 1970-01-01.
func (t *tally) before(date int64) int64 {
	i, _ := slices.BinarySearch(t.dates, date)
	return t.regular(date) + t.more[i]
}

func (t *tally) regular(date int64) int64 {
	week, weekday := weekOf(date)
	return week*t.week[7] + t.week[weekday]
}

// find is the date that brings the sum to an amount: before it is less, and
// after it that much or more. Not ok when no date does.
func (t *tally) find(amount int64) (date int64, ok bool) {
	i := sort.Search(len(t.dates), func(i int) bool { return t.regular(t.dates[i])+t.more[i] >= amount })
	if i > 0 && t.regular(t.dates[i-1]+1)+t.more[i] >= amount {
		return t.dates[i-1], true
	}
	whole := t.week[7]
	if whole == 0 {
		return 0, false
	}
	week := floor(amount-t.more[i]-1, whole)
	rest := amount - t.more[i] - week*whole // 1 to whole
	weekday := sort.Search(7, func(d int) bool { return t.week[d+1] >= rest })
	return week*7 + int64(weekday) - thursday, true
}

// thursday is the weekday of 1970-01-01, from Monday.
const thursday = 3

// weekOf is a date's week, from that of 1970-01-01, and its weekday, from
// Monday.
func weekOf(date int64) (week, weekday int64) {
	week = floor(date+thursday, 7)
	return week, date + thursday - week*7
}

// floor divides and rounds down, also below zero.
func floor(n, by int64) int64 {
	q := n / by
	if n%by < 0 {
		q--
	}
	return q
}
