package web

import (
	"net/http"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
)

// forgottenPage asks for the address to which a link is mailed.
func forgottenPage(q *request) error {
	return q.show(http.StatusOK, "forgotten", "forgotten_title", nil)
}

// forgotten says the same whether or not there is an account (abuse case B1).
func forgotten(q *request) error {
	if err := q.site.desk.RequestReset(q.Request().Context(), q.vendor.Slug, q.text("email")); err != nil {
		return q.showForm(err, "forgotten", "forgotten_title", nil)
	}
	return q.seeOther("/password/forgotten?done=reset_asked")
}

// passwordPage shows what a link from a mail is for; looking changes nothing,
// however often and whoever looks (abuse case B31).
func passwordPage(q *request) error {
	link, err := q.link()
	if err != nil {
		return err
	}
	status := http.StatusOK
	if link.State != desk.LinkFine {
		status = http.StatusGone
	}
	return q.show(status, "password", "password_title", link)
}

// linkPage is a link, and the companies' sign-ons an invitation can be taken
// with instead of a password.
type linkPage struct {
	desk.LinkView
	SignOns []desk.SignOnChoice
}

// link is the one the address names, of this vendor's people.
func (q *request) link() (v linkPage, err error) {
	v.LinkView, err = q.site.desk.LookAtLink(q.Request().Context(), q.Param("secret"))
	if err == nil && v.Vendor.ID != q.vendor.ID {
		err = problem.Missing()
	}
	if err == nil && v.Purpose == desk.LinkInvitation {
		v.SignOns, err = q.signOns()
	}
	return v, err
}

// choosePassword sets the password once; signing in comes after it.
func choosePassword(q *request) error {
	link, err := q.link()
	if err != nil {
		return err
	}
	chosen, err := q.site.desk.ChoosePassword(q.Request().Context(), q.Param("secret"), q.Request().PostForm.Get("password"))
	if err != nil {
		q.Request().PostForm.Del("password")
		return q.showForm(err, "password", "password_title", link)
	}
	if chosen.DeviceSecret != "" {
		q.setCookie("device", chosen.DeviceSecret, time.Now().Add(desk.DeviceLife))
	}
	q.dropCookie("session")
	return q.seeOther("/sign-in?done=password_chosen")
}

// renewLink mails a new link in place of one that works no more, and says the
// same whatever it was.
func renewLink(q *request) error {
	if err := q.site.desk.RenewLink(q.Request().Context(), q.Param("secret")); err != nil {
		return err
	}
	return q.seeOther("/sign-in?done=link_renewed")
}

// askPage is for who has no account yet.
func askPage(q *request) error { return q.show(http.StatusOK, "access", "access_title", nil) }

// ask tells the organization's account manager; the answer is the same
// whatever comes of it.
func ask(q *request) error {
	err := q.site.desk.AskForAccess(q.Request().Context(), q.vendor.Slug, desk.AccessInput{
		Name: q.text("name"), Email: q.text("email"), Organization: q.text("organization"), Message: q.text("message"), Locale: q.locale,
	})
	if err != nil {
		return q.showForm(err, "access", "access_title", nil)
	}
	return q.seeOther("/sign-in?done=access_asked")
}

// questionPage shows what the account manager asks who wants access.
func questionPage(q *request) error {
	question, err := q.question()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "access_reply", "access_reply_title", question)
}

func (q *request) question() (desk.AccessQuestion, error) {
	question, err := q.site.desk.LookAtQuestion(q.Request().Context(), q.Param("secret"))
	if err == nil && question.Vendor.ID != q.vendor.ID {
		err = problem.Missing()
	}
	return question, err
}

func replyQuestion(q *request) error {
	question, err := q.question()
	if err != nil {
		return err
	}
	if err := q.site.desk.ReplyAccess(q.Request().Context(), q.Param("secret"), q.text("text")); err != nil {
		return q.showForm(err, "access_reply", "access_reply_title", question)
	}
	return q.seeOther("/sign-in?done=access_replied")
}
