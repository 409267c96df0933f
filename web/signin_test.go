package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// TestSignIn: the page wanted is the page reached, a refusal tells neither
// whether the address is known nor keeps the password, and signing out ends
// the session.
func TestSignIn(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := visitor(t, h, "interfacing")
	asked := b.get(t, "/tickets?status=you")
	asked.says(t, 200, "Sign in")
	known := b.submit(t, asked.form(t, "/sign-in"), "email", "jeanne@interfacing.example", "password", "not her password")
	unknown := b.submit(t, asked.form(t, "/sign-in"), "email", "nobody@interfacing.example", "password", "not her password")
	known.says(t, 401)
	if known.first("h2") != unknown.first("h2") || known.first("h2") == "" {
		t.Errorf("a refusal tells who is known: %q, %q", known.first("h2"), unknown.first("h2"))
	}
	if f := known.form(t, "/sign-in"); f.values.Get("password") != "" || f.values.Get("email") != "jeanne@interfacing.example" {
		t.Errorf("the refused form holds %v", f.values)
	}
	in := b.submit(t, known.form(t, "/sign-in"), "password", stack.Password)
	in.says(t, 200, "Requests")
	if in.path != "/interfacing/tickets?status=you" {
		t.Errorf("signing in leads to %s", in.path)
	}
	old := b.cookies(t)
	b.submit(t, in.form(t, "/sign-out")).says(t, 200, "You are signed out.")
	again := visitor(t, h, "interfacing")
	for _, c := range old {
		again.cookie(t, c.Name, c.Value)
	}
	if v := again.get(t, ""); v.path != "/interfacing/sign-in?next=%2Finterfacing" {
		t.Errorf("the ended session opens %s", v.path)
	}
}

// TestHome: the first page says what waits, with the question itself, how much
// is under way and what is promised; a newcomer is told how it goes.
func TestHome(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	b := signedIn(t, h, "interfacing", "jeanne")
	fresh := b.get(t, "")
	fresh.says(t, 200, "Nothing waits for you", "Welcome", "S1 · High", "Registered now: We take it up by", "support@interfacing.example", "Register a request")
	asked := registered(t, h, "interfacing", "jeanne", "Export stops after 10,000 rows")
	registered(t, h, "interfacing", "jeanne", "Import stops as well")
	b.get(t, "").says(t, 200, "Nothing waits for you", "2 requests in progress.", "Next promised date:")
	act(t, h, "agent", asked, "triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})
	act(t, h, "agent", asked, "ask-information", map[string]any{"text": "Which version do you use?"})
	b.get(t, "").says(t, 200, "One request waits for you", "Export stops after 10,000 rows", "Which version do you use?", "One request in progress.")
	if v := signedIn(t, h, "interfacing", "partner").get(t, ""); strings.Contains(v.raw, "Export stops") {
		t.Error("another organization is told of it")
	}
}
