package crash

import (
	"database/sql"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver

	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// count asks the database for a number, as superuser: all vendors are seen.
func count(t *testing.T, h *stack.House, query string, args ...any) int {
	t.Helper()
	return countIn(t, h.DB, query, args...)
}

func countIn(t *testing.T, d stack.Database, query string, args ...any) (n int) {
	t.Helper()
	db, err := sql.Open("postgres", d.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func unconfirmed(t *testing.T, h *stack.House) int {
	t.Helper()
	return count(t, h, `select count(*) from commands where committed_at is not null and confirmed_at is null`)
}

// eventually waits for something that must come true, and fails naming it.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); ; <-tick.C {
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}

// oneID reads one id.
func oneID(t *testing.T, h *stack.House, query string) (id string) {
	t.Helper()
	if err := h.Admin.QueryRowContext(t.Context(), query).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// rung asks the workflow of an escalation which rung it knows.
func rung(t *testing.T, h *stack.House, id string) (int, error) {
	t.Helper()
	var s ladder.Snapshot
	answer, err := h.Client.Engine().QueryWorkflow(t.Context(), workflows.EscalationID(id), "", workflows.StateQuery)
	if err == nil {
		err = answer.Get(&s)
	}
	return s.Rung, err
}
