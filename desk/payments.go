package desk

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// ReferenceMax is how long a payment's reference may be, in characters.
const ReferenceMax = 200

// PaymentInput is what billing staff note of money that came in.
type PaymentInput struct {
	Amount    string // "251.51"
	Currency  string // ISO 4217; the invoice's
	PaidOn    string // a day, 2026-12-01, no later than today in the vendor's zone
	How       string // one of store.PaymentWays
	Reference string
}

// RecordPayment notes what was paid of an invoice, for billing staff: all of it
// or a part. Conflict "invoice_paid", "invoice_credited" and
// "invoice_is_credit_note"; Unprocessable naming each wrong field, such as more
// than is open.
func (d *Desk) RecordPayment(ctx context.Context, key, ref string, in PaymentInput) (v InvoiceView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		i, _, err := d.findInvoice(ctx, tx, c, OpRecordPayment, ref)
		if err != nil {
			return err
		}
		w := write{action: string(OpRecordPayment), key: key, body: []any{i.ID, in}}
		if _, _, err = d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return d.recordPayment(ctx, tx, c, i.ID, in) }); err != nil {
			return err
		}
		return d.readInvoice(ctx, tx, c, i.ID, &v)
	})
}

func (d *Desk) recordPayment(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, in PaymentInput) (uuid.UUID, error) {
	i, _, err := invoicing.Lock(ctx, tx, id)
	if err == nil {
		err = payable(i)
	}
	if err != nil {
		return uuid.Nil, err
	}
	p := store.Payment{
		ID: store.NewID(), InvoiceID: i.ID, Currency: in.Currency, How: in.How, Reference: in.Reference, ByID: known(c.Person.ID), At: d.Now(),
	}
	if p.Amount, p.PaidOn, err = checkPayment(i, d.today(c), &in); err != nil {
		return uuid.Nil, err
	}
	p.Reference = in.Reference
	if err := tx.InsertPayment(ctx, p); err != nil {
		return uuid.Nil, err
	}
	if err := activities.Paid(ctx, tx, c.Vendor, i.ID, d.Now()); err != nil {
		return uuid.Nil, err
	}
	return p.ID, d.audit(ctx, tx, c, "payment_recorded", "invoice", i.ID, map[string]any{"amount": in.Amount, "currency": in.Currency, "how": in.How})
}

// payable refuses, Conflict, what nothing is to be paid of.
func payable(i store.Invoice) error {
	switch {
	case i.Kind == store.KindCreditNote:
		return problem.New(problem.Conflict, "invoice_is_credit_note", nil)
	case i.State() == store.InvoiceCredited:
		return problem.New(problem.Conflict, "invoice_credited", nil)
	case i.State() == store.InvoicePaid:
		return problem.New(problem.Conflict, "invoice_paid", nil)
	}
	return nil
}

// checkPayment names every wrong field of a payment.
func checkPayment(i store.Invoice, today time.Time, in *PaymentInput) (amount decimal.Decimal, on time.Time, err error) {
	var wrong problem.Fields
	if in.Currency != i.Currency {
		wrong.Add("currency", "payment_currency", problem.Args{"currency": i.Currency})
	}
	amount = billing.Parse(&wrong, "amount", in.Amount, i.Currency)
	if amount.GreaterThan(i.Open()) {
		wrong.Add("amount", "payment_too_large", problem.Args{"open": i.AmountText(i.Open()) + " " + i.Currency})
	}
	on, parseErr := time.Parse(time.DateOnly, in.PaidOn)
	switch {
	case parseErr != nil:
		wrong.Add("paid_on", "field_not_date", nil)
	case on.After(today):
		wrong.Add("paid_on", "payment_in_future", nil)
	case on.Year() < 2000:
		wrong.Add("paid_on", "field_out_of_range", nil)
	}
	if !slices.Contains(store.PaymentWays, in.How) {
		wrong.Add("how", "field_not_a_choice", problem.Args{"choices": store.PaymentWays})
	}
	checkText(&wrong, "reference", &in.Reference, 0, ReferenceMax)
	return amount, on, wrong.Err()
}
