package activities

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// What a ticket and its service request mean to each other. Both rows change in
// one transaction, under the lock of the ticket's (decision 019), so that they
// never contradict each other; the workflow of the other one is poked.

// work is what a transition of a ticket does to its service requests.
type work struct {
	ended   *store.ServiceRequest // the one that ends with it
	moved   *store.ServiceRequest // the one that waits, or goes on
	created *store.ServiceRequest
	before  service.State // of the one that ends
	text    string        // what was written with the transition, for who begins
}

// workOf finds what a transition of the locked ticket does to what hangs on it,
// and what that does to the transition: triage to a charged path waits for the
// work, or for the customer's consent to its rate.
func workOf(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t *ticket.Transition) (w work, err error) {
	if row.Path == "" && t.Action != ticket.ActTriage {
		return w, nil // nothing hangs on what nobody has triaged
	}
	open, err := tx.OpenServiceRequest(ctx, row.ID)
	if err != nil {
		return w, err
	}
	if open != nil {
		w.before = open.State
	}
	switch {
	case t.Action == ticket.ActTriage:
		return triaged(ctx, tx, vendor, row, t, open)
	case open == nil:
	case t.Action == ticket.ActAskInformation && !open.State.Finished() && !open.State.Stopped():
		open.Resume, open.State, w.moved = open.State, service.WaitingForInformation, open
		return w, await(vendor.Settings, open, t.At)
	case t.Action == ticket.ActGiveInformation && open.State == service.WaitingForInformation:
		open.State, open.Resume, w.moved = open.Resume, "", open
		return w, await(vendor.Settings, open, t.At)
	case t.Action == ticket.ActWithdraw && !open.State.Finished() && !open.State.Stopped():
		open.State = open.Snapshot(vendor.Settings).Stopped(service.ActWithdraw, service.Withdrawn)
		open.Resume, open.Ending, w.ended = "", service.Withdrawn, open
		if open.State == service.ToBill {
			err = settle(ctx, tx, open)
		}
		return w, err
	case t.To == ticket.Closed && open.State == service.Billed:
		open.State, w.ended = open.Ending.End(), open
	}
	return w, nil
}

// triaged is what triage does: a path that is left ends its work, and the minutes
// stay with the ticket; a charged one that is taken begins it.
func triaged(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t *ticket.Transition, open *store.ServiceRequest) (w work, err error) {
	path := t.Triage.Path
	begins := slices.Contains(service.Paths, path) || path == service.PathOutOfScope // a feature's begins when it is offered
	if open != nil && (open.Path == path || open.State == service.Billed && !begins) {
		return w, nil
	}
	if open != nil {
		switch {
		case open.State == service.ToBill:
			return w, problem.New(problem.Conflict, "service_request_to_bill", problem.Args{"number": open.Number})
		case service.IsEnhancement(open.Path) && open.Invoiced:
			return w, problem.New(problem.Conflict, "service_request_to_settle", problem.Args{"number": open.Number})
		case open.State == service.Billed:
			open.State = open.Ending.End()
		default:
			open.State, open.Ending = service.Abandoned, service.PathChanged
		}
		open.Resume, w.ended = "", open
		t.To, t.Waiting, t.Resume = ticket.Triaged, "", ""
	}
	if !begins {
		return w, nil
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return w, err
	}
	if w.created, err = newWork(ctx, tx, vendor, *row, beginning{path: path, key: t.Key, by: by, at: t.At}); err != nil {
		return w, err
	}
	t.To, t.Waiting, t.Resume = ticket.WaitingInside, "", ""
	if waits := w.created.State.WaitsFor(); waits != "" {
		t.To, t.Waiting, t.Resume = ticket.WaitingForCustomer, waits, ticket.WaitingInside
	}
	return w, nil
}

// beginning is what begins a service request: the command, by whom, when.
type beginning struct {
	path, key string
	by        uuid.UUID
	at        time.Time
}

// newWork is the service request that carries out a charged path.
func newWork(ctx context.Context, tx *store.Tx, vendor store.Vendor, row store.Ticket, b beginning) (*store.ServiceRequest, error) {
	s := vendor.Settings
	terms, err := tx.TermsOf(ctx, row)
	if err != nil {
		return nil, err
	}
	r := &store.ServiceRequest{
		ID: store.ServiceRequestID(row.ID, b.key), VendorID: vendor.ID, TicketID: row.ID, Path: b.path, Version: 1, State: service.Analysis,
		Team: s.Path(b.path).Team, CreatedBy: b.by, CreatedAt: b.at, UpdatedAt: b.at, PolicyVersion: row.PolicyVersion,
	}
	switch {
	case b.path == service.PathFeature:
		r.State = service.WaitingForInterest
	case b.path == service.PathOutOfScope:
		r.State = service.WaitingForChoice
	case s.Path(b.path).Consent == "consent":
		r.State = service.WaitingForConsent
	}
	if rate, some := s.RateOf(terms); some {
		r.Rate = store.ToldRate{PerHour: rate.Hour, Currency: rate.Currency, MinimumMinutes: rate.Minimum}
	}
	if r.AssigneeID, err = assignment.Pick(ctx, tx, s, r.Team, b.at); err != nil {
		return nil, err
	}
	if err := await(s, r, b.at); err != nil {
		return nil, err
	}
	r.Number, err = tx.NextServiceNumber(ctx, b.at.In(s.Location()).Year())
	return r, err
}

