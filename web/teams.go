package web

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// teamsView is the list of teams.
type teamsView struct {
	asIs
	List       []store.Team
	Next       string // address of the rest; "" on the last page
	Kinds      []string
	Candidates []option
}

func (q *request) teams() (v teamsView, err error) {
	list, next, err := q.site.desk.Teams(q.Request().Context(), q.QueryParam("after"), directoryPage)
	if err != nil {
		return v, err
	}
	if next != "" {
		v.Next = q.to("/console/teams" + query(url.Values{"after": {next}}))
	}
	v.List, v.Kinds, v.asIs = list, desk.TeamKinds, asIs{"new": {"kind": {desk.TeamKinds[0]}}}
	v.Candidates, err = q.candidates(nil)
	return v, err
}

// candidates are who can be a member of a team, and who is though they may have
// left.
func (q *request) candidates(members []store.Member) (list []option, err error) {
	if q.caller.Reach(desk.OpUpdateTeam) == desk.Nothing {
		return nil, nil
	}
	people, err := q.site.desk.TeamCandidates(q.Request().Context())
	there := map[uuid.UUID]bool{}
	for _, p := range people {
		there[p.ID] = true
		list = append(list, option{ID: p.ID.String(), Name: p.Name})
	}
	for _, m := range members {
		if !there[m.PersonID] {
			list = append(list, option{ID: m.PersonID.String(), Name: m.Name})
		}
	}
	return list, err
}

func teamsPage(q *request) error {
	v, err := q.teams()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "teams", "teams_title", v)
}

// teamInput is what a form about a team says.
func (q *request) teamInput() desk.TeamInput {
	in := desk.TeamInput{Name: q.text("name"), Kind: q.text("kind"), Code: q.text("code"), Members: []uuid.UUID{}}
	for _, one := range q.Request().PostForm["members"] {
		id, _ := uuid.Parse(one) // nonsense: the desk names the field
		in.Members = append(in.Members, id)
	}
	return in
}

func createTeam(q *request) error {
	t, wrong := q.site.desk.CreateTeam(q.Request().Context(), q.formKey(), q.teamInput())
	if wrong == nil {
		return q.seeOther("/console/teams/" + t.ID.String() + "?done=team_made")
	}
	if problem.CodeOf(wrong) == problem.Forbidden {
		return wrong
	}
	v, err := q.teams()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "new", "teams", "teams_title", v)
}

// teamView is one team.
type teamView struct {
	asIs
	store.Team
	Kinds      []string
	Candidates []option
}

func (q *request) team(id uuid.UUID) (v teamView, err error) {
	if v.Team, err = q.site.desk.Team(q.Request().Context(), id); err != nil {
		return v, err
	}
	members := []string{}
	for _, m := range v.Members {
		members = append(members, m.PersonID.String())
	}
	v.Kinds, v.asIs = desk.TeamKinds, asIs{"edit": {"name": {v.Name}, "kind": {v.Kind}, "code": {v.Code}, "members": members}}
	v.Candidates, err = q.candidates(v.Members)
	return v, err
}

func teamPage(q *request) error {
	id, err := q.idIn("team")
	if err != nil {
		return err
	}
	v, err := q.team(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "team", "team_title", v, "name", v.Name)
}

func updateTeam(q *request) error {
	id, err := q.idIn("team")
	if err != nil {
		return err
	}
	if _, wrong := q.site.desk.UpdateTeam(q.Request().Context(), id, q.version(), q.teamInput()); wrong != nil {
		v, err := q.team(id)
		if err != nil {
			return err
		}
		if !q.already(wrong, v.now("edit")) {
			return q.refusedForm(wrong, "edit", "team", "team_title", v, "name", v.Name)
		}
	}
	return q.seeOther("/console/teams/" + id.String() + "?done=team_kept")
}
