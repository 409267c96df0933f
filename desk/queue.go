package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// QueueQuery narrows the queue; zero values do not.
type QueueQuery struct {
	Mine       bool
	Unassigned bool
	Absent     bool // only those of somebody who is absent or has left
	MyTeams    bool // only those of the caller's teams of the pack
	States     []ticket.State
	Words      string // all of them in the title
	Cursor     string // after that place
	Limit      int    // 1 to PageMax
}

// queueWordsMax is how many words a search looks for; more are not looked at.
const queueWordsMax = 8

func (d *Desk) queueFilter(ctx context.Context, c Caller, q QueueQuery) (store.QueueFilter, error) {
	f := store.QueueFilter{Unassigned: q.Unassigned, Words: strings.Fields(clean(q.Words)), Limit: q.Limit + 1}
	if len(f.Words) > queueWordsMax {
		f.Words = f.Words[:queueWordsMax]
	}
	if q.Absent {
		now := d.Now()
		f.Absent = &now
	}
	if q.MyTeams {
		var err error
		if f.Teams, err = d.teamsOf(ctx, c); err != nil {
			return f, err
		}
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

// teamsOf are the codes of the pack's teams the caller belongs to: those whose
// members a team lists, by that list; the others by the caller's roles.
func (d *Desk) teamsOf(ctx context.Context, c Caller) (codes []string, err error) {
	codes = []string{}
	return codes, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		listed, member, err := tx.TeamCodes(ctx, c.Person.ID)
		if err != nil {
			return err
		}
		for _, t := range c.Vendor.Settings.Teams() {
			role := func(r string) bool { return c.holds(Role(r)) }
			if slices.Contains(member, t.Code) || !slices.Contains(listed, t.Code) && slices.ContainsFunc(t.Roles, role) {
				codes = append(codes, t.Code)
			}
		}
		return nil
	})
}

// QueueView is one entry of the queue.
type QueueView struct {
	store.QueueEntry
	Names  store.Names
	Age    *Age       // nil: somebody has it
	Absent *time.Time // until when who has it is absent; nil: they are here
	Last   bool       // no deadline runs
	Cursor string     // its place in the queue
}

// Age is how long nobody has had a ticket.
type Age struct {
	Since   time.Time
	Minutes int  // of the vendor's business time
	Late    bool // longer than the pack's late_after
}

// age is that of a ticket; nil: somebody has it.
func age(s policy.Settings, t store.Ticket, now time.Time) (*Age, error) {
	if t.UnassignedSince == nil || t.AssigneeID != nil || !t.State.Open() { // a program of before assigns without ending it
		return nil, nil
	}
	d, late, err := s.UnassignedFor(*t.UnassignedSince, now)
	return &Age{*t.UnassignedSince, int(d / time.Minute), late}, err
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
	f, err := d.queueFilter(ctx, c, q)
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
		if err != nil {
			return err
		}
		absent, err := tx.AbsentUntil(ctx, holders(tickets), d.Now())
		if err != nil {
			return err
		}
		for _, r := range rows {
			v := queueView(r, names)
			if v.Age, err = age(c.Vendor.Settings, r.Ticket, d.Now()); err != nil {
				return err
			}
			if r.AssigneeID != nil {
				if until, is := absent[*r.AssigneeID]; is {
					v.Absent = &until
				}
			}
			list = append(list, v)
		}
		return nil
	})
	if len(list) > q.Limit {
		list = list[:q.Limit]
		next = list[q.Limit-1].Cursor
	}
	return list, next, err
}

// absent is until when who has a ticket is absent; nil: they are here.
func (d *Desk) absent(ctx context.Context, tx *store.Tx, row store.Ticket) (*time.Time, error) {
	if row.AssigneeID == nil || !row.State.Open() {
		return nil, nil
	}
	absent, err := tx.AbsentUntil(ctx, []uuid.UUID{*row.AssigneeID}, d.Now())
	if until, is := absent[*row.AssigneeID]; is {
		return &until, err
	}
	return nil, err
}

// holders are the people who have some tickets.
func holders(tickets []store.Ticket) (ids []uuid.UUID) {
	for _, t := range tickets {
		if t.AssigneeID != nil && !slices.Contains(ids, *t.AssigneeID) {
			ids = append(ids, *t.AssigneeID)
		}
	}
	return ids
}

// Unassigned is what nobody has: since when the oldest, and whether that is
// longer than the pack allows; nil: somebody has each.
func (d *Desk) Unassigned(ctx context.Context) (oldest *Age, err error) {
	c, err := d.caller(ctx, OpQueue)
	if err != nil {
		return nil, err
	}
	return oldest, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		since, err := tx.UnassignedSince(ctx)
		if err != nil || since == nil {
			return err
		}
		oldest, err = age(c.Vendor.Settings, store.Ticket{State: ticket.Registered, UnassignedSince: since}, d.Now())
		return err
	})
}

// QueueCounts are how many tickets each of the queues holds, in their order;
// none is counted further than store.CountsMax + 1.
func (d *Desk) QueueCounts(ctx context.Context, queues ...QueueQuery) (counts []int, err error) {
	c, err := d.caller(ctx, OpQueue)
	if err != nil {
		return nil, err
	}
	filters := make([]store.QueueFilter, len(queues))
	for i, q := range queues {
		if filters[i], err = d.queueFilter(ctx, c, q); err != nil {
			return nil, err
		}
	}
	return counts, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		for _, f := range filters {
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
	f, err := d.queueFilter(ctx, c, q)
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
	Helps     []store.Help         // open tickets with which the caller's partner was asked to help
	Fixes     []TicketView         // closed, and the reader is asked whether what was shipped works
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
		if o.Promise, err = tx.NextPromise(ctx, theirs); err != nil {
			return err
		}
		if c.Person.OrganizationKind == "partner" {
			if o.Helps, err = tx.HelpOf(ctx, c.Person.ID); err != nil {
				return err
			}
		}
		if c.Reach(OpVerifyFix) == Nothing {
			return nil
		}
		asked := c.sight(OpVerifyFix)
		asked.Watched = false
		o.Fixes, err = fixesToCheck(ctx, tx, asked, limit)
		return err
	})
}
