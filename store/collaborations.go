package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/collaboration"
	"github.com/casepath/casepath/ticket"
)

// WorkCollaboration is the kind of work that a question to colleagues is.
const WorkCollaboration = "collaboration"

// Collaboration is a question to colleagues inside a ticket. Instants are UTC.
type Collaboration struct {
	ID            uuid.UUID           `db:"id"`
	VendorID      uuid.UUID           `db:"vendor_id"`
	TicketID      uuid.UUID           `db:"ticket_id"`
	Version       int64               `db:"version"`
	State         collaboration.State `db:"state"`
	Team          string              `db:"team"` // code of the pack's; "": PersonID is asked
	PersonID      *uuid.UUID          `db:"person_id"`
	Question      string              `db:"question"`
	AskedBy       uuid.UUID           `db:"asked_by"`
	AskedAt       time.Time           `db:"asked_at"`
	DueAt         *time.Time          `db:"due_at"`    // nil: the pack names no target
	RemindAt      *time.Time          `db:"remind_at"` // nil: reminded, or nothing to remind of
	Answer        string              `db:"answer"`
	EndedBy       *uuid.UUID          `db:"ended_by"` // nil: open, or it ended with its ticket
	EndedAt       *time.Time          `db:"ended_at"`
	PolicyVersion string              `db:"policy_version"`
}

const collaborationColumns = `id, vendor_id, ticket_id, version, state, team, person_id, question, asked_by, asked_at, due_at, remind_at, answer, ended_by,
	ended_at, policy_version`

// Snapshot is the row as its workflow may know it.
func (r Collaboration) Snapshot() collaboration.Snapshot {
	return collaboration.Snapshot{
		Vendor: r.VendorID.String(), ID: r.ID.String(), Ticket: r.TicketID.String(), Version: r.Version, State: r.State, RemindAt: r.RemindAt,
	}
}

// InsertCollaboration adds one to a ticket whose row is locked, and begins its
// workflow where time has something to do.
func (tx *Tx) InsertCollaboration(ctx context.Context, r Collaboration) error {
	if err := tx.exec(ctx, "insert question", `insert into collaborations (id, vendor_id, ticket_id, state, team, person_id, question, asked_by, asked_at, due_at,
			remind_at, policy_version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		r.ID, tx.Vendor, r.TicketID, r.State, r.Team, r.PersonID, r.Question, r.AskedBy, r.AskedAt, r.DueAt, r.RemindAt, r.PolicyVersion); err != nil {
		return err
	}
	if r.RemindAt == nil {
		return nil
	}
	return tx.StartWork(ctx, WorkCollaboration, r.ID, &r.TicketID)
}

// Collaboration finds one of the vendor's; NotFound when there is none.
func (tx *Tx) Collaboration(ctx context.Context, id uuid.UUID) (r Collaboration, err error) {
	return r, tx.get(ctx, "find question", &r, `select `+collaborationColumns+` from collaborations where id = $1`, id)
}

// CollaborationsOf are a ticket's, the newest first.
func (tx *Tx) CollaborationsOf(ctx context.Context, ticketID uuid.UUID) (list []Collaboration, err error) {
	return list, tx.list(ctx, "list questions of ticket", &list,
		`select `+collaborationColumns+` from collaborations where ticket_id = $1 order by asked_at desc, id desc`, ticketID)
}

// OpenCollaborations are those of a ticket that wait for an answer, the oldest
// first.
func (tx *Tx) OpenCollaborations(ctx context.Context, ticketID uuid.UUID) (list []Collaboration, err error) {
	return list, tx.list(ctx, "list open questions of ticket", &list,
		`select `+collaborationColumns+` from collaborations where ticket_id = $1 and state = 'open' order by asked_at, id`, ticketID)
}

// CollaborationFilter narrows a list of open questions.
type CollaborationFilter struct {
	Of      *uuid.UUID // only those this person, or a team of theirs, is asked; nil: all
	Teams   []string   // codes of that person's teams
	AfterAt *time.Time // keyset: asked after this instant and id
	AfterID uuid.UUID
	Limit   int
}

// Waiting lists open questions, the longest open first.
func (tx *Tx) Waiting(ctx context.Context, f CollaborationFilter) (list []Collaboration, err error) {
	return list, tx.list(ctx, "list open questions", &list, `select `+collaborationColumns+` from collaborations
		where vendor_id = $1 and state = 'open' and ($3::uuid is null or person_id = $3 or team = any($4))
			and ($5::timestamptz is null or (asked_at, id) > ($5, $6))
		order by asked_at, id limit $2`, tx.Vendor, f.Limit, f.Of, stringArray(f.Teams), f.AfterAt, f.AfterID)
}

// UpdateCollaboration writes one back whose ticket's row is locked. r.Version is
// the new version and must follow the one in the database.
func (tx *Tx) UpdateCollaboration(ctx context.Context, r Collaboration) error {
	return tx.change(ctx, "update question", `update collaborations set version = $2, state = $3, remind_at = $4, answer = $5, ended_by = $6, ended_at = $7
		where id = $1 and version = $2 - 1`, r.ID, r.Version, r.State, r.RemindAt, r.Answer, r.EndedBy, r.EndedAt)
}

// Rehang counts anew what hangs on a locked ticket, writes that with a new
// version, and has its workflow read it. Nothing the customer's side reads
// changes.
func (tx *Tx) Rehang(ctx context.Context, t *Ticket) (err error) {
	if t.Hanging, err = tx.Hanging(ctx, t.ID); err != nil {
		return err
	}
	t.Version++
	if err := tx.UpdateTicket(ctx, *t); err != nil {
		return err
	}
	return tx.PokeTicket(ctx, t.ID, t.Version)
}

// TeamPeople are the active members of staff of a team of the pack, in no order:
// those the vendor's teams of that code list; where there is no such team, or no
// code, those who hold one of the roles.
func (tx *Tx) TeamPeople(ctx context.Context, code string, roles []string) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "find people of team", &ids, `select p.id from people p
		where p.vendor_id = $1 and p.organization_id is null and p.active
			and case when exists (select from teams where vendor_id = $1 and code = $2 and code <> '')
				then exists (select from team_members m join teams o on o.id = m.team_id where m.person_id = p.id and o.code = $2)
				else p.roles && $3 end`, tx.Vendor, code, stringArray(roles))
}

// CommitReminder makes what time does to a question in one transaction, or
// nothing: Stale when the row is not at that version any more.
func (s *Store) CommitReminder(ctx context.Context, vendor, id uuid.UUID, expected int64, do func(*Tx, Ticket, *Collaboration) error,
) (outcome ticket.Outcome, r Collaboration, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		if r, err = tx.Collaboration(ctx, id); err != nil {
			return err
		}
		t, err := tx.LockTicket(ctx, r.TicketID)
		if err != nil {
			return err
		}
		if r, err = tx.Collaboration(ctx, id); err != nil {
			return err
		}
		if outcome = ticket.Stale; r.Version != expected {
			return nil
		}
		outcome = ticket.Applied
		r.Version++
		if err := do(tx, t, &r); err != nil {
			return err
		}
		return tx.UpdateCollaboration(ctx, r)
	})
	return outcome, r, err
}
