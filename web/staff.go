package web

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// staffing are the console's pages about the vendor's staff and their teams.
var staffing = []route{
	{"GET", "/console/staff", desk.OpListStaff, staffPage},
	{"POST", "/console/staff", desk.OpCreateStaff, createStaff},
	{"GET", "/console/staff/:member", desk.OpGetStaff, memberPage},
	{"POST", "/console/staff/:member", desk.OpUpdateStaff, updateStaff},
	{"POST", "/console/staff/:member/invite", desk.OpInviteStaff, inviteStaff},
	{"POST", "/console/staff/:member/end-sessions", desk.OpEndStaffSessions, endStaffSessions},
	{"POST", "/console/staff/:member/remove-second-factor", desk.OpResetStaffSecondFactor, resetStaffFactor},
	{"GET", "/console/teams", desk.OpListTeams, teamsPage},
	{"POST", "/console/teams", desk.OpCreateTeam, createTeam},
	{"GET", "/console/teams/:team", desk.OpGetTeam, teamPage},
	{"POST", "/console/teams/:team", desk.OpUpdateTeam, updateTeam},
}

// staffView is the list of staff.
type staffView struct {
	asIs
	List    []store.Person
	Next    string // address of the rest; "" on the last page
	Offered []desk.Role
}

func (q *request) staff() (v staffView, err error) {
	list, next, err := q.site.desk.Staff(q.Request().Context(), q.QueryParam("after"), directoryPage)
	if next != "" {
		v.Next = q.to("/console/staff" + query(url.Values{"after": {next}}))
	}
	v.List, v.Offered, v.asIs = list, desk.StaffRoles, asIs{"add": q.newPerson()}
	return v, err
}

func staffPage(q *request) error {
	v, err := q.staff()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "staff", "staff_title", v)
}

func createStaff(q *request) error {
	in, wrong := q.personInput()
	if wrong == nil || q.caller.Reach(desk.OpCreateStaff) == desk.Nothing {
		var p store.Person
		if p, wrong = q.site.desk.CreateStaff(q.Request().Context(), q.formKey(), in); wrong == nil {
			return q.seeOther("/console/staff/" + p.ID.String() + "?done=staff_added")
		}
	}
	if problem.CodeOf(wrong) == problem.Forbidden {
		return wrong
	}
	v, err := q.staff()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "add", "staff", "staff_title", v)
}

func memberPage(q *request) error { return q.showPerson(members) }

func updateStaff(q *request) error {
	return q.updatePerson(members, func(id uuid.UUID, in desk.PersonUpdate) error {
		_, err := q.site.desk.UpdateStaff(q.Request().Context(), id, in)
		return err
	})
}

func inviteStaff(q *request) error {
	return q.personForm(members, "invite", "invited", func(id uuid.UUID) error {
		_, err := q.site.desk.InviteStaff(q.Request().Context(), q.formKey(), id)
		return err
	})
}

func endStaffSessions(q *request) error {
	return q.personForm(members, "end", "sessions_ended", func(id uuid.UUID) error {
		return q.site.desk.EndStaffSessions(q.Request().Context(), id)
	})
}

func resetStaffFactor(q *request) error {
	return q.personForm(members, "factor", "second_factor_removed", func(id uuid.UUID) error {
		return q.site.desk.ResetStaffSecondFactor(q.Request().Context(), id)
	})
}
