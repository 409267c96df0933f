package notice

import (
	"context"
	"time"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
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
	})
	if err != nil {
		return err
	}
	return a.serviceAssigned(ctx, tx, r, event, by, at)
}
