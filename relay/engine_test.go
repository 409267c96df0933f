package relay_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"

	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

const startRow = `from outbox where kind = 'start'`

var triage = map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}

// TestEngine is everything about telling workflows, on one House.
func TestEngine(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{Worker: true})
	t.Run("away and back", func(t *testing.T) { awayAndBack(t, h) })
	t.Run("started twice", func(t *testing.T) { startedTwice(t, h) })
	t.Run("not come to yet", func(t *testing.T) { notComeToYet(t, h) })
	t.Run("slow mail", func(t *testing.T) { slowMailHoldsUpNothing(t, h) })
	t.Run("unconfirmed", func(t *testing.T) { unconfirmed(t, h) })
	t.Run("unconfirmed, over", func(t *testing.T) { unconfirmedAndOver(t, h) })
	t.Run("signal without a receiver", func(t *testing.T) { signalWithoutReceiver(t, h) })
	t.Run("started again", func(t *testing.T) { startedAgain(t, h) })
}

// startedAgain: a start that says so brings back a workflow that has ended
// before its ticket's life was over; while it runs, there is one.
func startedAgain(t *testing.T, h *house) {
	id := h.register(t)
	h.drain(t, h.Relay)
	workflow := workflows.TicketID(id)
	if err := h.Client.Engine().TerminateWorkflow(t.Context(), workflow, "", "the test ends it"); err != nil {
		t.Fatal(err)
	}
	var runs []string
	for range 2 {
		h.exec(t, `insert into outbox (vendor_id, kind, key, ticket_id, payload)
			select vendor_id, 'start', 'again/' || gen_random_uuid(), id, '{"again": true}' from tickets where id = $1`, id)
		h.drain(t, h.Relay)
		d, err := h.Client.Engine().DescribeWorkflowExecution(t.Context(), workflow, "")
		if err != nil {
			t.Fatal(err)
		}
		runs = append(runs, d.GetWorkflowExecutionInfo().GetExecution().GetRunId())
	}
	if runs[0] != runs[1] {
		t.Error("a start took the place of a workflow that runs")
	}
	h.is(t, 0, `select count(*) `+startRow+` and state <> 'sent' and ticket_id = $1`, id)
	if state := h.do(t, "agent", http.MethodPost, "/v1/tickets/"+id+"/triage", triage, 200, "state"); state != "triaged" {
		t.Errorf("after its second start the ticket is %s", state)
	}
}

// signalWithoutReceiver: a poke nobody is there to hear has nothing left to
// say, and is not tried for ever.
func signalWithoutReceiver(t *testing.T, h *house) {
	id := h.register(t)
	h.exec(t, `delete from outbox`)
	h.exec(t, `insert into outbox (vendor_id, kind, key, ticket_id, payload) select vendor_id, 'signal', 'poke', id, '{}' from tickets where id = $1`, id)
	if n := h.drain(t, h.Relay); n != 1 {
		t.Errorf("%d delivered", n)
	}
	h.is(t, "sent", `select state from outbox where ticket_id = $1`, id)
}

