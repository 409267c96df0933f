package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
)

// TestTeamsAndAbsence: what nobody has is shown with its age and its team, is
// handed to a team and back, and who has it and is absent stands beside it.
func TestTeamsAndAbsence(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "interfacing"); err != nil {
		t.Fatal(err)
	}
	number := ask(t, h, "jeanne", "Labels are not printed", "type", "bug", "severity", "low")
	execute(t, h, `update tickets set unassigned_since = now() - interval '30 days' where number = $1`, number)
	agent := signedIn(t, h, "interfacing", "agent")
	for _, tab := range []string{"team", "unassigned"} {
		agent.get(t, "/console?tab="+tab).says(t, 200, number, "Nobody has it yet", "of working time")
	}
	agent.get(t, "/console?tab=unassigned").says(t, 200, "Nobody has had the oldest since")
	signedIn(t, h, "interfacing", "dev").get(t, "/console?tab=team").says(t, 200, "No ticket is with a team of yours.")

	at := "/console/tickets/" + number
	v := agent.get(t, at)
	v.says(t, 200, "Team", "Support", "of working time")
	v = agent.submit(t, v.form(t, "/take"))
	v.says(t, 200, "Alex Agent")
	if strings.Contains(v.text(), "of working time") {
		t.Error("somebody has it, and it has an age")
	}

	until := time.Now().AddDate(0, 0, 9)
	account := agent.get(t, "/account").form(t, "/profile")
	agent.submit(t, account, "absent_until", "soon").says(t, 422, "This is not a date and time")
	agent.submit(t, account, "absent_until", until.Format("2006-01-02T15:04")).says(t, 200, "no ticket is given to you by itself")
	other := signedIn(t, h, "interfacing", "agent2")
	other.get(t, "/console?tab=absent").says(t, 200, number, "Alex Agent", "Absent until")
	v = other.get(t, at)
	v.says(t, 200, "Absent until", "Alex Agent – absent until")
	v = other.submit(t, v.form(t, "/reassign"), "assignee_id", "team:support", "reason", "he is on leave")
	v.says(t, 200, "Nobody has it yet", "Alex", "of working time", "handed it to the team Support", "he is on leave")
	other.get(t, "/console?tab=absent").says(t, 200, "Everybody who has a ticket is here.")
	v = other.submit(t, v.form(t, "/reassign"), "assignee_id", "team:night")
	v.says(t, 422, "Some fields need another look.")

	jeanne := signedIn(t, h, "interfacing", "jeanne").get(t, "/tickets/"+number)
	jeanne.says(t, 200, "Support at Interfacing")
	for _, inside := range []string{"he is on leave", "absent", "of working time"} {
		if strings.Contains(jeanne.text(), inside) {
			t.Errorf("the customer reads %q", inside)
		}
	}
}

// TestTeamOfTheProcedure: a team of the console says which of the procedure's it
// is, and a refused form keeps that.
func TestTeamOfTheProcedure(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	admin := signedIn(t, h, "primlogix", "admin")
	f := admin.get(t, "/console/teams").form(t, "/teams")
	v := admin.submit(t, f, "name", " ", "code", "qa")
	v.says(t, 422, "Certains champs sont à revoir.")
	if got := v.form(t, "/teams").values; got.Get("code") != "qa" {
		t.Errorf("what was chosen is lost: %v", got)
	}
	admin.submit(t, v.form(t, "/teams"), "name", "Checkers").says(t, 200, "Checkers", "Dans la procédure, c’est Assurance qualité")
}

// TestTriagedByItsOwnPack: a ticket is triaged by the version of the pack it is
// pinned to, whatever was published since; the next one by the new version.
func TestTriagedByItsOwnPack(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "interfacing"); err != nil {
		t.Fatal(err)
	}
	old := ask(t, h, "jeanne", "Labels are not printed", "type", "bug", "severity", "low")
	text, err := policy.BuiltIn("interfacing")
	if err != nil {
		t.Fatal(err)
	}
	later, err := policy.ParsePack([]byte(strings.NewReplacer("code: low", "code: minor", "low: 3 business days", "minor: 3 business days").Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	vendor, err := h.Desk.Store.VendorBySlug(t.Context(), "interfacing")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Desk.PublishPack(t.Context(), vendor, later, ""); err != nil {
		t.Fatal(err)
	}
	next := ask(t, h, "jeanne", "Labels are printed twice", "type", "bug", "severity", "minor")
	agent := signedIn(t, h, "interfacing", "agent")
	for number, severity := range map[string]string{old: "low", next: "minor"} {
		f := agent.get(t, "/console/tickets/"+number).form(t, "/triage")
		if got := f.values.Get("severity"); got != severity {
			t.Errorf("%s offers %q, want %q", number, got, severity)
		}
		agent.submit(t, f, "reason", f.values.Get("reason")).says(t, 200, "Alex Agent")
		row := h.Ask(t, h.Token(t, "interfacing", "agent"), "GET", "/v1/tickets/"+number, nil)
		if row.Text("state") != "triaged" || row.Text("severity") != severity {
			t.Errorf("triaged to %s", row.Raw)
		}
	}
}
