package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/desk"
)

// addLinks relates every ticket to the first of its vendor's, and that one to
// another; nothing else is linked then.
func (w *world) addLinks(t *testing.T) {
	t.Helper()
	execute(t, w.db, `delete from ticket_links`)
	execute(t, w.db, `insert into ticket_links (id, vendor_id, from_id, to_id, kind, by_id, at)
		select gen_random_uuid(), t.vendor_id, t.id, (select min(o.id::text)::uuid from tickets o where o.vendor_id = t.vendor_id and o.id <> t.id), 'related',
			(select p.id from people p where p.vendor_id = t.vendor_id and p.email like 'agent@%'), now()
		from tickets t where exists (select from tickets o where o.vendor_id = t.vendor_id and o.id <> t.id)
		on conflict do nothing`)
}

// linkOf is a link of a ticket's, or one that is not there.
func (w *world) linkOf(ticket string) (id string) {
	err := w.db.QueryRow(`select l.id from ticket_links l join tickets t on t.id in (l.from_id, l.to_id)
		where l.removed_at is null and $1 in (t.id::text, t.number) limit 1`, ticket).Scan(&id)
	if err != nil {
		return uuid.NewString()
	}
	return id
}

// linkable is another ticket of the same vendor, or one that is not there.
func (w *world) linkable(o object) (id string) {
	err := w.db.QueryRow(`select o.id from tickets t join tickets o on o.vendor_id = t.vendor_id and o.id <> t.id where t.id::text = $1 order by o.id limit 1`, o.id).Scan(&id)
	if err != nil {
		return uuid.NewString()
	}
	return id
}

// ids are those a query finds.
func (w *world) ids(t *testing.T, query string, args ...any) (list []string) {
	t.Helper()
	if err := w.db.QueryRowContext(t.Context(), `select array(`+query+`)::text[]`, args...).Scan(pq.Array(&list)); err != nil {
		t.Fatal(err)
	}
	return list
}

// mergingPlaces: tickets, comments and files of others beside the path.
func (w *world) mergingPlaces(t *testing.T, own string) []named {
	t.Helper()
	foreign := w.object(t, "ticket", "foreign")
	comments := w.ids(t, `select id from comments where ticket_id::text <> $1`, w.object(t, "ticket", "own").id)
	files := w.ids(t, `select id from files where ticket_id::text is distinct from $1 or comment_id is not null`, w.object(t, "ticket", "own").id)
	split := func(field string) func(string) any {
		return func(id string) any {
			return map[string]any{"title": "Never kept", "type": "bug", "severity": "low", "text": "x", field: []string{id}}
		}
	}
	w.addLinks(t)
	link := w.ids(t, `select id from ticket_links where vendor_id = (select vendor_id from tickets where id::text = $1) or $2 not in (from_id::text, to_id::text)`,
		foreign.id, w.object(t, "ticket", "own").id)
	return []named{
		{desk.OpMerge, "target", "agent", "triaged", "POST", own + "/merge", func(id string) any { return map[string]any{"target": id, "reason": "x"} }, []string{foreign.id, foreign.number}, 422},
		{desk.OpLink, "ticket", "agent", "triaged", "POST", own + "/links", func(id string) any { return map[string]any{"ticket": id} }, []string{foreign.id, foreign.number}, 422},
		{desk.OpUnlink, "link", "agent", "triaged", "POST", own + "/links/{id}/removal", noBody, link, 404},
		{desk.OpSplit, "comments", "agent", "triaged", "POST", own + "/split", split("comments"), comments, 422},
		{desk.OpSplit, "files", "agent", "triaged", "POST", own + "/split", split("files"), files, 422},
	}
}
