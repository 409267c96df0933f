package web

import "time"

// The groups of the queue, in order.
var dueGroups = []string{"overdue", "today", "week", "later", "none"}

// dueGroup is where a deadline stands in the reader's days: overdue, today,
// this week (until Sunday), later; none without a deadline.
func dueGroup(due time.Time, none bool, now time.Time, zone *time.Location) string {
	today := now.In(zone)
	toMonday := 7 - (int(today.Weekday())+6)%7 // 7 on a Monday, 1 on a Sunday
	switch {
	case none:
		return "none"
	case !due.After(now):
		return "overdue"
	case due.Before(dayStart(today, 1)):
		return "today"
	case due.Before(dayStart(today, toMonday)):
		return "week"
	}
	return "later"
}

// dayStart is the first instant of the day so many days after t's, in t's
// zone. Where clocks are put forward at midnight that is 01:00, and where the
// hour after midnight comes twice it is the first.
func dayStart(t time.Time, days int) time.Time {
	year, month, day := t.Date()
	start := time.Date(year, month, day+days, 0, 0, 0, 0, t.Location())
	wanted := time.Date(year, month, day+days, 12, 0, 0, 0, time.UTC).Day()
	for start.Day() != wanted {
		start = start.Add(30 * time.Minute)
	}
	for before := start.Add(-30 * time.Minute); before.Day() == wanted; before = before.Add(-30 * time.Minute) {
		start = before
	}
	return start
}

// age is how long ago an instant is, in the largest whole unit, for T: the key
// of its words and the number.
func age(at, now time.Time) (key string, n int) {
	d := now.Sub(at)
	switch {
	case d < time.Minute:
		return "age_now", 0
	case d < time.Hour:
		return "age_minutes", int(d / time.Minute)
	case d < 48*time.Hour:
		return "age_hours", int(d / time.Hour)
	}
	return "age_days", int(d / (24 * time.Hour))
}
