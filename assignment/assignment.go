// Package assignment gives tickets to teams and, where the vendor's pack finds
// somebody by itself, to one of the team. It is no act of staff: no clock stops
// because of it.
package assignment

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Able are the roles a ticket can be given to; desk's permissions say the same
// of who may answer one.
var Able = []string{"agent", "manager"}

// Carrying are the roles a service request can be given to.
var Carrying = []string{"agent", "manager", "trainer"}

// Reviewing are the roles a QA review can be given to.
var Reviewing = []string{"qa", "manager"}

// Begin places a ticket that is being registered: its team by the rules of the
// pack, and who gets it. With nobody to give it to it stays with the team.
func Begin(ctx context.Context, tx *store.Tx, s policy.Settings, row *store.Ticket, request store.Request) error {
	to, some, err := placed(ctx, tx, s, *row, request)
	if err != nil || !some {
		return err
	}
	row.Team = to.Team.Code
	row.AssigneeID, err = next(ctx, tx, to, row.RegisteredAt)
	return err
}

// TeamFor is the code of the team that Begin gives a request to; "" for none.
func TeamFor(ctx context.Context, tx *store.Tx, s policy.Settings, request store.Request) (string, error) {
	to, _, err := placed(ctx, tx, s, store.Ticket{Type: request.Type, Severity: request.Severity}, request)
	return to.Team.Code, err
}

// Follow places a ticket whose reason, severity or path triage has just decided
// without naming anybody: when it belongs to another team now it goes there, and
// else to whoever decided.
func Follow(ctx context.Context, tx *store.Tx, s policy.Settings, row *store.Ticket, decider uuid.UUID, at time.Time) error {
	to, moves, err := follows(ctx, tx, s, row)
	if err != nil {
		return err
	}
	if !moves {
		row.AssigneeID = &decider
		return nil
	}
	row.AssigneeID, err = next(ctx, tx, to, at)
	return err
}

// Name is Follow when triage named who gets the ticket: the team alone follows.
func Name(ctx context.Context, tx *store.Tx, s policy.Settings, row *store.Ticket, person uuid.UUID) error {
	_, _, err := follows(ctx, tx, s, row)
	row.AssigneeID = &person
	return err
}

// Hand gives a ticket to another team, which finds who of it gets it. Conflict
// "team_gone" when the pack the ticket is run by has no such team: it was moved
// to another version since that was checked.
func Hand(ctx context.Context, tx *store.Tx, s policy.Settings, row *store.Ticket, team string, at time.Time) error {
	to, known := s.PlacedIn(team)
	if !known {
		return problem.New(problem.Conflict, "team_gone", problem.Args{"team": team})
	}
	row.Team = to.Team.Code
	var err error
	row.AssigneeID, err = next(ctx, tx, to, at)
	return err
}

// Event is the line of the history that says where a ticket went by itself;
// staff alone see it.
func Event(row store.Ticket) (store.Event, error) {
	data, err := json.Marshal(map[string]any{"team": row.Team, "assignee_id": row.AssigneeID})
	return store.Event{TicketID: row.ID, Version: row.Version, Kind: "assigned", At: row.UpdatedAt, Data: data}, err
}

// follows moves a ticket to the team it belongs to now, if that is another one.
func follows(ctx context.Context, tx *store.Tx, s policy.Settings, row *store.Ticket) (to policy.Placement, moves bool, err error) {
	if s.Pack == nil {
		return to, false, nil
	}
	request, err := tx.RequestRow(ctx, row.ID)
	if err != nil {
		return to, false, err
	}
	to, some, err := placed(ctx, tx, s, *row, request.Request)
	if err != nil || !some || to.Team.Code == row.Team {
		return to, false, err
	}
	row.Team = to.Team.Code
	return to, true, nil
}

// reviewed is the path whose team reviews a ticket that stays where it was: who
// has it tells the customer what was found.
const reviewed = "defect"

func placed(ctx context.Context, tx *store.Tx, s policy.Settings, row store.Ticket, request store.Request) (policy.Placement, bool, error) {
	if s.Pack == nil {
		return policy.Placement{}, false, nil
	}
	product, err := tx.ProductOf(ctx, request.Package)
	path := row.Path
	if path == reviewed {
		path = ""
	}
	to, some := s.Placed(row.Type, []string{product, request.Package, request.Component}, row.Severity, path)
	return to, some, err
}

// next is who of a team comes next; nil where somebody has to take it.
func next(ctx context.Context, tx *store.Tx, to policy.Placement, at time.Time) (*uuid.UUID, error) {
	return nextAble(ctx, tx, to, Able, at)
}

func nextAble(ctx context.Context, tx *store.Tx, to policy.Placement, able []string, at time.Time) (*uuid.UUID, error) {
	if to.Method == policy.Manual {
		return nil, nil
	}
	pool := store.Pool{Team: to.Team.Code, Roles: to.Team.Roles, Able: able, At: at}
	return tx.NextInTurn(ctx, pool, to.Method == policy.LeastLoaded)
}

// Pick is who of a team of the pack gets a piece of work at an instant; nil where
// somebody has to take it, or the pack has no such team.
func Pick(ctx context.Context, tx *store.Tx, s policy.Settings, team string, at time.Time) (*uuid.UUID, error) {
	to, known := s.PlacedIn(team)
	if !known {
		return nil, nil //nolint:nilnil // said above
	}
	return nextAble(ctx, tx, to, Carrying, at)
}

// PickReviewer is Pick of a QA review.
func PickReviewer(ctx context.Context, tx *store.Tx, s policy.Settings, team string, at time.Time) (*uuid.UUID, error) {
	to, known := s.PlacedIn(team)
	if !known {
		return nil, nil //nolint:nilnil // said above
	}
	return nextAble(ctx, tx, to, Reviewing, at)
}
