package crash

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// serviced is a ticket of PRIM Logix with a service request in analysis, an hour
// of which was worked.
type serviced struct {
	*stack.House
	t      *testing.T
	ticket string
	number string // the service request's
}

func newServiced(t *testing.T, h *stack.House) *serviced {
	t.Helper()
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	s := &serviced{House: h, t: t}
	a := s.ask("super", "POST", "/v1/tickets", map[string]any{"type": "problem", "severity": "normal", "title": "The totals of a quote are wrong", "body": "By a cent."}, "")
	s.ticket = a.Text("number")
	s.ask("agent", "POST", "/v1/tickets/"+s.ticket+"/triage", map[string]any{"reason": "level_2", "level": 2, "severity": "normal", "path": "service_request"}, "")
	s.find()
	s.ask("agent", "POST", "/v1/tickets/"+s.ticket+"/time-entries", map[string]any{"activity": "analysis", "minutes": 60}, "")
	return s
}

// find is the service request that hangs on the ticket.
func (s *serviced) find() {
	list := s.ask("agent", "GET", "/v1/tickets/"+s.ticket+"/service-requests", nil, "")
	s.number = list.JSON["service_requests"].([]any)[0].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
}

// ask is a call that must come to something good, however often it has to be
// repeated with its key.
func (s *serviced) ask(local, method, path string, body any, key string) (a stack.Answer) {
	s.t.Helper()
	var headers []string
	if key != "" {
		headers = []string{"Idempotency-Key", key}
	}
	for range 10 {
		if a = s.Ask(s.t, s.Token(s.t, "primlogix", local), method, path, body, headers...); a.Status != 503 {
			break
		}
	}
	if a.Status > 299 {
		s.t.Errorf("%s %s: %d %s", method, path, a.Status, a.Raw)
	}
	return a
}

// deeds are the steps from the estimate to the invoice.
func (s *serviced) deeds() []step {
	at := "/v1/service-requests/" + s.number
	return []step{
		{"super", at + "/ask-estimate", map[string]any{}, "analysis"},
		{"agent", at + "/estimates", map[string]any{"minutes": 60, "amount": "125.00", "currency": "CAD"}, "estimate_offered"},
		{"super", at + "/estimate-decision", map[string]any{"revision": 1, "accepts": true}, "in_work"},
		{"agent", at + "/ask-validation", map[string]any{"text": "It adds up."}, "waiting_for_validation"},
		{"super", at + "/validation", map[string]any{"round": 0, "accepts": true}, "to_bill"},
		{"billing", "/v1/tickets/" + s.ticket + "/invoices", map[string]any{"service_request": s.number}, "billed"},
	}
}

// once wants everything to have happened once: two decisions, one estimate, one
// invoice with the first number of the year, and one mail of it to each of its
// readers.
func (s *serviced) once() {
	s.t.Helper()
	for what, want := range map[string]int{
		`select count(*) from decisions`: 2, `select count(*) from estimates`: 1, `select count(*) from invoices`: 1,
		`select count(*) from invoices where number like 'INV-%-0001'`: 1, `select last from counters where kind = 'invoice'`: 1,
		`select count(*) from outbox where kind = 'mail' and key like 'mail/invoice_issued/%'`: 1,
	} {
		if n := count(s.t, s.House, what); n != want {
			s.t.Errorf("%s: %d, want %d", what, n, want)
		}
	}
}

// A worker dies inside the commit of each step from the estimate to the invoice;
// the next one finds the key used. Every step is made once.
func TestWorkerKilledOnTheWayToTheInvoice(t *testing.T) {
	s := newServiced(t, stack.NewHouse(t, stack.Parts{Relay: true, Worker: true}))
	for i, d := range s.deeds() {
		s.killedInside(d, fmt.Sprint("k", i))
	}
	s.once()
}

