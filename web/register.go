package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// registerStep is one step of registering a request: a page of its own, whose
// fields are kept in the reader's draft.
type registerStep struct {
	name   string   // of its words and template
	path   string   // below /register
	fields []string // of the draft and the form
	wrong  []string // what of a registration it is about
}

var registerSteps = []registerStep{
	{"kind", "", []string{"type", "component", "package", "version", "on_behalf", "contact", "follow"}, []string{"type", "component", "package", "version", "on_behalf_of"}},
	{"describe", "/describe", []string{"title", "body"}, []string{"title", "body"}},
	{"severity", "/severity", []string{"severity"}, []string{"severity"}},
	{"evidence", "/evidence", []string{"files"}, []string{"files"}},
	{"check", "/check", nil, nil},
}

// is says whether a wrong field belongs to the step.
func (s registerStep) is(f problem.Field) bool {
	part, _, _ := strings.Cut(f.Path, "/")
	return slices.Contains(s.wrong, part)
}

// registerView is what the pages of registering show.
type registerView struct {
	desk.RegistrationForm
	desk.Fate // what becomes of it when it is sent: where something is lacking it can be kept, not registered
	Steps     []registerStep
	At        int               // index of this step
	Kept      map[string]string // the draft
	Begun     bool              // something was kept before
	Follows   *store.Ticket     // the finished ticket this one follows
	Like      []desk.TicketView // open ones with a title like this
	Looked    bool              // titles were compared
	Files     []store.File
	Whole     desk.Registration  // as it would be sent
	Missing   []problem.Field    // what is wrong with it still
	Customer  string             // whom it is for, when a partner registers
	Contact   string             // who is told there
	Releases  []desk.ReleaseView // to choose from, on the step that asks for the version
	Plain     bool               // its type has no target: no severity is asked
	Wish      bool               // its type asks for something new
	Details   bool               // the form of its type asks more than files
}

func (v registerView) draft(_, field string) string { return v.Kept[field] }

// Step is the step of this page.
func (v registerView) Step() registerStep { return v.Steps[v.At] }

// Asked are the steps that its type has.
func (v registerView) Asked() []registerStep {
	return slices.DeleteFunc(slices.Clone(v.Steps), v.skips)
}

func (v registerView) skips(s registerStep) bool { return v.Plain && s.name == "severity" }

// next is the step after this one.
func (v registerView) next() registerStep {
	for _, s := range v.Steps[v.At+1:] {
		if !v.skips(s) {
			return s
		}
	}
	return v.Step()
}

// Number is which step this is, from 1.
func (v registerView) Number() int {
	return 1 + slices.IndexFunc(v.Asked(), func(s registerStep) bool { return s.name == v.Step().name })
}

// Called is what a step is called, by its key in words.
func (v registerView) Called(s registerStep) string {
	switch {
	case s.name == "describe" && v.Wish:
		return "register_wish"
	case s.name == "evidence" && v.Details:
		return "register_details"
	}
	return "register_" + s.name
}

// PathOf is the step where a wrong field is filled in.
func (v registerView) PathOf(f problem.Field) string {
	for _, s := range v.Steps {
		if s.is(f) {
			return s.Path()
		}
	}
	return v.Steps[0].Path()
}

// Name is what the step is called in templates and words.
func (s registerStep) Name() string { return s.name }

// Path is the step's address below the vendor's.
func (s registerStep) Path() string { return "/register" + s.path }

// registering reads what every step shows: who may register, and the draft.
// Who may not is told so before they write a word.
func (q *request) registering(step int) (v registerView, err error) {
	ctx := q.Request().Context()
	drafts, err := q.site.desk.Drafts(ctx, desk.DraftNew)
	if err != nil {
		return v, err
	}
	v.Steps, v.At, v.Kept = registerSteps, step, drafts["register"]
	if v.Kept == nil {
		v.Kept = map[string]string{}
	}
	for field, text := range v.Kept {
		v.Begun = v.Begun || text != "" && field != "begun"
	}
	if customer := q.QueryParam("on_behalf"); customer != "" {
		v.Kept["on_behalf"] = customer // chosen just now
	}
	if v.RegistrationForm, err = q.site.desk.RegistrationForm(ctx, idOf(v.Kept["on_behalf"])); err != nil {
		return v, err
	}
	q.ofType(&v)
	if v.Step().name == "kind" {
		if v.Releases, err = q.offered(); err != nil {
			return v, err
		}
	}
	if follows := v.Kept["follow"]; follows != "" {
		old, err := q.site.desk.Ticket(ctx, follows)
		switch {
		case problem.CodeOf(err) == problem.NotFound:
			delete(v.Kept, "follow") // out of sight meanwhile
		case err != nil:
			return v, err
		default:
			v.Follows = &old.Row
		}
	}
	v.Files, err = q.site.desk.Uploads(ctx, idsOf(v.Kept["files"]))
	return v, err
}

