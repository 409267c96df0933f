package api_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// undoes: the time is the caller's to undo, if any is.
func (c caller) undoes(o object) bool {
	return c.reach(desk.OpReverseTimeEntry) == desk.Everything || slices.Contains(o.people, c.id)
}

// addTime has an agent work on every ticket.
func (w *world) addTime(t *testing.T) {
	t.Helper()
	for _, o := range w.objects["ticket"] {
		agent := w.caller(t, "agent")
		if o.vendor != agent.vendor {
			agent = w.caller(t, "foreign agent")
		}
		o.people, o.number = []uuid.UUID{agent.id}, ""
		if !o.notThere {
			id := uuid.NewString()
			execute(t, w.db, `insert into time_entries (id, vendor_id, ticket_id, person_id, entered_by, activity, day, minutes, billable, at)
				select $1, vendor_id, id, $3, $3, 'mail', '2026-11-26', 5, true, now() from tickets where id = $2`, id, o.id, agent.id)
			o.id = id
		}
		w.objects["time"] = append(w.objects["time"], o)
	}
}

// timePlaces: people, service requests and authorities of others, beside a
// ticket and beside a timer.
func (w *world) timePlaces(t *testing.T, own string) (list []named) {
	t.Helper()
	who := func(name string) string { return w.caller(t, name).id.String() }
	var works []string
	for _, name := range []string{"foreign", "colleague's, watched"} {
		id := uuid.NewString()
		works = append(works, id)
		execute(t, w.db, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, created_by, created_at, updated_at)
			select $1, vendor_id, 'SR-' || number, id, 'service_request', 'in_work', requester_id, now(), now() from tickets where id = $2`, id, w.object(t, "ticket", name).id)
	}
	authorities := []string{w.authority(t, "foreign"), w.authority(t, "colleague's, watched"), w.object(t, "ticket", "own").id}
	execute(t, w.db, `insert into timers (person_id, vendor_id, ticket_id, started_at) select $1, vendor_id, id, now() from tickets where id = $2`,
		who("agent"), w.object(t, "ticket", "own").id)
	with := func(field string, more map[string]any) func(string) any {
		return func(id string) any {
			body := map[string]any{"activity": "mail", "minutes": 5, field: id}
			maps.Copy(body, more)
			return body
		}
	}
	read := map[string]any{"scope": "read_only"}
	return []named{
		{desk.OpAddTimeEntry, "person_id", "chief", "triaged", "POST", own + "/time-entries", with("person_id", nil), []string{who("foreign agent"), who("jeanne")}, 422},
		{desk.OpAddTimeEntry, "service_request_id", "agent", "triaged", "POST", own + "/time-entries", with("service_request_id", nil), works, 422},
		{desk.OpAddTimeEntry, "authority_id", "agent", "triaged", "POST", own + "/time-entries", with("authority_id", read), authorities, 422},
		{desk.OpStopTimer, "service_request_id", "agent", "triaged", "POST", "/v1/timer/stop", with("service_request_id", nil), works, 422},
		{desk.OpStopTimer, "authority_id", "agent", "triaged", "POST", "/v1/timer/stop", with("authority_id", read), authorities, 422},
	}
}
