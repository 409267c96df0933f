package activities

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// DevTickets are the local activities of the DevTicket and DevNews workflows.
type DevTickets struct {
	Store *store.Store
}

// DevRef names a dev ticket, or news, and its vendor.
type DevRef struct{ Vendor, ID string }

// DevResult is the row after a commit, whatever its outcome.
type DevResult struct {
	Outcome ticket.Outcome
	Row     devticket.Snapshot
}

// LoadDev reads the row and confirms every transition it shows: the workflow
// knows them now. NotFound is permanent.
func (a *DevTickets) LoadDev(ctx context.Context, ref DevRef) (devticket.Snapshot, error) {
	id, vendor, err := named(ctx, a.Store, ref.Vendor, ref.ID)
	if err != nil {
		return devticket.Snapshot{}, AsApplication(err)
	}
	var row store.DevTicket
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		if row, err = tx.DevTicket(ctx, id); err != nil {
			return err
		}
		return tx.ConfirmWork(ctx, id, row.Version)
	})
	return row.Snapshot(), AsApplication(err)
}

// CommitDev makes a decided transition in one transaction, once for its key, with
// the news of it. Stale and already applied are results, not errors.
func (a *DevTickets) CommitDev(ctx context.Context, t devticket.Transition) (DevResult, error) {
	id, vendor, err := named(ctx, a.Store, t.Vendor, t.Dev)
	if err != nil {
		return DevResult{}, AsApplication(err)
	}
	outcome, row, err := a.Store.CommitDev(ctx, vendor.ID, store.DevChange{
		Dev: id, Ticket: idOf(t.Ticket), Key: t.Key, Expected: t.Expected,
		Apply: func(tx *store.Tx, row *store.DevTicket, of *store.Ticket, body json.RawMessage) error {
			return applyDev(ctx, tx, vendor, row, of, t, body)
		},
	})
	telemetry.Note(ctx, "dev_ticket", row.Number)
	telemetry.Note(ctx, "outcome", string(outcome))
	return DevResult{Outcome: outcome, Row: row.Snapshot()}, AsApplication(err)
}

// applyDev writes a transition into the locked row; of is the ticket of a
// customer who has checked, locked too.
func applyDev(ctx context.Context, tx *store.Tx, vendor store.Vendor, d *store.DevTicket, of *store.Ticket, t devticket.Transition, body json.RawMessage) error {
	var written devticket.Written
	if len(body) > 0 {
		if err := json.Unmarshal(body, &written); err != nil {
			return fmt.Errorf("read command %s: %w", t.Key, err)
		}
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	d.State, d.UpdatedAt = t.To, t.At
	news := store.DevNews{ID: store.NewID(), Kind: t.News, DevID: &d.ID, Target: t.Target, ByID: by, At: t.At}
	switch t.Action {
	case devticket.ActPlan:
		d.Target, d.ReleaseID = t.Target, idOf(t.Release)
	case devticket.ActShip:
		d.Target, d.ShippedAt, d.NewsID = t.Target, &t.At, &news.ID
		if t.Release != "" {
			d.ReleaseID = idOf(t.Release)
		}
		if err := tx.Ship(ctx, d.ID); err != nil {
			return err
		}
	case devticket.ActRefuse:
		d.Refusal, news.Words = written.Text, written.Text
		if err := evaluated(ctx, tx, vendor, *d, of, t, written); err != nil {
			return err
		}
	case devticket.ActAccept:
		if err := evaluated(ctx, tx, vendor, *d, of, t, written); err != nil {
			return err
		}
	case devticket.ActVerify, devticket.ActFail:
		if err := check(ctx, tx, vendor, d, *of, t, written); err != nil {
			return err
		}
	case devticket.ActBegin:
		if t.From == devticket.NotVerified { // the version it failed in is out: which comes next is not decided
			d.Target, d.ReleaseID = "", nil
		}
	}
	said := map[string]any{"from": t.From, "to": d.State, "version": t.Target, "ticket_id": t.Ticket}
	if written.Channel == store.ChannelTracker {
		said["channel"] = written.Channel
	}
	data, err := json.Marshal(said)
	if err != nil {
		return err
	}
	if err := tx.InsertDevEvent(ctx, store.DevEvent{DevID: d.ID, Version: d.Version, Kind: devKind(t), ActorID: &by, At: t.At, Data: data}); err != nil {
		return err
	}
	if t.News == "" {
		return nil
	}
	return tx.InsertDevNews(ctx, news)
}

// devKind is what a transition is called in the dev ticket's history.
func devKind(t devticket.Transition) string {
	if t.News == devticket.NewsSlipped {
		return "slip_dev"
	}
	return string(t.Action)
}

// idOf is an id as it is written; nil for none.
func idOf(text string) *uuid.UUID {
	id, err := uuid.Parse(text)
	if err != nil {
		return nil
	}
	return &id
}

// How much of news is done in one transaction: well under a second, with the
// rows of nobody else locked for longer.
const (
	shipBatch = 50
	tellBatch = 100
)

// SpreadNews goes on with news: it ships the next dev tickets of a release, then
// notes it on the tickets that wait, then tells the next of their people, each
// once for all of theirs. It answers whether anything is left. Repeating it
// tells nobody twice.
func (a *DevTickets) SpreadNews(ctx context.Context, ref DevRef) (left bool, err error) {
	id, vendor, err := named(ctx, a.Store, ref.Vendor, ref.ID)
	if err != nil {
		return false, AsApplication(err)
	}
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		n, err := tx.LockDevNews(ctx, id)
		if err != nil || n.ToldAllAt != nil {
			left = false
			return err
		}
		if err := spread(ctx, tx, vendor, &n); err != nil {
			return err
		}
		left = n.ToldAllAt == nil
		return tx.UpdateDevNews(ctx, n)
	})
	return left, AsApplication(err)
}

func spread(ctx context.Context, tx *store.Tx, vendor store.Vendor, n *store.DevNews) error {
	switch {
	case !n.ShippedAll:
		shipped, err := tx.ShipNext(ctx, *n, shipBatch)
		n.Shipped += shipped
		n.ShippedAll = shipped < shipBatch
		return err
	case !n.Noted:
		n.Noted = true
		return tx.NoteNews(ctx, *n)
	}
	items, err := tx.NewsFor(ctx, *n, tellBatch)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		n.ToldAllAt = &n.At
		return nil
	}
	n.ToldTo = &items[len(items)-1].PersonID
	return tell(ctx, tx, vendor, *n, items)
}

// tell decides one mail for each person among the items, which are in their
// order.
func tell(ctx context.Context, tx *store.Tx, vendor store.Vendor, n store.DevNews, items []store.NewsItem) error {
	of := map[uuid.UUID][]store.NewsItem{}
	var ids []uuid.UUID
	for _, i := range items {
		if of[i.PersonID] == nil {
			ids = append(ids, i.PersonID)
		}
		of[i.PersonID] = append(of[i.PersonID], i)
	}
	people, err := tx.PeopleWith(ctx, ids)
	if err != nil {
		return err
	}
	effects := make([]store.Effect, len(people))
	for i, p := range people {
		if effects[i], err = notice.DevNews(vendor, n, p, of[p.ID]); err != nil {
			return err
		}
	}
	return tx.InsertEffect(ctx, effects...)
}
