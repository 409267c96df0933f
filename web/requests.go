package web

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// pending are requests that are not registered (yet).
var pending = []route{
	{"GET", "/requests", desk.OpListRequests, requestsPage},
	{"GET", "/requests/:request", desk.OpGetRequest, requestPage},
	{"POST", "/requests/:request/complete", desk.OpCompleteRequest, completeRequest},
	{"POST", "/requests/:request/withdraw", desk.OpWithdrawRequest, withdrawRequest},
	{"POST", "/requests/:request/answer", desk.OpAnswerRequest, answerRequest},
	{"POST", "/requests/:request/forward", desk.OpForwardRequest, forwardRequest},
	{"GET", "/console/requests", desk.OpListRefusals, consoleRequests},
	{"GET", "/console/requests/:request", desk.OpGetRequest, requestPage},
}

// fieldPrefix stands before the names of a form's own fields.
const fieldPrefix = "f_"

// formField is a field of a form as a page draws it.
type formField struct {
	Name, Label, Help, Type string
	Required                bool
	Choices                 []policy.Choice
}

// FormFields are the fields the form of a kind of request asks, but files: those
// are asked together.
func (p *page) FormFields(kind string) (list []formField) {
	pack := p.Request.vendor.Settings.Pack
	if pack == nil {
		return nil
	}
	f, _ := pack.Form(kind)
	for _, name := range f.Fields {
		field := pack.Fields[name]
		if field.Type == "files" || name == "component" { // every request has one of its own
			continue
		}
		one := formField{Name: fieldPrefix + name, Label: p.said(field.Label), Help: p.said(field.Help), Type: field.Type, Choices: field.Choices}
		for _, r := range f.Require {
			one.Required = one.Required || r == name
		}
		list = append(list, one)
	}
	return list
}

// FormFiles are what the form of a kind of request wants files for, in words.
func (p *page) FormFiles(kind string) (list []string) {
	pack := p.Request.vendor.Settings.Pack
	if pack == nil {
		return nil
	}
	f, _ := pack.Form(kind)
	for _, name := range f.Fields {
		if field := pack.Fields[name]; field.Type == "files" {
			text := p.said(field.Label)
			if len(field.Files) > 0 {
				text += " (" + strings.Join(field.Files, ", ") + ")"
			}
			list = append(list, text)
		}
	}
	return list
}

// Said are the fields of its form that were filled in for a request of a kind.
func (p *page) Said(kind string, filled map[string]string) []policy.Said {
	return p.Request.vendor.Settings.Said(kind, filled)
}

// Charged is what a kind of request may cost, in words; "" for nothing.
func (p *page) Charged(kind string) string {
	pack := p.Request.vendor.Settings.Pack
	if pack == nil {
		return ""
	}
	f, _ := pack.Form(kind)
	return p.said(f.Charged)
}

// Say is a lack in the reader's language.
func (p *page) Say(l desk.Lack) string { return l.Say(p.Request.locale) }

// formFieldsOf are the fields of a form among what was typed or kept.
func formFieldsOf(values map[string]string) map[string]string {
	fields := map[string]string{}
	for name, text := range values {
		if field, is := strings.CutPrefix(name, fieldPrefix); is && text != "" {
			fields[field] = text
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return fields
}

// typedFields are the fields of a form that was sent.
func (q *request) typedFields() map[string]string {
	fields := map[string]string{}
	for name := range q.Request().PostForm {
		if strings.HasPrefix(name, fieldPrefix) {
			fields[name] = strings.TrimSpace(q.text(name))
		}
	}
	return fields
}

// requestsView lists requests that are not registered.
type requestsView struct {
	List     []desk.RequestView
	Next     string // where the list goes on
	Refusals []store.Refusal
}

func requestsPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/requests")
	}
	return q.showRequests(requestsView{}, "/requests", "requests_title")
}

func consoleRequests(q *request) error {
	refusals, err := q.site.desk.Refusals(q.Request().Context())
	if err != nil {
		return err
	}
	return q.showRequests(requestsView{Refusals: refusals}, "/console/requests", "requests_staff_title")
}

func (q *request) showRequests(v requestsView, at, title string) error {
	list, next, err := q.site.desk.Requests(q.Request().Context(), "", q.QueryParam("cursor"))
	if err != nil {
		return err
	}
	v.List = list
	if next != "" {
		v.Next = q.to(at + "?cursor=" + next)
	}
	return q.show(http.StatusOK, "requests", title, v)
}

// pendingView is one of them.
type pendingView struct {
	desk.RequestView
	Staff bool
}

func (v pendingView) draft(_, field string) string {
	return v.Fields[strings.TrimPrefix(field, fieldPrefix)]
}

func requestPage(q *request) error {
	id, err := q.idIn("request")
	if err != nil {
		return err
	}
	v, err := q.pending(id)
	if problem.CodeOf(err) == problem.NotFound { // it may be registered meanwhile
		if row, err := q.site.desk.Ticket(q.Request().Context(), id.String()); err == nil {
			return q.seeOther("/tickets/" + row.Row.Number)
		}
	}
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "request", "request_title", v, "title", v.Title)
}

// pending reads a request that is not registered. Its page says what the version
// of the pack does that it was submitted under, if there was one.
func (q *request) pending(id uuid.UUID) (v pendingView, err error) {
	v.Staff = q.caller.Staff()
	if v.RequestView, err = q.site.desk.Request(q.Request().Context(), id); err == nil && v.PolicyVersion != "" {
		q.vendor.Settings = *v.Settings
	}
	return v, err
}

// deal does something to a request and goes to what became of it. A refused
// form is shown again with what was typed.
func (q *request) deal(form string, do func(uuid.UUID) (desk.Submitted, error)) error {
	id, err := q.idIn("request")
	if err != nil {
		return err
	}
	made, err := do(id)
	if err != nil {
		v, gone := q.pending(id)
		if gone != nil {
			return err
		}
		return q.refusedForm(err, form, "request", "request_title", v, "title", v.Title)
	}
	if made.Pending == nil {
		return q.seeOther("/register/done/" + made.Row.Number)
	}
	return q.seeOther("/requests/" + id.String() + "?done=request_kept")
}

func completeRequest(q *request) error {
	ctx := q.Request().Context()
	return q.deal("complete", func(id uuid.UUID) (desk.Submitted, error) {
		in := desk.Completion{Fields: map[string]string{}}
		for name, text := range q.typedFields() {
			in.Fields[strings.TrimPrefix(name, fieldPrefix)] = text
		}
		if title := q.text("title"); title != "" {
			in.Title = &title
		}
		if _, err := q.site.desk.Request(ctx, id); err != nil {
			return desk.Submitted{}, err // out of sight before anything is kept
		}
		var err error
		if in.Files, err = q.uploads(ctx, "files"); err != nil {
			return desk.Submitted{}, err
		}
		return q.site.desk.Complete(ctx, q.formKey(), id, in)
	})
}

func withdrawRequest(q *request) error {
	return q.deal("withdraw", func(id uuid.UUID) (desk.Submitted, error) {
		return q.site.desk.WithdrawRequest(q.Request().Context(), q.formKey(), id)
	})
}

func answerRequest(q *request) error {
	return q.deal("answer", func(id uuid.UUID) (desk.Submitted, error) {
		return q.site.desk.AnswerRequest(q.Request().Context(), q.formKey(), id, q.text("text"))
	})
}

func forwardRequest(q *request) error {
	return q.deal("forward", func(id uuid.UUID) (desk.Submitted, error) {
		return q.site.desk.ForwardRequest(q.Request().Context(), q.formKey(), id)
	})
}
