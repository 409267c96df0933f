package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// triageView is one registered ticket beside what is decided about it.
type triageView struct {
	ticketView
	Wait       desk.ToTriage
	After      string // the page shows the first after this place
	Colleagues []store.Person
	Preview    *desk.Letter // what the requester would read; nil: not asked for
	In         string       // its language
}

// Left is how many wait for triage.
func (v triageView) Left() string { return bounded(v.Wait.Left) }

// Later is the address of what comes after this one.
func (v triageView) Later() string { return "/console/triage" + afterPlace(v.Wait.Place) }

// Carry is the place the page began at, for the addresses of its forms.
func (v triageView) Carry() string { return afterPlace(v.After) }

func afterPlace(place string) string {
	if place == "" {
		return ""
	}
	return "?" + url.Values{"after": {place}}.Encode()
}

// triage shows the next ticket to look at.
func triage(q *request) error {
	ctx := q.Request().Context()
	wait, err := q.site.desk.NextToTriage(ctx, q.QueryParam("after"))
	if err != nil {
		return err
	}
	v := triageView{Wait: wait, After: q.QueryParam("after")}
	v.AsOf = q.site.desk.Now()
	if wait.Ticket != nil {
		if v, err = q.triageOf(wait, wait.Ticket.Row.Number); err != nil {
			return err
		}
	}
	return q.show(http.StatusOK, "triage", "triage_title", v)
}

func (q *request) triageOf(wait desk.ToTriage, number string) (v triageView, err error) {
	ctx := q.Request().Context()
	v = triageView{Wait: wait, After: q.after()}
	if v.ticketView, err = q.readTicket(number); err != nil {
		return v, err
	}
	v.Colleagues, err = q.site.desk.Assignable(ctx)
	return v, err
}

// after is the place the page of triage began at, which its forms carry.
func (q *request) after() string { return q.QueryParam("after") }

// triageInput is what the form of triage says.
func (q *request) triageInput() desk.TriageInput {
	level, _ := strconv.Atoi(q.text("level")) // none: that of the path
	var assignee *uuid.UUID                   // none: the path's team, else the reader
	if to := q.text("assignee_id"); to != "" {
		id, _ := uuid.Parse(to) // nonsense: the desk names the field
		assignee = &id
	}
	return desk.TriageInput{
		Reason: q.text("reason"), Level: level, Severity: q.text("severity"), SeverityReason: q.text("severity_reason"),
		Path: q.text("path"), OtherPath: q.text("other_path") != "", ScopeReason: q.text("scope_reason"), AssigneeID: assignee,
	}
}

// triageAccept accepts the ticket and goes on to the next.
func triageAccept(q *request) error {
	return q.triaged("triage", "accepted", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.Triage(ctx, key, ref, q.triageInput())
		return err
	})
}

// triageSendBack asks for what is missing and goes on to the next.
func triageSendBack(q *request) error {
	return q.triaged("question", "sent_back", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.SendBack(ctx, key, ref, q.text("text"))
		if err == nil {
			err = q.site.desk.DropDraft(ctx, ref, "question")
		}
		return err
	})
}

// triaged is a form of the page of triage. When it is refused the same ticket
// comes back with what was filled in.
func (q *request) triaged(form, done string, do func(ctx context.Context, key, ref string) error) error {
	ref := q.Param("ticket")
	wrong := do(q.withRead(q.Request().Context()), q.formKey(), ref)
	if wrong == nil {
		values := url.Values{"done": {done}}
		if q.after() != "" {
			values.Set("after", q.after())
		}
		return q.seeOther("/console/triage" + query(values))
	}
	e, ok := problem.As(wrong)
	if !ok || e.Code == problem.NotFound || e.Code == problem.Forbidden {
		return wrong
	}
	v, err := q.sameToTriage(ref)
	if err != nil {
		return err
	}
	if e.Key == "changed_while_writing" {
		v.Changed = since(v.Comments, q.Request().PostForm.Get("read_comment"))
	}
	q.proposePath(e)
	q.Request().PostForm.Set("form", form)
	return q.showForm(e, "triage", "triage_title", v)
}

// proposePath chooses the path of the reason and its level on a form that is
// refused for another one: sent again it takes them.
func (q *request) proposePath(e *problem.Error) {
	for _, f := range e.Fields {
		if path, _ := f.Args["path"].(string); f.Key == otherPath {
			level, _ := policy.LevelOf(path)
			q.Request().PostForm.Set("path", path)
			q.Request().PostForm.Set("level", strconv.Itoa(level))
		}
	}
}

// otherPath is the refusal of a path that is not the reason's.
const otherPath = "path_not_of_reason"

// AsksPath says whether the form of triage asks if another path than the
// reason's is meant.
func (p *page) AsksPath() bool {
	if !p.Refused("triage") {
		return false
	}
	wrong := func(f problem.Field) bool { return f.Key == otherPath }
	return p.Values.Get("other_path") != "" || slices.ContainsFunc(p.Problem.Fields, wrong)
}

// LevelOf is the level of a ticket, that of the path the pack proposes before
// it has one.
func (p *page) LevelOf(t store.Ticket) string {
	level := t.Level
	if level == 0 {
		level, _ = policy.LevelOf(p.PathOf(t))
	}
	return strconv.Itoa(level)
}

// sameToTriage reads the ticket a form is about again, whether or not it still
// waits.
func (q *request) sameToTriage(ref string) (triageView, error) {
	wait, err := q.site.desk.NextToTriage(q.Request().Context(), q.after())
	if err != nil {
		return triageView{}, err
	}
	v, err := q.triageOf(wait, ref)
	if wait.Ticket == nil || wait.Ticket.Row.ID != v.Row.ID {
		v.Wait.Place = q.after() // it waits no more: what came after it is next
	}
	v.Wait.Ticket = &v.TicketView
	return v, err
}

// triagePreview shows the mail in which the requester would read what is
// missing.
func triagePreview(q *request) error {
	ctx, ref := q.Request().Context(), q.Param("ticket")
	preview, locale, err := q.site.desk.PreviewQuestion(ctx, ref, q.text("text"))
	if err != nil {
		return err
	}
	if err := q.site.desk.KeepDraft(ctx, ref, "question", map[string]string{"text": q.text("text")}); err != nil {
		return err
	}
	v, err := q.sameToTriage(ref)
	if err != nil {
		return err
	}
	v.Preview, v.In = preview, words.Match(locale)
	return q.show(http.StatusOK, "triage", "triage_title", v)
}

// triageAgain triages a ticket from its own page.
func triageAgain(q *request) error {
	return q.act("triage", "triaged", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.Triage(ctx, key, ref, q.triageInput())
		return err
	})
}
