package api_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// addBreaches makes every ticket miss two clocks, and has somebody who never
// asks want the second of each left out.
func (w *world) addBreaches(t *testing.T) {
	t.Helper()
	execute(t, w.db, `update tickets set clocks = (select jsonb_agg(jsonb_build_object('name', name, 'amount', '24 business hours',
		'source', jsonb_build_object('kind', 'settings'), 'due_at', now() - interval '1 hour', 'breached_at', now()))
		from unnest(array['acknowledge', 'resolution']) name)`)
	execute(t, w.db, `insert into clock_exclusions (id, vendor_id, ticket_id, clock, reason, evidence, asked_by, asked_at)
		select gen_random_uuid(), t.vendor_id, t.id, 'resolution', 'walk', 'walk', p.id, now()
		from tickets t join people p on p.vendor_id = t.vendor_id and p.email like 'agent2@%'`)
}

// exclusionOf is a ticket's, or one that is not there.
func (w *world) exclusionOf(ticket string) (id string) {
	err := w.db.QueryRow(`select x.id from clock_exclusions x join tickets t on t.id = x.ticket_id
		where x.clock = 'resolution' and $1 in (t.id::text, t.number)`, ticket).Scan(&id)
	if err != nil {
		return uuid.NewString()
	}
	return id
}

// exclusionPlaces: exclusions of tickets out of sight, and of another ticket in
// sight, on one's own ticket.
func (w *world) exclusionPlaces(t *testing.T, own string) (list []named) {
	t.Helper()
	var hidden []string
	for _, name := range []string{"foreign", "other's"} {
		hidden = append(hidden, w.exclusionOf(w.object(t, "ticket", name).id))
	}
	return []named{
		{desk.OpDecideExclusion, "exclusion", "agent", "", "POST", own + "/exclusions/{id}/decision", func(string) any { return map[string]any{"agree": true} }, hidden, 404},
		{desk.OpRevokeExclusion, "exclusion", "agent", "", "POST", own + "/exclusions/{id}/revocation", func(string) any { return map[string]any{"reason": "walk"} }, hidden, 404},
	}
}
