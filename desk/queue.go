package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// QueueQuery narrows the queue; zero values do not.
type QueueQuery struct {
	Mine       bool
	Unassigned bool
	States     []ticket.State
	Cursor     string
	Limit      int // 1 to PageMax
}

// QueueView is one entry of the queue.
type QueueView struct {
	store.QueueEntry
	Names store.Names
	Last  bool // no deadline runs
}

// Queue lists open tickets by their next deadline of any kind, and the cursor
// of the next page.
func (d *Desk) Queue(ctx context.Context, q QueueQuery) (list []QueueView, next string, err error) {
	c, err := d.caller(ctx, OpQueue)
	if err != nil {
		return nil, "", err
	}
	f := store.QueueFilter{Unassigned: q.Unassigned, Limit: q.Limit + 1}
	if q.Mine {
		f.AssigneeID = &c.Person.ID
	}
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.AfterDue, f.AfterID = &at, id
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Queue(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(last.NextDueAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		tickets := make([]store.Ticket, len(rows))
		for i, r := range rows {
			tickets[i] = r.Ticket
		}
		names, err := tx.Names(ctx, tickets)
		for _, r := range rows {
			list = append(list, QueueView{QueueEntry: r, Names: names, Last: !r.NextDueAt.Before(store.NoDeadline)})
		}
		return err
	})
	return list, next, err
}

// TakeNext gives the caller the unassigned ticket whose deadline comes first
// and answers with it; NotFound when there is none. Two who ask at once get
// two tickets: what another has taken meanwhile is passed over.
func (d *Desk) TakeNext(ctx context.Context, key string) (v TicketView, err error) {
	c, err := d.caller(ctx, OpReassign)
	if err != nil {
		return v, err
	}
	list, _, err := d.Queue(ctx, QueueQuery{Unassigned: true, Limit: 10})
	if err != nil {
		return v, err
	}
	for _, entry := range list {
		taken, err := d.take(ctx, c, key, entry.Ticket)
		if problem.CodeOf(err) != problem.Conflict {
			return taken, err
		}
	}
	return v, problem.Missing()
}

// take assigns a ticket to the caller unless somebody has it already.
func (d *Desk) take(ctx context.Context, c Caller, key string, row store.Ticket) (TicketView, error) {
	return d.Reassign(WithRead(ctx, Read{Version: row.Version, Comment: uuid.Max}), key, row.ID.String(), c.Person.ID, "")
}

// Overview is what a reader's first page says.
type Overview struct {
	Waiting   []TicketView         // for the customer's side
	Questions map[uuid.UUID]string // by ticket: what is asked
	Counts    map[ticket.State]int // open tickets in sight; at most store.CountsMax each
	Promise   *time.Time           // the earliest date promised; nil: none
}

// Overview is what waits for the caller and how much is under way, as far as
// they see.
func (d *Desk) Overview(ctx context.Context, limit int) (o Overview, err error) {
	c, err := d.caller(ctx, OpListTickets)
	if err != nil {
		return o, err
	}
	o.Waiting, _, err = d.Tickets(ctx, TicketQuery{States: []ticket.State{ticket.WaitingForCustomer, ticket.Answered}, Limit: limit})
	if err != nil {
		return o, err
	}
	ids := make([]uuid.UUID, len(o.Waiting))
	for i, v := range o.Waiting {
		ids[i] = v.Row.ID
	}
	return o, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if o.Questions, err = tx.Questions(ctx, ids); err != nil {
			return err
		}
		if o.Counts, err = tx.Counts(ctx, c.sight(OpListTickets)); err != nil {
			return err
		}
		o.Promise, err = tx.NextPromise(ctx, c.sight(OpListTickets))
		return err
	})
}
