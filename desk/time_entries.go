package desk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// The operations on time.
const (
	OpListTimeEntries  Operation = "listTimeEntries"
	OpAddTimeEntry     Operation = "addTimeEntry"
	OpReverseTimeEntry Operation = "reverseTimeEntry"
	OpStartTimer       Operation = "startTimer"
	OpStopTimer        Operation = "stopTimer"
	OpGetTimer         Operation = "getTimer"
	OpListOwnTime      Operation = "listOwnTime"
)

// Limits of time entries.
const (
	DayMinutes  = 24 * 60 // of one person on one day, and so of one entry
	TimeNoteMax = 2000    // characters
	LateDays    = 7       // so long after a ticket was closed its time is entered
)

// NotBilled are the reasons why time is not billed: the path is free, warranty,
// goodwill, a fault of the vendor's, work for itself, or what the note says.
var NotBilled = []string{"included", "warranty", "goodwill", "own_fault", "internal", "other"}

// ChargedPaths are those whose time is billed unless somebody says otherwise.
var ChargedPaths = service.Paths

// TimeInput is time somebody enters.
type TimeInput struct {
	PersonID         *uuid.UUID // who worked; nil: the caller
	Activity         string     // code of the pack's
	Day              string     // 2026-12-31, at the vendor; "": today
	Minutes          *int       // nil: what a timer has run
	Note             string
	Billable         *bool      // nil: as the path is
	Reason           string     // of NotBilled; "" where the path is free: included
	ServiceRequestID *uuid.UUID // of the ticket's; nil: the open one, or none
	Scope            string     // of ticket.Scopes: spent in the customer's system; "": it was not
	AuthorityID      *uuid.UUID // under which; nil: the newest that covers the scope

	began time.Time // of the timer that has run; zero: none has
}

// AddTime enters time on a ticket. Staff enter their own; billing, managers and
// administrators anybody's. It begins work: the clock of start of work stops.
// Unprocessable names each wrong field; Conflict where no time can be entered
// (any more), while the customer has not agreed to billable work, and without
// the access authority that time in their system needs.
func (d *Desk) AddTime(ctx context.Context, key, ref string, in TimeInput) (made store.TimeEntry, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return made, err
	}
	return made, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.ticketOfTime(ctx, tx, c, OpAddTimeEntry, ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		id, _, err := d.once(ctx, tx, c, write{action: string(OpAddTimeEntry), ticket: &row.ID, key: key, body: in}, func() (uuid.UUID, error) {
			return d.addTime(ctx, tx, c, row, in)
		})
		if err == nil {
			made, err = tx.TimeEntry(ctx, id)
		}
		return err
	})
}

// ticketOfTime is find for what takes staff of whatever reach.
func (d *Desk) ticketOfTime(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (store.Ticket, error) {
	row, err := d.find(ctx, tx, c, OpListTimeEntries, ref)
	if err == nil {
		err = c.allow(op)
	}
	return row, err
}

// addTime makes an entry on a locked ticket.
func (d *Desk) addTime(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in TimeInput) (id uuid.UUID, err error) {
	if err := d.takesTime(ctx, tx, c, row); err != nil {
		return id, err
	}
	e, err := d.judgeTime(ctx, tx, c, row, in)
	if err != nil {
		return id, err
	}
	if err := tx.InsertTimeEntry(ctx, e); err != nil {
		return id, err
	}
	if promise.Worked(&row, e.At) {
		row.UpdatedAt = e.At
		row.Version++
		if err := tx.UpdateTicket(ctx, row); err != nil {
			return id, err
		}
	}
	return e.ID, d.noteTime(ctx, tx, c, row, "time_entered", e)
}

// ReverseTime undoes an entry by another one with its minutes below zero, that
// says why. Whoever may enter it may undo it. Conflict when it was undone
// before, or undoes another itself. A clock that it stopped stays stopped.
func (d *Desk) ReverseTime(ctx context.Context, key string, id uuid.UUID, why string) (made store.TimeEntry, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return made, err
	}
	return made, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		e, err := d.findTime(ctx, tx, c, id)
		if err != nil {
			return err
		}
		row, err := tx.LockTicket(ctx, e.TicketID)
		if err != nil {
			return err
		}
		w := write{action: string(OpReverseTimeEntry), ticket: &row.ID, key: key, body: []any{id, why}}
		undo, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return d.reverseTime(ctx, tx, c, row, e, why) })
		if err == nil {
			made, err = tx.TimeEntry(ctx, undo)
		}
		return err
	})
}

// findTime is the entry that the caller may undo: NotFound for the customer's
// side, which sees none.
func (d *Desk) findTime(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID) (e store.TimeEntry, err error) {
	if c.Reach(OpListTimeEntries) == Nothing {
		return e, problem.Missing()
	}
	if e, err = tx.TimeEntry(ctx, id); err != nil {
		return e, err
	}
	if err := c.allow(OpReverseTimeEntry); err != nil {
		return e, err
	}
	if c.Reach(OpReverseTimeEntry) != Everything && e.PersonID != c.Person.ID {
		return e, notYourTime()
	}
	return e, nil
}

func notYourTime() error { return problem.New(problem.Forbidden, "time_not_yours", nil) }

func (d *Desk) reverseTime(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, e store.TimeEntry, why string) (id uuid.UUID, err error) {
	var wrong problem.Fields
	checkText(&wrong, "reason", &why, 1, TimeNoteMax)
	if err := wrong.Err(); err != nil {
		return id, err
	}
	if e.Reverses != nil {
		return id, problem.New(problem.Conflict, "time_is_reversal", nil)
	}
	invoice, err := tx.Billed(ctx, e.ID)
	if err != nil {
		return id, err
	}
	if invoice != "" {
		return id, problem.New(problem.Conflict, "time_billed", problem.Args{"invoice": invoice})
	}
	undo := e
	undo.ID, undo.EnteredBy, undo.Minutes, undo.Note, undo.Reverses, undo.At = store.NewID(), c.Person.ID, -e.Minutes, why, &e.ID, d.Now()
	if err := tx.InsertTimeEntry(ctx, undo); err != nil {
		return id, err
	}
	return undo.ID, d.noteTime(ctx, tx, c, row, "time_reversed", undo)
}

// noteTime keeps in the ticket's history, for staff alone, who has entered or
// undone time.
func (d *Desk) noteTime(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, what string, e store.TimeEntry) error {
	data, err := json.Marshal(timeFacts(e))
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: row.ID, Version: row.Version, Kind: what, ActorID: &c.Person.ID, At: e.At, Data: data})
}

func timeFacts(e store.TimeEntry) map[string]any {
	return map[string]any{"entry_id": e.ID, "person_id": e.PersonID, "activity": e.Activity, "minutes": e.Minutes, "day": e.Day.Format(time.DateOnly)}
}
