package activities

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// What a ticket and its QA review mean to each other: as with service requests,
// both rows change in one transaction, under the lock of the ticket's (decision
// 019).

// PathDefect is the path that quality assurance reviews.
const PathDefect = "defect"

// reviewing is what a transition of a ticket does to its QA review.
type reviewing struct {
	changed *store.QAReview // it waits, goes on, or ends
	created *store.QAReview
}

// reviewOf finds what a transition of the locked ticket does to its review, and
// what that does to the transition. w is what it does to service requests.
func reviewOf(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t *ticket.Transition, w work) (r reviewing, err error) {
	if row.Path != PathDefect && (t.Action != ticket.ActTriage || t.Triage.Path != PathDefect) {
		return r, nil
	}
	open, err := tx.OpenQAReview(ctx, row.ID)
	if err != nil {
		return r, err
	}
	switch {
	case t.Action == ticket.ActTriage && t.Triage.Path == PathDefect:
		if open == nil && row.Path != PathDefect {
			return begun(ctx, tx, vendor, row, t)
		}
	case t.Action == ticket.ActReopen && t.Fails != "" && open == nil: // what was shipped fails
		return begun(ctx, tx, vendor, row, t)
	case open == nil:
	case t.Action == ticket.ActTriage:
		open.State, r.changed = qa.Cancelled, open
		if w.created == nil {
			t.To, t.Waiting, t.Resume = ticket.Triaged, "", ""
		}
	case t.Action == ticket.ActWithdraw:
		open.State, r.changed = qa.Cancelled, open
	case t.Action == ticket.ActAskInformation:
		open.State, r.changed = qa.WaitingForInformation, open
	case t.Action == ticket.ActGiveInformation && open.State == qa.WaitingForInformation:
		open.State, r.changed = qa.InReview, open
	}
	return r, nil
}

// resumes is who goes on with a review that was waiting for the customer.
func (r reviewing) resumes() []uuid.UUID {
	if r.changed == nil || r.changed.State != qa.InReview || r.changed.AssigneeID == nil {
		return nil
	}
	return []uuid.UUID{*r.changed.AssigneeID}
}

// begun is a review that the ticket now waits for.
func begun(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t *ticket.Transition) (r reviewing, err error) {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return r, err
	}
	r.created = &store.QAReview{
		ID: store.QAReviewID(row.ID, t.Key), VendorID: vendor.ID, TicketID: row.ID, Version: 1, State: qa.Open,
		Team: vendor.Settings.Path(PathDefect).Team, CreatedBy: by, CreatedAt: t.At, UpdatedAt: t.At, PolicyVersion: row.PolicyVersion,
	}
	if r.created.AssigneeID, err = assignment.PickReviewer(ctx, tx, vendor.Settings, r.created.Team, t.At); err != nil {
		return r, err
	}
	t.To, t.Waiting, t.Resume = ticket.WaitingInside, "", ""
	r.created.Number, err = tx.NextReviewNumber(ctx, t.At.In(vendor.Settings.Location()).Year())
	return r, err
}

// keep writes what was found: rows, the count of what hangs, the history of what
// begins or ends, its workflow's start or poke, and who is told.
func (r reviewing) keep(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) (err error) {
	what := ""
	one := r.changed
	switch {
	case r.changed != nil:
		one.Version++
		one.UpdatedAt = t.At
		if one.State == qa.Cancelled {
			one.EndedAt, what = &t.At, "review_cancelled"
		}
		if err := tx.UpdateQAReview(ctx, *one); err != nil {
			return err
		}
		if err := tx.PokeWork(ctx, store.WorkReview, one.ID, one.Version, &row.ID); err != nil {
			return err
		}
	case r.created != nil:
		one, what = r.created, "review_created"
		if err := tx.InsertQAReview(ctx, *one); err != nil {
			return err
		}
		if err := tx.StartWork(ctx, store.WorkReview, one.ID, &row.ID); err != nil {
			return err
		}
	}
	if what == "" {
		return nil
	}
	if row.Hanging, err = tx.Hanging(ctx, row.ID); err != nil {
		return err
	}
	if err := reviewEvent(ctx, tx, *row, *one, what, t.Actor, t.At); err != nil || r.created == nil {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: *row}.ReviewAssigned(ctx, tx, *one, "review/"+one.ID.String(), t.Actor, t.At)
}

// reviewEvent is a line of the ticket's history; staff alone see what happens to
// a review, but that there is one.
func reviewEvent(ctx context.Context, tx *store.Tx, row store.Ticket, r store.QAReview, what string, by ticket.Actor, at time.Time) error {
	facts := map[string]any{"review_id": r.ID, "number": r.Number, "review_to": r.State}
	if r.Verdict != "" {
		facts["verdict"] = r.Verdict
	}
	data, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	e := store.Event{TicketID: row.ID, Version: row.Version, Kind: what, Public: what == "review_created", At: at, Data: data}
	if id, err := uuid.Parse(by.ID); err == nil {
		e.ActorID = &id
	}
	return tx.InsertEvent(ctx, e)
}
