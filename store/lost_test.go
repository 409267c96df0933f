package store_test

import (
	"testing"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// TestConnectionLostInATransaction: whoever was in it is told Unavailable,
// nothing of it is kept, and the next one is served.
func TestConnectionLostInATransaction(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	h := newShop(t, s, "ours", "OU")
	admin := as(t, d.Admin)
	for name, after := range map[string]func(*store.Tx) error{
		"before the commit":  func(*store.Tx) error { return nil },
		"before a statement": func(tx *store.Tx) error { _, err := tx.Ticket(t.Context(), h.ticket.ID); return err },
	} {
		err := s.In(t.Context(), h.vendor.ID, func(tx *store.Tx) error {
			if _, err := tx.LinkPartner(t.Context(), h.organization.ID, h.organization.ID); err != nil {
				return err
			}
			var pid int
			if err := tx.GetContext(t.Context(), &pid, `select pg_backend_pid()`); err != nil {
				return err
			}
			var ended bool
			if err := admin.QueryRowContext(t.Context(), `select pg_terminate_backend($1, 5000)`, pid).Scan(&ended); err != nil || !ended {
				t.Fatalf("not ended: %v", err)
			}
			return after(tx)
		})
		if problem.CodeOf(err) != problem.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
		h.in(t, s, func(tx *store.Tx) error {
			linked, err := tx.Linked(t.Context(), h.organization.ID, h.organization.ID)
			if linked {
				t.Errorf("%s: it was kept", name)
			}
			return err
		})
	}
}
