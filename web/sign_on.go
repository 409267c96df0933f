package web

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// signingOn is signing in with a company's sign-on (OpenID Connect). Providers
// send people back to /oidc/callback.
var signingOn = []route{
	{"POST", "/oidc/start", desk.OpStartSignOn, startSignOn},
	{"GET", "/oidc/callback", desk.OpFinishSignOn, finishSignOn},
	{"POST", "/account/sign-on/link", desk.OpLinkSignOn, linkSignOn},
	{"POST", "/account/sign-on/unlink", desk.OpUnlinkSignOn, unlinkSignOn},
}

// signOns are what the vendor's sign-in page offers.
func (q *request) signOns() ([]desk.SignOnChoice, error) {
	return q.site.desk.SignOns(q.Request().Context(), q.vendor.Slug)
}

// provider is the sign-on a form names.
func (q *request) provider() (uuid.UUID, error) {
	id, err := uuid.Parse(q.text("provider"))
	if err != nil {
		return id, problem.Missing()
	}
	return id, nil
}

// startSignOn sends somebody to their company's sign-on, from the sign-in page
// or, with the secret of its link, from an invitation.
func startSignOn(q *request) error {
	provider, err := q.provider()
	if err != nil {
		return err
	}
	start, err := q.site.desk.StartSignOn(q.Request().Context(), q.vendor.Slug, provider, q.text("link"))
	if err != nil {
		return q.signOnRefused(err, q.next(q.text("next")))
	}
	return q.goSignOn(start, q.next(q.text("next")))
}

// goSignOn is the page between here and there. A form may lead nowhere but to
// us (form-action), so the page leads on, by itself or by its link.
func (q *request) goSignOn(start desk.SignOnStart, next string) error {
	q.setCookie("sign-on", start.Cookie, start.ExpiresAt)
	q.setCookie("next", url.QueryEscape(next), start.ExpiresAt)
	q.Response().Header().Set("Refresh", "0; url="+start.Address)
	return q.show(http.StatusOK, "sign_on", "sign_on_title", start.Address)
}

// finishSignOn is where the company's sign-on sends people back to.
func finishSignOn(q *request) error {
	var try string
	if c, err := q.Cookie(q.cookieName("sign-on")); err == nil {
		try = c.Value
	}
	next := q.to("")
	if c, err := q.Cookie(q.cookieName("next")); err == nil {
		if wanted, err := url.QueryUnescape(c.Value); err == nil {
			next = q.next(wanted)
		}
	}
	end, err := q.site.desk.FinishSignOn(q.Request().Context(), q.vendor.Slug, try, desk.SignOnAnswer{
		Code: q.QueryParam("code"), State: q.QueryParam("state"), Issuer: q.QueryParam("iss"), Error: q.QueryParam("error"),
	})
	if err != nil { // the cookies stay: what came here may not have been what they wait for
		return q.signOnRefused(err, next)
	}
	q.dropCookie("sign-on")
	q.dropCookie("next")
	if end.Linked {
		return q.seeOther("/account?done=sign_on_linked")
	}
	q.keepSession(end.Session)
	if end.Session.Kind == desk.SessionHalf {
		return q.seeOther("/sign-in/second-step?next=" + url.QueryEscape(next))
	}
	return q.Redirect(http.StatusSeeOther, next)
}

// signOnRefused says why on the page where another way in is found.
func (q *request) signOnRefused(wrong error, next string) error {
	e, ok := problem.As(wrong)
	if !ok || e.Code == problem.Internal {
		return wrong
	}
	if q.signedIn {
		v, err := q.account()
		if err != nil {
			return err
		}
		return q.render(statusOf(e), &page{Request: q, Name: "account", Title: q.say("account_title"), Data: v, Problem: e, Key: newFormKey()})
	}
	view, err := q.signInView(next)
	if err != nil {
		return err
	}
	return q.render(statusOf(e), &page{Request: q, Name: "sign_in", Title: q.say("sign_in_title"), Data: view, Problem: e, Key: newFormKey()})
}

// linkSignOn sends who is signed in to a company's sign-on, whose account will
// be theirs.
func linkSignOn(q *request) error {
	provider, err := q.provider()
	if err != nil {
		return err
	}
	start, err := q.site.desk.LinkSignOn(q.Request().Context(), provider, q.Request().PostForm.Get("password"), q.text("code"))
	if err != nil {
		return q.accountForm(err, "sign-on-"+provider.String(), "")
	}
	return q.goSignOn(start, q.to("/account"))
}

func unlinkSignOn(q *request) error {
	provider, err := q.provider()
	if err != nil {
		return err
	}
	// One that is not linked has been unlinked already.
	if err := q.site.desk.UnlinkSignOn(q.Request().Context(), provider); err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	return q.seeOther("/account?done=sign_on_unlinked")
}