// keep writes what was found: rows, the count of what hangs, the history of what
// begins or ends, its workflow's poke, and who is told.
func (w work) keep(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) error {
	for _, r := range []*store.ServiceRequest{w.ended, w.moved} {
		if r == nil {
			continue
		}
		r.Version++
		r.UpdatedAt = t.At
		if r.State.Ended() {
			r.EndedAt = &t.At
		}
		if r == w.ended {
			if err := await(vendor.Settings, r, t.At); err != nil {
				return err
			}
		}
		if err := tx.UpdateServiceRequest(ctx, *r); err != nil {
			return err
		}
		if err := tx.PokeService(ctx, *r, false); err != nil {
			return err
		}
	}
	if w.ended == nil && w.created == nil {
		return nil
	}
	if w.created != nil {
		if err := tx.InsertServiceRequest(ctx, *w.created); err != nil {
			return err
		}
		if err := tx.PokeService(ctx, *w.created, true); err != nil {
			return err
		}
	}
	return w.tell(ctx, tx, vendor, row, t)
}

func (w work) tell(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) (err error) {
	if row.Hanging, err = tx.Hanging(ctx, row.ID); err != nil {
		return err
	}
	about := notice.About{Vendor: vendor, Ticket: *row}
	var by *uuid.UUID
	if id, err := uuid.Parse(t.Actor.ID); err == nil {
		by = &id
	}
	if w.ended != nil && w.ended.Ending == service.PathChanged {
		if err := workEvent(ctx, tx, *row, *w.ended, "path_changed", by, t.At); err != nil {
			return err
		}
	}
	if w.ended != nil && t.Action == ticket.ActWithdraw {
		if err := w.withdrawn(ctx, tx, about, by, t); err != nil {
			return err
		}
	}
	if w.created == nil {
		return nil
	}
	if err := workEvent(ctx, tx, *row, *w.created, "created", by, t.At); err != nil {
		return err
	}
	return about.ServiceCreated(ctx, tx, *w.created, t.Actor, w.text, t.At)
}

// withdrawn has those know of work that ended with its ticket whom that does not
// tell: who carries it out, who was to decide on it, and everybody of money that is
// to be seen to.
func (w work) withdrawn(ctx context.Context, tx *store.Tx, about notice.About, by *uuid.UUID, t ticket.Transition) error {
	r := *w.ended
	if r.State.Stopped() {
		if err := workEvent(ctx, tx, about.Ticket, r, string(service.ActWithdraw), by, t.At); err != nil {
			return err
		}
	}
	before := r
	before.State = w.before
	said := service.Transition{
		Command: service.Command{Key: t.Key, Action: service.ActWithdraw, Actor: t.Actor}, Vendor: r.VendorID.String(), Service: r.ID.String(), Ticket: r.TicketID.String(),
		From: before.State, To: r.State, Ending: r.Ending, At: t.At,
	}
	return about.Service(ctx, tx, before, r, said, service.Written{Text: w.text})
}

// workEvent is a line of the ticket's history beside that of its own transition.
func workEvent(ctx context.Context, tx *store.Tx, row store.Ticket, r store.ServiceRequest, what string, by *uuid.UUID, at time.Time) error {
	data, err := json.Marshal(map[string]any{
		"service_request_id": r.ID, "number": r.Number, "service_to": r.State, "path": r.Path, "ending": r.Ending,
	})
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: row.ID, Version: row.Version, Kind: ServiceEvent + what, Public: true, ActorID: by, At: at, Data: data})
}

// follow moves a ticket with its service request: while the work is with the
// vendor it waits inside, while the customer is waited for its clocks pause, and
// when nothing is left to do its assignee goes on. What is closed or taken back
// stays that.
func follow(ctx context.Context, tx *store.Tx, vendor store.Vendor, of *store.Ticket, before, after store.ServiceRequest, c ticket.Command, at time.Time) (err error) {
	was := *of
	of.UpdatedAt = at
	if before.State.Finished() != after.State.Finished() {
		of.Hanging-- // work ends; none begins again
	}
	spoke := c.Actor.Side == ticket.Staff && spokenService[service.Action(c.Action)] != ""
	c.Action = ticket.ActFollow
	t := ticket.Transition{Command: c, Vendor: vendor.ID.String(), Ticket: of.ID.String(), From: of.State, To: ticket.WaitingInside, At: at}
	switch waits := after.State.WaitsFor(); {
	case waits != "":
		t.To, t.Waiting, t.Resume = ticket.WaitingForCustomer, waits, ticket.WaitingInside
	case after.State.Finished():
		t.To = ticket.InProgress
	}
	moves := before.State != after.State || spoke && t.Waiting != ""
	if moves && slices.Contains(followers, of.State) {
		if err := set(of, t, vendor.Settings); err != nil {
			return err
		}
		if err := clocks(ctx, tx, vendor, of, was, t); err != nil {
			return err
		}
	}
	if spoke {
		promise.Said(of, at)
	}
	return nil
}

// followers are the states of a ticket that follow its service request's.
var followers = []ticket.State{ticket.Triaged, ticket.InProgress, ticket.WaitingForCustomer, ticket.WaitingInside}
