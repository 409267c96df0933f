// Package invoicing issues invoices and credit notes inside whatever
// transaction asks for it, and draws them outside of any. What is issued has a
// number without gaps, is never changed, and is issued once.
package invoicing

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// The purposes an invoice has: one of each for a service request, unless it was
// credited.
const (
	ForWork  = "work"  // the time that was worked
	ForQuote = "quote" // a price agreed beforehand
)

// dueDays is within how many days an invoice is to be paid where the pack does
// not say it.
const dueDays = 30

// Order is what is to be invoiced: the unbilled billable time of a service
// request, or of the ticket beside any, or prices agreed beforehand.
type Order struct {
	Ticket         store.Ticket
	ServiceRequest *store.ServiceRequestRef // nil: work on the ticket itself
	Lines          []billing.Fixed          // prices agreed beforehand; nil: the time
	Currency       string                   // of Lines
	Quote          *uuid.UUID               // whose Lines they are
	At             time.Time
	By             *uuid.UUID // who issues it; nil: the procedure
	Locale         string     // "": the requester's
	PO             string     // the customer's order number
}

// Purpose is what its invoice is for: ForWork or ForQuote.
func (o Order) Purpose() string {
	if o.Lines != nil {
		return ForQuote
	}
	return ForWork
}

// Agreed puts the prices of a service request's approved quote on an order, once
// the work is accepted. What was stopped before is billed by the time it took.
func Agreed(ctx context.Context, tx *store.Tx, r store.ServiceRequest, o *Order) error {
	if r.Ending != service.Completed {
		return nil
	}
	return Approved(ctx, tx, r.ID, o)
}

// Approved puts the prices of a service request's approved quote on an order;
// without one it changes nothing.
func Approved(ctx context.Context, tx *store.Tx, id uuid.UUID, o *Order) error {
	q, err := tx.ApprovedQuote(ctx, id)
	if err != nil || q == nil {
		return err
	}
	o.Quote, o.Currency = &q.ID, q.Currency
	for _, l := range q.Lines {
		o.Lines = append(o.Lines, billing.Fixed{Text: policy.Text{"en": l.Text}, Quantity: l.Quantity.String(), Unit: l.Unit.String()})
	}
	return nil
}

// Issue issues an invoice in the transaction: it is numbered, kept, and its
// mails are decided, or nothing is. The vendor is as the ticket knows it
// (store.Tx.Pinned). Errors are problems: Conflict "nothing_to_bill" and
// "already_invoiced", Unprocessable for what billing refuses. It locks the
// ticket, and as the last thing the counter of the year.
func Issue(ctx context.Context, tx *store.Tx, vendor store.Vendor, o Order) (store.Invoice, error) {
	var err error
	if o.Ticket, err = tx.LockTicket(ctx, o.Ticket.ID); err != nil {
		return store.Invoice{}, err
	}
	i, err := Draft(ctx, tx, vendor, o)
	if err != nil {
		return i, err
	}
	return issue(ctx, tx, vendor, o.Ticket, i)
}

// issue numbers what was drafted, keeps it and tells of it.
func issue(ctx context.Context, tx *store.Tx, vendor store.Vendor, t store.Ticket, i store.Invoice) (store.Invoice, error) {
	var err error
	if i.Number, err = Number(ctx, tx, vendor, i.Kind, i.IssuedAt); err != nil {
		return i, err
	}
	if err := tx.InsertInvoice(ctx, i); err != nil {
		return i, err
	}
	if i, err = tx.Invoice(ctx, i.ID); err != nil {
		return i, err
	}
	return i, notice.About{Vendor: vendor, Ticket: t}.Invoiced(ctx, tx, i)
}

// prefixes are what numbers begin with.
var prefixes = map[string]string{store.KindInvoice: "INV", store.KindCreditNote: "CN", store.KindQuote: "Q"}

// Number takes the vendor's next number of a kind, "INV-2026-0001", in the year
// it is in its zone. The counter is locked until the transaction ends: take it
// last.
func Number(ctx context.Context, tx *store.Tx, vendor store.Vendor, kind string, at time.Time) (string, error) {
	year := at.In(vendor.Settings.Location()).Year()
	n, err := tx.NextCount(ctx, kind, year)
	return fmt.Sprintf("%s-%d-%04d", prefixes[kind], year, n), err
}

// Draft is the invoice an order would give now, without a number; nothing is
// kept. Errors as of Issue.
func Draft(ctx context.Context, tx *store.Tx, vendor store.Vendor, o Order) (i store.Invoice, err error) {
	terms, err := tx.TermsOf(ctx, o.Ticket)
	if err != nil {
		return i, err
	}
	i = store.Invoice{
		ID: store.NewID(), Kind: store.KindInvoice, TicketID: o.Ticket.ID, Purpose: o.Purpose(), QuoteID: o.Quote,
		OrganizationID: o.Ticket.OrganizationID, IssuedBy: o.By, PONumber: o.PO, Subject: o.Ticket.Title, About: o.Ticket.Number,
	}
	if s := o.ServiceRequest; s != nil {
		i.ServiceRequestID, i.About = &s.ID, o.Ticket.Number+" · "+s.Number
		standing, room, err := tx.InvoiceFor(ctx, s.ID, i.Purpose)
		switch {
		case err != nil:
			return i, err
		case standing != nil:
			return i, problem.New(problem.Conflict, "already_invoiced", nil)
		}
		i.AfterCredit = room
	}
	date(&i, vendor, o.At)
	var theirs string
	if i.Sender, i.BillTo, theirs, err = parties(ctx, tx, vendor, o.Ticket); err != nil {
		return i, err
	}
	i.Locale = cmp.Or(o.Locale, theirs)
	made, err := bill(ctx, tx, &i, o, billing.TermsOf(vendor.Settings.Pack, vendor.Settings.PlanOf(terms)))
	fill(&i, made, vendor.Settings.Pack)
	return i, err
}

