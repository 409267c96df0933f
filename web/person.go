package web

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// personView is one contact or member of staff.
type personView struct {
	asIs
	desk.PersonSheet
	At        string // the page's path
	Approvers []option
	Offered   []desk.Role // roles they may be given
	// What the reader may do here.
	MayEdit, MayInvite, MayEnd, MayReset bool
}

// Contact says whether this is one.
func (v personView) Contact() bool { return v.OrganizationID != nil }

// side is what differs between contacts and members of staff.
type side struct {
	parameter, path                   string
	open                              func(*request, uuid.UUID) (desk.PersonSheet, error)
	roles                             []desk.Role
	opUpdate, opInvite, opEnd, opOver desk.Operation
}

var (
	contacts = side{
		"contact", "/console/contacts/",
		func(q *request, id uuid.UUID) (desk.PersonSheet, error) {
			return q.site.desk.OpenContact(q.Request().Context(), id)
		},
		desk.ContactRoles, desk.OpUpdateContact, desk.OpInviteContact, desk.OpEndContactSessions, desk.OpResetContactSecondFactor,
	}
	members = side{
		"member", "/console/staff/",
		func(q *request, id uuid.UUID) (desk.PersonSheet, error) {
			return q.site.desk.OpenStaff(q.Request().Context(), id)
		},
		desk.StaffRoles, desk.OpUpdateStaff, desk.OpInviteStaff, desk.OpEndStaffSessions, desk.OpResetStaffSecondFactor,
	}
)

// person reads a person's page.
func (q *request) person(s side, id uuid.UUID) (v personView, err error) {
	if v.PersonSheet, err = s.open(q, id); err != nil {
		return v, err
	}
	may := func(op desk.Operation) bool { return q.caller.Reach(op) != desk.Nothing }
	v.At, v.Offered = s.path+id.String(), s.roles
	v.MayEdit, v.MayEnd = may(s.opUpdate), may(s.opEnd)
	v.MayInvite = may(s.opInvite) && v.Active && !v.HasCome
	v.MayReset = may(s.opOver) && v.SecondFactor && id != q.caller.Person.ID
	v.asIs = asIs{"edit": q.personValues(v.Person)}
	if v.Contact() {
		v.Approvers, err = q.approvers(*v.OrganizationID, &v.Person, v.Delegate)
	}
	return v, err
}

// approvers are the choices of delegate at an organization: not the person
// themself, and whoever is theirs now.
func (q *request) approvers(organization uuid.UUID, of *store.Person, delegate string) ([]option, error) {
	if q.caller.Reach(desk.OpUpdateContact) == desk.Nothing {
		return nil, nil
	}
	people, err := q.site.desk.Approvers(q.Request().Context(), organization)
	if of == nil {
		return choicesOf(people, nil, nil), err
	}
	people = slices.DeleteFunc(people, func(p store.Person) bool { return p.ID == of.ID })
	return choicesOf(people, of.DelegateID, &delegate), err
}

// showPerson is the page of one person.
func (q *request) showPerson(s side) error {
	id, err := q.idIn(s.parameter)
	if err != nil {
		return err
	}
	v, err := q.person(s, id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "person", "person_title", v, "name", v.Name)
}

// personForm does what a form of a person's page says and goes on, or shows
// the page with what was wrong.
func (q *request) personForm(s side, form, done string, do func(uuid.UUID) error) error {
	id, err := q.idIn(s.parameter)
	if err != nil {
		return err
	}
	if wrong := do(id); wrong != nil {
		v, err := q.person(s, id)
		if err != nil {
			return err
		}
		if form != "edit" || !q.already(wrong, v.now(form)) {
			return q.refusedForm(wrong, form, "person", "person_title", v, "name", v.Name)
		}
	}
	return q.seeOther(s.path + id.String() + "?done=" + done)
}

// updatePerson writes what an editing form says. Amounts and instants that
// can't be read are named only to who may change the person.
func (q *request) updatePerson(s side, update func(uuid.UUID, desk.PersonUpdate) error) error {
	return q.personForm(s, "edit", "person_kept", func(id uuid.UUID) error {
		in, wrong := q.personInput()
		if wrong != nil && q.caller.Reach(s.opUpdate) != desk.Nothing {
			return wrong
		}
		return update(id, desk.PersonUpdate{PersonInput: in, Version: q.version(), Active: q.text("active") != ""})
	})
}

func contactPage(q *request) error { return q.showPerson(contacts) }

func updateContact(q *request) error {
	return q.updatePerson(contacts, func(id uuid.UUID, in desk.PersonUpdate) error {
		_, err := q.site.desk.UpdateContact(q.Request().Context(), id, in)
		return err
	})
}

