package clock_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/calendar"
	"github.com/casepath/casepath/clock"
)

// Each of these is a bug that another help desk had.

func TestBugAPauseDuringTheWaitForAThresholdDoesNotSkipIt(t *testing.T) {
	h := read(t, "created Mon 10:00, paused Mon 11:00, resumed Mon 12:00", "")
	for amount, want := range map[time.Duration]string{1 * time.Hour: "Mon 11:00", 90 * time.Minute: "Mon 12:30", 2 * time.Hour: "Mon 13:00"} {
		if got, err := h.Reached(amount, office(t)); err != nil || !got.Equal(at(t, want)) {
			t.Errorf("%s: %s, %v; want %s", amount, got, err, want)
		}
	}
}

func TestBugAPauseIsNotCountedOnTheWallClock(t *testing.T) {
	r, err := read(t, "created Fri 16:00, paused Fri 16:30, resumed next-Mon 9:30", "").Against(2*time.Hour, office(t))
	if err != nil || r.Paused != time.Hour || !r.Due.Equal(at(t, "next-Mon 11:00")) {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestBugAnotherSeverityLosesNoPause(t *testing.T) {
	h := read(t, "created Mon 10:00, paused Mon 11:00, resumed Mon 12:00", "")
	for target, want := range map[time.Duration]string{2 * time.Hour: "Mon 13:00", 4 * time.Hour: "Mon 15:00", 30 * time.Minute: "Mon 10:30"} {
		r, err := h.Against(target, office(t))
		if err != nil || r.Paused != time.Hour || !r.Due.Equal(at(t, want)) || r.Breached != (target < time.Hour) {
			t.Errorf("%s: %+v, %v; want %s", target, r, err, want)
		}
	}
}

func TestBugATicketCreatedClosedOrWaitingStartsNoClock(t *testing.T) {
	for _, timeline := range []string{"created Mon 10:00, closed Mon 10:00", "created Mon 10:00, paused Mon 10:00", "created Mon 10:00, paused Mon 10:00, closed Mon 18:00"} {
		h := read(t, timeline, clock.FirstResponse)
		if r, err := h.Against(time.Hour, office(t)); err != nil || h.Started || !r.Due.IsZero() || r.Breached || r.Elapsed != 0 {
			t.Errorf("%s: started %v, %+v, %v", timeline, h.Started, r, err)
		}
	}
}

func TestBugAThresholdIsNotComputedToMidnight(t *testing.T) {
	segments := open(t, []string{"08:00", "10:00"}, []string{"13:00", "15:00"}, []string{"20:00", "21:00"})
	h := read(t, "created Mon 9:00", "")
	for amount, want := range map[time.Duration]string{2 * time.Hour: "Mon 14:00", 3 * time.Hour: "Mon 15:00", 4 * time.Hour: "Mon 21:00", 5 * time.Hour: "Tue 09:00"} {
		if got, err := h.Reached(amount, segments); err != nil || !got.Equal(at(t, want)) {
			t.Errorf("%s: %s, %v; want %s", amount, got, err, want)
		}
	}
}

func TestBugAResolvedTicketDoesNotMissItsTarget(t *testing.T) {
	r, err := read(t, "created Mon 10:00, closed Mon 11:00, paused Wed 10:00, resumed Fri 10:00", "").Against(2*time.Hour, office(t))
	if err != nil || r.Breached || r.Elapsed != time.Hour || r.Paused != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestBugACalendarWithoutAWorkingDayIsRefused(t *testing.T) {
	for _, s := range []calendar.Spec{{TimeZone: "UTC"}, {TimeZone: "UTC", Hours: map[string][][]string{"mon": {}}}, {TimeZone: "UTC", Dates: map[string][][]string{"2026-11-23": nil}}} {
		if _, err := calendar.New(s); err == nil {
			t.Errorf("%+v is a calendar", s)
		}
	}
}

// What has been written into a ledger stays, whatever happens next; and the
// ledger is without gaps.
func TestBugTheLedgerIsNeverRebuilt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		timeline := []clock.Event{{What: clock.Created, At: at(t, "Mon 10:00")}}
		var before clock.Ledger
		for range rapid.IntRange(0, 12).Draw(r, "events") {
			last := timeline[len(timeline)-1].At
			timeline = append(timeline, clock.Event{
				What: rapid.SampledFrom([]clock.What{clock.WaitBegan, clock.WaitEnded, clock.FirstResponse, clock.Closed, clock.Reopened}).Draw(r, "what"),
				At:   last.Add(time.Duration(rapid.IntRange(0, 300).Draw(r, "minutes")) * time.Minute),
			})
			h, err := clock.Read(timeline, "")
			if err != nil {
				r.Fatal(err)
			}
			if n := len(before); n > 0 {
				grown := slices.Clone(h.Ledger[:min(n, len(h.Ledger))])
				if len(grown) == n && !grown[n-1].To.Before(before[n-1].To) {
					grown[n-1].To = before[n-1].To
				}
				if !slices.Equal(grown, before) {
					r.Fatalf("%v has become %v", before, h.Ledger)
				}
			}
			checkLedger(r, timeline[0].At, h)
			before = h.Ledger
		}
	})
}

func checkLedger(t *rapid.T, created time.Time, h clock.History) {
	t.Helper()
	from := created
	for _, i := range h.Ledger {
		if !i.From.Equal(from) || !i.To.After(i.From) {
			t.Fatalf("%v after %s", i, from)
		}
		from = i.To
	}
	if !from.Equal(h.Until) {
		t.Fatalf("the ledger ends at %s, not %s", from, h.Until)
	}
}

// A clock that has breached was due when it had counted its target; the time
// between creation and the deadline is the target and the pauses in it.
func TestTheDeadlineIsTheTargetAndThePauses(t *testing.T) {
	c := open(t, []string{"08:00", "12:00"}, []string{"13:00", "22:30"})
	rapid.Check(t, func(r *rapid.T) {
		text := []string{"created Mon 10:00"}
		minute := 10 * 60
		for i := range rapid.IntRange(0, 8).Draw(r, "turns") {
			minute += rapid.IntRange(1, 400).Draw(r, "minutes")
			text = append(text, fmt.Sprintf("%s %s %02d:%02d", []string{"paused", "resumed"}[i%2], []string{"Mon", "Tue", "Wed"}[minute/1440], minute/60%24, minute%60))
		}
		target := time.Duration(rapid.IntRange(1, 3000).Draw(r, "target")) * time.Minute
		h := read(t, strings.Join(text, ", "), "")
		reading, err := h.Against(target, c)
		if err != nil {
			r.Fatal(err)
		}
		if reading.Elapsed > target && !reading.Breached {
			r.Fatalf("counted %s of %s without a breach", reading.Elapsed, target)
		}
		var paused time.Duration
		for _, i := range h.Ledger {
			if i.Kind == clock.Paused && i.From.Before(reading.Due) {
				open, err := c.Elapsed(i.From, i.To)
				if err != nil {
					r.Fatal(err)
				}
				paused += open
			}
		}
		if between, err := c.Elapsed(at(t, "Mon 10:00"), reading.Due); err != nil || between != target+paused {
			r.Fatalf("%s between creation and %s, %v; want %s and pauses of %s", between, reading.Due, err, target, paused)
		}
	})
}
