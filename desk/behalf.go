package desk

import (
	"context"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// behalf fills in whose request it is: the caller's organization's, or the
// linked customer's a partner names.
func behalf(ctx context.Context, tx *store.Tx, c Caller, o *OnBehalfOf, request *store.Request) error {
	if o == nil {
		return nil
	}
	var wrong problem.Fields
	if !c.holds(RolePartner) {
		wrong.Add("on_behalf_of", "only_partners", nil)
		return wrong.Err()
	}
	linked, err := tx.Linked(ctx, *c.Person.OrganizationID, o.OrganizationID)
	if err != nil {
		return err
	}
	if !linked { // missing, foreign or not linked: the same answer
		wrong.Add("on_behalf_of/organization_id", "customer_not_linked", nil)
		return wrong.Err()
	}
	request.PartnerID, request.OrganizationID = c.Person.OrganizationID, o.OrganizationID
	if o.ContactID == nil { // somebody at the customer must be told
		superUsers, err := tx.SuperUsers(ctx, o.OrganizationID)
		if err != nil {
			return err
		}
		if len(superUsers) == 0 {
			wrong.Add("on_behalf_of/contact_id", "contact_needed", nil)
			return wrong.Err()
		}
		request.ContactID = &superUsers[0].ID
		return nil
	}
	contact, err := tx.Person(ctx, *o.ContactID)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || contact.OrganizationID == nil || *contact.OrganizationID != o.OrganizationID || !contact.Active {
		wrong.Add("on_behalf_of/contact_id", "contact_not_of_customer", nil)
		return wrong.Err()
	}
	request.ContactID = o.ContactID
	return nil
}
