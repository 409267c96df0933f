package calendar_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/calendar"
)

// Zones that put their clocks forward and back: in the north, in the south, at
// midnight, and by half an hour.
var zones = []string{"Europe/Berlin", "Australia/Melbourne", "America/Sao_Paulo", "Australia/Lord_Howe"}

// byHand says whether an instant counts, as a person with the calendar and a
// clock on the wall would find out, and which date the window belongs to.
func byHand(s calendar.Spec, zone *time.Location, t time.Time) (date string, open bool) {
	wall := t.In(zone)
	clock := wall.Format("15:04:05")
	today := time.Date(wall.Year(), wall.Month(), wall.Day(), 12, 0, 0, 0, time.UTC)
	for _, date := range []time.Time{today.AddDate(0, 0, -1), today} {
		for _, w := range windowsByHand(s, date) {
			overMidnight := w[1] < w[0]
			switch {
			case date.Equal(today) && w[0] <= clock && (clock < w[1] || overMidnight),
				!date.Equal(today) && overMidnight && clock < w[1]:
				return date.Format(time.DateOnly), true
			}
		}
	}
	return "", false
}

func windowsByHand(s calendar.Spec, date time.Time) [][]string {
	text := date.Format(time.DateOnly)
	if own, there := s.Dates[text]; there {
		return own
	}
	if slices.Contains(s.Holidays, text) {
		return nil
	}
	return s.Hours[strings.ToLower(date.Format("Mon"))]
}

// drawWindows are up to three windows of a date on the quarters of hours, the
// last of them possibly over midnight.
func drawWindows(t *rapid.T, label string) [][]string {
	quarters := rapid.SliceOfNDistinct(rapid.IntRange(20, 96), 0, 6, rapid.ID[int]).Draw(t, label)
	slices.Sort(quarters)
	text := func(q int) string { return fmt.Sprintf("%02d:%02d", q/4, q%4*15) }
	windows := [][]string{}
	for i := 0; i+1 < len(quarters); i += 2 {
		windows = append(windows, []string{text(quarters[i]), text(quarters[i+1])})
	}
	if n := len(windows); n > 0 && rapid.Bool().Draw(t, label+" over midnight") {
		windows[n-1][1] = text(rapid.IntRange(0, 20).Draw(t, label+" until"))
	}
	return windows
}

// drawSpec is a calendar with anything in it, around the changes of clocks of
// one year, and an instant near one of them.
func drawSpec(t *rapid.T) (s calendar.Spec, c *calendar.Calendar, near time.Time) {
	s = calendar.Spec{TimeZone: rapid.SampledFrom(zones).Draw(t, "zone"), Hours: hours{}, Dates: hours{}}
	change := rapid.SampledFrom(changes(t, s.TimeZone)).Draw(t, "change")
	open := rapid.IntRange(0, 127).Draw(t, "open weekdays")
	for i, name := range strings.Fields(daily) {
		switch {
		case open&(1<<i) == 0:
		case rapid.Bool().Draw(t, "all day"):
			s.Hours[name] = [][]string{allDay}
		default:
			s.Hours[name] = drawWindows(t, name)
		}
	}
	for range rapid.IntRange(0, 4).Draw(t, "dates") {
		date := change.AddDate(0, 0, rapid.IntRange(-4, 4).Draw(t, "date")).Format(time.DateOnly)
		if rapid.Bool().Draw(t, "holiday") {
			s.Holidays = append(s.Holidays, date)
		} else {
			s.Dates[date] = drawWindows(t, date)
		}
	}
	c, err := calendar.New(s)
	if err != nil {
		t.Skip(err) // a night that runs into a morning, or nothing open
	}
	seconds := rapid.IntRange(-4*24*3600, 4*24*3600).Draw(t, "near")
	return s, c, change.Add(time.Duration(seconds) * time.Second)
}

// changes are the instants of one year at which a zone's clocks change.
func changes(t *rapid.T, name string) (list []time.Time) {
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(rapid.SampledFrom([]int{2010, 2017, 2018, 2026, 2096}).Draw(t, "year"), 1, 1, 0, 0, 0, 0, zone)
	for range 2 {
		_, next := at.ZoneBounds()
		if next.IsZero() {
			break
		}
		list, at = append(list, next), next
	}
	return append(list, at)
}

