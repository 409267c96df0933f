package desk

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// TeamKinds are what a team is there for (product section 2).
var TeamKinds = []string{"support", "customer_service", "qa", "development", "training", "other"}

// TeamMax is how many members a team may have.
const TeamMax = 200

// TeamInput describes a team.
type TeamInput struct {
	Name    string
	Kind    string      // one of TeamKinds
	Code    string      // the team of the pack whose members it lists; "": none
	Members []uuid.UUID // staff
}

// check names every wrong field. before is the code the team has: one that the
// pack has no more may stay.
func (in *TeamInput) check(s policy.Settings, before string) error {
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	if !slices.Contains(TeamKinds, in.Kind) {
		wrong.Add("kind", "field_not_a_choice", problem.Args{"choices": TeamKinds})
	}
	if codes := teamCodes(s); in.Code != "" && in.Code != before && !slices.Contains(codes, in.Code) {
		wrong.Add("code", "field_not_a_choice", problem.Args{"choices": codes})
	}
	if len(in.Members) > TeamMax {
		wrong.Add("members", "too_many", problem.Args{"max": TeamMax})
	}
	for i, m := range in.Members {
		if slices.Contains(in.Members[:i], m) {
			wrong.Add(fmt.Sprintf("members/%d", i), "field_repeated", nil)
		}
	}
	return wrong.Err()
}

// checkMembers wants active staff; who belongs to the team already may have
// left since.
func (in *TeamInput) checkMembers(ctx context.Context, tx *store.Tx, before []store.Member) error {
	var wrong problem.Fields
	for i, id := range in.Members {
		if slices.ContainsFunc(before, func(m store.Member) bool { return m.PersonID == id }) {
			continue
		}
		person, err := tx.Person(ctx, id)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		if err != nil || person.OrganizationID != nil || !person.Active {
			wrong.Add(fmt.Sprintf("members/%d", i), "staff_unknown", nil)
		}
	}
	return wrong.Err()
}

// Teams lists the vendor's teams by name, and the cursor of the next page.
func (d *Desk) Teams(ctx context.Context, after string, limit int) (list []store.Team, next string, err error) {
	c, err := d.caller(ctx, OpListTeams)
	if err != nil {
		return nil, "", err
	}
	var afterName string
	var afterID uuid.UUID
	if after != "" {
		if afterName, afterID, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Teams(ctx, afterName, afterID, limit+1)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].Name, list[limit-1].ID)
	}
	return list, next, err
}

// Team is one team; staff alone see them.
func (d *Desk) Team(ctx context.Context, id uuid.UUID) (t store.Team, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return t, err
	}
	return t, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if t, err = tx.Team(ctx, id); err != nil {
			return err
		}
		return c.team(OpGetTeam)
	})
}

// team answers NotFound to whoever is not staff, and Forbidden to staff whose
// operation it is not.
func (c Caller) team(op Operation) error {
	if !c.inside() {
		return problem.Missing()
	}
	return c.allow(op)
}

// CreateTeam adds a team.
func (d *Desk) CreateTeam(ctx context.Context, key string, in TeamInput) (t store.Team, err error) {
	c, err := d.caller(ctx, OpCreateTeam)
	if err != nil {
		return t, err
	}
	if err := in.check(c.Vendor.Settings, ""); err != nil {
		return t, err
	}
	return t, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, _, err := d.once(ctx, tx, c, write{action: "create_team", key: key, body: in}, func() (uuid.UUID, error) {
			if err := in.checkMembers(ctx, tx, nil); err != nil {
				return uuid.Nil, err
			}
			created := store.Team{ID: store.NewID(), Name: in.Name, Kind: in.Kind, Code: in.Code, CreatedAt: d.Now()}
			if err := tx.InsertTeam(ctx, created, in.Members); err != nil {
				return uuid.Nil, err
			}
			return created.ID, d.audit(ctx, tx, c, "team_created", "team", created.ID, teamFacts(in.Name, in.Kind, in.Code, in.Members))
		})
		if err == nil {
			t, err = tx.Team(ctx, made)
		}
		return err
	})
}

// UpdateTeam replaces name, kind and members of a team. A version other than
// the team's is a Conflict.
func (d *Desk) UpdateTeam(ctx context.Context, id uuid.UUID, version int64, in TeamInput) (t store.Team, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return t, err
	}
	return t, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if t, err = tx.LockTeam(ctx, id); err != nil {
			return err
		}
		if err := c.team(OpUpdateTeam); err != nil {
			return err
		}
		if t.Version != version {
			return changedMeanwhile(t.Version)
		}
		if err := in.check(c.Vendor.Settings, t.Code); err != nil {
			return err
		}
		if err := in.checkMembers(ctx, tx, t.Members); err != nil {
			return err
		}
		if err := d.updateTeam(ctx, tx, c, t, in); err != nil {
			return err
		}
		t, err = tx.Team(ctx, id)
		return err
	})
}

func (d *Desk) updateTeam(ctx context.Context, tx *store.Tx, c Caller, t store.Team, in TeamInput) error {
	members := []uuid.UUID{}
	for _, m := range t.Members {
		members = append(members, m.PersonID)
	}
	changed := changes(teamFacts(t.Name, t.Kind, t.Code, members), teamFacts(in.Name, in.Kind, in.Code, in.Members))
	if len(changed) == 0 {
		return nil
	}
	t.Name, t.Kind, t.Code, t.Version = in.Name, in.Kind, in.Code, t.Version+1
	if err := tx.UpdateTeam(ctx, t, in.Members); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "team_changed", "team", t.ID, changed)
}

// teamFacts is what the audit keeps of a team.
func teamFacts(name, kind, code string, members []uuid.UUID) map[string]any {
	sorted := slices.Concat([]uuid.UUID{}, members)
	slices.SortFunc(sorted, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
	return map[string]any{"name": name, "kind": kind, "code": code, "members": sorted}
}
