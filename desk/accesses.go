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

// AccessEntry is what staff have done in a customer's system.
type AccessEntry struct {
	AuthorityID *uuid.UUID // under which; nil: the newest that covers it
	Scope       string     // of ticket.Scopes
	Text        string     // what was done
}

// LogAccess keeps what staff have done in a customer's system; the customer
// sees it. Without a valid authority that covers it, it is refused: Conflict,
// whose key "access_needs_…" names what is missing.
func (d *Desk) LogAccess(ctx context.Context, key, ref string, in AccessEntry) (made store.Access, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return made, err
	}
	in.Text = clean(in.Text)
	return made, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpLogAccess, ref)
		if err != nil {
			return err
		}
		id, _, err := d.once(ctx, tx, c, write{action: string(OpLogAccess), ticket: &row.ID, key: key, body: in}, func() (uuid.UUID, error) {
			return d.logAccess(ctx, tx, c, row, in)
		})
		if err == nil {
			made, err = tx.Access(ctx, id)
		}
		return err
	})
}

func (d *Desk) logAccess(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in AccessEntry) (id uuid.UUID, err error) {
	var wrong problem.Fields
	checkText(&wrong, "text", &in.Text, 1, AuthorityTextMax)
	under, err := d.under(ctx, tx, row, in.Scope, in.AuthorityID, &wrong)
	if err != nil {
		return id, err
	}
	made := store.Access{ID: store.NewID(), TicketID: row.ID, AuthorityID: under.ID, PersonID: c.Person.ID, Scope: in.Scope, Body: in.Text, At: d.Now()}
	if err := tx.InsertAccess(ctx, made); err != nil {
		return id, err
	}
	data, err := json.Marshal(map[string]any{"authority": "used", "authority_id": under.ID, "access_id": made.ID})
	if err != nil {
		return id, err
	}
	return made.ID, tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "authority", Public: true, ActorID: &c.Person.ID, At: made.At, Data: data,
	})
}

// under is the authority of a ticket under which staff do what needs a scope:
// the one named, or the newest that covers it. Unprocessable with what was
// wrong before and what is wrong here, Conflict "access_needs_…" when nothing
// covers it. Nobody takes the authority back until the end of the transaction.
func (d *Desk) under(ctx context.Context, tx *store.Tx, row store.Ticket, scope string, named *uuid.UUID, wrong *problem.Fields) (under store.Authority, err error) {
	if !slices.Contains(ticket.Scopes, scope) {
		wrong.Add("scope", "field_not_a_choice", problem.Args{"choices": ticket.Scopes})
	}
	all, err := tx.Authorities(ctx, row.ID)
	if err != nil {
		return under, err
	}
	if named != nil {
		all = slices.DeleteFunc(all, func(a store.Authority) bool { return a.ID != *named })
		if len(all) == 0 {
			wrong.Add("authority_id", "authority_unknown", nil)
		}
	}
	if err := wrong.Err(); err != nil {
		return under, err
	}
	if under, err = covering(all, scope, d.Now()); err != nil {
		return under, err
	}
	if _, err := tx.LockAuthority(ctx, under.ID); err != nil {
		return under, err
	}
	if under, err = tx.Authority(ctx, under.ID); err == nil {
		_, err = covering([]store.Authority{under}, scope, d.Now())
	}
	return under, err
}

// Accesses lists what staff have done in the customer's systems for a ticket,
// oldest first, and the cursor of the next page.
func (d *Desk) Accesses(ctx context.Context, ref, after string, limit int) (list []store.Access, next string, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, "", err
	}
	page := store.Page{Limit: limit + 1}
	if after != "" {
		if page.AfterAt, page.AfterID, err = timeCursor(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.ticketOfAuthority(ctx, tx, c, OpListAccesses, ref)
		if err == nil {
			list, err = tx.Accesses(ctx, row.ID, page)
		}
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].At.UTC().Format(time.RFC3339Nano), list[limit-1].ID)
	}
	return list, next, err
}
