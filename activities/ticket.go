// Package activities holds the commits and questions workflows need answered.
// They never decide the process and never send anything: what leaves goes
// through the outbox of the same transaction.
package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// Tickets are the local activities of the Ticket workflow.
type Tickets struct {
	Store *store.Store
}

// TicketRef names a ticket and its vendor.
type TicketRef struct{ Vendor, Ticket string }

// CommitResult is the row after a commit, whatever its outcome.
type CommitResult struct {
	Outcome ticket.Outcome
	Row     ticket.Snapshot
}

// LoadTicket reads the row and confirms every transition it shows: the
// workflow knows them now. NotFound is permanent.
func (a *Tickets) LoadTicket(ctx context.Context, ref TicketRef) (ticket.Snapshot, error) {
	id, vendor, err := a.parties(ctx, ref)
	if err != nil {
		return ticket.Snapshot{}, AsApplication(err)
	}
	var row store.Ticket
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		if row, err = tx.Ticket(ctx, id); err != nil {
			return err
		}
		return tx.ConfirmAll(ctx, id, row.Version)
	})
	return a.snapshot(ctx, vendor, row, err)
}

// snapshot is a row as its workflow may know it, by the settings it is pinned
// to.
func (a *Tickets) snapshot(ctx context.Context, vendor store.Vendor, row store.Ticket, err error) (ticket.Snapshot, error) {
	if err == nil {
		vendor, err = a.Store.Pinned(ctx, vendor, row.PolicyVersion)
	}
	return row.Snapshot(vendor.Settings.CloseOnAnswer), AsApplication(err)
}

// CommitTransition makes a decided transition in one transaction, once for
// its key. Stale and already applied are results, not errors.
func (a *Tickets) CommitTransition(ctx context.Context, t ticket.Transition) (CommitResult, error) {
	id, vendor, err := a.parties(ctx, TicketRef{Vendor: t.Vendor, Ticket: t.Ticket})
	if err != nil {
		return CommitResult{}, AsApplication(err)
	}
	other, err := with(t)
	if err != nil {
		return CommitResult{}, AsApplication(err)
	}
	outcome, row, err := a.Store.Commit(ctx, vendor.ID, store.Change{
		Ticket: id, With: other, Key: t.Key, Expected: t.Expected, Action: string(t.Action), Human: t.Actor.Side != ticket.System,
		Apply: func(tx *store.Tx, row *store.Ticket, body json.RawMessage) error {
			pinned, err := tx.Pinned(ctx, vendor, row.PolicyVersion)
			if err != nil {
				return err
			}
			return apply(ctx, tx, pinned, row, t, body)
		},
	})
	telemetry.Note(ctx, "ticket", row.Number)
	telemetry.Note(ctx, "outcome", string(outcome))
	snapshot, err := a.snapshot(ctx, vendor, row, err)
	return CommitResult{Outcome: outcome, Row: snapshot}, err
}

func (a *Tickets) parties(ctx context.Context, ref TicketRef) (uuid.UUID, store.Vendor, error) {
	vendorID, err := uuid.Parse(ref.Vendor)
	if err != nil {
		return uuid.Nil, store.Vendor{}, fmt.Errorf("vendor id: %w", err)
	}
	id, err := uuid.Parse(ref.Ticket)
	if err != nil {
		return uuid.Nil, store.Vendor{}, fmt.Errorf("ticket id: %w", err)
	}
	vendor, err := a.Store.Vendor(ctx, vendorID)
	return id, vendor, err
}
