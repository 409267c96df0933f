package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// Customers lists the customers a partner acts for by name, and the cursor of
// the next page; a customer has none.
func (d *Desk) Customers(ctx context.Context, partner uuid.UUID, after string, limit int) ([]store.Organization, string, error) {
	c, err := d.caller(ctx, OpListCustomers)
	if err != nil {
		return nil, "", err
	}
	return d.organizations(ctx, c, store.OrganizationFilter{PartnerID: &partner, Limit: limit}, after)
}

// LinkCustomer lets a partner act for a customer; repeating it changes nothing.
func (d *Desk) LinkCustomer(ctx context.Context, partner, customer uuid.UUID) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		p, err := d.partner(ctx, tx, c, OpLinkCustomer, partner)
		if err != nil {
			return err
		}
		o, err := tx.Organization(ctx, customer)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		if err != nil || o.Kind != "customer" {
			var wrong problem.Fields
			wrong.Add("customer_id", "customer_unknown", nil)
			return wrong.Err()
		}
		linked, err := tx.LinkPartner(ctx, partner, customer)
		if err != nil || !linked {
			return err
		}
		return d.audit(ctx, tx, c, "customer_linked", "organization", partner, linkFacts(p, o))
	})
}

// UnlinkCustomer ends that a partner acts for a customer: its contacts see
// nothing of the customer from their next request on, also not the tickets
// they registered on its behalf, and watch none of its tickets any more.
// NotFound when it does not act for it.
func (d *Desk) UnlinkCustomer(ctx context.Context, partner, customer uuid.UUID) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		p, err := d.partner(ctx, tx, c, OpUnlinkCustomer, partner)
		if err != nil {
			return err
		}
		o, err := tx.LockOrganization(ctx, customer) // nobody becomes a watcher meanwhile
		if err != nil {
			return err
		}
		if err := tx.UnlinkPartner(ctx, partner, customer); err != nil {
			return err
		}
		if err := tx.EndPartnerWatches(ctx, partner, customer); err != nil {
			return err
		}
		return d.audit(ctx, tx, c, "customer_unlinked", "organization", partner, linkFacts(p, o))
	})
}

// partner is a partner the caller may change by that operation.
func (d *Desk) partner(ctx context.Context, tx *store.Tx, c Caller, op Operation, id uuid.UUID) (p store.Organization, err error) {
	if err := d.mayOpen(ctx, tx, c, id); err != nil {
		return p, err
	}
	if p, err = tx.Organization(ctx, id); err != nil {
		return p, err
	}
	if err := c.allow(op); err != nil {
		return p, err
	}
	if p.Kind != "partner" {
		return p, problem.New(problem.Conflict, "not_a_partner", problem.Args{"name": p.Name})
	}
	return p, nil
}

// linkFacts is what the audit keeps of a link.
func linkFacts(partner, customer store.Organization) map[string]any {
	return map[string]any{"partner": partner.Name, "customer": customer.Name, "customer_id": customer.ID}
}
