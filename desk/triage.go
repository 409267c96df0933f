package desk

import (
	"context"
	"time"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// ToTriage is what waits for triage, and the one to look at.
type ToTriage struct {
	Ticket *TicketView // nil: nothing, or nothing after that place
	Place  string      // its place: what comes after it comes later
	Left   int         // how many wait, at most store.CountsMax + 1
	Oldest *time.Time  // when the oldest was registered; nil: none waits
	Since  *time.Time  // since when nothing waits; nil: something does, or never did
}

// NextToTriage is the registered ticket whose deadline comes first after a
// place ("": of all), and how much is left.
func (d *Desk) NextToTriage(ctx context.Context, after string) (t ToTriage, err error) {
	c, err := d.caller(ctx, OpTriage)
	if err != nil {
		return t, err
	}
	q := QueueQuery{States: []ticket.State{ticket.Registered}, Cursor: after, Limit: 1}
	next, _, err := d.Queue(ctx, q)
	if err != nil {
		return t, err
	}
	q.Cursor = ""
	f, err := d.queueFilter(ctx, c, q)
	if err != nil {
		return t, err
	}
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if t.Left, err = tx.QueueCount(ctx, f); err != nil {
			return err
		}
		if t.Left == 0 {
			t.Since, err = tx.LastTriaged(ctx)
			return err
		}
		if t.Oldest, err = tx.OldestRegistered(ctx); err != nil || len(next) == 0 {
			return err
		}
		v, err := d.view(ctx, tx, c, next[0].Ticket)
		t.Ticket, t.Place = &v, next[0].Cursor
		return err
	}); err != nil {
		return t, err
	}
	return t, nil
}

// Assignable are the members of staff a ticket can be given to, by name.
func (d *Desk) Assignable(ctx context.Context) (list []store.Person, err error) {
	return d.activeStaff(ctx, func(p store.Person) bool { return (Caller{Person: p}).Reach(OpAnswer) != Nothing })
}

// Carriers are the members of staff a service request can be given to, by name.
func (d *Desk) Carriers(ctx context.Context) (list []store.Person, err error) {
	return d.activeStaff(ctx, func(p store.Person) bool { return (Caller{Person: p}).Reach(OpBeginWork) != Nothing })
}

// activeStaff are the active members of staff that are wanted, by name.
func (d *Desk) activeStaff(ctx context.Context, wanted func(store.Person) bool) (list []store.Person, err error) {
	for cursor := ""; ; {
		page, next, err := d.Staff(ctx, cursor, PageMax)
		if err != nil {
			return nil, err
		}
		for _, p := range page {
			if p.Active && wanted(p) {
				list = append(list, p)
			}
		}
		if cursor = next; cursor == "" {
			return list, nil
		}
	}
}

// SendBack asks the customer for what is missing before triage: AskInformation by
// who may triage.
func (d *Desk) SendBack(ctx context.Context, key, ref, question string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActAskInformation, ref: ref, key: key, text: &question, textMin: 1, op: OpTriage})
}

// Letter is a mail as its reader will read it.
type Letter = mail.Message

// PreviewQuestion is the mail in which the requester would read a question,
// and its language. Nothing is kept or sent.
func (d *Desk) PreviewQuestion(ctx context.Context, ref, question string) (m *Letter, locale string, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, "", err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpTriage, ref)
		if err != nil {
			return err
		}
		to, err := tx.Person(ctx, row.RequesterID)
		if err != nil {
			return err
		}
		about, now := notice.About{Vendor: c.Vendor, Ticket: row}, d.Now()
		locale = to.Locale
		m, err = mail.Render(about.Notice(mail.InformationRequested, "preview", to, now, func(n *mail.Notice) {
			n.Actor, n.Text = c.Person.Name, clean(question)
		}))
		return err
	})
	return m, locale, err
}
