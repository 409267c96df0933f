package desk

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// ReasonMax is the longest reason or evidence, in characters.
const ReasonMax = 4000

// ExcludeInput asks for a breach to be left out of the adjusted figures.
type ExcludeInput struct {
	Clock    string
	Reason   string // the customer reads it
	Evidence string // internal: what shows that the registration was bad or incomplete
}

// Exclude asks a second person to leave a breach out of the adjusted figures.
// Conflict when the clock was not missed, or one stands or waits already.
func (d *Desk) Exclude(ctx context.Context, key, ref string, in ExcludeInput) (ClocksView, error) {
	var wrong problem.Fields
	checkText(&wrong, "reason", &in.Reason, 1, ReasonMax)
	checkText(&wrong, "evidence", &in.Evidence, 1, ReasonMax)
	return d.excluding(ctx, OpExcludeBreach, key, ref, in, wrong.Err(), func(tx *store.Tx, c Caller, row store.Ticket) (uuid.UUID, error) {
		e := store.Exclusion{
			ID: store.NewID(), TicketID: row.ID, Clock: in.Clock, Reason: in.Reason, Evidence: in.Evidence, AskedBy: c.Person.ID, AskedAt: d.Now(),
		}
		k := row.Clocks.Named(in.Clock)
		switch {
		case k == nil:
			wrong.Add("clock", "clock_not_there", nil)
			return e.ID, wrong.Err()
		case k.BreachedAt == nil:
			return e.ID, problem.New(problem.Conflict, "clock_not_missed", nil)
		}
		if err := tx.InsertExclusion(ctx, e); err != nil {
			return e.ID, err
		}
		return e.ID, d.noteExclusion(ctx, tx, c, row, "exclusion_asked", e)
	})
}

// DecideExclusion agrees or not. It is another person's than who asked:
// Forbidden for them, and Conflict once it is decided or taken back. Why not
// must be said.
func (d *Desk) DecideExclusion(ctx context.Context, key, ref string, id uuid.UUID, agree bool, why string) (ClocksView, error) {
	var wrong problem.Fields
	least := 1
	if agree {
		least = 0
	}
	checkText(&wrong, "reason", &why, least, ReasonMax)
	body := []any{id, agree, why}
	return d.excluding(ctx, OpDecideExclusion, key, ref, body, wrong.Err(), func(tx *store.Tx, c Caller, row store.Ticket) (uuid.UUID, error) {
		e, err := tx.LockExclusion(ctx, row.ID, id)
		switch {
		case err != nil:
			return id, err
		case e.AskedBy == c.Person.ID:
			return id, problem.New(problem.Forbidden, "exclusion_own", nil)
		case !e.Open():
			return id, problem.New(problem.Conflict, "exclusion_decided", nil)
		}
		now := d.Now()
		e.DecidedBy, e.DecidedAt, e.Agreed, e.Decision = &c.Person.ID, &now, &agree, why
		if err := tx.UpdateExclusion(ctx, e); err != nil {
			return id, err
		}
		what := "exclusion_agreed"
		if !agree {
			what = "exclusion_declined"
		}
		return id, d.noteExclusion(ctx, tx, c, row, what, e)
	})
}

// RevokeExclusion takes one back, decided or not: the breach counts again.
// Conflict when it does not stand and is not to be decided.
func (d *Desk) RevokeExclusion(ctx context.Context, key, ref string, id uuid.UUID, why string) (ClocksView, error) {
	var wrong problem.Fields
	checkText(&wrong, "reason", &why, 1, ReasonMax)
	body := []any{id, why}
	return d.excluding(ctx, OpRevokeExclusion, key, ref, body, wrong.Err(), func(tx *store.Tx, c Caller, row store.Ticket) (uuid.UUID, error) {
		e, err := tx.LockExclusion(ctx, row.ID, id)
		if err == nil && !e.Open() && !e.Stands() {
			err = problem.New(problem.Conflict, "exclusion_decided", nil)
		}
		if err != nil {
			return id, err
		}
		now := d.Now()
		e.RevokedBy, e.RevokedAt, e.Revocation = &c.Person.ID, &now, why
		if err := tx.UpdateExclusion(ctx, e); err != nil {
			return id, err
		}
		return id, d.noteExclusion(ctx, tx, c, row, "exclusion_revoked", e)
	})
}

// excluding does one of the above once for its key, and answers with the
// ticket's clocks.
func (d *Desk) excluding(ctx context.Context, op Operation, key, ref string, body any, wrong error,
	do func(*store.Tx, Caller, store.Ticket) (uuid.UUID, error),
) (v ClocksView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, op, ref)
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		_, _, err = d.once(ctx, tx, c, write{action: string(op), ticket: &row.ID, key: key, body: body}, func() (uuid.UUID, error) {
			return do(tx, c, row)
		})
		if err != nil {
			return err
		}
		return d.readClocks(ctx, tx, c, row, &v)
	})
	return v, err
}

func (d *Desk) noteExclusion(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, what string, e store.Exclusion) error {
	data := map[string]any{"exclusion_id": e.ID, "clock": e.Clock}
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, store.Event{TicketID: row.ID, Version: row.Version, Kind: what, ActorID: &c.Person.ID, At: d.Now(), Data: raw}); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, what, "ticket", row.ID, data)
}