// TestPokesBackOff: a workflow that can't read its row (nobody works here)
// gathers one poke, the next one after twice as long, and so on; the same for
// the error about a workflow that is missing. A poke the engine did not take
// is made up for at once.
func TestPokesBackOff(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	id := h.register(t)
	h.drain(t, h.Relay)
	h.exec(t, `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version)
		select vendor_id, repeat('0', 64), id, 'triage', '', now(), now() - interval '11 seconds', 2 from tickets where id = $1`, id)
	poke := func(r *relay.Relay) {
		t.Helper()
		for range 3 { // as the relay's loop does every few seconds
			if err := r.PokeUnconfirmed(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	poke(h.relay(noEngine(t), h.Mail.SMTPAddress(), relay.Options{}))
	h.is(t, 0, `select pokes from commands where action = 'triage'`)
	for n, wait := range []string{"", "12 seconds", "21 seconds", "28 seconds", "41 seconds"} {
		if wait != "" {
			h.exec(t, `update commands set poked_at = now() - $1::interval where action = 'triage'`, wait)
		}
		poke(h.Relay)
		h.is(t, 1+n/2, `select pokes from commands where action = 'triage'`)
		if got := signals(t, h, id); got != 1+n/2 {
			t.Errorf("%q after the last one: %d signals gathered, want %d", wait, got, 1+n/2)
		}
	}
	h.exec(t, `update commands set pokes = 30, poked_at = now() - interval '61 minutes' where action = 'triage'`)
	poke(h.Relay)
	if got := signals(t, h, id); got != 4 {
		t.Errorf("an hour after the last of many: %d signals, want 4", got)
	}
}

// signals counts the pokes in a ticket's history.
func signals(t *testing.T, h *house, id string) (n int) {
	t.Helper()
	events := h.Client.Engine().GetWorkflowHistory(t.Context(), workflows.TicketID(id), "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.GetEventType() == enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			n++
		}
	}
	return n
}

// awayAndBack: starts wait for the engine as long as it takes, and the ticket
// goes its way once it is back.
func awayAndBack(t *testing.T, h *house) {
	id := h.register(t)
	away := h.relay(noEngine(t), h.Mail.SMTPAddress(), relay.Options{Lease: 2 * time.Second})
	before := h.now(t)
	h.drain(t, away)
	h.is(t, "sent", `select state `+`from outbox where kind = 'mail'`)
	h.is(t, true, `select state = 'pending' and attempts = 1 and next_at > $1 and last_error <> '' `+startRow, before.Add(time.Second))
	h.exec(t, `update outbox set attempts = 100000, next_at = now() where kind = 'start'`)
	h.drain(t, away)
	h.is(t, true, `select state = 'pending' and next_at < now() + interval '11 seconds' `+startRow)
	h.exec(t, `update outbox set next_at = now() where kind = 'start'`)
	h.drain(t, h.Relay)
	h.is(t, "sent", `select state `+startRow)
	if state := h.do(t, "agent", http.MethodPost, "/v1/tickets/"+id+"/triage", triage, 200, "state"); state != "triaged" {
		t.Errorf("after its late start the ticket is %s", state)
	}
}

// startedTwice: a start delivered again changes nothing, also when the
// workflow has ended.
func startedTwice(t *testing.T, h *house) {
	id := h.register(t)
	h.drain(t, h.Relay)
	for _, action := range []string{"", "/withdraw"} {
		if action != "" {
			h.do(t, "jeanne", http.MethodPost, "/v1/tickets/"+id+action, nil, 200, "state")
		}
		h.exec(t, `update outbox set state = 'sending', lease_until = now() - interval '1 second' where kind = 'start' and ticket_id = $1`, id)
		h.drain(t, h.Relay)
		h.is(t, "sent", `select state `+startRow+` and ticket_id = $1`, id)
	}
	h.is(t, 2, `select count(*) from events where ticket_id = $1`, id)
}

// notComeToYet: a ticket can be worked on before the relay comes to its start,
// which then is delivered like any other.
func notComeToYet(t *testing.T, h *house) {
	id := h.register(t)
	if state := h.do(t, "agent", http.MethodPost, "/v1/tickets/"+id+"/triage", triage, 200, "state"); state != "triaged" {
		t.Errorf("before its start the ticket is %s", state)
	}
	h.is(t, "pending", `select state `+startRow+` and ticket_id = $1`, id)
	h.drain(t, h.Relay)
	h.is(t, "sent 1", `select state || ' ' || attempts `+startRow+` and ticket_id = $1`, id)
	if state := h.do(t, "agent", http.MethodPost, "/v1/tickets/"+id+"/answer", map[string]any{"text": "A setting."}, 200, "state"); state != "answered" {
		t.Errorf("after its start the ticket is %s", state)
	}
	h.drain(t, h.Relay)
	h.is(t, 3, `select count(*) from events where ticket_id = $1`, id)
}

// slowMailHoldsUpNothing: while a mail server takes its time, workflows start.
func slowMailHoldsUpNothing(t *testing.T, h *house) {
	released, stalled := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.Mail.Stall(func(onebox.Caught) {
		once.Do(func() { close(stalled) })
		<-released
	})
	defer h.Mail.Stall(nil)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = h.Relay.Run(ctx) })
	first := h.register(t)
	<-stalled
	second := h.register(t)
	for _, id := range []string{first, second} {
		eventually(t, "the workflow is started", func() bool {
			return h.count(t, `select count(*) `+startRow+` and state = 'sent' and ticket_id = $1`, id) == 1
		})
	}
	h.is(t, "sending", `select state from outbox where kind = 'mail' and ticket_id = $1`, first)
	close(released)
	cancel()
	wg.Wait() // what is in flight is finished
	h.is(t, "sent", `select state from outbox where kind = 'mail' and ticket_id = $1`, first)
}

