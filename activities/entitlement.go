package activities

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// entitlement settles what a ticket took from its contract: it is used with the
// first answer, or when the ticket is withdrawn; unless the plan gives a
// withdrawn ticket back.
func entitlement(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, before store.Ticket, t ticket.Transition) error {
	answered := before.AnsweredAt == nil && row.AnsweredAt != nil
	withdrawn := before.State != ticket.Withdrawn && row.State == ticket.Withdrawn
	if row.ContractID == nil || !answered && !withdrawn {
		return nil
	}
	var by *uuid.UUID
	if id, err := uuid.Parse(t.Actor.ID); err == nil {
		by = &id
	}
	if withdrawn {
		terms, err := tx.TermsOf(ctx, *row)
		if err != nil {
			return err
		}
		if tickets := vendor.Settings.TicketsOf(terms); tickets != nil && tickets.Releases("withdrawn") {
			_, err := tx.GiveBack(ctx, row.ID, "withdrawn", "", t.At, by)
			return err
		}
	}
	return tx.Use(ctx, row.ID, t.At, by)
}
