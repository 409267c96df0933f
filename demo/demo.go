// Package demo fills a fresh installation with the five vendors whose
// procedures Casepath runs, each with organizations, contacts and staff, so
// that a newcomer can try everything at once. Every address ends in .example:
// no mail of it can reach anybody.
package demo

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Login is a demo person who can sign in.
type Login struct{ Vendor, Email, What string }

// Fill adds the five vendors that are not there yet, everybody with the same
// password, and answers who can sign in. Repeating it adds nothing.
func Fill(ctx context.Context, d *desk.Desk, password string) ([]Login, error) {
	var logins []Login
	for _, v := range vendors {
		if _, err := d.Store.VendorBySlug(ctx, v.slug); problem.CodeOf(err) == problem.NotFound {
			if err := v.create(ctx, d, password); err != nil {
				return nil, fmt.Errorf("demo vendor %s: %w", v.slug, err)
			}
		} else if err != nil {
			return nil, err
		}
		logins = append(logins, v.logins()...)
	}
	return logins, nil
}

// staff is who works for every demo vendor.
var staff = []struct {
	local, name string
	roles       []string
}{
	{"agent", "Alex Agent", []string{"agent"}},
	{"agent2", "Noa Agent", []string{"agent"}},
	{"manager", "Maria Manager", []string{"manager", "agent"}},
	{"accounts", "Ari Accounts", []string{"account_manager"}},
	{"qa", "Quinn Assurance", []string{"qa"}},
	{"dev", "Devon Developer", []string{"developer"}},
	{"product", "Pat Product", []string{"product_manager"}},
	{"trainer", "Toni Trainer", []string{"trainer"}},
	{"billing", "Billie Billing", []string{"billing"}},
}

// create adds the vendor with everybody in it, or nothing.
func (v vendor) create(ctx context.Context, d *desk.Desk, password string) error {
	admin := desk.PersonInput{Name: "Ada Admin", Email: v.at("admin"), Password: password}
	in := desk.VendorInput{Slug: v.slug, Name: v.name, Prefix: v.prefix, Settings: v.settings()}
	_, err := d.CreateVendor(ctx, in, admin, func(tx *store.Tx, c desk.Caller) error {
		var manager uuid.UUID
		for _, s := range staff {
			p, err := d.AddPersonIn(ctx, tx, c.Vendor, desk.PersonInput{Name: s.name, Email: v.at(s.local), Roles: s.roles, Password: password})
			if err != nil {
				return err
			}
			if s.local == "accounts" {
				manager = p.ID
			}
		}
		return v.addCustomers(ctx, tx, d, c.Vendor, manager, password)
	})
	return err
}

func (v vendor) at(local string) string { return local + "@" + v.slug + ".example" }

// addCustomers adds a customer and the partner who acts for it, with contacts.
func (v vendor) addCustomers(ctx context.Context, tx *store.Tx, d *desk.Desk, to store.Vendor, manager uuid.UUID, password string) error {
	now := d.Now()
	customer := store.Organization{ID: store.NewID(), Kind: "customer", Name: v.customer, ExternalID: &v.customerID, AccountManagerID: &manager, CreatedAt: now}
	partner := store.Organization{ID: store.NewID(), Kind: "partner", Name: v.partner, AccountManagerID: &manager, CreatedAt: now}
	for _, o := range []store.Organization{customer, partner} {
		if err := tx.InsertOrganization(ctx, o); err != nil {
			return err
		}
	}
	if _, err := tx.LinkPartner(ctx, partner.ID, customer.ID); err != nil {
		return err
	}
	contacts := []desk.PersonInput{
		{OrganizationID: &customer.ID, Name: "Jeanne Martin", Email: v.at("jeanne"), Authorized: true},
		{OrganizationID: &customer.ID, Name: "Sam Super", Email: v.at("super"), Roles: []string{"super_user"}, Authorized: true, SeesOrganization: true},
		{OrganizationID: &customer.ID, Name: "Lou Reader", Email: v.at("reader"), Authorized: false},
		{OrganizationID: &partner.ID, Name: "Paul Roy", Email: v.at("partner"), Authorized: true, SeesOrganization: true},
	}
	for i, in := range contacts {
		in.Password = password
		if i%2 == 1 { // the second language of the vendor is spoken too
			in.Locale = v.locales[len(v.locales)-1]
		}
		if _, err := d.AddPersonIn(ctx, tx, to, in); err != nil {
			return err
		}
	}
	return nil
}

func (v vendor) logins() []Login {
	list := []Login{}
	for _, l := range []struct{ local, what string }{
		{"jeanne", "contact"},
		{"super", "super-user"},
		{"approver", "approver of quotes"},
		{"partner", "partner contact"},
		{"agent", "agent"},
		{"qa", "quality assurance"},
		{"dev", "developer"},
		{"product", "product manager"},
		{"billing", "billing"},
		{"manager", "manager"},
		{"accounts", "account manager"},
		{"admin", "administrator"},
	} {
		list = append(list, Login{Vendor: v.slug, Email: l.local + "@" + v.slug + ".example", What: l.what})
	}
	return list
}
