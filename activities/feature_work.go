package activities

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/casepath/casepath/roadmap"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// suggesting is what a transition of a ticket does to the feature it asks for:
// until product management has decided, the ticket waits.
type suggesting struct {
	begins bool
	leaves bool
}

// suggestedOf finds what a transition of the locked ticket does to the feature it
// asks for, and what that does to the transition.
func suggestedOf(ctx context.Context, tx *store.Tx, row *store.Ticket, t *ticket.Transition) (s suggesting, err error) {
	wanted := t.Action == ticket.ActTriage && t.Triage.Path == roadmap.Path
	switch {
	case wanted && row.Path != roadmap.Path:
		t.To, t.Waiting, t.Resume = ticket.WaitingInside, "", ""
		s.begins = true
	case row.Path == roadmap.Path && (t.Action == ticket.ActWithdraw || t.Action == ticket.ActTriage && !wanted):
		vote, err := tx.FeatureVoteOfTicket(ctx, row.ID)
		if err != nil || vote == nil {
			return s, err
		}
		s.leaves = true
		if t.Action == ticket.ActTriage && vote.Answer == "" {
			released(row, t)
		}
	}
	return s, nil
}

// keep writes what was found, and the count of what hangs.
func (s suggesting) keep(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) (err error) {
	if !s.begins && !s.leaves {
		return nil
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	if s.leaves {
		if _, err := roadmap.Leave(ctx, tx, *row, &by, t.At); err != nil {
			return err
		}
		row.Hanging, err = tx.Hanging(ctx, row.ID)
		return err
	}
	f, err := newFeature(ctx, tx, vendor, row, by, t)
	if err != nil {
		return err
	}
	if err := roadmap.Begin(ctx, tx, vendor, f, *row); err != nil {
		return err
	}
	if row.Hanging, err = tx.Hanging(ctx, row.ID); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"number": f.Number, "feature_id": f.ID})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: row.ID, Version: row.Version, Kind: "feature_forwarded", Public: true, ActorID: &by, At: t.At, Data: data})
}

// newFeature is the feature a request asks for, in the words of who asks.
func newFeature(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, by uuid.UUID, t ticket.Transition) (*store.Feature, error) {
	request, err := tx.RequestRow(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	f := &store.Feature{ID: store.FeatureID(vendor.ID, t.Key), Title: row.Title, Body: wordsOf(vendor.Settings, request), CreatedBy: by, CreatedAt: t.At}
	f.PackageID, err = tx.PackageNamed(ctx, request.Package)
	return f, err
}