// unconfirmed: a transition nobody confirmed makes its workflow read its row;
// not before it is old enough.
func unconfirmed(t *testing.T, h *house) {
	id := h.register(t)
	h.drain(t, h.Relay)
	h.do(t, "agent", http.MethodPost, "/v1/tickets/"+id+"/triage", triage, 200, "state")
	forget := func(age string) {
		h.exec(t, `update commands set confirmed_at = null, committed_at = now() - $2::interval where ticket_id = $1 and action = 'triage'`, id, age)
	}
	waiting := func() int {
		return h.count(t, `select count(*) from commands where ticket_id = $1 and committed_at is not null and confirmed_at is null`, id)
	}
	poke := func() {
		t.Helper()
		if err := h.Relay.PokeUnconfirmed(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	forget("1 second")
	list, err := h.outbox.Unconfirmed(t.Context(), 10*time.Second)
	if err != nil || len(list) != 0 {
		t.Errorf("too young: %v, %v", list, err)
	}
	forget("11 seconds")
	list, err = h.outbox.Unconfirmed(t.Context(), 10*time.Second)
	if err != nil || len(list) != 1 || list[0].TicketID.String() != id {
		t.Errorf("old enough: %v, %v", list, err)
	}
	poke()
	eventually(t, "the workflow has read its row", func() bool { return waiting() == 0 })
	poke() // nothing to do
	h.is(t, 2, `select version from tickets where id = $1`, id)
}

// unconfirmedAndOver: a workflow that has ended is asked nothing, if the row
// agrees; one that is missing while its ticket is open stays on the list.
func unconfirmedAndOver(t *testing.T, h *house) {
	over, open := h.register(t), h.register(t)
	h.exec(t, `update outbox set state = 'dead' where kind = 'start' and ticket_id = $1`, open) // never started
	h.drain(t, h.Relay)
	h.do(t, "jeanne", http.MethodPost, "/v1/tickets/"+over+"/withdraw", nil, 200, "state")
	h.exec(t, `update commands set confirmed_at = null, committed_at = now() - interval '1 minute' where ticket_id = $1`, over)
	h.exec(t, `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version)
		select vendor_id, repeat('0', 64), id, 'triage', '', now(), now() - interval '1 minute', 1 from tickets where id = $1`, open)
	eventually(t, "the ended workflow is forgotten", func() bool {
		h.exec(t, `update commands set poked_at = null`) // the test does not wait
		if err := h.Relay.PokeUnconfirmed(t.Context()); err != nil {
			t.Fatal(err)
		}
		return h.count(t, `select count(*) from commands where ticket_id = $1 and confirmed_at is null`, over) == 0
	})
	h.exec(t, `update commands set poked_at = null`)
	list, err := h.outbox.Unconfirmed(t.Context(), time.Second)
	if err != nil || len(list) != 1 || list[0].TicketID.String() != open {
		t.Errorf("still unconfirmed: %v, %v", list, err)
	}
	if forgot, err := h.outbox.ForgetUnconfirmed(t.Context(), store.Unconfirmed{VendorID: list[0].VendorID, TicketID: list[0].TicketID}); forgot || err != nil {
		t.Errorf("an open ticket's transition was forgotten: %v, %v", forgot, err)
	}
}
