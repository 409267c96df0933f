package notice

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// AuthorityAsked asks those who take part in the ticket, and the customer's
// signatories, for an access authority. event is the identity of the asking.
func (a About) AuthorityAsked(ctx context.Context, tx *store.Tx, event string, asked store.Authority) error {
	people, err := a.signing(ctx, tx)
	if err != nil {
		return err
	}
	return a.Tell(ctx, tx, mail.AuthorityAsked, event, people, &asked.AskedBy, asked.AskedAt, func(n *mail.Notice) {
		a.authority(n, asked)
		n.Actor, n.Text = asked.AskedByName, asked.Reason
		n.Scopes, n.Details, n.Ends = asked.Scopes, asked.ScopeText, &asked.WantedUntil
	})
}

// authorityKinds are what tells of each decision.
var authorityKinds = map[string]mail.Kind{
	"completed": mail.AuthorityCompleted, "declined": mail.AuthorityDeclined, "revoked": mail.AuthorityRevoked,
}

// AuthorityDecided tells both sides of a decision on an access authority: those
// who take part in the ticket, the customer's signatories, who has asked and
// who has answered.
func (a About) AuthorityDecided(ctx context.Context, tx *store.Tx, of store.Authority, d store.AuthorityDecision) error {
	people, err := a.signing(ctx, tx)
	if err != nil {
		return err
	}
	people = append(append(append(people, Assignee(a.Ticket)...), a.Also...), of.AskedBy)
	before, err := tx.AuthorityDecisions(ctx, of.ID)
	if err != nil {
		return err
	}
	for _, one := range before {
		people = append(people, one.PersonID)
	}
	return a.Tell(ctx, tx, authorityKinds[d.Kind], d.ID.String(), people, &d.PersonID, d.At, func(n *mail.Notice) {
		a.authority(n, of)
		n.Actor, n.Organization, n.OnBehalfOf, n.Text = d.PersonName, d.Organization, d.Customer, d.Basis+d.Reason
		n.Scopes, n.Details, n.Ends = d.Scopes, d.ScopeText, d.EndsAt
		if d.Kind != "completed" { // what was asked for
			n.Scopes, n.Details = of.Scopes, of.ScopeText
		}
	})
}

// authority says which one it is, and where its page is.
func (a About) authority(n *mail.Notice, of store.Authority) {
	n.TheirSystem, n.OnBehalfOf = of.System, of.Organization
	if n.URL != "" {
		n.URL += "/authorities/" + of.ID.String()
	}
}

// signing are the people on the customer's side who may know of the ticket's
// authorities.
func (a About) signing(ctx context.Context, tx *store.Tx) ([]uuid.UUID, error) {
	people := Customers(a.Ticket)
	signatories, err := tx.Signatories(ctx, a.Ticket.OrganizationID)
	for _, s := range signatories {
		people = append(people, s.ID)
	}
	return people, err
}
