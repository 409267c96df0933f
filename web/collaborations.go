package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// collaborating are questions to colleagues inside a ticket.
var collaborating = []route{
	{"GET", "/console/questions", desk.OpListCollaborations, questionsPage},
	{"POST", "/console/tickets/:ticket/ask-colleague", desk.OpAskColleague, askColleague},
	{"POST", "/console/questions/:question/answer", desk.OpAnswerColleague, answerColleague},
	{"POST", "/console/questions/:question/take-back", desk.OpTakeQuestionBack, takeQuestionBack},
}

// questionsView is the list of open questions: the reader's and their teams', or
// all.
type questionsView struct {
	List  []desk.CollaborationView
	All   bool
	First bool
	Next  string // address of the next page; "" on the last
}

func questionsPage(q *request) error {
	v := questionsView{All: q.QueryParam("all") != "", First: q.QueryParam("after") == ""}
	list, next, err := q.site.desk.Collaborations(q.Request().Context(), desk.CollaborationQuery{Mine: !v.All, Cursor: q.QueryParam("after"), Limit: directoryPage})
	if err != nil {
		return err
	}
	v.List = list
	if next != "" {
		further := url.Values{"after": {next}}
		if v.All {
			further.Set("all", "1")
		}
		v.Next = q.to("/console/questions" + query(further))
	}
	return q.show(http.StatusOK, "questions", "questions_title", v)
}

func askColleague(q *request) error {
	return q.act("colleague", "colleague_asked", func(ctx context.Context, key, ref string) error {
		in := desk.QuestionInput{Text: q.text("text")}
		if team, is := strings.CutPrefix(q.text("to"), "team:"); is {
			in.Team = team
		} else if id := idOf(q.text("to")); id != nil {
			in.PersonID = id
		}
		_, err := q.site.desk.AskColleague(ctx, key, ref, in)
		return err
	})
}

func answerColleague(q *request) error {
	return q.collaborated("colleague_answered", func(ctx context.Context, id uuid.UUID) error {
		_, err := q.site.desk.AnswerColleague(ctx, q.formKey(), id, q.text("text"))
		return err
	})
}

func takeQuestionBack(q *request) error {
	return q.collaborated("question_taken_back", func(ctx context.Context, id uuid.UUID) error {
		_, err := q.site.desk.TakeQuestionBack(ctx, q.formKey(), id)
		return err
	})
}

// collaborated is a form about one question, on its ticket's page.
func (q *request) collaborated(done string, do func(ctx context.Context, id uuid.UUID) error) error {
	id := idOf(q.Param("question"))
	if id == nil {
		return problem.Missing()
	}
	wrong := do(q.Request().Context(), *id)
	if problem.CodeOf(wrong) == problem.NotFound || problem.CodeOf(wrong) == problem.Forbidden {
		return wrong
	}
	v, err := q.site.desk.Collaboration(q.Request().Context(), *id)
	switch {
	case err != nil:
		return err
	case wrong != nil:
		return q.refused(wrong, "asked-"+id.String(), v.Ticket.Number, nil)
	}
	return q.seeOther("/console/tickets/" + v.Ticket.Number + "?done=" + done)
}

// AskedOf is who a question is put to: a person, or a team of the pack.
func (p *page) AskedOf(r store.Collaboration, names map[uuid.UUID]string) string {
	if r.PersonID != nil {
		return names[*r.PersonID]
	}
	if called := p.TeamCalled(r.Team); called != "" {
		return called
	}
	return r.Team
}

// AskedNow is whose answer a ticket waits for the longest; "" for nobody's.
func (p *page) AskedNow(v desk.TicketView) (name string) {
	for _, one := range v.Collaborations { // the newest first
		if one.Waits() {
			name = p.AskedOf(one.Row, one.Names)
		}
	}
	return name
}

// AskedInQueue is AskedNow of a ticket in the queue.
func (p *page) AskedInQueue(e store.QueueEntry) string {
	if e.AskedName != "" {
		return e.AskedName
	}
	return p.TeamCalled(e.AskedTeam)
}

// unfinished is something that keeps a ticket from being answered or closed.
type unfinished struct{ To, Words string }

// Unfinished are what keeps a ticket from being answered or closed, with where
// that is ended.
func (p *page) Unfinished(v workbenchView) (list []unfinished) {
	add := func(kind, at, number string) {
		list = append(list, unfinished{p.To(at + number), p.T(kind) + " " + number})
	}
	for _, r := range v.Services {
		if !r.State.Finished() {
			add("service_line", "/console/service-requests/", r.Number)
		}
	}
	for _, r := range v.Reviews {
		if !r.State.Ended() {
			add("qa_review", "/console/qa/", r.Number)
		}
	}
	if v.Row.Path == "development_request" && len(v.Devs) > 0 && v.Devs[0].State == devticket.New {
		add("dev_line", "/console/dev/", v.Devs[0].Number)
	}
	if s := v.Suggestion; s != nil && s.Stage == desk.StageConsidered {
		add("feature_line", "/console/features/", s.Number)
	}
	for _, one := range v.Collaborations {
		if one.Waits() {
			words := p.T("unfinished_question", "name", p.AskedOf(one.Row, one.Names), "text", p.Short(one.Row.Question))
			list = append(list, unfinished{"#asked-" + one.Row.ID.String(), words})
		}
	}
	return list
}

// QuestionStatus is what a question's state is called.
func (p *page) QuestionStatus(r store.Collaboration) Status {
	look := map[string]string{"open": "others", "answered": "done", "taken_back": "closed"}[string(r.State)]
	return Status{"question_" + string(r.State), look}
}
