package ticket_test

import (
	"testing"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// A ticket is never merged into itself, returns as it was, and after a while
// for no reason any more. Nothing else is done to it meanwhile.
func TestMerge(t *testing.T) {
	staff := ticket.Actor{ID: colleague, Side: ticket.Staff}
	s := standing(ticket.WaitingForCustomer)
	s.ID = "target"
	if _, err := try(s, ticket.ActMerge, staff); keyOf(err) != "merge_into_itself" {
		t.Errorf("into itself: %v", err)
	}
	s = standing(ticket.Merged)
	s.MergedFrom, s.Waiting, s.Resume = ticket.WaitingForCustomer, ticket.ForUpgrade, ticket.InProgress
	undone, err := try(s, ticket.ActUnmerge, staff)
	if err != nil || undone.To != ticket.WaitingForCustomer || undone.Waiting != ticket.ForUpgrade || undone.Resume != ticket.InProgress {
		t.Errorf("undone: %+v (%v)", undone, err)
	}
	if _, err := try(s, ticket.ActAnswer, staff); keyOf(err) != ticket.MergedElsewhere {
		t.Errorf("answered: %v", err)
	}
	s.ReopenUntil = in(0)
	if _, err := try(s, ticket.ActUnmerge, staff); keyOf(err) != "unmerge_window_over" {
		t.Errorf("too late: %v", err)
	}
}

func keyOf(err error) string {
	if e, ok := problem.As(err); ok {
		return e.Key
	}
	return ""
}
