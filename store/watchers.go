package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Watcher is somebody who follows a ticket beside those it concerns. There are
// rows only of people who may be told of it (Recipients): who stops being one
// of them watches it no more.
type Watcher struct {
	TicketID       uuid.UUID  `db:"ticket_id"`
	PersonID       uuid.UUID  `db:"person_id"`
	Name           string     `db:"name"`            // read, never written here, like the next two
	OrganizationID *uuid.UUID `db:"organization_id"` // nil for staff
	Organization   *string    `db:"organization"`    // its name
	AddedBy        uuid.UUID  `db:"added_by"`
	AddedAt        time.Time  `db:"added_at"`
}

// Watchers lists who watches a ticket by name.
func (tx *Tx) Watchers(ctx context.Context, ticket uuid.UUID) (list []Watcher, err error) {
	return list, tx.list(ctx, "list watchers", &list, `select w.ticket_id, w.person_id, p.name, p.organization_id, o.name as organization, w.added_by, w.added_at
		from ticket_watchers w join people p on p.id = w.person_id left join organizations o on o.id = p.organization_id
		where w.ticket_id = $1 order by p.name, p.id`, ticket)
}

// PersonKey names a person: by id, or without one by mail address, whatever
// the case of the letters.
type PersonKey struct {
	ID    *uuid.UUID
	Email string
}

// LockCandidate is the person named, if they may watch a ticket: a contact who
// may be told of it, or with staff a colleague; of these organizations, nil for
// whichever. NotFound for everybody else.
// Nobody else changes their row until the end of the transaction.
func (tx *Tx) LockCandidate(ctx context.Context, t Ticket, who PersonKey, staff bool, of []uuid.UUID) (p Person, err error) {
	where, value := `lower(p.email) = lower($3)`, any(who.Email)
	if who.ID != nil {
		where, value = `p.id = $3`, *who.ID
	}
	return p, tx.get(ctx, "lock somebody who may watch", &p,
		personSelect+`where `+mayBeTold+` and (p.organization_id is not null or $2) and ($4::uuid[] is null or p.organization_id = any($4)) and `+where+` for no key update of p`,
		t.OrganizationID, staff, value, pq.Array(of))
}

// Candidates are people who may be told of a ticket and do not watch it yet,
// its own organization's first, by name: of these organizations, or with none
// named everybody, staff last.
func (tx *Tx) Candidates(ctx context.Context, t Ticket, of []uuid.UUID, limit int) (people []Person, err error) {
	return people, tx.list(ctx, "list who may watch", &people, personSelect+`where `+mayBeTold+` and ($2::uuid[] is null or p.organization_id = any($2))
		and not exists (select from ticket_watchers w where w.ticket_id = $3 and w.person_id = p.id)
		order by p.organization_id = $1 desc nulls last, p.name, p.id limit $4`, t.OrganizationID, pq.Array(of), t.ID, limit)
}

// InsertWatcher adds a watcher, and says whether they are new; repeating it
// changes nothing.
func (tx *Tx) InsertWatcher(ctx context.Context, w Watcher) (added bool, err error) {
	result, err := tx.ExecContext(ctx, `insert into ticket_watchers (vendor_id, ticket_id, person_id, added_by, added_at)
		values ($1, $2, $3, $4, $5) on conflict do nothing`, tx.Vendor, w.TicketID, w.PersonID, w.AddedBy, w.AddedAt)
	if err != nil {
		return false, failure("insert watcher", err)
	}
	n, err := result.RowsAffected()
	return n == 1, failure("insert watcher", err)
}

// RemoveWatcher ends that somebody watches a ticket; NotFound when they do not.
func (tx *Tx) RemoveWatcher(ctx context.Context, ticket, person uuid.UUID) error {
	return tx.change(ctx, "remove watcher", `delete from ticket_watchers where ticket_id = $1 and person_id = $2`, ticket, person)
}

// EndWatches ends that somebody watches anything.
func (tx *Tx) EndWatches(ctx context.Context, person uuid.UUID) error {
	return tx.exec(ctx, "end somebody's watches", `delete from ticket_watchers where person_id = $1`, person)
}

// EndPartnerWatches ends that a partner's people watch a customer's tickets.
func (tx *Tx) EndPartnerWatches(ctx context.Context, partner, customer uuid.UUID) error {
	return tx.exec(ctx, "end a partner's watches", `delete from ticket_watchers w using people p, tickets t
		where p.id = w.person_id and p.organization_id = $1 and t.id = w.ticket_id and t.organization_id = $2`, partner, customer)
}

// IDs are several ids in one column.
type IDs []uuid.UUID

// Scan reads them from an array.
func (ids *IDs) Scan(src any) error { return pq.Array((*[]uuid.UUID)(ids)).Scan(src) }
