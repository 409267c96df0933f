package browser_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
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
