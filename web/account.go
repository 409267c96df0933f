package web

import (
	"html/template"
	"net/http"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// accountView is what somebody sees of their own access.
type accountView struct {
	Person  store.Person
	Absent  string // until when, as a field holds it
	Bearers []bearerLine
	Locales []string
	SignOns []desk.SignOnChoice
	Secret  string // a new token's, shown once
}

// bearerLine is a session or token as its owner knows it.
type bearerLine struct {
	store.Bearer
	Browser, System string
	Here            bool // the one this page was asked with
}

func (q *request) account() (v accountView, err error) {
	bearers, err := q.site.desk.Bearers(q.Request().Context())
	for _, b := range bearers {
		name, system := desk.Browser(b.UserAgent)
		v.Bearers = append(v.Bearers, bearerLine{b, name, system, b.ID == q.caller.Bearer})
	}
	if err != nil {
		return v, err
	}
	v.Person, v.Locales, v.Absent = q.caller.Person, words.Locales, q.instantText(q.caller.Person.AbsentUntil)
	v.SignOns, err = q.site.desk.OwnSignOns(q.Request().Context())
	return v, err
}

func accountPage(q *request) error {
	v, err := q.account()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "account", "account_title", v)
}

// accountForm shows the page again with what was wrong, or goes on.
func (q *request) accountForm(wrong error, form, done string) error {
	if wrong == nil {
		return q.seeOther("/account?done=" + done)
	}
	v, err := q.account()
	if err != nil {
		return err
	}
	for _, secret := range []string{"current", "password", "code"} {
		q.Request().PostForm.Del(secret)
	}
	q.Request().PostForm.Set("form", form)
	return q.showForm(wrong, "account", "account_title", v)
}

func updateProfile(q *request) error {
	var wrong problem.Fields
	until := q.instantTyped(&wrong, "absent_until")
	err := wrong.Err()
	if err == nil {
		_, err = q.site.desk.UpdateMe(q.Request().Context(), q.caller.Person.Version, desk.Profile{
			Name: q.text("name"), Locale: q.text("locale"), TimeZone: q.text("time_zone"), Theme: q.text("theme"), SingleKeys: q.text("single_keys") != "",
			AbsentUntil: until,
		})
	}
	return q.accountForm(err, "profile", "profile_kept")
}

func changePassword(q *request) error {
	session, err := q.site.desk.ChangePassword(q.Request().Context(), q.Request().PostForm.Get("current"), q.Request().PostForm.Get("password"), q.text("code"))
	if err == nil {
		q.keepSession(session)
	}
	return q.accountForm(err, "password", "password_changed")
}

func endSession(q *request) error {
	id, err := uuid.Parse(q.text("bearer"))
	if err != nil {
		return problem.Missing()
	}
	// One that is not there has ended already.
	if err := q.site.desk.Revoke(q.Request().Context(), id); err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	return q.seeOther("/account?done=session_ended")
}

func endOthers(q *request) error {
	return q.accountForm(q.site.desk.RevokeOthers(q.Request().Context()), "others", "others_ended")
}

// createToken shows the new token once, on the page itself: an address would
// keep it.
func createToken(q *request) error {
	days := map[string]int{"30": 30, "90": 90, "365": 365}[q.text("days")]
	secret, _, err := q.site.desk.CreateOwnToken(q.Request().Context(), desk.TokenInput{Name: q.text("name"), Scope: q.text("scope"), Days: days})
	if err != nil {
		return q.accountForm(err, "token", "")
	}
	v, err := q.account()
	if err != nil {
		return err
	}
	v.Secret = secret
	return q.show(http.StatusOK, "account", "account_title", v)
}

// factorView is a second factor being set up, or just set up.
type factorView struct {
	Secret string
	QR     template.HTML // drawn by us, of the secret alone
	Codes  []string
}

func startFactor(q *request) error {
	f, err := q.site.desk.StartSecondFactor(q.Request().Context(), q.Request().PostForm.Get("password"))
	if err != nil {
		return q.accountForm(err, "factor", "")
	}
	qr, err := f.QR()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "second_factor", "second_factor_title", factorView{Secret: f.Secret, QR: template.HTML(qr)}) //nolint:gosec // drawn by us
}

// confirmFactor switches it on. The recovery codes are shown once.
func confirmFactor(q *request) error {
	session, codes, err := q.site.desk.ConfirmSecondFactor(q.Request().Context(), q.text("code"))
	if err != nil {
		return q.accountForm(err, "factor", "")
	}
	q.keepSession(session)
	q.renewForm(session.Secret)
	return q.show(http.StatusOK, "second_factor", "second_factor_title", factorView{Codes: codes})
}

func removeFactor(q *request) error {
	err := q.site.desk.RemoveSecondFactor(q.Request().Context(), q.Request().PostForm.Get("password"), q.text("code"))
	return q.accountForm(err, "factor", "factor_removed")
}
