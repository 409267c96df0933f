package reconciler_test

import (
	"testing"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// aged lets rows be older than what is under way.
const aged = `update tickets set updated_at = updated_at - interval '10 minutes'`

var triage = map[string]any{"reason": "bug", "level": 1, "severity": "medium", "severity_reason": "some users", "path": "answer"}

// Tickets in every stage of an orderly life, of several vendors: nothing is
// reported, however late the engine's list is.
func TestNothingToReport(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{Worker: true})
	var ids []string
	for _, vendor := range []string{"interfacing", "interfacing", "posimente", "advendio", "interfacing"} {
		ids = append(ids, h.register(t, vendor))
	}
	_, found := h.compare(t, true)
	wants(t, "registered, not started", found)
	h.deliver(t)
	_, found = h.compare(t, true)
	wants(t, "just started, hardly listed", found)
	h.listed(t, 5)

	agent, jeanne := h.Token(t, "interfacing", "agent"), h.Token(t, "interfacing", "jeanne")
	for _, step := range []struct {
		token, id, action string
		body              any
	}{
		{agent, ids[0], "triage", triage},
		{agent, ids[0], "answer", map[string]any{"text": "A setting."}},
		{agent, ids[0], "close", nil}, // may be reopened: its workflow runs
		{jeanne, ids[1], "withdraw", nil},
	} {
		if a := h.Ask(t, step.token, "POST", "/v1/tickets/"+step.id+"/"+step.action, step.body); a.Status != 200 {
			t.Fatalf("%s: %d %s", step.action, a.Status, a.Raw)
		}
	}
	_, found = h.compare(t, true)
	wants(t, "just done", found)
	h.exec(t, aged)
	h.listed(t, 4)
	result, found := h.compare(t, true)
	wants(t, "at rest", found)
	if result.Tickets != 4 || result.Workflows != 4 || result.Asked != 4 || !result.Complete || result.FinishedAt == nil {
		t.Errorf("%+v, want 4 tickets, 4 workflows, 4 asked", result)
	}
	result, _ = h.compare(t, false)
	if result.Asked != 0 {
		t.Errorf("%d workflows were asked again, whose rows have not changed", result.Asked)
	}
	h.exec(t, `update tickets set updated_at = now() - interval '70 seconds' where id = $1`, ids[2])
	if result, _ = h.compare(t, false); result.Asked != 1 {
		t.Errorf("%d workflows were asked, want the one whose row has changed", result.Asked)
	}
}

// Every kind of difference is found, alone, on whatever page it lies; its
// repair mends it.
func TestDifferences(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{Worker: true})
	lost, over, behind, ahead := h.register(t, "interfacing"), h.register(t, "posimente"), h.register(t, "advendio"), h.register(t, "interfacing")
	fine, forgotten, unconfirmed := h.register(t, "primlogix"), h.register(t, "interfacing"), h.register(t, "posimente")
	h.deliver(t)
	stuckInOutbox := h.register(t, "interfacing")
	h.exec(t, `update outbox set created_at = created_at - interval '10 minutes', next_at = now() + interval '1 hour' where ticket_id = $1`, stuckInOutbox)
	stray := uuid.NewString()
	_, err := h.Client.Engine().ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: workflows.TicketID(stray), TaskQueue: workflows.TaskQueue},
		workflows.TicketWorkflow, workflows.TicketInput{Vendor: uuid.NewString(), Ticket: stray, Row: &ticket.Snapshot{ID: stray, State: ticket.Triaged}})
	if err != nil {
		t.Fatal(err)
	}
	h.listed(t, 8)
	for _, id := range []string{lost, forgotten} {
		h.terminate(t, id)
	}
	h.exec(t, `update tickets set state = 'withdrawn' where id = $1`, over)
	h.exec(t, `update tickets set version = 2, state = 'triaged' where id = $1`, behind)
	h.exec(t, `update tickets set version = 0 where id = $1`, ahead)
	h.exec(t, aged)
	h.exec(t, `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version)
		select vendor_id, repeat('0', 64), id, 'triage', '', now(), now() - interval '2 minutes', 1 from tickets where id = $1`, unconfirmed)

	result, found := h.compare(t, true)
	wants(t, "differences", found,
		reconciler.NoWorkflow+" "+lost, reconciler.NoWorkflow+" "+forgotten, reconciler.LifeOver+" "+over, reconciler.Behind+" "+behind,
		reconciler.Ahead+" "+ahead, reconciler.NoTicket+" "+stray, reconciler.Unconfirmed+" "+unconfirmed, reconciler.Undelivered+" "+stuckInOutbox)
	repaired := map[string]string{}
	repair := func() {
		t.Helper()
		if err := h.Repair(t.Context(), result.ID, func(d store.Difference, how string) { repaired[d.RowID.String()] = how }); err != nil {
			t.Fatal(err)
		}
	}
	repair()
	repair() // changes nothing
	if len(repaired) != 8 || repaired[lost] != reconciler.Restarted || repaired[behind] != reconciler.Poked || repaired[stuckInOutbox] != "" || repaired[fine] != "" {
		t.Errorf("repairs: %v", repaired)
	}
	h.exec(t, `update outbox set next_at = now()`)
	h.deliver(t)
	h.mended(t, lost, behind)
	h.audited(t, lost, reconciler.Restarted, behind, reconciler.Poked, over, reconciler.Poked)
}

