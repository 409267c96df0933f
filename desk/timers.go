package desk

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Timer is the caller's that runs; nil for none.
func (d *Desk) Timer(ctx context.Context) (t *store.Timer, err error) {
	c, err := d.caller(ctx, OpGetTimer)
	if err != nil {
		return nil, err
	}
	return t, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err = tx.Timer(ctx, c.Person.ID)
		return err
	})
}

// StartTimer starts the caller's timer on a ticket, for an activity of its pack
// or for one that is said at its end (""). One that runs there already goes on;
// Conflict "timer_runs", naming the ticket, while one runs on another, and
// where no time can be entered.
func (d *Desk) StartTimer(ctx context.Context, ref, activity string) (t store.Timer, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return t, err
	}
	return t, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.ticketOfTime(ctx, tx, c, OpStartTimer, ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		if err := d.mayStart(ctx, tx, c, row, activity); err != nil {
			return err
		}
		if _, err := tx.StartTimer(ctx, store.Timer{PersonID: c.Person.ID, TicketID: row.ID, Activity: activity, StartedAt: d.Now()}); err != nil {
			return err
		}
		running, err := tx.Timer(ctx, c.Person.ID)
		switch {
		case err != nil:
			return err
		case running == nil: // stopped in this instant
			return problem.New(problem.Conflict, "timer_not_running", nil)
		case running.TicketID != row.ID:
			return timerRuns(*running)
		}
		t = *running
		return nil
	})
}

func timerRuns(t store.Timer) error {
	return problem.New(problem.Conflict, "timer_runs", problem.Args{"number": t.Number})
}

func (d *Desk) mayStart(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, activity string) error {
	if err := d.takesTime(ctx, tx, c, row); err != nil {
		return err
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return err
	}
	var wrong problem.Fields
	if checkActivity(&wrong, pinned.Settings, activity); activity == "" && len(activitiesOf(pinned.Settings)) > 0 {
		return nil // it is said when it is stopped
	}
	work, err := workOf(ctx, tx, row, nil, &wrong)
	if err == nil {
		err = wrong.Err()
	}
	if err != nil || slices.Contains(Preparing, activity) {
		return err
	}
	if work == nil {
		return bought(ctx, tx, row)
	}
	return unlocked(work)
}

// TimerStop is how a timer ends.
type TimerStop struct {
	Ticket  string // where it has to run, by uuid or number; "": wherever it does
	Discard bool   // nothing is entered
	TimeInput
}

// StopTimer stops the caller's timer and enters its time, or discards it (nil).
// What the input leaves out is the timer's: its activity, the day it was
// started on, and the minutes it has run, each begun one counted. Refused as
// AddTime is, and then it runs on. Conflict "timer_not_running" when none does,
// and "timer_runs" when it runs on another ticket than the one named.
func (d *Desk) StopTimer(ctx context.Context, key string, in TimerStop) (made *store.TimeEntry, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return made, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if in.Ticket != "" {
			row, err := d.ticketOfTime(ctx, tx, c, OpStopTimer, in.Ticket)
			if err != nil {
				return err
			}
			in.Ticket = row.ID.String()
		}
		if err := c.allow(OpStopTimer); err != nil {
			return err
		}
		id, _, err := d.once(ctx, tx, c, write{action: string(OpStopTimer), key: key, body: in}, func() (uuid.UUID, error) {
			return d.stopTimer(ctx, tx, c, in)
		})
		if err != nil {
			return err
		}
		e, err := tx.TimeEntry(ctx, id)
		if problem.CodeOf(err) == problem.NotFound { // it was discarded
			return nil
		}
		made = &e
		return err
	})
}

// stopTimer answers the entry it makes, or with none the ticket's id.
func (d *Desk) stopTimer(ctx context.Context, tx *store.Tx, c Caller, in TimerStop) (id uuid.UUID, err error) {
	t, err := tx.Timer(ctx, c.Person.ID)
	switch {
	case err != nil:
		return id, err
	case t == nil:
		return id, problem.New(problem.Conflict, "timer_not_running", nil)
	case in.Ticket != "" && in.Ticket != t.TicketID.String():
		return id, timerRuns(*t)
	}
	row, err := tx.LockTicket(ctx, t.TicketID)
	if err != nil {
		return id, err
	}
	if err := tx.EndTimer(ctx, *t); err != nil {
		if problem.CodeOf(err) == problem.NotFound {
			err = problem.New(problem.Conflict, "timer_not_running", nil)
		}
		return id, err
	}
	if in.Discard {
		return row.ID, nil
	}
	if id, err = d.addTime(ctx, tx, c, row, d.timed(c, *t, in.TimeInput)); err != nil {
		return id, err
	}
	return id, d.audit(ctx, tx, c, "time_entered", "ticket", row.ID, map[string]any{"entry_id": id})
}

// timed is what a timer says of its time where nobody else does.
func (d *Desk) timed(c Caller, t store.Timer, in TimeInput) TimeInput {
	in.began = t.StartedAt
	if in.Activity == "" {
		in.Activity = t.Activity
	}
	if in.Day == "" {
		in.Day = policy.DateIn(t.StartedAt, c.Vendor.Settings.Location()).Format(time.DateOnly)
	}
	if in.Minutes == nil {
		ran := TimerMinutes(t, d.Now())
		in.Minutes = &ran
	}
	return in
}

// TimerMinutes are the minutes a timer has run, the one begun counted.
func TimerMinutes(t store.Timer, now time.Time) int {
	return max(1, minutesBetween(t.StartedAt, now))
}

// minutesBetween are the minutes between two instants, the one begun counted.
func minutesBetween(from, until time.Time) int {
	return int((until.Sub(from) + time.Minute - 1) / time.Minute)
}
