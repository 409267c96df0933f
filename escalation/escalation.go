// Package escalation puts complaints, and breaches that pull a ladder, on its
// first rung, inside whatever transaction asks.
package escalation

import (
	"context"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Begin puts an escalation on the first rung of its organization's ladder:
// that of the contract it has. Conflict where the plan has none, or one is open.
// It is critical with its ticket, and about who has that.
func Begin(ctx context.Context, tx *store.Tx, v store.Vendor, t *store.Ticket, e *store.Escalation) error {
	terms := policy.Terms{}
	contract, err := tx.ContractOn(ctx, e.OrganizationID, e.OpenedAt.In(v.Settings.Location()))
	if err == nil && contract != nil {
		terms, err = contract.Terms()
	}
	if err != nil {
		return err
	}
	l, known := v.Settings.LadderOf(terms)
	if !known {
		return problem.New(problem.Conflict, "no_ladder", nil)
	}
	if t != nil {
		e.Critical = len(v.Settings.Severities) > 0 && t.Severity == v.Settings.Severities[0].Code
		if t.AssigneeID != nil && !e.About(*t.AssigneeID) {
			e.Concerned = append(e.Concerned, t.AssigneeID.String())
		}
	}
	if e.Concerned == nil {
		e.Concerned = []string{}
	}
	e.Ladder, e.Rung, e.Version = l.Code, 1, 1
	tell, err := v.Settings.TellAt(l.Rungs[0], e.OpenedAt, e.Critical)
	if err != nil {
		return err
	}
	e.TellAt = &tell
	return tx.InsertEscalation(ctx, e, e.OpenedAt.In(v.Settings.Location()).Year())
}
