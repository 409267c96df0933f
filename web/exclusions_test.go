package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// missed makes a ticket miss its first reaction, as if it had been noted.
func missed(t testing.TB, h *stack.House, number string) {
	t.Helper()
	execute(t, h, `update tickets set clocks = jsonb_build_array(clocks -> 0 || jsonb_build_object('due_at', now() - interval '1 hour',
		'breached_at', now() - interval '1 hour')) where number = $1`, number)
}

// canary is in the evidence, which is for staff alone.
const canary = "QZEVIDENCE"

// TestExclusion: a breach is left out of the adjusted figures when a second
// person agrees, and only then; it can be declined and taken back; the breach
// itself stays. The customer reads the reason of one that stands, and no
// evidence.
func TestExclusion(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	agent, manager, customer := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "manager"), signedIn(t, h, "interfacing", "jeanne")
	number := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	page, theirs := "/console/tickets/"+number+"/clocks", "/tickets/"+number+"/clocks"
	agent.submit(t, &form{method: "post", action: "/interfacing" + page + "/exclude", values: agent.get(t, page).form(t, "/sign-out").values},
		"clock", "acknowledge", "reason", "x", "evidence", "x").says(t, 409, "This promise was not missed")
	missed(t, h, number)

	ask := agent.get(t, page).form(t, "/exclude")
	agent.submit(t, ask, "reason", "The version was wrong.").says(t, 422, "Evidence: ", "The version was wrong.")
	for range 2 { // the same form twice is one wish
		agent.submit(t, ask, "reason", "The version was wrong.", "evidence", canary).says(t, 200, "Somebody else has to agree now.", "To be decided", canary)
	}
	if n := count(t, h, `select count(*) from clock_exclusions`); n != 1 {
		t.Fatalf("%d exclusions", n)
	}
	unchanged := func(says string) {
		t.Helper()
		v := customer.get(t, theirs)
		v.says(t, 200, "Missed")
		if strings.Contains(v.text(), "Adjusted figures") || strings.Contains(v.text(), "wrong") {
			t.Errorf("%s, and the customer reads: %s", says, v.text())
		}
	}
	unchanged("asked for")

	v := agent.get(t, page)
	v.says(t, 200, "You asked for it: somebody else has to decide.")
	own := v.form(t, "/revoke")
	agent.submit(t, &form{method: "post", action: strings.Replace(own.action, "/revoke", "/decide", 1), values: own.values}, "agree", "yes").
		says(t, 403, "You asked for it yourself")
	decide := manager.get(t, page).form(t, "/decide")
	manager.submit(t, decide, "agree", "no").says(t, 422, "Reason: ")
	manager.submit(t, decide, "agree", "no", "reason", "It was complete.").says(t, 200, "The breach stays in the adjusted figures.", "Declined by", "It was complete.")
	unchanged("declined")

	agent.submit(t, agent.get(t, page).form(t, "/exclude"), "reason", "The version was **wrong**.", "evidence", canary)
	decide = manager.get(t, page).form(t, "/decide")
	manager.submit(t, decide, "agree", "yes").says(t, 200, "Left out", "Agreed by")
	v = customer.get(t, theirs)
	v.says(t, 200, "Missed", "Raw figures Missed", "Adjusted figures Left out, because: The version was wrong.")
	if strings.Contains(v.raw, canary) || strings.Contains(v.raw, "It was complete") {
		t.Errorf("the customer reads what is for staff: %s", v.text())
	}
	excluded(t, h, number, true)

	// Somebody who decides or asks too late reads how it is, and loses nothing.
	signedIn(t, h, "interfacing", "agent2").submit(t, decide, "form_token", otherToken(t, h), "form_key", "late", "agree", "no", "reason", "I was slow.").
		says(t, 409, "This was decided or taken back already.", "I was slow.")
	agent.submit(t, ask, "form_key", "late", "reason", "Me too.", "evidence", "See the call.").says(t, 409, "left out already", "Me too.", "See the call.")

	agent.submit(t, agent.get(t, page).form(t, "/revoke"), "reason", "The version was right.").says(t, 200, "the breach counts again", "Taken back by", "The version was right.")
	unchanged("taken back")
	excluded(t, h, number, false)
	agent.submit(t, agent.get(t, page).form(t, "/exclude"), "reason", "Once more.", "evidence", "x").says(t, 200, "To be decided")
	agent.get(t, "/console/tickets/"+number).says(t, 200, "agreed to leave a breach out of the adjusted figures.")
}

// otherToken is what the forms of agent2 carry.
func otherToken(t testing.TB, h *stack.House) string {
	t.Helper()
	return signedIn(t, h, "interfacing", "agent2").get(t, "/console").form(t, "/sign-out").values.Get("form_token")
}

// excluded wants the API to say that the breach is there, and whether it is
// left out.
func excluded(t testing.TB, h *stack.House, number string, want bool) {
	t.Helper()
	for _, local := range []string{"jeanne", "agent"} {
		a := h.Ask(t, h.Token(t, "interfacing", local), "GET", "/v1/tickets/"+number+"/clocks", nil)
		clock := a.JSON["clocks"].([]any)[0].(map[string]any) //nolint:forcetypeassert // the contract's
		if out, _ := clock["excluded"].(bool); out != want || clock["breached_at"] == nil {
			t.Errorf("%s is told: %s", local, a.Raw)
		}
		if local == "jeanne" && strings.Contains(string(a.Raw), canary) {
			t.Errorf("the customer is told the evidence: %s", a.Raw)
		}
	}
}