// What counts is what a person would count, minute by minute.
func TestElapsedIsTheMinutesCountedByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, c, from := drawSpec(t)
		from = from.Truncate(time.Minute)
		var counted time.Duration
		for minute := range rapid.IntRange(0, 4*24*60).Draw(t, "minutes") {
			now := from.Add(time.Duration(minute) * time.Minute)
			_, open := byHand(s, c.Zone(), now)
			if c.Open(now) != open {
				t.Fatalf("%s: open %v", now.In(c.Zone()), c.Open(now))
			}
			if open {
				counted += time.Minute
			}
			if minute%60 == 59 {
				if got, err := c.Elapsed(from, now.Add(time.Minute)); err != nil || got != counted {
					t.Fatalf("%s to %s: %s, %v; by hand %s", from.In(c.Zone()), now.In(c.Zone()), got, err, counted)
				}
			}
		}
	})
}

// Add, then measure: the same. And nothing is due while it is closed, but on
// closing time.
func TestAddThenMeasureIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		_, c, start := drawSpec(t)
		start = start.Add(time.Duration(rapid.IntRange(0, 1e9-1).Draw(t, "part of a second")))
		longest := rapid.SampledFrom([]time.Duration{time.Minute, 24 * time.Hour, 1000 * time.Hour, 100_000 * time.Hour}).Draw(t, "at most")
		span := time.Duration(rapid.Int64Range(0, int64(longest)).Draw(t, "span"))
		due, err := c.Due(start, span)
		if errors.Is(err, calendar.ErrNever) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.Elapsed(start, due); err != nil || got != span {
			t.Fatalf("due %s, measured %s, %v; want %s", due, got, err, span)
		}
		if span > 0 && !c.Open(due.Add(-1)) || span == 0 && !c.Open(due) {
			t.Fatalf("due %s is no open instant and ends none", due)
		}
		later, err := c.Due(start, span+1)
		if err == nil && !later.After(due) {
			t.Fatalf("a nanosecond more is due %s, not after %s", later, due)
		}
		half, err := c.Due(start, span/2)
		if err != nil || half.After(due) {
			t.Fatalf("half is due %s, %v, after %s", half, err, due)
		}
		if span > 0 && span/2 > 0 {
			if rest, err := c.Due(half, span-span/2); err != nil || !rest.Equal(due) {
				t.Fatalf("in two halves %s, %v; at once %s", rest, err, due)
			}
		}
	})
}

// The next opening is the first minute that is open by hand.
func TestNextOpenIsTheFirstByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, c, from := drawSpec(t)
		next, ok := c.NextOpen(from)
		for minute := from.Truncate(time.Minute); minute.Before(from.AddDate(0, 0, 9)); minute = minute.Add(time.Minute) {
			now := minute
			if now.Before(from) {
				now = from
			}
			if _, open := byHand(s, c.Zone(), now); open {
				if !ok || !next.Equal(now) {
					t.Fatalf("%s %v; by hand %s", next, ok, now.In(c.Zone()))
				}
				return
			}
		}
		if ok && next.Before(from.AddDate(0, 0, 9)) {
			t.Fatalf("%s; by hand not within nine days", next)
		}
	})
}

// Business days end on the n-th date with an open minute, not before the start
// of it nor after its end, and a later local time is never due earlier.
func TestBusinessDaysAreDatesCountedByHand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, c, start := drawSpec(t)
		n := rapid.IntRange(1, 5).Draw(t, "days")
		due, err := c.DueDays(start, n)
		if errors.Is(err, calendar.ErrNever) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		begin, _ := c.NextOpen(start)
		last, _ := byHand(s, c.Zone(), begin)
		found, first, end := 0, time.Time{}, time.Time{}
		for now := begin.Truncate(time.Minute); now.Before(begin.AddDate(0, 0, 50)); now = now.Add(time.Minute) {
			date, open := byHand(s, c.Zone(), now)
			if open && date > last {
				if found, last = found+1, date; found > n {
					break
				}
				first = now
			}
			if open && found == n {
				end = now.Add(time.Minute)
			}
		}
		if found < n {
			return // weeks apart
		}
		if due.Before(first) || due.After(end) {
			t.Fatalf("%d days from %s: %s, not from %s to %s", n, begin, due, first, end)
		}
		later := start.Add(time.Duration(rapid.IntRange(0, 3*24*3600).Draw(t, "later")) * time.Second)
		opening, ok := c.NextOpen(later)
		if !ok || readsEarlier(opening, begin) {
			return // in the hour that comes twice a later start has an earlier local time, and the rule keeps local time
		}
		if next, err := c.DueDays(later, n); err == nil && next.Before(due) {
			t.Fatalf("from %s due %s, from %s due %s", start, due, later, next)
		}
	})
}

