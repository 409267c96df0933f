package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// front is the page of an installation that serves several vendors: it names
// none of them.
func front(q *request) error { return q.show(http.StatusOK, "front", "front_title", nil) }

// findVendor sends on to the vendor whose short name was typed; whether there
// is one is seen there.
func findVendor(q *request) error {
	if err := q.readForm(); err != nil {
		return err
	}
	slug := strings.ToLower(strings.TrimSpace(q.text("vendor")))
	if slug == "" {
		return q.Redirect(http.StatusSeeOther, "/")
	}
	return q.Redirect(http.StatusSeeOther, "/"+url.PathEscape(slug)+"/sign-in")
}

// signInView is what the sign-in page needs.
type signInView struct {
	Next    string
	SignOns []desk.SignOnChoice
}

func (q *request) signInView(next string) (v signInView, err error) {
	v.Next = next
	v.SignOns, err = q.signOns()
	return v, err
}

func signInPage(q *request) error {
	if q.signedIn {
		return q.seeOther("")
	}
	view, err := q.signInView(q.next(q.QueryParam("next")))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "sign_in", "sign_in_title", view)
}

func signIn(q *request) error {
	next := q.next(q.text("next"))
	session, err := q.site.desk.SignInPage(q.Request().Context(), q.vendor.Slug, q.text("email"), q.text("password"))
	if err != nil {
		view, failed := q.signInView(next)
		if failed != nil {
			return failed
		}
		q.Request().PostForm.Del("password")
		return q.showForm(err, "sign_in", "sign_in_title", view)
	}
	q.keepSession(session)
	if session.Kind == desk.SessionHalf {
		return q.seeOther("/sign-in/second-step?next=" + url.QueryEscape(next))
	}
	return q.Redirect(http.StatusSeeOther, next)
}

// keepSession gives the browser its session, and what it is known by later.
func (q *request) keepSession(s desk.Session) {
	q.setCookie("session", s.Secret, s.ExpiresAt)
	q.dropCookie("form")
	if s.DeviceSecret != "" {
		q.setCookie("device", s.DeviceSecret, time.Now().Add(desk.DeviceLife))
	}
}

// secondStepPage asks for the code of who has passed the password.
func secondStepPage(q *request) error {
	if !q.half {
		return q.seeOther("/sign-in")
	}
	return q.show(http.StatusOK, "second_step", "second_step_title", signInView{Next: q.next(q.QueryParam("next"))})
}

func secondStep(q *request) error {
	view := signInView{Next: q.next(q.text("next"))}
	session, err := q.site.desk.SecondStep(q.Request().Context(), q.text("code"))
	if problem.CodeOf(err) == problem.Unauthenticated {
		return q.seeOther("/sign-in?next=" + url.QueryEscape(view.Next))
	}
	if err != nil {
		q.Request().PostForm.Del("code")
		return q.showForm(err, "second_step", "second_step_title", view)
	}
	q.keepSession(session)
	return q.Redirect(http.StatusSeeOther, view.Next)
}

func signOut(q *request) error {
	if err := q.site.desk.SignOut(q.Request().Context()); err != nil && problem.CodeOf(err) != problem.Unauthenticated {
		return err
	}
	q.dropCookie("session")
	return q.seeOther("/sign-in?done=signed_out")
}

// next is where somebody wanted to go: a page of this vendor's, or its first
// (abuse case B27).
func (q *request) next(wanted string) string {
	home := q.to("")
	u, err := url.Parse(wanted)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || strings.ContainsAny(wanted, "\\\r\n\t") || strings.Contains(u.Path, "//") {
		return home
	}
	if u.Path != home && !strings.HasPrefix(u.Path, home+"/") || strings.Contains(u.Path, "..") {
		return home
	}
	return u.RequestURI()
}
