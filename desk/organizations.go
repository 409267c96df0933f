package desk

import (
	"context"

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
}

// CreateOrganization adds an organization.
func (d *Desk) CreateOrganization(ctx context.Context, key string, in OrganizationInput) (o store.Organization, err error) {
	c, err := d.caller(ctx, OpCreateOrganization)
	if err != nil {
		return o, err
	}
	var wrong problem.Fields
	if in.Kind != "customer" && in.Kind != "partner" {
		wrong.Add("kind", "field_not_a_choice", problem.Args{"choices": []string{"customer", "partner"}})
	}
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	if in.ExternalID != nil {
		checkText(&wrong, "external_id", in.ExternalID, 1, NameMax)
	}
	if err := wrong.Err(); err != nil {
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
				AccountManagerID: in.AccountManagerID, CreatedAt: d.Now(),
			}
			if err := checkAccountManager(ctx, tx, in.AccountManagerID); err != nil {
				return created.ID, err
			}
			return created.ID, tx.InsertOrganization(ctx, created)
		})
		if err == nil {
			o, err = tx.Organization(ctx, made)
		}
		return err
	})
	return o, err
}

func checkAccountManager(ctx context.Context, tx *store.Tx, id *uuid.UUID) error {
	if id == nil {
		return nil
	}
	person, err := tx.Person(ctx, *id)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || !(Caller{Person: person}).holds(RoleAccountManager) {
		var wrong problem.Fields
		wrong.Add("account_manager_id", "account_manager_unknown", nil)
		return wrong.Err()
	}
	return nil
}

// LinkCustomer lets a partner act for a customer; repeating it changes nothing.
func (d *Desk) LinkCustomer(ctx context.Context, partner, customer uuid.UUID) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		var wrong problem.Fields
		if err := d.mayOpen(ctx, tx, c, partner); err != nil {
			return err
		}
		p, err := tx.Organization(ctx, partner)
		if err != nil {
			return err
		}
		if err := c.allow(OpLinkCustomer); err != nil {
			return err
		}
		if p.Kind != "partner" {
			return problem.New(problem.Conflict, "not_a_partner", problem.Args{"name": p.Name})
		}
		o, err := tx.Organization(ctx, customer)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		if err != nil || o.Kind != "customer" {
			wrong.Add("customer_id", "customer_unknown", nil)
			return wrong.Err()
		}
		return tx.LinkPartner(ctx, partner, customer)
	})
}

// mayOpen answers NotFound for an organization out of the caller's sight:
// customers see their own, partners also the customers linked to them.
func (d *Desk) mayOpen(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID) error {
	if c.Staff() || id == *c.Person.OrganizationID {
		return nil
	}
	linked, err := tx.Linked(ctx, *c.Person.OrganizationID, id)
	if err == nil && !linked {
		return problem.Missing()
	}
	return err
}

// Organizations lists organizations by name, and the cursor of the next page.
func (d *Desk) Organizations(ctx context.Context, after string, limit int) (list []store.Organization, next string, err error) {
	c, err := d.caller(ctx, OpListOrganizations)
	if err != nil {
		return nil, "", err
	}
	f := store.OrganizationFilter{VisibleTo: c.Person.OrganizationID, Limit: limit + 1}
	if after != "" {
		if f.AfterName, f.AfterID, err = readCursor(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
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
