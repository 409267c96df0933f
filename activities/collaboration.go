package activities

import (
	"context"
	"encoding/json"
	"time"

	"github.com/casepath/casepath/collaboration"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// Collaborations are the local activities of the Collaboration workflow.
type Collaborations struct {
	Store *store.Store
}

// CollaborationRef names a question to colleagues and its vendor.
type CollaborationRef struct{ Vendor, ID string }

// CollaborationResult is the row after a commit, whatever its outcome.
type CollaborationResult struct {
	Outcome ticket.Outcome
	Row     collaboration.Snapshot
}

// LoadCollaboration reads the row. NotFound is permanent.
func (a *Collaborations) LoadCollaboration(ctx context.Context, ref CollaborationRef) (collaboration.Snapshot, error) {
	id, vendor, err := named(ctx, a.Store, ref.Vendor, ref.ID)
	if err != nil {
		return collaboration.Snapshot{}, AsApplication(err)
	}
	var row store.Collaboration
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		row, err = tx.Collaboration(ctx, id)
		return err
	})
	return row.Snapshot(), AsApplication(err)
}

// CommitCollaboration makes what time does: who is asked and who asks are
// reminded, once. Stale is a result, not an error.
func (a *Collaborations) CommitCollaboration(ctx context.Context, t collaboration.Transition) (CollaborationResult, error) {
	id, vendor, err := named(ctx, a.Store, t.Vendor, t.ID)
	if err != nil {
		return CollaborationResult{}, AsApplication(err)
	}
	outcome, row, err := a.Store.CommitReminder(ctx, vendor.ID, id, t.Expected, func(tx *store.Tx, of store.Ticket, r *store.Collaboration) error {
		pinned, err := tx.Pinned(ctx, vendor, r.PolicyVersion)
		if err != nil {
			return err
		}
		r.RemindAt = nil
		return notice.About{Vendor: pinned, Ticket: of}.ColleagueReminded(ctx, tx, *r, t.At)
	})
	telemetry.Note(ctx, "outcome", string(outcome))
	return CollaborationResult{Outcome: outcome, Row: row.Snapshot()}, AsApplication(err)
}

// questions are what a ticket asks colleagues.
type questions struct{}

// keep takes back what a locked ticket still asks colleagues when its customer
// withdraws it, and counts what hangs on it anew.
func (questions) keep(ctx context.Context, tx *store.Tx, _ store.Vendor, row *store.Ticket, t ticket.Transition) error {
	if t.Action != ticket.ActWithdraw {
		return nil
	}
	open, err := tx.OpenCollaborations(ctx, row.ID)
	if err != nil || len(open) == 0 {
		return err
	}
	for _, r := range open {
		if err := endQuestion(ctx, tx, *row, r, t.At); err != nil {
			return err
		}
	}
	row.Hanging, err = tx.Hanging(ctx, row.ID)
	return err
}

func endQuestion(ctx context.Context, tx *store.Tx, row store.Ticket, r store.Collaboration, at time.Time) error {
	r.Version++
	r.State, r.EndedAt, r.RemindAt = collaboration.TakenBack, &at, nil
	if err := tx.UpdateCollaboration(ctx, r); err != nil {
		return err
	}
	if err := tx.PokeWork(ctx, store.WorkCollaboration, r.ID, r.Version, &row.ID); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"collaboration_id": r.ID})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: row.ID, Version: row.Version, Kind: "question_ended", At: at, Data: data})
}
