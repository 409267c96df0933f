package notice

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// Invoiced tells of an invoice or credit note, which comes with the mail: the
// requester, the contact a partner acts for, and the organization's approvers
// and super-users, each once.
func (a About) Invoiced(ctx context.Context, tx *store.Tx, i store.Invoice) error {
	people := []uuid.UUID{a.Ticket.RequesterID}
	if a.Ticket.ContactID != nil {
		people = append(people, *a.Ticket.ContactID)
	}
	approvers, err := tx.Approvers(ctx, i.OrganizationID, approversMax)
	if err != nil {
		return err
	}
	superUsers, err := tx.SuperUsers(ctx, i.OrganizationID)
	if err != nil {
		return err
	}
	for _, p := range append(approvers, superUsers...) {
		people = append(people, p.ID)
	}
	kind := mail.InvoiceIssued
	if i.Kind == store.KindCreditNote {
		kind = mail.CreditNoteIssued
	}
	return a.Tell(ctx, tx, kind, i.ID.String(), people, nil, i.IssuedAt, func(n *mail.Notice) {
		n.Attachment = &mail.Attachment{Kind: "invoice", ID: i.ID.String()}
		n.Invoice, n.Credits, n.OnBehalfOf, n.Text = i.Number, i.CreditsNumber, i.BillTo.Name, i.Reason
		n.Amount = words.Amount(i.AmountText(i.Total), i.Currency, n.Locale)
		if i.DueOn != nil {
			n.DueDay = words.Day(*i.DueOn, n.Locale)
		}
		if a.Vendor.Portal != "" {
			n.URL = a.Vendor.Portal + "/invoices/" + i.ID.String()
		}
	})
}

// approversMax bounds who is told of one invoice.
const approversMax = 100
