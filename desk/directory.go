package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

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
		if list, err = tx.People(ctx, f); err != nil || !f.Staff {
			return err
		}
		return tx.ReadTeams(ctx, list)
	})
	for i := range list {
		list[i] = c.shown(list[i])
	}
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].Name, list[limit-1].ID)
	}
	return list, next, err
}

// StaffMember is one member of staff; staff alone see them.
func (d *Desk) StaffMember(ctx context.Context, id uuid.UUID) (p store.Person, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if p, err = tx.Person(ctx, id); err != nil {
			return err
		}
		if p.OrganizationID != nil || !c.inside() {
			return problem.Missing()
		}
		if err := c.allow(OpGetStaff); err != nil {
			return err
		}
		list := []store.Person{p}
		err = tx.ReadTeams(ctx, list)
		p = list[0]
		return err
	})
	return p, err
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
	return c.shown(p), err
}

// shown is a person as the caller may see them: what concerns money and
// access is for staff.
func (c Caller) shown(p store.Person) store.Person {
	if !c.Staff() {
		p.ApprovalLimit, p.ApprovalCurrency, p.DelegateID, p.InvitedAt, p.PasswordHash = nil, "", nil, nil, ""
	}
	return p
}
