package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// WorkEscalation is the kind of work that an escalation is.
const WorkEscalation = "escalation"

// Escalation is an escalation's row. Instants are UTC.
type Escalation struct {
	ID             uuid.UUID      `db:"id"`
	VendorID       uuid.UUID      `db:"vendor_id"`
	Number         string         `db:"number"`
	Version        int64          `db:"version"`
	State          ladder.State   `db:"state"`
	OrganizationID uuid.UUID      `db:"organization_id"`
	TicketID       *uuid.UUID     `db:"ticket_id"` // nil: it concerns none
	OpenedBy       *uuid.UUID     `db:"opened_by"` // nil: a breach has pulled it
	Reason         string         `db:"reason"`    // of a breach the clock's name
	Concerned      pq.StringArray `db:"concerned"` // uuids of staff it is about
	Critical       bool           `db:"critical"`
	Ladder         string         `db:"ladder"` // code of the pack's
	Rung           int            `db:"rung"`   // whose turn it is, from 1
	TellAt         *time.Time     `db:"tell_at"`
	ToldAt         *time.Time     `db:"told_at"`
	DueAt          *time.Time     `db:"due_at"`
	PassAt         *time.Time     `db:"pass_at"`
	AcknowledgedAt *time.Time     `db:"acknowledged_at"`
	OpenedAt       time.Time      `db:"opened_at"`
	UpdatedAt      time.Time      `db:"updated_at"`
	EndedAt        *time.Time     `db:"ended_at"`
	PolicyVersion  string         `db:"policy_version"`
}

const escalationColumns = `id, vendor_id, number, version, state, organization_id, ticket_id, opened_by, reason, concerned, critical, ladder, rung, tell_at,
	told_at, due_at, pass_at, acknowledged_at, opened_at, updated_at, ended_at, policy_version`

// Snapshot is the row as its workflow may know it.
func (e Escalation) Snapshot() ladder.Snapshot {
	return ladder.Snapshot{
		Vendor: e.VendorID.String(), ID: e.ID.String(), Number: e.Number, Version: e.Version, State: e.State, Rung: e.Rung,
		Acknowledged: e.AcknowledgedAt != nil, TellAt: e.TellAt, PassAt: e.PassAt,
	}
}

// About says whether somebody is complained about.
func (e Escalation) About(person uuid.UUID) bool {
	for _, id := range e.Concerned {
		if id == person.String() {
			return true
		}
	}
	return false
}

// EscalationStep is what happened to an escalation: who decided what, and why.
type EscalationStep struct {
	EscalationID uuid.UUID      `db:"escalation_id"`
	Version      int64          `db:"version"`
	Kind         string         `db:"kind"`
	Rung         int            `db:"rung"`
	PersonID     *uuid.UUID     `db:"person_id"` // nil: it happened by itself
	Told         pq.StringArray `db:"told"`      // uuids of whom was told
	Reason       string         `db:"reason"`
	Channel      string         `db:"channel"`
	IP           string         `db:"ip"`
	At           time.Time      `db:"at"`
}

// InsertEscalation adds one with its number, and begins its workflow. Conflict
// when one is open for the same ticket, or of the same person for none.
func (tx *Tx) InsertEscalation(ctx context.Context, e *Escalation, year int) (err error) {
	if e.Number, err = tx.nextNumber(ctx, WorkEscalation, "ESC", year); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `insert into escalations (id, vendor_id, number, state, organization_id, ticket_id, opened_by, reason, concerned, critical, ladder,
			tell_at, opened_at, updated_at, policy_version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)`,
		e.ID, tx.Vendor, e.Number, e.State, e.OrganizationID, e.TicketID, e.OpenedBy, e.Reason, e.Concerned, e.Critical, e.Ladder, e.TellAt, e.OpenedAt,
		e.PolicyVersion)
	if violates(err, "escalations_of_ticket") || violates(err, "escalations_of_none") {
		return problem.New(problem.Conflict, "escalated_already", nil)
	}
	if err != nil {
		return failure("insert escalation", err)
	}
	return tx.StartWork(ctx, WorkEscalation, e.ID, e.TicketID)
}

