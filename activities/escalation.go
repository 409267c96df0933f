package activities

import (
	"context"
	"slices"
	"time"

	"github.com/casepath/casepath/escalation"
	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// Escalations are the local activities of the Escalation workflow.
type Escalations struct {
	Store *store.Store
}

// EscalationRef names an escalation and its vendor.
type EscalationRef struct{ Vendor, ID string }

// EscalationResult is the row after a commit, whatever its outcome.
type EscalationResult struct {
	Outcome ticket.Outcome
	Row     ladder.Snapshot
}

// LoadEscalation reads the row. NotFound is permanent.
func (a *Escalations) LoadEscalation(ctx context.Context, ref EscalationRef) (ladder.Snapshot, error) {
	id, vendor, err := named(ctx, a.Store, ref.Vendor, ref.ID)
	if err != nil {
		return ladder.Snapshot{}, AsApplication(err)
	}
	var row store.Escalation
	err = a.Store.In(ctx, vendor.ID, func(tx *store.Tx) error {
		row, err = tx.Escalation(ctx, id)
		return err
	})
	return row.Snapshot(), AsApplication(err)
}

// CommitEscalation makes what time does: a rung is told, or the next one's turn
// comes. Stale is a result, not an error.
func (a *Escalations) CommitEscalation(ctx context.Context, t ladder.Transition) (EscalationResult, error) {
	id, vendor, err := named(ctx, a.Store, t.Vendor, t.ID)
	if err != nil {
		return EscalationResult{}, AsApplication(err)
	}
	outcome, row, err := a.Store.CommitEscalation(ctx, vendor.ID, id, t.Expected, func(tx *store.Tx, e *store.Escalation) (step store.EscalationStep, err error) {
		pinned, err := tx.Pinned(ctx, vendor, e.PolicyVersion)
		if err != nil {
			return step, err
		}
		l, known := pinned.Settings.Ladder(e.Ladder)
		if !known || t.Rung > len(l.Rungs) {
			return step, problem.New(problem.Conflict, "no_ladder", nil)
		}
		e.UpdatedAt = t.At
		if t.Action == ladder.ActPass {
			return passed(pinned.Settings, l.Rungs[t.Rung-1], e, t)
		}
		return told(ctx, tx, pinned, l, e, t.At)
	})
	telemetry.Note(ctx, "escalation", row.Number)
	telemetry.Note(ctx, "outcome", string(outcome))
	return EscalationResult{Outcome: outcome, Row: row.Snapshot()}, AsApplication(err)
}

// passed makes it the next rung's turn, who is told in its own hours.
func passed(s policy.Settings, next policy.Rung, e *store.Escalation, t ladder.Transition) (step store.EscalationStep, err error) {
	tell, err := s.TellAt(next, t.At, e.Critical)
	e.Rung, e.TellAt, e.ToldAt, e.DueAt, e.PassAt, e.AcknowledgedAt = t.Rung, &tell, nil, nil, nil, nil
	return store.EscalationStep{Kind: "passed", Rung: e.Rung, At: t.At}, err
}

// told tells who stands on the rung and is not complained about. Where that is
// nobody, the next one's turn comes at once.
func told(ctx context.Context, tx *store.Tx, vendor store.Vendor, l policy.Ladder, e *store.Escalation, at time.Time) (step store.EscalationStep, err error) {
	rung := l.Rungs[e.Rung-1]
	people, err := escalation.Standing(ctx, tx, vendor.Settings, rung, *e)
	if err != nil {
		return step, err
	}
	due, err := vendor.Settings.AcknowledgeBy(rung, at)
	if err != nil {
		return step, err
	}
	e.TellAt, e.ToldAt, e.DueAt, e.PassAt = nil, &at, &due, nil
	step = store.EscalationStep{Kind: "told", Rung: e.Rung, At: at}
	if len(people) == 0 {
		step.Kind, e.ToldAt, e.DueAt = "nobody_told", nil, nil
		due = at
	}
	if e.Rung < len(l.Rungs) {
		e.PassAt = &due
	}
	for _, p := range people {
		step.Told = append(step.Told, p.String())
	}
	return step, notice.Escalated{Vendor: vendor, Row: *e}.Told(ctx, tx, people, at)
}

// missed is what a missed clock of a ticket pulls.
type missed struct{}

// keep begins an escalation when a clock is missed whose breach pulls the ladder
// of the ticket's plan, unless one is open.
func (missed) keep(ctx context.Context, tx *store.Tx, vendor store.Vendor, row *store.Ticket, t ticket.Transition) error {
	clock, breach := ticket.ClockOf(t.Action)
	if !breach {
		return nil
	}
	terms, err := tx.TermsOf(ctx, *row)
	if err != nil {
		return err
	}
	l, known := vendor.Settings.LadderOf(terms)
	if !known || !slices.Contains(l.OnBreach, clock) {
		return nil
	}
	if open, err := tx.OpenEscalation(ctx, row.ID); err != nil || open != nil {
		return err
	}
	e := store.Escalation{
		ID: store.NewID(), VendorID: vendor.ID, State: ladder.Open, OrganizationID: row.OrganizationID, TicketID: &row.ID, Reason: clock,
		OpenedAt: t.At, PolicyVersion: row.PolicyVersion,
	}
	if err := escalation.Begin(ctx, tx, vendor, row, &e); err != nil {
		return err
	}
	return tx.InsertEscalationStep(ctx, store.EscalationStep{EscalationID: e.ID, Version: 1, Kind: "opened", Rung: 1, Reason: clock, At: t.At})
}
