package web

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// stating are the pages of the weekly statement.
var stating = []route{
	{"GET", "/statement", desk.OpListReceivers, statementPage},
	{"GET", "/statement.csv", desk.OpPreviewStatement, statementCSV},
	{"POST", "/statement/nobody", desk.OpReportNobodyReceives, nobodyReceives},
	{"GET", "/console/statements", desk.OpListStandings, statementsPage},
	{"GET", "/console/organizations/:organization/statement", desk.OpListStandings, consoleStatement},
	{"POST", "/console/organizations/:organization/statement/send", desk.OpSendStatement, sendStatement},
}

// earlierStatements is how many statements that were sent are linked to at once.
const earlierStatements = 12

// statementView is the page of an organization's statement.
type statementView struct {
	desk.StatementSheet
	At    string // address of the page
	Rest  string // where earlier ones go on; "" for none
	Staff bool
}

func (q *request) statement(organization *uuid.UUID, at string) (v statementView, err error) {
	v = statementView{At: at, Staff: q.caller.Staff()}
	v.StatementSheet, err = q.site.desk.OpenStatement(q.Request().Context(), organization, q.QueryParam("week"), q.QueryParam("before"), earlierStatements)
	if v.More != "" {
		v.Rest = q.to(at + query(url.Values{"before": {v.More}}))
	}
	return v, err
}

// statementPage is the reader's own organization's; staff look it up with the
// organization.
func statementPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/statements")
	}
	v, err := q.statement(nil, "/statement")
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "statement", "statement_title", v)
}

// nobodyReceives says so of the reader's organization.
func nobodyReceives(q *request) error {
	if q.caller.Staff() {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	if wrong := q.site.desk.ReportNobodyReceives(q.Request().Context(), *q.caller.Person.OrganizationID); wrong != nil {
		v, err := q.statement(nil, "/statement")
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, "nobody", "statement", "statement_title", v)
	}
	return q.seeOther("/statement?done=statement_missed")
}

// statementCSV is the same statement as a file for a spreadsheet.
func statementCSV(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/statements")
	}
	v, err := q.statement(nil, "/statement")
	if err != nil {
		return err
	}
	if v.Shown == nil {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	rows := [][]string{{
		q.say("column_number"), q.say("column_title"), q.say("column_status"), q.say("statement_since"), q.say("statement_waits"),
		q.say("statement_question"), q.say("statement_minutes"), q.say("statement_work"),
	}}
	for _, list := range [][]desk.StatementRequest{v.Shown.Open, v.Shown.Completed} {
		for _, r := range list {
			rows = append(rows, q.statementLine(r))
		}
	}
	q.Response().Header().Set("Content-Disposition", `attachment; filename="statement-`+v.Shown.Week+`.csv"`)
	return q.Blob(http.StatusOK, "text/csv; charset=utf-8", sheet(rows))
}

func (q *request) statementLine(r desk.StatementRequest) []string {
	p, work := &page{Request: q}, ""
	for _, one := range r.Work {
		if work != "" {
			work += "; "
		}
		work += one.Number + " " + q.say("statement_work_"+one.State)
	}
	return []string{
		r.Number, r.Title, q.say(p.StatementStatus(r).Key), r.Since.In(q.location()).Format("2006-01-02 15:04 -07:00"), p.StatementWaits(r),
		r.Question, strconv.Itoa(r.Minutes), work,
	}
}

// StatementStatus is what a request's state is called in a statement.
func (p *page) StatementStatus(r desk.StatementRequest) Status {
	look := r.Status
	if r.Yours() {
		look = "you"
	}
	return Status{"status_" + r.Status, look}
}

// StatementWaits is who has a request in a statement: the reader's side, somebody
// by name, the vendor's team; "" when nobody is waited for.
func (p *page) StatementWaits(r desk.StatementRequest) string {
	switch {
	case r.Yours():
		return p.T("side_customer")
	case r.Status == "closed":
		return ""
	case r.WaitsFor != "":
		return r.WaitsFor
	}
	return p.T("team", "vendor", p.VendorName())
}

// NobodyReceives is how a list says that nobody receives a statement.
func (p *page) NobodyReceives() Status { return Status{"statements_nobody", "late"} }

// statementsView is the list of how organizations stand with their statement.
type statementsView struct {
	List    []store.StatementStanding
	Without bool   // only those nobody receives it for
	First   bool   // the page begins at the first entry
	Next    string // address of the rest; "" on the last page
}

func statementsPage(q *request) error {
	v := statementsView{Without: q.QueryParam("without") == "1", First: q.QueryParam("after") == ""}
	list, next, err := q.site.desk.StatementStandings(q.Request().Context(), v.Without, q.QueryParam("after"), directoryPage)
	if err != nil {
		return err
	}
	if v.List = list; next != "" {
		rest := url.Values{"after": {next}}
		if v.Without {
			rest.Set("without", "1")
		}
		v.Next = q.to("/console/statements" + query(rest))
	}
	return q.show(http.StatusOK, "statements", "statements_title", v)
}

func consoleStatement(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	if err := q.mayAt(id, desk.OpListStandings); err != nil {
		return err
	}
	v, err := q.statement(&id, "/console/organizations/"+id.String()+"/statement")
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "console_statement", "statement_title_of", v, "name", v.Organization)
}

func sendStatement(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	if err := q.mayAt(id, desk.OpSendStatement); err != nil {
		return err
	}
	at, again := "/console/organizations/"+id.String()+"/statement", q.idTyped("again_to")
	if _, wrong := q.site.desk.SendStatement(q.Request().Context(), q.formKey(), id, again); wrong != nil {
		v, err := q.statement(&id, at)
		if err != nil {
			return err
		}
		form := "send"
		if again != nil {
			form = "again"
		}
		return q.refusedForm(wrong, form, "console_statement", "statement_title_of", v, "name", v.Organization)
	}
	if again != nil {
		return q.seeOther(at + "?done=statement_sent_again")
	}
	return q.seeOther(at + "?done=statement_sent")
}
