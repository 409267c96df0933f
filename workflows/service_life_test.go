package workflows_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	historypb "go.temporal.io/api/history/v1"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// TestServiceLife is TestLives for a service request: a customization from the
// consent to its rate, through a question, a quote that expires, one that is
// approved and a round of adjustments, to its invoice.
func TestServiceLife(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	addBuyer(t, h)
	p := &person{t: t, h: h, vendor: "primlogix"}
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "primlogix", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	a := asks("super", "/v1/tickets", map[string]any{
		"type": "configuration", "severity": "normal", "title": "MARKER-TITLE", "body": "MARKER-BODY",
		"fields": map[string]string{"wanted": "customization", "needs": "MARKER-NEEDS"},
	})
	p.id, p.number = a.Text("id"), a.Text("number")
	ticket := "/v1/tickets/" + p.number
	asks("agent", ticket+"/triage", map[string]any{"reason": "customization", "level": 2, "severity": "normal", "path": "customization"})
	list := h.Ask(t, h.Token(t, "primlogix", "agent"), "GET", ticket+"/service-requests", nil)
	number := list.JSON["service_requests"].([]any)[0].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
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
	offer := map[string]any{"currency": "CAD", "lines": []map[string]any{{"text": "MARKER-LINE", "quantity": "1", "unit": "1000"}}, "text": "MARKER-NOTE"}

	p.start()
	asks("super", at+"/consent", map[string]any{"agrees": true, "text": "MARKER-YES"})
	asks("agent", ticket+"/ask-information", text)
	asks("super", ticket+"/give-information", text)
	p.start() // what is due: the pokes
	asks("agent", at+"/quotes", offer)
	if _, err := db.ExecContext(t.Context(), `update service_requests set expire_at = now() + interval '500 ms' where number = $1`, number); err != nil {
		t.Fatal(err)
	}
	if err := h.Client.PokeService(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	p.waits("in analysis again", func() bool {
		state := ""
		read("state", &state)
		return state == "analysis"
	})
	asks("agent", at+"/quotes", offer)
	asks("buyer", at+"/quote-decision", map[string]any{"version": 2, "approves": true, "name": "MARKER-NAME"})
	asks("agent", at+"/ask-validation", text)
	asks("super", at+"/validation", map[string]any{"round": 0, "accepts": false, "text": "MARKER-NO"})
	asks("agent", at+"/ask-validation", text)
	asks("super", at+"/validation", map[string]any{"round": 1, "accepts": true})
	asks("billing", ticket+"/invoices", map[string]any{"service_request": number})
	asks("agent", at+"/close", nil)
	if err := h.Client.Engine().GetWorkflow(t.Context(), workflows.ServiceRequestID(id), "").Get(t.Context(), nil); err != nil {
		t.Errorf("the workflow ended with %v", err)
	}
	for name, workflow := range map[string]string{"service_request": workflows.ServiceRequestID(id), "ticket_of_work": workflows.TicketID(p.id)} {
		replayAndRecord(t, name, historyOf(t, h, workflow))
	}
}

// replayAndRecord replays a history, and records it where that is wanted.
func replayAndRecord(t *testing.T, name string, history *historypb.History) {
	t.Helper()
	replay(t, history)
	if dir := os.Getenv("CASEPATH_RECORD_REPLAY"); dir != "" {
		record(t, filepath.Join(dir, name+".json.gz"), history)
	}
}

// addBuyer makes an approver of PRIM Logix's customer.
func addBuyer(t *testing.T, h *stack.House) {
	t.Helper()
	v, err := h.Store.VendorBySlug(t.Context(), "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	super, err := h.Desk.Authenticate(t.Context(), h.Token(t, "primlogix", "super"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.AddPerson(t.Context(), v, desk.PersonInput{
		OrganizationID: super.Person.OrganizationID, Name: "Billie Buyer", Email: "buyer@primlogix.example", Password: stack.Password, Roles: []string{"approver"},
	}); err != nil {
		t.Fatal(err)
	}
}
