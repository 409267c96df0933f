package store

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/ticket"
)

// Request is what somebody submitted; it never changes.
type Request struct {
	ID             uuid.UUID  `db:"id"`
	OrganizationID uuid.UUID  `db:"organization_id"` // whose request it is
	RequesterID    uuid.UUID  `db:"requester_id"`    // who submitted it
	PartnerID      *uuid.UUID `db:"partner_id"`      // the requester's organization, when a partner
	ContactID      *uuid.UUID `db:"contact_id"`      // the customer's contact a partner named
	Channel        string     `db:"channel"`
	Type           string     `db:"type"`
	Severity       string     `db:"severity"` // as the customer sees it
	Component      string     `db:"component"`
	Package        string     `db:"package"`         // as the requester said it
	PackageVersion string     `db:"package_version"` // likewise
	ReleaseID      *uuid.UUID `db:"release_id"`      // the release they mean; nil: none that is known
	ExternalID     string     `db:"external_id"`
	Title          string     `db:"title"`
	Body           string     `db:"body"`
	OriginalAt     *time.Time `db:"original_at"`
	State          string     `db:"state"`
	SubmittedAt    time.Time  `db:"submitted_at"`
	PolicyVersion  string     `db:"policy_version"` // it was submitted under; "": the vendor's settings alone
	Fields         Values     `db:"fields"`         // what the form of its type asks, by field
}

