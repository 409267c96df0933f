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
		if err := h.Repair(t.Context(), result.ID, func(d store.Difference, how string) { repaired[d.TicketID.String()] = how }); err != nil {
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
		c, err := h.Client.Condition(t.Context(), id)
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
		ids, err := h.Client.FailingTickets(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids) == 1 && ids[0] == id
	})
}

// With no worker nobody answers what a workflow knows: the rest is compared,
// and the result says that it is not complete, so that the next run asks.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	id, lost := h.register(t, "interfacing"), h.register(t, "interfacing")
	h.deliver(t)
	h.terminate(t, lost)
	h.exec(t, aged)
	h.listed(t, 1)
	result, found := h.compare(t, false)
	wants(t, "without a worker", found, reconciler.NoWorkflow+" "+lost)
	if result.Complete || result.Asked != 1 {
		t.Errorf("%+v of %s, want one asked and not complete", result, id)
	}
}
