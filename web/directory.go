package web

import (
	"net/http"
	"net/url"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// directory are the console's pages about organizations and their people.
var directory = []route{
	{"GET", "/console/organizations", desk.OpDirectory, organizationsPage},
	{"POST", "/console/organizations", desk.OpCreateOrganization, createOrganization},
	{"GET", "/console/organizations/:organization", desk.OpDirectory, organizationPage},
	{"POST", "/console/organizations/:organization", desk.OpUpdateOrganization, updateOrganization},
	{"POST", "/console/organizations/:organization/contacts", desk.OpCreateContact, createContact},
	{"POST", "/console/organizations/:organization/customers", desk.OpLinkCustomer, linkCustomer},
	{"POST", "/console/organizations/:organization/customers/unlink", desk.OpUnlinkCustomer, unlinkCustomer},
	{"GET", "/console/contacts/:contact", desk.OpDirectory, contactPage},
	{"POST", "/console/contacts/:contact", desk.OpUpdateContact, updateContact},
	{"POST", "/console/contacts/:contact/invite", desk.OpInviteContact, inviteContact},
	{"POST", "/console/contacts/:contact/end-sessions", desk.OpEndContactSessions, endContactSessions},
	{"POST", "/console/contacts/:contact/remove-second-factor", desk.OpResetContactSecondFactor, resetContactFactor},
}

// directoryPage is how many entries a page of people or organizations shows.
const directoryPage = 50

// directoryTabs are the pages about people, with the operation that opens each.
var directoryTabs = []struct {
	path, words string
	op          desk.Operation
}{
	{"/console/organizations", "tab_organizations", desk.OpDirectory},
	{"/console/staff", "tab_staff", desk.OpListStaff},
	{"/console/teams", "tab_teams", desk.OpListTeams},
	{"/console/access-requests", "tab_access_requests", desk.OpListAccessRequests},
}

// DirectoryTabs are the links among the pages about people, as far as the
// reader reaches them; how many requests for access are open stands with
// theirs, "?" when that can't be had.
func (p *page) DirectoryTabs() (tabs []choice) {
	q := p.Request
	for _, t := range directoryTabs {
		if q.caller.Reach(t.op) == desk.Nothing {
			continue
		}
		one := choice{Words: q.say(t.words), To: q.to(t.path), Here: q.address().Path == q.to(t.path)}
		if t.op == desk.OpListAccessRequests {
			n, err := q.site.desk.OpenAccessRequests(q.Request().Context())
			if err != nil {
				n = -1
			}
			one.Count = bounded(n)
		}
		tabs = append(tabs, one)
	}
	return tabs
}

// Reaches says whether the reader may do something.
func (p *page) Reaches(op desk.Operation) bool { return p.Request.caller.Reach(op) != desk.Nothing }

// organizationsView is the list of organizations.
type organizationsView struct {
	asIs
	List     []store.Organization
	Search   string
	Next     string // address of the rest; "" on the last page
	First    bool   // the page begins at the first entry
	Managers []option
}

func (q *request) organizations() (v organizationsView, err error) {
	ctx, after := q.Request().Context(), q.QueryParam("after")
	v = organizationsView{Search: q.QueryParam("q"), First: after == "", asIs: asIs{"new": {"kind": {"customer"}}}}
	list, next, err := q.site.desk.Directory(ctx, v.Search, after, directoryPage)
	if err != nil {
		return v, err
	}
	if v.List = list; next != "" {
		rest := url.Values{"after": {next}}
		if v.Search != "" {
			rest.Set("q", v.Search)
		}
		v.Next = q.to("/console/organizations" + query(rest))
	}
	v.Managers, err = q.managers(store.Organization{})
	return v, err
}

// managers are the choices of account manager; the organization's own is among
// them even when they have left.
func (q *request) managers(of store.Organization) (list []option, err error) {
	if q.caller.Reach(desk.OpUpdateOrganization) == desk.Nothing {
		return nil, nil
	}
	people, err := q.site.desk.AccountManagers(q.Request().Context())
	return choicesOf(people, of.AccountManagerID, of.AccountManager), err
}

// choicesOf are people to choose from, and the one chosen before though they
// may be no choice any more.
func choicesOf(people []store.Person, before *uuid.UUID, name *string) (list []option) {
	known := before == nil || name == nil
	for _, p := range people {
		known = known || p.ID == *before
		list = append(list, option{ID: p.ID.String(), Name: p.Name})
	}
	if !known {
		list = append(list, option{ID: before.String(), Name: *name})
	}
	return list
}

func organizationsPage(q *request) error {
	v, err := q.organizations()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "organizations", "organizations_title", v)
}

// organizationInput is what a form about an organization says.
func (q *request) organizationInput() desk.OrganizationInput {
	in := desk.OrganizationInput{Kind: q.text("kind"), Name: q.text("name"), AccountManagerID: q.idTyped("account_manager_id")}
	if external := q.text("external_id"); external != "" {
		in.ExternalID = &external
	}
	if zone := q.text("time_zone"); zone != "" {
		in.TimeZone = &zone
	}
	return in
}

