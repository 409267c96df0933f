package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// check keeps what a customer found out about what was shipped, with both rows
// locked: the decision, the link, and what the dev ticket comes to. Their ticket
// is reopened when it fails. Conflict when it was said already.
func check(ctx context.Context, tx *store.Tx, vendor store.Vendor, d *store.DevTicket, of store.Ticket, t devticket.Transition, w devticket.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	link, err := tx.DevLink(ctx, d.ID, of.ID)
	if err != nil {
		return err
	}
	if link.Works != nil {
		return problem.New(problem.Conflict, "decided_already", nil)
	}
	works, answer := t.Action == devticket.ActVerify, "not_verified"
	if works {
		answer = "verified"
	}
	if err := tx.InsertDecision(ctx, store.Decision{
		ID: store.NewID(), TicketID: of.ID, Object: store.WorkDev, ObjectID: link.ID, Version: d.Version, Question: "verification", Answer: answer,
		PersonID: &by, Body: w.Text, Channel: w.Channel, IP: w.IP, At: t.At,
	}); err != nil {
		return err
	}
	if err := tx.CheckDevLink(ctx, link.ID, works, by, t.At); err != nil {
		return err
	}
	counts, err := tx.DevChecks(ctx, d.ID)
	if err != nil {
		return err
	}
	d.State = d.State.Checked(counts.All, counts.Works, counts.Fails)
	if !works {
		return reopen(ctx, tx, vendor, of, t, w)
	}
	return fixEvent(ctx, tx, of, *d, by, t)
}

// fixEvent is the line of the ticket's history that says that it works.
func fixEvent(ctx context.Context, tx *store.Tx, of store.Ticket, d store.DevTicket, by uuid.UUID, t devticket.Transition) error {
	data, err := json.Marshal(map[string]any{"number": d.Number, "version": d.Target, "shipped_at": d.ShippedAt})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: of.ID, Version: of.Version, Kind: "fix_verified", Public: true, ActorID: &by, At: t.At, Data: data})
}

// reopen reopens a locked ticket that what was shipped does not solve, whatever
// the window: its workflow may have ended with it, and is started anew.
func reopen(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, t devticket.Transition, w devticket.Written) error {
	vendor, err := tx.Pinned(ctx, vendor, of.PolicyVersion)
	if err != nil {
		return err
	}
	c := ticket.Command{Key: t.Key, Action: ticket.ActReopen, Actor: t.Actor, Fails: t.Dev}
	transition, err := ticket.Decide(of.Snapshot(vendor.Settings.CloseOnAnswer), c, t.At)
	if err != nil {
		return err
	}
	body, err := json.Marshal(ticket.Written{Text: w.Text, Files: w.Files})
	if err != nil {
		return err
	}
	of.Version++
	if err := apply(ctx, tx, vendor, &of, transition, body); err != nil {
		return err
	}
	if err := tx.UpdateTicket(ctx, of); err != nil {
		return err
	}
	again, err := json.Marshal(store.Start{Again: true})
	if err != nil {
		return err
	}
	return tx.InsertEffect(ctx,
		store.Effect{Kind: store.EffectStart, Key: fmt.Sprintf("start/ticket/%s/%d", of.ID, of.Version), TicketID: &of.ID, Payload: again},
		store.Effect{Kind: store.EffectSignal, Key: fmt.Sprintf("signal/ticket/%s/%d", of.ID, of.Version), TicketID: &of.ID, Payload: json.RawMessage(`{}`)})
}
