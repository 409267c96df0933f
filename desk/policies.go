package desk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// NoteMax is the longest note a publication may have, in characters.
const NoteMax = 500

// Move is what moving an open ticket to another version of the pack changes.
type Move struct {
	Number  string
	From    string // the version it is pinned to; "": the vendor's settings alone
	Clocks  []ClockMove
	Hinders []Hindrance // why it can't be moved; nil: it can
}

// ClockMove is a promise before and after.
type ClockMove struct {
	Clock   string
	Was, Is *time.Time // deadlines; nil: none, since it is not promised, paused or has stopped
}

// Hindrance is a code of a ticket that the other version does not have.
type Hindrance struct {
	What string // form, severity, reason or path
	Code string
}

// Preview says, of each open ticket that is pinned to another version, what
// moving it to p would change. It writes nothing. cursor is the number after
// which to go on, "" from the start; next is "" at the end. There is no caller:
// only the command line asks.
func (d *Desk) Preview(ctx context.Context, vendor store.Vendor, p *policy.Pack, cursor string) (list []Move, next string, err error) {
	own, err := policy.Parse(vendor.Raw)
	if err != nil {
		return nil, "", err
	}
	to := p.Settings(own)
	err = d.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Unpinned(ctx, p.Version, cursor, PageMax)
		for _, row := range rows {
			if err != nil {
				return err
			}
			m := Move{Number: row.Number, From: row.PolicyVersion}
			before := row.Clocks
			if m.Hinders = hindrances(row, to); m.Hinders == nil {
				if err = moveTo(ctx, tx, &row, to); err == nil {
					m.Clocks = clockMoves(before, row.Clocks)
				}
			}
			list = append(list, m)
		}
		if len(rows) == PageMax {
			next = rows[len(rows)-1].Number
		}
		return err
	})
	return list, next, err
}

// moveTo pins a row to other settings, and aims its clocks anew by them.
func moveTo(ctx context.Context, tx *store.Tx, row *store.Ticket, to policy.Settings) error {
	ledger, err := tx.Ledger(ctx, row.ID)
	if err != nil {
		return err
	}
	terms, err := tx.TermsOf(ctx, *row)
	if err != nil {
		return err
	}
	row.PolicyVersion = to.PolicyVersion()
	return promise.Aim(row, ledger, to, terms)
}

// hindrances are the codes of a ticket that other settings don't know.
func hindrances(row store.Ticket, to policy.Settings) (list []Hindrance) {
	for _, c := range []struct {
		what, code string
		known      []policy.Choice
	}{{"form", row.Type, to.Types}, {"severity", row.Severity, to.Severities}, {"reason", row.Reason, to.Reasons}} {
		if c.code != "" && !policy.Has(c.known, c.code) {
			list = append(list, Hindrance{c.what, c.code})
		}
	}
	if _, on := to.Pack.Paths[row.Path]; row.Path != "" && !on {
		list = append(list, Hindrance{"path", row.Path})
	}
	return list
}

func clockMoves(was, is store.Clocks) (list []ClockMove) {
	due := func(k *store.Clock) *time.Time {
		if k == nil || k.StoppedAt != nil {
			return nil
		}
		return k.DueAt
	}
	for _, name := range ticket.Clocks {
		m := ClockMove{Clock: name, Was: due(was.Named(name)), Is: due(is.Named(name))}
		if (m.Was == nil) != (m.Is == nil) || m.Was != nil && !m.Was.Equal(*m.Is) {
			list = append(list, m)
		}
	}
	return list
}

