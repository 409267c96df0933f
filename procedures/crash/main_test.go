// Package crash kills what Casepath is made of, with SIGKILL and at the worst
// instants, and looks whether a promise was broken: an acknowledged request
// lost, a transition made twice or forgotten, a receipt sent without need.
package crash

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// TestMain runs the tests, or, in a child process, the worker that kills
// itself inside a commit.
func TestMain(m *testing.M) {
	if os.Getenv(envSuicide) != "" {
		fmt.Fprintln(os.Stderr, suicidalWorker(context.Background()))
		os.Exit(1)
	}
	os.Exit(stack.Main(m))
}

// servers starts a PostgreSQL and a Temporal of this test's own, to be killed.
func servers(t *testing.T) *stack.Servers {
	t.Helper()
	s, err := stack.Start(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// registerOne registers a request as Jeanne of Interfacing and answers its number.
func registerOne(t *testing.T, h *stack.House) string {
	t.Helper()
	a := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": "bug", "severity": "medium", "title": "Export stops at 10,000 rows", "body": "It ends without a word.",
	})
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	return a.Text("number")
}

var triage = map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}
