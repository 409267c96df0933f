package web

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestStrip: what ran and what was paused, in proportion to its business time;
// each night is one thin gap however long it is, and lunch is none; where it is
// due and where it is now.
func TestStrip(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, zone) } // the 2nd is a Monday
	office := [][]string{{"09:00", "12:00"}, {"13:00", "18:00"}}                                // eight hours
	pack := &policy.Pack{TimeZone: "Europe/Berlin", Calendar: "office", Calendars: map[string]policy.Calendar{
		"office": {Hours: map[string][][]string{"mon": office, "tue": office, "wed": office, "thu": office, "fri": office}},
	}}
	line := func(day, hour int, s ticket.Standing) store.LedgerLine {
		return store.LedgerLine{From: at(day, hour), Standing: s, Cause: "walk"}
	}
	for name, c := range map[string]struct {
		calendar          string
		start, due        time.Time
		stopped           bool
		hours             int
		now               time.Time
		ledger            []store.LedgerLine
		bars, dueAt, here string
	}{
		"runs": {
			"office", at(2, 10), at(3, 10), false, 8, at(2, 14), nil,
			"run 0+372", "998", "372", // three of eight hours of 992 units; one night
		},
		"runs past its deadline, over a weekend": {
			"office", at(6, 10), at(9, 10), false, 8, at(9, 18), nil,
			"run 0+463 run 471+529", "537", "998",
		},
		"paused over night": {
			"office", at(2, 10),
			time.Time{},
			false, 8, at(3, 12),
			[]store.LedgerLine{line(2, 11, ticket.Waits)},
			"run 0+99 pause 99+595 pause 702+298", "", "998",
		},
		"paused and gone on": {
			"office", at(2, 10), at(4, 10), false, 8, at(3, 18),
			[]store.LedgerLine{line(2, 11, ticket.Waits), line(3, 11, ticket.Counted)},
			"run 0+62 pause 62+369 pause 438+123 run 562+369", "998", "930",
		},
		"stopped in time": {
			"office", at(2, 10), at(3, 10), true, 8, at(20, 10), nil,
			"run 0+372", "998", "",
		},
		"around the clock": {
			"", at(2, 10), at(4, 10), false, 48, at(3, 10), nil,
			"run 0+500", "998", "500",
		},
	} {
		k := store.Clock{Name: ticket.ClockResolution, Amount: policy.Amount{Minutes: 60 * c.hours}, Calendar: c.calendar, Pausing: true}
		if !c.due.IsZero() {
			k.DueAt = &c.due
		}
		if c.stopped {
			stopped := at(2, 14)
			k.StoppedAt = &stopped
		}
		a, err := promise.Read(store.Ticket{RegisteredAt: c.start}, k, c.ledger, pack.Settings(policy.Settings{}))
		if err != nil {
			t.Fatal(err)
		}
		s := stripOf(a, c.now)
		if s == nil {
			t.Errorf("%s: nothing is drawn", name)
			continue
		}
		var bars []string
		for _, b := range s.Bars {
			kind := "run"
			if b.Paused {
				kind = "pause"
			}
			bars = append(bars, fmt.Sprintf("%s %.0f+%.0f", kind, b.X, b.Width))
		}
		if got := strings.Join(bars, " "); got != c.bars || whole(s.Due) != c.dueAt || whole(s.Now) != c.here {
			t.Errorf("%s: %s, due %s, now %s; want %s, due %s, now %s", name, got, whole(s.Due), whole(s.Now), c.bars, c.dueAt, c.here)
		}
	}
}

// whole is a place without its decimal.
func whole(x string) string {
	f, err := strconv.ParseFloat(x, 64)
	if err != nil {
		return x
	}
	return fmt.Sprintf("%.0f", f)
}
