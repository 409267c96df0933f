package desk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// LinksMax is how many links of a ticket are shown, the newest of them, and how
// many others it can be related to.
const LinksMax = 100

// What the other ticket of a link is to the one that is looked at.
const (
	RelatedTo  = "related"
	MergedInto = "merged_into" // this one goes on as the other
	MergedHere = "merged_here" // the other goes on as this one
	SplitFrom  = "split_from"  // this one was split off the other
	SplitInto  = "split_into"  // the other was split off this one
)

// Linked is a ticket that belongs together with the one that is looked at.
type Linked struct {
	Link   uuid.UUID
	As     string // RelatedTo and so on
	ID     uuid.UUID
	Number string
	Title  string
	State  ticket.State
	At     time.Time
	By     string // for staff alone, like the next
	Reason string // of a merge
}

// Links lists the tickets that one is linked to, merged into or split off, the
// newest link first: those the caller sees anyway.
func (d *Desk) Links(ctx context.Context, ref string) (list []Linked, err error) {
	c, err := d.caller(ctx, OpListLinks)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpListLinks, ref)
		if err == nil {
			list, err = linked(ctx, tx, c, row)
		}
		return err
	})
}

// linked are the links of a ticket with what the caller sees.
func linked(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) (list []Linked, err error) {
	links, err := tx.TicketLinks(ctx, row.ID, LinksMax)
	if err != nil || len(links) == 0 {
		return nil, err
	}
	ids := make([]uuid.UUID, len(links))
	for i, l := range links {
		ids[i] = otherEnd(l, row.ID)
	}
	tickets, err := tx.TicketsOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, l := range links {
		at := slices.IndexFunc(tickets, func(t store.Ticket) bool { return t.ID == ids[i] })
		if at < 0 || !c.sight(OpGetTicket).Sees(tickets[at]) {
			continue
		}
		t := tickets[at]
		one := Linked{Link: l.ID, As: asSeen(l, row.ID), ID: t.ID, Number: t.Number, Title: t.Title, State: t.State, At: l.At}
		if c.Staff() {
			one.By, one.Reason = l.By, l.Reason
		}
		list = append(list, one)
	}
	return list, nil
}

func otherEnd(l store.TicketLink, of uuid.UUID) uuid.UUID {
	if l.From == of {
		return l.To
	}
	return l.From
}

// asSeen is what the other end of a link is to a ticket.
func asSeen(l store.TicketLink, of uuid.UUID) string {
	from := l.From == of
	switch {
	case l.Kind == store.LinkMerged && from:
		return MergedInto
	case l.Kind == store.LinkMerged:
		return MergedHere
	case l.Kind == store.LinkSplit && from:
		return SplitInto
	case l.Kind == store.LinkSplit:
		return SplitFrom
	}
	return RelatedTo
}

// Link says that two tickets have to do with each other, of whichever
// organizations: the customer's side sees it on a ticket of theirs only where
// the other is in their sight too. Conflict "tickets_linked" when it is said
// already. It answers with the ticket's links.
func (d *Desk) Link(ctx context.Context, key, ref, with string) ([]Linked, error) {
	return d.linking(ctx, OpLink, key, ref, with, func(tx *store.Tx, c Caller, row store.Ticket) (uuid.UUID, error) {
		l := store.TicketLink{ID: store.NewID(), From: row.ID, Kind: store.LinkRelated, ByID: c.Person.ID, At: d.Now()}
		other, err := d.other(ctx, tx, c, OpLink, "ticket", with)
		if err != nil {
			return l.ID, err
		}
		if l.To = other.ID; l.To == l.From {
			return l.ID, problem.New(problem.Conflict, "link_with_itself", problem.Args{"number": row.Number})
		}
		links, err := tx.TicketLinks(ctx, row.ID, LinksMax)
		if err != nil {
			return l.ID, err
		}
		if len(links) == LinksMax {
			return l.ID, problem.New(problem.Conflict, "too_many_links", problem.Args{"max": LinksMax})
		}
		if err := tx.InsertTicketLink(ctx, l); err != nil {
			return l.ID, err
		}
		return l.ID, d.noteLink(ctx, tx, c, "linked", row, other)
	})
}

// Unlink ends that two tickets are linked; repeating it changes nothing. Links of
// a merge or a split stay: Conflict "link_stays". NotFound for a link that is not the ticket's.
func (d *Desk) Unlink(ctx context.Context, key, ref string, link uuid.UUID) ([]Linked, error) {
	return d.linking(ctx, OpUnlink, key, ref, link, func(tx *store.Tx, c Caller, row store.Ticket) (uuid.UUID, error) {
		l, err := tx.TicketLink(ctx, row.ID, link)
		switch {
		case err != nil:
			return link, err
		case l.Kind != store.LinkRelated:
			return link, problem.New(problem.Conflict, "link_stays", nil)
		case l.Removed != nil:
			return link, nil
		}
		other, err := tx.Ticket(ctx, otherEnd(l, row.ID))
		if err != nil {
			return link, err
		}
		if err := tx.RemoveTicketLink(ctx, l.ID, c.Person.ID, d.Now()); err != nil {
			return link, err
		}
		return link, d.noteLink(ctx, tx, c, "unlinked", row, other)
	})
}

// linking does one of the above once for its key, and answers with the ticket's
// links.
func (d *Desk) linking(ctx context.Context, op Operation, key, ref string, body any,
	do func(*store.Tx, Caller, store.Ticket) (uuid.UUID, error),
) (list []Linked, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, op, ref)
		if err != nil {
			return err
		}
		w := write{action: string(op), ticket: &row.ID, key: key, body: body}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return do(tx, c, row) }); err != nil {
			return err
		}
		list, err = linked(ctx, tx, c, row)
		return err
	})
}

// noteLink keeps in the history of both tickets, for staff, that they are linked
// or no more.
func (d *Desk) noteLink(ctx context.Context, tx *store.Tx, c Caller, what string, row, other store.Ticket) error {
	for _, pair := range [][2]store.Ticket{{row, other}, {other, row}} {
		data, err := json.Marshal(map[string]any{"ticket_id": pair[1].ID, "number": pair[1].Number})
		if err != nil {
			return err
		}
		if err := tx.InsertEvent(ctx, store.Event{TicketID: pair[0].ID, Version: pair[0].Version, Kind: what, ActorID: &c.Person.ID, At: d.Now(), Data: data}); err != nil {
			return err
		}
	}
	return nil
}
