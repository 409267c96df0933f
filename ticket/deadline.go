package ticket

import "time"

// Deadline is what a ticket's next deadline is about.
type Deadline string

// The deadlines of level 1.
const (
	DeadlineAcknowledge Deadline = "acknowledge" // staff must have acted by then
	DeadlineClose       Deadline = "close"       // answered: it closes by itself
)

// NextDeadline is the deadline that comes next, of any kind, and what it is
// about; ok is false when none runs. The queue is sorted by the same rule,
// which the database keeps as the column next_due_at.
func NextDeadline(s Snapshot) (what Deadline, at time.Time, ok bool) {
	var due *time.Time
	switch {
	case !s.State.Open():
	case s.AcknowledgedAt == nil:
		what, due = DeadlineAcknowledge, s.AcknowledgeDueAt
	case s.State == Answered:
		what, due = DeadlineClose, s.AutoCloseAt
	}
	if due == nil {
		return "", at, false
	}
	return what, *due, true
}
