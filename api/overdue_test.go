package api_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

// night is a House at Advendio with something of each kind to which things come by
// themselves.
type night struct {
	*stack.House
	db            *sql.DB
	admin, theirs string // tokens of administrators, here and at another vendor
}

func newNight(t *testing.T, p stack.Parts) *night {
	t.Helper()
	n := &night{House: stack.NewHouse(t, p)}
	n.db = database(t, n.House)
	if err := demo.PublishTo(t.Context(), n.Desk, "advendio"); err != nil {
		t.Fatal(err)
	}
	n.admin, n.theirs = n.Token(t, "advendio", "admin"), n.Token(t, "posimente", "admin")
	return n
}

// does asks something of the API that must succeed.
func (n *night) does(t *testing.T, who, path string, body any) stack.Answer {
	t.Helper()
	a := ask(t, n.House, n.Token(t, "advendio", who), "POST", path, body)
	if a.Status > 299 {
		t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
	}
	return a
}

func (n *night) deliver(t *testing.T) {
	t.Helper()
	if _, err := n.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// asked registers a request and triages it onto a path.
func (n *night) asked(t *testing.T, reason, path string) string {
	t.Helper()
	number := n.does(t, "jeanne", "/v1/tickets", map[string]any{"type": "question", "severity": "4", "title": "Export stops", "body": "It ends."}).Text("number")
	n.deliver(t)
	n.does(t, "agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": reason, "level": 1, "severity": "4", "path": path})
	n.deliver(t)
	return number
}

// listed are the kinds of what a list of works names, each with its number.
func listed(a stack.Answer, list string) (kinds []string) {
	some, _ := a.JSON[list].(map[string]any)
	entries, _ := some["works"].([]any)
	for _, e := range entries {
		of, _ := e.(map[string]any)["of"].(string)
		number, _ := e.(map[string]any)["number"].(string)
		kinds = append(kinds, of+" "+number)
	}
	slices.Sort(kinds)
	return kinds
}

// eventually waits for something that must come true, and fails saying what is.
func eventually(t *testing.T, what string, holds func() (yes bool, instead any)) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-tick.C {
		yes, instead := holds()
		if yes {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never: %s; instead %v", what, instead)
		}
	}
}

// kept is the id of a request that waits for its requester.
const kept = "00000000-0000-4000-8000-000000000001"

// passed are the instants of what there is, set back an hour behind the workflows'
// backs: the automatic close, the reminder, the end of the interest, the reminder of a
// question, the rung that is told; and a request and news that nobody drives.
const passed = `
	update tickets set auto_close_at = now() - interval '1 hour', next_at = now() - interval '1 hour' where state = 'answered';
	update service_requests set remind_at = now() - interval '1 hour', next_at = now() - interval '1 hour' where path = 'customization';
	update service_requests set give_up_at = now() - interval '1 hour', next_at = now() - interval '1 hour' where path = 'feature_request';
	update collaborations set remind_at = now() - interval '1 hour';
	update escalations set tell_at = now() - interval '1 hour', pass_at = null;
	insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at, next_action, next_at)
		select '` + kept + `', vendor_id, organization_id, id, 'portal', 'bug', '4', 'x', 'x', 'incomplete', now(), 'expire', now() - interval '1 hour'
		from people where email = 'jeanne@advendio.example';
	with d as (insert into dev_tickets (id, vendor_id, number, state, title, target, created_by, created_at, updated_at)
		select '00000000-0000-4000-8000-000000000002', vendor_id, 'DEV-1', 'planned', 'x', '9.1', id, now(), now() from people where email = 'agent@advendio.example' returning *)
	insert into dev_news (id, vendor_id, kind, dev_ticket_id, target, by_id, at, shipped_all) select '00000000-0000-4000-8000-000000000003', vendor_id, 'planned', id, target, created_by, now() - interval '1 hour', true from d`

