package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/development"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// QAReviews are the local activities of the QAReview workflow.
type QAReviews struct {
	Store *store.Store
}

// ReviewRef names a review and its vendor.
type ReviewRef struct{ Vendor, Review string }

// ReviewResult is the row after a commit, whatever its outcome.
type ReviewResult struct {
	Outcome ticket.Outcome
	Row     qa.Snapshot
}

// LoadReview reads the row and confirms every transition it shows: the workflow
// knows them now. NotFound is permanent.
func (a *QAReviews) LoadReview(ctx context.Context, ref ReviewRef) (qa.Snapshot, error) {
	id, vendor, err := named(ctx, a.Store, ref.Vendor, ref.Review)
	if err != nil {
		return qa.Snapshot{}, AsApplication(err)
	}
	var row store.QAReview
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		if row, err = tx.QAReview(ctx, id); err != nil {
			return err
		}
		return tx.ConfirmWork(ctx, id, row.Version)
	})
	return row.Snapshot(), AsApplication(err)
}

// CommitReview makes a decided transition in one transaction, once for its key,
// with what it means to the ticket. Stale and already applied are results, not
// errors.
func (a *QAReviews) CommitReview(ctx context.Context, t qa.Transition) (ReviewResult, error) {
	id, vendor, err := named(ctx, a.Store, t.Vendor, t.Review)
	if err != nil {
		return ReviewResult{}, AsApplication(err)
	}
	ticketID, err := uuid.Parse(t.Ticket)
	if err != nil {
		return ReviewResult{}, AsApplication(fmt.Errorf("ticket id: %w", err))
	}
	outcome, row, err := a.Store.CommitReview(ctx, vendor.ID, store.ReviewChange{
		Ticket: ticketID, Review: id, Key: t.Key, Expected: t.Expected,
		Apply: func(tx *store.Tx, of *store.Ticket, row *store.QAReview, body json.RawMessage) error {
			pinned, err := tx.Pinned(ctx, vendor, row.PolicyVersion)
			if err != nil {
				return err
			}
			return applyReview(ctx, tx, pinned, of, row, t, body)
		},
	})
	telemetry.Note(ctx, "qa_review", row.Number)
	telemetry.Note(ctx, "outcome", string(outcome))
	return ReviewResult{Outcome: outcome, Row: row.Snapshot()}, AsApplication(err)
}

// named is a vendor and the id of something of it.
func named(ctx context.Context, s *store.Store, vendor, of string) (id uuid.UUID, v store.Vendor, err error) {
	vendorID, err := uuid.Parse(vendor)
	if err != nil {
		return id, v, fmt.Errorf("vendor id: %w", err)
	}
	if id, err = uuid.Parse(of); err != nil {
		return id, v, fmt.Errorf("id: %w", err)
	}
	v, err = s.Vendor(ctx, vendorID)
	return id, v, err
}

// applyReview writes a transition into the locked row and its ticket's.
func applyReview(ctx context.Context, tx *store.Tx, vendor store.Vendor, of *store.Ticket, r *store.QAReview, t qa.Transition, body json.RawMessage) (err error) {
	var written qa.Written
	if len(body) > 0 {
		if err := json.Unmarshal(body, &written); err != nil {
			return fmt.Errorf("read command %s: %w", t.Key, err)
		}
	}
	r.State, r.UpdatedAt = t.To, t.At
	switch t.Action {
	case qa.ActVerdict:
		err = verdict(ctx, tx, vendor, of, r, t, written)
	case qa.ActUndo:
		err = takeBack(ctx, tx, vendor, of, r, t)
	case qa.ActReassign:
		err = reassignReview(ctx, tx, vendor, *of, r, t)
	case qa.ActBegin:
		if r.AssigneeID == nil { // whoever begins it has it
			by, err := personOf(t.Actor.ID)
			if err != nil {
				return err
			}
			r.AssigneeID = &by
		}
	}
	if err != nil {
		return err
	}
	return reviewEvent(ctx, tx, *of, *r, string(t.Action), t.Actor, t.At)
}

func reassignReview(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r *store.QAReview, t qa.Transition) (err error) {
	if t.Assignee == "" { // its team finds somebody
		r.AssigneeID, err = assignment.PickReviewer(ctx, tx, vendor.Settings, r.Team, t.At)
	} else {
		var person uuid.UUID
		person, err = personOf(t.Assignee)
		r.AssigneeID = &person
	}
	if err != nil {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: of}.ReviewAssigned(ctx, tx, *r, t.Key, t.Actor, t.At)
}

