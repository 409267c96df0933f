package ticket

import (
	"slices"
	"time"
)

// lateAfter is how long after its instant a milestone counts as late: the
// engine was down, not merely busy.
const lateAfter = time.Minute

// Next is the earliest thing that will happen to s by itself, and when. ok is
// false when nothing will. Action is ActEnd when the ticket's life is over at
// that instant.
func Next(s Snapshot) (action Action, at time.Time, ok bool) {
	consider := func(a Action, when *time.Time) {
		if when != nil && (!ok || when.Before(at)) {
			action, at, ok = a, *when, true
		}
	}
	if slices.Contains(notTakenBack, s.State) {
		for _, c := range s.clocks() {
			if c.warns() {
				consider(WarningOf(c.Name), c.WarnAt)
			}
			if c.breaks() {
				consider(BreachOf(c.Name), c.DueAt)
			}
		}
	}
	switch s.State {
	case Answered:
		consider(ActAutoClose, s.AutoCloseAt)
	case Closed, Merged:
		consider(ActEnd, s.ReopenUntil)
	}
	return action, at, ok
}

// ActEnd ends the workflow of a closed ticket when its reopen window is over,
// and of a merged one when that can't be undone any more; nothing is committed.
const ActEnd Action = "end"

// Over says whether nothing can happen to the ticket any more at that instant.
func Over(s Snapshot, at time.Time) bool {
	switch s.State {
	case Withdrawn:
		return true
	case Closed, Merged:
		return s.ReopenUntil == nil || !at.Before(*s.ReopenUntil)
	}
	return false
}

func late(s Snapshot, a Action, at time.Time) bool {
	var due *time.Time
	if name, breach := ClockOf(a); name != "" {
		c := s.clock(name)
		due = c.WarnAt
		if breach {
			due = c.DueAt
		}
	} else if a == ActAutoClose {
		due = s.AutoCloseAt
	}
	return due != nil && at.Sub(*due) > lateAfter
}
