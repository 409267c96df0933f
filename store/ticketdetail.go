package store

import (
	"context"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Detail is what a ticket shows beside its row.
type Detail struct {
	Request Request
	Files   []File // of the request itself, oldest first
	Names   Names
	// Authorities says whether an access authority was ever asked for on it.
	Authorities bool
	// Links says whether it is linked to another ticket.
	Links bool
	// Developed says whether quality assurance or development has it, or had it.
	Developed bool
	// Asked says whether colleagues were asked something about it.
	Asked bool
	// Escalated says whether an escalation of it is open.
	Escalated bool
	// Bounced says whether a receipt did not arrive and nobody has dealt with it.
	Bounced bool
}

// Detail reads what belongs to a ticket; NotFound when there is no such
// request.
func (tx *Tx) Detail(ctx context.Context, t Ticket) (d Detail, err error) {
	var row struct {
		Request
		HasFiles     bool    `db:"has_files"`
		Authorities  bool    `db:"authorities"`
		Links        bool    `db:"links"`
		Developed    bool    `db:"developed"`
		Asked        bool    `db:"asked"`
		Escalated    bool    `db:"escalated"`
		Bounced      bool    `db:"bounced"`
		Organization string  `db:"organization"`
		Requester    string  `db:"requester"`
		Partner      *string `db:"partner"`
		Contact      *string `db:"contact"`
		Assignee     *string `db:"assignee"`
	}
	if err := tx.get(ctx, "read ticket", &row, `select r.id, r.organization_id, r.requester_id, r.partner_id, r.contact_id, r.channel, r.type,
		r.severity, r.component, r.external_id, r.title, r.body, r.original_at, r.state, r.submitted_at, r.package, r.package_version, r.release_id, r.fields,
		exists (select from files f where f.ticket_id = r.id and f.comment_id is null) as has_files,
		exists (select from access_authorities a where a.ticket_id = r.id) as authorities,
		exists (select from ticket_links l where r.id in (l.from_id, l.to_id) and l.removed_at is null) as links,
		exists (select from qa_reviews q where q.ticket_id = r.id) or exists (select from dev_ticket_links q where q.ticket_id = r.id) as developed,
		exists (select from collaborations q where q.ticket_id = r.id) as asked,
		exists (select from escalations q where q.ticket_id = r.id and q.state not in ('resolved', 'withdrawn')) as escalated,
		exists (select from outbox x where x.ticket_id = r.id and x.receipt_to is not null and x.state = 'dead' and x.dealt_at is null) as bounced,
		(select name from organizations where id = $2) as organization, (select name from organizations where id = $3) as partner,
		(select name from people where id = $4) as requester, (select name from people where id = $5) as contact,
		(select name from people where id = $6) as assignee
		from requests r where r.id = $1`, t.ID, t.OrganizationID, t.PartnerID, t.RequesterID, t.ContactID, t.AssigneeID); err != nil {
		return d, err
	}
	d = Detail{Request: row.Request, Authorities: row.Authorities, Links: row.Links, Developed: row.Developed, Asked: row.Asked, Escalated: row.Escalated, Bounced: row.Bounced, Names: Names{
		People:        map[uuid.UUID]string{t.RequesterID: row.Requester},
		Organizations: map[uuid.UUID]string{t.OrganizationID: row.Organization},
	}}
	name(d.Names.Organizations, t.PartnerID, row.Partner)
	name(d.Names.People, t.ContactID, row.Contact)
	name(d.Names.People, t.AssigneeID, row.Assignee)
	if row.HasFiles {
		err = tx.list(ctx, "list a request's files", &d.Files, fileSelect+`where f.ticket_id = $1 and f.comment_id is null
			order by f.created_at, f.id`, t.ID)
	}
	return d, err
}

func name(names map[uuid.UUID]string, id *uuid.UUID, is *string) {
	if id != nil && is != nil {
		names[*id] = *is
	}
}

// Names are what people and organizations of some tickets are called.
type Names struct {
	People        map[uuid.UUID]string
	Organizations map[uuid.UUID]string
}

// Names finds the names a list of tickets shows.
func (tx *Tx) Names(ctx context.Context, tickets []Ticket) (Names, error) {
	names := Names{People: map[uuid.UUID]string{}, Organizations: map[uuid.UUID]string{}}
	for _, t := range tickets {
		for _, id := range []*uuid.UUID{&t.RequesterID, t.ContactID, t.AssigneeID} {
			if id != nil {
				names.People[*id] = ""
			}
		}
		for _, id := range []*uuid.UUID{&t.OrganizationID, t.PartnerID} {
			if id != nil {
				names.Organizations[*id] = ""
			}
		}
	}
	var rows []struct {
		ID     uuid.UUID `db:"id"`
		Name   string    `db:"name"`
		Person bool      `db:"person"`
	}
	people, organizations := slices.Collect(maps.Keys(names.People)), slices.Collect(maps.Keys(names.Organizations))
	if err := tx.list(ctx, "find names", &rows, `select id, name, true as person from people where id = any($1)
		union all select id, name, false from organizations where id = any($2)`, pq.Array(people), pq.Array(organizations)); err != nil {
		return names, err
	}
	for _, r := range rows {
		if r.Person {
			names.People[r.ID] = r.Name
		} else {
			names.Organizations[r.ID] = r.Name
		}
	}
	return names, nil
}
