// Package calendar answers what business time is: when so many hours or days
// are over, and how many have passed. It is pure arithmetic over calendars
// given as data; it reads no clock.
//
// An instant counts when the clock on the wall reads a time of an open window.
// Amounts are real elapsed time: a window that a change to summer time takes an
// hour from is an hour shorter, one that lives through an hour twice is an hour
// longer. A window belongs to the date it begins on, also over midnight.
//
// Instants from 1960 to the end of 2249 are within reach (as Duration can hold
// them), at any time of day and to the nanosecond. However long a span, an
// answer takes a few binary searches.
package calendar

import (
	"errors"
	"sort"
	"time"
)

// What a question can't be answered for.
var (
	// ErrNever says that so much open time does not come, or not before 2250.
	ErrNever = errors.New("this calendar has not so much open time before the year 2250")
	// ErrBackwards says that a span is negative.
	ErrBackwards = errors.New("time does not run backwards")
	// ErrReach says that an instant is before 1960 or after 2249.
	ErrReach = errors.New("only the years 1960 to 2249 are within reach")
)

// Calendar says when a vendor, a plan or a contract is open. It is made by New,
// never changes, and may be used by many at once. Making one takes about half a
// millisecond, asking it less than a microsecond: keep it.
type Calendar struct {
	zone      *time.Location
	days      plan
	open      tally // open time by date, in nanoseconds on the wall
	working   tally // dates with open time
	stretches []stretch
}

// Due is the instant at which so much open time has passed since start, in the
// calendar's zone: the first such instant, so that it may be closing time. A
// span of zero ends at the first open instant at or after start. The error is
// ErrBackwards, ErrReach or ErrNever.
func (c *Calendar) Due(start time.Time, span time.Duration) (time.Time, error) {
	switch {
	case span < 0:
		return time.Time{}, ErrBackwards
	case !within(start):
		return time.Time{}, ErrReach
	case span == 0:
		at, _, ok := c.opening(start.UnixNano())
		return c.answer(at, ok)
	}
	passed := c.passed(start.UnixNano())
	if int64(span) > c.total()-passed {
		return time.Time{}, ErrNever
	}
	amount := passed + int64(span)
	i := sort.Search(len(c.stretches)-1, func(i int) bool { return c.stretches[i+1].passed >= amount })
	s := c.stretches[i]
	wall, ok := c.reach(amount - s.passed + c.openBefore(s.from+s.offset))
	return c.answer(wall-s.offset, ok)
}

// DueDays is the instant n business days after start. A start outside the open
// windows first moves to the next opening. Then it is that time of day, n dates
// with open time later; where that is not open: before opening the opening,
// in a break its beginning, after closing the closing. A start after midnight
// in a window of the day before counts as that day's. Errors as of Due.
func (c *Calendar) DueDays(start time.Time, n int) (time.Time, error) {
	switch {
	case n < 0:
		return time.Time{}, ErrBackwards
	case !within(start):
		return time.Time{}, ErrReach
	}
	at, date, ok := c.opening(start.UnixNano())
	if !ok || n == 0 {
		return c.answer(at, ok)
	}
	timeOfDay := at + c.stretches[c.index(at)].offset - date*day
	if int64(n) > lastNano/day {
		return time.Time{}, ErrNever
	}
	date, ok = c.working.find(c.working.before(date+1) + int64(n))
	if !ok || date > lastNano/day {
		return time.Time{}, ErrNever
	}
	at = c.firstAt(date*day + nearest(c.days.on(date), timeOfDay))
	return c.answer(at, at < lastNano)
}

// Elapsed is the open time between two instants. The error is ErrBackwards when
// to is before from, or ErrReach.
func (c *Calendar) Elapsed(from, to time.Time) (time.Duration, error) {
	switch {
	case to.Before(from):
		return 0, ErrBackwards
	case !within(from), !within(to):
		return 0, ErrReach
	}
	return time.Duration(c.passed(to.UnixNano()) - c.passed(from.UnixNano())), nil
}

// Open says whether an instant counts. Closing time does not.
func (c *Calendar) Open(at time.Time) bool {
	next, ok := c.NextOpen(at)
	return ok && next.Equal(at)
}

// NextOpen is the first open instant at or after at, in the calendar's zone; ok
// is false when none comes before 2250, or at is out of reach.
func (c *Calendar) NextOpen(at time.Time) (next time.Time, ok bool) {
	if !within(at) {
		return time.Time{}, false
	}
	nano, _, ok := c.opening(at.UnixNano())
	if !ok {
		return time.Time{}, false
	}
	return c.instant(nano), true
}

// Zone is the time zone whose clock on the wall the windows are read on.
func (c *Calendar) Zone() *time.Location { return c.zone }

func (c *Calendar) instant(nano int64) time.Time { return time.Unix(0, nano).In(c.zone) }

func (c *Calendar) answer(nano int64, ok bool) (time.Time, error) {
	if !ok {
		return time.Time{}, ErrNever
	}
	return c.instant(nano), nil
}

// opening is the first open instant at or after an instant, and the date its
// window belongs to.
func (c *Calendar) opening(at int64) (nano, date int64, ok bool) {
	passed, here := c.passed(at), c.index(at)
	i := here + sort.Search(len(c.stretches)-1-here, func(i int) bool { return c.stretches[here+i+1].passed > passed })
	if i == len(c.stretches)-1 {
		return 0, 0, false
	}
	s := c.stretches[i]
	wall, date, ok := c.nextOnWall(max(at, s.from) + s.offset)
	return wall - s.offset, date, ok
}

// nextOnWall is the first open time on the wall at or after a time on the wall,
// and the date its window belongs to.
func (c *Calendar) nextOnWall(wall int64) (next, date int64, ok bool) {
	today := floor(wall, day)
	for date = today - 1; date <= today; date++ {
		for _, w := range c.days.on(date) {
			if wall < date*day+w.close {
				return max(wall, date*day+w.open), date, true
			}
		}
	}
	date, ok = c.working.find(c.working.before(today+1) + 1)
	if !ok {
		return 0, 0, false
	}
	return date*day + c.days.on(date)[0].open, date, true
}

// openBefore is the open time on the wall before a time on the wall, counted
// from a beginning of its own.
func (c *Calendar) openBefore(wall int64) int64 {
	today := floor(wall, day)
	sum := c.open.before(today - 1) // what belongs to older dates is over
	for date := today - 1; date <= today; date++ {
		for _, w := range c.days.on(date) {
			sum += min(max(wall-date*day-w.open, 0), w.close-w.open)
		}
	}
	return sum
}

// reach is the first time on the wall with so much open time before it.
func (c *Calendar) reach(amount int64) (wall int64, ok bool) {
	date, ok := c.open.find(amount)
	if !ok {
		return 0, false
	}
	amount -= c.open.before(date)
	for _, w := range c.days.on(date) {
		if amount <= w.close-w.open {
			return date*day + w.open + amount, true
		}
		amount -= w.close - w.open
	}
	return 0, false
}

// nearest is the time of day of an open window that business days end at.
func nearest(windows []window, timeOfDay int64) int64 {
	end := windows[0].open
	for _, w := range windows {
		if timeOfDay < w.open {
			break
		}
		end = min(timeOfDay, w.close)
	}
	return end
}

// The instants within reach, in nanoseconds since 1970.
var (
	firstNano = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	lastNano  = time.Date(2250, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
)

func within(t time.Time) bool {
	seconds := t.Unix()
	return seconds >= firstNano/int64(time.Second) && seconds < lastNano/int64(time.Second)
}
