package browser_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/ticket"
)

// authorities gives the world access authorities: one that is to be answered,
// one with the longest texts, and one that is good and has been used.
func (w *world) authorities(t testing.TB, long uuid.UUID) {
	t.Helper()
	v, err := w.Desk.Authenticate(t.Context(), w.Token(t, vendor, "jeanne"))
	if err != nil {
		t.Fatal(err)
	}
	w.person(t, "signs", desk.PersonInput{OrganizationID: v.Person.OrganizationID, Name: "Sigrid Natory", Roles: []string{"signatory"}})
	w.person(t, "longsigns", desk.PersonInput{OrganizationID: &long, Name: longName, Roles: []string{"signatory"}})
	w.ticket(t, "entered", ticket.InProgress)
	w.asksFor(t, "entered", "authority", desk.AuthorityInput{System: "Salesforce org 00D5g000004XYZ1", ScopeText: "Objects *Case* and *Account*.", Reason: "The rule behind it can't be seen from outside."})
	w.advance(t, w.register(t, vendor+"/long", "long-entered", longTitle, longTitle), ticket.InProgress)
	w.asksFor(t, "long-entered", "long-authority", desk.AuthorityInput{System: longName, ScopeText: longTitle + longWord, Reason: longTitle + longWord})
	w.ticket(t, "allowed", ticket.InProgress)
	id := w.asksFor(t, "allowed", "allowing", desk.AuthorityInput{System: "Sandbox", Reason: "To try it."})
	number := w.at("{allowed}")
	if _, err := w.Desk.CompleteAuthority(w.as(t, vendor+"/signs"), "", number, id, desk.AuthorityAnswer{
		Version: 1, Channel: "portal", Scopes: []string{ticket.ScopeReadOnly}, ScopeText: "Between 9 and 17.", Until: w.lastDay(), Name: "Sigrid Natory", Confirmed: true,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.LogAccess(w.as(t, vendor+"/agent"), "", number, desk.AccessEntry{Scope: ticket.ScopeReadOnly, Text: "Read the rule of the labels."}); err != nil {
		t.Fatal(err)
	}
}

// lastDay is one that an authority can be asked until.
func (w *world) lastDay() string { return w.Desk.Now().AddDate(0, 0, 30).Format(time.DateOnly) }

// asksFor has an agent ask for an access authority, and remembers its id.
func (w *world) asksFor(t testing.TB, of, name string, in desk.AuthorityInput) uuid.UUID {
	t.Helper()
	in.Scopes, in.Until = ticket.Scopes, w.lastDay()
	a, err := w.Desk.AskAuthority(w.as(t, vendor+"/agent"), "", w.at("{"+of+"}"), in)
	if err != nil {
		t.Fatal(err)
	}
	w.numbers[name] = a.ID.String()
	return a.ID
}

// refusedGrantOfAccess grants nothing.
func refusedGrantOfAccess(_ *world, b *tab) {
	b.fill("#complete-name", "Sigrid Natory")
	b.do(b.click("#complete-confirmed"))
	eval[bool](b, `(document.querySelectorAll("[name=scopes]").forEach(c => { c.checked = false }), true)`)
	if status := b.load(b.click(button("/complete"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("nothing granted: %d", status)
	}
}

// refusedAuthority asks without saying what would be done.
func refusedAuthority(_ *world, b *tab) {
	b.unfold("#ask-system")
	b.fill("#ask-system", "Sandbox")
	b.fill("#ask-reason", "To try it.")
	eval[bool](b, `(document.querySelector("#ask-until").value = document.querySelector("#ask-until").max) !== ""`)
	if status := b.load(b.click(button("/authorities"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("no scope: %d", status)
	}
}
