package workflows_test

import (
	"database/sql"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// TestEnhancementLife is TestLives for an enhancement: from the customer's
// interest over a quote that expires and one that is approved to its time frame
// and invoice, a round of adjustments, and its end.
func TestEnhancementLife(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	v, err := h.Store.VendorBySlug(t.Context(), "posimente")
	if err != nil {
		t.Fatal(err)
	}
	super, err := h.Desk.ByEmail(t.Context(), "posimente", "super@posimente.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.AddPerson(t.Context(), v, desk.PersonInput{
		OrganizationID: super.Person.OrganizationID, Name: "Billie Buyer", Email: "buyer@posimente.example", Password: stack.Password, Roles: []string{"approver"},
	}); err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, h: h, vendor: "posimente"}
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "posimente", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	a := asks("super", "/v1/tickets", map[string]any{
		"type": "feature", "severity": "low", "title": "MARKER-TITLE", "body": "MARKER-BODY", "fields": map[string]string{"customer_name": "Harbour Freight Pty"},
	})
	p.id, p.number = a.Text("id"), a.Text("number")
	asks("agent", "/v1/tickets/"+p.number+"/triage", map[string]any{"reason": "feature", "level": 1, "severity": "low", "path": "feature_request"})
	number := h.Offer(t, "posimente", "product", p.number, "offer", "MARKER-OFFER")
	at, id := "/v1/service-requests/"+number, ""
	db, err := sql.Open("postgres", h.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	read := func(column string, into any) {
		t.Helper()
		if err := db.QueryRowContext(t.Context(), `select `+column+` from service_requests where number = $1`, number).Scan(into); err != nil {
			t.Fatal(err)
		}
	}
	read("id", &id)
	quote := map[string]any{"currency": "AUD", "lines": []map[string]any{{"text": "MARKER-LINE", "quantity": "1", "unit": "1000"}}, "text": "MARKER-NOTE"}

	p.start()
	asks("super", at+"/interest", map[string]any{"interested": true, "text": "MARKER-YES"})
	asks("agent", at+"/efforts", map[string]any{"lines": []map[string]any{{"phase": "qa", "role": "MARKER-ROLE", "minutes": 60}}})
	asks("agent", at+"/quotes", quote)
	if _, err := db.ExecContext(t.Context(), `update service_requests set expire_at = now() + interval '500 ms' where number = $1`, number); err != nil {
		t.Fatal(err)
	}
	if err := h.Client.PokeEnhancement(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.waits("in analysis again", func() bool {
		state := ""
		read("state", &state)
		return state == "analysis"
	})
	asks("agent", at+"/quotes", quote)
	asks("buyer", at+"/quote-decision", map[string]any{"version": 2, "approves": true, "name": "MARKER-NAME"})
	day := h.Desk.Now().AddDate(0, 0, 3).Format("2006-01-02")
	asks("product", at+"/schedule", map[string]any{"first_day": day, "last_day": day, "text": "MARKER-FRAME"})
	asks("agent", at+"/ask-validation", text)
	asks("super", at+"/validation", map[string]any{"round": 0, "accepts": false, "text": "MARKER-NO"})
	asks("agent", at+"/ask-validation", text)
	asks("super", at+"/validation", map[string]any{"round": 1, "accepts": true})
	if err := h.Client.Engine().GetWorkflow(t.Context(), workflows.EnhancementID(id), "").Get(t.Context(), nil); err != nil {
		t.Errorf("the workflow ended with %v", err)
	}
	replayAndRecord(t, "enhancement", historyOf(t, h, workflows.EnhancementID(id)))
}
