package web

import (
	"testing"
	"time"
)

// TestDueGroup looks at the borders of days, in the reader's zone, also where
// clocks change.
func TestDueGroup(t *testing.T) {
	t.Parallel()
	const wall = "2006-01-02 15:04:05"
	for _, c := range []struct{ zone, now, due, want string }{
		{"America/Toronto", "2026-11-25 12:00:00", "2026-11-25 12:00:00", "overdue"}, // a Wednesday
		{"America/Toronto", "2026-11-25 12:00:00", "2026-11-25 12:00:01", "today"},
		{"America/Toronto", "2026-11-25 12:00:00", "2026-11-25 23:59:59", "today"},
		{"America/Toronto", "2026-11-25 12:00:00", "2026-11-26 00:00:00", "week"},
		{"America/Toronto", "2026-11-25 12:00:00", "2026-11-29 23:59:59", "week"}, // Sunday
		{"America/Toronto", "2026-11-25 12:00:00", "2026-11-30 00:00:00", "later"},
		{"America/Toronto", "2026-11-25 23:59:59", "2026-11-26 00:00:00", "week"},
		{"America/Toronto", "2026-11-30 00:00:00", "2026-12-06 23:59:59", "week"}, // from Monday
		{"America/Toronto", "2026-11-30 00:00:00", "2026-12-07 00:00:00", "later"},
		{"America/Toronto", "2026-11-29 00:00:00", "2026-11-29 23:59:59", "today"}, // on a Sunday
		{"America/Toronto", "2026-11-29 00:00:00", "2026-11-30 00:00:00", "later"},
		{"Europe/Berlin", "2026-03-29 00:30:00", "2026-03-29 23:59:59", "today"}, // 23 hours long
		{"Europe/Berlin", "2026-03-29 00:30:00", "2026-03-30 00:00:00", "later"},
		{"Europe/Berlin", "2026-10-25 00:30:00", "2026-10-25 23:59:59", "today"}, // 25 hours long
		{"Europe/Berlin", "2026-10-24 12:00:00", "2026-10-25 23:59:59", "week"},
		{"Europe/Berlin", "2026-10-24 12:00:00", "2026-10-26 00:00:00", "later"},
		{"America/Sao_Paulo", "2018-11-03 12:00:00", "2018-11-03 23:59:59", "today"}, // no midnight between
		{"America/Sao_Paulo", "2018-11-03 12:00:00", "2018-11-04 01:00:00", "week"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.ParseInLocation(wall, c.now, zone)
		if err != nil {
			t.Fatal(err)
		}
		due, err := time.ParseInLocation(wall, c.due, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := dueGroup(due.UTC(), false, now.UTC(), zone); got != c.want {
			t.Errorf("%s: at %s, due %s: %s, want %s", c.zone, c.now, c.due, got, c.want)
		}
		if got := dueGroup(due, true, now, zone); got != "none" {
			t.Errorf("without a deadline: %s", got)
		}
	}
}

// TestDayStart: days begin once, whatever the clocks do at midnight.
func TestDayStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, day, want string }{
		{"America/Toronto", "2026-11-25", "2026-11-25T00:00:00-05:00"},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00"}, // put forward at midnight
		{"America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00"},    // the hour after midnight comes twice
		{"Australia/Lord_Howe", "2026-10-04", "2026-10-04T00:00:00+10:30"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, err := time.ParseInLocation("2006-01-02 15:04", c.day+" 12:00", zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := dayStart(day.AddDate(0, 0, -1), 1).Format(time.RFC3339); got != c.want {
			t.Errorf("%s begins in %s at %s, want %s", c.day, c.zone, got, c.want)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		ago  time.Duration
		key  string
		want int
	}{
		{-time.Second, "age_now", 0},
		{59 * time.Second, "age_now", 0},
		{time.Minute, "age_minutes", 1},
		{59 * time.Minute, "age_minutes", 59},
		{time.Hour, "age_hours", 1},
		{47*time.Hour + 59*time.Minute, "age_hours", 47},
		{48 * time.Hour, "age_days", 2},
		{240 * time.Hour, "age_days", 10},
	} {
		if key, n := age(now.Add(-c.ago), now); key != c.key || n != c.want {
			t.Errorf("%s ago: %s %d, want %s %d", c.ago, key, n, c.key, c.want)
		}
	}
}