// verdict ends a review: the ticket is its assignee's again, who is told what
// was found.
func verdict(ctx context.Context, tx *store.Tx, vendor store.Vendor, of *store.Ticket, r *store.QAReview, t qa.Transition, w qa.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	r.Verdict, r.Findings, r.DecidedBy, r.EndedAt = t.Verdict, w.Text, &by, &t.At
	told := notice.Finding{By: by, Text: w.Text, Event: t.Key, At: t.At}
	if t.Verdict == qa.SolvedIn {
		id, err := personOf(t.Release)
		if err != nil {
			return err
		}
		release, err := tx.Release(ctx, id)
		if err != nil {
			return err
		}
		r.ReleaseID, told.Release = &id, release.Number
	}
	dev, err := found(ctx, tx, vendor, *of, r, t, w)
	if err != nil {
		return err
	}
	if dev != nil {
		r.DevTicketID, told.Dev = &dev.ID, dev
	}
	if err := tx.InsertDecision(ctx, store.Decision{
		ID: store.NewID(), TicketID: of.ID, Object: store.WorkReview, ObjectID: r.ID, Version: r.Version, Question: "verdict", Answer: string(t.Verdict),
		PersonID: &by, Body: w.Text, Channel: w.Channel, IP: w.IP, At: t.At,
	}); err != nil {
		return err
	}
	of.Hanging--
	if err := promise.Turn(ctx, tx, vendor.Settings, of, ticket.Command{Key: t.Key, Actor: t.Actor}, t.At, ticket.InProgress); err != nil {
		return err
	}
	told.Review = *r
	return notice.About{Vendor: vendor, Ticket: *of}.ReviewDecided(ctx, tx, told)
}

// found is the dev ticket of a verdict, linked with the ticket: the one that was
// known, or one that is made; nil where there is none.
func found(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r *store.QAReview, t qa.Transition, w qa.Written) (*store.DevTicket, error) {
	var dev store.DevTicket
	switch t.Verdict {
	case qa.Known:
		id, err := personOf(t.Dev)
		if err != nil {
			return nil, err
		}
		if dev, err = tx.LockDevTicket(ctx, id); err != nil {
			return nil, err
		}
		if dev.State == devticket.Refused {
			return nil, problem.New(problem.Conflict, "dev_refused", problem.Args{"number": dev.Number})
		}
		until := t.At.Add(qa.UndoFor)
		r.UndoUntil = &until
	case qa.New:
		request, err := tx.RequestRow(ctx, of.ID)
		if err != nil {
			return nil, err
		}
		dev = store.DevTicket{ID: store.DevTicketID(vendor.ID, t.Key), Title: w.Title, Body: w.Body, CreatedBy: *r.DecidedBy, CreatedAt: t.At}
		if dev.PackageID, err = tx.PackageNamed(ctx, request.Package); err != nil {
			return nil, err
		}
		if err := development.Make(ctx, tx, vendor, &dev); err != nil {
			return nil, err
		}
	default:
		return nil, nil //nolint:nilnil // said above
	}
	return &dev, tx.LinkDev(ctx, store.DevLink{ID: store.NewID(), DevID: dev.ID, TicketID: of.ID, ReviewID: &r.ID, LinkedBy: *r.DecidedBy, LinkedAt: t.At})
}

// takeBack takes the ticket off the dev ticket it was found to be known as: it is
// reviewed again. Conflict when its customers were told of that meanwhile, or
// the ticket has gone on.
func takeBack(ctx context.Context, tx *store.Tx, vendor store.Vendor, of *store.Ticket, r *store.QAReview, t qa.Transition) error {
	stands := problem.New(problem.Conflict, "verdict_stands", problem.Args{"number": r.Number})
	if of.State != ticket.InProgress {
		return stands
	}
	open, err := tx.OpenQAReview(ctx, of.ID)
	if err != nil {
		return err
	}
	undone, err := tx.UnlinkDev(ctx, r.ID)
	switch {
	case err != nil:
		return err
	case !undone, open != nil:
		return stands
	}
	r.Verdict, r.Findings, r.DevTicketID, r.DecidedBy, r.EndedAt, r.UndoUntil = "", "", nil, nil, nil, nil
	of.Hanging++
	return promise.Turn(ctx, tx, vendor.Settings, of, ticket.Command{Key: t.Key, Actor: t.Actor}, t.At, ticket.WaitingInside)
}
