package stack

import (
	"testing"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/store"
)

// Offer offers a feature request as paid work in the name of a member of staff,
// as the product manager's decision does it, and answers the number of its
// service request.
func (h *House) Offer(t testing.TB, vendor, local, ticket, key, text string) (number string) {
	t.Helper()
	v, err := h.Store.VendorBySlug(t.Context(), vendor)
	if err != nil {
		t.Fatal(err)
	}
	by, err := h.Desk.ByEmail(t.Context(), vendor, local+"@"+vendor+".example")
	if err != nil {
		t.Fatal(err)
	}
	err = h.Store.In(t.Context(), v.ID, func(tx *store.Tx) error {
		row, err := tx.TicketByNumber(t.Context(), ticket)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(t.Context(), row.ID); err != nil {
			return err
		}
		pinned, err := tx.Pinned(t.Context(), v, row.PolicyVersion)
		if err != nil {
			return err
		}
		row.Version++
		r, err := activities.Offer(t.Context(), tx, pinned, &row, activities.Proposal{Key: key, By: by.Person.ID, Text: text, At: h.Desk.Now()})
		if err != nil {
			return err
		}
		number = r.Number
		if err := tx.UpdateTicket(t.Context(), row); err != nil {
			return err
		}
		return tx.PokeTicket(t.Context(), row.ID, row.Version)
	})
	if err != nil {
		t.Fatal(err)
	}
	return number
}
