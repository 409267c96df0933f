package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TicketQuery narrows a list of tickets; zero values do not.
type TicketQuery struct {
	Mine           bool // requested by the caller or for them, whatever else they see
	Theirs         bool // for the caller to act on: not what they only watch
	States         []ticket.State
	AssigneeID     *uuid.UUID
	Unassigned     bool
	OrganizationID *uuid.UUID
	RequesterID    *uuid.UUID
	Number         string
	Words          string // each in the title; looked for among the newest store.SearchMax in sight
	Cursor         string
	Limit          int // 1 to PageMax
}

// PageMax is the longest page of any list, in entries.
const PageMax = 100

// wordsMax is how many words of a search count.
const wordsMax = 8

// filter is what of the caller's tickets the query asks for.
func (q TicketQuery) filter(c Caller) store.TicketFilter {
	f := store.TicketFilter{
		Sight: c.sight(OpListTickets), AssigneeID: q.AssigneeID, Unassigned: q.Unassigned, OrganizationID: q.OrganizationID,
		RequesterID: q.RequesterID, Number: strings.ToUpper(clean(q.Number)), Limit: q.Limit + 1,
	}
	if q.Mine {
		f.Sight = store.Sight{Person: c.Person.ID}
	}
	f.Sight.Watched = f.Sight.Watched && !q.Theirs
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	f.Words = strings.Fields(clean(q.Words))
	f.Words = f.Words[:min(len(f.Words), wordsMax)]
	return f
}

// Tickets lists the tickets the caller sees, newest first, and the cursor of
// the next page ("" on the last).
func (d *Desk) Tickets(ctx context.Context, q TicketQuery) (list []TicketView, next string, err error) {
	page, err := d.ticketPage(ctx, q, false)
	return page.List, page.Next, err
}

// TicketPage is a page of a list of tickets with what stands around it.
type TicketPage struct {
	List []TicketView
	Next string // cursor of the next page; "" on the last
	// Counts are how many open tickets of the query stand in each state, no
	// further than store.CountsMax; Promise is what comes first among all that
	// are the caller's with Mine, or that they see. States, words and place do
	// not count.
	Counts  map[ticket.State]int
	Promise *time.Time
}

// TicketPage is Tickets with counts and the next promise.
func (d *Desk) TicketPage(ctx context.Context, q TicketQuery) (TicketPage, error) {
	return d.ticketPage(ctx, q, true)
}

func (d *Desk) ticketPage(ctx context.Context, q TicketQuery, counted bool) (p TicketPage, err error) {
	c, err := d.caller(ctx, OpListTickets)
	if err != nil {
		return p, err
	}
	f := q.filter(c)
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return p, err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Tickets(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			p.Next = cursor(last.RegisteredAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		names, err := tx.Names(ctx, rows)
		for _, row := range rows {
			p.List = append(p.List, TicketView{Row: row, Names: names, Internal: c.Staff()})
		}
		if err != nil || !counted {
			return err
		}
		if p.Counts, err = tx.CountTickets(ctx, f); err != nil {
			return err
		}
		p.Promise, err = tx.NextPromise(ctx, f.Sight)
		return err
	})
	return p, err
}