// mended: after the repairs everything agrees, and the ticket that was lost
// goes its way.
func (h *house) mended(t *testing.T, lost, behind string) {
	t.Helper()
	eventually(t, "nothing is found any more", func() bool {
		_, found := h.compare(t, true)
		return len(found) == 0
	})
	if s, err := h.Client.State(t.Context(), behind); err != nil || s.Version != 2 || s.State != ticket.Triaged {
		t.Errorf("the workflow that was behind knows %+v, %v", s, err)
	}
	a := h.Ask(t, h.Token(t, "interfacing", "agent"), "POST", "/v1/tickets/"+lost+"/triage",
		triage)
	if a.Status != 200 {
		t.Errorf("triage of the ticket that was lost: %d %s", a.Status, a.Raw)
	}
}

// audited: the vendor's audit trail has each repair (pairs of ticket and
// action).
func (h *house) audited(t *testing.T, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		var n int
		err := h.db.QueryRowContext(t.Context(), `select count(*) from audit a join tickets t on t.id = a.object_id and t.vendor_id = a.vendor_id
			where a.object_id = $1 and a.action = $2 and a.actor_id is null`, pairs[i], pairs[i+1]).Scan(&n)
		if err != nil || n == 0 {
			t.Errorf("%s of %s is not in the audit trail: %v", pairs[i+1], pairs[i], err)
		}
	}
}

// What was to come to a row by itself, and has not, is found, and its workflow poked:
// it looks at the row, and does it.
func TestOverdue(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{Worker: true})
	id := h.register(t, "interfacing")
	h.deliver(t)
	agent := h.Token(t, "interfacing", "agent")
	for _, step := range []struct {
		action string
		body   any
	}{{"triage", triage}, {"answer", map[string]any{"text": "A setting."}}} {
		if a := h.Ask(t, agent, "POST", "/v1/tickets/"+id+"/"+step.action, step.body); a.Status != 200 {
			t.Fatalf("%s: %d %s", step.action, a.Status, a.Raw)
		}
	}
	h.listed(t, 1)
	_, found := h.compare(t, true)
	wants(t, "in time", found)
	h.exec(t, `update tickets set auto_close_at = now() - interval '1 hour', next_at = now() - interval '1 hour'`)
	result, found := h.compare(t, true)
	wants(t, "an automatic close that has not come", found, reconciler.Overdue+" "+id)
	if err := h.Repair(t.Context(), result.ID, func(d store.Difference, how string) {
		if how != reconciler.Poked {
			t.Errorf("%s is repaired by %q", d.Kind, how)
		}
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is closed", func() bool {
		_, found := h.compare(t, true)
		return len(found) == 0
	})
	if a := h.Ask(t, agent, "GET", "/v1/tickets/"+id, nil); a.Text("state") != "closed" {
		t.Errorf("after the repair: %s", a.Raw)
	}
}

