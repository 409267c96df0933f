package crash

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// enhancement is the way of one from the offer to work that is validated.
type enhancement struct{ ticket, number string }

func (e enhancement) steps() []step {
	at := "/v1/service-requests/" + e.number
	day := func(n int) string { return time.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	return []step{
		{"super", at + "/interest", map[string]any{"interested": true}, "analysis"},
		{"agent", at + "/efforts", map[string]any{"lines": []map[string]any{{"phase": "scoping", "role": "Analyst", "minutes": 60}}}, "analysis"},
		{"agent", at + "/quotes", map[string]any{"currency": "AUD", "lines": []map[string]any{{"text": "The export", "quantity": "1", "unit": "1000"}}}, "quote_offered"},
		{"buyer", at + "/quote-decision", map[string]any{"version": 1, "approves": true, "name": "Billie Buyer"}, "to_schedule"},
		{"product", at + "/schedule", map[string]any{"first_day": day(3), "last_day": day(9)}, "in_work"},
		{"agent", at + "/ask-validation", map[string]any{"text": "It is there."}, "waiting_for_validation"},
		{"super", at + "/validation", map[string]any{"round": 0, "accepts": true}, "closed"},
	}
}

// enhancing is Posimente by its pack, and two approvers at its customer.
func enhancing(t *testing.T, h *stack.House) {
	t.Helper()
	if err := demo.PublishTo(t.Context(), h.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	v, err := h.Store.VendorBySlug(t.Context(), "posimente")
	if err != nil {
		t.Fatal(err)
	}
	super, err := h.Desk.ByEmail(t.Context(), "posimente", "super@posimente.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, local := range []string{"buyer", "director"} {
		if _, err := h.Desk.AddPerson(t.Context(), v, desk.PersonInput{
			OrganizationID: super.Person.OrganizationID, Name: "Billie " + local, Email: local + "@posimente.example", Password: stack.Password, Roles: []string{"approver"},
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// asks is a call as somebody of Posimente's, which must be answered.
func asks(t *testing.T, h *stack.House, local, path string, body any, key string) stack.Answer {
	t.Helper()
	var a stack.Answer
	eventually(t, 3*time.Minute, path+" is answered", func() bool {
		a = h.Ask(t, h.Token(t, "posimente", local), "POST", path, body, "Idempotency-Key", key)
		return a.Status != 503
	})
	if a.Status > 299 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
	}
	return a
}

// offeredOne is a suggestion that was offered as paid work.
func offeredOne(t *testing.T, h *stack.House, n int) (e enhancement) {
	t.Helper()
	e.ticket = suggestedOne(t, h, n)
	e.number = h.Offer(t, "posimente", "product", e.ticket, fmt.Sprint("offer-", n), "We could make this.")
	return e
}

// suggestedOne is the ticket of a suggestion.
func suggestedOne(t *testing.T, h *stack.House, n int) (ticket string) {
	t.Helper()
	ticket = asks(t, h, "super", "/v1/tickets", map[string]any{
		"type": "feature", "severity": "low", "title": fmt.Sprintf("Export by branch %d", n), "body": "It would help.", "fields": map[string]string{"customer_name": "Harbour Freight Pty"},
	}, fmt.Sprint("register-", n)).Text("number")
	asks(t, h, "agent", "/v1/tickets/"+ticket+"/triage", map[string]any{"reason": "feature", "level": 1, "severity": "low", "path": "feature_request"}, fmt.Sprint("triage-", n))
	return ticket
}

// implements tries to enter implementation, and answers the status.
func implements(t *testing.T, h *stack.House, e enhancement) int {
	t.Helper()
	return h.Ask(t, h.Token(t, "posimente", "agent"), "POST", "/v1/tickets/"+e.ticket+"/time-entries", map[string]any{"activity": "implementation", "minutes": 5}).Status
}

// implemented wants implementation to be taken in these states, and in no other.
func implemented(t *testing.T, h *stack.House, e enhancement, state string) {
	t.Helper()
	want := 409
	if slices.Contains([]string{"in_work", "waiting_for_validation", "closed"}, state) {
		want = 201
	}
	if got := implements(t, h, e); got != want {
		t.Errorf("implementation in %s: %d, want %d", state, got, want)
	}
}

// The worker dies inside each commit of the chain, from the customer's interest
// to the validated work: another one finds the key used, and goes on from there.
func TestWorkerKilledInsideEachCommitOfAnEnhancement(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Unconfirmed: 2 * time.Second})
	enhancing(t, h)
	works := func() func() {
		w := hookedWorker(h.Client.Engine(), h.Store, func() {})
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		return w.Stop
	}
	stop := works()
	e := offeredOne(t, h, 0)
	stop()
	for i, s := range e.steps() {
		killedInside(t, h, works, e, s, fmt.Sprint("step-", i))
	}
	enhancedOnce(t, func(query string) int { return count(t, h, query) }, 1)
}

// killedInside has the worker die inside the commit of a step; another one goes
// on from there.
func killedInside(t *testing.T, h *stack.House, works func() func(), e enhancement, s step, key string) {
	t.Helper()
	child := suicidal(t, h)
	token := h.Token(t, "posimente", s.who)
	answer := untilKnown(func() stack.Answer { return h.Ask(t, token, "POST", s.path, s.body, "Idempotency-Key", key) })
	died(t, child)
	stop := works()
	defer stop()
	<-answer
	asks(t, h, s.who, s.path, s.body, key)
	if a := h.Ask(t, h.Token(t, "posimente", "agent"), "GET", "/v1/service-requests/"+e.number, nil); a.Text("state") != s.state {
		t.Fatalf("after %s it is %s", s.path, a.Text("state"))
	}
	implemented(t, h, e, s.state)
	eventually(t, 3*time.Minute, "every workflow knows", func() bool { return unconfirmed(t, h) == 0 })
}

// The worker dies inside the commits that stop and settle what is invoiced: there
// is one credit note, and one invoice of what is kept.
func TestWorkerKilledInsideTheSettlementOfAnEnhancement(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Unconfirmed: 2 * time.Second})
	enhancing(t, h)
	works := func() func() {
		w := hookedWorker(h.Client.Engine(), h.Store, func() {})
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		return w.Stop
	}
	stop := works()
	e := offeredOne(t, h, 0)
	for i, s := range e.steps()[:5] {
		asks(t, h, s.who, s.path, s.body, fmt.Sprint("step-", i))
	}
	eventually(t, 3*time.Minute, "every workflow knows", func() bool { return unconfirmed(t, h) == 0 })
	stop()
	at := "/v1/service-requests/" + e.number
	killedInside(t, h, works, e, step{"super", at + "/withdraw", map[string]any{"text": "No budget."}, "to_settle"}, "withdraw")
	killedInside(t, h, works, e, step{"billing", at + "/settlement", map[string]any{"keep": "400", "text": "The design was made."}, "abandoned"}, "settle")
	for query, want := range map[string]int{
		`select count(*) from invoices where kind = 'invoice'`: 2, `select count(*) from invoices where kind <> 'invoice'`: 1,
		`select count(*) from outbox where kind = 'mail' and key like 'mail/work_settled/%'`: 1,
	} {
		if got := count(t, h, query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// Worker, engine and API are killed in turn while each step of the chain is on
// its way: of each enhancement there is one quote, one decision of each kind, one
// time frame and one invoice, and no implementation before that.
func TestKilledOnTheWayOfAnEnhancement(t *testing.T) {
	in := install(t)
	enhancing(t, in.house)
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
	var all []enhancement
	for n := range kills {
		all = append(all, offeredOne(t, in.house, n))
	}
	for i := range all[0].steps() {
		for k, kill := range kills {
			s := all[k].steps()[i]
			key := fmt.Sprintf("enhancement-%d-%d", k, i)
			var done sync.WaitGroup
			done.Go(kill)
			in.insist(t, in.house.Token(t, "posimente", s.who), s.path, s.body, key)
			done.Wait()
			in.insist(t, in.house.Token(t, "posimente", s.who), s.path, s.body, key) // and again
			if a := in.house.Ask(t, in.house.Token(t, "posimente", "agent"), "GET", "/v1/service-requests/"+all[k].number, nil); a.Text("state") != s.state {
				t.Fatalf("after %s it is %s", s.path, a.Text("state"))
			}
			implemented(t, in.house, all[k], s.state)
		}
	}
	in.calm(t)
	enhancedOnce(t, func(query string) int { return countIn(t, in.db, query) }, len(all))
}

// enhancedOnce wants n of everything, numbered without a gap, and no work before
// its invoice.
func enhancedOnce(t *testing.T, count func(query string) int, n int) {
	t.Helper()
	for query, want := range map[string]int{
		`select count(*) from quotes`: n, `select last from counters where kind = 'quote'`: n,
		`select count(*) from efforts`: n, `select count(*) from time_frames`: n,
		`select count(*) from invoices`: n, `select last from counters where kind = 'invoice'`: n,
		`select count(*) from decisions`: 3 * n,
		`select count(*) from decisions where question = 'quote' and answer = 'accepted'`:                                                                                                     n,
		`select count(*) from service_requests where state = 'closed' and ending = 'completed'`:                                                                                               n,
		`select count(*) from outbox where kind = 'mail' and key like 'mail/work_scheduled/%'`:                                                                                                n,
		`select count(*) from time_entries e join time_frames f using (service_request_id) join invoices i on i.id = f.invoice_id where e.at < i.issued_at and e.activity = 'implementation'`: 0,
	} {
		if got := count(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// Two approvers decide at once: one decision stands, and the other is told who
// was first. Approved, and withdrawn by the vendor or the customer, at once: one
// of them is first, and what stands is what follows.
func TestDecidedAtOnce(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	enhancing(t, h)
	for n := range 6 {
		e := offeredOne(t, h, n)
		for i, s := range e.steps()[:3] {
			asks(t, h, s.who, s.path, s.body, fmt.Sprintf("at-once-%d-%d", n, i))
		}
		at := "/v1/service-requests/" + e.number
		call := func(who, path string, body map[string]any) func() stack.Answer {
			return func() stack.Answer { return h.Ask(t, h.Token(t, "posimente", who), "POST", at+path, body) }
		}
		approves := call("buyer", "/quote-decision", map[string]any{"version": 1, "approves": true, "name": "Billie"})
		// What the other one wants, and where it leads when it is first and when not.
		other := []struct {
			call          func() stack.Answer
			first, second string
			refused       string // by the approval: the key; "" where both stand
		}{
			{call("director", "/quote-decision", map[string]any{"version": 1, "approves": false, "text": "No."}), "closed", "to_schedule", "quote_decided_by"},
			{call("product", "/withdraw-offer", map[string]any{"text": "We retire it."}), "abandoned", "to_schedule", "action_out_of_order"},
			{call("super", "/withdraw", map[string]any{"text": "No budget."}), "abandoned", "abandoned", ""},
		}[n%3]
		answers := atOnce(approves, other.call)
		state := h.Ask(t, h.Token(t, "posimente", "agent"), "GET", at, nil).Text("state")
		switch approved, did := answers[0], answers[1]; {
		case approved.Status == 200 && did.Status == 200 && other.refused == "" && state == other.second:
		case approved.Status == 200 && did.Status == 409 && did.Text("key") == other.refused && state == other.second:
		case approved.Status == 409 && did.Status == 200 && state == other.first:
		default:
			t.Errorf("%d: it is %s after %d %s and %d %s", n, state, approved.Status, approved.Raw, did.Status, did.Raw)
		}
	}
	if twice := count(t, h, `select count(*) from (select from decisions where question = 'quote' group by object_id having count(*) > 1) d`); twice != 0 {
		t.Errorf("%d quotes were decided twice", twice)
	}
}

func atOnce(calls ...func() stack.Answer) []stack.Answer {
	answers := make([]stack.Answer, len(calls))
	var done sync.WaitGroup
	for i, call := range calls {
		done.Go(func() { answers[i] = call() })
	}
	done.Wait()
	return answers
}
