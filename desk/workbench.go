package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/store"
)

// Listener is somebody who is mailed what staff say on a ticket.
type Listener struct {
	store.Person
	Organization string // its name; "" for staff
}

// Workbench is what staff see of a ticket beyond what both sides do.
type Workbench struct {
	Customers  []Listener     // who is told on the customer's side, the requester first
	Colleagues []store.Person // whom the ticket can be given to, by name
}

// OpenWorkbench reads it; for staff alone.
func (d *Desk) OpenWorkbench(ctx context.Context, ref string) (w Workbench, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return w, err
	}
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpWorkbench, ref)
		if err != nil {
			return err
		}
		w.Customers, err = listeners(ctx, tx, row, notice.Customers(row))
		return err
	}); err != nil {
		return w, err
	}
	if c.Reach(OpReassign) != Nothing {
		w.Colleagues, err = d.Assignable(ctx)
	}
	return w, err
}

// listeners are those of the people who get mails, in that order.
func listeners(ctx context.Context, tx *store.Tx, row store.Ticket, ids []uuid.UUID) (list []Listener, err error) {
	people, err := tx.Recipients(ctx, row, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(people, func(a, b store.Person) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	names := map[uuid.UUID]string{}
	for _, p := range people {
		if id := p.OrganizationID; id != nil {
			if _, known := names[*id]; !known {
				organization, err := tx.Organization(ctx, *id)
				if err != nil {
					return nil, err
				}
				names[*id] = organization.Name
			}
			list = append(list, Listener{p, names[*id]})
		}
	}
	return list, nil
}
