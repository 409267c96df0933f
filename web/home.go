package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// homeView is the portal's first page.
type homeView struct {
	Waiting     []desk.TicketView // the reader's to answer
	Held        []desk.QuoteView  // quotes that wait for others than the reader, of their requests
	Fixes       []desk.TicketView // closed: does what was shipped work?
	Questions   map[string]string // by the ticket's uuid
	More        bool              // more wait than are shown
	Count       int               // how many of all these wait for the reader, and how many are under way: no further than store.CountsMax for each state
	InProgress  int
	Promise     *time.Time
	MayRegister bool
	Manager     string // who can let them, when they may not
	Partner     bool
	First       bool               // nothing was ever registered
	Pending     []desk.RequestView // not registered, and the reader's to act on
	Quotes      []desk.QuoteView   // the reader's to decide on
	Helps       []store.Help       // with which the reader's partner was asked to help
}

const homeMax = 10

// workplaces are where the work of each role waits. Of somebody's roles the first
// here counts; who has none of these has the queue.
var workplaces = []struct {
	role desk.Role
	path string
}{
	{desk.RoleAgent, "/console"},
	{desk.RoleManager, "/console"},
	{desk.RoleQA, "/console/qa"},
	{desk.RoleProductManager, "/console/features"},
	{desk.RoleDeveloper, "/console/dev"},
	{desk.RoleTrainer, "/console/service-requests"},
	{desk.RoleBilling, "/console/service-requests?show=" + servicesBilling},
	{desk.RoleAccountManager, "/console/organizations"},
}

func (q *request) workplace() string {
	roles := q.caller.Roles()
	for _, w := range workplaces {
		if slices.Contains(roles, string(w.role)) {
			return w.path
		}
	}
	return "/console"
}

// home shows what waits for the reader and how much is under way; staff are sent
// to where their work is.
func home(q *request) error {
	if q.caller.Staff() {
		return q.seeOther(q.workplace())
	}
	ctx := q.Request().Context()
	overview, err := q.site.desk.Overview(ctx, homeMax+1)
	if err != nil {
		return err
	}
	v := homeView{
		Waiting: overview.Waiting, Fixes: overview.Fixes[:min(len(overview.Fixes), homeMax)], Questions: map[string]string{}, Promise: overview.Promise,
		Helps:       overview.Helps,
		MayRegister: q.mayRegister(), Partner: q.caller.Person.OrganizationKind == "partner",
	}
	if !v.MayRegister {
		form, err := q.site.desk.RegistrationForm(ctx, nil)
		if err != nil {
			return err
		}
		v.Manager = form.Manager
	}
	if v.More = len(v.Waiting) > homeMax; v.More {
		v.Waiting = v.Waiting[:homeMax]
	}
	for id, text := range overview.Questions {
		v.Questions[id.String()] = text
	}
	for state, n := range overview.Counts {
		if state == ticket.WaitingForCustomer || state == ticket.Answered {
			v.Count += n
		} else {
			v.InProgress += n
		}
	}
	if v.Count = max(v.Count, len(v.Waiting)); v.Count == 0 && v.InProgress == 0 {
		ever, _, err := q.site.desk.Tickets(ctx, desk.TicketQuery{Limit: 1})
		if err != nil {
			return err
		}
		v.First = len(ever) == 0 && len(v.Helps) == 0
	}
	if err := q.quotesOf(&v); err != nil {
		return err
	}
	if q.vendor.Settings.Pack != nil {
		list, _, err := q.site.desk.Requests(ctx, "", "")
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.SuperUser || r.Mine && r.State == "incomplete" {
				v.Pending = append(v.Pending, r)
			}
		}
		v.First = v.First && len(list) == 0
	}
	v.Count += len(v.Quotes) + len(v.Pending) + len(v.Fixes)
	return q.show(http.StatusOK, "home", "home_title", v)
}

// quotesOf finds the open quotes that wait for the reader to decide, and takes
// those that wait for an approver out of what waits for the reader.
func (q *request) quotesOf(v *homeView) error {
	decides := q.caller.Reach(desk.OpDecideQuote) != desk.Nothing
	byQuote := func(t desk.TicketView) bool { return t.Row.Waiting == string(ticket.ForApproval) }
	if !decides && !slices.ContainsFunc(v.Waiting, byQuote) {
		return nil
	}
	quotes, _, err := q.site.desk.Quotes(q.Request().Context(), true, "", directoryPage)
	if err != nil {
		return err
	}
	for _, one := range quotes {
		at := slices.IndexFunc(v.Waiting, func(t desk.TicketView) bool { return t.Row.ID == one.Ticket.ID })
		switch {
		case one.Yours:
			v.Quotes = append(v.Quotes, one)
		case at >= 0 && one.Deciders != nil:
			v.Held = append(v.Held, one)
		default:
			continue
		}
		if at >= 0 { // it is said once
			v.Waiting, v.Count = slices.Delete(v.Waiting, at, at+1), v.Count-1
		}
	}
	v.First = v.First && len(v.Quotes) == 0
	return nil
}
