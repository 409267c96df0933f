package desk

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
)

// OrganizationSheet is an organization with its people and who acts for whom.
type OrganizationSheet struct {
	store.Organization
	Contacts      []store.Person // by name
	Customers     []store.Organization
	Partners      []store.Organization // who act for this customer, at most PageMax; staff and the customer's own contacts alone see them
	MoreContacts  string               // cursor of the next page; "": none
	MoreCustomers string
}

// SheetPlace is where the lists of a sheet begin: cursors, "" for the
// beginning. Limit is the longest page of each, 1 to PageMax.
type SheetPlace struct {
	Contacts, Customers string
	Limit               int
}

// OpenOrganization is an organization's sheet as staff see it.
func (d *Desk) OpenOrganization(ctx context.Context, id uuid.UUID, at SheetPlace) (OrganizationSheet, error) {
	return d.organizationSheet(ctx, OpDirectory, id, at)
}

// PeopleOf is the sheet of an organization in the caller's sight, for whoever
// may see its contacts; what concerns money and access staff alone see.
func (d *Desk) PeopleOf(ctx context.Context, id uuid.UUID, at SheetPlace) (OrganizationSheet, error) {
	return d.organizationSheet(ctx, OpListContacts, id, at)
}

func (d *Desk) organizationSheet(ctx context.Context, op Operation, id uuid.UUID, at SheetPlace) (s OrganizationSheet, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return s, err
	}
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpen(ctx, tx, c, id); err != nil {
			return err
		}
		if s.Organization, err = tx.Organization(ctx, id); err != nil {
			return err
		}
		if err := c.allow(op); err != nil {
			return err
		}
		if s.Kind == "customer" && (c.Staff() || id == *c.Person.OrganizationID) {
			s.Partners, err = tx.Organizations(ctx, store.OrganizationFilter{CustomerID: &id, Limit: PageMax})
		}
		return err
	}); err != nil {
		return s, err
	}
	if s.Contacts, s.MoreContacts, err = d.people(ctx, c, store.PersonFilter{OrganizationID: &id, Limit: at.Limit}, at.Contacts); err != nil {
		return s, err
	}
	if s.Kind == "partner" {
		s.Customers, s.MoreCustomers, err = d.organizations(ctx, c, store.OrganizationFilter{PartnerID: &id, Limit: at.Limit}, at.Customers)
	}
	return s, err
}

// Directory lists the vendor's organizations by name for staff, and the cursor
// of the next page: all, or those whose name holds the text or whose external
// id it is.
func (d *Desk) Directory(ctx context.Context, text, after string, limit int) ([]store.Organization, string, error) {
	c, err := d.caller(ctx, OpDirectory)
	if err != nil {
		return nil, "", err
	}
	return d.organizations(ctx, c, store.OrganizationFilter{Text: strings.TrimSpace(clean(text)), Limit: limit}, after)
}

// FindOrganization is the one somebody on the staff means: by its id, external
// id or whole name. NotFound for none.
func (d *Desk) FindOrganization(ctx context.Context, text string) (o store.Organization, err error) {
	c, err := d.caller(ctx, OpDirectory)
	if err != nil {
		return o, err
	}
	text = strings.TrimSpace(clean(text))
	return o, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if id, err := uuid.Parse(text); err == nil {
			o, err = tx.Organization(ctx, id)
			return err
		}
		o, err = tx.OrganizationLike(ctx, text)
		return err
	})
}

// AccountManagers are the vendor's active account managers by name, at most
// PageMax: whom an organization can be given to.
func (d *Desk) AccountManagers(ctx context.Context) (list []store.Person, err error) {
	c, err := d.caller(ctx, OpUpdateOrganization)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.ActiveWith(ctx, string(RoleAccountManager), PageMax)
		return err
	})
}

// Approvers are an organization's active approvers by name, at most PageMax:
// who can stand in for one another.
func (d *Desk) Approvers(ctx context.Context, organization uuid.UUID) (list []store.Person, err error) {
	c, err := d.caller(ctx, OpUpdateContact)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Approvers(ctx, organization, PageMax)
		return err
	})
}

// TeamCandidates are the active members of staff by name: who can join a team.
func (d *Desk) TeamCandidates(ctx context.Context) ([]store.Person, error) {
	if _, err := d.caller(ctx, OpUpdateTeam); err != nil {
		return nil, err
	}
	return d.activeStaff(ctx, func(store.Person) bool { return true })
}

// PersonSheet is a person with what their row only names.
type PersonSheet struct {
	store.Person
	Organization store.Organization // of a contact
	Delegate     string             // name of who approves while they are absent; "" for nobody
	SeenAt       *time.Time         // when they last used a session or token; nil for never
}

// OpenContact is a contact's sheet, for staff.
func (d *Desk) OpenContact(ctx context.Context, id uuid.UUID) (s PersonSheet, err error) {
	if s.Person, err = d.Contact(ctx, id); err != nil {
		return s, err
	}
	c, err := d.caller(ctx, OpDirectory)
	if err != nil {
		return s, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if s.Organization, err = tx.Organization(ctx, *s.OrganizationID); err != nil {
			return err
		}
		if s.DelegateID != nil {
			delegate, err := tx.Person(ctx, *s.DelegateID)
			if err != nil {
				return err
			}
			s.Delegate = delegate.Name
		}
		s.SeenAt, err = tx.SeenAt(ctx, id)
		return err
	})
}

// OpenStaff is the sheet of a member of staff, for staff.
func (d *Desk) OpenStaff(ctx context.Context, id uuid.UUID) (s PersonSheet, err error) {
	if s.Person, err = d.StaffMember(ctx, id); err != nil {
		return s, err
	}
	c, err := d.someone(ctx)
	if err != nil {
		return s, err
	}
	return s, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		s.SeenAt, err = tx.SeenAt(ctx, id)
		return err
	})
}

// OpenAccessRequests is how many requests for access wait to be decided, no
// further than store.CountsMax + 1.
func (d *Desk) OpenAccessRequests(ctx context.Context) (n int, err error) {
	c, err := d.caller(ctx, OpListAccessRequests)
	if err != nil {
		return 0, err
	}
	return n, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		n, err = tx.CountOpenAccessRequests(ctx)
		return err
	})
}