// bill makes the bill of an order, and notes on the invoice which entries and
// days it is about.
func bill(ctx context.Context, tx *store.Tx, i *store.Invoice, o Order, terms billing.Terms) (billing.Bill, error) {
	if o.Lines != nil {
		return agreed(ctx, tx, i, o, terms)
	}
	unbilled, err := tx.UnbilledEntries(ctx, o.Ticket.ID, i.ServiceRequestID)
	if err != nil {
		return billing.Bill{}, err
	}
	entries := make([]billing.Entry, len(unbilled))
	for n, e := range unbilled {
		entries[n] = billing.Entry{ID: e.ID.String(), Activity: e.Activity, Minutes: e.Minutes}
		i.Entries = append(i.Entries, store.EntryOn{EntryID: e.ID, AfterCredit: e.AfterCredit})
		if n == 0 {
			i.WorkedFrom = &unbilled[0].Day
		}
		i.WorkedUntil = &unbilled[n].Day
	}
	return billing.OfTime(entries, terms)
}

// agreed makes the bill of prices agreed beforehand. The time of the work is
// covered by them: it is on the invoice, and billed no more.
func agreed(ctx context.Context, tx *store.Tx, i *store.Invoice, o Order, terms billing.Terms) (billing.Bill, error) {
	if i.ServiceRequestID != nil {
		covered, err := tx.UnbilledEntries(ctx, o.Ticket.ID, i.ServiceRequestID)
		if err != nil {
			return billing.Bill{}, err
		}
		for _, e := range covered {
			i.Entries = append(i.Entries, store.EntryOn{EntryID: e.ID, AfterCredit: e.AfterCredit})
		}
	}
	return billing.OfFixed(o.Lines, o.Currency, terms)
}

// date sets the days of an invoice, in the vendor's zone.
func date(i *store.Invoice, vendor store.Vendor, at time.Time) {
	i.IssuedAt, i.IssuedOn = at, policy.DateOf(at, vendor.Settings.Location())
	days := dueDays
	if p := vendor.Settings.Pack; p != nil && p.PaymentDays > 0 {
		days = p.PaymentDays
	}
	due := i.IssuedOn.AddDate(0, 0, days)
	i.DueOn = &due
}

// parties are who bills whom, as they are called now, and the language of whom
// it is for.
func parties(ctx context.Context, tx *store.Tx, vendor store.Vendor, t store.Ticket) (from store.BillFrom, to store.BillTo, locale string, err error) {
	organization, err := tx.Organization(ctx, t.OrganizationID)
	if err != nil {
		return from, to, "", err
	}
	contact := t.RequesterID
	if t.ContactID != nil { // whom a partner acts for
		contact = *t.ContactID
	}
	person, err := tx.Person(ctx, contact)
	if err != nil {
		return from, to, "", err
	}
	to = store.BillTo{Name: organization.Name, Contact: person.Name}
	if organization.ExternalID != nil {
		to.ExternalID = *organization.ExternalID
	}
	s := vendor.Settings
	from = store.BillFrom{Name: vendor.Name, Address: s.Postal, Phones: some(s.Phone), Mail: s.ReplyTo}
	if p := s.Pack; p != nil {
		from = store.BillFrom{Name: p.Vendor.Name, Address: p.Vendor.Address, Phones: p.Vendor.Phones, Mail: p.Vendor.Mail}
	}
	return from, to, person.Locale, nil
}

func some(text string) []string {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	return []string{text}
}

// fill puts a bill on an invoice.
func fill(i *store.Invoice, b billing.Bill, p *policy.Pack) {
	i.Currency, i.Net, i.Total = b.Currency, b.Net, b.Total
	for _, l := range b.Lines {
		i.Lines = append(i.Lines, store.InvoiceLine{
			Kind: l.Kind, Activity: l.Activity, Said: said(l.Text), Minutes: l.Minutes, Quantity: l.Quantity, Unit: l.Unit, Net: l.Net,
		})
	}
	for _, t := range b.Taxes {
		tax := store.InvoiceTax{Code: t.Code, Said: said(t.Label), Percent: t.Percent, Amount: t.Amount}
		if p != nil {
			for _, known := range p.Taxes {
				if known.Code == t.Code {
					tax.Registration = known.Registration
				}
			}
		}
		i.Taxes = append(i.Taxes, tax)
	}
}

// said is a text as it is kept; {} for none.
func said(t policy.Text) store.Said {
	if t == nil {
		return store.Said{}
	}
	return store.Said(t)
}

// billed is the bill on an invoice.
func billed(i store.Invoice) billing.Bill {
	b := billing.Bill{Currency: i.Currency, Net: i.Net, Total: i.Total}
	for _, l := range i.Lines {
		b.Lines = append(b.Lines, billing.Line{
			Kind: l.Kind, Activity: l.Activity, Text: policy.Text(l.Said), Minutes: l.Minutes, Quantity: l.Quantity, Unit: l.Unit, Net: l.Net,
		})
	}
	for _, t := range i.Taxes {
		b.Taxes = append(b.Taxes, billing.TaxLine{Code: t.Code, Label: policy.Text(t.Said), Percent: t.Percent, Amount: t.Amount})
	}
	return b
}
