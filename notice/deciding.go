package notice

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// vendors are who is told on the vendor's side of a service request: who has the
// ticket, who carries it out, and the product manager who has offered a feature as
// paid work.
func (a About) vendors(r store.ServiceRequest) []uuid.UUID {
	people := Assignee(a.Ticket)
	if r.AssigneeID != nil {
		people = append(people, *r.AssigneeID)
	}
	if r.Path == service.PathFeature {
		people = append(people, r.CreatedBy)
	}
	return people
}

// named are what some people are called, in their order.
func named(ctx context.Context, tx *store.Tx, ids []uuid.UUID) (names []string, err error) {
	for _, id := range ids {
		name, err := tx.PersonName(ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// decidesQuote says whether an action is the decision on a quote.
func decidesQuote(a service.Action) bool {
	return a == service.ActApproveQuote || a == service.ActDeclineQuote
}

// quoteDecided tells the customer's side what became of the newest quote, and
// whoever has decided it what they have decided.
func (a About) quoteDecided(ctx context.Context, tx *store.Tx, r store.ServiceRequest, t service.Transition, by uuid.UUID, fill func(*mail.Notice)) error {
	if err := a.Tell(ctx, tx, mail.QuoteDecided, t.Key, Customers(a.Ticket), &by, t.At, fill); err != nil {
		return err
	}
	return a.Tell(ctx, tx, mail.QuoteDecided, t.Key, []uuid.UUID{by}, nil, t.At, func(n *mail.Notice) {
		fill(n)
		n.Actor, n.URL = "", a.quotePage(r)
	})
}

// billingMost bounds who is told that something is billing's turn.
const billingMost = 100

// seeTo tells those who see to what comes next where that is nobody's who carries
// the work out, and answers who they are: time frame and invoice are issued by
// billing, or by the product manager who has made the offer; what was stopped with
// its invoice out is settled by billing. Where nobody has that role it is the
// administrators'.
func (a About) seeTo(ctx context.Context, tx *store.Tx, r store.ServiceRequest, actor *uuid.UUID, kind mail.Kind, t service.Transition,
	fill func(*mail.Notice),
) (people []uuid.UUID, err error) {
	if r.State != service.ToSchedule && r.State != service.ToSettle {
		return nil, nil
	}
	for _, role := range []string{"billing", "admin"} {
		list, err := tx.ActiveWith(ctx, role, billingMost)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			people = append(people, p.ID)
		}
		if len(people) > 0 {
			break
		}
	}
	if r.State == service.ToSchedule && r.Path == service.PathFeature {
		people = append(people, r.CreatedBy)
	}
	return people, a.Tell(ctx, tx, kind, t.Key, people, actor, t.At, func(n *mail.Notice) {
		fill(n)
		said := *n.Service
		said.Yours = true
		n.Service, n.URL = &said, a.workPage(r)
	})
}

// workPage is where staff see to a service request; "" where the vendor's pages
// have no address.
func (a About) workPage(r store.ServiceRequest) string {
	if a.Vendor.Portal == "" {
		return ""
	}
	return a.Vendor.Portal + "/console/service-requests/" + r.Number
}
