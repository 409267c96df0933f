package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Furnish gives each demo vendor that has a pack what its own people would
// enter: a team of support, a product with releases, and for its customer a
// contract, a signatory, and with that password somebody who approves quotes.
// What a vendor has already is left alone.
func Furnish(ctx context.Context, d *desk.Desk, password string) error {
	for _, v := range vendors {
		there, err := d.Store.VendorBySlug(ctx, v.slug)
		if problem.CodeOf(err) == problem.NotFound || err == nil && there.Settings.Pack == nil {
			continue
		}
		if err == nil {
			err = errors.Join(v.products(ctx, d), v.team(ctx, d), v.agreement(ctx, d, there.Settings.Pack.DefaultPlan), v.approver(ctx, d, there, password))
		}
		if err != nil {
			return fmt.Errorf("furnish %s: %w", v.slug, err)
		}
	}
	return nil
}

// as is a context in which one of the vendor's people asks.
func (v vendor) as(ctx context.Context, d *desk.Desk, local string) (context.Context, desk.Caller, error) {
	c, err := d.ByEmail(ctx, v.slug, v.at(local))
	return desk.WithCaller(ctx, c), c, err
}

func (v vendor) products(ctx context.Context, d *desk.Desk) error {
	ctx, _, err := v.as(ctx, d, "product")
	if err != nil {
		return err
	}
	list, _, err := d.Products(ctx, "", 1)
	if err != nil || len(list) > 0 {
		return err
	}
	product, err := d.CreateProduct(ctx, "demo", v.name+" Suite")
	if err != nil {
		return err
	}
	for _, name := range []string{"Core", "Reports"} {
		pack, err := d.CreatePackage(ctx, "demo/"+name, product.ID, name)
		if err != nil {
			return err
		}
		for number, months := range map[string]int{"6.2": 32, "7.0": 14, "7.3": 2} {
			on := d.Now().AddDate(0, -months, 0).UTC().Truncate(24 * time.Hour)
			if _, err := d.CreateRelease(ctx, "demo/"+name+number, pack.ID, desk.ReleaseInput{Number: number, ReleasedOn: on}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v vendor) team(ctx context.Context, d *desk.Desk) error {
	ctx, _, err := v.as(ctx, d, "admin")
	if err != nil {
		return err
	}
	list, _, err := d.Teams(ctx, "", 1)
	if err != nil || len(list) > 0 {
		return err
	}
	in := desk.TeamInput{Name: "Support", Kind: "support", Code: "support"}
	for _, local := range []string{"agent", "agent2"} {
		_, c, err := v.as(ctx, d, local)
		if err != nil {
			return err
		}
		in.Members = append(in.Members, c.Person.ID)
	}
	_, err = d.CreateTeam(ctx, "demo", in)
	return err
}

// agreement gives the customer a contract of a plan for this year, and lets its
// super-user sign.
func (v vendor) agreement(ctx context.Context, d *desk.Desk, plan string) error {
	_, super, err := v.as(ctx, d, "super")
	if err != nil {
		return err
	}
	if ctx, _, err = v.as(ctx, d, "accounts"); err != nil {
		return err
	}
	customer := *super.Person.OrganizationID
	list, _, err := d.Contracts(ctx, customer, "", 1)
	if err != nil || len(list) > 0 {
		return err
	}
	if err := signs(ctx, d, super.Person); err != nil {
		return err
	}
	return v.contract(ctx, d, customer, plan)
}

func (v vendor) contract(ctx context.Context, d *desk.Desk, customer uuid.UUID, plan string) error {
	year := d.Now().UTC().Year()
	warranty := time.Date(year+1, 6, 30, 0, 0, 0, 0, time.UTC)
	_, err := d.CreateContract(ctx, "demo", customer, desk.ContractInput{
		Plan: plan, Reference: fmt.Sprintf("%s-%d", v.prefix, year), From: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), WarrantyUntil: &warranty,
	})
	return err
}

// signs makes a contact a signatory.
func signs(ctx context.Context, d *desk.Desk, p store.Person) error {
	if slices.Contains(p.Roles, string(desk.RoleSignatory)) {
		return nil
	}
	_, err := d.UpdateContact(ctx, p.ID, desk.PersonUpdate{Version: p.Version, Active: true, PersonInput: desk.PersonInput{
		Name: p.Name, Email: p.Email, Locale: p.Locale, TimeZone: p.TimeZone, Roles: append(slices.Clone(p.Roles), string(desk.RoleSignatory)),
		Authorized: p.Authorized, SeesOrganization: p.SeesOrganization,
	}})
	return err
}

// approver adds a contact of the customer who approves its quotes.
func (v vendor) approver(ctx context.Context, d *desk.Desk, to store.Vendor, password string) error {
	if _, err := d.ByEmail(ctx, v.slug, v.at("approver")); problem.CodeOf(err) != problem.NotFound {
		return err
	}
	_, super, err := v.as(ctx, d, "super")
	if err != nil {
		return err
	}
	return d.Store.In(ctx, to.ID, func(tx *store.Tx) error {
		_, err := d.AddPersonIn(ctx, tx, to, desk.PersonInput{
			OrganizationID: super.Person.OrganizationID, Name: "Andrea Approver", Email: v.at("approver"), Password: password,
			Roles: []string{string(desk.RoleApprover)}, Authorized: true,
		})
		return err
	})
}
