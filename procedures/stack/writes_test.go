package stack_test

import (
	"maps"
	"os"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// TestWrites: what is changed there and back is seen; what is given up, what
// changes nothing and a last use are not.
func TestWrites(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	h.Token(t, "interfacing", "agent")
	for query, want := range map[string]map[string]int{
		`begin; delete from audit; update vendors set name = 'x'; rollback`:      {},
		`update people set name = name`:                                          {},
		`update bearers set last_used_at = now() + interval '1 hour'`:            {},
		`update vendors set name = name || 'x' where slug = 'interfacing'`:       {"vendors": 1},
		`update bearers set name = name || 'x', last_used_at = now() where true`: {"bearers": 1},
	} {
		before := stack.Writes(t, h.Admin)
		if _, err := h.Admin.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		got := stack.Writes(t, h.Admin)
		for table, n := range before {
			if got[table] -= n; got[table] == 0 {
				delete(got, table)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}
