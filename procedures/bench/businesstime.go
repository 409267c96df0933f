package main

import (
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/de"

	"github.com/casepath/casepath/calendar"
	"github.com/casepath/casepath/policy"
)

// span is a question of business time, and what an answer takes: ours, and that
// of a library that goes day by day.
type span struct {
	name         string
	wanted       time.Duration
	ours, theirs time.Duration
}

// businessTime asks for a date a week and two years away, and for the time in
// between, by Mon–Fri 09–17 in Berlin with Hamburg's holidays.
func (b *bench) businessTime(context.Context) error {
	c, err := hamburg()
	if err != nil {
		return err
	}
	theirs := cal.NewBusinessCalendar()
	theirs.AddHoliday(de.HolidaysHH...)
	from := time.Date(2026, 1, 7, 10, 30, 0, 0, c.Zone())
	for _, s := range []struct {
		name   string
		hours  time.Duration
		wanted time.Duration
	}{{"a week", 40 * time.Hour, 2 * time.Microsecond}, {"two years", 2 * 250 * 8 * time.Hour, 20 * time.Microsecond}} {
		due, err := c.Due(from, s.hours)
		if err != nil {
			return err
		}
		elapsed, err := c.Elapsed(from, due)
		if err != nil {
			return err
		}
		if other := theirs.AddWorkHours(from, s.hours); !other.Equal(due) || theirs.WorkHoursInRange(from, due) != elapsed || elapsed != s.hours {
			return fmt.Errorf("%s: due %s and %s elapsed; the other library says %s", s.name, due, elapsed, other)
		}
		b.spans = append(b.spans,
			span{"due, " + s.name, s.wanted, oneOf(func() { _, _ = c.Due(from, s.hours) }), oneOf(func() { theirs.AddWorkHours(from, s.hours) })},
			span{"elapsed, " + s.name, s.wanted, oneOf(func() { _, _ = c.Elapsed(from, due) }), oneOf(func() { theirs.WorkHoursInRange(from, due) })})
	}
	return nil
}

func hamburg() (*calendar.Calendar, error) {
	days, err := policy.Holidays("de-hh")
	if err != nil {
		return nil, err
	}
	spec := calendar.Spec{TimeZone: "Europe/Berlin", Hours: map[string][][]string{}}
	for _, weekday := range []string{"mon", "tue", "wed", "thu", "fri"} {
		spec.Hours[weekday] = [][]string{{"09:00", "17:00"}}
	}
	for _, d := range days {
		spec.Holidays = append(spec.Holidays, d.Date)
	}
	return calendar.New(spec)
}

// oneOf is what one of many takes.
func oneOf(do func()) time.Duration {
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			do()
		}
	})
	return time.Duration(r.NsPerOp())
}

func (b *bench) printSpans(out io.Writer) {
	if len(b.spans) == 0 {
		return
	}
	fmt.Fprintf(out, "\nBusiness time\nns\tns of rickar/cal\tratio\t \n")
	for _, s := range b.spans {
		fmt.Fprintf(out, "%d\t%d\t1 : %.0f\t  %s\n", s.ours.Nanoseconds(), s.theirs.Nanoseconds(), float64(s.theirs)/float64(s.ours), s.name)
	}
}
