package activities

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// quote keeps a version of a quote that is offered. The first takes the vendor's
// next number, as the last thing that is locked; the others keep it.
func quote(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	bill, err := billing.OfFixed(Fixed(w.Quote.Lines), w.Quote.Currency, billing.TermsOf(vendor.Settings.Pack, ""))
	if err != nil {
		return err
	}
	before, err := tx.Quotes(ctx, r.ID)
	if err != nil {
		return err
	}
	q := store.Quote{
		ID: store.NewID(), Version: len(before) + 1, ServiceID: r.ID, TicketID: of.ID, Package: w.Quote.Package, Currency: bill.Currency, Net: bill.Net, Total: bill.Total,
		Note: w.Text, OfferedBy: by, OfferedAt: t.At, ExpiresAt: r.ExpireAt,
	}
	for _, l := range bill.Lines {
		q.Lines = append(q.Lines, store.QuoteLine{Text: policy.Text(l.Text).In("en"), Quantity: l.Quantity, Unit: l.Unit, Net: l.Net})
	}
	for _, tax := range bill.Taxes {
		q.Taxes = append(q.Taxes, store.QuoteTax{Code: tax.Code, Label: store.Said(tax.Label), Percent: tax.Percent, Amount: tax.Amount})
	}
	if len(before) > 0 {
		q.Number = before[0].Number
	} else if q.Number, err = invoicing.Number(ctx, tx, vendor, store.KindQuote, t.At); err != nil {
		return err
	}
	if q.Digest, err = digest(q); err != nil {
		return err
	}
	r.Offer = q.Version
	return tx.InsertQuote(ctx, q)
}

// Fixed are the lines of a quote as prices agreed beforehand. They are in one
// language: that of the offer.
func Fixed(lines []service.WrittenQuoteLine) (list []billing.Fixed) {
	for _, l := range lines {
		list = append(list, billing.Fixed{Text: policy.Text{"en": l.Text}, Quantity: l.Quantity, Unit: l.Unit})
	}
	return list
}

// digest stands for all that is approved.
func digest(q store.Quote) ([]byte, error) {
	raw, err := json.Marshal([]any{q.Number, q.Version, q.Currency, q.Net, q.Total, q.Lines, q.Taxes, q.Note, q.ExpiresAt})
	sum := sha256.Sum256(raw)
	return sum[:], err
}
