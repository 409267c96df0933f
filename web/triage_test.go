package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// TestTriage: one ticket at a time by its deadline; accepting, putting off and
// sending back, what is left, and since when there is nothing.
func TestTriage(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	agent := signedIn(t, h, "interfacing", "agent")
	agent.get(t, "/console/triage").says(t, 200, "Triage is empty.")
	last := ask(t, h, "jeanne", "Labels are not printed", "severity", "low")
	first := ask(t, h, "super", "Export stops at page two", "severity", "high")
	execute(t, h, `update tickets set registered_at = now() - interval '3 days' where number = $1`, last)

	v := agent.get(t, "/console/triage")
	v.says(t, 200, "2 to triage. The oldest was registered on", "(3 days ago)", first, "It ends at page two of Export stops at page two.", "S1 · High")
	later := v.link(t, "Later")
	v = agent.open(t, later)
	v.says(t, 200, "2 to triage.", last)
	agent.open(t, v.link(t, "Later")).says(t, 200, "You have looked at all of them; 2 still wait.")

	v = agent.get(t, "/console/triage")
	f := v.form(t, "/accept")
	if got := f.values.Get("reason") + " " + f.values.Get("severity") + " " + f.values.Get("assignee_id"); got != "bug high "+v.me(t) {
		t.Errorf("the form begins with %q", got)
	}
	v = agent.submit(t, f, "severity", "low", "reason", "technical", "assignee_id", v.others(t, "assignee_id")[0])
	v.says(t, 422, "Some fields need another look.", "Why the severity changes: This can't be empty.", first)
	if got := v.form(t, "/accept").values; got.Get("severity") != "low" || got.Get("reason") != "technical" || got.Get("assignee_id") == v.me(t) {
		t.Errorf("what was chosen is lost: %v", got)
	}
	v = agent.submit(t, v.form(t, "/accept"), "severity_reason", "only one label is missing")
	v.says(t, 200, "Accepted.", "1 to triage.", last)
	row := h.Ask(t, h.Token(t, "interfacing", "agent"), "GET", "/v1/tickets/"+first, nil)
	if row.Text("state") != "triaged" || row.Text("severity") != "low" || row.Text("reason") != "technical" {
		t.Errorf("triaged to %s", row.Raw)
	}

	f = v.form(t, "/send-back")
	f.action = strings.Replace(f.action, "/send-back", "/preview", 1)
	v = agent.submit(t, f, "text", "Which printer is it?")
	v.says(t, 200, "The customer reads", "Hello Jeanne Martin,", "| Which printer is it?", "["+last+"]")
	if n := about(mails(t, h, "jeanne"), "printer"); n != 0 {
		t.Errorf("a preview is mailed %d times", n)
	}
	if got := v.form(t, "/send-back").values.Get("text"); got != "Which printer is it?" {
		t.Errorf("the text is %q", got)
	}
	agent.submit(t, v.form(t, "/send-back"), "text", " ").says(t, 422, "This can't be empty.", last)
	agent.submit(t, v.form(t, "/send-back")).says(t, 200, "Sent back.", "Triage is empty since")
	if n := about(mails(t, h, "jeanne"), "Which printer is it?"); n != 1 || state(t, h, last) != "waiting_for_customer" {
		t.Errorf("%d mails, %s", n, state(t, h, last))
	}
	agent.get(t, "/console/tickets/"+last).says(t, 200, "Which printer is it?")
	backInTriage(t, h, agent, last)
}

// backInTriage: with the answer a ticket comes back, and who is too late with
// a form is told.
func backInTriage(t *testing.T, h *stack.House, agent *browser, last string) {
	t.Helper()
	jeanne := signedIn(t, h, "interfacing", "jeanne")
	jeanne.submit(t, jeanne.get(t, "/tickets/"+last).form(t, "/give-information"), "text", "The red one.")
	v := agent.get(t, "/console/triage")
	v.says(t, 200, "1 to triage.", "The red one.")
	other := signedIn(t, h, "interfacing", "agent2")
	other.submit(t, other.get(t, "/console/triage").form(t, "/accept")).says(t, 200, "Triage is empty since")
	agent.submit(t, v.form(t, "/accept"), "reason", "how_to").says(t, 409, "Something has changed", "Do it anyway after reading", last)
	agent.submit(t, v.form(t, "/send-back"), "text", "Which paper?").says(t, 409, "Send anyway after reading")
	signedIn(t, h, "interfacing", "billing").get(t, "/console/triage").says(t, 403, "Your role does not allow this.")
}
