package web

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// clocking explains what is promised on a ticket, to either side.
var clocking = []route{
	{"GET", "/tickets/:ticket/clocks", desk.OpGetClocks, clocksPage},
	{"GET", "/console/tickets/:ticket/clocks", desk.OpGetClocks, clocksPage},
}

// clocksView are a ticket's promises with the account of each.
type clocksView struct {
	desk.ClocksView
	Back    string // the ticket's page
	Staff   bool
	Changes []severityChange
	Typed   []string // in a form that is gone
}

type severityChange struct {
	At             time.Time
	From, To, Text string
}

func clocksPage(q *request) error {
	v, err := q.clocks()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "clocks", "clocks_title", v, "number", v.Row.Number)
}

func (q *request) clocks() (view clocksView, err error) {
	v, err := q.site.desk.Clocks(q.Request().Context(), q.Param("ticket"))
	if err != nil {
		return view, err
	}
	view = clocksView{ClocksView: v, Staff: q.caller.Staff(), Back: "/tickets/" + v.Row.Number}
	if view.Staff {
		view.Back = "/console" + view.Back
	}
	for _, e := range v.Severity {
		change := severityChange{At: e.At, From: field(e.Data, "severity_before"), To: field(e.Data, "severity")}
		if view.Staff {
			change.Text = field(e.Data, "severity_reason")
		}
		view.Changes = append(view.Changes, change)
	}
	return view, nil
}

// Amount is how much a target allows, in words.
func (p *page) Amount(a policy.Amount) string {
	switch {
	case a.Days > 0:
		return p.T("amount_days", "count", a.Days)
	case a.Minutes%60 == 0:
		return p.T("amount_hours", "count", a.Minutes/60)
	}
	return p.T("amount_minutes", "count", a.Minutes)
}

// AgeFor is for how long nobody has had a ticket, in words.
func (p *page) AgeFor(a *desk.Age) string {
	return p.T("unassigned_for", "span", p.Span(time.Duration(a.Minutes)*time.Minute))
}

// Span is so much time, in hours and minutes.
func (p *page) Span(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	return p.T("span_time", "hours", minutes/60, "minutes", fmt.Sprintf("%02d", minutes%60))
}

// SourceOf names where a target comes from.
func (p *page) SourceOf(o policy.Origin) string {
	name := o.Name
	if o.Kind == "plan" {
		if s := p.Request.vendor.Settings; s.Pack != nil {
			if plan, known := s.Pack.Plan(name); known {
				name = p.said(plan.Label)
			}
		}
	}
	return p.T("source_"+o.Kind, "name", name)
}

// CalendarOf names the calendar of an account, with its zone.
func (p *page) CalendarOf(a promise.Account) string {
	if name := p.said(a.Calendar); name != "" {
		return name + " (" + a.Zone.String() + ")"
	}
	if a.Clock.Calendar == "" {
		return p.T("clock_around")
	}
	return a.Clock.Calendar + " (" + a.Zone.String() + ")"
}

// causes are the actions a line of a ledger can have begun with.
var causes = []string{"registered", "ask_information", "give_information", "answer", "close", "auto_close", "reopen", "withdraw", "merge", "unmerge", "follow", "triage"}

// Cause says why a line of a ledger began.
func (p *page) Cause(l promise.Line) string {
	if slices.Contains(causes, l.Cause) {
		return p.T("cause_" + l.Cause)
	}
	return p.T("cause_other")
}

// Running are a ticket's clocks that have a deadline and have not stopped.
func (p *page) Running(t store.Ticket) (list store.Clocks) {
	for _, k := range t.Clocks {
		if k.StoppedAt == nil && k.DueAt != nil && t.State.Open() {
			list = append(list, k)
		}
	}
	return list
}

// Waits says whether a clock is paused since the customer is waited for.
func (p *page) Waits(t store.Ticket, k store.Clock) bool {
	return k.Pausing && k.StoppedAt == nil && k.DueAt == nil && t.State == ticket.WaitingForCustomer
}

// Promises are the clocks that a request of the reader's would have were it
// registered now with that severity. Of the form being filled in, its kind and
// the customer it is for count.
func (p *page) Promises(severity string) (store.Clocks, error) {
	q := p.Request
	if q.promised == nil {
		kind, behalf := "", (*desk.OnBehalfOf)(nil)
		if v, ok := p.Data.(registerView); ok {
			kind, behalf = v.Whole.Type, v.Whole.OnBehalfOf
			if kind == "" {
				kind = v.Kept["type"]
			}
		}
		var err error
		if q.promised, err = q.site.desk.Promised(q.Request().Context(), kind, behalf); err != nil {
			return nil, err
		}
	}
	return q.promised[severity], nil
}

// Promising says whether anything is promised for any severity.
func (p *page) Promising() (bool, error) {
	for _, s := range p.Request.vendor.Settings.Severities {
		if clocks, err := p.Promises(s.Code); err != nil || len(clocks) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}
