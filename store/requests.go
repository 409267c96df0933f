package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// Values are what the fields of a form hold.
type Values map[string]string

// Value is how the database keeps them.
func (v Values) Value() (driver.Value, error) {
	if v == nil {
		return []byte(`{}`), nil
	}
	return json.Marshal(map[string]string(v))
}

// Scan reads what Value has written.
func (v *Values) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("fields from %T", src)
	}
	*v = nil
	return json.Unmarshal(raw, (*map[string]string)(v))
}

// RequestRow is a request with what concerns it before, or without, a ticket.
type RequestRow struct {
	Request
	Files      IDs        `db:"files"`
	Version    int64      `db:"version"`
	UpdatedAt  *time.Time `db:"updated_at"`
	NextAction string     `db:"next_action"` // by itself; "": nothing
	NextAt     *time.Time `db:"next_at"`
	Reminded   int        `db:"reminded"`
	Outcome    string     `db:"outcome"`
	Answer     string     `db:"answer"`
	EndedBy    *uuid.UUID `db:"ended_by"`

	Requester    string `db:"requester"`    // name
	Organization string `db:"organization"` // name
}

const requestSelect = `select r.id, r.organization_id, r.requester_id, r.partner_id, r.contact_id, r.channel, r.type, r.severity, r.component,
	r.external_id, r.title, r.body, r.original_at, r.state, r.submitted_at, r.policy_version, r.package, r.package_version, r.release_id, r.fields, r.files, r.version, r.updated_at,
	r.next_action, r.next_at, r.reminded, r.outcome, r.answer, r.ended_by, p.name as requester, o.name as organization
	from requests r join people p on p.id = r.requester_id join organizations o on o.id = r.organization_id `

// RequestRow finds a request; NotFound when there is none.
func (tx *Tx) RequestRow(ctx context.Context, id uuid.UUID) (r RequestRow, err error) {
	return r, tx.get(ctx, "find request", &r, requestSelect+`where r.id = $1`, id)
}

// LockRequest is RequestRow, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockRequest(ctx context.Context, id uuid.UUID) (r RequestRow, err error) {
	return r, tx.get(ctx, "lock request", &r, requestSelect+`where r.id = $1 for update of r`, id)
}

// KeepRequest adds a request with its fields and files.
func (tx *Tx) KeepRequest(ctx context.Context, r RequestRow) error {
	kept := r.Request
	if len(r.Fields) > 0 {
		kept.State = string(ticket.Incomplete) // until its fields are there: what is registered never changes
	}
	if err := tx.InsertRequest(ctx, kept); err != nil {
		return err
	}
	if len(r.Fields) == 0 && r.State == string(ticket.RegisteredAs) {
		return nil
	}
	return tx.change(ctx, "keep request", `update requests set fields = $2, files = $3, updated_at = $4, next_action = $5, next_at = $6, state = $7
		where id = $1`, r.ID, r.Fields, r.files(), r.UpdatedAt, r.NextAction, r.NextAt, r.State)
}

// files are the uploads it names, never null.
func (r RequestRow) files() any { return pq.Array(append([]uuid.UUID{}, r.Files...)) }

// UpdateRequest writes a locked request back; r.Version follows the one in the
// database.
func (tx *Tx) UpdateRequest(ctx context.Context, r RequestRow) error {
	return tx.change(ctx, "update request", `update requests set version = $2, state = $3, severity = $4, component = $5, title = $6, body = $7,
		fields = $8, files = $9, updated_at = $10, next_action = $11, next_at = $12, reminded = $13, outcome = $14, answer = $15, ended_by = $16
		where id = $1 and version = $2 - 1`,
		r.ID, r.Version, r.State, r.Severity, r.Component, r.Title, r.Body, r.Fields, r.files(), r.UpdatedAt, r.NextAction, r.NextAt,
		r.Reminded, r.Outcome, r.Answer, r.EndedBy)
}

// RequestFilter narrows a list of requests without a ticket; zero values do not.
type RequestFilter struct {
	Requester    *uuid.UUID // submitted by
	Organization *uuid.UUID // or of that organization, when both are given
	State        ticket.RequestState
	Before       *time.Time // keyset: submitted before this instant and id
	BeforeID     uuid.UUID
	Limit        int
}

// Requests lists requests without a ticket, newest first.
func (tx *Tx) Requests(ctx context.Context, f RequestFilter) (list []RequestRow, err error) {
	return list, tx.list(ctx, "list requests", &list, requestSelect+`where r.vendor_id = $1 and r.state <> 'registered'
		and ($2::uuid is null and $3::uuid is null or r.requester_id = $2 or r.organization_id = $3) and ($4 = '' or r.state = $4)
		and ($5::timestamptz is null or (r.submitted_at, r.id) < ($5, $6)) order by r.submitted_at desc, r.id desc limit $7`,
		tx.Vendor, f.Requester, f.Organization, string(f.State), f.Before, f.BeforeID, f.Limit)
}

// Refusal is a request that was refused at the door.
type Refusal struct {
	ID             uuid.UUID `db:"id"`
	PersonID       uuid.UUID `db:"person_id"`
	Person         string    `db:"person"`
	OrganizationID uuid.UUID `db:"organization_id"`
	Organization   string    `db:"organization"`
	Channel        string    `db:"channel"`
	Kind           string    `db:"kind"`
	Title          string    `db:"title"`
	Reason         string    `db:"reason"` // the problem's key
	At             time.Time `db:"at"`
}

// InsertRefusal keeps that something was refused.
func (tx *Tx) InsertRefusal(ctx context.Context, r Refusal) error {
	return tx.exec(ctx, "keep refusal", `insert into refusals (id, vendor_id, person_id, organization_id, channel, kind, title, reason, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, r.ID, tx.Vendor, r.PersonID, r.OrganizationID, r.Channel, r.Kind, r.Title, r.Reason, r.At)
}

// Refusals lists what was refused, newest first.
func (tx *Tx) Refusals(ctx context.Context, limit int) (list []Refusal, err error) {
	return list, tx.list(ctx, "list refusals", &list, `select f.id, f.person_id, p.name as person, f.organization_id, o.name as organization,
		f.channel, f.kind, f.title, f.reason, f.at from refusals f join people p on p.id = f.person_id join organizations o on o.id = f.organization_id
		where f.vendor_id = $1 order by f.at desc, f.id desc limit $2`, tx.Vendor, limit)
}

// FileNamesOf are the names of uploads, by id.
func (tx *Tx) FileNamesOf(ctx context.Context, ids []uuid.UUID) ([]string, error) {
	var names []string
	err := tx.list(ctx, "find file names", &names, `select name from files where id = any($1)`, pq.Array(ids))
	return names, err
}

// CustomerNamed finds the customer that a name or an id of theirs names, among
// those a partner acts for (nil: among all); NotFound when it names none, or
// not one alone.
func (tx *Tx) CustomerNamed(ctx context.Context, partner *uuid.UUID, name, externalID string) (o Organization, err error) {
	var list []Organization
	err = tx.list(ctx, "find customer", &list, organizationSelect+`where o.vendor_id = $1 and ($2 <> '' and lower(o.name) = lower($2) or $3 <> '' and lower(o.external_id) = lower($3))
		and ($4::uuid is null or exists (select from organization_links l where l.partner_id = $4 and l.customer_id = o.id)) limit 2`,
		tx.Vendor, name, externalID, partner)
	if err == nil && len(list) != 1 {
		err = problem.Missing()
	}
	if err != nil {
		return o, err
	}
	return list[0], nil
}
