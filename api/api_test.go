package api_test

import (
	"log/slog"
	"os"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what goes wrong on purpose is logged too
	os.Exit(stack.Main(m))
}

// register registers a request and answers its number.
func register(t *testing.T, h *stack.House, token string) string {
	t.Helper()
	a := ask(t, h, token, "POST", "/v1/tickets", registration(nil))
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	return a.Text("number")
}

func TestLevelOneLife(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	number := register(t, h, jeanne)
	for _, step := range []struct {
		token, action string
		body          any
		state         string
	}{
		{agent, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "high", "severity_reason": "many users", "path": "answer"}, "triaged"},
		{agent, "start", nil, "in_progress"},
		{agent, "ask-information", map[string]any{"text": "Which version?"}, "waiting_for_customer"},
		{jeanne, "give-information", map[string]any{"text": "8.3"}, "in_progress"},
		{agent, "answer", map[string]any{"text": "It is a setting."}, "answered"},
		{jeanne, "reopen", map[string]any{"text": "Still stops."}, "in_progress"},
		{agent, "answer", map[string]any{"text": "Another setting."}, "answered"},
		{agent, "close", nil, "closed"},
	} {
		a := ask(t, h, step.token, "POST", "/v1/tickets/"+number+"/"+step.action, step.body)
		if a.Status != 200 || a.Text("state") != step.state {
			t.Fatalf("%s: %d %s", step.action, a.Status, a.Raw)
		}
	}
}