func inviteContact(q *request) error {
	return q.personForm(contacts, "invite", "invited", func(id uuid.UUID) error {
		_, err := q.site.desk.InviteContact(q.Request().Context(), q.formKey(), id)
		return err
	})
}

func endContactSessions(q *request) error {
	return q.personForm(contacts, "end", "sessions_ended", func(id uuid.UUID) error {
		return q.site.desk.EndContactSessions(q.Request().Context(), id)
	})
}

func resetContactFactor(q *request) error {
	return q.personForm(contacts, "factor", "second_factor_removed", func(id uuid.UUID) error {
		return q.site.desk.ResetContactSecondFactor(q.Request().Context(), id)
	})
}

// createContact adds somebody to the organization of the path.
func createContact(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	if err := q.mayAt(id, desk.OpCreateContact); err != nil {
		return err
	}
	in, wrong := q.personInput()
	if wrong == nil {
		var p store.Person
		in.OrganizationID = &id
		if p, wrong = q.site.desk.CreateContact(q.Request().Context(), q.formKey(), in); wrong == nil {
			return q.seeOther("/console/contacts/" + p.ID.String() + "?done=contact_added")
		}
	}
	return q.organizationForm(wrong, id, "add", "")
}

// personInput is what a form about a person says. An amount or an instant that
// can't be read is a fault of its field.
func (q *request) personInput() (in desk.PersonInput, err error) {
	var wrong problem.Fields
	in = desk.PersonInput{
		Name: q.text("name"), Email: q.text("email"), Locale: q.text("locale"), TimeZone: q.text("time_zone"), Roles: q.Request().PostForm["roles"],
		Authorized: q.text("authorized") != "", SeesOrganization: q.text("sees_organization") != "",
		ApprovalCurrency: currencyTyped(q.text("approval_currency")), DelegateID: q.idTyped("delegate_id"),
	}
	in.ApprovalLimit = amountIn(&wrong, "approval_limit", "approval_currency", q.text("approval_limit"), in.ApprovalCurrency, q.locale)
	if in.ApprovalLimit != nil { // as a form shows it, to be told from what it is now
		q.Request().PostForm.Set("approval_limit", decimalOf(*in.ApprovalLimit, in.ApprovalCurrency, q.locale))
		q.Request().PostForm.Set("approval_currency", in.ApprovalCurrency)
	}
	in.AbsentUntil = q.instantTyped(&wrong, "absent_until")
	return in, wrong.Err()
}

// instantLayouts are how a browser's field for date and time is written.
var instantLayouts = []string{"2006-01-02T15:04", "2006-01-02T15:04:05"}

// instantTyped is the instant a field holds in the reader's zone; nil for none.
func (q *request) instantTyped(wrong *problem.Fields, field string) *time.Time {
	if q.text(field) == "" {
		return nil
	}
	for _, layout := range instantLayouts {
		if at, err := time.ParseInLocation(layout, q.text(field), q.location()); err == nil {
			return &at
		}
	}
	wrong.Add(field, "field_not_instant", nil)
	return nil
}

// instantText is an instant as such a field holds it; "" for none.
func (q *request) instantText(at *time.Time) string {
	if at == nil {
		return ""
	}
	here := at.In(q.location())
	if here.Second() == 0 {
		return here.Format(instantLayouts[0])
	}
	return here.Format(instantLayouts[1])
}

// personValues are the fields of a person's form as they are.
func (q *request) personValues(p store.Person) formValues {
	v := formValues{
		"name": {p.Name}, "email": {p.Email}, "locale": {p.Locale}, "time_zone": {p.TimeZone}, "roles": p.Roles, "active": ticked(p.Active),
		"absent_until": {q.instantText(p.AbsentUntil)},
	}
	if p.OrganizationID != nil {
		v["authorized"], v["sees_organization"] = ticked(p.Authorized), ticked(p.SeesOrganization)
		v["approval_currency"], v["approval_limit"], v["delegate_id"] = []string{p.ApprovalCurrency}, nil, []string{idText(p.DelegateID)}
		if p.ApprovalLimit != nil {
			v["approval_limit"] = []string{decimalOf(*p.ApprovalLimit, p.ApprovalCurrency, q.locale)}
		}
	}
	return v
}

// newPerson are the fields of a form for somebody new: the vendor's language
// and zone, and a contact may register requests unless somebody unticks it.
func (q *request) newPerson() formValues {
	return formValues{"locale": {q.vendor.Settings.Locale()}, "time_zone": {q.vendor.Settings.TimeZone}, "authorized": ticked(true)}
}

// ticked is what a checkbox sends.
func ticked(yes bool) []string {
	if yes {
		return []string{"1"}
	}
	return nil
}
