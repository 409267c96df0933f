package activities

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/development"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// What a ticket and the dev ticket it asks for mean to each other: until
// development has accepted or refused that, the ticket waits. Whoever changes
// both locks the ticket's row first.

// PathRequest is the path that development evaluates.
const PathRequest = "development_request"

// asking is what a transition of a ticket does to the dev ticket it waits to
// hear of.
type asking struct {
	dropped *store.DevTicket // nobody waits to hear of it any more
	created *store.DevTicket
}

// askedOf finds what a transition of the locked ticket does to the dev ticket it
// asks for, and what that does to the transition.
func askedOf(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t *ticket.Transition) (a asking, err error) {
	triaged := t.Action == ticket.ActTriage
	if !triaged && (row.Path != PathRequest || t.Action != ticket.ActWithdraw) {
		return a, nil
	}
	open, err := tx.EvaluatedFor(ctx, row.ID)
	if err != nil {
		return a, err
	}
	switch wanted := triaged && t.Triage.Path == PathRequest; {
	case wanted && open == nil && row.Path != PathRequest:
		t.To, t.Waiting, t.Resume = ticket.WaitingInside, "", ""
		a.created, err = newRequest(ctx, tx, vendor, row, t)
	case !wanted && open != nil:
		a.dropped = open
		if triaged {
			released(row, t)
		}
	}
	return a, err
}

// released is triage away from what a ticket waited for inside, now or once its
// customer has answered a question: nobody else's turn is left.
func released(row *store.Ticket, t *ticket.Transition) {
	if t.To == ticket.WaitingInside && row.State == ticket.WaitingInside {
		t.To = ticket.Triaged
	}
	if t.Resume == ticket.WaitingInside {
		t.Resume = ticket.Triaged
	}
}

// newRequest is the dev ticket a request asks for, in the words of who asks.
func newRequest(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t *ticket.Transition) (*store.DevTicket, error) {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return nil, err
	}
	request, err := tx.RequestRow(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	d := &store.DevTicket{
		ID: store.DevTicketID(vendor.ID, t.Key), Title: row.Title, Body: wordsOf(vendor.Settings, request), CreatedBy: by, CreatedAt: t.At, RequestID: &row.ID,
	}
	d.PackageID, err = tx.PackageNamed(ctx, request.Package)
	return d, err
}

// wordsOf are what somebody wrote who asks for something: the body, and the
// fields of its form with their labels, in the vendor's own language. Who asks is
// left out: what becomes of it can be many's.
func wordsOf(s policy.Settings, r store.RequestRow) string {
	return policy.Written(r.Body, slices.DeleteFunc(s.Said(r.Type, r.Fields), policy.Said.Names), s.Locale())
}

// keep writes what was found, and the count of what hangs.
func (a asking) keep(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) (err error) {
	switch d := a.dropped; {
	case d != nil:
		d.Version++
		d.UpdatedAt, d.RequestID = t.At, nil
		if err := tx.UpdateDevTicket(ctx, *d); err != nil {
			return err
		}
		if err := tx.UnlinkTicket(ctx, d.ID, row.ID); err != nil {
			return err
		}
		if err := devEvent(ctx, tx, *d, "request_dropped", t.Actor, t.At); err != nil {
			return err
		}
		if err := tx.PokeWork(ctx, store.WorkDev, d.ID, d.Version, nil); err != nil {
			return err
		}
	case a.created != nil:
		if err := development.Make(ctx, tx, vendor, a.created); err != nil {
			return err
		}
		link := store.DevLink{ID: store.NewID(), DevID: a.created.ID, TicketID: row.ID, LinkedBy: a.created.CreatedBy, LinkedAt: t.At}
		if err := tx.LinkDev(ctx, link); err != nil {
			return err
		}
		if err := requestEvent(ctx, tx, *row, *a.created, "dev_requested", t.Actor, t.At); err != nil {
			return err
		}
	default:
		return nil
	}
	row.Hanging, err = tx.Hanging(ctx, row.ID)
	return err
}

// evaluated gives the ticket that asked for a dev ticket its turn back, once
// development has accepted or refused that: its assignee answers the customer.
func evaluated(ctx context.Context, tx *store.Tx, vendor store.Vendor, d store.DevTicket, of *store.Ticket, t devticket.Transition, w devticket.Written) error {
	if d.RequestID == nil || t.From != devticket.New {
		return nil
	}
	if of == nil || of.ID != *d.RequestID {
		return problem.New(problem.Conflict, "changed_meanwhile", nil)
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	vendor, err = tx.Pinned(ctx, vendor, of.PolicyVersion)
	if err != nil {
		return err
	}
	of.Version++
	of.Hanging--
	if err := promise.Turn(ctx, tx, vendor.Settings, of, ticket.Command{Key: t.Key, Actor: t.Actor}, t.At, ticket.InProgress); err != nil {
		return err
	}
	if err := tx.InsertDecision(ctx, store.Decision{
		ID: store.NewID(), TicketID: of.ID, Object: store.WorkDev, ObjectID: d.ID, Version: d.Version, Question: "evaluation", Answer: string(t.To),
		PersonID: &by, Body: w.Text, Channel: w.Channel, IP: w.IP, At: t.At,
	}); err != nil {
		return err
	}
	if err := tx.UpdateTicket(ctx, *of); err != nil {
		return err
	}
	if err := tx.PokeTicket(ctx, of.ID, of.Version); err != nil {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: *of}.RequestEvaluated(ctx, tx, d, w.Text, by, t.Key, t.At)
}

// requestEvent is a line of the ticket's history.
func requestEvent(ctx context.Context, tx *store.Tx, row store.Ticket, d store.DevTicket, kind string, by ticket.Actor, at time.Time) error {
	data, err := json.Marshal(map[string]any{"number": d.Number, "dev_ticket_id": d.ID})
	if err != nil {
		return err
	}
	e := store.Event{TicketID: row.ID, Version: row.Version, Kind: kind, Public: true, At: at, Data: data}
	if id, err := uuid.Parse(by.ID); err == nil {
		e.ActorID = &id
	}
	return tx.InsertEvent(ctx, e)
}

// devEvent is a line of a dev ticket's history.
func devEvent(ctx context.Context, tx *store.Tx, d store.DevTicket, kind string, by ticket.Actor, at time.Time) error {
	e := store.DevEvent{DevID: d.ID, Version: d.Version, Kind: kind, At: at}
	if id, err := uuid.Parse(by.ID); err == nil {
		e.ActorID = &id
	}
	return tx.InsertDevEvent(ctx, e)
}
