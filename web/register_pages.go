package web

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// registerPage is a step's page.
func registerPage(step int) func(*request) error {
	return func(q *request) error {
		v, err := q.registering(step)
		if err == nil && v.skips(v.Step()) {
			return q.seeOther(v.next().Path())
		}
		if err == nil && v.Authorized {
			switch v.Step().name {
			case "kind":
				err = q.follow(&v)
			case "describe":
				err = q.lookFor(&v)
			}
		}
		if err != nil {
			return err
		}
		return q.showStep(http.StatusOK, v, nil, newFormKey())
	}
}

// follow begins a follow-up of the finished ticket the address names: what is
// known of it need not be told again.
func (q *request) follow(v *registerView) error {
	ref := q.QueryParam("follow")
	if ref == "" {
		return nil
	}
	old, err := q.site.desk.Ticket(q.Request().Context(), ref)
	if err != nil {
		return err
	}
	v.Follows, v.Kept["follow"] = &old.Row, old.Row.Number
	known := map[string]string{"type": old.Row.Type, "component": old.Request.Component, "package": old.Request.Package, "version": old.Request.PackageVersion}
	if v.Partner && old.Row.PartnerID != nil {
		known["on_behalf"] = old.Row.OrganizationID.String()
	}
	for field, text := range known {
		if v.Kept[field] == "" {
			v.Kept[field] = text
		}
	}
	return nil
}

// lookFor compares the title with those of open tickets.
func (q *request) lookFor(v *registerView) (err error) {
	title := v.Kept["title"]
	if typed, asked := q.QueryParams()["title"]; asked {
		title = typed[0]
	}
	if strings.TrimSpace(title) == "" {
		return nil
	}
	v.Looked = true
	v.Like, err = q.site.desk.Like(q.Request().Context(), title)
	return err
}

// keepStep keeps a step's fields in the draft, checks those alone, and goes on
// to the next.
func keepStep(step int) func(*request) error {
	return func(q *request) error {
		ctx := q.Request().Context()
		if err := q.site.desk.MayRegister(ctx); err != nil {
			return err
		}
		v, err := q.registering(step)
		if err != nil {
			return err
		}
		fields, err := q.stepFields(v)
		if err == nil {
			err = q.site.desk.KeepDraft(ctx, desk.DraftNew, "register", fields)
		}
		if err != nil {
			return q.stepRefused(v, err)
		}
		if q.Request().PostForm.Has("look") {
			return q.seeOther(v.Step().Path() + "#suggestions")
		}
		if v, err = q.registering(step); err != nil {
			return err
		}
		err = q.site.desk.CheckRegistration(ctx, q.registration(v))
		if e, ok := problem.As(err); ok && e.Code == problem.Unprocessable {
			err = only(e, v.Step())
		}
		if err != nil {
			return q.stepRefused(v, err)
		}
		if v.Step().name == "kind" && len(v.Contacts) > 0 && !q.Request().PostForm.Has("contact") {
			return q.seeOther(v.Step().Path() + "#on_behalf_of-contact_id") // the customer is known now: who of theirs
		}
		return q.seeOther(v.next().Path())
	}
}

// only is what of a refusal is a step's, or nil.
func only(e *problem.Error, s registerStep) error {
	var mine []problem.Field
	for _, f := range e.Fields {
		if s.is(f) {
			mine = append(mine, f)
		}
	}
	if len(mine) == 0 {
		return nil
	}
	return &problem.Error{Code: e.Code, Key: e.Key, Fields: mine}
}

// stepFields is what a step's form says, as the draft keeps it.
func (q *request) stepFields(v registerView) (map[string]string, error) {
	fields := map[string]string{}
	for _, name := range v.Step().fields {
		if q.Request().PostForm.Has(name) {
			fields[name] = q.text(name)
		}
	}
	switch v.Step().name {
	case "evidence":
		ids, err := q.uploads(q.Request().Context(), "files")
		kept := make([]string, len(ids))
		for i, id := range ids {
			kept[i] = id.String()
		}
		fields["files"] = strings.Join(kept, " ")
		maps.Copy(fields, q.typedFields())
		return fields, err
	case "kind":
		if whose, told := fields["on_behalf"]; told && whose != v.Kept["on_behalf"] {
			name, number := q.matching(v.Kept["type"]) // of another customer
			for _, field := range slices.Concat(name, number) {
				fields[field] = ""
			}
		}
		if fields["follow"] == "" {
			return fields, nil
		}
		old, err := q.site.desk.Ticket(q.Request().Context(), fields["follow"])
		if err != nil {
			return nil, err
		}
		if v.Kept["title"] == "" {
			fields["title"] = old.Row.Title
		}
	}
	return fields, nil
}

