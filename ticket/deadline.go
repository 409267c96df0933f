package ticket

import "time"

// Deadline is what a ticket's next deadline is about.
type Deadline string

// DeadlineClose is when what is answered closes by itself. Any other deadline is
// a clock's, by its name.
const DeadlineClose Deadline = "close"

// NextDeadline is the deadline that comes next, of any kind, and what it is
// about; ok is false when none runs. The queue is sorted by it.
func NextDeadline(s Snapshot) (what Deadline, at time.Time, ok bool) {
	if !s.State.Open() {
		return "", at, false
	}
	if name, due, runs := NextPromise(s); runs {
		return Deadline(name), due, true
	}
	if s.State == Answered && s.AutoCloseAt != nil {
		return DeadlineClose, *s.AutoCloseAt, true
	}
	return "", at, false
}

// NextPromise is the clock that falls due next among those that run; ok is
// false when none does.
func NextPromise(s Snapshot) (name string, at time.Time, ok bool) {
	for _, c := range s.clocks() {
		if c.StoppedAt == nil && c.DueAt != nil && (!ok || c.DueAt.Before(at)) {
			name, at, ok = c.Name, *c.DueAt, true
		}
	}
	return name, at, ok
}
