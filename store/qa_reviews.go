package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/ticket"
)

// The kinds of work beside tickets and service requests: what a command moves,
// and whose workflow an effect is for.
const (
	WorkReview = "qa_review"
	WorkDev    = "dev_ticket"
	WorkNews   = "dev_news"
)

// QAReview is a QA review's row. Instants are UTC.
type QAReview struct {
	ID            uuid.UUID  `db:"id"`
	VendorID      uuid.UUID  `db:"vendor_id"`
	Number        string     `db:"number"`
	TicketID      uuid.UUID  `db:"ticket_id"`
	Version       int64      `db:"version"`
	State         qa.State   `db:"state"`
	Verdict       qa.Verdict `db:"verdict"`
	Findings      string     `db:"findings"` // what was tried, and what is to be said; for staff
	ReleaseID     *uuid.UUID `db:"release_id"`
	DevTicketID   *uuid.UUID `db:"dev_ticket_id"`
	AssigneeID    *uuid.UUID `db:"assignee_id"`
	Team          string     `db:"team"` // code of the pack's; "": none
	CreatedBy     uuid.UUID  `db:"created_by"`
	CreatedAt     time.Time  `db:"created_at"`
	UpdatedAt     time.Time  `db:"updated_at"`
	DecidedBy     *uuid.UUID `db:"decided_by"`
	EndedAt       *time.Time `db:"ended_at"`
	UndoUntil     *time.Time `db:"undo_until"`
	PolicyVersion string     `db:"policy_version"`
}

const reviewColumns = `id, vendor_id, number, ticket_id, version, state, verdict, findings, release_id, dev_ticket_id, assignee_id, team, created_by,
	created_at, updated_at, decided_by, ended_at, undo_until, policy_version`

// Snapshot is the row as its workflow may know it.
func (r QAReview) Snapshot() qa.Snapshot {
	return qa.Snapshot{
		Vendor: r.VendorID.String(), ID: r.ID.String(), Ticket: r.TicketID.String(), Number: r.Number, Version: r.Version, State: r.State,
		Verdict: r.Verdict, Assignee: idText(r.AssigneeID), UndoUntil: r.UndoUntil,
	}
}

// nextNumber takes the vendor's next number of a kind in a year: QA-2026-000123.
// Numbers rise; a transaction rolled back leaves a gap.
func (tx *Tx) nextNumber(ctx context.Context, kind, prefix string, year int) (string, error) {
	var n int64
	if err := tx.get(ctx, "take a number", &n, `select next_number($1, $2, $3)`, kind, tx.Vendor, year); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s-%d-%06d", prefix, year, n), nil
}

// NextReviewNumber takes the vendor's next number of a QA review.
func (tx *Tx) NextReviewNumber(ctx context.Context, year int) (string, error) {
	return tx.nextNumber(ctx, WorkReview, "QA", year)
}

// QAReviewID is the id of the review a command makes: a repeat makes the same.
func QAReviewID(ticketID uuid.UUID, key string) uuid.UUID {
	return uuid.NewSHA1(ticketID, []byte("qa_review/"+key))
}

// InsertQAReview adds a review to a ticket whose row is locked.
func (tx *Tx) InsertQAReview(ctx context.Context, r QAReview) error {
	return tx.exec(ctx, "insert review", `insert into qa_reviews (id, vendor_id, number, ticket_id, version, state, assignee_id, team, created_by, created_at,
			updated_at, policy_version)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)`,
		r.ID, tx.Vendor, r.Number, r.TicketID, r.Version, r.State, r.AssigneeID, r.Team, r.CreatedBy, r.CreatedAt, r.PolicyVersion)
}

// QAReview finds one of the vendor's; NotFound when there is none.
func (tx *Tx) QAReview(ctx context.Context, id uuid.UUID) (r QAReview, err error) {
	return r, tx.get(ctx, "find review", &r, `select `+reviewColumns+` from qa_reviews where id = $1`, id)
}

// QAReviewByNumber finds one by its number, in capitals.
func (tx *Tx) QAReviewByNumber(ctx context.Context, number string) (r QAReview, err error) {
	return r, tx.get(ctx, "find review by number", &r, `select `+reviewColumns+` from qa_reviews where number = $1`, number)
}

// QAReviewsOf are a ticket's, the newest first.
func (tx *Tx) QAReviewsOf(ctx context.Context, ticketID uuid.UUID) (list []QAReview, err error) {
	return list, tx.list(ctx, "list reviews of ticket", &list,
		`select `+reviewColumns+` from qa_reviews where ticket_id = $1 order by created_at desc, id desc`, ticketID)
}

