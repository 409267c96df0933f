package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// PersonInput describes a contact or a member of staff.
type PersonInput struct {
	OrganizationID   *uuid.UUID // contacts only
	Name             string
	Email            string
	Locale           string // "" : the vendor's first
	TimeZone         string // "" : the vendor's
	Roles            []string
	Authorized       bool // may register requests
	SeesOrganization bool
	ApprovalLimit    *int64     // approvers: minor units; nil: without limit
	ApprovalCurrency string     // ISO 4217 of the limit; "" without one
	DelegateID       *uuid.UUID // approvers: an approver of the same organization, who approves while they are absent
	AbsentUntil      *time.Time
	Password         string `json:"-"` // "" : they are invited to choose one; never part of a fingerprint
}

// check names every wrong field; roles are those allowed to the kind of person.
func (in *PersonInput) check(v store.Vendor, roles []Role) error {
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	in.Email = canonical(in.Email)
	checkEmail(&wrong, v, in.Email)
	if in.Locale == "" {
		in.Locale = v.Settings.Locale()
	}
	if _, err := language.Parse(in.Locale); err != nil {
		wrong.Add("locale", "field_not_locale", nil)
	}
	if in.TimeZone == "" {
		in.TimeZone = v.Settings.TimeZone
	}
	if _, err := time.LoadLocation(in.TimeZone); err != nil || in.TimeZone == "Local" {
		wrong.Add("time_zone", "field_not_zone", nil)
	}
	for i, r := range in.Roles {
		switch {
		case !slices.Contains(roles, Role(r)):
			wrong.Add(fmt.Sprintf("roles/%d", i), "field_not_a_choice", problem.Args{"choices": roles})
		case slices.Contains(in.Roles[:i], r):
			wrong.Add(fmt.Sprintf("roles/%d", i), "field_repeated", nil)
		}
	}
	in.checkApproval(&wrong)
	in.AbsentUntil = toTheSecond(in.AbsentUntil)
	if in.Password != "" && identity.ValidPassword(in.Password) != nil {
		wrong.Add("password", "password_wrong_length", problem.Args{"min": 12, "max": 200})
	}
	return wrong.Err()
}

// checkEmail wants an address mail can reach, and none at which the vendor
// itself receives: whoever had that one would answer for the vendor.
func checkEmail(wrong *problem.Fields, v store.Vendor, email string) {
	if _, err := mail.Canonical(email); err != nil {
		wrong.Add("email", "field_not_mail", nil)
		return
	}
	for _, own := range []string{v.Settings.MailFrom, v.Settings.ReplyTo} {
		if own != "" && mailbox(own) == mailbox(email) {
			wrong.Add("email", "email_of_vendor", nil)
			return
		}
	}
}

// mailbox is where an address ends up: its case and what follows a + in its
// local part make no other.
func mailbox(email string) string {
	local, domain, _ := strings.Cut(strings.ToLower(canonical(email)), "@")
	local, _, _ = strings.Cut(local, "+")
	return local + "@" + domain
}

// checkApproval: a limit and a delegate are an approver's alone, and a limit
// has a currency.
func (in *PersonInput) checkApproval(wrong *problem.Fields) {
	approver := slices.Contains(in.Roles, string(RoleApprover))
	if in.DelegateID != nil && !approver {
		wrong.Add("delegate_id", "only_approvers", nil)
	}
	switch {
	case in.ApprovalLimit == nil && in.ApprovalCurrency == "":
		return
	case !approver:
		wrong.Add("approval_limit", "only_approvers", nil)
	case in.ApprovalLimit == nil:
		wrong.Add("approval_limit", "field_missing", nil)
	case *in.ApprovalLimit < 0:
		wrong.Add("approval_limit", "field_out_of_range", nil)
	}
	if unit, err := currency.ParseISO(in.ApprovalCurrency); err != nil || unit.String() != in.ApprovalCurrency {
		wrong.Add("approval_currency", "field_not_currency", nil)
	}
}

// checkDelegate wants an active approver of the same organization other than
// the person themself.
func checkDelegate(ctx context.Context, tx *store.Tx, organization *uuid.UUID, self uuid.UUID, delegate *uuid.UUID) error {
	if delegate == nil {
		return nil
	}
	person, err := tx.Person(ctx, *delegate)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || person.ID == self || !person.Active || person.OrganizationID == nil || organization == nil ||
		*person.OrganizationID != *organization || !(Caller{Person: person}).holds(RoleApprover) {
		var wrong problem.Fields
		wrong.Add("delegate_id", "delegate_unknown", nil)
		return wrong.Err()
	}
	return nil
}

