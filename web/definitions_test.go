package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestDefinitions: who chooses a severity reads what the pack says of each, and
// triage begins with the reason and path that the pack proposes.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "advendio"); err != nil {
		t.Fatal(err)
	}
	jeanne, agent := signedIn(t, h, "advendio", "jeanne"), signedIn(t, h, "advendio", "agent")
	v := jeanne.submit(t, jeanne.get(t, "/register").form(t, "/register"), "type", "customization")
	v = jeanne.submit(t, v.form(t, "/register/describe"), "title", "A logo of our own on each report", "body", "On every page.")
	v.says(t, 200, "Production stands still for all users", "Functions: Nobody can work.", "Data: Data is lost or wrong.", "Back end: The system is down.",
		"An inquiry, or something with a reasonable workaround")
	v = jeanne.submit(t, v.form(t, "/register/severity"), "severity", "4")
	v = jeanne.submit(t, v.form(t, "/register/evidence"))
	jeanne.submit(t, v.form(t, "/register/check"))

	v = agent.get(t, "/console/triage")
	v.says(t, 200, "What reasons and severities mean", "A need that only this customer's business has.", "Functions: How a function is used.")
	if f := v.form(t, "/accept").values; f.Get("reason") != "customization" || f.Get("path") != "customization" || f.Get("severity") != "4" {
		t.Errorf("triage begins with %v", f)
	}
	pathOfReason(t, h, agent, v)
}

// pathOfReason: a reason brings its own path and level; another path is taken only
// when somebody says that it is meant, and what was changed stands in the history.
func pathOfReason(t *testing.T, h *stack.House, agent *browser, v *view) {
	t.Helper()
	number := textOf(t, h, `select number from tickets`)
	v = agent.submit(t, v.form(t, "/accept"), "reason", "bug", "path", "development_request")
	v.says(t, 422, "This reason takes the path “Answer”: it is chosen now, with its level.", "Another path than the reason’s is meant")
	if state := textOf(t, h, `select state from tickets`); state != "registered" {
		t.Fatalf("it is %s", state)
	}
	f := v.form(t, "/accept")
	if f.values.Get("path") != "answer" || f.values.Get("level") != "1" || f.values.Get("reason") != "bug" {
		t.Errorf("what is proposed is %v", f.values)
	}
	agent.submit(t, f, "path", "customization", "level", "2").says(t, 422, "This reason takes the path “Answer”")
	agent.submit(t, f, "path", "customization", "level", "2", "other_path", "1").says(t, 200, "Triage is empty since")

	token := h.Token(t, "advendio", "agent")
	at := "/v1/tickets/" + number + "/triage"
	if a := h.Ask(t, token, "POST", at, map[string]any{"reason": "feature", "severity": "4", "path": "answer"}); a.Status != 422 || !strings.Contains(string(a.Raw), "path_not_of_reason") {
		t.Errorf("another path than the reason's: %d %s", a.Status, a.Raw)
	}
	if a := h.Ask(t, token, "POST", at, map[string]any{"reason": "bug", "severity": "4"}); a.Text("path") != "answer" || a.JSON["level"] != 1.0 {
		t.Errorf("without a path: %s", a.Raw)
	}
}