// A workflow whose task keeps failing can't say what it knows: that is
// reported, not taken for silence.
func TestFailing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	id := h.register(t, "interfacing")
	h.deliver(t)
	w := worker.New(h.Client.Engine(), workflows.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(func(workflow.Context, workflows.TicketInput) error { panic("a bug") }, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	h.exec(t, aged)
	h.listed(t, 1)
	eventually(t, "its task has failed often enough", func() bool {
		c, err := h.Client.Condition(t.Context(), store.WorkTicket, id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Attempt >= reconciler.FailingAttempts
	})
	result, found := h.compare(t, true)
	wants(t, "failing", found, reconciler.Failing+" "+id)
	if !result.Complete {
		t.Error("a workflow that fails is taken for one that nobody works for")
	}
	eventually(t, "the engine lists it", func() bool {
		ids, err := h.Client.Failing(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids) == 1 && ids[0] == workflows.TicketID(id)
	})
}

// With no worker nobody answers what a workflow knows: the rest is compared,
// and the result says that it is not complete, so that the next run asks.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	id, lost := h.register(t, "interfacing"), h.register(t, "interfacing")
	h.deliver(t)
	h.listed(t, 2) // else one may be listed for the other
	h.terminate(t, lost)
	h.exec(t, aged)
	h.listed(t, 1)
	result, found := h.compare(t, false)
	wants(t, "without a worker", found, reconciler.NoWorkflow+" "+lost)
	if result.Complete || result.Asked != 1 {
		t.Errorf("%+v of %s, want one asked and not complete", result, id)
	}
}

// lifeless is a row of each kind at Posimente that nobody has a workflow for, as
// after the engine alone was restored.
const lifeless = `
	with p as (select vendor_id, id, organization_id from people where email = 'jeanne@posimente.example'),
	s as (select p.vendor_id, a.id from people a join p on a.vendor_id = p.vendor_id where a.email = 'agent@posimente.example'),
	r as (insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at, next_action, next_at)
		select '00000000-0000-4000-8000-000000000001', vendor_id, organization_id, id, 'portal', 'x', 'x', 'x', 'x', 'incomplete', now(), 'remind', now() + interval '1 day' from p),
	v as (insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
		select '00000000-0000-4000-8000-000000000002', t.vendor_id, 'SR-1', t.id, 'service_request', 'analysis', s.id, now(), now() - interval '1 hour' from (select * from tickets order by number limit 1) t, s where t.vendor_id = s.vendor_id),
	q as (insert into qa_reviews (id, vendor_id, number, ticket_id, state, created_by, created_at, updated_at)
		select '00000000-0000-4000-8000-000000000003', t.vendor_id, 'QA-1', t.id, 'open', s.id, now(), now() - interval '1 hour' from (select * from tickets order by number limit 1) t, s where t.vendor_id = s.vendor_id),
	d as (insert into dev_tickets (id, vendor_id, number, state, title, created_by, created_at, updated_at)
		select '00000000-0000-4000-8000-000000000004', vendor_id, 'DEV-1', 'planned', 'x', id, now(), now() - interval '1 hour' from s returning id, vendor_id),
	n as (insert into dev_news (id, vendor_id, kind, dev_ticket_id, target, by_id, at)
		select '00000000-0000-4000-8000-000000000005', s.vendor_id, 'planned', d.id, '9.1', s.id, now() from s, d),
	c as (insert into collaborations (id, vendor_id, ticket_id, state, team, question, asked_by, asked_at, remind_at)
		select '00000000-0000-4000-8000-000000000006', t.vendor_id, t.id, 'open', 'x', 'x', s.id, now() - interval '1 hour', now() + interval '1 day' from (select * from tickets order by number limit 1) t, s where t.vendor_id = s.vendor_id),
	e as (insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
		select '00000000-0000-4000-8000-000000000008', t.vendor_id, 'SR-2', t.id, 'feature_request', 'waiting_for_interest', s.id, now(), now() - interval '1 hour' from (select * from tickets order by number desc limit 1) t, s where t.vendor_id = s.vendor_id)
	insert into escalations (id, vendor_id, number, state, organization_id, opened_by, reason, ladder, tell_at, opened_at, updated_at)
		select '00000000-0000-4000-8000-000000000007', vendor_id, 'ESC-1', 'open', organization_id, id, 'x', 'x', now() + interval '1 day', now(), now() - interval '1 hour' from p`

// Whatever has a workflow is compared: a row without one is found and its workflow
// started again, one that knows an older version is poked, one without a row ends.
func TestEveryKind(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{Worker: true})
	h.register(t, "posimente")
	h.register(t, "posimente")
	h.deliver(t)
	h.exec(t, aged)
	h.exec(t, lifeless)
	id := func(n string) string { return "00000000-0000-4000-8000-00000000000" + n }
	var want []string
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		want = append(want, reconciler.NoWorkflow+" "+id(n))
	}
	result, found := h.compare(t, true)
	wants(t, "without workflows", found, want...)
	if result.Tickets != 10 || !result.Complete {
		t.Errorf("%+v, want 10 rows", result)
	}
	list, err := h.Rows.Differences(t.Context(), result.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range list {
		if d.Work != reconciler.Works[i+1] || d.VendorID == nil {
			t.Errorf("%s is a %s, want %s", d.RowID, d.Work, reconciler.Works[i+1])
		}
	}
	tell := func(store.Difference, string) {}
	if err := h.Repair(t.Context(), result.ID, tell); err != nil {
		t.Fatal(err)
	}
	h.deliver(t)
	eventually(t, "each has its workflow again", func() bool {
		_, found := h.compare(t, true)
		return len(found) == 0
	})
	h.exec(t, `update escalations set version = 5`)
	h.exec(t, `delete from collaborations`)
	h.exec(t, `update service_requests set state = 'closed'`)
	eventually(t, "what differs is found", func() bool {
		result, found = h.compare(t, true)
		return len(found) == 4
	})
	wants(t, "changed", found, reconciler.Behind+" "+id("7"), reconciler.NoTicket+" "+id("6"), reconciler.LifeOver+" "+id("2"), reconciler.LifeOver+" "+id("8"))
	if err := h.Repair(t.Context(), result.ID, tell); err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything agrees", func() bool {
		_, found := h.compare(t, true)
		return len(found) == 0
	})
}
