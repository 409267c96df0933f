package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// stating is a house whose PRIM Logix sends statements, with an open request of
// its customer's super-user and a note that only staff may read.
func stating(t *testing.T) (h *stack.House, number string) {
	t.Helper()
	h = stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	execute(t, h, `update people set locale = 'en' where email in ('jeanne@primlogix.example', 'accounts@primlogix.example')`)
	execute(t, h, `update people set locale = 'fr' where email = 'super@primlogix.example'`)
	a := h.Ask(t, h.Token(t, "primlogix", "super"), "POST", "/v1/tickets", map[string]any{
		"type": "problem", "severity": "normal", "title": "Export stops at page two", "body": "It ends.",
	})
	if number = a.Text("number"); number == "" {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	if a := h.Ask(t, h.Token(t, "primlogix", "agent"), "POST", "/v1/tickets/"+number+"/notes", map[string]any{"text": "MARKER of our own"}); a.Status != 201 {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	return h, number
}

// TestNobodyReceives: whoever is at the customer can say that nobody receives
// the statement; staff see it until somebody is named.
func TestNobodyReceives(t *testing.T) {
	t.Parallel()
	h, number := stating(t)
	jeanne, super, accounts := signedIn(t, h, "primlogix", "jeanne"), signedIn(t, h, "primlogix", "super"), signedIn(t, h, "primlogix", "accounts")
	v := jeanne.open(t, jeanne.get(t, "").link(t, "Weekly statement"))
	v.says(t, 200, "The figures are for those in charge at your organization", "Nobody is named to receive the weekly statement")
	if strings.Contains(v.raw, number) || strings.Contains(v.raw, ".csv") {
		t.Error("a contact reads the figures")
	}
	jeanne.get(t, "/statement.csv").says(t, 403)
	jeanne.get(t, "/statement?week=2026-W48").says(t, 403)
	f := v.form(t, "/statement/nobody")
	for range 2 { // told twice, mailed once
		jeanne.submit(t, f).says(t, 200, "Thank you. Your account manager is told.", "has told us so on")
	}
	if n := about(mailsAt(t, h, "primlogix", "accounts"), "nobody there receives the weekly statement"); n != 1 {
		t.Errorf("%d mails to the account manager", n)
	}
	accounts.get(t, "/console/statements?without=1").says(t, 200, "Agence Belle-Rivière", "Nobody", "Jeanne Martin has told us so on")
	execute(t, h, `update people set roles = array_append(roles, 'statement_receiver') where email = 'super@primlogix.example'`)
	jeanne.submit(t, f).says(t, 409, "is named to receive the weekly statement.")
	if v := accounts.get(t, "/console/statements?without=1"); strings.Contains(v.raw, "Agence Belle-Rivière") {
		t.Error("it is still listed")
	}
	v = super.get(t, "/statement")
	v.says(t, 200, number, "Export stops at page two", "Demandes en cours")
	if strings.Contains(v.raw, "MARKER") {
		t.Error("a note is on the page")
	}
	csv := super.get(t, "/statement.csv").raw
	if !strings.Contains(csv, "Export stops at page two") || strings.Contains(csv, "MARKER") {
		t.Errorf("downloaded %s", csv)
	}
}

// TestSendStatement: an account manager sends the week's early, once, and once
// more to somebody; it is there to read as it was sent.
func TestSendStatement(t *testing.T) {
	t.Parallel()
	h, number := stating(t)
	execute(t, h, `update people set roles = array_append(roles, 'statement_receiver') where email = 'jeanne@primlogix.example'`)
	accounts, agent, jeanne := signedIn(t, h, "primlogix", "accounts"), signedIn(t, h, "primlogix", "agent"), signedIn(t, h, "primlogix", "jeanne")
	page := "/console/organizations/" + textOf(t, h, `select organization_id from people where email = 'jeanne@primlogix.example'`) + "/statement"
	if v := agent.get(t, page); strings.Contains(v.raw, "/send\"") {
		t.Error("an agent is offered to send it")
	}
	v := accounts.open(t, accounts.get(t, "/console/statements").link(t, "Agence Belle-Rivière"))
	v.says(t, 200, "Jeanne Martin", number, "The next one is sent on Mon")
	f := v.form(t, page+"/send")
	for range 2 { // sent twice, mailed once
		accounts.submit(t, f).says(t, 200, "It is on its way. It counts as this week’s.")
	}
	v = accounts.get(t, page)
	accounts.submit(t, v.form(t, page+"/send")).says(t, 409, "has been sent already.")
	accounts.submit(t, v.form(t, page+"/send"), "again_to", textOf(t, h, `select id from people where email = 'jeanne@primlogix.example'`)).says(t, 200, "It is on its way once more.")
	v = accounts.get(t, page)
	accounts.submit(t, v.form(t, page+"/send"), "again_to", textOf(t, h, `select id from people where email = 'jeanne@posimente.example'`)).says(t, 422, "No active contact of this organization")
	mails := mailsAt(t, h, "primlogix", "jeanne")
	if n := about(mails, "This is the weekly statement of Agence Belle-Rivière."); n != 2 {
		t.Errorf("%d statements: %q", n, mails)
	}
	week := textOf(t, h, `select iso_week from statements where outcome = 'sent'`)
	for _, m := range mails {
		if strings.Contains(m, "MARKER") || strings.Contains(m, "weekly statement of") && !strings.Contains(m, "/primlogix/statement?week="+week) {
			t.Errorf("mailed %s", m)
		}
	}
	execute(t, h, `update tickets set title = 'Changed since' where number = $1`, number)
	jeanne.get(t, "/statement").says(t, 200, "Changed since", "Week "+week)
	jeanne.get(t, "/statement?week="+week).says(t, 200, "As it was sent on", "Export stops at page two")
	jeanne.get(t, "/statement?week=2020-W01").says(t, 404)
	jeanne.get(t, "/statement?week=nonsense").says(t, 404)
}

// mailsAt are the mails to somebody of a vendor's, oldest first.
func mailsAt(t *testing.T, h *stack.House, vendor, local string) (list []string) {
	t.Helper()
	deliver(t, h)
	for _, m := range h.Mail.Messages() {
		if m.To[0] == local+"@"+vendor+".example" {
			list = append(list, m.Subject+"\n"+m.Text)
		}
	}
	return list
}
