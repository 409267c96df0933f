package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// ServiceRequestFilter narrows a list of service requests; zero values do not.
type ServiceRequestFilter struct {
	Sight      Sight // of their tickets
	States     []string
	AssigneeID *uuid.UUID
	Quoted     bool       // a quote was offered
	BeforeAt   *time.Time // keyset: created before this instant and id
	BeforeID   uuid.UUID
	Limit      int
}

// ServiceRequests lists those of tickets in sight, the newest first.
func (tx *Tx) ServiceRequests(ctx context.Context, f ServiceRequestFilter) (list []ServiceRequest, err error) {
	args := arguments{tx.Vendor, f.Limit}
	where := []string{"vendor_id = $1"}
	if len(f.States) > 0 {
		where = append(where, "state = any("+args.add(stringArray(f.States))+")")
	}
	if f.AssigneeID != nil {
		where = append(where, "assignee_id = "+args.add(*f.AssigneeID))
	}
	if f.Quoted {
		where = append(where, "exists (select from quotes q where q.service_request_id = service_requests.id)")
	}
	if f.BeforeAt != nil {
		where = append(where, "(created_at, id) < ("+args.add(*f.BeforeAt)+", "+args.add(f.BeforeID)+")")
	}
	if !f.Sight.All {
		where = append(where, "exists (select from tickets where id = service_requests.ticket_id and ("+strings.Join(f.Sight.ways(&args), " or ")+"))")
	}
	return list, tx.list(ctx, "list service requests", &list, `select `+serviceColumns+` from service_requests
		where `+strings.Join(where, " and ")+` order by created_at desc, id desc limit $2`, args...)
}

// TicketsBehind are the tickets that service requests hang on.
func (tx *Tx) TicketsBehind(ctx context.Context, rows []ServiceRequest) (list []Ticket, err error) {
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.TicketID
	}
	return list, tx.list(ctx, "find tickets of service requests", &list, `select `+ticketColumns+` from tickets where id = any($1)`, pq.Array(ids))
}

// NamesOf adds the names of those who carry service requests out, and of who made
// them.
func (tx *Tx) NamesOf(ctx context.Context, names Names, rows []ServiceRequest) error {
	var ids []uuid.UUID
	for _, r := range rows {
		ids = append(ids, r.CreatedBy)
		if r.AssigneeID != nil {
			ids = append(ids, *r.AssigneeID)
		}
	}
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	var found []struct {
		ID   uuid.UUID `db:"id"`
		Name string    `db:"name"`
	}
	err := tx.list(ctx, "find names", &found, `select id, name from people where id = any($1)`, pq.Array(slices.Compact(ids)))
	for _, p := range found {
		names.People[p.ID] = p.Name
	}
	return err
}

// DecisionsOn are those on a service request, oldest first.
func (tx *Tx) DecisionsOn(ctx context.Context, id uuid.UUID) (list []Decision, err error) {
	return list, tx.list(ctx, "list decisions", &list, `select d.id, d.ticket_id, d.object, d.object_id, d.object_version, d.question, d.answer, d.person_id,
			d.on_behalf_of, d.name, d.body, d.channel, d.ip, d.at, p.name as who, b.name as for_whom
		from decisions d left join people p on p.id = d.person_id left join people b on b.id = d.on_behalf_of where d.object_id = $1 order by d.at, d.id`, id)
}

// WorkMinutes is what a service request has taken so far, reversed entries
// counted out.
type WorkMinutes struct {
	Entered  int `db:"entered"`
	Billable int `db:"billable"`
}

// MinutesOf is what a service request has taken so far.
func (tx *Tx) MinutesOf(ctx context.Context, id uuid.UUID) (m WorkMinutes, err error) {
	return m, tx.get(ctx, "sum minutes", &m, `select coalesce(sum(minutes), 0) as entered, coalesce(sum(minutes) filter (where billable), 0) as billable
		from time_entries where service_request_id = $1`, id)
}
