package invoicing

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Reversal is what a credit note is made of.
type Reversal struct {
	Invoice uuid.UUID
	Reason  string
	At      time.Time
	By      uuid.UUID
}

// Credit takes an invoice back, whole, by a credit note with a number of its
// own: line by line and tax by tax both together are nothing, and what was billed
// may be billed again. Conflict "invoice_credited" when one has done so, and
// "invoice_is_credit_note". It locks the ticket, and last the counter.
func Credit(ctx context.Context, tx *store.Tx, vendor store.Vendor, r Reversal) (store.Invoice, error) {
	of, t, err := Lock(ctx, tx, r.Invoice)
	if err != nil {
		return of, err
	}
	switch {
	case of.Kind == store.KindCreditNote:
		return of, problem.New(problem.Conflict, "invoice_is_credit_note", nil)
	case of.CreditID != nil:
		return of, problem.New(problem.Conflict, "invoice_credited", nil)
	}
	note := of
	note.ID, note.Kind, note.Credits, note.AfterCredit, note.DueOn = store.NewID(), store.KindCreditNote, &of.ID, nil, nil
	date(&note, vendor, r.At)
	note.DueOn, note.Reason, note.IssuedBy = nil, r.Reason, &r.By
	note.Lines, note.Taxes = nil, nil
	fill(&note, billed(of).Credit(), nil)
	for n := range note.Taxes {
		note.Taxes[n].Registration = of.Taxes[n].Registration
	}
	return issue(ctx, tx, vendor, t, note)
}

// Lock is an invoice whose ticket is locked until the transaction ends, so that
// nobody else credits it or notes a payment.
func Lock(ctx context.Context, tx *store.Tx, id uuid.UUID) (i store.Invoice, t store.Ticket, err error) {
	if i, err = tx.Invoice(ctx, id); err != nil {
		return i, t, err
	}
	if t, err = tx.LockTicket(ctx, i.TicketID); err != nil {
		return i, t, err
	}
	i, err = tx.Invoice(ctx, id)
	return i, t, err
}