// stepRefused shows the step again with what was typed.
func (q *request) stepRefused(v registerView, err error) error {
	e, ok := problem.As(err)
	if !ok || e.Code != problem.Unprocessable && e.Code != problem.Invalid {
		return err
	}
	if v.Step().name == "describe" {
		if err := q.lookFor(&v); err != nil {
			return err
		}
	}
	return q.showStep(statusOf(e), v, e, q.formKey())
}

// checkStep is the last step.
const checkStep = 4

// whole is the last step: the request as it would be sent, what is wrong with
// it still, and the key of its form. The key is made of the draft and what it
// says, so that the same request is one ticket, from however many pages and
// however often it is sent.
func (q *request) whole() (v registerView, key string, err error) {
	if v, err = q.registering(checkStep); err != nil || !v.Authorized {
		return v, key, err
	}
	ctx := q.Request().Context()
	v.Whole = q.registration(v)
	err = q.site.desk.CheckRegistration(ctx, v.Whole)
	if e, ok := problem.As(err); ok && e.Code == problem.Unprocessable {
		v.Missing, err = e.Fields, nil
	}
	if err != nil {
		return v, key, err
	}
	if len(v.Missing) == 0 {
		if v.Fate, err = q.site.desk.Fate(ctx, v.Whole); err != nil {
			return v, key, err
		}
	}
	v.nameParties()
	begun := idOf(v.Kept["begun"])
	if begun == nil {
		id := store.NewID()
		if err := q.site.desk.KeepDraft(ctx, desk.DraftNew, "register", map[string]string{"begun": id.String()}); err != nil {
			return v, key, err
		}
		begun = &id
	}
	said, err := json.Marshal(v.Whole)
	return v, uuid.NewSHA1(*begun, said).String(), err
}

// nameParties says for whom a partner registers.
func (v *registerView) nameParties() {
	o := v.Whole.OnBehalfOf
	if o == nil {
		return
	}
	for _, c := range v.Customers {
		if c.ID == o.OrganizationID {
			v.Customer = c.Name
		}
	}
	for _, c := range v.Contacts {
		if o.ContactID != nil && c.ID == *o.ContactID {
			v.Contact = c.Name
		}
	}
}

func checkPage(q *request) error {
	v, key, err := q.whole()
	if err != nil {
		return err
	}
	return q.showStep(http.StatusOK, v, nil, key)
}

// register registers what was checked. A form whose draft has gone or changed
// is either one that was sent before, and leads to what it made, or is shown
// again as it is now.
func register(q *request) error {
	ctx := q.Request().Context()
	if err := q.site.desk.MayRegister(ctx); err != nil {
		return err
	}
	v, key, err := q.whole()
	if err != nil {
		return err
	}
	if key != q.formKey() {
		number, err := q.site.desk.Registered(ctx, q.formKey())
		switch problem.CodeOf(err) {
		case "":
			return q.seeOther("/register/done/" + number)
		case problem.NotFound:
			return q.showStep(http.StatusConflict, v, problem.New(problem.Conflict, "request_changed", nil), key)
		}
		return err
	}
	v.Whole.AtZero = q.text("at_zero")
	made, err := q.site.desk.Register(ctx, key, v.Whole)
	switch e, _ := problem.As(err); {
	case e == nil:
	case e.Key == "entitlement_waits":
		return q.seeOther("?done=request_waits") // the draft stays
	case e.Code == problem.Unprocessable || e.Key == "balance_empty":
		v.Missing = besideChoice(e.Fields)
		return q.showStep(statusOf(e), v, e, key)
	}
	if err == nil {
		err = q.site.desk.DropDraft(ctx, desk.DraftNew, "register")
	}
	if err != nil {
		return err
	}
	if made.Pending != nil {
		return q.seeOther("/requests/" + made.Pending.ID.String())
	}
	return q.seeOther("/register/done/" + made.Row.Number)
}

// receiptPage is the proof that a request is registered; it prints well.
func receiptPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/tickets/" + q.Param("ticket"))
	}
	v, err := q.site.desk.Ticket(q.Request().Context(), q.Param("ticket"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "register_done", "register_done_title", v, "number", v.Row.Number)
}

// notNeeded ends a request that needs no sending: something else solved it.
func notNeeded(q *request) error {
	if err := q.site.desk.NotNeeded(q.Request().Context(), q.formKey(), q.text("solved_by")); err != nil {
		return err
	}
	return q.seeOther("?done=not_needed")
}

// startOver forgets the request that was begun.
func startOver(q *request) error {
	ctx := q.Request().Context()
	err := q.site.desk.MayRegister(ctx)
	if err == nil {
		err = q.site.desk.DropDraft(ctx, desk.DraftNew, "register")
	}
	if err != nil {
		return err
	}
	return q.seeOther("/register")
}

// HelpURL is where the vendor's help pages are, which are to be read before
// anything is asked; "" where the pack does not say so.
func (p *page) HelpURL() string {
	if pack := p.Request.vendor.Settings.Pack; pack != nil && pack.Intake.HelpFirst {
		return pack.Vendor.HelpURL
	}
	return ""
}
