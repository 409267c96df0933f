package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// TicketTime is the time on a ticket, and what the reader can do about it.
type TicketTime struct {
	Ticket  store.Ticket
	Entries []store.TimeEntry // the latest day first
	Next    string            // cursor of the next page; "" on the last
	Sums    []store.TimeSum   // by activity, and by whether and why they are not billed
	// What the pages offer.
	Activities []policy.Choice // of the pack it is pinned to
	// Earliest and Latest are the days time can be entered for, at midnight UTC.
	Earliest, Latest time.Time
	Today            time.Time       // at the vendor, at midnight UTC
	Work             *store.WorkDone // the service request it goes to; nil for none
	Charged          bool            // it is billed unless somebody says otherwise
	Timer            *store.Timer    // the reader's, wherever it runs
	May              bool            // the reader can enter time here
	Others           bool            // and for others
	Refusal          *problem.Error  // why the reader can't; nil: the ticket takes time
	Authorities      []store.Authority
}

// TicketTime reads the time on a ticket; staff alone see it.
func (d *Desk) TicketTime(ctx context.Context, ref, after string, limit int) (v TicketTime, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	place, err := timePlace(after)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if v.Ticket, err = d.find(ctx, tx, c, OpListTimeEntries, ref); err != nil {
			return err
		}
		if v.Entries, err = tx.TimeEntries(ctx, v.Ticket.ID, place, limit+1); err != nil {
			return err
		}
		v.Entries, v.Next = timePage(v.Entries, limit)
		if v.Sums, err = tx.TimeSums(ctx, v.Ticket.ID); err != nil {
			return err
		}
		return d.offerTime(ctx, tx, c, &v)
	})
}

// offerTime fills in what the reader can do.
func (d *Desk) offerTime(ctx context.Context, tx *store.Tx, c Caller, v *TicketTime) error {
	pinned, err := tx.Pinned(ctx, c.Vendor, v.Ticket.PolicyVersion)
	if err != nil {
		return err
	}
	v.Today = policy.DateIn(d.Now(), pinned.Settings.Location())
	v.Earliest, v.Latest = timeDays(v.Today, pinned.Settings, v.Ticket)
	v.Activities = activitiesOf(pinned.Settings)
	var none problem.Fields
	if v.Work, err = workOf(ctx, tx, v.Ticket, nil, &none); err != nil {
		return err
	}
	v.Charged = Charged(v.Ticket) || v.Work != nil
	if v.Timer, err = tx.Timer(ctx, c.Person.ID); err != nil {
		return err
	}
	if v.Authorities, err = tx.Authorities(ctx, v.Ticket.ID); err != nil {
		return err
	}
	v.Others = c.Reach(OpAddTimeEntry) == Everything
	if err := d.takesTime(ctx, tx, c, v.Ticket); problem.CodeOf(err) == problem.Conflict {
		v.Refusal, _ = problem.As(err)
	} else if err != nil {
		return err
	}
	v.May = v.Refusal == nil && len(v.Activities) > 0 && c.allow(OpAddTimeEntry) == nil
	return nil
}

// OwnTime is a week of the caller's time.
type OwnTime struct {
	From, Until time.Time         // Monday, and the Monday after, at midnight UTC
	Entries     []store.TimeEntry // the latest day first
	Next        string            // cursor of the next page; "" on the last
	Days        []store.TimeSum   // minutes by day and by whether they are billed
	Timer       *store.Timer      // the one that runs; nil for none
}

// OwnTime reads the week of the caller's that a day (2026-12-31, at the vendor)
// lies in; "" for this week.
func (d *Desk) OwnTime(ctx context.Context, day, after string, limit int) (v OwnTime, err error) {
	c, err := d.caller(ctx, OpListOwnTime)
	if err != nil {
		return v, err
	}
	place, err := timePlace(after)
	if err != nil {
		return v, err
	}
	on := d.today(c)
	if day != "" {
		var wrong problem.Fields
		if on, err = time.Parse(time.DateOnly, day); err != nil || on.Year() < 1000 {
			wrong.Add("week", "date_unreadable", nil)
			return v, wrong.Err()
		}
	}
	v.From = on.AddDate(0, 0, -(int(on.Weekday())+6)%7)
	v.Until = v.From.AddDate(0, 0, 7)
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if v.Entries, err = tx.PersonTime(ctx, c.Person.ID, v.From, v.Until, place, limit+1); err != nil {
			return err
		}
		v.Entries, v.Next = timePage(v.Entries, limit)
		if v.Days, err = tx.DaySums(ctx, c.Person.ID, v.From, v.Until); err != nil {
			return err
		}
		v.Timer, err = tx.Timer(ctx, c.Person.ID)
		return err
	})
}

// timePage cuts a list to a page, and answers the cursor of the next one.
func timePage(list []store.TimeEntry, limit int) (page []store.TimeEntry, next string) {
	if len(list) <= limit {
		return list, ""
	}
	last := list[limit-1]
	return list[:limit], cursor(last.Day.Format(time.DateOnly), last.ID)
}

func timePlace(after string) (p store.TimePlace, err error) {
	if after == "" {
		return p, nil
	}
	var id uuid.UUID
	p.Day, id, err = dateCursor(after)
	p.ID = id
	return p, err
}
