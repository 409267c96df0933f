package clock_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/clock"
)

func berlin(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestDaysWithPauses: hand-counted. Monday is 2 March 2026.
func TestDaysWithPauses(t *testing.T) {
	at := func(s string) time.Time { return berlin(t, s) }
	pause := func(from, to string) []time.Time { return []time.Time{at(from), at(to)} }
	for _, c := range []struct {
		name      string
		start     string
		days      int
		pauses    [][]time.Time
		due, warn string
	}{
		{"none", "2026-03-02 10:00", 2, nil, "2026-03-04 10:00", "2026-03-03 14:00"},
		{"two hours", "2026-03-02 10:00", 2, [][]time.Time{pause("2026-03-02 11:00", "2026-03-02 13:00")}, "2026-03-04 12:00", "2026-03-03 16:00"},
		{"over night: only open time moves it", "2026-03-02 10:00", 2, [][]time.Time{pause("2026-03-02 16:00", "2026-03-03 10:00")}, "2026-03-04 12:00", "2026-03-03 16:00"},
		{"closed time moves nothing", "2026-03-02 10:00", 2, [][]time.Time{pause("2026-03-02 18:00", "2026-03-03 08:00")}, "2026-03-04 10:00", "2026-03-03 14:00"},
		{"into the next day", "2026-03-02 10:00", 1, [][]time.Time{pause("2026-03-02 10:00", "2026-03-03 10:00")}, "2026-03-04 10:00", "2026-03-03 16:00"},
		{"past the deadline it would have had", "2026-03-02 10:00", 1, [][]time.Time{pause("2026-03-02 12:00", "2026-03-05 12:00")}, "2026-03-06 10:00", "2026-03-05 16:00"},
		{"after the deadline: moves nothing", "2026-03-02 10:00", 1, [][]time.Time{pause("2026-03-03 11:00", "2026-03-05 12:00")}, "2026-03-03 10:00", "2026-03-02 16:00"},
		{"two, the second within what the first added", "2026-03-02 10:00", 1, [][]time.Time{
			pause("2026-03-02 12:00", "2026-03-02 14:00"), pause("2026-03-03 11:00", "2026-03-03 12:00"),
		}, "2026-03-03 13:00", "2026-03-03 10:00"},
	} {
		var timeline []clock.Event
		timeline = append(timeline, clock.Event{What: clock.Created, At: at(c.start)})
		for _, p := range c.pauses {
			timeline = append(timeline, clock.Event{What: clock.WaitBegan, At: p[0]}, clock.Event{What: clock.WaitEnded, At: p[1]})
		}
		h, err := clock.Read(timeline, "")
		if err != nil {
			t.Fatal(err)
		}
		due, err := h.Due(clock.Target{Days: c.days}, office(t))
		if err != nil || !due.Equal(at(c.due)) {
			t.Errorf("%s: due %s (%v), want %s", c.name, due, err, c.due)
		}
		warn, err := h.Warns(clock.Target{Days: c.days}, 0.75, office(t))
		if err != nil || !warn.Equal(at(c.warn)) {
			t.Errorf("%s: warns %s (%v), want %s", c.name, warn, err, c.warn)
		}
	}
}

// TestTargetProperties: without a pause the deadline is the calendar's; a pause
// never brings it nearer; a warning comes no later than its deadline.
func TestTargetProperties(t *testing.T) {
	c, monday := office(t), berlin(t, "2026-03-02 00:00")
	rapid.Check(t, func(t *rapid.T) {
		minute := func(name string) time.Time {
			return monday.Add(time.Duration(rapid.IntRange(0, 20*24*60).Draw(t, name)) * time.Minute)
		}
		start := minute("start")
		target := clock.Target{Days: rapid.IntRange(1, 10).Draw(t, "days")}
		plain := clock.History{Until: start, Started: true}
		due, err := plain.Due(target, c)
		want, err2 := c.DueDays(start, target.Days)
		if err != nil || err2 != nil || !due.Equal(want) {
			t.Fatalf("%s, want %s (%v, %v)", due, want, err, err2)
		}
		from := start.Add(time.Duration(rapid.IntRange(0, 10*24*60).Draw(t, "pause after")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(1, 5*24*60).Draw(t, "pause for")) * time.Minute)
		paused := clock.History{Until: to, Started: true, Ledger: clock.Ledger{
			{From: start, To: from, Kind: clock.Counted}, {From: from, To: to, Kind: clock.Paused},
		}}
		later, err := paused.Due(target, c)
		if err != nil || later.Before(due) {
			t.Fatalf("a pause from %s to %s brings the deadline from %s to %s (%v)", from, to, due, later, err)
		}
		warn, err := paused.Warns(target, 0.75, c)
		if err != nil || warn.After(later) {
			t.Fatalf("warns at %s, due at %s (%v)", warn, later, err)
		}
	})
}
