package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
)

// escalating are complaints and the ladder they go up, on both sides.
var escalating = []route{
	{"GET", "/escalations", desk.OpListEscalations, escalationsPage},
	{"POST", "/escalations", desk.OpEscalate, escalate},
	{"GET", "/escalations/:escalation", desk.OpGetEscalation, escalationPage},
	{"POST", "/escalations/:escalation/withdraw", desk.OpWithdrawEscalation, withdrawEscalation},
	{"GET", "/tickets/:ticket/escalate", desk.OpEscalate, escalatePage},
	{"POST", "/tickets/:ticket/escalate", desk.OpEscalate, escalate},
	{"GET", "/console/escalations", desk.OpListEscalations, escalationsPage},
	{"GET", "/console/escalations/:escalation", desk.OpGetEscalation, escalationPage},
	{"POST", "/console/escalations/:escalation/acknowledge", desk.OpAcknowledgeEscalation, acknowledgeEscalation},
	{"POST", "/console/escalations/:escalation/hold", desk.OpHoldEscalation, holdEscalation},
	{"POST", "/console/escalations/:escalation/resume", desk.OpResumeEscalation, resumeEscalation},
	{"POST", "/console/escalations/:escalation/resolve", desk.OpResolveEscalation, resolveEscalation},
}

// escalationsView is the list of escalations, and for customers the form of a
// complaint that concerns no ticket.
type escalationsView struct {
	List   []desk.EscalationView
	At     string // the list's address
	First  bool
	Climbs bool                // see climbs
	Opens  bool                // the reader may begin one here
	Plan   desk.EscalationPlan // of a complaint that concerns no ticket
	Next   string              // address of the next page; "" on the last
}

// climbs says whether the vendor's pack has a ladder at all.
func (q *request) climbs() bool {
	p := q.vendor.Settings.Pack
	return p != nil && len(p.Ladders) > 0
}

func (q *request) escalationsAt() string {
	if q.caller.Staff() {
		return "/console/escalations"
	}
	return "/escalations"
}

func (q *request) escalations() (v escalationsView, err error) {
	v = escalationsView{At: q.escalationsAt(), First: q.QueryParam("after") == "", Climbs: q.climbs(), Opens: q.climbs() && q.caller.Reach(desk.OpEscalate) != desk.Nothing}
	list, next, err := q.site.desk.Escalations(q.Request().Context(), desk.EscalationQuery{Cursor: q.QueryParam("after"), Limit: directoryPage})
	if err != nil {
		return v, err
	}
	v.List = list
	if v.Opens {
		if v.Plan, err = q.site.desk.EscalationPlan(q.Request().Context(), ""); err != nil {
			return v, err
		}
	}
	if next != "" {
		v.Next = q.to(v.At + query(url.Values{"after": {next}}))
	}
	return v, nil
}

func escalationsPage(q *request) error {
	v, err := q.escalations()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "escalations", "escalations_title", v)
}

// escalateView is the page on which a ticket is escalated: what it does, and
// whom it reaches.
type escalateView struct {
	Ticket store.Ticket
	Before []desk.EscalationView // the ticket's, the newest first
	Plan   desk.EscalationPlan
}

// Open is the ticket's escalation that is not over; nil for none.
func (v escalateView) Open() *desk.EscalationView {
	for i := range v.Before {
		if !v.Before[i].Row.State.Ended() {
			return &v.Before[i]
		}
	}
	return nil
}

func (q *request) escalateView() (v escalateView, err error) {
	ctx, ref := q.Request().Context(), q.Param("ticket")
	if v.Plan, err = q.site.desk.EscalationPlan(ctx, ref); err != nil {
		return v, err
	}
	v.Ticket = v.Plan.Ticket
	v.Before, _, err = q.site.desk.Escalations(ctx, desk.EscalationQuery{Ticket: ref, Limit: directoryPage})
	return v, err
}

