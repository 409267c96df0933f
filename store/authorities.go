package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// Authority is an access authority: what staff have asked the customer to
// allow in a system of theirs. What was asked never changes.
type Authority struct {
	ID             uuid.UUID      `db:"id"`
	TicketID       uuid.UUID      `db:"ticket_id"`
	OrganizationID uuid.UUID      `db:"organization_id"` // the customer, whose system it is
	System         string         `db:"system"`
	Scopes         pq.StringArray `db:"scopes"`     // of ticket.Scopes
	ScopeText      string         `db:"scope_text"` // what may be done, in words
	Reason         string         `db:"reason"`
	AskedBy        uuid.UUID      `db:"asked_by"`
	AskedAt        time.Time      `db:"asked_at"`
	WantedUntil    time.Time      `db:"wanted_until"` // the last instant it is asked for
	State          string         `db:"state"`        // asked, completed, declined or revoked
	Version        int64          `db:"version"`      // rises with each decision
	// Read, never written here: what the two are called; as granted, and the
	// last instant it is good; and whether it is the newest of its ticket.
	Organization string         `db:"organization"`
	AskedByName  string         `db:"asked_by_name"`
	Granted      pq.StringArray `db:"granted"`
	EndsAt       *time.Time     `db:"ends_at"`
	Newest       bool           `db:"newest"`
}

// Standing is what the authority is worth at an instant.
func (a Authority) Standing(at time.Time) ticket.AuthorityStanding {
	until := a.WantedUntil
	if a.EndsAt != nil {
		until = *a.EndsAt
	}
	return ticket.AuthorityStands(a.State, until, at)
}

// AuthorityID is the id of the authority a command asks for: the same command,
// the same authority.
func AuthorityID(ticket uuid.UUID, commandKey string) uuid.UUID {
	return uuid.NewSHA1(ticket, []byte("authority\x00"+commandKey))
}

const authoritySelect = `select a.id, a.ticket_id, a.organization_id, a.system, a.scopes, a.scope_text, a.reason, a.asked_by, a.asked_at,
	a.wanted_until, a.state, a.version, o.name as organization, p.name as asked_by_name, coalesce(g.scopes, '{}') as granted, g.ends_at,
	not exists (select from access_authorities n where n.ticket_id = a.ticket_id and (n.asked_at, n.id) > (a.asked_at, a.id)) as newest
	from access_authorities a join organizations o on o.id = a.organization_id join people p on p.id = a.asked_by
	left join authority_decisions g on g.authority_id = a.id and g.kind = 'completed' `

