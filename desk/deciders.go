package desk

import (
	"context"
	"slices"

	"github.com/casepath/casepath/approval"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Deciders are who may decide on a quote that its reader can't decide on.
type Deciders struct {
	Names []string // in order; none: no approver has a limit that reaches, but who made the request
}

// deciders are those of an open quote; nil when the caller is one of them, or it
// is not open.
func (d *Desk) deciders(ctx context.Context, tx *store.Tx, c Caller, t store.Ticket, r store.ServiceRequest, newest []store.Quote) (*Deciders, error) {
	if r.State != service.QuoteOffered || len(newest) == 0 {
		return nil, nil //nolint:nilnil // nobody is waited for
	}
	able, err := approval.Able(ctx, tx, t, newest[0], d.Now())
	if err != nil || slices.Contains(able, c.Person.ID) && c.Reach(OpDecideQuote) != Nothing {
		return nil, err
	}
	people, err := tx.PeopleWith(ctx, able)
	if err != nil {
		return nil, err
	}
	found := &Deciders{}
	for _, id := range able {
		if i := slices.IndexFunc(people, func(p store.Person) bool { return p.ID == id }); i >= 0 {
			found.Names = append(found.Names, people[i].Name)
		}
	}
	return found, nil
}

// waitsForDeciders adds to a ticket's view who is to decide on its quote, when
// that is what it waits for and the reader can't.
func (d *Desk) waitsForDeciders(ctx context.Context, tx *store.Tx, c Caller, v *TicketView) error {
	if v.Row.State != ticket.WaitingForCustomer || v.Row.Waiting != string(ticket.ForApproval) || len(v.Services) == 0 {
		return nil
	}
	quotes, err := tx.Quotes(ctx, v.Services[0].ID)
	if err == nil {
		v.Deciders, err = d.deciders(ctx, tx, c, v.Row, v.Services[0], quotes)
	}
	return err
}

// NewFeatures is how many features product management has to decide on, no
// further than store.CountsMax + 1; for staff.
func (d *Desk) NewFeatures(ctx context.Context) (n int, err error) {
	c, err := d.caller(ctx, OpListFeatures)
	if err != nil {
		return 0, err
	}
	return n, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		n, err = tx.CountNewFeatures(ctx)
		return err
	})
}

// fixesToCheck are the tickets of a sight that are closed and whose customer is
// asked whether what was shipped works, the newest first.
func fixesToCheck(ctx context.Context, tx *store.Tx, sight store.Sight, limit int) (list []TicketView, err error) {
	rows, err := tx.FixesToCheck(ctx, sight, limit)
	if err != nil {
		return nil, err
	}
	names, err := tx.Names(ctx, rows)
	for _, row := range rows {
		list = append(list, TicketView{Row: row, Names: names})
	}
	return list, err
}
