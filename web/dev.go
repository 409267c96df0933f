package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// developing are the pages of development, and what customers say of what was
// shipped.
var developing = []route{
	{"GET", "/console/dev", desk.OpListDevTickets, devsPage},
	{"POST", "/console/dev", desk.OpCreateDevTicket, createDev},
	{"GET", "/console/dev/:dev", desk.OpGetDevTicket, devPage},
	{"POST", "/console/dev/:dev/accept", desk.OpAcceptDevTicket, acceptDev},
	{"POST", "/console/dev/:dev/refuse", desk.OpRefuseDevTicket, refuseDev},
	{"POST", "/console/dev/:dev/plan", desk.OpPlanDevTicket, planDev},
	{"POST", "/console/dev/:dev/begin", desk.OpBeginDevTicket, beginDev},
	{"POST", "/console/dev/:dev/ship", desk.OpShipDevTicket, shipDev},
	{"POST", "/console/releases/:release/ship", desk.OpShipRelease, shipRelease},
	{"POST", "/tickets/:ticket/verification", desk.OpVerifyFix, verifyFix},
}

// devsView is the list of dev tickets, of a state or a version.
type devsView struct {
	List     []desk.DevTicketView
	State    string // "": those that are not over
	Target   string // the version; "": any
	Targets  []string
	Packages []store.Product // to make one of; nil where the reader can't
	First    bool
	Next     string // address of the next page; "" on the last
}

// devTabs are the states the list is parted by.
var devTabs = []devticket.State{devticket.New, devticket.Accepted, devticket.Planned, devticket.InWork, devticket.Shipped, devticket.NotVerified, devticket.Verified, devticket.Refused}

// Tabs are the states the list is parted by.
func (v devsView) Tabs() []devticket.State { return devTabs }

func (q *request) devs() (v devsView, err error) {
	ctx := q.Request().Context()
	v = devsView{State: q.QueryParam("state"), Target: q.QueryParam("version"), First: q.QueryParam("after") == ""}
	ask := desk.DevTicketQuery{Cursor: q.QueryParam("after"), Limit: directoryPage}
	if slices.Contains(devTabs, devticket.State(v.State)) {
		ask.States = []devticket.State{devticket.State(v.State)}
	} else {
		v.State = ""
		ask.States = []devticket.State{devticket.New, devticket.Accepted, devticket.Planned, devticket.InWork, devticket.NotVerified}
	}
	if v.Target != "" {
		ask.Target = &v.Target
	}
	var next string
	if v.List, next, err = q.site.desk.DevTickets(ctx, ask); err != nil {
		return v, err
	}
	if next != "" {
		v.Next = q.to("/console/dev" + query(url.Values{"after": {next}, "state": {v.State}, "version": {v.Target}}))
	}
	if v.Targets, err = q.site.desk.DevTargets(ctx); err != nil {
		return v, err
	}
	if q.caller.Reach(desk.OpCreateDevTicket) != desk.Nothing {
		v.Packages, _, err = q.site.desk.ProductList(ctx, "", desk.PageMax)
	}
	return v, err
}

func devsPage(q *request) error {
	v, err := q.devs()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "dev_tickets", "dev_title", v)
}

func createDev(q *request) error {
	made, wrong := q.site.desk.CreateDevTicket(q.Request().Context(), q.formKey(), desk.DevTicketInput{
		Title: q.text("title"), Body: q.text("body"), PackageID: q.idTyped("package_id"), External: q.text("external"),
	})
	if wrong == nil {
		return q.seeOther("/console/dev/" + made.Row.Number + "?done=dev_made")
	}
	if problem.CodeOf(wrong) == problem.Forbidden {
		return wrong
	}
	v, err := q.devs()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "new", "dev_tickets", "dev_title", v)
}

// devView is one dev ticket's page.
type devView struct {
	asIs
	desk.DevTicketView
	At   string // its address
	More string // address of the rest of those that wait; "": that is all
}

// May says whether the reader may do something now.
func (v devView) May(action string) bool {
	return slices.Contains(v.Possible, devticket.Action(action))
}

// Main is the next step, the one to be seen first; "" for none.
func (v devView) Main() string {
	for _, a := range []devticket.Action{devticket.ActAccept, devticket.ActPlan, devticket.ActShip} {
		if v.May(string(a)) && (a != devticket.ActPlan || !v.Row.State.Scheduled()) {
			return string(a)
		}
	}
	return ""
}

