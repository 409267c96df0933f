package desk_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestWorkBegins: the first time that is entered stops the clock of start of
// work, no other time does anything, and no other clock stops. It stands in the
// history for staff alone.
func TestWorkBegins(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	work := func() *time.Time { return h.now(t).Clocks.Named(ticket.ClockStartOfWork).StoppedAt }
	if work() != nil {
		t.Fatal("work has begun before")
	}
	h.past.Store(int64(time.Hour))
	first, err := h.Desk.AddTime(h.who(t, "agent"), "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(5)})
	if err != nil {
		t.Fatal(err)
	}
	row := h.now(t)
	if at := work(); at == nil || !at.Equal(first.At) || row.Version != h.row.Version+1 || row.AcknowledgedAt != nil || row.Clocks.Named(ticket.ClockAcknowledge).StoppedAt != nil {
		t.Errorf("begun at %v, want %v; version %d; acknowledged %v", at, first.At, row.Version, row.AcknowledgedAt)
	}
	h.past.Store(int64(2 * time.Hour))
	if _, err := h.Desk.AddTime(h.who(t, "agent2"), "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(5)}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.ReverseTime(h.who(t, "agent"), "", first.ID, "Not worked."); err != nil {
		t.Fatal(err)
	}
	if at := work(); !at.Equal(first.At) || h.now(t).Version != row.Version {
		t.Errorf("begun again at %v, version %d", at, h.now(t).Version)
	}
	for local, want := range map[string]int{"agent": 3, "jeanne": 0} {
		events, _, err := h.Desk.History(h.who(t, local), h.row.Number, 0, 100)
		told := slices.DeleteFunc(events, func(e store.Event) bool { return e.Kind != "time_entered" && e.Kind != "time_reversed" })
		if err != nil || len(told) != want {
			t.Errorf("%s reads %d of time in the history, want %d (%v)", local, len(told), want, err)
		}
	}
}

// TestTimer: one a person, on one ticket; stopping it enters its time once.
func TestTimer(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	agent, other := h.who(t, "agent"), submit(t, h.House, "second")
	_, err := h.Desk.StopTimer(agent, "", desk.TimerStop{})
	wanted(t, "none runs", err, "timer_not_running")
	_, err = h.Desk.StartTimer(agent, h.row.Number, "juggling")
	wanted(t, "an activity there is not", err, "field_not_a_choice")
	started, err := h.Desk.StartTimer(agent, h.row.Number, "")
	if err != nil {
		t.Fatal(err)
	}
	h.past.Store(int64(89*time.Minute + time.Second))
	again, err := h.Desk.StartTimer(agent, h.row.Number, "mail")
	if err != nil || !again.StartedAt.Equal(started.StartedAt) {
		t.Errorf("started twice: %v %v", again, err)
	}
	_, err = h.Desk.StartTimer(agent, other.Number, "")
	wanted(t, "on another ticket", err, "timer_runs")
	_, err = h.Desk.StopTimer(agent, "", desk.TimerStop{Ticket: other.Number})
	wanted(t, "stopped elsewhere", err, "timer_runs")
	_, err = h.Desk.StopTimer(agent, "", desk.TimerStop{})
	wanted(t, "without an activity", err, "field_not_a_choice")
	if running, err := h.Desk.Timer(agent); err != nil || running == nil {
		t.Errorf("refused, and it is gone: %v", err)
	}
	for range 2 {
		e, err := h.Desk.StopTimer(agent, "stop", desk.TimerStop{Ticket: h.row.Number, TimeInput: desk.TimeInput{Activity: "analysis"}})
		if err != nil || e.Minutes != 90 || e.Activity != "analysis" || e.Number != h.row.Number {
			t.Errorf("stopped: %+v, %v", e, err)
		}
	}
	_, err = h.Desk.StopTimer(agent, "", desk.TimerStop{})
	wanted(t, "stopped before", err, "timer_not_running")
	if v, err := h.Desk.TicketTime(agent, h.row.Number, "", 10); err != nil || len(v.Entries) != 1 {
		t.Errorf("%d entries, %v", len(v.Entries), err)
	}
}

// TestTimerForgotten: one that ran over a day says so, and can be stopped with
// the minutes that were worked, or discarded; twice is once.
func TestTimerForgotten(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	agent := h.who(t, "agent")
	if _, err := h.Desk.StartTimer(agent, h.row.Number, "mail"); err != nil {
		t.Fatal(err)
	}
	h.past.Store(int64(49 * time.Hour))
	_, err := h.Desk.StopTimer(agent, "", desk.TimerStop{})
	wanted(t, "two days", err, "time_minutes")
	e, err := h.Desk.StopTimer(agent, "", desk.TimerStop{TimeInput: desk.TimeInput{Minutes: new(40)}})
	if err != nil || e.Minutes != 40 || e.Day.Format(time.DateOnly) != "2026-11-26" {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := h.Desk.StartTimer(agent, h.row.Number, "mail"); err != nil {
		t.Fatal(err)
	}
	h.set(t, `update tickets set state = 'withdrawn'`)
	_, err = h.Desk.StopTimer(agent, "", desk.TimerStop{})
	wanted(t, "on a withdrawn ticket", err, "time_withdrawn")
	for range 2 {
		if e, err := h.Desk.StopTimer(agent, "gone", desk.TimerStop{Discard: true}); err != nil || e != nil {
			t.Errorf("discarded: %+v, %v", e, err)
		}
	}
}

// TestTimeWhere: a closed ticket takes late time from its assignee and who
// bills, and a service request takes what it is for.
func TestTimeWhere(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	add := func(local string, in desk.TimeInput) (store.TimeEntry, error) {
		in.Activity, in.Minutes = "mail", new(5)
		return h.Desk.AddTime(h.who(t, local), "", h.row.Number, in)
	}
	h.set(t, `update tickets set state = 'closed', closed_at = $1, assignee_id = $2`, h.Desk.Now(), idOf(t, h.House, "agent"))
	h.past.Store(int64(7*24*time.Hour - time.Second))
	_, err := add("agent2", desk.TimeInput{})
	wanted(t, "another agent", err, "time_closed")
	for _, local := range []string{"agent", "billing"} {
		_, err = add(local, desk.TimeInput{})
		wanted(t, "late, by "+local, err, "")
	}
	h.past.Store(int64(7 * 24 * time.Hour))
	_, err = add("billing", desk.TimeInput{})
	wanted(t, "too late", err, "time_closed")
	other := submit(t, h.House, "second")
	h.set(t, `update tickets set state = 'merged', merged_into = $1, merged_from = 'triaged' where id = $2`, other.ID, h.row.ID)
	_, err = add("agent", desk.TimeInput{})
	wanted(t, "merged", err, "ticket_merged")

	h.set(t, `update tickets set state = 'in_progress', merged_into = null, merged_from = '' where id = $1`, h.row.ID)
	work, yes := uuid.New(), true
	h.set(t, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
		select $1, vendor_id, 'SR-1', id, 'service_request', 'waiting_for_consent', requester_id, now(), now() from tickets where id = $2`, work, h.row.ID)
	_, err = add("agent", desk.TimeInput{})
	wanted(t, "before the customer agrees", err, "time_needs_consent")
	e, err := add("agent", desk.TimeInput{Reason: "goodwill"})
	if err != nil || e.Billable || e.ServiceRequestID == nil {
		t.Errorf("for nothing: %+v, %v", e, err)
	}
	h.set(t, `update service_requests set state = 'in_work'`)
	if e, err = add("agent", desk.TimeInput{}); err != nil || !e.Billable || e.ServiceRequest != "SR-1" {
		t.Errorf("in work: %+v, %v", e, err)
	}
	_, err = h.Desk.AddTime(h.who(t, "agent"), "", other.Number, desk.TimeInput{Activity: "mail", Minutes: new(5), ServiceRequestID: &work})
	wanted(t, "another ticket's work", err, "time_work_unknown")
	h.set(t, `update service_requests set state = 'billed'`)
	_, err = add("agent", desk.TimeInput{ServiceRequestID: &work})
	wanted(t, "billed work", err, "time_work_over")
	if e, err = add("agent", desk.TimeInput{Billable: &yes}); err != nil || e.ServiceRequestID != nil {
		t.Errorf("beside billed work: %+v, %v", e, err)
	}
}

// TestTimeInSystem: time in the customer's system takes an authority that is
// valid and covers it, as logging an access does.
func TestTimeInSystem(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	add := func(scope string) (store.TimeEntry, error) {
		return h.Desk.AddTime(h.who(t, "agent"), "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(5), Scope: scope})
	}
	_, err := add(ticket.ScopeReadOnly)
	wanted(t, "without any", err, "access_needs_none")
	id := uuid.New()
	h.set(t, `insert into access_authorities (id, vendor_id, ticket_id, organization_id, system, scopes, reason, asked_by, asked_at, wanted_until)
		select $1, vendor_id, id, organization_id, 'Org', '{read_only}', 'why', requester_id, $3, $3::timestamptz + interval '9 days' from tickets where id = $2`, id, h.row.ID, h.Desk.Now())
	_, err = add(ticket.ScopeReadOnly)
	wanted(t, "asked for", err, "access_needs_asked")
	h.set(t, `update access_authorities set state = 'completed', version = 2`)
	h.set(t, `insert into authority_decisions (id, vendor_id, authority_id, kind, person_id, organization_id, organization, customer, capacity, scopes, ends_at, at, channel)
		select gen_random_uuid(), a.vendor_id, a.id, 'completed', t.requester_id, a.organization_id, 'x', 'x', 'signatory', a.scopes, a.wanted_until, a.asked_at, 'api'
		from access_authorities a join tickets t on t.id = a.ticket_id`)
	if e, err := add(ticket.ScopeReadOnly); err != nil || e.AuthorityID == nil || *e.AuthorityID != id {
		t.Errorf("under a valid one: %+v, %v", e, err)
	}
	_, err = add(ticket.ScopeDataChange)
	wanted(t, "beyond it", err, "access_needs_scope")
	h.past.Store(int64(10 * 24 * time.Hour))
	_, err = add(ticket.ScopeReadOnly)
	wanted(t, "after its end", err, "access_needs_expired")
}

// TestOwnTime: a week of one's own, Monday to Sunday at the vendor, page by page.
func TestOwnTime(t *testing.T) {
	t.Parallel()
	h := newTimed(t)
	agent := h.who(t, "agent")
	for day, n := range map[int]int{0: 2, 3: 1, 4: 1} { // Thursday, Sunday, Monday
		h.past.Store(int64(time.Duration(day) * 24 * time.Hour))
		for range n {
			if _, err := h.Desk.AddTime(agent, "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(10)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := h.Desk.AddTime(h.who(t, "agent2"), "", h.row.Number, desk.TimeInput{Activity: "mail", Minutes: new(10)}); err != nil {
		t.Fatal(err)
	}
	for week, want := range map[string]int{"2026-11-23": 3, "2026-11-29": 3, "2026-11-30": 1, "2026-12-07": 0} {
		var got, sum int
		for after := ""; ; {
			v, err := h.Desk.OwnTime(agent, week, after, 2)
			if err != nil {
				t.Fatal(err)
			}
			got += len(v.Entries)
			if after == "" {
				for _, s := range v.Days {
					sum += s.Minutes
				}
			}
			if after = v.Next; after == "" {
				break
			}
		}
		if got != want || sum != 10*want {
			t.Errorf("the week of %s: %d entries, %d minutes, want %d", week, got, sum, want)
		}
	}
}