// InsertAuthority keeps what is asked for.
func (tx *Tx) InsertAuthority(ctx context.Context, a Authority) error {
	return tx.exec(ctx, "insert access authority", `insert into access_authorities
		(id, vendor_id, ticket_id, organization_id, system, scopes, scope_text, reason, asked_by, asked_at, wanted_until)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.ID, tx.Vendor, a.TicketID, a.OrganizationID, a.System, a.Scopes, a.ScopeText, a.Reason, a.AskedBy, a.AskedAt, a.WantedUntil)
}

// Authority finds one; NotFound when there is none.
func (tx *Tx) Authority(ctx context.Context, id uuid.UUID) (a Authority, err error) {
	return a, tx.get(ctx, "find access authority", &a, authoritySelect+`where a.id = $1`, id)
}

// LockAuthority is Authority, and nobody else decides about it until the end of
// the transaction.
func (tx *Tx) LockAuthority(ctx context.Context, id uuid.UUID) (a Authority, err error) {
	return a, tx.get(ctx, "lock access authority", &a, authoritySelect+`where a.id = $1 for update of a`, id)
}

// Authorities are those of a ticket, the newest first.
func (tx *Tx) Authorities(ctx context.Context, ticket uuid.UUID) (list []Authority, err error) {
	return list, tx.list(ctx, "list access authorities", &list, authoritySelect+`where a.ticket_id = $1 order by a.asked_at desc, a.id desc`, ticket)
}

// AuthorityDecision is who decided what about an authority: kept for ever,
// with the names of that instant.
type AuthorityDecision struct {
	ID             uuid.UUID      `db:"id"`
	AuthorityID    uuid.UUID      `db:"authority_id"`
	Kind           string         `db:"kind"` // completed, declined or revoked
	PersonID       uuid.UUID      `db:"person_id"`
	PersonName     string         `db:"person_name"`     // read, never written here
	OrganizationID *uuid.UUID     `db:"organization_id"` // the person's; nil for staff
	Organization   string         `db:"organization"`    // what it is called; of staff the vendor
	Customer       string         `db:"customer"`        // for whom
	Capacity       string         `db:"capacity"`        // signatory, partner, super_user or staff
	Basis          string         `db:"basis"`           // on what ground a partner acts for the customer
	Scopes         pq.StringArray `db:"scopes"`          // as granted
	ScopeText      string         `db:"scope_text"`      // conditions, in words
	EndsAt         *time.Time     `db:"ends_at"`         // the last instant it is good; of completed
	Name           string         `db:"name"`            // as typed; of completed
	Reason         string         `db:"reason"`          // of declined and revoked
	At             time.Time      `db:"at"`
	Channel        string         `db:"channel"` // portal or api
	IP             string         `db:"ip"`
}

// DecideAuthority keeps a decision on the authority as it was seen at that
// version; Conflict "changed_meanwhile" when it has changed since.
func (tx *Tx) DecideAuthority(ctx context.Context, version int64, d AuthorityDecision) error {
	result, err := tx.ExecContext(ctx, `update access_authorities set state = $3, version = version + 1 where id = $1 and version = $2
		and state = case when $3 = 'revoked' then 'completed' else 'asked' end`, d.AuthorityID, version, d.Kind)
	if err != nil {
		return failure("decide access authority", err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return problem.New(problem.Conflict, "changed_meanwhile", nil)
	}
	return tx.exec(ctx, "insert decision on access authority", `insert into authority_decisions
		(id, vendor_id, authority_id, kind, person_id, organization_id, organization, customer, capacity, basis, scopes, scope_text, ends_at,
		 name, reason, at, channel, ip)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11::text[], '{}'), $12, $13, $14, $15, $16, $17, $18)`,
		d.ID, tx.Vendor, d.AuthorityID, d.Kind, d.PersonID, d.OrganizationID, d.Organization, d.Customer, d.Capacity, d.Basis, d.Scopes,
		d.ScopeText, d.EndsAt, d.Name, d.Reason, d.At, d.Channel, d.IP)
}

// AuthorityDecisions are those on one authority, oldest first.
func (tx *Tx) AuthorityDecisions(ctx context.Context, authority uuid.UUID) (list []AuthorityDecision, err error) {
	return list, tx.list(ctx, "list decisions on access authority", &list, `select d.id, d.authority_id, d.kind, d.person_id, p.name as person_name,
		d.organization_id, d.organization, d.customer, d.capacity, d.basis, d.scopes, d.scope_text, d.ends_at, d.name, d.reason, d.at, d.channel, d.ip
		from authority_decisions d join people p on p.id = d.person_id where d.authority_id = $1 order by d.at, d.id`, authority)
}

// Access is what staff did in a customer's system under an authority.
type Access struct {
	ID          uuid.UUID `db:"id"`
	TicketID    uuid.UUID `db:"ticket_id"`
	AuthorityID uuid.UUID `db:"authority_id"`
	System      string    `db:"system"` // the authority's; read, never written here
	PersonID    uuid.UUID `db:"person_id"`
	PersonName  string    `db:"person_name"` // read, never written here
	Scope       string    `db:"scope"`
	Body        string    `db:"body"`
	At          time.Time `db:"at"`
}

// InsertAccess keeps an access; accesses are never changed or deleted.
func (tx *Tx) InsertAccess(ctx context.Context, a Access) error {
	return tx.exec(ctx, "insert access", `insert into authority_accesses (id, vendor_id, ticket_id, authority_id, person_id, scope, body, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, tx.Vendor, a.TicketID, a.AuthorityID, a.PersonID, a.Scope, a.Body, a.At)
}

const accessSelect = `select x.id, x.ticket_id, x.authority_id, a.system, x.person_id, p.name as person_name, x.scope, x.body, x.at
	from authority_accesses x join access_authorities a on a.id = x.authority_id join people p on p.id = x.person_id `

// Access finds one; NotFound when there is none.
func (tx *Tx) Access(ctx context.Context, id uuid.UUID) (a Access, err error) {
	return a, tx.get(ctx, "find access", &a, accessSelect+`where x.id = $1`, id)
}

// Accesses lists those of a ticket, oldest first.
func (tx *Tx) Accesses(ctx context.Context, ticket uuid.UUID, page Page) (list []Access, err error) {
	return list, tx.list(ctx, "list accesses", &list, accessSelect+`where x.ticket_id = $1 and (x.at, x.id) > ($2, $3) order by x.at, x.id limit $4`,
		ticket, page.AfterAt, page.AfterID, page.Limit)
}

// Signatories are an organization's active signatories of access authorities.
func (tx *Tx) Signatories(ctx context.Context, organization uuid.UUID) (people []Person, err error) {
	return people, tx.list(ctx, "find signatories", &people,
		personSelect+`where p.organization_id = $1 and p.active and 'signatory' = any(p.roles) order by p.name, p.id`, organization)
}