// Escalation finds one of the vendor's; NotFound when there is none.
func (tx *Tx) Escalation(ctx context.Context, id uuid.UUID) (e Escalation, err error) {
	return e, tx.get(ctx, "find escalation", &e, `select `+escalationColumns+` from escalations where id = $1`, id)
}

// EscalationByNumber finds one by its number, in capitals.
func (tx *Tx) EscalationByNumber(ctx context.Context, number string) (e Escalation, err error) {
	return e, tx.get(ctx, "find escalation by number", &e, `select `+escalationColumns+` from escalations where number = $1`, number)
}

// LockEscalation is Escalation, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockEscalation(ctx context.Context, id uuid.UUID) (e Escalation, err error) {
	return e, tx.get(ctx, "lock escalation", &e, `select `+escalationColumns+` from escalations where id = $1 for update`, id)
}

// OpenEscalation is the one of a ticket that is not over; nil for none.
func (tx *Tx) OpenEscalation(ctx context.Context, ticketID uuid.UUID) (*Escalation, error) {
	var list []Escalation
	err := tx.list(ctx, "find open escalation", &list, `select `+escalationColumns+` from escalations where ticket_id = $1 and state not in ('resolved', 'withdrawn')`, ticketID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// OpenedSince counts what a person has opened since an instant, and says when the
// first of it was; until the end of the transaction they open no other.
func (tx *Tx) OpenedSince(ctx context.Context, person uuid.UUID, since time.Time) (first time.Time, n int, err error) {
	if err := tx.exec(ctx, "open one at a time", `select pg_advisory_xact_lock(hashtextextended('escalations of ' || $1::text, 0))`, person); err != nil {
		return first, 0, err
	}
	var found struct {
		First *time.Time `db:"first"`
		N     int        `db:"n"`
	}
	err = tx.get(ctx, "count escalations", &found, `select min(opened_at) as first, count(*) as n from escalations where opened_by = $1 and opened_at > $2`, person, since)
	if found.First != nil {
		first = *found.First
	}
	return first, found.N, err
}

// EscalationFilter narrows a list of escalations; zero values do not.
type EscalationFilter struct {
	Open         bool
	TicketID     *uuid.UUID
	Own          *uuid.UUID // only those this person has opened, or of their tickets,
	Organization *uuid.UUID // and with it those of that organization
	Rungs        *OnRungs   // only those that have come to a rung of somebody's
	BeforeAt     *time.Time // keyset: opened before this instant and id
	BeforeID     uuid.UUID
	Limit        int
}

// OnRungs are somebody's rungs: of each ladder the first they stand on, from 1.
type OnRungs struct {
	Person uuid.UUID
	First  map[string]int
}

// where narrows to what has come to one of them, and is not about that person.
func (r OnRungs) where(args *arguments) string {
	rungs := []string{"false"}
	for ladder, rung := range r.First {
		rungs = append(rungs, "ladder = "+args.add(ladder)+" and rung >= "+args.add(rung))
	}
	return "(" + strings.Join(rungs, " or ") + ") and " + args.add(r.Person.String()) + " <> all(concerned) and not exists (select from tickets t where t.id = ticket_id and t.assignee_id = " + args.add(r.Person.String()) + ")"
}

// Escalations lists escalations, the newest first.
func (tx *Tx) Escalations(ctx context.Context, f EscalationFilter) (list []Escalation, err error) {
	args := arguments{tx.Vendor, f.Limit}
	where := []string{"vendor_id = $1"}
	if f.Open {
		where = append(where, "state not in ('resolved', 'withdrawn')")
	}
	if f.TicketID != nil {
		where = append(where, "ticket_id = "+args.add(*f.TicketID))
	}
	if f.Own != nil {
		own := args.add(*f.Own)
		sees := "opened_by = " + own + " and ticket_id is null or exists (select from tickets where tickets.id = escalations.ticket_id and (contact_id = " + own +
			" or " + own + " in (requester_id, opened_by) and " + partnerLinked + "))"
		if f.Organization != nil {
			sees += " or organization_id = " + args.add(*f.Organization)
		}
		where = append(where, "("+sees+")")
	}
	if f.Rungs != nil {
		where = append(where, f.Rungs.where(&args))
	}
	if f.BeforeAt != nil {
		where = append(where, "(opened_at, id) < ("+args.add(*f.BeforeAt)+", "+args.add(f.BeforeID)+")")
	}
	return list, tx.list(ctx, "list escalations", &list, `select `+escalationColumns+` from escalations
		where `+strings.Join(where, " and ")+` order by opened_at desc, id desc limit $2`, args...)
}

// UpdateEscalation writes a locked one back with the step that has changed it.
// e.Version is the new version and must follow the one in the database.
func (tx *Tx) UpdateEscalation(ctx context.Context, e Escalation, s EscalationStep) error {
	if err := tx.change(ctx, "update escalation", `update escalations set version = $2, state = $3, rung = $4, tell_at = $5, told_at = $6, due_at = $7, pass_at = $8,
		acknowledged_at = $9, updated_at = $10, ended_at = $11 where id = $1 and version = $2 - 1`,
		e.ID, e.Version, e.State, e.Rung, e.TellAt, e.ToldAt, e.DueAt, e.PassAt, e.AcknowledgedAt, e.UpdatedAt, e.EndedAt); err != nil {
		return err
	}
	s.EscalationID, s.Version = e.ID, e.Version
	return tx.InsertEscalationStep(ctx, s)
}

// InsertEscalationStep adds what happened.
func (tx *Tx) InsertEscalationStep(ctx context.Context, s EscalationStep) error {
	if s.Told == nil {
		s.Told = pq.StringArray{}
	}
	return tx.exec(ctx, "insert step", `insert into escalation_steps (vendor_id, escalation_id, version, kind, rung, person_id, told, reason, channel, ip, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.Vendor, s.EscalationID, s.Version, s.Kind, s.Rung, s.PersonID, s.Told, s.Reason, s.Channel, s.IP, s.At)
}

// EscalationSteps are what happened to one, in order.
func (tx *Tx) EscalationSteps(ctx context.Context, id uuid.UUID) (list []EscalationStep, err error) {
	return list, tx.list(ctx, "list steps", &list, `select escalation_id, version, kind, rung, person_id, told, reason, channel, ip, at
		from escalation_steps where escalation_id = $1 order by version`, id)
}

// CommitEscalation makes what time does to an escalation in one transaction, or
// nothing: Stale when the row is not at that version any more.
func (s *Store) CommitEscalation(ctx context.Context, vendor, id uuid.UUID, expected int64, do func(*Tx, *Escalation) (EscalationStep, error),
) (outcome ticket.Outcome, e Escalation, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		if e, err = tx.LockEscalation(ctx, id); err != nil {
			return err
		}
		if outcome = ticket.Stale; e.Version != expected {
			return nil
		}
		outcome = ticket.Applied
		e.Version++
		step, err := do(tx, &e)
		if err != nil {
			return err
		}
		return tx.UpdateEscalation(ctx, e, step)
	})
	return outcome, e, err
}

// StaffOn are the members of staff its customer knows a ticket by: who has it,
// and who has said something on it that the customer reads.
func (tx *Tx) StaffOn(ctx context.Context, t Ticket) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "find staff on ticket", &ids, `select p.id from people p where p.organization_id is null
		and (p.id = $2 or p.id in (select author_id from comments where ticket_id = $1 and public))`, t.ID, t.AssigneeID)
}