// PublishPack makes a pack the vendor's procedure: what is submitted from now
// on is pinned to it. Open tickets stay where they are. The version in force
// already is a Conflict. There is no caller: only the command line publishes.
func (d *Desk) PublishPack(ctx context.Context, vendor store.Vendor, p *policy.Pack, note string) error {
	var wrong problem.Fields
	checkText(&wrong, "note", &note, 0, NoteMax)
	if err := wrong.Err(); err != nil {
		return err
	}
	defer d.Store.ForgetVendors()
	return d.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		before, err := tx.LockVendor(ctx)
		if err != nil {
			return err
		}
		if before == p.Version {
			return problem.New(problem.Conflict, "policy_in_force", problem.Args{"version": policy.ShortVersion(p.Version)})
		}
		if err := tx.KeepPack(ctx, p); err != nil {
			return err
		}
		if err := tx.Publish(ctx, store.Publication{Version: p.Version, PublishedAt: d.Now(), Note: note}); err != nil {
			return err
		}
		return d.audit(ctx, tx, Caller{Vendor: vendor}, "policy_published", "vendor", vendor.ID, map[string]any{"was": before, "is": p.Version, "note": note})
	})
}

// Publications lists what was published, newest first, with how many open
// tickets are run by each version.
func (d *Desk) Publications(ctx context.Context, vendor store.Vendor) (list []store.Publication, err error) {
	err = d.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Publications(ctx, PageMax)
		return err
	})
	return list, err
}

// MoveTicket moves an open ticket to the version in force, and says what that
// changed. A ticket that is there already is left alone; one that the version
// does not fit is a Conflict. It is in the audit trail and in the ticket's
// history, and its workflow is told. There is no caller: only the command line
// moves.
func (d *Desk) MoveTicket(ctx context.Context, vendor store.Vendor, number, reason string) (m Move, err error) {
	var wrong problem.Fields
	checkText(&wrong, "reason", &reason, 1, NoteMax)
	if err := wrong.Err(); err != nil {
		return m, err
	}
	err = d.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		version, err := tx.LockVendor(ctx)
		if err != nil {
			return err
		}
		row, err := tx.TicketByNumber(ctx, number)
		if err == nil {
			row, err = tx.LockTicket(ctx, row.ID)
		}
		if err != nil {
			return err
		}
		m = Move{Number: row.Number, From: row.PolicyVersion}
		if row.PolicyVersion == version || !row.State.Open() {
			return nil
		}
		to, err := tx.Pinned(ctx, vendor, version)
		if err != nil {
			return err
		}
		if m.Hinders = hindrances(row, to.Settings); m.Hinders != nil {
			return problem.New(problem.Conflict, "policy_does_not_fit", problem.Args{
				"number": number, "what": m.Hinders[0].What, "code": m.Hinders[0].Code,
			})
		}
		before := row.Clocks
		if err := moveTo(ctx, tx, &row, to.Settings); err != nil {
			return err
		}
		m.Clocks = clockMoves(before, row.Clocks)
		return d.keepMove(ctx, tx, Caller{Vendor: vendor}, row, "policy_moved", map[string]any{"was": m.From, "is": version, "reason": reason, "clocks": m.Clocks})
	})
	return m, err
}

// keepMove writes a row whose targets were aimed anew without its workflow,
// with its event and audit, and has the workflow read it.
func (d *Desk) keepMove(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, what string, data map[string]any) error {
	row.Version++
	row.UpdatedAt = d.Now()
	if err := tx.UpdateTicket(ctx, row); err != nil {
		return err
	}
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: what, ActorID: known(c.Person.ID), At: row.UpdatedAt, Data: raw,
	}); err != nil {
		return err
	}
	if err := d.audit(ctx, tx, c, what, "ticket", row.ID, data); err != nil {
		return err
	}
	return tx.InsertEffect(ctx, poke(row.ID, row.Version))
}

// poke tells a ticket's workflow that its row has moved to a version.
func poke(id uuid.UUID, version int64) store.Effect {
	raw, err := json.Marshal(version)
	if err != nil {
		raw = []byte("0")
	}
	return store.Effect{Kind: store.EffectSignal, Key: "poke/" + id.String() + "/" + string(raw), TicketID: &id, Payload: json.RawMessage(`{}`)}
}
