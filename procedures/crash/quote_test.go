package crash

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// customization is the way of one from its quote to the invoice.
type customization struct{ ticket, number string }

// step is one call of it, and the state it leads to.
type step struct {
	who, path string
	body      map[string]any
	state     string
}

func (c customization) steps() []step {
	at := "/v1/service-requests/" + c.number
	return []step{
		{"super", at + "/consent", map[string]any{"agrees": true}, "analysis"},
		{"agent", at + "/quotes", map[string]any{"currency": "CAD", "lines": []map[string]any{{"text": "The report", "quantity": "1", "unit": "1000"}}}, "quote_offered"},
		{"buyer", at + "/quote-decision", map[string]any{"version": 1, "approves": true, "name": "Billie Buyer"}, "in_work"},
		{"agent", at + "/ask-validation", map[string]any{"text": "It adds up."}, "waiting_for_validation"},
		{"super", at + "/validation", map[string]any{"round": 0, "accepts": true}, "to_bill"},
		{"billing", "/v1/tickets/" + c.ticket + "/invoices", map[string]any{"service_request": c.number}, "billed"},
	}
}

// customized is PRIM Logix with an approver at its customer.
func customized(t *testing.T, h *stack.House) {
	t.Helper()
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	v, err := h.Store.VendorBySlug(t.Context(), "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	super, err := h.Desk.Authenticate(t.Context(), h.Token(t, "primlogix", "super"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.AddPerson(t.Context(), v, desk.PersonInput{
		OrganizationID: super.Person.OrganizationID, Name: "Billie Buyer", Email: "buyer@primlogix.example", Password: stack.Password, Roles: []string{"approver"},
	}); err != nil {
		t.Fatal(err)
	}
}

// Worker, engine and API are killed in turn while each step from the quote to
// the invoice is on its way: of each customization there is one quote, one
// decision of each kind and one invoice, their numbers without a gap, and each
// mail once.
func TestKilledOnTheWayFromQuoteToInvoice(t *testing.T) {
	in := install(t)
	customized(t, in.house)
	kills := []func(){
		func() { in.worker.killAndRestart(t) },
		func() {
			if err := in.servers.Temporal().Kill(); err != nil {
				t.Error(err)
			}
			if err := in.servers.Temporal().Restart(t.Context()); err != nil {
				t.Error(err)
			}
		},
		func() { in.api.killAndRestart(t) },
	}
	var all []customization
	for range kills {
		all = append(all, in.begun(t, len(all)))
	}
	for i := range all[0].steps() {
		for k, kill := range kills {
			s := all[k].steps()[i]
			key := fmt.Sprintf("quote-%d-%d", k, i)
			var done sync.WaitGroup
			done.Go(kill)
			in.insist(t, in.house.Token(t, "primlogix", s.who), s.path, s.body, key)
			done.Wait()
			in.insist(t, in.house.Token(t, "primlogix", s.who), s.path, s.body, key) // and again
			if a := in.house.Ask(t, in.house.Token(t, "primlogix", "agent"), "GET", "/v1/service-requests/"+all[k].number, nil); a.Text("state") != s.state {
				t.Fatalf("after %s it is %s", s.path, a.Text("state"))
			}
		}
	}
	eventually(t, 3*time.Minute, "the outbox is empty", func() bool {
		return countIn(t, in.db, `select count(*) from outbox where state <> 'sent'`) == 0
	})
	in.eachOnce(t, len(all))
}

// begun is a customization that waits for consent to its rate.
func (in *installation) begun(t *testing.T, n int) (c customization) {
	t.Helper()
	super, agent := in.house.Token(t, "primlogix", "super"), in.house.Token(t, "primlogix", "agent")
	c.ticket = in.insist(t, super, "/v1/tickets", map[string]any{
		"type": "configuration", "severity": "normal", "title": fmt.Sprintf("Report number %d", n), "body": "As on paper.",
		"fields": map[string]string{"wanted": "customization", "needs": "A report by branch."},
	}, fmt.Sprint("register-", n)).Text("number")
	in.insist(t, agent, "/v1/tickets/"+c.ticket+"/triage", map[string]any{"reason": "customization", "level": 2, "severity": "normal", "path": "customization"}, fmt.Sprint("triage-", n))
	list := in.house.Ask(t, agent, "GET", "/v1/tickets/"+c.ticket+"/service-requests", nil)
	c.number = list.JSON["service_requests"].([]any)[0].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
	return c
}

// eachOnce wants n of everything, numbered from 1 to n.
func (in *installation) eachOnce(t *testing.T, n int) {
	t.Helper()
	for what, want := range map[string]int{
		`select count(*) from quotes where version = 1`: n, `select count(*) from quotes`: n, `select last from counters where kind = 'quote'`: n,
		`select count(distinct right(number, 4)::int) from quotes where right(number, 4)::int <= ` + fmt.Sprint(n): n,
		`select count(*) from decisions where question = 'quote' and answer = 'accepted'`:                          n,
		`select count(*) from decisions`:                   3 * n,
		`select count(*) from invoices`:                    n,
		`select last from counters where kind = 'invoice'`: n,
		`select count(distinct right(number, 4)::int) from invoices where right(number, 4)::int <= ` + fmt.Sprint(n):                                        n,
		`select count(*) from service_requests where state = 'billed'`:                                                                                      n,
		`select count(*) from outbox where kind = 'mail' and key like 'mail/service_offered/%' and payload -> 'To' ->> 'Email' = 'buyer@primlogix.example'`: n,
	} {
		if got := countIn(t, in.db, what); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
}
