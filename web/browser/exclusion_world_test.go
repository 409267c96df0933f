package browser_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// exclusions are tickets that have missed their first reaction: one, one whose
// breach somebody wants left out, one whose breach is, and one with a past.
func (w *world) exclusions(t testing.TB) {
	t.Helper()
	agent, manager := w.as(t, vendor+"/agent"), w.as(t, vendor+"/manager")
	long := desk.ExcludeInput{Clock: ticket.ClockAcknowledge, Reason: "The version was **wrong**: " + longWord, Evidence: inside + ": " + longWord}
	decide := func(number string, agree bool, why string) store.Exclusion {
		v, err := w.Desk.Exclude(agent, uuid.NewString(), number, long)
		if err == nil {
			v, err = w.Desk.DecideExclusion(manager, uuid.NewString(), number, v.Exclusions[len(v.Exclusions)-1].ID, agree, why)
		}
		if err != nil {
			t.Fatal(err)
		}
		return v.Exclusions[len(v.Exclusions)-1]
	}
	w.miss(t, "missed")
	if _, err := w.Desk.Exclude(manager, uuid.NewString(), w.miss(t, "missed-asked"), long); err != nil {
		t.Fatal(err)
	}
	decide(w.miss(t, "missed-out"), true, "")
	over := w.miss(t, "missed-over")
	decide(over, false, "The form was complete, see "+inside+".")
	if _, err := w.Desk.RevokeExclusion(agent, uuid.NewString(), over, decide(over, true, "").ID, "The version was right."); err != nil {
		t.Fatal(err)
	}
}

// miss is a ticket that has missed its first reaction.
func (w *world) miss(t testing.TB, name string) string {
	t.Helper()
	number := w.ticket(t, name, ticket.Registered)
	isMissed(t, w, number)
	return number
}

// isMissed makes a ticket miss its first reaction.
func isMissed(t testing.TB, w *world, number string) {
	t.Helper()
	w.exec(t, `update tickets set clocks = jsonb_build_array(clocks -> 0 || jsonb_build_object('breached_at', now())) where number = $1`, number)
}

// refusedExclusion asks for a breach to be left out and shows no evidence.
func refusedExclusion(_ *world, b *tab) {
	b.unfold("#exclude-acknowledge-reason")
	b.fill("#exclude-acknowledge-reason", "The version was wrong.")
	b.fill("#exclude-acknowledge-evidence", " ")
	if status := b.load(b.click(button("/exclude"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("an exclusion without evidence: %d", status)
	}
}
