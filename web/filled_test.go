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
	v.says(t, 200, "step 3 of 4: Details and files") // no severity is asked where none promises anything
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
	jeanne.get(t, "/tickets/"+number).says(t, 200, "Development looks at it.")
	asks("agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "level_3", "level": 3, "severity": "normal", "path": "defect"})
	signedIn(t, h, "primlogix", "qa").get(t, "/console/qa/"+textOf(t, h, `select number from qa_reviews`)).says(t, 200, filled...)
	agent.get(t, "/console/tickets/"+number).says(t, 200, "Development request, path “Development request”, level 3", "Level 3 support, path “Defect”, level 3")

	over := asks("super", "/v1/tickets", map[string]any{"type": "problem", "severity": "normal", "title": "Export stops at page two", "body": "It stops."}).Text("number")
	asks("agent", "/v1/tickets/"+over+"/triage", map[string]any{"reason": "level_1", "severity": "normal"})
	asks("agent", "/v1/tickets/"+over+"/start", nil)
	if a := asks("agent", "/v1/tickets/"+over+"/answer", map[string]any{"text": "Export it once more."}); a.Text("state") != "closed" {
		t.Fatalf("answered: %s", a.Raw)
	}
	deliver(t, h)
	for _, m := range h.Mail.Messages() {
		if answer := strings.Contains(m.Text, "| Export it once more."); answer && (strings.Contains(m.Text, "add to it here") || !strings.Contains(m.Text, "You can read the ticket here:")) {
			t.Errorf("the mail of a closed ticket says %s", m.Text)
		}
	}
}

// TestSuggestionForm: who suggests something is asked for what they would like,
// not how it hinders them, need not type who they are, and reads of one team on
// every page and in the mail.
func TestSuggestionForm(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	jeanne := signedIn(t, h, "posimente", "jeanne")
	v := jeanne.submit(t, jeanne.get(t, "/register").form(t, "/register"), "type", "technical")
	v = jeanne.submit(t, v.form(t, "/register/describe"), "title", "Totals by branch on one page", "body", "For our board.")
	v.says(t, 200, "step 3 of 5: Severity", "How severe is it?", "We promise when work begins")
	jeanne.submit(t, v.form(t, "/register/severity"), "severity", "high")
	if got := jeanne.get(t, "/register/evidence").form(t, "/register/evidence").values; got.Get("f_customer_name") != "Harbour Freight Pty" || got.Get("f_salesforce_org_id") != "00D5g000004XYZ1" {
		t.Errorf("the customer types %v", got)
	}

	v = jeanne.submit(t, jeanne.get(t, "/register").form(t, "/register"), "type", "feature")
	v.says(t, 200, "step 2 of 4: What you would like", "One sentence that says what you would like")
	v = jeanne.submit(t, v.form(t, "/register/describe"))
	v.says(t, 200, "step 3 of 4: Details and files")
	v = jeanne.submit(t, v.form(t, "/register/evidence"))
	v.says(t, 200, "step 4 of 4", "Customer name Harbour Freight Pty", "Who reads it: Product management at Posimente.")
	if strings.Contains(v.text(), "Severity") || strings.Contains(jeanne.get(t, "/register/severity").path, "severity") {
		t.Error("a severity is asked though nothing is promised for any")
	}
	jeanne.submit(t, v.form(t, "/register/check")).says(t, 200, "Product management at Posimente")
	if got := textOf(t, h, `select severity from tickets`); got != "low" {
		t.Errorf("registered with severity %q", got)
	}
	deliver(t, h)
	if m := h.Mail.Messages(); len(m) != 1 || !strings.Contains(m[0].Text, "Product management at Posimente will read it.") {
		t.Errorf("mailed %v", m)
	}
}
