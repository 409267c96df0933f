package web

import (
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// contracting are the pages about what organizations have agreed with the
// vendor.
var contracting = []route{
	{"GET", "/contracts", desk.OpListContracts, ownContractsPage},
	{"GET", "/console/organizations/:organization/contracts", desk.OpDirectory, contractsPage},
	{"POST", "/console/organizations/:organization/contracts", desk.OpCreateContract, createContract},
	{"GET", "/console/contracts/:contract", desk.OpDirectory, contractPage},
	{"GET", "/console/contracts/:contract/preview", desk.OpPreviewContract, previewContract},
	{"POST", "/console/contracts/:contract", desk.OpUpdateContract, updateContract},
}

// contractsView is the list of an organization's contracts.
type contractsView struct {
	asIs
	store.Organization
	List  []desk.ContractView
	Next  string // address of the rest; "" on the last page
	Plans []option
}

// ownContractsPage shows what the reader's organization has agreed; staff look
// it up with the organization.
func ownContractsPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/organizations")
	}
	v, err := q.contractsOf(*q.caller.Person.OrganizationID, "/contracts")
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "own_contracts", "own_contracts_title", v)
}

func (q *request) contractsOf(organization uuid.UUID, path string) (v contractsView, err error) {
	list, next, err := q.site.desk.Contracts(q.Request().Context(), organization, q.QueryParam("after"), directoryPage)
	if next != "" {
		v.Next = q.to(path + query(url.Values{"after": {next}}))
	}
	v.List = list
	return v, err
}

// contracts are an organization's, for staff.
func (q *request) contracts(organization uuid.UUID) (v contractsView, err error) {
	sheet, err := q.site.desk.OpenOrganization(q.Request().Context(), organization, desk.SheetPlace{Limit: 1})
	if err != nil {
		return v, err
	}
	if v, err = q.contractsOf(organization, "/console/organizations/"+organization.String()+"/contracts"); err != nil {
		return v, err
	}
	v.Organization, v.Plans = sheet.Organization, q.plans("")
	today := policy.DateOf(q.site.desk.Now(), q.vendor.Settings.Location())
	v.asIs = asIs{"new": {"from": {today.Format(time.DateOnly)}}}
	return v, nil
}

// plans are those of the pack in force, and the one a contract names though the
// pack may have it no more; none without a pack.
func (q *request) plans(before string) (list []option) {
	p := q.vendor.Settings.Pack
	if p == nil {
		return nil
	}
	for _, l := range p.Plans {
		list = append(list, option{ID: l.Code, Name: l.Label.In(q.locale)})
	}
	if _, known := p.Plan(before); !known && before != "" {
		list = append(list, option{ID: before, Name: before})
	}
	return list
}

// PlanName is what a plan is called.
func (p *page) PlanName(code string) string {
	if pack := p.Request.vendor.Settings.Pack; pack != nil {
		if plan, known := pack.Plan(code); known {
			return p.said(plan.Label)
		}
	}
	return code
}

// OnDate is a date of a contract: a day in the vendor's zone.
func (p *page) OnDate(on any) template.HTML {
	d, ok := instant(on)
	if !ok {
		return ""
	}
	d = time.Date(d.Year(), d.Month(), d.Day(), 0, 0, 0, 0, p.Request.vendor.Settings.Location())
	return template.HTML(`<time datetime="` + d.Format(time.RFC3339) + `">` + //nolint:gosec // made of a date and our words
		template.HTMLEscapeString(dayOf(d, p.Request.locale)) + `</time>`)
}

func contractsPage(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	v, err := q.contracts(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "contracts", "contracts_title", v, "name", v.Name)
}

// contractInput is what a form about a contract says.
func (q *request) contractInput() (in desk.ContractInput, err error) {
	var wrong problem.Fields
	in = desk.ContractInput{Plan: q.text("plan"), Reference: q.text("reference"), Overrides: q.text("overrides")}
	if from := q.dateTyped(&wrong, "from"); from != nil {
		in.From = *from
	}
	in.Until, in.WarrantyUntil = q.dateTyped(&wrong, "until"), q.dateTyped(&wrong, "warranty_until")
	return in, wrong.Err()
}

// dateTyped is the date a field holds; nil for none.
func (q *request) dateTyped(wrong *problem.Fields, field string) *time.Time {
	if q.text(field) == "" {
		return nil
	}
	on, err := time.Parse(time.DateOnly, q.text(field))
	if err != nil {
		wrong.Add(field, "field_not_date", nil)
	}
	return &on
}

func dateText(on *time.Time) string {
	if on == nil {
		return ""
	}
	return on.Format(time.DateOnly)
}

