package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// RegistrationForm is what a form for a request offers the caller.
type RegistrationForm struct {
	Authorized   bool
	Manager      string             // who can authorize them: the organization's account manager; "" when none is named
	Organization string             // the caller's
	For          store.Organization // whose request it is: the chosen customer, else the caller's organization
	Partner      bool               // they may act for customers
	Customers    []store.Organization
	Contacts     []store.Person // of the chosen customer
}

// customersMax is how many customers and contacts a form offers.
const customersMax = 500

// RegistrationForm is what the caller can choose when they register a request.
// customer is the linked customer a partner acts for; nil or one out of their
// sight has no contacts.
func (d *Desk) RegistrationForm(ctx context.Context, customer *uuid.UUID) (f RegistrationForm, err error) {
	c, err := d.caller(ctx, OpRegisterTicket)
	if err != nil {
		return f, err
	}
	f.Authorized, f.Partner = c.Person.Authorized, c.holds(RolePartner)
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		own, err := tx.Organization(ctx, *c.Person.OrganizationID)
		if err != nil {
			return err
		}
		f.Organization, f.For = own.Name, own
		if own.AccountManagerID != nil {
			manager, err := tx.Person(ctx, *own.AccountManagerID)
			if err != nil {
				return err
			}
			f.Manager = manager.Name
		}
		if !f.Partner {
			return nil
		}
		return f.offerCustomers(ctx, tx, own.ID, customer)
	})
	return f, err
}

// offerCustomers lists whom a partner acts for, and the chosen one's contacts.
func (f *RegistrationForm) offerCustomers(ctx context.Context, tx *store.Tx, partner uuid.UUID, chosen *uuid.UUID) error {
	linked, err := tx.Organizations(ctx, store.OrganizationFilter{VisibleTo: &partner, Limit: customersMax})
	if err != nil {
		return err
	}
	for _, o := range linked {
		if o.ID == partner {
			continue
		}
		f.Customers = append(f.Customers, o)
		if chosen != nil && o.ID == *chosen {
			f.For = o
			if f.Contacts, err = tx.People(ctx, store.PersonFilter{OrganizationID: chosen, Limit: customersMax}); err != nil {
				return err
			}
		}
	}
	f.Contacts = slices.DeleteFunc(f.Contacts, func(p store.Person) bool { return !p.Active })
	return nil
}

// NotNeeded says that what the caller was about to ask is solved without a
// request: what they had written is dropped, and the audit trail counts it
// with the ticket that helped (ref; "" for none). The same key counts once.
func (d *Desk) NotNeeded(ctx context.Context, key, ref string) error {
	c, err := d.mayRegister(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		var helped uuid.UUID
		if ref != "" {
			row, err := d.find(ctx, tx, c, OpGetTicket, ref)
			if err != nil {
				return err
			}
			helped = row.ID
		}
		_, _, err := d.once(ctx, tx, c, write{action: "not_needed", key: key, body: ref}, func() (uuid.UUID, error) {
			if err := tx.DropDraft(ctx, c.Person.ID, DraftNew, "register"); err != nil {
				return helped, err
			}
			return helped, d.audit(ctx, tx, c, "request_not_needed", "ticket", helped, nil)
		})
		return err
	})
}

// Uploads are the caller's own files among these that hang on nothing yet, in
// the order of their ids here.
func (d *Desk) Uploads(ctx context.Context, ids []uuid.UUID) (list []store.File, err error) {
	c, err := d.caller(ctx, OpUploadFile)
	if err != nil {
		return nil, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		for _, id := range ids {
			f, err := tx.File(ctx, id)
			switch {
			case problem.CodeOf(err) == problem.NotFound:
			case err != nil:
				return err
			case f.UploaderID == c.Person.ID && f.TicketID == nil:
				list = append(list, f)
			}
		}
		return nil
	})
	return list, err
}

// Registered is the number of the ticket that the caller registered under a
// key; NotFound when there is none.
func (d *Desk) Registered(ctx context.Context, key string) (number string, err error) {
	c, err := d.caller(ctx, OpRegisterTicket)
	if err != nil {
		return "", err
	}
	if key == "" {
		return "", problem.Missing()
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		before, err := tx.Command(ctx, c.Key("register", "", key))
		if err != nil {
			return err
		}
		if before.CommittedAt == nil || before.ObjectID == nil {
			return problem.Missing()
		}
		row, err := tx.Ticket(ctx, *before.ObjectID)
		number = row.Number
		return err
	})
	return number, err
}
