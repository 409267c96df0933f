package web

import (
	"net/http"
	"net/url"
	"slices"
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
var typed = []struct{ field, words string }{
	{"title", "title_label"},
	{"body", "body_label"},
	{"text", "written_text"},
	{"question", "written_text"},
	{"reason", "written_text"},
	{"message", "written_text"},
	{"name", "field_name_name"},
}

// pageAbove is the page a form's address lies below, or is that of: where
// somebody finds the form again.
func (q *request) pageAbove(path string) string {
	home := q.to("")
	for ; len(path) > len(home); path = path[:strings.LastIndex(path, "/")] {
		for _, r := range routes() {
			if r.method == http.MethodGet && matches(r.path, strings.TrimPrefix(path, home)) {
				return path
			}
		}
	}
	return home
}

// matches says whether a path is one of a route's.
func matches(route, path string) bool {
	want, have := strings.Split(route, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, have, func(w, h string) bool { return w == h || strings.HasPrefix(w, ":") && h != "" })
}

// expired answers a form whose sender is no longer signed in: nothing is done,
// and what they wrote is not lost. Only a form from our own pages is read.
func (q *request) expired(e *problem.Error) error {
	if q.site.crossCheck.Check(q.Request()) != nil || q.readForm() != nil {
		return q.problemPage(e)
	}
	at := q.pageAbove(q.address().Path)
	v := expiredView{SignIn: "/sign-in?next=" + url.QueryEscape(at)}
	for _, t := range typed {
		if text := q.text(t.field); strings.TrimSpace(text) != "" {
			v.Texts = append(v.Texts, written{q.say(t.words), text})
		}
	}
	return q.show(http.StatusUnauthorized, "expired", "problem_unauthenticated", v)
}
