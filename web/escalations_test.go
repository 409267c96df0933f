package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestOpenEscalation: the page of a ticket says how an open escalation of it
// stands, to its customer and to who decides on it; not to who is complained
// about, nor when it is over.
func TestOpenEscalation(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "advendio"); err != nil {
		t.Fatal(err)
	}
	a := h.Ask(t, h.Token(t, "advendio", "jeanne"), "POST", "/v1/tickets", map[string]any{"type": "bug", "severity": "1", "title": "Nobody can sign in", "body": "Since today."})
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	at := "/tickets/" + a.Text("number")
	jeanne := signedIn(t, h, "advendio", "jeanne")
	v := jeanne.get(t, at+"/escalate")
	v = jeanne.submit(t, v.form(t, "/escalate"), "reason", "Nobody answers.")
	v.says(t, 200, "ESC-", "Customer Success Manager")
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	jeanne.get(t, at).says(t, 200, "Escalation ESC-", "Whose turn it is Customer Success Manager", "opened", "Escalated,")
	signedIn(t, h, "advendio", "manager").get(t, "/console"+at).says(t, 200, "Escalation ESC-", "Whose turn it is Customer Success Manager")
	agent := signedIn(t, h, "advendio", "agent").get(t, "/console"+at)
	agent.says(t, 200, "Ask a colleague", "Development") // a team of the pack
	b := signedIn(t, h, "advendio", "agent")
	asked := b.submit(t, agent.form(t, "/ask-colleague"), "to", "team:development", "text", "Which build is theirs?")
	asked.says(t, 200, "Development answers a question", "It can be answered and closed once this is finished: a question to Development: Which build is theirs?")
	b.get(t, "/console/questions?all=1").says(t, 200, "Which build is theirs?")
	b.get(t, "/console?tab=all").says(t, 200, "Development answers a question")
	if v := agent; strings.Contains(v.text(), "ESC-") {
		t.Error("who may not read escalations sees one")
	}
	e := textOf(t, h, `select number from escalations`)
	v = jeanne.get(t, "/escalations/"+e)
	jeanne.submit(t, v.form(t, "/withdraw"), "reason", "It is mended.").says(t, 200, "Withdrawn")
	if v := jeanne.get(t, "/escalations/"+e); strings.Contains(v.text(), "Whose turn it is") {
		t.Error("it is over, and still somebody's turn")
	}
	if v := jeanne.get(t, at); strings.Contains(v.text(), "ESC-") {
		t.Error("it is over, and the ticket's page has it")
	}
}

// TestFirstRung: the page and the receipt name the rung that is told first, which
// is not one on which nobody stands.
func TestFirstRung(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, "advendio"); err != nil {
		t.Fatal(err)
	}
	jeanne := signedIn(t, h, "advendio", "jeanne")
	jeanne.get(t, "/escalations").says(t, 200, "Customer Success Manager will be told", "To be acknowledged by", "Escalate to: Customer Success Manager")
	if a := h.Ask(t, h.Token(t, "advendio", "admin"), "POST", "/v1/teams", map[string]any{"name": "Success", "kind": "other", "code": "success", "members": []string{}}); a.Status != 201 {
		t.Fatalf("team: %d %s", a.Status, a.Raw)
	}
	v := jeanne.get(t, "/escalations")
	v.says(t, 200, "COO (Chief Operating Officer) will be told", "Escalate to: COO")
	jeanne.submit(t, v.form(t, "/escalations"), "reason", "Nobody answers.").says(t, 200, "ESC-")
	if rung := textOf(t, h, `select payload -> 'Escalation' ->> 'Rung' from outbox where key like 'mail/escalation_received/%'`); rung != "COO (Chief Operating Officer)" {
		t.Errorf("the receipt names %s", rung)
	}
}

// TestNoLadder: where no plan has a ladder nothing leads to one, and the page says
// where to complain.
func TestNoLadder(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	for _, vendor := range []string{"advendio", "posimente"} {
		if err := demo.PublishTo(t.Context(), h.Desk, vendor); err != nil {
			t.Fatal(err)
		}
		climbs := vendor == "advendio"
		for who, home := range map[string]string{"jeanne": "", "manager": "/console"} {
			b := signedIn(t, h, vendor, who)
			if v := b.get(t, home); strings.Contains(v.raw, `/escalations"`) != climbs {
				t.Errorf("%s of %s is led to a ladder: %v", who, vendor, !climbs)
			}
			v := b.get(t, home+"/escalations")
			if none := "has no ladder"; v.status != 200 || strings.Contains(v.text(), none) == climbs {
				t.Errorf("%s of %s reads %s", who, vendor, v.text())
			}
			if opens := strings.Contains(v.raw, `name="reason"`); opens != (climbs && who == "jeanne") {
				t.Errorf("%s of %s may begin one: %v", who, vendor, opens)
			}
		}
	}
}
