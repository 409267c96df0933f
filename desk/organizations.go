package desk

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// OrganizationInput describes a new customer or partner.
type OrganizationInput struct {
	Kind             string // customer or partner
	Name             string
	ExternalID       *string    // Salesforce org id or DMS customer number
	AccountManagerID *uuid.UUID // nil: the caller, if they are one
	TimeZone         *string    // IANA; nil: the vendor's
}

// CreateOrganization adds an organization.
func (d *Desk) CreateOrganization(ctx context.Context, key string, in OrganizationInput) (o store.Organization, err error) {
	c, err := d.caller(ctx, OpCreateOrganization)
	if err != nil {
		return o, err
	}
	if err := in.check(); err != nil {
		return o, err
	}
	w := write{action: "create_organization", key: key, body: in}
	if in.AccountManagerID == nil && c.holds(RoleAccountManager) {
		in.AccountManagerID = &c.Person.ID
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			created := store.Organization{
				ID: store.NewID(), Kind: in.Kind, Name: in.Name, ExternalID: in.ExternalID,
				AccountManagerID: in.AccountManagerID, TimeZone: in.TimeZone, CreatedAt: d.Now(),
			}
			if err := checkAccountManager(ctx, tx, in.AccountManagerID); err != nil {
				return created.ID, err
			}
			if err := tx.InsertOrganization(ctx, created); err != nil {
				return created.ID, err
			}
			return created.ID, d.audit(ctx, tx, c, "organization_created", "organization", created.ID, organizationFacts(created))
		})
		if err == nil {
			o, err = tx.Organization(ctx, made)
		}
		return err
	})
	return o, err
}

// check names every wrong field.
func (in *OrganizationInput) check() error {
	var wrong problem.Fields
	if in.Kind != "customer" && in.Kind != "partner" {
		wrong.Add("kind", "field_not_a_choice", problem.Args{"choices": []string{"customer", "partner"}})
	}
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	if in.ExternalID != nil {
		checkText(&wrong, "external_id", in.ExternalID, 1, NameMax)
	}
	if z := in.TimeZone; z != nil {
		if _, err := time.LoadLocation(*z); err != nil || *z == "" || *z == "Local" {
			wrong.Add("time_zone", "field_not_zone", nil)
		}
	}
	return wrong.Err()
}

// checkAccountManager wants an active account manager, or none.
func checkAccountManager(ctx context.Context, tx *store.Tx, id *uuid.UUID) error {
	if id == nil {
		return nil
	}
	person, err := tx.Person(ctx, *id)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || !person.Active || !(Caller{Person: person}).holds(RoleAccountManager) {
		var wrong problem.Fields
		wrong.Add("account_manager_id", "account_manager_unknown", nil)
		return wrong.Err()
	}
	return nil
}

// UpdateOrganization replaces name, external id, account manager and time zone
// of an organization; its kind stays, and Kind of the input is not looked at. A
// version other than the row's is a Conflict.
func (d *Desk) UpdateOrganization(ctx context.Context, id uuid.UUID, version int64, in OrganizationInput) (o store.Organization, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return o, err
	}
	return o, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpen(ctx, tx, c, id); err != nil {
			return err
		}
		if o, err = tx.LockOrganization(ctx, id); err != nil {
			return err
		}
		if err := c.allow(OpUpdateOrganization); err != nil {
			return err
		}
		if o.Version != version {
			return changedMeanwhile(o.Version)
		}
		o, err = d.updateOrganization(ctx, tx, c, o, in)
		return err
	})
}

func (d *Desk) updateOrganization(ctx context.Context, tx *store.Tx, c Caller, before store.Organization, in OrganizationInput) (store.Organization, error) {
	in.Kind = before.Kind
	if err := in.check(); err != nil {
		return before, err
	}
	o := before
	o.Name, o.ExternalID, o.AccountManagerID, o.TimeZone = in.Name, in.ExternalID, in.AccountManagerID, in.TimeZone
	changed := changes(organizationFacts(before), organizationFacts(o))
	if len(changed) == 0 {
		return before, nil
	}
	if _, other := changed["account_manager_id"]; other { // one who left since stays until somebody follows
		if err := checkAccountManager(ctx, tx, o.AccountManagerID); err != nil {
			return before, err
		}
	}
	o.Version++
	if err := tx.UpdateOrganization(ctx, o); err != nil {
		return before, err
	}
	return o, d.audit(ctx, tx, c, "organization_changed", "organization", o.ID, changed)
}

// organizationFacts is what the audit keeps of an organization.
func organizationFacts(o store.Organization) map[string]any {
	return map[string]any{"kind": o.Kind, "name": o.Name, "external_id": o.ExternalID, "account_manager_id": o.AccountManagerID, "time_zone": o.TimeZone}
}

// mayOpen answers NotFound for an organization out of the caller's sight:
// customers see their own, partners also the customers linked to them.
func (d *Desk) mayOpen(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID) error {
	if c.inside() || id == *c.Person.OrganizationID {
		return nil
	}
	linked, err := tx.Linked(ctx, *c.Person.OrganizationID, id)
	if err == nil && !linked {
		return problem.Missing()
	}
	return err
}

// Organizations lists organizations by name, and the cursor of the next page.
func (d *Desk) Organizations(ctx context.Context, after string, limit int) ([]store.Organization, string, error) {
	c, err := d.caller(ctx, OpListOrganizations)
	if err != nil {
		return nil, "", err
	}
	return d.organizations(ctx, c, store.OrganizationFilter{VisibleTo: c.Person.OrganizationID, Limit: limit}, after)
}

// organizations is a page of a list; of a partner's, only in the caller's sight.
func (d *Desk) organizations(ctx context.Context, c Caller, f store.OrganizationFilter, after string) (list []store.Organization, next string, err error) {
	if after != "" {
		if f.AfterName, f.AfterID, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	limit := f.Limit
	f.Limit++
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if f.PartnerID != nil {
			if err := d.mayOpen(ctx, tx, c, *f.PartnerID); err != nil {
				return err
			}
			if _, err := tx.Organization(ctx, *f.PartnerID); err != nil {
				return err
			}
		}
		list, err = tx.Organizations(ctx, f)
		return err
	})
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].Name, list[limit-1].ID)
	}
	return list, next, err
}

// Organization is one organization in the caller's sight.
func (d *Desk) Organization(ctx context.Context, id uuid.UUID) (o store.Organization, err error) {
	c, err := d.caller(ctx, OpGetOrganization)
	if err != nil {
		return o, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpen(ctx, tx, c, id); err != nil {
			return err
		}
		o, err = tx.Organization(ctx, id)
		return err
	})
	return o, err
}
