package web_test

import (
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
}
