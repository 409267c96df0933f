package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// songbird is in every note of these tests, and must be in nothing of a
// customer's (abuse case B11).
const songbird = "canary of the unpaid invoices"

// merged is a house with two requests of one organization, a note on the first.
func merged(t *testing.T) (h *stack.House, source, target string) {
	t.Helper()
	h = stack.NewHouse(t, stack.Parts{Worker: true})
	source, target = registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows"), registered(t, h, "interfacing", "super", "Export of all rows fails")
	act(t, h, "agent", source, "notes", map[string]any{"text": "The " + songbird})
	act(t, h, "jeanne", source, "comments", map[string]any{"text": "Printing stops too"})
	return h, source, target
}

// quiet wants no note in any output of a customer's: pages, lists and mails.
func quiet(t *testing.T, h *stack.House, numbers ...string) {
	t.Helper()
	for _, who := range []string{"jeanne", "super", "partner"} {
		b, token := signedIn(t, h, "interfacing", who), h.Token(t, "interfacing", who)
		for _, n := range numbers {
			for _, page := range []string{"/tickets/" + n, "/tickets/" + n + "/clocks", "/tickets/" + n + "/news?version=1", "/tickets", "/tickets.csv?status=all", "/"} {
				if v := b.get(t, page); strings.Contains(v.text(), songbird) {
					t.Errorf("%s reads a note on %s", who, page)
				}
			}
			for _, path := range []string{"", "/history", "/comments", "/links", "/clocks", "/entitlement", "/watchers"} {
				if a := h.Ask(t, token, "GET", "/v1/tickets/"+n+path, nil); strings.Contains(string(a.Raw), songbird) {
					t.Errorf("%s reads a note at %s%s", who, n, path)
				}
			}
		}
	}
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, m := range h.Mail.Messages() {
		if strings.Contains(string(m.Raw), songbird) || strings.Contains(m.Text, songbird) {
			t.Errorf("a note in the mail %q to %v", m.Subject, m.To)
		}
	}
}

// merging is the form that merges, not the one that finds the other ticket.
func merging(t *testing.T, v *view) *form {
	t.Helper()
	for _, n := range v.all("form") {
		if at := attribute(n, "action"); strings.HasSuffix(at, "/merge") && attribute(n, "method") == "post" {
			return formOf(n, at)
		}
	}
	t.Fatalf("no form that merges:\n%s", v.text())
	return nil
}

// TestMergePages: the page says before the press what happens; afterwards both
// sides are led on, what is typed too late is kept, and it can be undone.
func TestMergePages(t *testing.T) {
	t.Parallel()
	h, source, target := merged(t)
	agent, jeanne := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "jeanne")
	early := jeanne.get(t, "/tickets/"+source).form(t, "/comment")
	at := "/console/tickets/" + source
	agent.get(t, at).says(t, 200, "Linked tickets None.", "Merge into another", "Split a part off")
	agent.get(t, at+"/merge?target=IF-2020-999999").says(t, 200, "There is no such ticket.")
	agent.get(t, at+"/merge?target="+source).says(t, 200, "can’t be merged into itself")
	v := agent.get(t, at+"/merge?target="+target)
	v.says(t, 200, "Mailed once that it goes on as "+target, "Jeanne Martin", "neither met nor missed", "This can be undone until")
	agent.submit(t, merging(t, v), "reason", " ").says(t, 422, "Reason")
	v = agent.submit(t, merging(t, v), "reason", "The same, says the "+songbird)
	v.says(t, 200, "Merged. Its people read on in the other ticket.", "This goes on as "+target, "Undo the merge", "The same, says the "+songbird)
	agent.get(t, "/console/tickets/"+target).says(t, 200, "Merged into this one: "+source)
	jeanne.get(t, "/tickets/"+source).says(t, 200, "Merged into another", "This goes on as "+target)
	jeanne.get(t, "/tickets/"+target).says(t, 200, "You watch this request")
	jeanne.submit(t, early, "text", "It stops again, said too late").says(t, 409, source+" goes on as "+target, "What you wrote is kept", "It stops again, said too late")
	jeanne.get(t, "/tickets/"+source+"/clocks").says(t, 200, "Ended by the merge, neither met nor missed")
	quiet(t, h, source, target)
	agent.submit(t, agent.get(t, at).form(t, "/unmerge")).says(t, 200, "The merge is undone.", "Merge into another")
	jeanne.get(t, "/tickets/"+target).says(t, 404)
	quiet(t, h, source, target)
}

// TestSplitAndLinkPages: what is ticked moves, notes stay notes, and a refused
// form keeps what was ticked; links are found by number.
func TestSplitAndLinkPages(t *testing.T) {
	t.Parallel()
	h, source, target := merged(t)
	agent, jeanne := signedIn(t, h, "interfacing", "agent"), signedIn(t, h, "interfacing", "jeanne")
	at := "/console/tickets/" + source
	v := agent.get(t, at+"/split")
	v.says(t, 200, "Jeanne Martin gets a receipt", "internal notes stay internal", "Its clocks start now", "It takes no ticket of a contract", "Printing stops too", songbird)
	note := textOf(t, h, `select id from comments where not public`)
	said := textOf(t, h, `select id from comments where public`)
	pairs := []string{"comments", note, "comments", said, "type", "bug", "severity", "low"}
	v = agent.submit(t, v.form(t, "/split"), append(pairs, "title", "No")...)
	v.says(t, 422, "Printing stops too")
	v = agent.submit(t, v.form(t, "/split"), append(pairs, "title", "Printing stops after a page", "text", "Printing, by itself.")...)
	v.says(t, 200, "This ticket was split off.", "Printing stops after a page", "Split off "+source, "Printing, by itself.", songbird)
	made := textOf(t, h, `select number from tickets where title = 'Printing stops after a page'`)
	jeanne.get(t, "/tickets/"+made).says(t, 200, "Printing stops too", "Split off "+source)
	if v := jeanne.get(t, "/tickets/"+source); strings.Contains(v.text(), "Printing stops too") {
		t.Error("what moved is still there")
	}
	link := agent.get(t, at).form(t, "/links")
	agent.submit(t, link, "ticket", "IF-2020-999999").says(t, 422, "There is no such ticket.")
	v = agent.submit(t, link, "ticket", target, "form_key", "another")
	v.says(t, 200, "The tickets are linked.", "Has to do with "+target)
	if v := jeanne.get(t, "/tickets/"+source); strings.Contains(v.text(), target) {
		t.Error("the link with a ticket out of sight is shown")
	}
	quiet(t, h, source, target, made)
	agent.submit(t, v.form(t, "/links/remove")).says(t, 200, "The link is removed.")
}
