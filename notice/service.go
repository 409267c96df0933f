package notice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/approval"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// ServiceCreated tells the customer's side the number and the rate of work that
// is charged, or asks for their consent to it, and whoever carries it out that it
// is theirs. by is who has made it.
func (a About) ServiceCreated(ctx context.Context, tx *store.Tx, r store.ServiceRequest, by ticket.Actor, text string, at time.Time) error {
	if service.IsEnhancement(r.Path) {
		return a.Asked(ctx, tx, r, by, text, at)
	}
	said := a.service(r)
	event := "service/" + r.ID.String()
	if err := a.Tell(ctx, tx, mail.ServiceCreated, event, Customers(a.Ticket), nil, at, func(n *mail.Notice) {
		n.Service, n.URL = said, a.answeredAt(*said, n.URL)
	}); err != nil {
		return err
	}
	return a.serviceAssigned(ctx, tx, r, event, by, at)
}

// Service tells whoever must know of a committed transition of a service request.
func (a About) Service(ctx context.Context, tx *store.Tx, before, r store.ServiceRequest, t service.Transition, w service.Written) error {
	if t.Action == service.ActReassign {
		return a.serviceAssigned(ctx, tx, r, t.Key, t.Actor, t.At)
	}
	kind, people, actor, err := a.serviceAudience(r, t)
	if err != nil || kind == "" {
		return err
	}
	said := a.service(r)
	said.Step, said.Round, said.Moved = string(t.Action), r.Round, r.Dates > 1
	if t.Action == service.ActRemind {
		said.Waits = string(before.State.WaitsFor())
	}
	var approvers []uuid.UUID
	if slices.Contains(aboutQuotes, t.Action) || before.State == service.QuoteOffered {
		if approvers, err = a.quoted(ctx, tx, r, t, said); err != nil {
			return err
		}
	}
	offers(said, w)
	name := ""
	if actor != nil {
		if name, err = tx.PersonName(ctx, *actor); err != nil {
			return err
		}
	}
	files, err := tx.FileNames(ctx, w.Files)
	if err != nil {
		return err
	}
	var offered *mail.Attachment
	if t.Action == service.ActOfferQuote {
		if offered, err = quoteAttached(ctx, tx, r); err != nil {
			return err
		}
	}
	fill := func(n *mail.Notice) {
		n.Service, n.Actor, n.Text, n.Files, n.Late, n.Attachment = said, name, w.Text, files, t.Late, offered
		if slices.Contains(asking, kind) {
			n.URL = a.answeredAt(*said, n.URL)
		}
	}
	if said.Deciders, err = named(ctx, tx, approvers); err != nil {
		return err
	}
	if len(approvers) > 0 {
		people = without(people, approvers)
		if err := a.toDecide(ctx, tx, kind, r, t, approvers, fill); err != nil {
			return err
		}
	}
	if decidesQuote(t.Action) && actor != nil {
		if err := a.quoteDecided(ctx, tx, r, t, *actor, fill); err != nil {
			return err
		}
	}
	next, err := a.seeTo(ctx, tx, r, actor, kind, t, fill)
	if err != nil {
		return err
	}
	return a.Tell(ctx, tx, kind, t.Key, without(people, next), actor, t.At, fill)
}

// without are the people who are not among others.
func without(people, others []uuid.UUID) []uuid.UUID {
	return slices.DeleteFunc(people, func(p uuid.UUID) bool { return slices.Contains(others, p) })
}

// asking are the kinds of notice that ask the customer's side for something.
var asking = []mail.Kind{mail.ServiceOffered, mail.ServiceValidate, mail.ServiceReminder}

// answeredAt is the page where the customer's side answers what a service request
// waits for: its own, but for information, which is given on the ticket's, page.
func (a About) answeredAt(s mail.Service, page string) string {
	if a.Vendor.Portal == "" || s.Waits == "" || s.Waits == string(ticket.ForInformation) {
		return page
	}
	return a.Vendor.Portal + "/service-requests/" + s.Number
}

// offers adds what was written of a training's dates, or of an estimate.
func offers(said *mail.Service, w service.Written) {
	for _, s := range w.Sessions {
		said.Sessions = append(said.Sessions, mail.Session{Start: s.Start, End: s.End, Place: s.Place})
	}
	if e := w.Estimate; e != nil {
		said.Minutes, said.Amount, said.Currency = e.Minutes, e.Amount, e.Currency
	}
}

// aboutQuotes are the actions whose notices say which quote they are about; any
// does that ends, or reminds of, the wait for a decision on one.
var aboutQuotes = []service.Action{service.ActOfferQuote, service.ActApproveQuote, service.ActDeclineQuote, service.ActExpire}

// quoted adds what the newest quote says, and answers who can decide on it where
// they are told of an offer, or of its end.
func (a About) quoted(ctx context.Context, tx *store.Tx, r store.ServiceRequest, t service.Transition, said *mail.Service) ([]uuid.UUID, error) {
	quotes, err := tx.Quotes(ctx, r.ID)
	if err != nil || len(quotes) == 0 {
		return nil, err
	}
	q := quotes[0]
	said.Quote, said.Version, said.Total, said.Currency = q.Number, q.Version, q.Total.String(), q.Currency
	said.Taxed = q.Taxed()
	if decidesQuote(t.Action) {
		return nil, nil
	}
	able, err := approval.Able(ctx, tx, a.Ticket, q, t.At)
	return slices.DeleteFunc(able, func(p uuid.UUID) bool { return p.String() == t.Actor.ID }), err
}

