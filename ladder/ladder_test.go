package ladder_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// TestDecide: what is possible in each state, to whom.
func TestDecide(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		s      ladder.Snapshot
		action ladder.Action
		side   ticket.Side
		to     ladder.State
		rung   int
		wrong  problem.Code
	}{
		{"told", ladder.Snapshot{State: ladder.Open, Rung: 1, TellAt: &at}, ladder.ActTell, ticket.System, ladder.Open, 1, ""},
		{"told twice", ladder.Snapshot{State: ladder.Open, Rung: 1}, ladder.ActTell, ticket.System, "", 0, problem.Conflict},
		{"passed", ladder.Snapshot{State: ladder.Open, Rung: 1, PassAt: &at}, ladder.ActPass, ticket.System, ladder.Open, 2, ""},
		{"passed from the last", ladder.Snapshot{State: ladder.Open, Rung: 3}, ladder.ActPass, ticket.System, "", 0, problem.Conflict},
		{"acknowledged", ladder.Snapshot{State: ladder.Open, Rung: 1}, ladder.ActAcknowledge, ticket.Staff, ladder.Acknowledged, 1, ""},
		{"passed once acknowledged", ladder.Snapshot{State: ladder.Acknowledged, Rung: 1, PassAt: &at}, ladder.ActPass, ticket.System, "", 0, problem.Conflict},
		{"held", ladder.Snapshot{State: ladder.Acknowledged, Rung: 1}, ladder.ActHold, ticket.Staff, ladder.OnHold, 1, ""},
		{"resumed", ladder.Snapshot{State: ladder.OnHold, Rung: 1}, ladder.ActResume, ticket.Staff, ladder.Open, 1, ""},
		{"resumed as acknowledged", ladder.Snapshot{State: ladder.OnHold, Rung: 1, Acknowledged: true}, ladder.ActResume, ticket.Staff, ladder.Acknowledged, 1, ""},
		{"resolved", ladder.Snapshot{State: ladder.OnHold, Rung: 1}, ladder.ActResolve, ticket.Staff, ladder.Resolved, 1, ""},
		{"resolved by the customer", ladder.Snapshot{State: ladder.Open, Rung: 1}, ladder.ActResolve, ticket.Customer, "", 0, problem.Forbidden},
		{"withdrawn by staff", ladder.Snapshot{State: ladder.Open, Rung: 1}, ladder.ActWithdraw, ticket.Staff, "", 0, problem.Forbidden},
		{"withdrawn", ladder.Snapshot{State: ladder.Open, Rung: 1}, ladder.ActWithdraw, ticket.Customer, ladder.Withdrawn, 1, ""},
		{"withdrawn once resolved", ladder.Snapshot{State: ladder.Resolved}, ladder.ActWithdraw, ticket.Customer, "", 0, problem.Conflict},
		{"nonsense", ladder.Snapshot{State: ladder.Open}, "x", ticket.Staff, "", 0, problem.Invalid},
	} {
		got, err := ladder.Decide(c.s, ladder.Command{Action: c.action, Side: c.side}, at)
		if problem.CodeOf(err) != c.wrong || err == nil && (got.To != c.to || got.Rung != c.rung) {
			t.Errorf("%s: %+v %v", c.name, got, err)
		}
	}
}

// TestNext: time tells a rung and passes to the next one, while it is open.
func TestNext(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	for state, wants := range map[ladder.State]bool{ladder.Open: true, ladder.Acknowledged: false, ladder.OnHold: false, ladder.Resolved: false, ladder.Withdrawn: false} {
		if action, when, ok := ladder.Next(ladder.Snapshot{State: state, TellAt: &at}); ok != wants || ok && (action != ladder.ActTell || !when.Equal(at)) {
			t.Errorf("%s, to be told: %s %v %v", state, action, when, ok)
		}
		if action, _, ok := ladder.Next(ladder.Snapshot{State: state, PassAt: &at}); ok != wants || ok && action != ladder.ActPass {
			t.Errorf("%s, told: %s %v", state, action, ok)
		}
	}
	if _, _, ok := ladder.Next(ladder.Snapshot{State: ladder.Open}); ok {
		t.Error("the last rung is told, and something still happens")
	}
}
