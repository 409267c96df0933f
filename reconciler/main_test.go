package reconciler_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"testing"
	"time"

	_ "github.com/lib/pq" // to look into the database

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what is found on purpose is logged too
	os.Exit(stack.Main(m))
}

// house is a House whose rows and workflows are compared two at a time.
type house struct {
	*stack.House
	*reconciler.Reconciler
	db *sql.DB // as superuser
}

func newHouse(t *testing.T, p stack.Parts) *house {
	t.Helper()
	h := &house{House: stack.NewHouse(t, p)}
	h.Reconciler = &reconciler.Reconciler{Rows: h.DB.RelayStore(t), Store: h.House.Store, Engine: h.Client, Page: 2}
	var err error
	if h.db, err = sql.Open("postgres", h.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	return h
}

// register registers a request at a vendor and answers its ticket's id.
func (h *house) register(t *testing.T, vendor string) string {
	t.Helper()
	v, err := h.House.Store.VendorBySlug(t.Context(), vendor)
	if err != nil {
		t.Fatal(err)
	}
	a := h.Ask(t, h.Token(t, vendor, "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": v.Settings.Types[0].Code, "severity": v.Settings.Severities[0].Code, "title": "Export stops at 10,000 rows", "body": "It ends.",
	})
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	return a.Text("id")
}

// deliver delivers the outbox: workflows are started, and poked.
func (h *house) deliver(t *testing.T) {
	t.Helper()
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (h *house) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := h.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// terminate ends a ticket's workflow, as nothing of ours would.
func (h *house) terminate(t *testing.T, id string) {
	t.Helper()
	if err := h.Client.Engine().TerminateWorkflow(t.Context(), workflows.TicketID(id), "", "the test ends it"); err != nil {
		t.Fatal(err)
	}
}

// compare compares everything and answers what was found: "kind id".
func (h *house) compare(t *testing.T, all bool) (store.Reconciliation, []string) {
	t.Helper()
	result, err := h.Run(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return result, h.found(t, result)
}

func (h *house) found(t *testing.T, result store.Reconciliation) (found []string) {
	t.Helper()
	list, err := h.Rows.Differences(t.Context(), result.ID, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		found = append(found, d.Kind+" "+d.RowID.String())
		result.Found[d.Kind]--
	}
	for kind, n := range result.Found {
		if n != 0 {
			t.Errorf("%s: counted and listed differ by %d", kind, n)
		}
	}
	slices.Sort(found)
	return found
}

// wants fails unless exactly that was found.
func wants(t *testing.T, what string, found []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("%s: found %q, want %q", what, found, want)
	}
}

// eventually waits for something that must come true, and fails naming it.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
	}
}

// listed waits until the engine's list shows so many running tickets.
func (h *house) listed(t *testing.T, n int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d running workflows are listed", n), func() bool {
		ids, _, err := h.Client.Running(t.Context(), store.WorkTicket, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", nil)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids) == n
	})
}