// canonical is a mail address under which its person is known: another
// spelling of the same domain is the same mailbox, and so the same person.
func canonical(email string) string {
	email = strings.TrimSpace(clean(email))
	if wire, err := mail.Canonical(email); err == nil && !strings.EqualFold(wire, email) {
		return wire
	}
	return email
}

// person makes the row of a checked input.
func (d *Desk) person(in PersonInput) (store.Person, error) {
	p := store.Person{
		ID: store.NewID(), OrganizationID: in.OrganizationID, Name: in.Name, Email: in.Email, Locale: in.Locale, TimeZone: in.TimeZone,
		Roles: in.Roles, Authorized: in.Authorized, SeesOrganization: in.SeesOrganization, Active: true, ApprovalLimit: in.ApprovalLimit,
		ApprovalCurrency: in.ApprovalCurrency, DelegateID: in.DelegateID, AbsentUntil: in.AbsentUntil, Version: 1, CreatedAt: d.Now(),
	}
	if p.Roles == nil {
		p.Roles = []string{}
	}
	var err error
	if in.Password != "" {
		p.PasswordHash, err = identity.HashPassword(in.Password)
	}
	return p, err
}

// CreateContact adds a contact to an organization. Without a password they are
// invited to choose one, where the address of the vendor's pages is known.
func (d *Desk) CreateContact(ctx context.Context, key string, in PersonInput) (store.Person, error) {
	c, err := d.caller(ctx, OpCreateContact)
	if err != nil {
		return store.Person{}, err
	}
	if in.OrganizationID == nil {
		var wrong problem.Fields
		wrong.Add("organization_id", "field_empty", nil)
		return store.Person{}, wrong.Err()
	}
	return d.createPerson(ctx, c, "create_contact", key, in, ContactRoles)
}

// CreateStaff adds a member of staff, invited as a contact is.
func (d *Desk) CreateStaff(ctx context.Context, key string, in PersonInput) (store.Person, error) {
	c, err := d.caller(ctx, OpCreateStaff)
	if err != nil {
		return store.Person{}, err
	}
	in.OrganizationID = nil
	return d.createPerson(ctx, c, "create_staff", key, in, StaffRoles)
}

func (d *Desk) createPerson(ctx context.Context, c Caller, action, key string, in PersonInput, roles []Role) (p store.Person, err error) {
	if err := in.check(c.Vendor, roles); err != nil {
		return p, err
	}
	created, err := d.person(in)
	if err != nil {
		return p, err
	}
	w := write{action: action, key: key, body: []any{in, in.Password != ""}}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, before, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			if err := d.addPerson(ctx, tx, c, created); err != nil || in.Password != "" || c.Vendor.Portal == "" {
				return created.ID, err
			}
			return created.ID, d.invite(ctx, tx, c, created)
		})
		if err != nil {
			return err
		}
		if p, err = tx.Person(ctx, made); err == nil && before {
			err = samePassword(ctx, p, in)
		}
		return err
	})
	return p, err
}

// addPerson adds a new person and keeps who added them.
func (d *Desk) addPerson(ctx context.Context, tx *store.Tx, c Caller, p store.Person) error {
	if p.OrganizationID != nil {
		if _, err := tx.Organization(ctx, *p.OrganizationID); err != nil {
			return unknownOrganization(err)
		}
	}
	if err := checkDelegate(ctx, tx, p.OrganizationID, p.ID, p.DelegateID); err != nil {
		return err
	}
	if err := tx.InsertPerson(ctx, p); err != nil {
		return err
	}
	if err := somebodyReceives(ctx, tx, p); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "person_created", "person", p.ID, personFacts(p))
}

// samePassword refuses a repeat with another password, which no fingerprint
// holds.
func samePassword(ctx context.Context, p store.Person, in PersonInput) error {
	if in.Password == "" {
		return nil
	}
	right, err := identity.CheckPassword(ctx, p.PasswordHash, in.Password)
	if err == nil && !right {
		return problem.New(problem.Unprocessable, "idempotency_key_reused", nil)
	}
	return err
}

func unknownOrganization(err error) error {
	if problem.CodeOf(err) != problem.NotFound {
		return err
	}
	var wrong problem.Fields
	wrong.Add("organization_id", "organization_unknown", nil)
	return wrong.Err()
}
