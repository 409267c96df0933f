package browser_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

// escalated are a ticket of ADvendio with an open escalation and a question to
// colleagues, one that can be escalated, and an escalation that concerns none; in addresses they go by names.
func (w *world) escalated(t testing.TB) {
	t.Helper()
	contact, agent := w.as(t, "advendio/jeanne"), w.as(t, "advendio/agent")
	for _, name := range []string{"escalated", "to-escalate"} {
		v, err := w.Desk.Register(contact, uuid.NewString(), desk.Registration{Type: "bug", Severity: "1", Title: longTitle, Body: longWord, Channel: "portal"})
		if err == nil {
			_, err = w.Desk.Triage(agent, uuid.NewString(), v.Row.Number, desk.TriageInput{Reason: "bug", Level: 1, Severity: "1", Path: "answer"})
		}
		if err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		w.numbers[name] = v.Row.Number
		w.mu.Unlock()
	}
	if _, err := w.Desk.AskColleague(agent, uuid.NewString(), w.numbers["escalated"], desk.QuestionInput{Text: longWord, Team: "development"}); err != nil {
		t.Fatal(err)
	}
	e, err := w.Desk.Escalate(contact, uuid.NewString(), desk.EscalateInput{Ticket: w.numbers["escalated"], Reason: longWord})
	if err != nil {
		t.Fatal(err)
	}
	none, err := w.Desk.Escalate(contact, uuid.NewString(), desk.EscalateInput{Reason: longWord})
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.numbers["escalation"], w.numbers["escalation-none"] = e.Row.Number, none.Row.Number
}

// late makes what hangs on ADvendio's tickets stuck: enhancements and a question to
// colleagues that something was to come to, a transition nobody has confirmed, and
// news that its workflow knows otherwise.
func (w *world) late(t testing.TB) {
	t.Helper()
	const ours = ` vendor_id = (select id from vendors where slug = 'advendio')`
	w.exec(t, `update service_requests set next_at = now() - interval '1 hour' where`+ours)
	w.exec(t, `update collaborations set remind_at = now() - interval '2 hours' where`+ours)
	w.exec(t, `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version, service_request_id, pokes, poked_at)
		select vendor_id, encode(sha256(id::text::bytea), 'hex'), ticket_id, 'x', '', now(), now() - interval '2 hours', version, id, 9, now()
		from service_requests where `+ours)
	v, err := w.Store.VendorBySlug(t.Context(), "advendio")
	if err != nil {
		t.Fatal(err)
	}
	rows, id := w.DB.RelayStore(t), uuid.New()
	if _, err = rows.BeginReconciliation(t.Context(), id, "command"); err == nil {
		err = rows.KeepDifferences(t.Context(), id, []store.Difference{{VendorID: &v.ID, Work: store.WorkNews, RowID: uuid.New(), Number: longWord, Kind: "overdue"}})
	}
	if err == nil {
		_, err = rows.FinishReconciliation(t.Context(), store.Reconciliation{ID: id})
	}
	if err != nil {
		t.Fatal(err)
	}
}
