package activities_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// do makes transitions one after the other, and answers the row.
func (w *world) do(s ticket.Snapshot, commands ...ticket.Command) ticket.Snapshot {
	w.t.Helper()
	for _, c := range commands {
		c.Key = w.key()
		transition, err := ticket.Decide(s, c, time.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		w.receive(s, c)
		for range 2 { // repeated, done once
			result, err := w.acts.CommitTransition(w.t.Context(), transition)
			if err != nil {
				w.t.Fatal(err)
			}
			s = result.Row
		}
	}
	return s
}

// TestUsedWithTheFirstAnswer: what a ticket has taken is used with its first
// answer and stays so; a withdrawn ticket is given back where the plan says so,
// and used where it does not.
func TestUsedWithTheFirstAnswer(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "athento"); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, h, "athento")
	w.vendor.Settings.Types = w.vendor.Settings.Types[1:] // of the kinds of requests one that asks nothing more
	accounts, err := h.Desk.ByEmail(t.Context(), "athento", "accounts@athento.example")
	if err != nil {
		t.Fatal(err)
	}
	jeanne, err := h.Desk.ByEmail(t.Context(), "athento", "jeanne@athento.example")
	if err != nil {
		t.Fatal(err)
	}
	in := desk.ContractInput{
		Plan: "standard", Reference: "AT-7", From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Overrides: "tickets: {included: 9, per: contract, at_zero: refuse, released_for: [withdrawn]}",
	}
	ctx := desk.WithCaller(t.Context(), accounts)
	contract, err := h.Desk.CreateContract(ctx, "", *jeanne.Person.OrganizationID, in)
	if err != nil {
		t.Fatal(err)
	}
	stands := func(what string, want store.Balance) {
		t.Helper()
		l, err := h.Desk.ContractLedger(ctx, contract.ID, "", 100)
		if err != nil || l.Balance != want {
			t.Errorf("%s: %+v, want %+v (%v)", what, l.Balance, want, err)
		}
	}
	triage := ticket.Command{Action: ticket.ActTriage, Actor: w.agents[0], Triage: &ticket.Triage{Reason: "incident", Level: 1, Severity: "high", Path: "answer", Assignee: w.agents[0].ID}}
	answer := ticket.Command{Action: ticket.ActAnswer, Actor: w.agents[0]}
	first := w.do(w.register(), triage)
	stands("triaged", store.Balance{Included: 9, Available: 8, Reserved: 1})
	first = w.do(first, answer)
	stands("answered", store.Balance{Included: 9, Available: 8, Used: 1})
	w.do(first, ticket.Command{Action: ticket.ActReopen, Actor: w.customer}, answer)
	stands("answered again", store.Balance{Included: 9, Available: 8, Used: 1})
	second := w.register()
	w.do(second, ticket.Command{Action: ticket.ActWithdraw, Actor: w.customer})
	stands("withdrawn", store.Balance{Included: 9, Available: 9 - 1, Used: 1})
	if moves := w.moves(second); len(moves) != 2 || moves[1].Reason != "withdrawn" || moves[1].By == "" {
		t.Errorf("%+v", moves)
	}
	in.Overrides = "tickets: {included: 9, per: contract, at_zero: refuse}"
	if _, err := h.Desk.UpdateContract(ctx, contract.ID, contract.Version, in); err != nil {
		t.Fatal(err)
	}
	w.do(w.register(), ticket.Command{Action: ticket.ActWithdraw, Actor: w.customer})
	stands("withdrawn and not given back", store.Balance{Included: 9, Available: 7, Used: 2})
}

// moves are what a ticket took and gave back.
func (w *world) moves(s ticket.Snapshot) (list []store.Move) {
	w.t.Helper()
	if err := w.h.Store.In(w.t.Context(), w.vendor.ID, func(tx *store.Tx) (err error) {
		list, err = tx.MovesOf(w.t.Context(), uuid.MustParse(s.ID))
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return list
}
