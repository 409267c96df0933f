package stack

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// Offer offers what a ticket suggests as paid work, by the decision of a product
// manager, and answers the number of its service request.
func (h *House) Offer(t testing.TB, vendor, local, ticket, key, text string) (number string) {
	t.Helper()
	by, err := h.Desk.ByEmail(t.Context(), vendor, local+"@"+vendor+".example")
	if err != nil {
		t.Fatal(err)
	}
	ctx := desk.WithCaller(t.Context(), by)
	v, err := h.Desk.Ticket(ctx, ticket)
	if err != nil || v.Suggestion == nil {
		t.Fatalf("%s asks for no feature: %v", ticket, err)
	}
	f, err := h.Desk.Feature(ctx, v.Suggestion.Number, uuid.Nil)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = h.Desk.OfferFeature(ctx, key, f.Row.Number, f.Row.Version, []uuid.UUID{v.Row.OrganizationID}, text); err != nil {
		t.Fatal(err)
	}
	return f.Offers[0].Number
}
