package relay_test

import (
	"database/sql"
	"log/slog"
	"net/http"
	"os"
	"testing"
	"time"

	_ "github.com/lib/pq" // to look into the database
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // deliveries that fail on purpose are logged too
	os.Exit(stack.Main(m))
}

// house is a House whose relay delivers only when the test says so.
type house struct {
	*stack.House
	db     *sql.DB // as superuser
	outbox *store.Store
}

func newHouse(t *testing.T, p stack.Parts) *house {
	t.Helper()
	h := &house{House: stack.NewHouse(t, p)}
	var err error
	if h.db, err = sql.Open("postgres", h.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	h.outbox = h.DB.RelayStore(t)
	return h
}

// relay is another relay on the same outbox.
func (h *house) relay(engine *workflows.Client, smtp string, o relay.Options) *relay.Relay {
	return relay.New(h.outbox, h.DB.Relay, engine, &mail.Sender{Address: smtp, TLS: "none", Hello: "localhost", Timeout: time.Minute}, o)
}

// noEngine is a client of an engine that is not there.
func noEngine(t *testing.T) *workflows.Client {
	t.Helper()
	c, err := workflows.Dial("127.0.0.1:1", "nowhere", client.Options{Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// do asks the API and wants that status; the answer's member is returned.
func (h *house) do(t *testing.T, local, method, path string, body any, status int, member string) string {
	t.Helper()
	a := h.Ask(t, h.Token(t, "interfacing", local), method, path, body)
	if a.Status != status {
		t.Fatalf("%s %s: %d %s", method, path, a.Status, a.Raw)
	}
	return a.Text(member)
}

// register registers a request, which decides a start and a receipt, and
// answers its id.
func (h *house) register(t *testing.T) string {
	t.Helper()
	return h.do(t, "jeanne", http.MethodPost, "/v1/tickets", map[string]any{
		"type": "bug", "severity": "medium", "title": "Export stops at 10,000 rows", "body": "It ends without a word.",
	}, 201, "id")
}

func (h *house) drain(t *testing.T, r *relay.Relay) int {
	t.Helper()
	n, err := r.Drain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// is wants that value of a query.
func (h *house) is(t *testing.T, want any, query string, args ...any) {
	t.Helper()
	var got any
	if err := h.db.QueryRowContext(t.Context(), query, args...).Scan(&got); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	if raw, ok := got.([]byte); ok {
		got = string(raw)
	}
	if n, ok := want.(int); ok {
		want = int64(n)
	}
	if got != want {
		t.Errorf("%s: %v, want %v", query, got, want)
	}
}

// now is the database's clock.
func (h *house) now(t *testing.T) (at time.Time) {
	t.Helper()
	if err := h.db.QueryRowContext(t.Context(), `select now()`).Scan(&at); err != nil {
		t.Fatal(err)
	}
	return at
}

func (h *house) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := h.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
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

func (h *house) count(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	if err := h.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
