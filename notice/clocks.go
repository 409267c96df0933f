package notice

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

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
	people, absent, err := a.answering(ctx, tx, t.At)
	if err != nil {
		return err
	}
	customer, err := tx.Organization(ctx, a.Ticket.OrganizationID)
	if err != nil {
		return err
	}
	unassigned := absent == "" && (a.Ticket.AssigneeID == nil || !slices.Contains(people, *a.Ticket.AssigneeID))
	return a.Tell(ctx, tx, kind, t.Key, people, nil, t.At, func(n *mail.Notice) {
		n.Clock, n.Late, n.Unassigned, n.Absent, n.Organization = name, t.Late, unassigned, absent, customer.Name
		if k := a.Ticket.Clocks.Named(name); k != nil {
			n.Due = k.DueAt
		}
	})
}

// answering are those who answer for the ticket at an instant, and the name of
// the one who has it but is absent; "" when they are not.
func (a About) answering(ctx context.Context, tx *store.Tx, at time.Time) (people []uuid.UUID, absent string, err error) {
	if people, err = tx.AnswerFor(ctx, a.Ticket, at); err != nil || a.Ticket.AssigneeID == nil {
		return people, "", err
	}
	gone, err := tx.AbsentUntil(ctx, []uuid.UUID{*a.Ticket.AssigneeID}, at)
	if err == nil && len(gone) > 0 {
		absent, err = tx.PersonName(ctx, *a.Ticket.AssigneeID)
	}
	return people, absent, err
}
