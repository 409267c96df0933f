package api_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// Each administrator sees what is stuck at their own vendor, in every way a
// thing can be, and nothing of another's; what is young is not stuck.
func TestStuck(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	db := database(t, h)
	admin, theirs := h.Token(t, "interfacing", "admin"), h.Token(t, "posimente", "admin")
	jeanne := h.Token(t, "interfacing", "jeanne")
	number, young := register(t, h, jeanne), register(t, h, jeanne)
	upload(t, h, jeanne, "young.txt", "x")
	a := ask(t, h, admin, "GET", "/v1/stuck", nil)
	wants(t, "nothing is stuck", a, 200, "")
	for _, list := range []string{"failing", "lagging", "waiting", "dead", "differences"} {
		if total(a, list) != 0 {
			t.Errorf("fresh: %s: %s", list, a.Raw)
		}
	}
	if a.JSON["unnamed_files"] != 0.0 || a.JSON["engine_silent"] != false || a.Text("reconciled_at")+a.Text("backed_up_at")+a.Text("mail_held_since") != "" {
		t.Errorf("fresh: %s", a.Raw)
	}

	getStuck(t, h, db, number)
	a = ask(t, h, admin, "GET", "/v1/stuck", nil)
	for list, of := range map[string]string{"lagging": "tickets", "waiting": "deliveries", "dead": "deliveries", "differences": "differences"} {
		first := first(a, list, of)
		ticket, nested := first["ticket"].(map[string]any)
		if !nested {
			ticket = first
		}
		if total(a, list) != 1 || ticket["number"] != number || ticket["number"] == young {
			t.Errorf("%s: %s", list, a.Raw)
		}
	}
	if d := first(a, "dead", "deliveries"); d["error"] != "greylisted" || d["attempts"] != 60.0 || d["next_at"] != nil || first(a, "lagging", "tickets")["pokes"] != 2.0 {
		t.Errorf("details: %s", a.Raw)
	}
	if a.JSON["unnamed_files"] != 1.0 || a.Text("reconciled_at") == "" || a.Text("backed_up_at") == "" || a.Text("mail_held_since") == "" || a.JSON["reconciled_all"] != false {
		t.Errorf("files, reconciliation, backup: %s", a.Raw)
	}
	b := ask(t, h, theirs, "GET", "/v1/stuck", nil)
	if total(b, "lagging")+total(b, "waiting")+total(b, "dead")+total(b, "differences") != 0 || b.JSON["unnamed_files"] != 0.0 || b.Text("reconciled_at") == "" {
		t.Errorf("another vendor's: %s", b.Raw)
	}

	retry := "/v1/deliveries/" + fmt.Sprint(first(a, "dead", "deliveries")["id"]) + "/retry"
	wants(t, "another vendor's", ask(t, h, theirs, "POST", retry, nil), 404, "not_found")
	for range 2 {
		wants(t, "retry", ask(t, h, admin, "POST", retry, nil), 204, "")
	}
	if n := count(t, db, `select count(*) from outbox where kind = 'mail' and state = 'pending' and attempts = 0 and next_at <= now()`); n != 2 {
		t.Errorf("%d mails are due, want both", n)
	}
	if n := count(t, db, `select count(*) from audit where action = 'delivery_retried' and actor_id is not null and request_id <> ''`); n != 1 {
		t.Errorf("%d entries in the audit trail, want one", n)
	}
}

// getStuck makes a ticket stuck in every way, and notes a backup.
func getStuck(t *testing.T, h *stack.House, db *sql.DB, number string) {
	t.Helper()
	execute(t, db, `update outbox set created_at = created_at - interval '6 minutes' where ticket_id = (select id from tickets where number = $1)`, number)
	execute(t, db, `update outbox set state = 'dead', attempts = 60, last_error = 'greylisted' where kind = 'mail' and created_at < now() - interval '5 minutes'`)
	execute(t, db, `update files set created_at = created_at - interval '25 hours'`)
	execute(t, db, `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version, pokes)
		select vendor_id, repeat(n::text, 64), id, 'triage', '', now(), now() - interval '2 minutes', 2, n from tickets, generate_series(1, 2) n where number = $1`, number)
	rows := h.DB.RelayStore(t)
	reconciled(t, h, rows, number)
	if err := rows.NoteBackup(t.Context(), h.Desk.Now(), "somewhere"); err != nil {
		t.Fatal(err)
	}
	execute(t, db, `insert into mail_hold (restored_to) values (now())`)
}

// reconciled keeps a result: differences of the ticket, of another run, and of
// no vendor.
func reconciled(t *testing.T, h *stack.House, rows *store.Store, number string) {
	t.Helper()
	vendor, err := h.Store.VendorBySlug(t.Context(), "interfacing")
	if err != nil {
		t.Fatal(err)
	}
	var row store.Ticket
	if err := h.Store.In(t.Context(), vendor.ID, func(tx *store.Tx) error { row, err = tx.TicketByNumber(t.Context(), number); return err }); err != nil {
		t.Fatal(err)
	}
	finished, underWay := store.NewID(), store.NewID()
	for _, id := range []uuid.UUID{finished, underWay} {
		if _, err := rows.BeginReconciliation(t.Context(), id, "schedule"); err != nil {
			t.Fatal(err)
		}
		if err := rows.KeepDifferences(t.Context(), id, []store.Difference{
			{VendorID: &vendor.ID, Work: "ticket", RowID: row.ID, Number: number, Kind: "behind", RowVersion: &row.Version},
			{Work: "ticket", RowID: uuid.New(), Kind: "no_ticket"},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := rows.FinishReconciliation(t.Context(), store.Reconciliation{ID: finished}); err != nil {
		t.Fatal(err)
	}
}

func total(a stack.Answer, list string) int {
	some, _ := a.JSON[list].(map[string]any)
	n, _ := some["total"].(float64)
	return int(n)
}

// first is the first entry of a list.
func first(a stack.Answer, list, of string) map[string]any {
	some, _ := a.JSON[list].(map[string]any)
	entries, _ := some[of].([]any)
	if len(entries) == 0 {
		return nil
	}
	entry, _ := entries[0].(map[string]any)
	return entry
}
