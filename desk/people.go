package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/language"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// PersonInput describes a new contact or member of staff.
type PersonInput struct {
	OrganizationID   *uuid.UUID // contacts only
	Name             string
	Email            string
	Locale           string // "" : the vendor's first
	TimeZone         string // "" : the vendor's
	Roles            []string
	Authorized       bool // may register requests
	SeesOrganization bool
	Password         string `json:"-"` // "" : no password sign-in; never part of a fingerprint
}

// check names every wrong field; roles are those allowed to the kind of person.
func (in *PersonInput) check(v store.Vendor, roles []Role) error {
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	in.Email = canonical(in.Email)
	if _, err := mail.Canonical(in.Email); err != nil {
		wrong.Add("email", "field_not_mail", nil)
	}
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
	for _, r := range in.Roles {
		if !slices.Contains(roles, Role(r)) {
			wrong.Add("roles", "field_not_a_choice", problem.Args{"choices": roles})
		}
	}
	if in.Password != "" && identity.ValidPassword(in.Password) != nil {
		wrong.Add("password", "password_wrong_length", problem.Args{"min": 12, "max": 200})
	}
	return wrong.Err()
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
		Roles: in.Roles, Authorized: in.Authorized, SeesOrganization: in.SeesOrganization, Active: true, CreatedAt: d.Now(),
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

// CreateContact adds a contact to an organization.
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
	return d.createPerson(ctx, c, "create_contact", key, in, []Role{RoleSuperUser})
}

// CreateStaff adds a member of staff.
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
			if in.OrganizationID != nil {
				if _, err := tx.Organization(ctx, *in.OrganizationID); err != nil {
					return created.ID, unknownOrganization(err)
				}
			}
			return created.ID, tx.InsertPerson(ctx, created)
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

// Contacts lists contacts by name, and the cursor of the next page. Whoever is
// not staff sees the contacts of their own and of linked organizations.
func (d *Desk) Contacts(ctx context.Context, organization *uuid.UUID, after string, limit int) ([]store.Person, string, error) {
	c, err := d.caller(ctx, OpListContacts)
	if err != nil {
		return nil, "", err
	}
	if !c.Staff() && organization == nil {
		organization = c.Person.OrganizationID
	}
	return d.people(ctx, c, store.PersonFilter{OrganizationID: organization, Limit: limit}, after)
}

// Staff lists the vendor's staff by name, and the cursor of the next page.
func (d *Desk) Staff(ctx context.Context, after string, limit int) ([]store.Person, string, error) {
	c, err := d.caller(ctx, OpListStaff)
	if err != nil {
		return nil, "", err
	}
	return d.people(ctx, c, store.PersonFilter{Staff: true, Limit: limit}, after)
}

func (d *Desk) people(ctx context.Context, c Caller, f store.PersonFilter, after string) (list []store.Person, next string, err error) {
	if after != "" {
		if f.AfterName, f.AfterID, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	limit := f.Limit
	f.Limit++
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if f.OrganizationID != nil {
			if err := d.mayOpen(ctx, tx, c, *f.OrganizationID); err != nil {
				return err
			}
		}
		list, err = tx.People(ctx, f)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].Name, list[limit-1].ID)
	}
	return list, next, err
}

// Contact is one contact in the caller's sight.
func (d *Desk) Contact(ctx context.Context, id uuid.UUID) (p store.Person, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if p, err = tx.Person(ctx, id); err != nil {
			return err
		}
		if p.OrganizationID == nil {
			return problem.Missing()
		}
		if err := d.mayOpen(ctx, tx, c, *p.OrganizationID); err != nil {
			return err
		}
		return c.allow(OpGetContact)
	})
	return p, err
}
