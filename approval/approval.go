// Package approval says who may decide on a quote, and makes the links with
// which they can do so without signing in (product section 4, abuse cases B31
// and B32).
package approval

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// most is how many approvers of an organization are looked at.
const most = 200

// Entitled is on whose behalf a person may decide on a quote at an instant: nil
// for themself. An approver may within their limit, and while they are absent
// their delegate may in their place; who made the request never. Forbidden
// "quote_own_request", "quote_over_limit" and "quote_not_yours".
func Entitled(ctx context.Context, tx *store.Tx, person uuid.UUID, t store.Ticket, q store.Quote, at time.Time) (behalf *uuid.UUID, err error) {
	if requested(t, person) {
		return nil, problem.New(problem.Forbidden, "quote_own_request", nil)
	}
	approvers, err := tx.Approvers(ctx, t.OrganizationID, most)
	if err != nil {
		return nil, err
	}
	key := "quote_not_yours"
	for _, a := range approvers {
		stands := a.ID == person
		if !stands && !standsIn(person, a, at) {
			continue
		}
		switch {
		case !within(a, q):
			key = "quote_over_limit"
		case stands:
			return nil, nil // their own right comes first
		default:
			behalf = &a.ID
		}
	}
	if behalf == nil {
		return nil, problem.New(problem.Forbidden, key, nil)
	}
	return behalf, nil
}

// Able are those who may decide on a quote at an instant, in the order of the
// approvers' names.
func Able(ctx context.Context, tx *store.Tx, t store.Ticket, q store.Quote, at time.Time) (people []uuid.UUID, err error) {
	approvers, err := tx.Approvers(ctx, t.OrganizationID, most)
	if err != nil {
		return nil, err
	}
	seen := map[uuid.UUID]bool{}
	add := func(person uuid.UUID) {
		if !requested(t, person) && !seen[person] {
			seen[person] = true
			people = append(people, person)
		}
	}
	for _, a := range approvers {
		if !within(a, q) {
			continue
		}
		add(a.ID)
		if a.DelegateID != nil && standsIn(*a.DelegateID, a, at) {
			add(*a.DelegateID)
		}
	}
	return people, nil
}

// requested says whether a person made the request, or it was made for them.
func requested(t store.Ticket, person uuid.UUID) bool {
	return person == t.RequesterID || t.ContactID != nil && *t.ContactID == person
}

// standsIn says whether a person is the delegate of an approver who is absent.
func standsIn(person uuid.UUID, a store.Person, at time.Time) bool {
	return a.DelegateID != nil && *a.DelegateID == person && a.AbsentUntil != nil && a.AbsentUntil.After(at)
}

// within says whether a quote's total is within an approver's limit; one in
// another currency is not.
func within(a store.Person, q store.Quote) bool {
	if a.ApprovalLimit == nil {
		return true
	}
	digits, known := billing.Digits(q.Currency)
	return known && a.ApprovalCurrency == q.Currency && !q.Total.GreaterThan(decimal.New(*a.ApprovalLimit, -digits))
}