func createOrganization(q *request) error {
	o, wrong := q.site.desk.CreateOrganization(q.Request().Context(), q.formKey(), q.organizationInput())
	if wrong == nil {
		return q.seeOther("/console/organizations/" + o.ID.String() + "?done=organization_made")
	}
	if problem.CodeOf(wrong) == problem.Forbidden {
		return wrong
	}
	v, err := q.organizations()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "new", "organizations", "organizations_title", v)
}

// organizationView is one organization: who may do what there.
type organizationView struct {
	asIs
	desk.OrganizationSheet
	MoreContacts, MoreCustomers string // addresses of the rest; "" for none
	Managers, Approvers         []option
	Offered                     []desk.Role // roles a contact may be given
	Begun                       bool        // the contacts begin at the first
}

func (q *request) organization(id uuid.UUID) (v organizationView, err error) {
	ctx := q.Request().Context()
	at := desk.SheetPlace{Contacts: q.QueryParam("after"), Customers: q.QueryParam("customers"), Limit: directoryPage}
	if v.OrganizationSheet, err = q.site.desk.OpenOrganization(ctx, id, at); err != nil {
		return v, err
	}
	v.Begun, v.Offered = at.Contacts == "", desk.ContactRoles
	v.MoreContacts, v.MoreCustomers = q.moreOf(v.OrganizationSheet, "/console/organizations/"+id.String())
	v.asIs = asIs{"edit": organizationValues(v.Organization), "add": q.newPerson(), "link": nil}
	if v.Managers, err = q.managers(v.Organization); err != nil {
		return v, err
	}
	v.Approvers, err = q.approvers(id, nil, "")
	return v, err
}

// moreOf are the addresses of the rest of a sheet's lists; "" for none.
func (q *request) moreOf(s desk.OrganizationSheet, path string) (contacts, customers string) {
	if s.MoreContacts != "" {
		contacts = q.to(path + query(url.Values{"after": {s.MoreContacts}}))
	}
	if s.MoreCustomers != "" {
		customers = q.to(path + query(url.Values{"customers": {s.MoreCustomers}}))
	}
	return contacts, customers
}

// organizationValues are the fields of an organization's form as it is.
func organizationValues(o store.Organization) formValues {
	v := formValues{"name": {o.Name}, "external_id": {""}, "account_manager_id": {idText(o.AccountManagerID)}}
	if o.ExternalID != nil {
		v["external_id"] = []string{*o.ExternalID}
	}
	if v["time_zone"] = []string{""}; o.TimeZone != nil {
		v["time_zone"] = []string{*o.TimeZone}
	}
	return v
}

func organizationPage(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	v, err := q.organization(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "organization", "organization_title", v, "name", v.Name)
}

// organizationForm goes on after a form of an organization's page, or shows
// the page with what was wrong.
func (q *request) organizationForm(wrong error, id uuid.UUID, form, done string) error {
	if wrong != nil {
		v, err := q.organization(id)
		if err != nil {
			return err
		}
		if form != "edit" || !q.already(wrong, v.now(form)) {
			return q.refusedForm(wrong, form, "organization", "organization_title", v, "name", v.Name)
		}
	}
	return q.seeOther("/console/organizations/" + id.String() + "?done=" + done)
}

func updateOrganization(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	_, wrong := q.site.desk.UpdateOrganization(q.Request().Context(), id, q.version(), q.organizationInput())
	return q.organizationForm(wrong, id, "edit", "organization_kept")
}

// mayAt answers NotFound for an organization out of the reader's sight, and
// Forbidden where what they want to do there is not theirs: before a form is
// read that the desk would look at first.
func (q *request) mayAt(id uuid.UUID, op desk.Operation) error {
	_, err := q.site.desk.OpenOrganization(q.Request().Context(), id, desk.SheetPlace{Limit: 1})
	if err == nil && q.caller.Reach(op) == desk.Nothing {
		err = problem.New(problem.Forbidden, "not_your_role", nil)
	}
	return err
}

// organizationNamed is the id of the organization a field names by its number,
// name or id, or the field that is wrong.
func (q *request) organizationNamed(field string) (id uuid.UUID, err error) {
	o, err := q.site.desk.FindOrganization(q.Request().Context(), q.text(field))
	if problem.CodeOf(err) == problem.NotFound {
		var wrong problem.Fields
		wrong.Add(field, "organization_not_found", nil)
		err = wrong.Err()
	}
	return o.ID, err
}

func linkCustomer(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	if err := q.mayAt(id, desk.OpLinkCustomer); err != nil {
		return err
	}
	customer, wrong := q.organizationNamed("customer_id")
	if wrong == nil {
		wrong = q.site.desk.LinkCustomer(q.Request().Context(), id, customer)
	}
	return q.organizationForm(wrong, id, "link", "customer_linked")
}

func unlinkCustomer(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	if err := q.mayAt(id, desk.OpUnlinkCustomer); err != nil {
		return err
	}
	customer, _ := uuid.Parse(q.text("customer_id")) // nonsense is no customer
	wrong := q.site.desk.UnlinkCustomer(q.Request().Context(), id, customer)
	if problem.CodeOf(wrong) == problem.NotFound {
		wrong = nil // it has ended already
	}
	return q.organizationForm(wrong, id, "unlink", "customer_unlinked")
}
