package desk

import (
	"context"
	"slices"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// rungs are the ladders on which the caller stands, by their code, with the first
// of their rungs there, counted from 1. Who stands on a rung reads what has come
// to it, and acts on it, whatever their roles.
func (c Caller) rungs(ctx context.Context, tx *store.Tx, s policy.Settings) (map[string]int, error) {
	if !c.Staff() || s.Pack == nil || len(s.Pack.Ladders) == 0 {
		return nil, nil
	}
	listed, member, err := tx.TeamCodes(ctx, c.Person.ID)
	if err != nil {
		return nil, err
	}
	first := map[string]int{}
	for _, l := range s.Pack.Ladders {
		at := slices.IndexFunc(l.Rungs, func(r policy.Rung) bool {
			if slices.Contains(listed, r.Team) {
				return slices.Contains(member, r.Team)
			}
			return slices.ContainsFunc(s.RungRoles(r), func(role string) bool { return c.holds(Role(role)) })
		})
		if at >= 0 {
			first[l.Code] = at + 1
		}
	}
	return first, nil
}

// onRung says whether an escalation has come to a rung on which the caller
// stands, and is not about them.
func (d *Desk) onRung(ctx context.Context, tx *store.Tx, c Caller, e store.Escalation) (bool, error) {
	if !c.Staff() {
		return false, nil
	}
	var t *store.Ticket
	if e.TicketID != nil {
		found, err := tx.Ticket(ctx, *e.TicketID)
		if err != nil {
			return false, err
		}
		t = &found
	}
	if complainedAbout(c, e, t) {
		return false, nil
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, e.PolicyVersion)
	if err != nil {
		return false, err
	}
	first, err := c.rungs(ctx, tx, pinned.Settings)
	at, stands := first[e.Ladder]
	return stands && at <= e.Rung, err
}

// allowEscalation refuses an operation that is not the caller's: of staff who
// hold no role for it, it is theirs who stand on a rung it has come to.
func (d *Desk) allowEscalation(ctx context.Context, tx *store.Tx, c Caller, op Operation, e store.Escalation) error {
	if err := c.allow(op); err != nil || !c.Staff() || c.Reach(op) == Everything {
		return err
	}
	stands, err := d.onRung(ctx, tx, c, e)
	if err == nil && !stands {
		err = problem.New(problem.Forbidden, "not_your_role", nil)
	}
	return err
}

// Climbs says whether complaints may come to the caller: by their role, or since
// they stand on a rung.
func (d *Desk) Climbs(ctx context.Context) (bool, error) {
	c, err := d.caller(ctx, OpListEscalations)
	if err != nil || !c.Staff() || c.Reach(OpListEscalations) == Everything {
		return err == nil, err
	}
	var first map[string]int
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		first, err = c.rungs(ctx, tx, c.Vendor.Settings)
		return err
	})
	return len(first) > 0, err
}
