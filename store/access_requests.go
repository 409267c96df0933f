package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// AccessRequest is somebody's wish for an account. It is open in the states
// new, asked (they were asked something) and replied; invited and declined end
// it.
type AccessRequest struct {
	ID             uuid.UUID  `db:"id"`
	Name           string     `db:"name"`
	Email          string     `db:"email"` // unproven until an invitation is used
	Organization   string     `db:"organization"`
	OrganizationID *uuid.UUID `db:"organization_id"` // found by external id or name, or named by staff
	ManagerID      *uuid.UUID `db:"manager_id"`      // whose it is; nil: any account manager's
	Message        string     `db:"message"`
	Locale         string     `db:"locale"`
	State          string     `db:"state"`
	PersonID       *uuid.UUID `db:"person_id"` // who came of it
	Reason         string     `db:"reason"`    // why it was declined
	CreatedAt      time.Time  `db:"created_at"`
	UpdatedAt      time.Time  `db:"updated_at"`
	Version        int64      `db:"version"` // rises with each change
	// FoundName is what OrganizationID is called, Manager what ManagerID is; nil
	// without one; read, never written here.
	FoundName *string `db:"found_name"`
	Manager   *string `db:"manager"`
}

// Open says whether it is still to be decided.
func (r AccessRequest) Open() bool {
	return r.State == "new" || r.State == "asked" || r.State == "replied"
}

const accessRequestSelect = `select id, name, email, organization, organization_id, manager_id, message, locale, state, person_id, reason,
	created_at, updated_at, version, (select o.name from organizations o where o.id = organization_id) as found_name,
	(select m.name from people m where m.id = manager_id) as manager from access_requests `

// InsertAccessRequest keeps a request, and says whether it is new: an open one
// of the same address stands already, and nothing is added.
func (tx *Tx) InsertAccessRequest(ctx context.Context, r AccessRequest) (added bool, err error) {
	result, err := tx.ExecContext(ctx, `insert into access_requests
		(id, vendor_id, name, email, organization, organization_id, manager_id, message, locale, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) on conflict do nothing`,
		r.ID, tx.Vendor, r.Name, r.Email, r.Organization, r.OrganizationID, r.ManagerID, r.Message, r.Locale, r.CreatedAt)
	if err != nil {
		return false, failure("insert access request", err)
	}
	n, err := result.RowsAffected()
	return n == 1, failure("insert access request", err)
}

// AccessRequest finds one; NotFound when there is none.
func (tx *Tx) AccessRequest(ctx context.Context, id uuid.UUID) (r AccessRequest, err error) {
	return r, tx.get(ctx, "find access request", &r, accessRequestSelect+`where id = $1`, id)
}

// LockAccessRequest is AccessRequest, and nobody else changes the row until
// the end of the transaction.
func (tx *Tx) LockAccessRequest(ctx context.Context, id uuid.UUID) (r AccessRequest, err error) {
	return r, tx.get(ctx, "lock access request", &r, accessRequestSelect+`where id = $1 for update`, id)
}

// UpdateAccessRequest writes a locked row back: state, organization, person and
// reason. r.Version is the new version and must follow the one in the database.
func (tx *Tx) UpdateAccessRequest(ctx context.Context, r AccessRequest) error {
	return tx.change(ctx, "update access request", `update access_requests set version = $2, state = $3, organization_id = $4,
		person_id = $5, reason = $6, updated_at = $7 where id = $1 and version = $2 - 1`,
		r.ID, r.Version, r.State, r.OrganizationID, r.PersonID, r.Reason, r.UpdatedAt)
}

// AccessRequestFilter narrows a list of requests for access.
type AccessRequestFilter struct {
	All   bool      // the ended ones too, newest first; else the open ones, oldest first
	At    time.Time // keyset: after this instant and id in that order; zero: from the beginning
	ID    uuid.UUID
	Limit int
}

// AccessRequests lists requests for access.
func (tx *Tx) AccessRequests(ctx context.Context, f AccessRequestFilter) (list []AccessRequest, err error) {
	where := `where vendor_id = $1 and state in ('new', 'asked', 'replied') and (created_at, id) > ($2, $3) order by created_at, id limit $4`
	if f.All {
		where = `where vendor_id = $1 and ($2 = timestamptz '0001-01-01 00:00:00Z' or (created_at, id) < ($2, $3))
			order by created_at desc, id desc limit $4`
	}
	return list, tx.list(ctx, "list access requests", &list, accessRequestSelect+where, tx.Vendor, f.At, f.ID, f.Limit)
}

// CountOpenAccessRequests is how many requests for access are open, no further
// than CountsMax + 1.
func (tx *Tx) CountOpenAccessRequests(ctx context.Context) (n int, err error) {
	return n, tx.get(ctx, "count access requests", &n, `select count(*) from (select from access_requests
		where vendor_id = $1 and state in ('new', 'asked', 'replied') limit $2) open`, tx.Vendor, CountsMax+1)
}

// AccessMessage is a question or an answer about a request for access.
type AccessMessage struct {
	ID         uuid.UUID  `db:"id"`
	RequestID  uuid.UUID  `db:"request_id"`
	AuthorID   *uuid.UUID `db:"author_id"`   // nil: whoever asks for access
	AuthorName *string    `db:"author_name"` // read, never written here
	Body       string     `db:"body"`
	At         time.Time  `db:"at"`
}

// InsertAccessMessage keeps a message; messages are never changed or deleted.
func (tx *Tx) InsertAccessMessage(ctx context.Context, m AccessMessage) error {
	return tx.exec(ctx, "insert access message", `insert into access_messages (id, vendor_id, request_id, author_id, body, at)
		values ($1, $2, $3, $4, $5, $6)`, m.ID, tx.Vendor, m.RequestID, m.AuthorID, m.Body, m.At)
}

// AccessMessages lists what was asked and answered, oldest first.
func (tx *Tx) AccessMessages(ctx context.Context, request uuid.UUID) (list []AccessMessage, err error) {
	return list, tx.list(ctx, "list access messages", &list, `select m.id, m.request_id, m.author_id, p.name as author_name, m.body, m.at
		from access_messages m left join people p on p.id = m.author_id where m.request_id = $1 order by m.at, m.id`, request)
}

// OrganizationLike finds the organization with that external id, else with
// that name, whatever the case of the letters; NotFound when there is none.
func (tx *Tx) OrganizationLike(ctx context.Context, text string) (o Organization, err error) {
	return o, tx.get(ctx, "find organization by what somebody wrote", &o, organizationSelect+`
		where lower(o.external_id) = lower($1) or lower(o.name) = lower($1)
		order by lower(o.external_id) = lower($1) desc nulls last limit 1`, text)
}

// ActiveWith are the active members of staff with a role, by name, at most
// limit.
func (tx *Tx) ActiveWith(ctx context.Context, role string, limit int) (people []Person, err error) {
	return people, tx.list(ctx, "find staff by role", &people, personSelect+`
		where p.organization_id is null and p.active and $1 = any(p.roles) order by p.name, p.id limit $2`, role, limit)
}