// toDecide tells each who can decide on the newest quote, with a link of their
// own while it is open.
func (a About) toDecide(ctx context.Context, tx *store.Tx, kind mail.Kind, r store.ServiceRequest, t service.Transition, approvers []uuid.UUID,
	fill func(*mail.Notice),
) error {
	quotes, err := tx.Quotes(ctx, r.ID)
	if err != nil || len(quotes) == 0 {
		return err
	}
	for _, person := range approvers {
		link, until := "", time.Time{}
		if r.State == service.QuoteOffered {
			if link, until, err = approval.Link(ctx, tx, a.Vendor, quotes[0], person, t.At); err != nil {
				return err
			}
		}
		err := a.Tell(ctx, tx, kind, t.Key, []uuid.UUID{person}, nil, t.At, func(n *mail.Notice) {
			fill(n)
			if link != "" {
				n.SecretURL, n.Until = link, &until
			}
			n.URL = a.quotePage(r)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// quoteAttached is the document of a service request's newest quote.
func quoteAttached(ctx context.Context, tx *store.Tx, r store.ServiceRequest) (*mail.Attachment, error) {
	quotes, err := tx.Quotes(ctx, r.ID)
	if err != nil || len(quotes) == 0 {
		return nil, err
	}
	return &mail.Attachment{Kind: "quote", ID: quotes[0].ID.String()}, nil
}

// quotePage is where a signed-in approver reads the quote; "" where the vendor's
// pages have no address.
func (a About) quotePage(r store.ServiceRequest) string {
	if a.Vendor.Portal == "" {
		return ""
	}
	return a.Vendor.Portal + "/service-requests/" + r.Number + "/quote"
}

// ApprovalCode tells a person the code that goes with their approval link.
func (a About) ApprovalCode(ctx context.Context, tx *store.Tx, r store.ServiceRequest, q store.Quote, to store.Person, code string, until, at time.Time) error {
	said := &mail.Service{Quote: q.Number, Version: q.Version}
	return a.Tell(ctx, tx, mail.ApprovalCode, store.NewID().String(), []uuid.UUID{to.ID}, nil, at, func(n *mail.Notice) {
		n.Service, n.SecretCode, n.Until = said, code, &until
		n.URL = a.quotePage(r)
	})
}

// serviceAudience is the kind of notice a transition gives, to whom, and who did
// it; "" for none.
func (a About) serviceAudience(r store.ServiceRequest, t service.Transition) (kind mail.Kind, people []uuid.UUID, actor *uuid.UUID, err error) {
	if t.Actor.ID != "" {
		id, err := uuid.Parse(t.Actor.ID)
		if err != nil {
			return "", nil, nil, fmt.Errorf("actor %q: %w", t.Actor.ID, err)
		}
		actor = &id
	}
	vendors := a.vendors(r)
	switch t.Action {
	case service.ActOfferEstimate, service.ActOfferQuote:
		return mail.ServiceOffered, Customers(a.Ticket), actor, nil
	case service.ActAskValidation:
		return mail.ServiceValidate, Customers(a.Ticket), actor, nil
	case service.ActAgreeDates:
		return mail.ServiceDates, append(Customers(a.Ticket), vendors...), actor, nil
	case service.ActDeliver:
		return mail.ServiceEnded, Customers(a.Ticket), actor, nil
	case service.ActRemind:
		return mail.ServiceReminder, Customers(a.Ticket), actor, nil
	case service.ActWithdraw:
		if a.Ticket.State == ticket.Withdrawn && !r.State.Stopped() { // that tells the customers and who has the ticket
			return mail.ServiceEnded, without(vendors, Assignee(a.Ticket)), actor, nil
		}
		return mail.ServiceEnded, append(Customers(a.Ticket), vendors...), actor, nil
	case service.ActGiveUp, service.ActCancel, service.ActLapse, service.ActExpire, service.ActDeclineRate:
		return mail.ServiceEnded, append(Customers(a.Ticket), vendors...), actor, nil
	case service.ActWithdrawOffer:
		return mail.OfferWithdrawn, Customers(a.Ticket), actor, nil
	case service.ActConsent, service.ActInterested, service.ActNotInterested, service.ActTakePartner, service.ActAskQuote, service.ActAskEstimate, service.ActAcceptEstimate, service.ActDeclineEstimate, service.ActApproveQuote,
		service.ActDeclineQuote, service.ActAccept, service.ActAdjust:
		return mail.ServiceDecided, vendors, actor, nil
	}
	return "", nil, nil, nil
}

// serviceAssigned tells whoever carries it out that it is theirs.
func (a About) serviceAssigned(ctx context.Context, tx *store.Tx, r store.ServiceRequest, event string, by ticket.Actor, at time.Time) error {
	if r.AssigneeID == nil || r.AssigneeID.String() == by.ID {
		return nil
	}
	said := a.service(r)
	return a.Tell(ctx, tx, mail.ServiceAssigned, event, []uuid.UUID{*r.AssigneeID}, nil, at, func(n *mail.Notice) { n.Service = said })
}

// service is what mails say about a service request as it is.
func (a About) service(r store.ServiceRequest) *mail.Service {
	s := &mail.Service{
		Number: r.Number, Path: r.Path, Waits: string(r.State.WaitsFor()), Ending: string(r.Ending), PerHour: r.Rate.PerHour, Currency: r.Rate.Currency,
		Minimum: r.Rate.MinimumMinutes, BillsAnalysis: a.Vendor.Settings.Path(r.Path).BillDeclined, Bills: r.State == service.ToBill,
		Schedules: r.State == service.ToSchedule, Settles: r.State == service.ToSettle,
	}
	for _, at := range []*time.Time{r.GiveUpAt, r.AcceptAt, r.ExpireAt} {
		if at != nil {
			s.By = at
		}
	}
	s.Lapses = r.AcceptAt != nil
	return s
}