func escalatePage(q *request) error {
	v, err := q.escalateView()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "escalate", "escalate_title", v, "number", v.Ticket.Number)
}

func escalate(q *request) error {
	in := desk.EscalateInput{Ticket: q.Param("ticket"), Reason: q.text("reason")}
	for _, text := range q.Request().PostForm["about"] {
		id := idOf(text)
		if id == nil {
			id = &uuid.Nil // nobody: the desk names the field
		}
		in.About = append(in.About, *id)
	}
	made, wrong := q.site.desk.Escalate(q.Request().Context(), q.formKey(), in)
	if wrong == nil {
		return q.seeOther("/escalations/" + made.Row.Number + "?done=escalated")
	}
	if in.Ticket == "" {
		v, err := q.escalations()
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, "escalate", "escalations", "escalations_title", v)
	}
	v, err := q.escalateView()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "escalate", "escalate", "escalate_title", v, "number", v.Ticket.Number)
}

// escalationView is one escalation's page.
type escalationView struct {
	desk.EscalationView
	At string // its address
}

// May says whether the reader may do something now.
func (v escalationView) May(action string) bool {
	return slices.Contains(v.Possible, ladder.Action(action))
}

// Turn says whether it is a rung's turn, counted from 0 as the ladder lists them.
func (v escalationView) Turn(i int) bool { return i+1 == v.Row.Rung && !v.Row.State.Ended() }

func (q *request) escalation() (v escalationView, err error) {
	v.EscalationView, err = q.site.desk.Escalation(q.Request().Context(), q.Param("escalation"))
	v.At = q.escalationsAt() + "/" + v.Row.Number
	return v, err
}

func escalationPage(q *request) error {
	v, err := q.escalation()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "escalation", "escalation_title", v, "number", v.Row.Number)
}

// escalated is a form on an escalation's page. When it is refused its page comes
// back with what was typed.
func (q *request) escalated(form, done string, do func(ctx context.Context, key, ref string) error) error {
	ref := q.Param("escalation")
	if wrong := do(q.Request().Context(), q.formKey(), ref); wrong != nil {
		v, err := q.escalation()
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "escalation", "escalation_title", v, "number", v.Row.Number)
	}
	return q.seeOther(q.escalationsAt() + "/" + ref + "?done=" + done)
}

func withdrawEscalation(q *request) error {
	return q.escalated("withdraw", "escalation_withdrawn", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.WithdrawEscalation(ctx, key, ref, q.text("reason"))
		return err
	})
}

func acknowledgeEscalation(q *request) error {
	return q.escalated("acknowledge", "escalation_acknowledged", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.AcknowledgeEscalation(ctx, key, ref)
		return err
	})
}

func holdEscalation(q *request) error {
	return q.escalated("hold", "escalation_held", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.HoldEscalation(ctx, key, ref, q.text("reason"))
		return err
	})
}

func resumeEscalation(q *request) error {
	return q.escalated("resume", "escalation_resumed", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.ResumeEscalation(ctx, key, ref)
		return err
	})
}

func resolveEscalation(q *request) error {
	return q.escalated("resolve", "escalation_resolved", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.ResolveEscalation(ctx, key, ref, q.text("reason"))
		return err
	})
}

// EscalationStatus is what an escalation's state is called.
func (p *page) EscalationStatus(e store.Escalation) Status {
	look := map[ladder.State]string{
		ladder.Open: "others", ladder.Acknowledged: "working", ladder.OnHold: "others", ladder.Resolved: "done", ladder.Withdrawn: "closed",
	}[e.State]
	return Status{"escalation_" + string(e.State), look}
}

// RungOf is what a rung of a ladder is called, from 1.
func (p *page) RungOf(l policy.Ladder, n int) string {
	if n < 1 || n > len(l.Rungs) {
		return ""
	}
	return p.said(l.Rungs[n-1].Title)
}

// RungAt is what a rung is called, counted from 0.
func (p *page) RungAt(l policy.Ladder, i int) string { return p.RungOf(l, i+1) }
