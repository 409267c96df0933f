package notice

import (
	"context"
	"slices"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// clock tells that a promise is due soon or was missed: whoever has the ticket,
// else those who answer for what nobody has.
func (a About) clock(ctx context.Context, tx *store.Tx, t ticket.Transition, name string, breach bool) error {
	kind := mail.ClockWarning
	if breach {
		kind = mail.ClockBreach
	}
	people, err := tx.AnswerFor(ctx, a.Ticket.AssigneeID)
	if err != nil {
		return err
	}
	customer, err := tx.Organization(ctx, a.Ticket.OrganizationID)
	if err != nil {
		return err
	}
	unassigned := a.Ticket.AssigneeID == nil || !slices.Contains(people, *a.Ticket.AssigneeID)
	return a.Tell(ctx, tx, kind, t.Key, people, nil, t.At, func(n *mail.Notice) {
		n.Clock, n.Late, n.Unassigned, n.Organization = name, t.Late, unassigned, customer.Name
		if k := a.Ticket.Clocks.Named(name); k != nil {
			n.Due = k.DueAt
		}
	})
}