// ofType says what the type of the request asks, and fills in what is known of
// whom it is for.
func (q *request) ofType(v *registerView) {
	kind := v.Kept["type"]
	s := q.vendor.Settings
	v.Plain, v.Wish = s.Unclocked(kind), s.Wish(kind)
	v.Details = len((&page{Request: q}).FormFields(kind)) > 0
	name, number := q.matching(kind)
	for _, field := range name {
		if v.Kept[field] == "" {
			v.Kept[field] = v.For.Name
		}
	}
	typed := slices.ContainsFunc(number, func(field string) bool { return v.Kept[field] != "" })
	if len(number) > 0 && !typed && v.For.ExternalID != nil {
		v.Kept[number[0]] = *v.For.ExternalID
	}
}

// matching are the fields of a form that must agree with the customer's name, and
// those with their number, as they stand in a draft.
func (q *request) matching(kind string) (name, number []string) {
	if pack := q.vendor.Settings.Pack; pack != nil {
		form, _ := pack.Form(kind)
		for _, field := range form.Fields {
			switch pack.Fields[field].Matches {
			case "customer_name":
				name = append(name, fieldPrefix+field)
			case "customer_id":
				number = append(number, fieldPrefix+field)
			}
		}
	}
	return name, number
}

// idOf is an id as it was typed; nil for anything else.
func idOf(text string) *uuid.UUID {
	if id, err := uuid.Parse(text); err == nil {
		return &id
	}
	return nil
}

// idsOf are the ids a draft keeps in one text.
func idsOf(text string) (ids []uuid.UUID) {
	for one := range strings.FieldsSeq(text) {
		if id := idOf(one); id != nil {
			ids = append(ids, *id)
		}
	}
	return ids
}

// registration is the request the draft makes. A follow-up names the ticket it
// follows in its first line.
func (q *request) registration(v registerView) desk.Registration {
	r := desk.Registration{
		Type: v.Kept["type"], Severity: v.Kept["severity"], Title: v.Kept["title"], Body: v.Kept["body"],
		Component: v.Kept["component"], Package: v.Kept["package"], Version: v.Kept["version"], Channel: "portal",
	}
	if v.Plain {
		r.Severity = ""
	}
	r.Fields = formFieldsOf(v.Kept)
	if v.Follows != nil && strings.TrimSpace(r.Body) != "" {
		r.Body = q.say("follow_line", "number", v.Follows.Number) + "\n\n" + r.Body
	}
	for _, f := range v.Files {
		r.Files = append(r.Files, f.ID)
	}
	if whose := v.Kept["on_behalf"]; whose != "" {
		r.OnBehalfOf = &desk.OnBehalfOf{ContactID: idOf(v.Kept["contact"])}
		if id := idOf(whose); id != nil {
			r.OnBehalfOf.OrganizationID = *id
		}
	}
	return r
}

// showStep answers with a step's page.
func (q *request) showStep(status int, v registerView, wrong *problem.Error, key string) error {
	if !v.Authorized {
		return q.show(http.StatusForbidden, "register_closed", "register_closed_title", v)
	}
	p := &page{
		Request: q, Name: "register_" + v.Step().name, Data: v, Problem: wrong, Key: key, Notice: q.notice(),
		Title: q.say("register_title", "n", v.Number(), "of", len(v.Asked()), "step", q.say(v.Called(v.Step()))),
	}
	if wrong != nil {
		p.Values = formValues(q.Request().PostForm)
	}
	return q.render(status, p)
}