// readsEarlier compares what the clock on the wall reads.
func readsEarlier(a, b time.Time) bool {
	const wall = "2006-01-02 15:04:05.000000000"
	return a.Format(wall) < b.Format(wall)
}

// Deadlines are right whichever weekdays are open.
func TestEverySubsetOfWeekdays(t *testing.T) {
	names := strings.Fields(daily)
	for subset := 1; subset < 128; subset++ {
		s := calendar.Spec{TimeZone: "Europe/Berlin", Hours: hours{}}
		for i, name := range names {
			if subset&(1<<i) != 0 {
				s.Hours[name] = [][]string{{"09:00", "12:00"}, {"13:00", "17:00"}}
			}
		}
		c := made(t, s)
		for _, begin := range []string{"2026-03-23 11:00:00", "2026-10-21 12:30:00", "2026-12-31 18:00:00"} {
			start := at(t, c, begin)
			var passed time.Duration
			for now := start; now.Before(start.AddDate(0, 0, 22)); now = now.Add(30 * time.Minute) {
				if _, open := byHand(s, c.Zone(), now); !open {
					continue
				}
				passed += 30 * time.Minute
				if due, err := c.Due(start, passed); err != nil || !due.Equal(now.Add(30*time.Minute)) {
					t.Fatalf("%v: %s from %s is due %s, %v; by hand %s", s.Hours, passed, start, due, err, now)
				}
			}
		}
	}
}

// The table of stretches is the zone, year in, year out.
func TestTheClockOnTheWallIsTheZones(t *testing.T) {
	for _, name := range append(zones, "America/Toronto", "Africa/Casablanca", "Pacific/Apia", "Asia/Tehran", "UTC") {
		c := made(t, calendar.Spec{TimeZone: name, Hours: week(daily, []string{"00:00", "12:00"})})
		for at := time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() < 2250; at = at.Add(5*time.Hour + 17*time.Minute) {
			if morning := at.In(c.Zone()).Hour() < 12; c.Open(at) != morning {
				t.Fatalf("%s at %s: open %v", name, at.In(c.Zone()), c.Open(at))
			}
		}
	}
}

func benchmarkDue(b *testing.B, span time.Duration) {
	c := made(b, calendar.Spec{TimeZone: "Europe/Berlin", Hours: office.Hours, Holidays: holidays.Holidays, Dates: holidays.Dates})
	start := at(b, c, "2026-11-25 10:00:00")
	for b.Loop() {
		if _, err := c.Due(start, span); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDueInAWeek(b *testing.B)      { benchmarkDue(b, 40*time.Hour) }
func BenchmarkDueInTwoYears(b *testing.B)   { benchmarkDue(b, 2*2080*time.Hour) }
func BenchmarkDueInTwoDays(b *testing.B)    { benchmarkDays(b, 2) }
func BenchmarkDueIn500Days(b *testing.B)    { benchmarkDays(b, 500) }
func BenchmarkElapsedAWeek(b *testing.B)    { benchmarkElapsed(b, 7) }
func BenchmarkElapsedTwoYears(b *testing.B) { benchmarkElapsed(b, 730) }

func benchmarkDays(b *testing.B, n int) {
	c := made(b, office)
	start := at(b, c, "2026-11-25 10:00:00")
	for b.Loop() {
		if _, err := c.DueDays(start, n); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkElapsed(b *testing.B, days int) {
	c := made(b, office)
	start := at(b, c, "2026-11-25 10:00:00")
	end := start.AddDate(0, 0, days)
	for b.Loop() {
		if _, err := c.Elapsed(start, end); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := calendar.New(holidays); err != nil {
			b.Fatal(err)
		}
	}
}
