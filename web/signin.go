package web

import (
	"net/http"
	"net/url"
	"strings"

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
type signInView struct{ Next string }

func signInPage(q *request) error {
	if q.signedIn {
		return q.seeOther("")
	}
	return q.show(http.StatusOK, "sign_in", "sign_in_title", signInView{Next: q.next(q.QueryParam("next"))})
}

func signIn(q *request) error {
	view := signInView{Next: q.next(q.text("next"))}
	session, err := q.site.desk.SignIn(q.Request().Context(), q.vendor.Slug, q.text("email"), q.text("password"))
	if err != nil {
		q.Request().PostForm.Del("password")
		return q.showForm(err, "sign_in", "sign_in_title", view)
	}
	q.setCookie("session", session.Secret, session.ExpiresAt)
	q.dropCookie("form")
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
