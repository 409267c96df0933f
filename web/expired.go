package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/casepath/casepath/problem"
)

// written is a text somebody was sending when their session had ended.
type written struct{ Name, Text string }

// expiredView gives it back.
type expiredView struct {
	Texts  []written
	SignIn string // and back to the form
}

// typed are the fields that hold what a person writes at length, with the
// words for them.
var typed = []struct{ field, words string }{{"title", "title_label"}, {"body", "body_label"}, {"text", "written_text"}}

// expired answers a form whose sender is no longer signed in: nothing is done,
// and what they wrote is not lost. Only a form from our own pages is read.
func (q *request) expired(e *problem.Error) error {
	if q.site.crossCheck.Check(q.Request()) != nil || q.readForm() != nil {
		return q.problemPage(e)
	}
	at := q.address().Path
	if strings.Contains(at, "/tickets/") {
		at = at[:strings.LastIndex(at, "/")] // the ticket's page has the form
	}
	v := expiredView{SignIn: "/sign-in?next=" + url.QueryEscape(at)}
	for _, t := range typed {
		if text := q.text(t.field); strings.TrimSpace(text) != "" {
			v.Texts = append(v.Texts, written{q.say(t.words), text})
		}
	}
	return q.show(http.StatusUnauthorized, "expired", "problem_unauthenticated", v)
}