// InsertRequest keeps what was submitted.
func (tx *Tx) InsertRequest(ctx context.Context, r Request) error {
	return tx.exec(ctx, "insert request", `insert into requests
		(id, vendor_id, organization_id, requester_id, partner_id, contact_id, channel, type, severity, component, external_id,
		 title, body, original_at, state, submitted_at, policy_version, package, package_version, release_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		r.ID, tx.Vendor, r.OrganizationID, r.RequesterID, r.PartnerID, r.ContactID, r.Channel, r.Type, r.Severity, r.Component,
		r.ExternalID, r.Title, r.Body, r.OriginalAt, r.State, r.SubmittedAt, r.PolicyVersion, r.Package, r.PackageVersion, r.ReleaseID)
}

// Ticket is a registered request's row. Instants are UTC.
type Ticket struct {
	ID             uuid.UUID    `db:"id"`
	VendorID       uuid.UUID    `db:"vendor_id"`
	Number         string       `db:"number"`
	Version        int64        `db:"version"` // rises with each transition
	State          ticket.State `db:"state"`
	Waiting        string       `db:"waiting"`
	Resume         string       `db:"resume"`
	OrganizationID uuid.UUID    `db:"organization_id"`
	RequesterID    uuid.UUID    `db:"requester_id"`
	PartnerID      *uuid.UUID   `db:"partner_id"`
	ContactID      *uuid.UUID   `db:"contact_id"`
	Title          string       `db:"title"`
	Type           string       `db:"type"`
	Severity       string       `db:"severity"`
	Reason         string       `db:"reason"`
	Level          int          `db:"level"` // 0 before triage
	Path           string       `db:"path"`
	AssigneeID     *uuid.UUID   `db:"assignee_id"`
	Team           string       `db:"team"` // code of the pack's; "": none
	RegisteredAt   time.Time    `db:"registered_at"`
	UpdatedAt      time.Time    `db:"updated_at"`
	AcknowledgedAt *time.Time   `db:"acknowledged_at"` // first act of staff, promised or not
	Clocks         Clocks       `db:"clocks"`
	AnsweredAt     *time.Time   `db:"answered_at"`
	ClosedAt       *time.Time   `db:"closed_at"`
	AutoCloseAt    *time.Time   `db:"auto_close_at"`
	ReopenUntil    *time.Time   `db:"reopen_until"`
	PolicyVersion  string       `db:"policy_version"` // of the pack it is run by; "": the vendor's settings alone
	ContractID     *uuid.UUID   `db:"contract_id"`    // nil: the pack's default plan
	MergedInto     *uuid.UUID   `db:"merged_into"`    // what it goes on as; nil: it is not merged
	MergedFrom     ticket.State `db:"merged_from"`    // the state it returns to
	Hanging        int          `db:"hanging"`        // how much on it has to be finished before it can be answered or closed
	// Unsupported: its version was not supported when it was registered; staff
	// may accept that (AcceptVersion).
	Unsupported       bool       `db:"unsupported_version"`
	VersionAcceptedAt *time.Time `db:"version_accepted_at"`
	// UnassignedSince is since when nobody has it; nil: somebody does. Read, and
	// kept by InsertTicket and UpdateTicket.
	UnassignedSince *time.Time `db:"unassigned_since"`
	// Watchers follow it beside those it concerns; read, never written here.
	Watchers IDs `db:"watchers"`
	// PartnerLinked: no partner registered it, or that one still acts for the
	// customer; read, never written here.
	PartnerLinked bool `db:"partner_linked"`
}

const ticketColumns = `id, vendor_id, number, version, state, waiting, resume, organization_id, requester_id, partner_id, contact_id, title,
	type, severity, reason, level, path, assignee_id, team, unassigned_since, registered_at, updated_at, acknowledged_at, clocks,
	answered_at, closed_at, auto_close_at, reopen_until, policy_version, contract_id, merged_into, merged_from, hanging, unsupported_version, version_accepted_at, ` + partnerLinked + ` as partner_linked,
	array(select w.person_id from ticket_watchers w where w.ticket_id = tickets.id) as watchers`

// Snapshot is the row as a workflow may know it: no personal data.
func (t Ticket) Snapshot(closeOnAnswer bool) ticket.Snapshot {
	return ticket.Snapshot{
		Vendor: t.VendorID.String(), ID: t.ID.String(), Number: t.Number, Version: t.Version, State: t.State,
		Waiting: ticket.Waiting(t.Waiting), Resume: ticket.State(t.Resume), MergedFrom: t.MergedFrom,
		Requester: t.RequesterID.String(), CustomerContact: idText(t.ContactID), Assignee: idText(t.AssigneeID), CloseOnAnswer: closeOnAnswer, Hanging: t.Hanging,
		Clocks: t.Clocks.snapshot(), AutoCloseAt: t.AutoCloseAt, ReopenUntil: t.ReopenUntil,
	}
}

// NextDeadline is the deadline that comes next, of any kind, and what it is
// about; ok is false when none runs.
func (t Ticket) NextDeadline() (what ticket.Deadline, at time.Time, ok bool) {
	return ticket.NextDeadline(t.Snapshot(false))
}

// deadlines are what lists are sorted and searched by: the next deadline of any
// kind, NoDeadline for none, and the next one of a clock.
func (t Ticket) deadlines() (next time.Time, promised *time.Time) {
	s := t.Snapshot(false)
	next = NoDeadline
	if _, at, ok := ticket.NextDeadline(s); ok {
		next = at
	}
	if _, at, ok := ticket.NextPromise(s); ok && t.State.Open() {
		promised = &at
	}
	return next, promised
}

// nextAt is when the next thing comes to the ticket by itself; nil: nothing does,
// or only the end of its life.
func (t Ticket) nextAt() *time.Time {
	action, at, ok := ticket.Next(t.Snapshot(false))
	if !ok || action == ticket.ActEnd {
		return nil
	}
	return &at
}

func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// NextTicketNumber takes the vendor's next number of that year:
// PX-2026-000123. Numbers rise; a transaction rolled back leaves a gap.
func (tx *Tx) NextTicketNumber(ctx context.Context, prefix string, year int) (string, error) {
	var n int64
	if err := tx.get(ctx, "take ticket number", &n, `select next_ticket_number($1, $2)`, tx.Vendor, year); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%d-%06d", prefix, year, n), nil
}

// InsertTicket adds the row of a request just registered.
func (tx *Tx) InsertTicket(ctx context.Context, t Ticket) error {
	next, promised := t.deadlines()
	return tx.exec(ctx, "insert ticket", `insert into tickets
		(id, vendor_id, number, version, state, organization_id, requester_id, partner_id, contact_id, title, type, severity,
		 registered_at, updated_at, acknowledged_at, clocks, next_due_at, promised_at, policy_version, contract_id, unsupported_version,
		 assignee_id, team, next_at, unassigned_since)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
		 case when $22::uuid is null then $13::timestamptz end)`,
		t.ID, tx.Vendor, t.Number, t.Version, t.State, t.OrganizationID, t.RequesterID, t.PartnerID, t.ContactID, t.Title, t.Type,
		t.Severity, t.RegisteredAt, t.UpdatedAt, t.AcknowledgedAt, t.Clocks, next, promised, t.PolicyVersion, t.ContractID, t.Unsupported,
		t.AssigneeID, t.Team, t.nextAt())
}

// Ticket finds a ticket of the vendor; NotFound when there is none.
func (tx *Tx) Ticket(ctx context.Context, id uuid.UUID) (t Ticket, err error) {
	return t, tx.get(ctx, "find ticket", &t, `select `+ticketColumns+` from tickets where id = $1`, id)
}

// TicketByNumber finds a ticket by its number, in capitals.
func (tx *Tx) TicketByNumber(ctx context.Context, number string) (t Ticket, err error) {
	return t, tx.get(ctx, "find ticket by number", &t, `select `+ticketColumns+` from tickets where number = $1`, number)
}

// LockTicket is Ticket, and nobody else changes the row until the end of the
// transaction.
func (tx *Tx) LockTicket(ctx context.Context, id uuid.UUID) (t Ticket, err error) {
	return t, tx.get(ctx, "lock ticket", &t, `select `+ticketColumns+` from tickets where id = $1 for update`, id)
}

// UpdateTicket writes a locked row back. t.Version is the new version and
// must follow the one in the database.
func (tx *Tx) UpdateTicket(ctx context.Context, t Ticket) error {
	next, promised := t.deadlines()
	return tx.change(ctx, "update ticket", `update tickets set version = $2, state = $3, waiting = $4, resume = $5, severity = $6,
		reason = $7, level = $8, path = $9, assignee_id = $10, updated_at = $11, acknowledged_at = $12, clocks = $13,
		next_due_at = $14, promised_at = $15, answered_at = $16, closed_at = $17, auto_close_at = $18, reopen_until = $19,
		policy_version = $20, contract_id = $21, team = $22, merged_into = $23, merged_from = $24, hanging = $25, next_at = $26,
		unassigned_since = case when $10::uuid is null then coalesce(unassigned_since, $11) end
		where id = $1 and version = $2 - 1`,
		t.ID, t.Version, t.State, t.Waiting, t.Resume, t.Severity, t.Reason, t.Level, t.Path, t.AssigneeID, t.UpdatedAt,
		t.AcknowledgedAt, t.Clocks, next, promised, t.AnsweredAt, t.ClosedAt, t.AutoCloseAt, t.ReopenUntil,
		t.PolicyVersion, t.ContractID, t.Team, t.MergedInto, t.MergedFrom, t.Hanging, t.nextAt())
}
