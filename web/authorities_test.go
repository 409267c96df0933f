package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/casepath/casepath/procedures/stack"
)

// authorizing is a house in which staff may ask for access authorities: a
// ticket under way that a partner has registered, and somebody who signs.
type authorizing struct {
	*stack.House
	number                            string
	agent, jeanne, partner, signatory *browser
}

func newAuthorizing(t *testing.T) authorizing {
	t.Helper()
	h := authorizing{House: stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})}
	jeanne := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil)
	if a := h.Ask(t, h.Token(t, "interfacing", "accounts"), "POST", "/v1/contacts", map[string]any{
		"organization_id": jeanne.Text("organization_id"), "name": "Sigrid Natory", "email": "signs@interfacing.example", "roles": []string{"signatory"},
		"password": stack.Password,
	}, "Idempotency-Key", "signs"); a.Status != 201 {
		t.Fatalf("%s", a.Raw)
	}
	h.number = registered(t, h.House, "interfacing", "partner", "Labels print twice", "on_behalf_of", map[string]any{
		"organization_id": jeanne.Text("organization_id"), "contact_id": jeanne.Text("id"),
	})
	act(t, h.House, "agent", h.number, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})
	act(t, h.House, "agent", h.number, "start", nil)
	for local, b := range map[string]**browser{"agent": &h.agent, "jeanne": &h.jeanne, "partner": &h.partner, "signs": &h.signatory} {
		*b = signedIn(t, h.House, "interfacing", local)
	}
	execute(t, h.House, `update people set locale = 'en'`)
	return h
}

// day is a day from today as a form has it, in the vendor's zone.
func (h authorizing) day(t *testing.T, days int) string {
	t.Helper()
	zone, err := time.LoadLocation("America/Toronto")
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().In(zone).AddDate(0, 0, days).Format(time.DateOnly)
}

// ask sends the console's form and answers the address of the authority on the
// portal.
func (h authorizing) ask(t *testing.T, system string) string {
	t.Helper()
	list := "/console/tickets/" + h.number + "/authorities"
	v := h.agent.submit(t, h.agent.get(t, list).form(t, list), "system", system, "scopes", "read_only", "scopes", "configuration",
		"scope_text", "Objects Case and Account", "reason", "The **rule** behind it", "until", h.day(t, 20))
	v.says(t, 200, "The customer is asked.", system, "To be answered", "Look at it", "Change its configuration")
	return strings.Replace(strings.TrimPrefix(v.link(t, system), "/interfacing"), "/console", "", 1)
}

