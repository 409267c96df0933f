package web_test

import (
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
}
