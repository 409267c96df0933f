package desk

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// WatchersMax is how many people may watch one ticket.
const WatchersMax = 50

// NewWatcher names who is to watch a ticket: by id, or by mail address.
type NewWatcher struct {
	PersonID *uuid.UUID
	Email    string // looked at without an id
}

// Watchers lists who watches a ticket by name; colleagues of staff are listed
// to staff alone.
func (d *Desk) Watchers(ctx context.Context, ref string) (list []store.Watcher, err error) {
	c, err := d.caller(ctx, OpListWatchers)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpListWatchers, ref)
		if err == nil {
			list, err = watchers(ctx, tx, c, row)
		}
		return err
	})
}

// watchers are those of a ticket whom the caller may know of.
func watchers(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) ([]store.Watcher, error) {
	list, err := tx.Watchers(ctx, row.ID)
	if !c.inside() {
		known := c.knownSides(row)
		list = slices.DeleteFunc(list, func(w store.Watcher) bool {
			return w.OrganizationID == nil || known != nil && !slices.Contains(known, *w.OrganizationID)
		})
	}
	return list, err
}

// knownSides are the organizations whose people on a ticket the caller may know
// of; nil for all. A partner does not learn which others act for its customer.
func (c Caller) knownSides(row store.Ticket) []uuid.UUID {
	if c.Staff() || c.Person.OrganizationKind != "partner" {
		return nil
	}
	return []uuid.UUID{row.OrganizationID, *c.Person.OrganizationID}
}

// Candidates are people whom the caller could have watch a ticket, at most
// PageMax, its own organization's first, by name. Whoever may not look contacts
// up gets none, and names people by their mail addresses.
func (d *Desk) Candidates(ctx context.Context, ref string) (list []store.Person, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpAddWatcher, ref)
		if err == nil && c.Reach(OpListContacts) != Nothing {
			list, err = candidates(ctx, tx, c, row)
		}
		return err
	})
}

// candidates are, for the customer's side, those of the two organizations it
// may look contacts up in.
func candidates(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) ([]store.Person, error) {
	var of []uuid.UUID
	if !c.Staff() {
		of = []uuid.UUID{row.OrganizationID, *c.Person.OrganizationID}
	}
	return tx.Candidates(ctx, row, of, PageMax)
}

// AddWatcher has somebody watch a ticket: a contact of its organization or of
// a partner who acts for it; by staff, a colleague too. They see the ticket as
// the customer's side does and are told what the requester is told, from now
// on. Repeating it changes nothing, nor does it with those the ticket concerns:
// they are told anyway. Who watches a ticket can't add others: those it concerns
// and staff do. It answers with who watches it then.
func (d *Desk) AddWatcher(ctx context.Context, ref string, who NewWatcher) (list []store.Watcher, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpAddWatcher, ref)
		if err != nil {
			return err
		}
		if err := d.stands(ctx, tx, c, row); err != nil {
			return err
		}
		// Of several at once one is first, and no partner's link ends meanwhile.
		if err := tx.LockTickets(ctx, row.ID); err != nil { // before the organization, as everywhere
			return err
		}
		if _, err := tx.LockOrganization(ctx, row.OrganizationID); err != nil {
			return err
		}
		p, err := candidate(ctx, tx, c, row, who)
		if err != nil {
			return err
		}
		if err := d.watch(ctx, tx, c, row, p); err != nil {
			return err
		}
		list, err = watchers(ctx, tx, c, row)
		return err
	})
}

// candidate is the person named, if the caller may have them watch the ticket.
// Who may not is answered like who does not exist.
func candidate(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, who NewWatcher) (store.Person, error) {
	var wrong problem.Fields
	field, key := "person_id", store.PersonKey{ID: who.PersonID}
	if who.PersonID == nil {
		field, key.Email = "email", canonical(who.Email)
		if key.Email == "" {
			wrong.Add(field, "field_empty", nil)
			return store.Person{}, wrong.Err()
		}
	}
	p, err := tx.LockCandidate(ctx, row, key, c.Staff(), c.knownSides(row))
	if problem.CodeOf(err) == problem.NotFound {
		wrong.Add(field, "watcher_unknown", nil)
		err = wrong.Err()
	}
	return p, err
}

// watch adds a watcher whom the ticket does not concern already.
func (d *Desk) watch(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, p store.Person) error {
	if slices.Contains(notice.Customers(row), p.ID) {
		return nil
	}
	added, err := tx.InsertWatcher(ctx, store.Watcher{TicketID: row.ID, PersonID: p.ID, AddedBy: c.Person.ID, AddedAt: d.Now()})
	if err != nil || !added {
		return err
	}
	list, err := tx.Watchers(ctx, row.ID)
	if err != nil {
		return err
	}
	if len(list) > WatchersMax {
		return problem.New(problem.Conflict, "too_many_watchers", problem.Args{"max": WatchersMax})
	}
	data := map[string]any{"person_id": p.ID}
	if err := d.noteWatcher(ctx, tx, c, row, "watcher_added", p.OrganizationID, data); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "watcher_added", "ticket", row.ID, data)
}

// RemoveWatcher ends that somebody watches a ticket; anybody may end their own
// watch. NotFound when they do not watch it, or the caller may not know.
func (d *Desk) RemoveWatcher(ctx context.Context, ref string, person uuid.UUID) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		op := OpRemoveWatcher
		if person == c.Person.ID {
			op = OpListWatchers // seeing it is enough
		}
		row, err := d.find(ctx, tx, c, op, ref)
		if err != nil {
			return err
		}
		if err := c.allow(OpRemoveWatcher); err != nil {
			return err
		}
		list, err := watchers(ctx, tx, c, row)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(list, func(w store.Watcher) bool { return w.PersonID == person })
		if at < 0 {
			return problem.Missing()
		}
		if err := tx.RemoveWatcher(ctx, row.ID, person); err != nil {
			return err
		}
		data := map[string]any{"person_id": person}
		if err := d.noteWatcher(ctx, tx, c, row, "watcher_removed", list[at].OrganizationID, data); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "watcher_removed", "ticket", row.ID, data)
	})
}

// noteWatcher keeps in the ticket's history who has come or gone; the
// customer's side hears of people of organizations, not of staff.
func (d *Desk) noteWatcher(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, kind string, of *uuid.UUID, data map[string]any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: kind, Public: of != nil, ActorID: &c.Person.ID, At: d.Now(), Data: raw,
	})
}