// So with a customization: from consent through quote and approval to the invoice.
func TestWorkerKilledOnTheWayFromQuoteToInvoice(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	customized(t, h)
	s := &serviced{House: h, t: t}
	a := s.ask("super", "POST", "/v1/tickets", map[string]any{
		"type": "configuration", "severity": "normal", "title": "A report of our own", "body": "As on paper.",
		"fields": map[string]string{"wanted": "customization", "needs": "A report by branch."},
	}, "")
	s.ticket = a.Text("number")
	s.ask("agent", "POST", "/v1/tickets/"+s.ticket+"/triage", map[string]any{"reason": "customization", "level": 2, "severity": "normal", "path": "customization"}, "")
	s.find()
	for i, d := range (customization{s.ticket, s.number}).steps() {
		s.killedInside(d, fmt.Sprint("k", i))
	}
	for what, want := range map[string]int{
		`select count(*) from quotes where number like 'Q-%-0001' and version = 1`: 1, `select count(*) from quotes`: 1, `select last from counters where kind = 'quote'`: 1,
		`select count(*) from decisions where question = 'quote'`: 1, `select count(*) from invoices where number like 'INV-%-0001' and quote_id is not null`: 1,
		`select count(*) from invoices`: 1, `select last from counters where kind = 'invoice'`: 1,
	} {
		if n := count(t, h, what); n != want {
			t.Errorf("%s: %d, want %d", what, n, want)
		}
	}
}

// killedInside takes a step whose commit kills its worker; another one goes on.
func (s *serviced) killedInside(d step, key string) {
	s.t.Helper()
	s.Rest()
	child := suicidal(s.t, s.House)
	token := s.Token(s.t, "primlogix", d.who)
	answer := untilKnown(func() stack.Answer { return s.Ask(s.t, token, "POST", d.path, d.body, "Idempotency-Key", key) })
	died(s.t, child)
	s.Work()
	if a := <-answer; a.Status > 299 {
		s.t.Fatalf("%s: %d %s", d.path, a.Status, a.Raw)
	}
	if a := s.ask("agent", "GET", "/v1/service-requests/"+s.number, nil, ""); a.Text("state") != d.state {
		s.t.Fatalf("after %s it is %s", d.path, a.Text("state"))
	}
}

// The engine dies when the invoice is committed and nobody has been told: the
// caller is told all the same, the workflow reads its row when it is back, and a
// repeat of the key is the one invoice.
func TestEngineKilledWhileBilling(t *testing.T) {
	servers := servers(t)
	h := servers.NewHouse(t, stack.Parts{Relay: true, Worker: true, Unconfirmed: 2 * time.Second})
	s := newServiced(t, h)
	deeds := s.deeds()
	last := deeds[len(deeds)-1]
	for i, d := range deeds[:len(deeds)-1] {
		s.ask(d.who, "POST", d.path, d.body, fmt.Sprint("k", i))
	}
	h.Rest()
	var once sync.Once
	committed, killed := make(chan struct{}), make(chan struct{})
	w := hookedWorker(h.Client.Engine(), h.Store, func() {
		once.Do(func() {
			close(committed)
			<-killed
		})
	})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	answer := make(chan stack.Answer, 1)
	token := s.Token(t, "primlogix", last.who)
	go func() { answer <- s.Ask(t, token, "POST", last.path, last.body, "Idempotency-Key", "bill") }()
	<-committed
	if err := servers.Temporal().Kill(); err != nil {
		t.Fatal(err)
	}
	close(killed)
	first := <-answer
	if first.Status != 201 {
		t.Errorf("billing while the engine died: %d %s", first.Status, first.Raw)
	}
	if err := servers.Temporal().Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Minute, "the workflows catch up with their rows", func() bool { return unconfirmed(t, h) == 0 })
	if again := s.ask(last.who, "POST", last.path, last.body, "bill"); again.Text("number") != first.Text("number") {
		t.Errorf("the same key: %s, then %s", first.Text("number"), again.Text("number"))
	}
	s.once()
}