// TestOverdueOfEveryKind: what was to come by itself to a ticket, a service request,
// an enhancement, a question, an escalation, a kept request or news, and has not, is
// listed to its vendor alone, until the workflow has come to it.
func TestOverdueOfEveryKind(t *testing.T) {
	t.Parallel()
	n := newNight(t, stack.Parts{Worker: true})
	ticket := n.asked(t, "question", "answer")
	n.does(t, "agent", "/v1/tickets/"+ticket+"/answer", map[string]any{"text": "A setting."})
	n.asked(t, "customization", "customization")
	enhancement := n.Offer(t, "advendio", "product", n.asked(t, "feature", "feature_request"), "offer", "We could.")
	hard := n.asked(t, "question", "answer")
	n.does(t, "agent", "/v1/tickets/"+hard+"/collaborations", map[string]any{"text": "Why?", "team": "development"})
	n.does(t, "jeanne", "/v1/escalations", map[string]any{"reason": "Nobody answers."})
	n.deliver(t)
	overdue := func() []string {
		t.Helper()
		return listed(ask(t, n.House, n.admin, "GET", "/v1/stuck", nil), "overdue")
	}
	if list := overdue(); len(list) > 0 {
		t.Fatalf("nothing is late, and %q are overdue", list)
	}

	execute(t, n.db, passed)
	a := ask(t, n.House, n.admin, "GET", "/v1/stuck", nil)
	wants(t, "what is stuck", a, 200, "")
	service, escalation := n.text(t, `select number from service_requests where path = 'customization'`), n.text(t, `select number from escalations`)
	want := []string{
		"collaboration " + hard, "dev_news 9.1", "enhancement " + enhancement, "escalation " + escalation, "request ", "service_request " + service, "ticket " + ticket,
	}
	if list := listed(a, "overdue"); !slices.Equal(list, want) || total(a, "overdue") != len(want) {
		t.Errorf("overdue are %q, want %q: %s", list, want, a.Raw)
	}
	if b := ask(t, n.House, n.theirs, "GET", "/v1/stuck", nil); total(b, "overdue") != 0 || b.Status != 200 {
		t.Errorf("another vendor's: %d %s", b.Status, b.Raw)
	}

	n.catchUp(t, a, overdue)
	for what, done := range map[string]string{
		`select state from tickets where number = '` + ticket + `'`:                "closed",
		`select state from requests where id = '` + kept + `'`:                     "expired",
		`select ending from service_requests where number = '` + enhancement + `'`: "gave_up",
		`select reminders from service_requests where number = '` + service + `'`:  "1",
		`select state from collaborations where remind_at is null`:                 "open",
	} {
		if is := n.text(t, what); is != done {
			t.Errorf("%s: %s, want %s", what, is, done)
		}
	}
}

// catchUp starts the workflows of what nobody drives, and has the others of what is
// stuck read their rows.
func (n *night) catchUp(t *testing.T, stuck stack.Answer, overdue func() []string) {
	t.Helper()
	vendor := n.text(t, `select id from vendors where slug = 'advendio'`)
	for _, start := range []store.Work{
		{Work: store.WorkRequest, ID: uuid.MustParse(kept)}, {Work: store.WorkNews, ID: uuid.MustParse("00000000-0000-4000-8000-000000000003")},
	} {
		if err := n.Client.StartAgain(t.Context(), start.Work, vendor, start.ID.String()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "nobody is overdue but those whose workflow has not looked", func() (bool, any) { list := overdue(); return len(list) == 5, list })
	some, _ := stuck.JSON["overdue"].(map[string]any)
	for _, e := range some["works"].([]any) { //nolint:forcetypeassert // the contract says so
		of, _ := e.(map[string]any)["of"].(string)
		id, _ := e.(map[string]any)["id"].(string)
		if of != store.WorkRequest && of != store.WorkNews {
			if err := n.Client.PokeWork(t.Context(), of, id); err != nil {
				t.Fatal(err)
			}
		}
	}
	eventually(t, "what was poked has been acted on", func() (bool, any) { list := overdue(); return len(list) == 0, list })
}

func (n *night) text(t *testing.T, query string) (text string) {
	t.Helper()
	if err := n.db.QueryRowContext(t.Context(), query).Scan(&text); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return text
}

// TestFailingOfAnotherKind: an escalation whose workflow panics is listed as such, to
// its vendor alone, and no ticket is; so is a start nobody has delivered.
func TestFailingOfAnotherKind(t *testing.T) {
	t.Parallel()
	n := newNight(t, stack.Parts{})
	n.does(t, "jeanne", "/v1/escalations", map[string]any{"reason": "Nobody answers."})
	execute(t, n.db, `update outbox set created_at = now() - interval '6 minutes' where kind = 'start'`)
	escalation := "escalation " + n.text(t, `select number from escalations`)
	a := ask(t, n.House, n.admin, "GET", "/v1/stuck", nil)
	if work, _ := first(a, "waiting", "deliveries")["work"].(map[string]any); work["of"] != "escalation" || "escalation "+work["number"].(string) != escalation { //nolint:forcetypeassert // a test
		t.Errorf("a start that waits: %s", a.Raw)
	}
	n.deliver(t)
	w := worker.New(n.Client.Engine(), workflows.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context, workflows.EscalationInput) error { panic("a bug") }, workflow.RegisterOptions{Name: workflows.EscalationWorkflow})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	eventually(t, "the escalation is listed as failing", func() (bool, any) {
		a = ask(t, n.House, n.admin, "GET", "/v1/stuck", nil)
		return slices.Equal(listed(a, "failing_work"), []string{escalation}), string(a.Raw)
	})
	if total(a, "failing") != 0 || total(a, "failing_work") != 1 {
		t.Errorf("no ticket fails: %s", a.Raw)
	}
	if b := ask(t, n.House, n.theirs, "GET", "/v1/stuck", nil); total(b, "failing_work") != 0 || b.Status != 200 {
		t.Errorf("another vendor's: %d %s", b.Status, b.Raw)
	}
}
