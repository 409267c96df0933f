package web

import (
	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// excluding is how staff have a breach left out of the adjusted figures: one
// asks, another agrees or not, and it can be taken back.
var excluding = []route{
	{"POST", "/console/tickets/:ticket/clocks/exclude", desk.OpExcludeBreach, excludeBreach},
	{"POST", "/console/tickets/:ticket/clocks/decide", desk.OpDecideExclusion, decideExclusion},
	{"POST", "/console/tickets/:ticket/clocks/revoke", desk.OpRevokeExclusion, revokeExclusion},
}

func excludeBreach(q *request) error {
	in := desk.ExcludeInput{Clock: q.text("clock"), Reason: q.text("reason"), Evidence: q.text("evidence")}
	_, err := q.site.desk.Exclude(q.Request().Context(), q.formKey()+in.Clock, q.Param("ticket"), in)
	return q.excluded(err, "exclude-"+in.Clock, "asked")
}

func decideExclusion(q *request) error {
	id, agree, done := q.exclusion(), q.text("agree") == "yes", "declined"
	if agree {
		done = "agreed"
	}
	_, err := q.site.desk.DecideExclusion(q.Request().Context(), q.formKey()+id.String(), q.Param("ticket"), id, agree, q.text("reason"))
	return q.excluded(err, "decide-"+id.String(), done)
}

func revokeExclusion(q *request) error {
	id := q.exclusion()
	_, err := q.site.desk.RevokeExclusion(q.Request().Context(), q.formKey()+id.String(), q.Param("ticket"), id, q.text("reason"))
	return q.excluded(err, "revoke-"+id.String(), "revoked")
}

// exclusion is the one a form names; for nonsense one that nothing has.
func (q *request) exclusion() uuid.UUID {
	id, _ := uuid.Parse(q.text("exclusion"))
	return id
}

// excluded goes on to the page of the promises, or shows it with what was wrong
// with a form. Where somebody else was faster that form is gone, and what was
// typed is shown by itself.
func (q *request) excluded(wrong error, form, done string) error {
	if wrong == nil {
		return q.seeOther("/console/tickets/" + q.Param("ticket") + "/clocks?done=exclusion_" + done)
	}
	v, err := q.clocks()
	if err != nil {
		return err
	}
	if problem.CodeOf(wrong) == problem.Conflict {
		for _, field := range []string{"reason", "evidence"} {
			if text := q.text(field); text != "" {
				v.Typed = append(v.Typed, text)
			}
		}
	}
	return q.refusedForm(wrong, form, "clocks", "clocks_title", v, "number", v.Row.Number)
}

// Of are the exclusions of a clock's breach, oldest first.
func (v clocksView) Of(clock string) (list []store.Exclusion) {
	for _, e := range v.Exclusions {
		if e.Clock == clock {
			list = append(list, e)
		}
	}
	return list
}

// Live is the exclusion of a clock's breach that stands or is to be decided;
// nil for none.
func (v clocksView) Live(clock string) *store.Exclusion {
	for _, e := range v.Exclusions {
		if e.Clock == clock && (e.Open() || e.Stands()) {
			return &e
		}
	}
	return nil
}
