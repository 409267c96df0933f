package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
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
