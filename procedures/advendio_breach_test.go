package procedures

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/policy"
)

// TestAdvendioBreach: where the pack says so, a missed promise pulls the ladder of
// the ticket's plan: once, however many are missed while it is open.
func TestAdvendioBreach(t *testing.T) {
	w := packed(t, "advendio", monday(t, "Europe/Berlin"))
	text, err := policy.BuiltIn("advendio")
	if err != nil {
		t.Fatal(err)
	}
	pack, err := policy.ParsePack([]byte(strings.Replace(string(text), "  - code: complaints\n", "  - code: complaints\n    on_breach: [acknowledge, first_response]\n", 1)))
	if err != nil {
		t.Fatal(err)
	}
	vendor, err := w.Store.VendorBySlug(t.Context(), "advendio")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Desk.PublishPack(t.Context(), vendor, pack, "what is missed goes up the ladder"); err != nil {
		t.Fatal(err)
	}
	s := &advendioLadder{
		World: w, contact: w.Person("advendio", "jeanne"), agent: w.Person("advendio", "agent"), admin: w.Person("advendio", "admin"),
		success: w.Person("advendio", "trainer"), coo: w.Person("advendio", "billing"), ceo: w.Person("advendio", "manager"),
	}
	s.stands("success", s.success, "manager")
	s.stands("coo", s.coo, "manager")
	s.stands("ceo", s.ceo, "manager")
	list := func() []client.Escalation {
		t.Helper()
		return got[client.EscalationPage](w)(s.ceo.ListEscalationsWithResponse(t.Context(), nil)).Escalations
	}
	w.Step("nothing is missed yet, and nobody is told", func(t *testing.T) {
		s.triaged("3", "The export of invoices stops at page two")
		s.Advance(time.Hour)
		if len(list()) != 0 {
			t.Errorf("%+v", list())
		}
	})
	w.Step("the first response is missed: the first rung is told once", func(t *testing.T) {
		s.Advance(3 * 24 * time.Hour)
		all := list()
		if len(all) != 1 || all[0].ByBreach == nil || !*all[0].ByBreach || s.count(s.success, "A promise was missed") != 1 {
			t.Fatalf("told %d times, %+v", s.count(s.success, "A promise was missed"), all)
		}
		if n := len(happened(w, s.agent, s.ticket.Number, "first_response_breach")); n != 1 {
			t.Errorf("missed %d times", n)
		}
	})
	w.Step("the ladder goes up, each rung once, and no second one is pulled", func(t *testing.T) {
		s.Advance(7 * 24 * time.Hour)
		if n, m, all := s.count(s.coo, "A promise was missed"), s.count(s.ceo, "A promise was missed"), list(); n != 1 || m != 1 || len(all) != 1 || all[0].Rung != 3 {
			t.Errorf("told %d and %d times, %+v", n, m, all)
		}
	})
	w.Step("it is resolved with a reason, which the requester reads", func(t *testing.T) {
		got[client.Escalation](w)(s.ceo.ResolveEscalationWithResponse(t.Context(), list()[0].Number, nil, client.Reason{Reason: "We answer today."}))
		s.Deliver()
		if last := s.contact.latest(); !strings.Contains(last.Text, "We answer today.") {
			t.Errorf("told %q", last.Text)
		}
	})
}
