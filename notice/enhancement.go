package notice

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/words"
)

// Asked asks the customer's side what begins an enhancement: whether they want
// what is offered as paid work, or, outside the support scope, whether they want
// their partner or a quote. text is what was written with it. Whoever carries it
// out is told that it is theirs.
func (a About) Asked(ctx context.Context, tx *store.Tx, r store.ServiceRequest, by ticket.Actor, text string, at time.Time) error {
	event := "service/" + r.ID.String()
	err := a.Tell(ctx, tx, mail.InterestAsked, event, Customers(a.Ticket), nil, at, func(n *mail.Notice) {
		n.Service, n.Text = a.service(r), text
		n.Service.Cites = a.Vendor.Settings.Path(r.Path).Cites.In(n.Locale)
		n.URL = a.answeredAt(*n.Service, n.URL)
	})
	if err != nil {
		return err
	}
	return a.serviceAssigned(ctx, tx, r, event, by, at)
}

// Scheduled tells the customer's side the time frame of an enhancement and its
// invoice, which comes in a mail of its own; and whoever does the work that it can
// begin, unless it waits for the money.
func (a About) Scheduled(ctx context.Context, tx *store.Tx, r store.ServiceRequest, f store.TimeFrame, i store.Invoice, t service.Transition, text string) error {
	name, err := tx.PersonName(ctx, f.ScheduledBy)
	if err != nil {
		return err
	}
	fill := func(n *mail.Notice) {
		n.Service, n.Text, n.Invoice = a.service(r), text, i.Number
		n.Amount = words.Amount(i.AmountText(i.Total), i.Currency, n.Locale)
		n.Service.First, n.Service.Last = words.Day(f.FirstDay, n.Locale), words.Day(f.LastDay, n.Locale)
	}
	if err := a.Tell(ctx, tx, mail.WorkScheduled, t.Key, Customers(a.Ticket), nil, t.At, fill); err != nil || r.State != service.InWork {
		return err
	}
	return a.Tell(ctx, tx, mail.ServiceDecided, t.Key, a.vendors(r), &f.ScheduledBy, t.At, func(n *mail.Notice) {
		fill(n)
		n.Actor, n.Service.Step = name, string(t.Action)
	})
}

// PartnerTold asks the people of the customer's partner to help.
func (a About) PartnerTold(ctx context.Context, tx *store.Tx, r store.ServiceRequest, people []uuid.UUID, t service.Transition, text string) error {
	by, err := uuid.Parse(t.Actor.ID)
	if err != nil {
		return err
	}
	person, err := tx.Person(ctx, by)
	if err != nil {
		return err
	}
	customer, err := tx.Organization(ctx, a.Ticket.OrganizationID)
	if err != nil {
		return err
	}
	return a.Tell(ctx, tx, mail.PartnerTold, t.Key, people, nil, t.At, func(n *mail.Notice) {
		n.Service, n.Text, n.Actor, n.Organization = a.service(r), text, person.Name, customer.Name
		n.Service.Cites = a.Vendor.Settings.Path(r.Path).Cites.In(n.Locale)
	})
}

// Settlement is what was settled of an enhancement: decimals in Currency, Kept
// net, and numbers of invoices; "" for none.
type Settlement struct {
	Kept, Paid, Currency string
	Credited, Issued     string
}

// Settled tells the customer's side what is kept of the price of what was
// stopped, and what is given back.
func (a About) Settled(ctx context.Context, tx *store.Tx, r store.ServiceRequest, s Settlement, t service.Transition, text string) error {
	return a.Tell(ctx, tx, mail.WorkSettled, t.Key, Customers(a.Ticket), nil, t.At, func(n *mail.Notice) {
		n.Service, n.Text, n.Credits, n.Invoice = a.service(r), text, s.Credited, s.Issued
		n.Service.Settles = false
		if s.Currency != "" {
			n.Service.Kept, n.Service.Currency = s.Kept, s.Currency
		}
		if s.Paid != "" {
			n.Amount = words.Amount(s.Paid, s.Currency, n.Locale)
		}
	})
}

// Unlocked tells the vendor's side that an enhancement was paid, by which the
// work may begin.
func (a About) Unlocked(ctx context.Context, tx *store.Tx, r store.ServiceRequest, invoice uuid.UUID, at time.Time) error {
	said := a.service(r)
	said.Step = "paid"
	return a.Tell(ctx, tx, mail.ServiceDecided, "paid/"+invoice.String(), a.vendors(r), nil, at, func(n *mail.Notice) { n.Service = said })
}
