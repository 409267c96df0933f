package desk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/escalation"
	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// How often one person may escalate.
const (
	escalationsMax    = 5
	escalationsWindow = 24 * time.Hour
)

// EscalateInput is a complaint of a customer's.
type EscalateInput struct {
	Ticket string // by uuid or number; "": it concerns none
	Reason string
	About  []uuid.UUID // staff it is about, of those who have to do with the ticket
}

// Escalate brings a complaint to the first rung of the ladder of the
// organization's plan. Conflict when the plan has none, or one is open already;
// RateLimited after escalationsMax in a day; a
// repeat of the key is none.
func (d *Desk) Escalate(ctx context.Context, key string, in EscalateInput) (v EscalationView, err error) {
	c, err := d.caller(ctx, OpEscalate)
	if err != nil {
		return v, err
	}
	var wrong problem.Fields
	checkText(&wrong, "reason", &in.Reason, 1, BodyMax)
	if err := wrong.Err(); err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.complainedOf(ctx, tx, c, in)
		if err != nil {
			return err
		}
		var ticketID *uuid.UUID
		if t != nil {
			ticketID = &t.ID
		}
		id, _, err := d.once(ctx, tx, c, write{action: string(OpEscalate), ticket: ticketID, key: key, body: in}, func() (uuid.UUID, error) {
			return d.escalate(ctx, tx, c, t, in)
		})
		if err != nil {
			return err
		}
		e, err := tx.Escalation(ctx, id)
		if err == nil {
			v, err = d.viewEscalation(ctx, tx, c, e)
		}
		return err
	})
}

// complainedOf is the ticket of a complaint, nil for none, once whom it is about
// is checked.
func (d *Desk) complainedOf(ctx context.Context, tx *store.Tx, c Caller, in EscalateInput) (*store.Ticket, error) {
	if in.Ticket == "" {
		return nil, checkAbout(ctx, tx, nil, in.About)
	}
	t, err := d.find(ctx, tx, c, OpEscalate, in.Ticket)
	if err != nil {
		return nil, err
	}
	return &t, checkAbout(ctx, tx, &t, in.About)
}

// checkAbout wants people of the vendor's who have the ticket, or have said
// something on it that its customer reads.
func checkAbout(ctx context.Context, tx *store.Tx, t *store.Ticket, about []uuid.UUID) error {
	var known []uuid.UUID
	if t != nil && len(about) > 0 {
		var err error
		if known, err = tx.StaffOn(ctx, *t); err != nil {
			return err
		}
	}
	var wrong problem.Fields
	for _, id := range about {
		if !slices.Contains(known, id) {
			wrong.Add("about", "staff_unknown", nil)
			break
		}
	}
	return wrong.Err()
}

func (d *Desk) escalate(ctx context.Context, tx *store.Tx, c Caller, t *store.Ticket, in EscalateInput) (id uuid.UUID, err error) {
	e := store.Escalation{
		ID: store.NewID(), VendorID: c.Vendor.ID, State: ladder.Open, OrganizationID: *c.Person.OrganizationID, OpenedBy: &c.Person.ID,
		Reason: in.Reason, OpenedAt: d.Now(), PolicyVersion: c.Vendor.Settings.PolicyVersion(), Concerned: texts(in.About),
	}
	if t != nil {
		if c.Vendor, err = tx.Pinned(ctx, c.Vendor, t.PolicyVersion); err != nil {
			return id, err
		}
		e.OrganizationID, e.TicketID, e.PolicyVersion = t.OrganizationID, &t.ID, t.PolicyVersion
	}
	oldest, n, err := tx.OpenedSince(ctx, c.Person.ID, e.OpenedAt.Add(-escalationsWindow))
	if err != nil {
		return id, err
	}
	if n >= escalationsMax {
		return id, tooMany(oldest.Add(escalationsWindow).Sub(e.OpenedAt))
	}
	if err := escalation.Begin(ctx, tx, c.Vendor, t, &e); err != nil {
		return id, err
	}
	l, _ := c.Vendor.Settings.Ladder(e.Ladder)
	rung, tell, err := escalation.First(ctx, tx, c.Vendor.Settings, l, e, e.OpenedAt)
	if err != nil {
		return id, err
	}
	if err := (notice.Escalated{Vendor: c.Vendor, Row: e}).Received(ctx, tx, c.Person.ID, rung, tell, e.OpenedAt); err != nil {
		return id, err
	}
	step := store.EscalationStep{
		EscalationID: e.ID, Version: 1, Kind: "opened", Rung: 1, PersonID: &c.Person.ID, Reason: in.Reason, Channel: c.channel(), IP: OriginFrom(ctx).IP, At: e.OpenedAt,
	}
	if err := tx.InsertEscalationStep(ctx, step); err != nil {
		return id, err
	}
	if t == nil {
		return e.ID, d.audit(ctx, tx, c, string(OpEscalate), "escalation", e.ID, map[string]any{"number": e.Number})
	}
	data, err := json.Marshal(map[string]any{"escalation_id": e.ID, "number": e.Number})
	if err != nil {
		return id, err
	}
	return e.ID, tx.InsertEvent(ctx, store.Event{TicketID: t.ID, Version: t.Version, Kind: "escalated", Public: true, ActorID: &c.Person.ID, At: e.OpenedAt, Data: data})
}

// AcknowledgeEscalation says that a rung has it: no other is told.
func (d *Desk) AcknowledgeEscalation(ctx context.Context, key, ref string) (EscalationView, error) {
	return d.escalated(ctx, ladder.ActAcknowledge, key, ref, "")
}

