package ticket_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// TestNextDeadline: until somebody has acted it is the promise to act, while
// answered the instant it closes by itself; nothing runs when it is over.
func TestNextDeadline(t *testing.T) {
	for _, c := range []struct {
		name           string
		state          ticket.State
		due, done, end *time.Time
		want           ticket.Deadline
	}{
		{"promised", ticket.Registered, in(time.Hour), nil, nil, ticket.ClockAcknowledge},
		{"promised and overdue", ticket.Registered, in(-time.Hour), nil, nil, ticket.ClockAcknowledge},
		{"nothing promised", ticket.Registered, nil, nil, nil, ""},
		{"acted", ticket.InProgress, in(time.Hour), in(0), nil, ""},
		{"answered", ticket.Answered, in(time.Hour), in(0), in(48 * time.Hour), ticket.DeadlineClose},
		{"answered for good", ticket.Answered, in(time.Hour), in(0), nil, ""},
		{"withdrawn before anybody acted", ticket.Withdrawn, in(time.Hour), nil, nil, ""},
		{"closed", ticket.Closed, in(time.Hour), in(0), nil, ""},
	} {
		what, at, ok := ticket.NextDeadline(ticket.Snapshot{State: c.state, AutoCloseAt: c.end, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, DueAt: c.due, StoppedAt: c.done}}})
		if what != c.want || ok != (c.want != "") || ok && at.IsZero() {
			t.Errorf("%s: %q at %s, %v", c.name, what, at, ok)
		}
	}
}

// TestOnlyWhileFree: who takes a ticket that somebody has gets nothing.
func TestOnlyWhileFree(t *testing.T) {
	s := standing(ticket.Registered)
	take := ticket.Command{Key: "k", Action: ticket.ActReassign, Actor: ticket.Actor{ID: colleague, Side: ticket.Staff}, Assignee: colleague, Free: true}
	_, err := ticket.Decide(s, take, noon)
	if e, ok := problem.As(err); !ok || e.Key != "ticket_taken" {
		t.Errorf("taken from %s: %v", s.Assignee, err)
	}
	s.Assignee = ""
	if _, err := ticket.Decide(s, take, noon); err != nil {
		t.Errorf("free: %v", err)
	}
	s.Assignee, take.Free = assignee, false
	if _, err := ticket.Decide(s, take, noon); err != nil {
		t.Errorf("handed over: %v", err)
	}
}