func (q *request) devTicket(ref string) (v devView, err error) {
	if v.DevTicketView, err = q.site.desk.DevTicket(q.Request().Context(), ref, q.QueryParam("after")); err != nil {
		return v, err
	}
	v.At = "/console/dev/" + v.Row.Number
	v.asIs = asIs{"plan": {"version": {v.Row.Target}}, "ship": {"version": {v.Row.Target}}}
	if v.Next != "" {
		v.More = q.to(v.At + query(url.Values{"after": {v.Next}}))
	}
	return v, nil
}

func devPage(q *request) error {
	v, err := q.devTicket(q.Param("dev"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "dev_ticket", "dev_ticket_title", v, "number", v.Row.Number)
}

// developed is a form on a dev ticket's page. When it is refused its page comes
// back with what was typed.
func (q *request) developed(form, done string, do func(ctx context.Context, key, ref string) (desk.DevTicketView, error)) error {
	ref := q.Param("dev")
	if _, wrong := do(q.Request().Context(), q.formKey(), ref); wrong != nil {
		v, err := q.devTicket(ref)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "dev_ticket", "dev_ticket_title", v, "number", v.Row.Number)
	}
	return q.seeOther("/console/dev/" + ref + "?done=" + done)
}

func acceptDev(q *request) error {
	return q.developed("accept", "dev_accepted", q.site.desk.AcceptDevTicket)
}

func beginDev(q *request) error { return q.developed("begin", "dev_begun", q.site.desk.BeginDevTicket) }

func refuseDev(q *request) error {
	return q.developed("refuse", "dev_refused", func(ctx context.Context, key, ref string) (desk.DevTicketView, error) {
		return q.site.desk.RefuseDevTicket(ctx, key, ref, q.text("text"))
	})
}

func planDev(q *request) error {
	return q.developed("plan", "dev_planned", func(ctx context.Context, key, ref string) (desk.DevTicketView, error) {
		return q.site.desk.PlanDevTicket(ctx, key, ref, q.target())
	})
}

func shipDev(q *request) error {
	return q.developed("ship", "dev_shipped", func(ctx context.Context, key, ref string) (desk.DevTicketView, error) {
		return q.site.desk.ShipDevTicket(ctx, key, ref, q.target())
	})
}

// target is the version a form names.
func (q *request) target() desk.Target {
	return desk.Target{Version: q.text("version"), ReleaseID: q.idTyped("release_id")}
}

func shipRelease(q *request) error {
	id, err := q.idIn("release")
	if err != nil {
		return err
	}
	if _, wrong := q.site.desk.ShipRelease(q.Request().Context(), q.formKey(), id); wrong != nil {
		v, err := q.release(id)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, "ship", "release", "release_title", v, "package", v.Package, "number", v.Number)
	}
	return q.seeOther("/console/releases/" + id.String() + "?done=release_shipped")
}

func verifyFix(q *request) error {
	ref := q.Param("ticket")
	works, err := q.answered()
	if err == nil {
		_, err = q.site.desk.VerifyFix(q.Request().Context(), q.formKey(), ref, desk.FixInput{Dev: q.text("dev_ticket"), Works: works, Text: q.text("text")})
	}
	if err != nil {
		return q.refused(err, "fix", ref, nil)
	}
	return q.seeOther(q.ticketDone(ref, "fix_checked"))
}

// DevStatus is what a dev ticket's state is called for the reader.
func (p *page) DevStatus(s devticket.State) Status {
	look := map[devticket.State]string{
		devticket.New: "you", devticket.Accepted: "working", devticket.Refused: "closed", devticket.Planned: "working", devticket.InWork: "working",
		devticket.Shipped: "others", devticket.Verified: "done", devticket.NotVerified: "you",
	}[s]
	if !p.Staff() && look == "you" {
		look = "working"
	}
	if !p.Staff() && s == devticket.Shipped {
		look = "done"
	}
	return Status{"dev_" + string(s), look}
}

// DevHappened says what happened to a dev ticket.
func (p *page) DevHappened(e store.DevEvent) string {
	name := ""
	if e.ActorName != nil {
		name = *e.ActorName
	}
	said := p.T("dev_event_"+e.Kind, "name", name, "version", field(e.Data, "version"))
	if field(e.Data, "channel") == store.ChannelTracker {
		said += " " + p.T("dev_event_by_tracker")
	}
	return said
}

// True says whether a yes or no that may be missing is yes.
func (p *page) True(b *bool) bool { return b != nil && *b }

// Levels are those of support, by their number.
func (p *page) Levels() []string { return []string{"1", "2", "3"} }
