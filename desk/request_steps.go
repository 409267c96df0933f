package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// NextOfRequest is what happens to a request by itself next, for its workflow;
// no action when nothing does any more.
func (d *Desk) NextOfRequest(ctx context.Context, vendor, request string) (step ticket.RequestStep, err error) {
	v, id, err := d.ofRequest(ctx, vendor, request)
	if err != nil {
		return step, err
	}
	return step, d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		r, err := tx.RequestRow(ctx, id)
		if err == nil && r.NextAt != nil && ticket.RequestState(r.State).Open() {
			step = ticket.RequestStep{Action: r.NextAction, At: *r.NextAt}
		}
		return err
	})
}

// ReachRequest does what has come by itself, at an instant: a reminder of what
// is missing, the end of a request that stayed incomplete, or the registration
// of one that its super-user left alone. A step that is not the row's next any
// more is nothing, so it can be repeated.
func (d *Desk) ReachRequest(ctx context.Context, vendor, request string, step ticket.RequestStep, at time.Time) error {
	v, id, err := d.ofRequest(ctx, vendor, request)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		r, err := tx.LockRequest(ctx, id)
		if err != nil || !ticket.RequestState(r.State).Open() || r.NextAction != step.Action || r.NextAt == nil || !r.NextAt.Equal(step.At) {
			return err
		}
		at = at.Truncate(time.Microsecond)
		r.UpdatedAt = &at
		r.Version++
		if err := d.reach(ctx, tx, v, &r, at); err != nil {
			return err
		}
		if err := tx.UpdateRequest(ctx, r); err != nil {
			return err
		}
		return d.audit(ctx, tx, Caller{Vendor: v}, "request_moved_on", "request", id, map[string]any{"step": step.Action, "state": r.State})
	})
}

func (d *Desk) reach(ctx context.Context, tx *store.Tx, v store.Vendor, r *store.RequestRow, at time.Time) error {
	if r.NextAction == ticket.RequestForward {
		return d.enrolLater(ctx, tx, v, r, at, byItself)
	}
	pinned, err := tx.Pinned(ctx, v, r.PolicyVersion)
	if err != nil {
		return err
	}
	requester, err := tx.Person(ctx, r.RequesterID)
	if err != nil {
		return err
	}
	if r.NextAction == ticket.RequestExpire {
		r.State, r.Outcome = string(ticket.Expired), "expired"
		setStep(r, ticket.RequestStep{})
		return tellOf(ctx, tx, v, mail.RequestExpired, *r, requester, "")
	}
	lacks, err := d.lacks(ctx, tx, pinned.Settings, *r)
	if err != nil {
		return err
	}
	r.Reminded++
	setStep(r, nextStep(pinned.Settings, *r, r.Reminded))
	return tellOf(ctx, tx, v, mail.RequestReminder, *r, requester, sayLacks(lacks, requester.Locale))
}

func (d *Desk) ofRequest(ctx context.Context, vendor, request string) (v store.Vendor, id uuid.UUID, err error) {
	vendorID, err := uuid.Parse(vendor)
	if err != nil {
		return v, id, fmt.Errorf("vendor id: %w", err)
	}
	if id, err = uuid.Parse(request); err != nil {
		return v, id, problem.Missing()
	}
	v, err = d.Store.Vendor(ctx, vendorID)
	return v, id, err
}

// Refusals lists what was refused at the door, newest first.
func (d *Desk) Refusals(ctx context.Context) (list []store.Refusal, err error) {
	c, err := d.caller(ctx, OpListRefusals)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Refusals(ctx, PageMax)
		return err
	})
}
