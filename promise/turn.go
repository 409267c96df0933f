package promise

import (
	"context"
	"slices"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// followers are the states of a ticket that follow what hangs on it.
var followers = []ticket.State{ticket.Triaged, ticket.InProgress, ticket.WaitingForCustomer, ticket.WaitingInside}

// Turn moves a locked ticket with what it waits for: to its assignee when that is
// decided, back inside when the decision is undone. What is closed or taken back
// stays that. The row is written by whoever calls.
func Turn(ctx context.Context, tx *store.Tx, s policy.Settings, of *store.Ticket, c ticket.Command, at time.Time, to ticket.State) error {
	of.UpdatedAt = at
	if !slices.Contains(followers, of.State) {
		return nil
	}
	c.Action = ticket.ActFollow
	t := ticket.Transition{Command: c, Vendor: of.VendorID.String(), Ticket: of.ID.String(), From: of.State, To: to, At: at}
	of.State, of.Waiting, of.Resume = to, "", ""
	if c.Actor.Side == ticket.Staff && of.AcknowledgedAt == nil {
		of.AcknowledgedAt = &at
	}
	if !Moves(t) {
		return Move(of, t, nil, s)
	}
	if err := tx.AppendLedger(ctx, of.ID, store.LedgerLine{From: at, Standing: to.Standing(), Cause: string(t.Action)}); err != nil {
		return err
	}
	ledger, err := tx.Ledger(ctx, of.ID)
	if err != nil {
		return err
	}
	return Move(of, t, ledger, s)
}
