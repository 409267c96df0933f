package web

import (
	"net/http"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

// approving are the pages behind the links with which a quote is decided on
// without signing in. Opening one never decides (abuse case B31): the answer is
// chosen by a link, and given by a form that repeats it.
var approving = []route{
	{"GET", "/approvals/:secret", desk.OpLookAtApproval, approvalPage},
	{"GET", "/approvals/:secret/document", desk.OpLookAtApproval, approvalDocument},
	{"POST", "/approvals/:secret", desk.OpDecideApproval, decideApproval},
	{"POST", "/approvals/:secret/code", desk.OpSendApprovalCode, sendApprovalCode},
}

// approvalView is a quote to one person who may decide on it, or why it can't be
// decided on any more: then it tells at most who was first.
type approvalView struct {
	desk.Approval
	Answer string // what the reader is about to say: approve, decline; "": nothing yet
	Over   string // quote_decided, quote_replaced, quote_withdrawn, quote_over; "": it is open
}

// approval is what the link of the address is about, in its person's language
// and zone.
func (q *request) approval(answer string) (v approvalView, err error) {
	v.Approval, err = q.site.desk.LookAtApproval(q.Request().Context(), q.Param("secret"))
	e, refused := problem.As(err)
	over := refused && e.Code == problem.Conflict
	if (err == nil || over) && v.Vendor.ID != q.vendor.ID {
		err, over = problem.Missing(), false
	}
	if err != nil && !over {
		return v, err
	}
	if !q.signedIn {
		q.speakTo(v.Person)
	}
	if over {
		left := desk.Approval{Made: v.Made}
		if v.Made != nil && v.Made.PersonID != nil && *v.Made.PersonID == v.Person.ID { // what they have decided themself
			left.Quote = v.Quote
		}
		return approvalView{Approval: left, Over: e.Key}, nil
	}
	if answer == "approve" || answer == "decline" {
		v.Answer = answer
	}
	return v, nil
}

// speakTo has the page in a person's language and zone.
func (q *request) speakTo(person store.Person) {
	q.locale = words.Match(person.Locale)
	if l, err := time.LoadLocation(person.TimeZone); err == nil && person.TimeZone != "" {
		q.zone = l
	}
}

func approvalPage(q *request) error {
	v, err := q.approval(q.QueryParam("answer"))
	if err != nil {
		return err
	}
	status := http.StatusOK
	if v.Over != "" && q.QueryParam("done") == "" {
		status = http.StatusGone
	}
	return q.show(status, "approval", "approval_title", v)
}

func approvalDocument(q *request) error {
	if _, err := q.approval(""); err != nil {
		return err
	}
	name, pdf, err := q.site.desk.ApprovalDocument(q.Request().Context(), q.Param("secret"))
	if err != nil {
		return err
	}
	return q.attachment(name, pdf)
}

func sendApprovalCode(q *request) error {
	if _, err := q.approval(""); err != nil { // of another vendor, or none at all
		return err
	}
	if err := q.site.desk.SendApprovalCode(q.Request().Context(), q.Param("secret")); err != nil {
		return q.approvalRefused(err)
	}
	answer := "approve"
	if q.text("answer") == "decline" {
		answer = "decline"
	}
	return q.seeOther("/approvals/" + q.Param("secret") + "?done=approval_code&answer=" + answer)
}

func decideApproval(q *request) error {
	if _, err := q.approval(""); err != nil {
		return err
	}
	err := q.site.desk.DecideApproval(q.Request().Context(), q.Param("secret"), q.formKey(), q.text("code"), desk.QuoteAnswer{
		Approves: q.text("answer") == "approve", Name: q.text("name"), Text: q.text("text"),
	})
	if err != nil {
		q.Request().PostForm.Del("code")
		return q.approvalRefused(err)
	}
	return q.seeOther("/approvals/" + q.Param("secret") + "?done=quote_decided")
}

// approvalRefused is the page again, as the quote stands now, with what was
// typed.
func (q *request) approvalRefused(wrong error) error {
	v, err := q.approval(q.text("answer"))
	if err != nil {
		return err
	}
	if v.Over != "" {
		return q.show(http.StatusGone, "approval", "approval_title", v)
	}
	return q.showForm(wrong, "approval", "approval_title", v)
}
