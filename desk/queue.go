package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// QueueQuery narrows the queue; zero values do not.
type QueueQuery struct {
	Mine       bool
	Unassigned bool
	States     []ticket.State
	Words      string // all of them in the title
	Cursor     string // after that place
	Limit      int    // 1 to PageMax
}

// queueWordsMax is how many words a search looks for; more are not looked at.
const queueWordsMax = 8

func (q QueueQuery) filter(c Caller) (store.QueueFilter, error) {
	f := store.QueueFilter{Unassigned: q.Unassigned, Words: strings.Fields(clean(q.Words)), Limit: q.Limit + 1}
	if len(f.Words) > queueWordsMax {
		f.Words = f.Words[:queueWordsMax]
	}
	if q.Mine {
		f.AssigneeID = &c.Person.ID
	}
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	if q.Cursor == "" {
		return f, nil
	}
	at, id, err := timeCursor(q.Cursor)
	f.AfterDue, f.AfterID = &at, id
	return f, err
}

// QueueView is one entry of the queue.
type QueueView struct {
	store.QueueEntry
	Names  store.Names
	Last   bool   // no deadline runs
	Cursor string // its place in the queue
}

func queueView(e store.QueueEntry, names store.Names) QueueView {
	return QueueView{
		QueueEntry: e, Names: names, Last: !e.NextDueAt.Before(store.NoDeadline),
		Cursor: cursor(e.NextDueAt.UTC().Format(time.RFC3339Nano), e.ID),
	}
}

// Queue lists open tickets by their next deadline of any kind, and the cursor
// of the next page.
func (d *Desk) Queue(ctx context.Context, q QueueQuery) (list []QueueView, next string, err error) {
	c, err := d.caller(ctx, OpQueue)
	if err != nil {
		return nil, "", err
	}
	f, err := q.filter(c)
	if err != nil {
		return nil, "", err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Queue(ctx, f)
		if err != nil {
			return err
		}
		tickets := make([]store.Ticket, len(rows))
		for i, r := range rows {
			tickets[i] = r.Ticket
		}
		names, err := tx.Names(ctx, tickets)
		for _, r := range rows {
			list = append(list, queueView(r, names))
		}
		return err
	})
	if len(list) > q.Limit {
		list = list[:q.Limit]
		next = list[q.Limit-1].Cursor
	}
	return list, next, err
}

// QueueCounts are how many tickets each of the queues holds, in their order;
// none is counted further than store.CountsMax + 1.
func (d *Desk) QueueCounts(ctx context.Context, queues ...QueueQuery) (counts []int, err error) {
	c, err := d.caller(ctx, OpQueue)
	if err != nil {
		return nil, err
	}
	return counts, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		for _, q := range queues {
			f, err := q.filter(c)
			if err != nil {
				return err
			}
			n, err := tx.QueueCount(ctx, f)
			if err != nil {
				return err
			}
			counts = append(counts, n)
		}
		return nil
	})
}

// Neighbours are the entries before and after a place in the queue, the
// ticket itself left out: it may have another place by now. nil: there is none.
func (d *Desk) Neighbours(ctx context.Context, q QueueQuery, id uuid.UUID) (before, after *QueueView, err error) {
	c, err := d.caller(ctx, OpQueue)
	if err != nil {
		return nil, nil, err
	}
	f, err := q.filter(c)
	if err != nil || f.AfterDue == nil {
		return nil, nil, err
	}
	f.Not, f.Limit = []uuid.UUID{id}, 1
	return before, after, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		for _, side := range []struct {
			backwards bool
			to        **QueueView
		}{{true, &before}, {false, &after}} {
			f.Backwards = side.backwards
			rows, err := tx.Queue(ctx, f)
			if err != nil {
				return err
			}
			for _, r := range rows {
				v := queueView(r, store.Names{})
				*side.to = &v
			}
		}
		return nil
	})
}

// Overview is what a reader's first page says.
type Overview struct {
	Waiting   []TicketView         // for the customer's side
	Questions map[uuid.UUID]string // by ticket: what is asked
	Counts    map[ticket.State]int // open tickets; at most store.CountsMax each
	Promise   *time.Time           // the earliest date promised; nil: none
}

// Overview is what waits for the caller and how much is under way, as far as
// they see; what they only watch waits for others.
func (d *Desk) Overview(ctx context.Context, limit int) (o Overview, err error) {
	c, err := d.caller(ctx, OpListTickets)
	if err != nil {
		return o, err
	}
	query := TicketQuery{Theirs: true, States: []ticket.State{ticket.WaitingForCustomer, ticket.Answered}, Limit: limit}
	o.Waiting, _, err = d.Tickets(ctx, query)
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
		theirs := query.filter(c).Sight
		if o.Counts, err = tx.Counts(ctx, theirs); err != nil {
			return err
		}
		o.Promise, err = tx.NextPromise(ctx, theirs)
		return err
	})
}
