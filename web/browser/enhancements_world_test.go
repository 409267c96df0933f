package browser_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// enhanced are suggestions of ADvendio's customer that were offered as paid work,
// in each state a page shows; in addresses they go by these names.
func (w *world) enhanced(t testing.TB) {
	t.Helper()
	if err := demo.PublishTo(t.Context(), w.Desk, "advendio"); err != nil {
		t.Fatal(err)
	}
	v, err := w.Store.VendorBySlug(t.Context(), "advendio")
	if err != nil {
		t.Fatal(err)
	}
	super, agent, billing := w.as(t, "advendio/super"), w.as(t, "advendio/agent"), w.as(t, "advendio/billing")
	c, err := w.Desk.ByEmail(t.Context(), "advendio", "super@advendio.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.AddPerson(t.Context(), v, desk.PersonInput{
		OrganizationID: c.Person.OrganizationID, Name: "Billie Buyer", Email: "buyer@advendio.example", Password: stack.Password, Roles: []string{"approver"},
	}); err != nil {
		t.Fatal(err)
	}
	buyer := w.as(t, "advendio/buyer")
	must := func(_ desk.ServiceRequestView, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for step, name := range []string{"interest", "estimating", "scheduling", "settling"} {
		ticket, err := w.Desk.Register(super, uuid.NewString(), desk.Registration{Type: "question", Severity: "4", Title: longTitle, Body: longTitle, Channel: "portal"})
		if err != nil || ticket.Pending != nil {
			t.Fatalf("%s is not registered: %v", name, err)
		}
		if _, err := w.Desk.Triage(agent, uuid.NewString(), ticket.Row.Number, desk.TriageInput{Reason: "feature", Level: 1, Severity: "4", Path: "feature_request"}); err != nil {
			t.Fatal(err)
		}
		number := w.Offer(t, "advendio", "product", ticket.Row.Number, name, "We could make "+longWord)
		w.mu.Lock()
		w.numbers[name], w.numbers[name+"-ticket"] = number, ticket.Row.Number
		w.mu.Unlock()
		if step == 0 {
			continue
		}
		must(w.Desk.AnswerInterest(super, uuid.NewString(), number, true, longWord))
		if step == 1 {
			continue
		}
		for range 2 {
			must(w.Desk.RecordEstimate(agent, uuid.NewString(), number, []desk.EffortInput{{Phase: "scoping", Role: longWord[:80], Minutes: 90}, {Phase: "qa", Role: "Tester", Minutes: 600}}, longWord))
		}
		must(w.Desk.OfferQuote(agent, uuid.NewString(), number, desk.QuoteInput{Currency: "EUR", Lines: []desk.QuoteLineInput{{Text: longWord, Quantity: "1", Unit: "123456.7"}}}, ""))
		must(w.Desk.DecideQuote(buyer, uuid.NewString(), number, desk.QuoteAnswer{Version: 1, Approves: true, Name: "Billie Buyer"}))
		if step == 2 {
			continue
		}
		day := w.Desk.Now().AddDate(0, 0, 3).Format(time.DateOnly)
		must(w.Desk.ScheduleWork(billing, uuid.NewString(), number, desk.FrameInput{First: day, Last: day}, longWord))
		must(w.Desk.WithdrawServiceRequest(super, uuid.NewString(), number, longWord))
	}
}

// refusedEffort records an estimate of nothing.
func refusedEffort(_ *world, b *tab) {
	b.fill("#effort-lines-0-role", "Analyst")
	if status := b.load(b.click(button("/efforts"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("an estimate of nothing: %d", status)
	}
}
