package store_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestOneAnswer: an authority is answered once and taken back once, each on the
// version that was read, and nothing else moves it.
func TestOneAnswer(t *testing.T) {
	t.Parallel()
	s := stack.NewDatabase(t).Store(t)
	h := newShop(t, s, "ours", "OU")
	now := time.Now().UTC().Truncate(time.Microsecond)
	a := store.Authority{
		ID: store.NewID(), TicketID: h.ticket.ID, OrganizationID: h.organization.ID, System: "org", Scopes: ticket.Scopes, Reason: "why",
		AskedBy: h.person.ID, AskedAt: now, WantedUntil: now.Add(time.Hour),
	}
	h.in(t, s, func(tx *store.Tx) error { return tx.InsertAuthority(t.Context(), a) })
	decide := func(kind string, version int64, want problem.Code) {
		t.Helper()
		d := store.AuthorityDecision{
			ID: store.NewID(), AuthorityID: a.ID, Kind: kind, PersonID: h.person.ID, Organization: "x", Customer: "x", Capacity: "signatory", At: now, Channel: "api",
		}
		if kind == "completed" {
			ends := now.Add(time.Minute)
			d.Scopes, d.EndsAt = []string{ticket.ScopeReadOnly}, &ends
		}
		err := s.In(t.Context(), h.vendor.ID, func(tx *store.Tx) error { return tx.DecideAuthority(t.Context(), version, d) })
		if problem.CodeOf(err) != want {
			t.Errorf("%s on version %d: %v, want %q", kind, version, err, want)
		}
	}
	stands := func(want ticket.AuthorityStanding, version int64, granted int) {
		t.Helper()
		h.in(t, s, func(tx *store.Tx) error {
			got, err := tx.LockAuthority(t.Context(), a.ID)
			if err == nil && (got.Standing(now) != want || got.Version != version || len(got.Granted) != granted || !got.Newest || got.Organization != "ours" || got.AskedByName != "Ann") {
				t.Errorf("it is %+v, want %s on version %d", got, want, version)
			}
			return err
		})
	}
	stands(ticket.AuthorityAsked, 1, 0)
	decide("revoked", 1, problem.Conflict)
	decide("completed", 2, problem.Conflict)
	decide("completed", 1, "")
	stands(ticket.AuthorityValid, 2, 1)
	decide("completed", 2, problem.Conflict)
	decide("declined", 2, problem.Conflict)
	decide("revoked", 1, problem.Conflict)
	decide("revoked", 2, "")
	stands(ticket.AuthorityRevoked, 3, 1)
	decide("revoked", 3, problem.Conflict)
	h.in(t, s, func(tx *store.Tx) error {
		list, err := tx.AuthorityDecisions(t.Context(), a.ID)
		if err == nil && (len(list) != 2 || list[0].Kind != "completed" || list[1].Kind != "revoked") {
			t.Errorf("decisions: %+v", list)
		}
		return err
	})
}
