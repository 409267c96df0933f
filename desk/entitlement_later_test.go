package desk_test

import (
	"testing"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// TestTakenLater: an incomplete request takes nothing. Completed when no ticket
// is left it is refused and stays what it is, or where the plan asks it is taken
// below zero; what is imported is never refused.
func TestTakenLater(t *testing.T) {
	t.Parallel()
	for rule, key := range map[string]string{"at_zero: refuse": "balance_empty", "at_zero: ask": ""} {
		h, contract := counted(t, 1, rule)
		v, err := asks(t, h, "lacking", func(r *desk.Registration) {
			r.Type, r.Fields = "incident", map[string]string{"problem_kind": "api"}
		})
		if err != nil || v.Pending == nil {
			t.Fatalf("it is not kept: %v", err)
		}
		stands(t, h, contract.ID, store.Balance{Included: 1, Available: 1})
		if _, err := asks(t, h, "last"); err != nil {
			t.Fatal(err)
		}
		whole := desk.Completion{Fields: map[string]string{"api_call": "GET /x", "api_response": "500"}}
		done, err := h.Desk.Complete(as(t, h, "athento", "jeanne"), "k", v.Pending.ID, whole)
		if key != "" {
			if e, _ := problem.As(err); e == nil || e.Key != key {
				t.Errorf("%s: %v", rule, err)
			}
			if r, err := h.Desk.Request(as(t, h, "athento", "jeanne"), v.Pending.ID); err != nil || r.State != "incomplete" {
				t.Errorf("%s: %s (%v)", rule, r.State, err)
			}
			if l := stands(t, h, contract.ID, store.Balance{Included: 1, Reserved: 1}); len(l.Unserved) != 1 {
				t.Errorf("%s: %d traces", rule, len(l.Unserved))
			}
			done, err = asks(t, h, "import", func(r *desk.Registration) { r.Channel, r.Silent = "import", true })
		}
		if err != nil || done.Pending != nil {
			t.Fatalf("%s: not registered (%v)", rule, err)
		}
		stands(t, h, contract.ID, store.Balance{Included: 1, Available: -1, Reserved: 2})
		if e, err := h.Desk.TicketEntitlement(as(t, h, "athento", "jeanne"), done.Row.Number); err != nil || e.Below != policy.AtZeroOverrun {
			t.Errorf("%s: %+v (%v)", rule, e, err)
		}
	}
}