// TestAuthorityOnThePages goes an access authority's whole way on the pages of
// both sides.
func TestAuthorityOnThePages(t *testing.T) {
	t.Parallel()
	h := newAuthorizing(t)
	ticketPage, console := "/tickets/"+h.number, "/console/tickets/"+h.number
	list := console + "/authorities"
	if strings.Contains(h.jeanne.get(t, ticketPage).text(), "ccess authorit") {
		t.Error("the portal speaks of authorities before one was asked for")
	}
	h.agent.get(t, h.agent.get(t, console).link(t, "Access authorities")[len("/interfacing"):]).says(t, 200, "None has been asked for.", "Nothing so far.", "An access can be logged once")
	refused := h.agent.submit(t, h.agent.get(t, list).form(t, list), "system", "Org", "reason", "why", "until", h.day(t, 400))
	refused.says(t, 422, "No later than "+h.day(t, 365), "What may be done")
	if kept := refused.form(t, list).values; kept.Get("system") != "Org" || kept.Get("reason") != "why" {
		t.Errorf("what was typed is lost: %v", kept)
	}
	page := h.ask(t, "Salesforce org 00D5g")
	h.agent.get(t, console).says(t, 200, "Access authority required", "Salesforce org 00D5g", "asked for an access authority.")
	h.agent.get(t, list).says(t, 200, "No access authority can be asked for now")
	v := h.partner.get(t, ticketPage)
	v.says(t, 200, "We are waiting for you", "Your turn: an access authority is needed", "The rule behind it")
	if at := v.link(t, "Read and answer the access authority"); at != "/interfacing"+page {
		t.Errorf("it leads to %s, want %s", at, page)
	}
	// Staff and customers each come to their own side.
	if v := h.agent.get(t, page); v.path != "/interfacing/console"+page {
		t.Errorf("staff are at %s", v.path)
	}
	if v := h.partner.get(t, "/console"+page); v.path != "/interfacing"+page {
		t.Errorf("the partner is at %s", v.path)
	}
	v = h.jeanne.get(t, page)
	v.says(t, 200, "It is for a signatory of Northern Utilities to answer")
	if n := len(v.all("textarea")); n != 0 {
		t.Errorf("who may not answer is shown %d boxes", n)
	}
	form := h.partner.get(t, page).form(t, "/complete")
	if got := form.values; !slices.Equal(got["scopes"], []string{"read_only", "configuration"}) || got.Get("until") != h.day(t, 20) || got.Get("confirmed") != "" || got.Get("name") != "" {
		t.Errorf("the form begins with %v", got)
	}
	token := h.jeanne.get(t, page).form(t, "/sign-out").values.Get("form_token")
	h.jeanne.submit(t, form, "form_token", token, "name", "Jeanne", "confirmed", "1", "basis", "none").says(t, 403, "It is for a signatory of Northern Utilities to answer")
	wrong := h.partner.submit(t, form, "scopes", "read_only", "scopes", "data_change", "until", h.day(t, 21), "name", "", "basis", "Order of 3 May")
	wrong.says(t, 422, "More than was asked for can't be granted.", "No later than "+h.day(t, 20), "Confirm that you may decide this.", "What may be done", "Last day", "Name")
	again := wrong.form(t, "/complete")
	if again.values.Get("basis") != "Order of 3 May" {
		t.Errorf("what was typed is lost: %v", again.values)
	}
	for range 2 { // a double click
		h.partner.submit(t, again, "scopes", "read_only", "scope_text", "Between 9 and 17", "until", h.day(t, 9), "name", "Paul A. Roy", "confirmed", "1").
			says(t, 200, "The access authority is completed", "Valid", "Paul A. Roy", "Order of 3 May", "Between 9 and 17", "on behalf of the customer", "in the portal")
	}
	if n := count(t, h.House, `select count(*) from authority_decisions`); n != 1 {
		t.Errorf("%d decisions", n)
	}
	h.jeanne.get(t, ticketPage).says(t, 200, "We are working on it", "Access authorities")
	// Under it.
	list = "/console/tickets/" + h.number
	h.agent.submit(t, h.agent.get(t, list+"/authorities").form(t, "/accesses"), "scope", "configuration", "text", "Changed the rule").says(t, 409, "does not cover this", "Changed the rule")
	h.agent.submit(t, h.agent.get(t, list+"/authorities").form(t, "/accesses"), "text", "Read the rule").says(t, 200, "The access is logged.", "Read the rule", "Alex Agent")
	h.jeanne.get(t, ticketPage+"/authorities").says(t, 200, "Read the rule", "Alex Agent", "Valid")
	// Taken back, by whom it is theirs; on what they have read.
	old := h.signatory.get(t, page)
	old.says(t, 200, "Labels print twice", "Completed")
	if slices.ContainsFunc(old.all("a"), func(n *html.Node) bool { return attribute(n, "href") == "/interfacing"+ticketPage }) {
		t.Error("who does not see the ticket is sent there")
	}
	h.agent.submit(t, h.agent.get(t, "/console"+page).form(t, "/revoke"), "reason", "Done.").says(t, 200, "taken back; both sides are told", "Taken back", "support staff")
	late := h.signatory.submit(t, old.form(t, "/revoke"), "reason", "My long reason")
	late.says(t, 409, "This access authority has been taken back.", "My long reason", "Done.")
	h.partner.submit(t, again, "form_key", "another", "scopes", "read_only", "until", h.day(t, 9), "name", "P", "confirmed", "1", "basis", "Kept words").
		says(t, 409, "This access authority has been taken back.", "Kept words")
}

// TestLookingAtAnAuthorityDecidesNothing is abuse case B31: a mail scanner
// opens all there is, by every method that only looks.
func TestLookingAtAnAuthorityDecidesNothing(t *testing.T) {
	t.Parallel()
	h := newAuthorizing(t)
	page := h.ask(t, "Salesforce org 00D5g")
	before := rows(t, h.House, "access_authorities", "authority_decisions", "tickets", "events", "comments")
	mails := count(t, h.House, `select count(*) from outbox`)
	for range 3 {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
			for _, path := range []string{"", "/complete", "/decline", "/revoke", "/document"} {
				for _, b := range []*browser{h.partner, h.signatory, visitor(t, h.House, "interfacing")} {
					b.send(t, method, "/interfacing"+page+path, nil, "")
				}
			}
		}
	}
	unchanged(t, h.House, "a scanner", before)
	if n := count(t, h.House, `select count(*) from outbox`); n != mails {
		t.Errorf("a scanner caused %d mails", n-mails)
	}
	decline := h.signatory.get(t, page).form(t, "/decline")
	h.signatory.submit(t, decline, "reason", " ").says(t, 422, "Decline")
	h.signatory.submit(t, decline, "reason", "Not before the audit.").says(t, 200, "is declined", "Declined", "Not before the audit.")
	h.partner.get(t, "/tickets/"+h.number).says(t, 200, "We are working on it")
}

// TestAuthorityAsPDF: saved, never shown in place, the same bytes each time, in
// the reader's language.
func TestAuthorityAsPDF(t *testing.T) {
	t.Parallel()
	h := newAuthorizing(t)
	page := h.ask(t, "Salesforce org 00D5g") + "/document"
	first, second := h.partner.get(t, page), h.partner.get(t, page)
	if !strings.HasPrefix(first.raw, "%PDF-") || first.raw != second.raw {
		t.Errorf("%.40q, again the same: %v", first.raw, first.raw == second.raw)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := first.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := first.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment; filename="+h.number) || !strings.HasSuffix(got, ".pdf") {
		t.Errorf("saved as %s", got)
	}
	execute(t, h.House, `update people set locale = 'fr'`)
	if h.partner.get(t, page).raw == first.raw {
		t.Error("the French copy is the English one")
	}
}
