package invoicing

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/document"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// Offer is what a quote offers.
type Offer struct {
	Ticket    store.Ticket
	Service   store.ServiceRequest
	Written   service.WrittenQuote
	Note      string
	At        time.Time
	By        uuid.UUID
	ExpiresAt *time.Time
}

// Quote keeps another version of a service request's quote in the transaction,
// for ever. The first takes the vendor's next number, as the last thing that is
// locked; the others keep it.
func Quote(ctx context.Context, tx *store.Tx, vendor store.Vendor, o Offer) (q store.Quote, err error) {
	if q, err = Price(vendor, o.Written); err != nil {
		return q, err
	}
	before, err := tx.Quotes(ctx, o.Service.ID)
	if err != nil {
		return q, err
	}
	q.ID, q.Version, q.ServiceID, q.TicketID = store.NewID(), len(before)+1, o.Service.ID, o.Ticket.ID
	q.Note, q.OfferedBy, q.OfferedAt, q.ExpiresAt = o.Note, o.By, o.At, o.ExpiresAt
	q.Subject, q.About = o.Ticket.Title, o.Ticket.Number+" · "+o.Service.Number
	if q.Sender, q.BillTo, q.Locale, err = parties(ctx, tx, vendor, o.Ticket); err != nil {
		return q, err
	}
	if len(before) > 0 {
		q.Number = before[0].Number
	} else if q.Number, err = Number(ctx, tx, vendor, store.KindQuote, o.At); err != nil {
		return q, err
	}
	if q.Digest, err = digest(q); err != nil {
		return q, err
	}
	return q, tx.InsertQuote(ctx, q)
}

// Price is what is written as a quote comes to, in a vendor's terms: package,
// currency, lines, taxes and totals, and nothing else of a quote.
func Price(vendor store.Vendor, w service.WrittenQuote) (q store.Quote, err error) {
	bill, err := billing.OfFixed(fixed(w.Lines), w.Currency, billing.TermsOf(vendor.Settings.Pack, ""))
	if err != nil {
		return q, err
	}
	q = store.Quote{Package: w.Package, Currency: bill.Currency, Net: bill.Net, Total: bill.Total}
	for _, l := range bill.Lines {
		q.Lines = append(q.Lines, store.QuoteLine{Text: l.Text.In("en"), Quantity: l.Quantity, Unit: l.Unit, Net: l.Net})
	}
	for _, tax := range bill.Taxes {
		q.Taxes = append(q.Taxes, store.QuoteTax{Code: tax.Code, Label: store.Said(tax.Label), Percent: tax.Percent, Amount: tax.Amount})
	}
	return q, nil
}

// fixed are the lines of a quote as prices agreed beforehand. They are in one
// language: that of the offer.
func fixed(lines []service.WrittenQuoteLine) (list []billing.Fixed) {
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

// QuoteDocument is a version of a quote as PDF, drawn and kept like an invoice's.
func QuoteDocument(ctx context.Context, s *store.Store, vendor, quote uuid.UUID) (name string, pdf []byte, err error) {
	v, err := s.Vendor(ctx, vendor)
	if err != nil {
		return "", nil, err
	}
	var q store.Quote
	err = s.In(ctx, vendor, func(tx *store.Tx) error {
		if q, err = tx.Quote(ctx, quote); err == nil {
			pdf, err = tx.QuoteDocument(ctx, q.ID)
		}
		return err
	})
	name = QuoteFile(q)
	if err == nil || q.Number == "" || problem.CodeOf(err) != problem.NotFound {
		return name, pdf, err
	}
	drawn, err := quoteSheet(q, v.Settings.Location()).PDF()
	if err != nil {
		return name, nil, err
	}
	sum := sha256.Sum256(drawn)
	return name, pdf, s.In(ctx, vendor, func(tx *store.Tx) error {
		if err := tx.KeepQuoteDocument(ctx, q.ID, sum[:], drawn); err != nil {
			return err
		}
		pdf, err = tx.QuoteDocument(ctx, q.ID)
		return err
	})
}

// QuoteFile is what the file of a version may be called.
func QuoteFile(q store.Quote) string { return fmt.Sprintf("%s-v%d.pdf", q.Number, q.Version) }

// quoteSheet is what is drawn: what was offered, and nothing that changes after.
// Its days are those of the vendor's zone.
func quoteSheet(q store.Quote, zone *time.Location) document.Invoice {
	locale := words.Match(q.Locale)
	d := document.Invoice{
		Locale: locale, Number: q.Number, Version: q.Version, Note: q.Note, Sender: letterhead(q.Sender), Customer: q.BillTo.Name, External: q.BillTo.ExternalID,
		Contact: q.BillTo.Contact, Subject: q.Subject, About: q.About, On: policy.DateOf(q.OfferedAt, zone), Made: q.OfferedAt, Currency: q.Currency,
		Net: q.AmountText(q.Net), Total: q.AmountText(q.Total),
	}
	if q.ExpiresAt != nil {
		until := policy.DateOf(*q.ExpiresAt, zone)
		d.Until = &until
	}
	for _, l := range q.Lines {
		d.Lines = append(d.Lines, document.InvoiceLine{
			Kind: "fixed", Text: l.Text, Quantity: l.Quantity.String(), Unit: q.PriceText(l.Unit), Net: q.AmountText(l.Net),
		})
	}
	for _, t := range q.Taxes {
		d.Taxes = append(d.Taxes, document.InvoiceTax{Label: t.Label.In(locale), Percent: t.Percent.String(), Amount: q.AmountText(t.Amount)})
	}
	return d
}