func createContract(q *request) error {
	id, err := q.idIn("organization")
	if err != nil {
		return err
	}
	if err := q.mayAt(id, desk.OpCreateContract); err != nil {
		return err
	}
	in, wrong := q.contractInput()
	if wrong == nil {
		var made desk.ContractView
		if made, wrong = q.site.desk.CreateContract(q.Request().Context(), q.formKey(), id, in); wrong == nil {
			return q.seeOther("/console/contracts/" + made.ID.String() + "?done=contract_made")
		}
	}
	v, err := q.contracts(id)
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, "new", "contracts", "contracts_title", v, "name", v.Name)
}

// contractOpen is one contract, for staff.
type contractOpen struct {
	asIs
	desk.ContractSheet
	Plans []option
}

func (q *request) contract(id uuid.UUID) (v contractOpen, err error) {
	if v.ContractSheet, err = q.site.desk.OpenContract(q.Request().Context(), id); err != nil {
		return v, err
	}
	v.Plans = q.plans(v.Plan)
	v.asIs = asIs{"edit": {
		"plan": {v.Plan}, "reference": {v.Reference}, "from": {dateText(&v.FromOn)}, "until": {dateText(v.UntilOn)},
		"warranty_until": {dateText(v.WarrantyUntil)}, "overrides": {v.Overrides},
	}}
	return v, nil
}

func contractPage(q *request) error {
	id, err := q.idIn("contract")
	if err != nil {
		return err
	}
	v, err := q.contract(id)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "contract", "contract_title", v, "reference", v.Reference)
}

// contractPreview is what a change of a contract would do.
type contractPreview struct {
	desk.ContractSheet
	desk.ContractPreview
	Rest  string      // address of the rest; "" on the last page
	Typed []typedText // what the form said, to be sent as it is
}

type typedText struct{ Name, Text string }

// contractFields are the fields of a contract's form, and the version it was
// written on.
var contractFields = []string{"version", "plan", "reference", "from", "until", "warranty_until", "overrides"}

// previewContract shows what a change would do to the deadlines of the
// contract's open tickets. The address says what was typed.
func previewContract(q *request) error {
	id, err := q.idIn("contract")
	if err != nil {
		return err
	}
	sheet, err := q.site.desk.OpenContract(q.Request().Context(), id)
	if err == nil && q.caller.Reach(desk.OpPreviewContract) == desk.Nothing {
		err = problem.New(problem.Forbidden, "not_your_role", nil)
	}
	if err != nil {
		return err
	}
	q.Request().PostForm = maps.Clone(q.QueryParams())
	q.Request().PostForm.Set("form_key", newFormKey())
	v := contractPreview{ContractSheet: sheet}
	in, wrong := q.contractInput()
	if wrong == nil {
		v.ContractPreview, wrong = q.site.desk.PreviewContract(q.Request().Context(), id, q.version(), in, q.text("after"))
	}
	if wrong != nil {
		return q.contractRefused(wrong, id)
	}
	q.Request().PostForm.Set("overrides", v.Would.Overrides) // as it is kept, so that the form sent twice is known again
	rest := url.Values{"after": {v.Next}}
	for _, name := range contractFields {
		v.Typed = append(v.Typed, typedText{name, q.text(name)})
		rest.Set(name, q.text(name))
	}
	if v.Next != "" {
		v.Rest = q.to("/console/contracts/" + id.String() + "/preview" + query(rest))
	}
	return q.show(http.StatusOK, "contract_preview", "contract_preview_title", v, "reference", sheet.Reference)
}

// contractRefused shows the contract with what was typed.
func (q *request) contractRefused(wrong error, id uuid.UUID) error {
	v, err := q.contract(id)
	if err != nil {
		return err
	}
	if q.already(wrong, v.now("edit")) {
		return q.seeOther("/console/contracts/" + id.String() + "?done=contract_kept")
	}
	return q.refusedForm(wrong, "edit", "contract", "contract_title", v, "reference", v.Reference)
}

func updateContract(q *request) error {
	id, err := q.idIn("contract")
	if err != nil {
		return err
	}
	if _, err := q.site.desk.OpenContract(q.Request().Context(), id); err != nil {
		return err
	}
	if q.caller.Reach(desk.OpUpdateContract) == desk.Nothing {
		return problem.New(problem.Forbidden, "not_your_role", nil)
	}
	in, wrong := q.contractInput()
	if wrong == nil {
		_, wrong = q.site.desk.UpdateContract(q.Request().Context(), id, q.version(), in)
	}
	if wrong != nil {
		return q.contractRefused(wrong, id)
	}
	return q.seeOther("/console/contracts/" + id.String() + "?done=contract_kept")
}
