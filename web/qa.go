package web

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// assuring are the pages of quality assurance.
var assuring = []route{
	{"GET", "/console/qa", desk.OpListQAReviews, reviewsPage},
	{"GET", "/console/qa/:review", desk.OpGetQAReview, reviewPage},
	{"POST", "/console/qa/:review/begin", desk.OpBeginReview, beginReview},
	{"POST", "/console/qa/:review/ask-information", desk.OpAskFromReview, askFromReview},
	{"POST", "/console/qa/:review/verdict", desk.OpGiveVerdict, giveVerdict},
	{"POST", "/console/qa/:review/undo", desk.OpUndoVerdict, undoVerdict},
	{"POST", "/console/qa/:review/reassign", desk.OpReassignReview, reassignReview},
}

// reviewsView is the list of reviews: those that are open, or all.
type reviewsView struct {
	List  []desk.QAReviewView
	All   bool
	First bool
	Next  string // address of the next page; "" on the last
}

func reviewsPage(q *request) error {
	v := reviewsView{All: q.QueryParam("all") != "", First: q.QueryParam("after") == ""}
	ask := desk.QAReviewQuery{Cursor: q.QueryParam("after"), Limit: directoryPage}
	if !v.All {
		ask.States = slices.DeleteFunc(slices.Clone(qa.States), qa.State.Ended)
	}
	list, next, err := q.site.desk.QAReviews(q.Request().Context(), ask)
	if err != nil {
		return err
	}
	v.List = list
	if next != "" {
		further := url.Values{"after": {next}}
		if v.All {
			further.Set("all", "1")
		}
		v.Next = q.to("/console/qa" + query(further))
	}
	return q.show(http.StatusOK, "qa_reviews", "qa_title", v)
}

// saidMax is how much of what was said a review's page shows.
const saidMax = 20

// reviewView is one review's page: the ticket, and what it may be.
type reviewView struct {
	asIs
	desk.QAReviewView
	At         string             // its address
	Said       []desk.CommentView // on the ticket, the last of it
	Earlier    bool               // more was said before
	Asked      string             // what candidates were looked for by
	Candidates []desk.Candidate
	Releases   []desk.ReleaseView // that may solve it
	Colleagues []store.Person     // it can be given to
}

// May says whether the reader may do something now.
func (v reviewView) May(action string) bool { return slices.Contains(v.Possible, qa.Action(action)) }

// Asks says whether the reader may ask the customer something.
func (v reviewView) Asks() bool { return v.Row.State == qa.Open || v.Row.State == qa.InReview }

func (q *request) review(ref string) (v reviewView, err error) {
	ctx := q.Request().Context()
	if v.QAReviewView, err = q.site.desk.QAReview(ctx, ref); err != nil {
		return v, err
	}
	q.vendor.Settings = *v.Settings // the page is about a ticket, as its own is
	v.At = "/console/qa/" + v.Row.Number
	v.asIs = asIs{"new": {"title": {v.Ticket.Title}}}
	if v.Said, v.Earlier, err = q.site.desk.LatestComments(ctx, v.Ticket.ID.String(), saidMax); err != nil {
		return v, err
	}
	if !v.Row.State.Ended() {
		if v.Candidates, v.Asked, err = q.site.desk.LikelyDevs(ctx, ref, q.QueryParam("q"), q.locale); err != nil {
			return v, err
		}
	}
	if v.May(string(qa.ActVerdict)) {
		if v.Releases, err = q.offered(); err != nil {
			return v, err
		}
	}
	if v.May(string(qa.ActReassign)) {
		v.Colleagues, err = q.site.desk.Reviewers(ctx)
	}
	return v, err
}

func reviewPage(q *request) error {
	v, err := q.review(q.Param("review"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "qa_review", "qa_review_title", v, "number", v.Row.Number)
}

// reviewed is a form on a review's page. When it is refused its page comes back
// with what was typed, and shows how things stand now.
func (q *request) reviewed(form, done string, do func(ctx context.Context, key, ref string) error) error {
	ref := q.Param("review")
	if wrong := do(q.Request().Context(), q.formKey(), ref); wrong != nil {
		v, err := q.review(ref)
		if err != nil {
			return err
		}
		return q.refusedForm(wrong, form, "qa_review", "qa_review_title", v, "number", v.Row.Number)
	}
	return q.seeOther("/console/qa/" + ref + "?done=" + done)
}

func beginReview(q *request) error {
	return q.reviewed("begin", "review_begun", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.BeginReview(ctx, key, ref)
		return err
	})
}

func askFromReview(q *request) error {
	return q.reviewed("ask", "question_sent", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.AskFromReview(ctx, key, ref, q.text("text"), nil)
		return err
	})
}

func giveVerdict(q *request) error {
	forms := map[string]string{string(qa.NotReproducible): "not", string(qa.SolvedIn): "solved", string(qa.Known): "known", string(qa.New): "new"}
	return q.reviewed(forms[q.text("verdict")], "verdict_given", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.GiveVerdict(ctx, key, ref, desk.VerdictInput{
			Verdict: qa.Verdict(q.text("verdict")), Text: q.text("text"), ReleaseID: q.idTyped("release_id"), Dev: strings.TrimSpace(q.text("dev_ticket")),
			Title: q.text("title"), Body: q.text("body"),
		})
		return err
	})
}

func undoVerdict(q *request) error {
	return q.reviewed("undo", "verdict_undone", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.UndoVerdict(ctx, key, ref)
		return err
	})
}

func reassignReview(q *request) error {
	return q.reviewed("reassign", "review_reassigned", func(ctx context.Context, key, ref string) error {
		var person *uuid.UUID
		if q.text("assignee_id") != "" {
			person = q.idTyped("assignee_id")
		}
		_, err := q.site.desk.ReassignReview(ctx, key, ref, person, q.text("text"))
		return err
	})
}

// ReviewStatus is what a review's state is called.
func (p *page) ReviewStatus(r store.QAReview) Status {
	look := map[qa.State]string{
		qa.Open: "you", qa.InReview: "working", qa.WaitingForInformation: "others", qa.Done: "done", qa.Cancelled: "closed",
	}[r.State]
	return Status{"qa_" + string(r.State), look}
}

var marks = strings.NewReplacer(store.MarkStart, "<mark>", store.MarkEnd, "</mark>")

// Marked is a text whose matched words are marked: escaped first, so that the
// marks alone are HTML.
func (p *page) Marked(text string) template.HTML {
	return template.HTML(marks.Replace(template.HTMLEscapeString(text))) //nolint:gosec // escaped
}

// Proposal is what the customer can be told of a verdict, or of what development
// has decided, in their language.
func (p *page) Proposal(w workbenchView) string {
	key, args, locale := "", problem.Args{}, ""
	if w.Finding != nil {
		key, args = w.Finding.Proposal()
		locale = w.Finding.Locale
	} else if len(w.Told) > 0 {
		key, args = w.Proposal()
		locale = w.Told[0].Locale
	}
	if key == "" {
		return ""
	}
	return words.Say(words.Match(locale), key, args)
}
