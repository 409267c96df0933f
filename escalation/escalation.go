// Package escalation puts complaints, and breaches that pull a ladder, on its
// first rung, inside whatever transaction asks.
package escalation

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Begin puts an escalation on the first rung of its organization's ladder:
// that of the contract it has. Conflict where the plan has none, or one is open.
// It is critical with its ticket, and about who has that.
func Begin(ctx context.Context, tx *store.Tx, v store.Vendor, t *store.Ticket, e *store.Escalation) error {
	l, known, err := Ladder(ctx, tx, v.Settings, e.OrganizationID, e.OpenedAt)
	if err != nil {
		return err
	}
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

// Standing are the people of a rung but those whom an escalation is about, who has
// its ticket among them.
func Standing(ctx context.Context, tx *store.Tx, s policy.Settings, r policy.Rung, e store.Escalation) ([]uuid.UUID, error) {
	people, err := tx.TeamPeople(ctx, r.Team, s.RungRoles(r))
	if err != nil {
		return nil, err
	}
	var assignee *uuid.UUID
	if e.TicketID != nil {
		t, err := tx.Ticket(ctx, *e.TicketID)
		if err != nil {
			return nil, err
		}
		assignee = t.AssigneeID
	}
	return slices.DeleteFunc(people, func(id uuid.UUID) bool { return e.About(id) || assignee != nil && *assignee == id }), nil
}

// First is the rung, from 1, that is told first of an escalation not begun or just
// begun at an instant, and when: those on which nobody stands are passed at once.
// Where that is all of them it is the last.
func First(ctx context.Context, tx *store.Tx, s policy.Settings, l policy.Ladder, e store.Escalation, at time.Time) (rung int, tell time.Time, err error) {
	tell = at
	for i, r := range l.Rungs {
		if tell, err = s.TellAt(r, tell, e.Critical); err != nil {
			return 0, tell, err
		}
		people, err := Standing(ctx, tx, s, r, e)
		if err != nil || len(people) > 0 {
			return i + 1, tell, err
		}
	}
	return len(l.Rungs), tell, nil
}

// Ladder is the one that a complaint of an organization's goes up on a day: that
// of the contract it has then. known is false where its plan has none.
func Ladder(ctx context.Context, tx *store.Tx, s policy.Settings, organization uuid.UUID, at time.Time) (l policy.Ladder, known bool, err error) {
	terms := policy.Terms{}
	contract, err := tx.ContractOn(ctx, organization, at.In(s.Location()))
	if err == nil && contract != nil {
		terms, err = contract.Terms()
	}
	if err != nil {
		return l, false, err
	}
	l, known = s.LadderOf(terms)
	return l, known, nil
}
