package invoicing

import (
	"context"
	"crypto/sha256"

	"github.com/google/uuid"

	"github.com/casepath/casepath/document"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// Document is an invoice or credit note as PDF, in the customer's language: the
// first who needs it draws and keeps it, everybody after gets the same bytes.
// It is drawn outside of any transaction. name is what the file may be called.
func Document(ctx context.Context, s *store.Store, vendor, invoice uuid.UUID) (name string, pdf []byte, err error) {
	var i store.Invoice
	err = s.In(ctx, vendor, func(tx *store.Tx) error {
		if i, err = tx.Invoice(ctx, invoice); err == nil {
			pdf, err = tx.InvoiceDocument(ctx, i.ID, words.Match(i.Locale))
		}
		return err
	})
	name = i.Number + ".pdf"
	if err == nil || i.Number == "" || problem.CodeOf(err) != problem.NotFound {
		return name, pdf, err
	}
	drawn, err := sheet(i).PDF()
	if err != nil {
		return name, nil, err
	}
	sum := sha256.Sum256(drawn)
	return name, pdf, s.In(ctx, vendor, func(tx *store.Tx) error {
		if err := tx.KeepInvoiceDocument(ctx, i.ID, words.Match(i.Locale), sum[:], drawn); err != nil {
			return err
		}
		pdf, err = tx.InvoiceDocument(ctx, i.ID, words.Match(i.Locale))
		return err
	})
}

// Attach gives the relay the documents that come with mails.
func Attach(s *store.Store) func(ctx context.Context, vendor uuid.UUID, a mail.Attachment) (mail.File, error) {
	return func(ctx context.Context, vendor uuid.UUID, a mail.Attachment) (mail.File, error) {
		id, err := uuid.Parse(a.ID)
		draw := map[string]func(context.Context, *store.Store, uuid.UUID, uuid.UUID) (string, []byte, error){"invoice": Document, "quote": QuoteDocument}[a.Kind]
		if err != nil || draw == nil {
			return mail.File{}, problem.New(problem.Invalid, "effect_unreadable", nil)
		}
		name, pdf, err := draw(ctx, s, vendor, id)
		return mail.File{Name: name, MediaType: "application/pdf", Content: pdf}, err
	}
}

// sheet is what is drawn: what was issued, and nothing that changes after.
func sheet(i store.Invoice) document.Invoice {
	locale := words.Match(i.Locale)
	d := document.Invoice{
		Locale: locale, Number: i.Number, Credits: i.CreditsNumber, Reason: i.Reason, Sender: letterhead(i.Sender), Customer: i.BillTo.Name, External: i.BillTo.ExternalID,
		Contact: i.BillTo.Contact, PO: i.PONumber, Subject: i.Subject, About: i.About, On: i.IssuedOn, Due: i.DueOn,
		WorkedFrom: i.WorkedFrom, WorkedUntil: i.WorkedUntil, Made: i.IssuedAt, Currency: i.Currency, Net: i.AmountText(i.Net), Total: i.AmountText(i.Total),
	}
	for _, l := range i.Lines {
		d.Lines = append(d.Lines, document.InvoiceLine{
			Kind: l.Kind, Text: l.Said.In(locale), Minutes: l.Minutes, Quantity: l.Quantity.String(), Unit: i.PriceText(l.Unit), Net: i.AmountText(l.Net),
		})
	}
	for _, t := range i.Taxes {
		d.Taxes = append(d.Taxes, document.InvoiceTax{
			Label: t.Said.In(locale), Percent: t.Percent.String(), Registration: t.Registration, Amount: i.AmountText(t.Amount),
		})
	}
	return d
}

// letterhead is who bills, line by line, the name first.
func letterhead(from store.BillFrom) []string {
	lines := []string{from.Name}
	for _, line := range append([]string{from.Address}, append(from.Phones, from.Mail)...) {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}
