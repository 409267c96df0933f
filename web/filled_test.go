package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestFilledIn: what the form of the pack asks is read with its labels by whoever
// checks it before it is sent, answers it, triages it, works on it, reviews it or
// develops it; and who asks a super-user first is told what really happens.
func TestFilledIn(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	execute(t, h, `update people set locale = 'en' where email like '%@primlogix.example'`)
	jeanne, super, agent := signedIn(t, h, "primlogix", "jeanne"), signedIn(t, h, "primlogix", "super"), signedIn(t, h, "primlogix", "agent")
	filled := []string{"What do you want?", "A development of the software (free)", "Your needs", "Latin."}

	v := jeanne.submit(t, jeanne.get(t, "/register").form(t, "/register"), "type", "configuration")
	v = jeanne.submit(t, v.form(t, "/register/describe"), "title", "An alphabet of our own", "body", "In each list.")
	if strings.Contains(v.first("h1"), "Severity") {
		v = jeanne.submit(t, v.form(t, "/register/severity"), "severity", "normal")
	}
	v = jeanne.submit(t, v.form(t, "/register/evidence"), "f_wanted", "development", "f_needs", "Latin.")
	v.says(t, 200, append(filled, "It goes to the super-user of your organization first: ", "With neither, it goes to PRIM Logix by itself: ", "Only when PRIM Logix gets it is it registered")...)
	for _, promise := range []string{"a number at once", "Who reads it", "at the latest"} {
		if strings.Contains(v.text(), promise) {
			t.Errorf("who asks a super-user first reads %q", promise)
		}
	}
	pending := jeanne.submit(t, v.form(t, "/register/check"))
	pending.says(t, 200, filled...)
	deliver(t, h)
	mailed := 0
	for _, m := range h.Mail.Messages() {
		if m.To[0] == "super@primlogix.example" && strings.Contains(m.Text, "| Your needs: Latin.") && strings.Contains(m.Text, "What do you want? A development of the software (free)") {
			mailed++
		}
	}
	if mailed != 1 {
		t.Errorf("the super-user is mailed what was filled in %d times", mailed)
	}
	v = super.open(t, pending.path)
	v.says(t, 200, filled...)
	super.submit(t, v.form(t, "/forward"))

	number := textOf(t, h, `select number from tickets where title = 'An alphabet of our own'`)
	for by, page := range map[*browser]string{agent: "/console/triage", jeanne: "/tickets/" + number} {
		by.get(t, page).says(t, 200, filled...)
	}
	agent.get(t, "/console/tickets/"+number).says(t, 200, filled...)
	asks := func(local, path string, body any) stack.Answer {
		return h.Ask(t, h.Token(t, "primlogix", local), "POST", path, body)
	}
	a := asks("agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "development", "level": 3, "severity": "normal", "path": "development_request"})
	if a.Text("request", "fields", "wanted") != "development" {
		t.Errorf("the API answers %s", a.Raw)
	}
	body := textOf(t, h, `select body from dev_tickets`)
	for _, said := range []string{"In each list.", "Un développement du logiciel (sans frais)", "Vos besoins\u00a0: Latin."} {
		if !strings.Contains(body, said) {
			t.Errorf("development reads %q", body)
		}
	}
	asks("agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "level_3", "level": 3, "severity": "normal", "path": "defect"})
	signedIn(t, h, "primlogix", "qa").get(t, "/console/qa/"+textOf(t, h, `select number from qa_reviews`)).says(t, 200, filled...)
}
