package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// joins says whether a transition is about two tickets.
func joins(a ticket.Action) bool { return a == ticket.ActMerge || a == ticket.ActUnmerge }

// with is the ticket that has to be locked with that of a transition; nil for
// none.
func with(t ticket.Transition) (*uuid.UUID, error) {
	if !joins(t.Action) {
		return nil, nil //nolint:nilnil // said above
	}
	id, err := uuid.Parse(t.Target)
	if err != nil {
		return nil, problem.Missing() // for good: trying again would not help
	}
	return &id, nil
}

// join is the ticket that a locked one is merged into, or goes on without, both
// as they are now; nil for any other transition.
func join(ctx context.Context, tx *store.Tx, row store.Ticket, t ticket.Transition) (*store.Ticket, error) {
	id, err := with(t)
	if err != nil || id == nil {
		return nil, err
	}
	other, err := tx.Ticket(ctx, *id)
	if err != nil {
		return nil, err
	}
	if t.Action == ticket.ActMerge {
		return &other, store.Mergeable(row, other)
	}
	if row.MergedInto == nil || *row.MergedInto != other.ID {
		return nil, problem.New(problem.Conflict, "merged_meanwhile", problem.Args{"number": row.Number})
	}
	return &other, nil
}

// setMerged is the row after a merge, or its undoing: what was answered and would
// have closed by itself has its whole time again.
func setMerged(row *store.Ticket, t ticket.Transition, s policy.Settings) error {
	if t.Action == ticket.ActMerge {
		into, err := with(t)
		row.MergedInto, row.MergedFrom, row.ReopenUntil = into, t.From, s.UnmergeUntil(t.At)
		return err
	}
	row.MergedInto, row.MergedFrom, row.ReopenUntil = nil, "", nil
	if row.AutoCloseAt != nil {
		row.AutoCloseAt = s.AutoClose(t.At)
	}
	return nil
}

// merge keeps that a ticket goes on as another one, or by itself again: the
// link, who watches, what it had taken from its contract, and the history of
// the other.
func merge(ctx context.Context, tx *store.Tx, vendor store.Vendor, row, other store.Ticket, t ticket.Transition, reason string) error {
	by, err := uuid.Parse(t.Actor.ID)
	if err != nil {
		return fmt.Errorf("actor %q: %w", t.Actor.ID, err)
	}
	kind := "merged_here"
	if t.Action == ticket.ActMerge {
		err = begin(ctx, tx, vendor, row, other, t, store.TicketLink{
			ID: store.NewID(), From: row.ID, To: other.ID, Kind: store.LinkMerged, Reason: reason, ByID: by, At: t.At,
		})
	} else {
		kind = "unmerged_here"
		err = undo(ctx, tx, row, t, by)
	}
	if err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"ticket_id": row.ID, "number": row.Number})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: other.ID, Version: other.Version, Kind: kind, Public: true, ActorID: &by, At: t.At, Data: data})
}

func begin(ctx context.Context, tx *store.Tx, vendor store.Vendor, row, other store.Ticket, t ticket.Transition, link store.TicketLink) (err error) {
	if row.ContractID != nil {
		terms, err := tx.TermsOf(ctx, row)
		if err != nil {
			return err
		}
		if why := vendor.Settings.TicketsOf(terms).ReleasesMerged(); why != "" {
			if link.Released, err = tx.GiveBack(ctx, row.ID, why, other.Number, t.At, &link.ByID); err != nil {
				return err
			}
		}
	}
	if err := tx.InsertTicketLink(ctx, link); err != nil {
		return err
	}
	return tx.WatchMerged(ctx, row.ID, other, link.ByID, t.At)
}

func undo(ctx context.Context, tx *store.Tx, row store.Ticket, t ticket.Transition, by uuid.UUID) error {
	link, err := tx.MergeOf(ctx, row.ID)
	if err != nil {
		return err
	}
	if err := tx.RemoveTicketLink(ctx, link.ID, by, t.At); err != nil {
		return err
	}
	if err := tx.UnwatchMerged(ctx, row.ID); err != nil || !link.Released {
		return err
	}
	return tx.Retake(ctx, row.ID, policy.AtZeroOverrun, t.At, &by)
}
