package activities

import (
	"context"

	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// clocks takes the ticket's clocks and its ledger through a transition.
func clocks(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, before store.Ticket, t ticket.Transition) error {
	var ledger []store.LedgerLine
	// While it was merged, its contract may have changed.
	aimed := t.Action == ticket.ActTriage && row.Severity != before.Severity || t.Action == ticket.ActUnmerge && promise.Moves(t)
	if promise.Moves(t) {
		line := store.LedgerLine{From: t.At, Standing: t.To.Standing(), Cause: string(t.Action)}
		if err := tx.AppendLedger(ctx, row.ID, line); err != nil {
			return err
		}
	}
	if len(row.Clocks) > 0 && promise.Moves(t) || aimed {
		var err error
		if ledger, err = tx.Ledger(ctx, row.ID); err != nil {
			return err
		}
	}
	if err := promise.Move(row, t, ledger, vendor.Settings); err != nil || !aimed {
		return err
	}
	terms, err := tx.TermsOf(ctx, *row)
	if err != nil {
		return err
	}
	return promise.Aim(row, ledger, vendor.Settings, terms)
}
