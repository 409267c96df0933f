package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListTeams(ctx context.Context, r ListTeamsRequestObject) (ListTeamsResponseObject, error) {
	list, next, err := s.desk.Teams(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := TeamPage{Teams: make([]Team, len(list)), Next: unlessZero(next)}
	for i, t := range list {
		page.Teams[i] = team(t)
	}
	return ListTeams200JSONResponse(page), nil
}

func (s server) GetTeam(ctx context.Context, r GetTeamRequestObject) (GetTeamResponseObject, error) {
	t, err := s.desk.Team(ctx, r.Team)
	if err != nil {
		return nil, err
	}
	return GetTeam200JSONResponse(team(t)), nil
}

func (s server) CreateTeam(ctx context.Context, r CreateTeamRequestObject) (CreateTeamResponseObject, error) {
	t, err := s.desk.CreateTeam(ctx, value(r.Params.IdempotencyKey), desk.TeamInput{
		Name: r.Body.Name, Kind: string(r.Body.Kind), Code: value(r.Body.Code), Members: r.Body.Members,
	})
	if err != nil {
		return nil, err
	}
	return CreateTeam201JSONResponse(team(t)), nil
}

func (s server) UpdateTeam(ctx context.Context, r UpdateTeamRequestObject) (UpdateTeamResponseObject, error) {
	t, err := s.desk.UpdateTeam(ctx, r.Team, r.Body.Version, desk.TeamInput{
		Name: r.Body.Name, Kind: string(r.Body.Kind), Code: value(r.Body.Code), Members: r.Body.Members,
	})
	if err != nil {
		return nil, err
	}
	return UpdateTeam200JSONResponse(team(t)), nil
}

func team(t store.Team) Team {
	view := Team{Id: t.ID, Version: t.Version, Name: t.Name, Kind: TeamKind(t.Kind), Code: t.Code, Members: make([]TeamMember, len(t.Members)), CreatedAt: t.CreatedAt}
	for i, m := range t.Members {
		view.Members[i] = TeamMember{Id: m.PersonID, Name: m.Name, Active: m.Active}
	}
	return view
}