// HoldEscalation stops its time, for a reason.
func (d *Desk) HoldEscalation(ctx context.Context, key, ref, reason string) (EscalationView, error) {
	return d.escalated(ctx, ladder.ActHold, key, ref, reason)
}

// ResumeEscalation lets it go on.
func (d *Desk) ResumeEscalation(ctx context.Context, key, ref string) (EscalationView, error) {
	return d.escalated(ctx, ladder.ActResume, key, ref, "")
}

// ResolveEscalation ends it, for a reason the customer reads.
func (d *Desk) ResolveEscalation(ctx context.Context, key, ref, reason string) (EscalationView, error) {
	return d.escalated(ctx, ladder.ActResolve, key, ref, reason)
}

// WithdrawEscalation ends it by the customer, for a reason.
func (d *Desk) WithdrawEscalation(ctx context.Context, key, ref, reason string) (EscalationView, error) {
	return d.escalated(ctx, ladder.ActWithdraw, key, ref, reason)
}

// escalated does one of the above once for its key. Forbidden to who is
// complained about.
func (d *Desk) escalated(ctx context.Context, action ladder.Action, key, ref, reason string) (v EscalationView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	op := escalationOperation[action]
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		e, err := d.findEscalation(ctx, tx, c, op, ref)
		if err != nil {
			return err
		}
		var wrong problem.Fields
		if action != ladder.ActAcknowledge && action != ladder.ActResume {
			checkText(&wrong, "reason", &reason, 1, BodyMax)
		}
		if err := wrong.Err(); err != nil {
			return err
		}
		w := write{action: string(op), ticket: e.TicketID, key: key, body: []any{e.ID, reason}}
		if _, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return e.ID, d.moveEscalation(ctx, tx, c, e, action, reason) }); err != nil {
			return err
		}
		if e, err = tx.Escalation(ctx, e.ID); err == nil {
			v, err = d.viewEscalation(ctx, tx, c, e)
		}
		return err
	})
}

// escalationStep is what each action leaves among the steps.
var escalationStep = map[ladder.Action]string{
	ladder.ActAcknowledge: "acknowledged", ladder.ActHold: "held", ladder.ActResume: "resumed", ladder.ActResolve: "resolved", ladder.ActWithdraw: "withdrawn",
}

func (d *Desk) moveEscalation(ctx context.Context, tx *store.Tx, c Caller, e store.Escalation, action ladder.Action, reason string) error {
	var t *store.Ticket
	if e.TicketID != nil {
		found, err := tx.Ticket(ctx, *e.TicketID)
		if err != nil {
			return err
		}
		t = &found
	}
	if c.Staff() && complainedAbout(c, e, t) {
		return problem.New(problem.Forbidden, "escalation_about_you", nil)
	}
	decided, err := ladder.Decide(e.Snapshot(), ladder.Command{Action: action, Side: c.Actor().Side}, d.Now())
	if err != nil {
		return err
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, e.PolicyVersion)
	if err != nil {
		return err
	}
	e.Version++
	e.State, e.UpdatedAt = decided.To, decided.At
	if err := setEscalation(pinned, &e, action, decided.At); err != nil {
		return err
	}
	step := store.EscalationStep{
		Kind: escalationStep[action], Rung: e.Rung, PersonID: &c.Person.ID, Reason: reason, Channel: c.channel(), IP: OriginFrom(ctx).IP, At: decided.At,
	}
	if err := tx.UpdateEscalation(ctx, e, step); err != nil {
		return err
	}
	if err := tx.PokeWork(ctx, store.WorkEscalation, e.ID, e.Version, e.TicketID); err != nil {
		return err
	}
	if e.TicketID == nil {
		if err := d.audit(ctx, tx, c, string(escalationOperation[action]), "escalation", e.ID, map[string]any{"number": e.Number}); err != nil {
			return err
		}
	}
	to := e.OpenedBy
	if to == nil && t != nil {
		to = &t.RequesterID
	}
	if !e.State.Ended() || to == nil {
		return nil
	}
	return notice.Escalated{Vendor: pinned, Row: e}.Ended(ctx, tx, *to, reason, decided.At)
}

// setEscalation is what an action does to an escalation's time.
func setEscalation(v store.Vendor, e *store.Escalation, action ladder.Action, at time.Time) error {
	l, known := v.Settings.Ladder(e.Ladder)
	if !known || e.Rung > len(l.Rungs) {
		return problem.New(problem.Conflict, "no_ladder", nil)
	}
	rung := l.Rungs[e.Rung-1]
	switch {
	case e.State.Ended():
		e.TellAt, e.PassAt, e.EndedAt = nil, nil, &at
	case action == ladder.ActAcknowledge:
		e.TellAt, e.PassAt, e.AcknowledgedAt = nil, nil, &at
	case action == ladder.ActHold:
		e.TellAt, e.PassAt = nil, nil
	case action == ladder.ActResume && e.State == ladder.Open && e.ToldAt == nil:
		tell, err := v.Settings.TellAt(rung, at, e.Critical)
		e.TellAt = &tell
		return err
	case action == ladder.ActResume && e.State == ladder.Open:
		due, err := v.Settings.AcknowledgeBy(rung, at)
		if e.DueAt = &due; e.Rung < len(l.Rungs) {
			e.PassAt = &due
		}
		return err
	}
	return nil
}
