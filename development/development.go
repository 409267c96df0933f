// Package development makes dev tickets, and keeps what customers find out about
// what was shipped, inside whatever transaction asks.
package development

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Make adds a dev ticket with the vendor's next number, and begins its
// workflow. Its id, texts, package, maker and instant are set.
func Make(ctx context.Context, tx *store.Tx, vendor store.Vendor, d *store.DevTicket) (err error) {
	d.VendorID, d.Version, d.State, d.UpdatedAt = vendor.ID, 1, devticket.New, d.CreatedAt
	if d.Number, err = tx.NextDevNumber(ctx, d.CreatedAt.In(vendor.Settings.Location()).Year()); err != nil {
		return err
	}
	if err := tx.InsertDevTicket(ctx, *d); err != nil {
		return err
	}
	if err := tx.InsertDevEvent(ctx, store.DevEvent{DevID: d.ID, Version: 1, Kind: "created", ActorID: &d.CreatedBy, At: d.CreatedAt}); err != nil {
		return err
	}
	return tx.StartWork(ctx, store.WorkDev, d.ID, nil)
}

// Check is what a customer found out about what was shipped.
type Check struct {
	Ticket, Dev uuid.UUID
	Works       bool
	By          uuid.UUID
	Text        string
	Channel, IP string
	At          time.Time
}

// Keep keeps it, with the ticket's row locked: the decision, the link and
// what the dev ticket comes to, whose workflow is poked. Conflict when nothing
// was shipped, or it was said already.
func (c Check) Keep(ctx context.Context, tx *store.Tx) error {
	d, err := tx.LockDevTicket(ctx, c.Dev)
	if err != nil {
		return err
	}
	link, err := tx.DevLink(ctx, d.ID, c.Ticket)
	if err != nil {
		return err
	}
	if !d.State.Delivered() {
		return problem.New(problem.Conflict, "dev_not_shipped", problem.Args{"number": d.Number})
	}
	if link.Works != nil {
		return problem.New(problem.Conflict, "decided_already", nil)
	}
	answer := "not_verified"
	if c.Works {
		answer = "verified"
	}
	if err := tx.InsertDecision(ctx, store.Decision{
		ID: store.NewID(), TicketID: c.Ticket, Object: store.WorkDev, ObjectID: link.ID, Version: d.Version, Question: "verification", Answer: answer,
		PersonID: &c.By, Body: c.Text, Channel: c.Channel, IP: c.IP, At: c.At,
	}); err != nil {
		return err
	}
	if err := tx.CheckDevLink(ctx, link.ID, c.Works, c.By, c.At); err != nil {
		return err
	}
	counts, err := tx.DevChecks(ctx, d.ID)
	if err != nil {
		return err
	}
	d.Version++
	d.State, d.UpdatedAt = d.State.Checked(counts.All, counts.Works, counts.Fails), c.At
	if err := tx.UpdateDevTicket(ctx, d); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"ticket_id": c.Ticket, "to": d.State})
	if err != nil {
		return err
	}
	if err := tx.InsertDevEvent(ctx, store.DevEvent{DevID: d.ID, Version: d.Version, Kind: answer, ActorID: &c.By, At: c.At, Data: data}); err != nil {
		return err
	}
	return tx.PokeWork(ctx, store.WorkDev, d.ID, d.Version, nil)
}
