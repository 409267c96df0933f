package store

import (
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Sight is what of a vendor's tickets somebody sees: all of them, their own,
// or their organization's; and, for some operations, those they watch. What a
// partner registered for a customer is in its people's sight while it acts for
// that customer.
type Sight struct {
	All          bool
	Person       uuid.UUID  // own: requester, or the contact a partner acts for
	Organization *uuid.UUID // nil: own tickets only
	Watched      bool       // and those the person watches
}

// Sees says whether a ticket is in sight.
func (s Sight) Sees(t Ticket) bool {
	switch {
	case s.All, t.ContactID != nil && *t.ContactID == s.Person, s.Watched && slices.Contains(t.Watchers, s.Person):
		return true
	case t.RequesterID == s.Person:
		return t.PartnerLinked
	case s.Organization == nil:
		return false
	}
	return t.OrganizationID == *s.Organization || t.PartnerID != nil && *t.PartnerID == *s.Organization && t.PartnerLinked
}

// CheckSight answers NotFound for a ticket out of sight, as for a missing one.
func (s Sight) CheckSight(t Ticket) error {
	if !s.Sees(t) {
		return problem.Missing()
	}
	return nil
}

// partnerLinked is the condition behind Ticket.PartnerLinked.
const partnerLinked = `(partner_id is null or exists (select from organization_links l
	where l.partner_id = tickets.partner_id and l.customer_id = tickets.organization_id))`