// OpenQAReview is the one of a ticket that has not ended; nil for none.
func (tx *Tx) OpenQAReview(ctx context.Context, ticketID uuid.UUID) (*QAReview, error) {
	var list []QAReview
	err := tx.list(ctx, "find open review", &list, `select `+reviewColumns+` from qa_reviews where ticket_id = $1 and state not in ('done', 'cancelled')`, ticketID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// QAReviewFilter narrows a list of reviews; zero values do not.
type QAReviewFilter struct {
	States     []string
	AssigneeID *uuid.UUID
	BeforeAt   *time.Time // keyset: created before this instant and id
	BeforeID   uuid.UUID
	Limit      int
}

// QAReviews lists reviews, the newest first.
func (tx *Tx) QAReviews(ctx context.Context, f QAReviewFilter) (list []QAReview, err error) {
	args := arguments{tx.Vendor, f.Limit}
	where := []string{"vendor_id = $1"}
	if len(f.States) > 0 {
		where = append(where, "state = any("+args.add(stringArray(f.States))+")")
	}
	if f.AssigneeID != nil {
		where = append(where, "assignee_id = "+args.add(*f.AssigneeID))
	}
	if f.BeforeAt != nil {
		where = append(where, "(created_at, id) < ("+args.add(*f.BeforeAt)+", "+args.add(f.BeforeID)+")")
	}
	return list, tx.list(ctx, "list reviews", &list, `select `+reviewColumns+` from qa_reviews
		where `+strings.Join(where, " and ")+` order by created_at desc, id desc limit $2`, args...)
}

// TicketsWith finds tickets by id, in no order; those that are missing are left
// out.
func (tx *Tx) TicketsWith(ctx context.Context, ids []uuid.UUID) (list []Ticket, err error) {
	return list, tx.list(ctx, "find tickets", &list, `select `+ticketColumns+` from tickets where id = any($1)`, pq.Array(ids))
}

// UpdateQAReview writes one back whose ticket's row is locked. r.Version is the
// new version and must follow the one in the database.
func (tx *Tx) UpdateQAReview(ctx context.Context, r QAReview) error {
	return tx.change(ctx, "update review", `update qa_reviews set version = $2, state = $3, verdict = $4, findings = $5, release_id = $6, dev_ticket_id = $7,
		assignee_id = $8, team = $9, updated_at = $10, decided_by = $11, ended_at = $12, undo_until = $13 where id = $1 and version = $2 - 1`,
		r.ID, r.Version, r.State, r.Verdict, r.Findings, r.ReleaseID, r.DevTicketID, r.AssigneeID, r.Team, r.UpdatedAt, r.DecidedBy, r.EndedAt, r.UndoUntil)
}

// ReviewChange is one transition of a review to be committed: of a person.
type ReviewChange struct {
	Ticket, Review uuid.UUID
	Key            string // identity of the command
	Expected       int64  // version the decision was made on
	// Apply changes both locked rows and writes what belongs to them. The versions
	// are set for it.
	Apply func(tx *Tx, t *Ticket, r *QAReview, body json.RawMessage) error
}

// CommitReview makes one transition of a review in one transaction, with what it
// means to its ticket, or nothing. The ticket's row has a new version too, and
// its workflow is poked. It is safe to repeat with the same key. The row
// returned is as it is afterwards.
func (s *Store) CommitReview(ctx context.Context, vendor uuid.UUID, c ReviewChange) (outcome ticket.Outcome, r QAReview, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		t, err := tx.LockTicket(ctx, c.Ticket)
		if err != nil {
			return err
		}
		if r, err = tx.QAReview(ctx, c.Review); err != nil {
			return err
		}
		command, err := tx.pending(ctx, c.Key, true)
		switch {
		case err != nil:
			return err
		case command.CommittedAt != nil:
			outcome = ticket.AlreadyApplied
			return nil
		case r.Version != c.Expected:
			outcome = ticket.Stale
			return nil
		}
		outcome = ticket.Applied
		r.Version++
		t.Version++
		if err := c.Apply(tx, &t, &r, command.Body); err != nil {
			return err
		}
		if err := tx.UpdateQAReview(ctx, r); err != nil {
			return err
		}
		if err := tx.UpdateTicket(ctx, t); err != nil {
			return err
		}
		if err := tx.PokeTicket(ctx, t.ID, t.Version); err != nil {
			return err
		}
		return tx.markWorkCommitted(ctx, c.Key, c.Review, r.Version)
	})
	return outcome, r, err
}

func (tx *Tx) markWorkCommitted(ctx context.Context, key string, id uuid.UUID, version int64) error {
	return tx.change(ctx, "mark command committed",
		`update commands set committed_at = now(), object_id = $2, version = $3, body = null where key = $1`, key, id, version)
}

// ConfirmWork notes that the workflow of a review or a dev ticket has read its
// row and knows every transition up to that version.
func (tx *Tx) ConfirmWork(ctx context.Context, id uuid.UUID, version int64) error {
	return tx.exec(ctx, "confirm commands", `update commands set confirmed_at = now()
		where work_id = $1 and committed_at is not null and confirmed_at is null and version <= $2`, id, version)
}

// StartWork begins the workflow of a review, a dev ticket or news. ticketID is
// the ticket it is about, if it is about one.
func (tx *Tx) StartWork(ctx context.Context, kind string, id uuid.UUID, ticketID *uuid.UUID) error {
	return tx.workEffect(ctx, EffectStart, fmt.Sprintf("start/%s/%s", kind, id), kind, id, ticketID)
}

// StartAgain starts the workflow of a row of any kind anew, though it was started
// before, once for each reason.
func (tx *Tx) StartAgain(ctx context.Context, kind string, id uuid.UUID, reason string) error {
	start := Start{ID: &id, Again: true}
	if kind != WorkTicket {
		start.Workflow = kind
	}
	payload, err := json.Marshal(start)
	if err != nil {
		return err
	}
	return tx.InsertEffect(ctx, Effect{Kind: EffectStart, Key: fmt.Sprintf("start/%s/%s/again/%s", kind, id, reason), TicketID: &id, Payload: payload})
}

// PokeWork has the workflow of a review or a dev ticket read its row, which
// something else has moved to that version.
func (tx *Tx) PokeWork(ctx context.Context, kind string, id uuid.UUID, version int64, ticketID *uuid.UUID) error {
	return tx.workEffect(ctx, EffectSignal, fmt.Sprintf("signal/%s/%s/%d", kind, id, version), kind, id, ticketID)
}

func (tx *Tx) workEffect(ctx context.Context, effect EffectKind, key, kind string, id uuid.UUID, ticketID *uuid.UUID) error {
	payload, err := json.Marshal(Start{Workflow: kind, ID: &id})
	if err != nil {
		return err
	}
	return tx.InsertEffect(ctx, Effect{Kind: effect, Key: key, TicketID: ticketID, Payload: payload})
}
