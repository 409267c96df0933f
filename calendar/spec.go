package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Spec is a calendar as people write it. A window is an opening and a closing
// time, {"09:00", "17:00"}; one that closes at or before its opening closes on
// the next date; a whole day is {"00:00", "24:00"}.
type Spec struct {
	TimeZone string                `json:"timezone" yaml:"timezone"` // IANA
	Hours    map[string][][]string `json:"hours"    yaml:"hours"`    // windows by weekday, "mon" to "sun"; a weekday left out is closed
	Holidays []string              `json:"holidays" yaml:"holidays"` // closed dates, "2026-01-01"
	Dates    map[string][][]string `json:"dates"    yaml:"dates"`    // windows of a date instead of its weekday's, also of a holiday's; none: closed
}

// weekdays as Spec names them.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// New makes a calendar. The error says in plain words what is wrong first: an
// unknown zone, weekday, date or time, a window that is empty or overlaps
// another, or no open time at all.
func New(s Spec) (*Calendar, error) {
	zone, err := zoneOf(s.TimeZone)
	if err != nil {
		return nil, err
	}
	c := &Calendar{zone: zone, stretches: stretchesOf(zone)}
	if err := c.days.read(s); err != nil {
		return nil, err
	}
	skip(&c.days, c.stretches)
	c.open, c.working = c.days.tally(openTime), c.days.tally(oneIfOpen)
	for i, s := range c.stretches[:len(c.stretches)-1] {
		next := &c.stretches[i+1]
		next.passed = s.passed + c.openBefore(next.from+s.offset) - c.openBefore(s.from+s.offset)
	}
	if c.total() == 0 {
		return nil, errors.New("the calendar is never open")
	}
	return c, nil
}

func zoneOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("the calendar names no time zone such as Europe/Paris, but %q", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("there is no time zone %q; a time zone is named such as Europe/Paris", name)
	}
	return zone, nil
}

func (p *plan) read(s Spec) error {
	for _, name := range slices.Sorted(maps.Keys(s.Hours)) {
		i := slices.Index(weekdays, name)
		if i < 0 {
			return fmt.Errorf("%q is no weekday; they are %s", name, strings.Join(weekdays, ", "))
		}
		windows, err := windowsOf(s.Hours[name])
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p.week[i] = windows
	}
	for _, text := range s.Holidays {
		date, err := dateOf(text)
		if err != nil {
			return fmt.Errorf("holidays: %w", err)
		}
		p.set(date, nil)
	}
	for _, text := range slices.Sorted(maps.Keys(s.Dates)) {
		date, err := dateOf(text)
		if err != nil {
			return fmt.Errorf("dates: %w", err)
		}
		windows, err := windowsOf(s.Dates[text])
		if err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
		p.set(date, windows)
	}
	return p.checkNights()
}

// checkNights refuses a window over midnight that runs into one of the next
// date.
func (p *plan) checkNights() error {
	for i, name := range weekdays {
		next := (i + 1) % 7
		if a, b, meet := night(p.week[i], p.week[next]); meet {
			return fmt.Errorf("%s of %s runs into %s of %s", a, name, b, weekdays[next])
		}
	}
	for _, own := range p.dates {
		for date := own - 1; date <= own; date++ {
			if a, b, meet := night(p.on(date), p.on(date+1)); meet {
				return fmt.Errorf("%s of %s runs into %s of %s", a, textOf(date), b, textOf(date+1))
			}
		}
	}
	return nil
}

// night is the last window of a date and the first of the next, and whether
// they overlap.
func night(today, tomorrow []window) (a, b window, meet bool) {
	if len(today) == 0 || len(tomorrow) == 0 {
		return a, b, false
	}
	a, b = today[len(today)-1], tomorrow[0]
	return a, b, a.close-day > b.open
}

// windowsOf reads the windows of one date and puts them in order.
func windowsOf(texts [][]string) ([]window, error) {
	windows := make([]window, 0, len(texts))
	for _, text := range texts {
		if len(text) != 2 {
			return nil, fmt.Errorf("a window is an opening and a closing time, not %q", text)
		}
		open, err := timeOf(text[0])
		if err != nil {
			return nil, err
		}
		shut, err := timeOf(text[1])
		switch {
		case err != nil:
			return nil, err
		case open == day:
			return nil, errors.New("a window can close at 24:00, not open")
		case open == shut:
			return nil, fmt.Errorf("the window %s–%s is empty; a whole day is 00:00–24:00", text[0], text[1])
		case shut < open:
			shut += day
		}
		windows = append(windows, window{open, shut})
	}
	slices.SortFunc(windows, func(a, b window) int { return cmp.Compare(a.open, b.open) })
	for i, w := range windows[min(1, len(windows)):] {
		if before := windows[i]; w.open < before.close {
			return nil, fmt.Errorf("the windows %s and %s overlap", before, w)
		}
	}
	return windows, nil
}

// timeOf reads a time of day, with seconds or without.
func timeOf(text string) (int64, error) {
	if text == "24:00" || text == "24:00:00" {
		return day, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		t, err = time.Parse("15:04:05", text)
	}
	if err != nil {
		return 0, fmt.Errorf("%q is no time of day such as 09:00", text)
	}
	return int64(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second), nil
}

// dateOf reads a date that is within reach.
func dateOf(text string) (int64, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%q is no date such as 2026-01-01", text)
	}
	if !within(t) {
		return 0, fmt.Errorf("%s: %w", text, ErrReach)
	}
	return floor(t.UnixNano(), day), nil
}

func textOf(date int64) string { return time.Unix(0, date*day).UTC().Format(time.DateOnly) }

// String is the window as people write it.
func (w window) String() string { return textOfTime(w.open) + "–" + textOfTime(w.close) }

func textOfTime(at int64) string {
	if at == day {
		return "24:00"
	}
	return time.Unix(0, at).UTC().Format("15:04")
}
