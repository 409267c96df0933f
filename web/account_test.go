package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// TestPasswordByLink: who forgot a password gets a link by mail, looking at it
// decides nothing, and it works once (abuse cases B5, B31).
func TestPasswordByLink(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := visitor(t, h, "interfacing")
	before := len(h.Mail.Messages())
	for _, email := range []string{"jeanne@interfacing.example", "nobody@interfacing.example"} {
		b.submit(t, b.get(t, "/password/forgotten").form(t, "/password/forgotten"), "email", email).
			says(t, 200, "If somebody here has this address, a link is on its way.")
	}
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	mails := h.Mail.Messages()[before:]
	if len(mails) != 1 || mails[0].To[0] != "jeanne@interfacing.example" {
		t.Fatalf("%d mails", len(mails))
	}
	_, after, _ := strings.Cut(mails[0].Text, h.URL+"/interfacing")
	path, _, _ := strings.Cut(after, "\n")
	path = strings.TrimSpace(path)
	var page *view
	for range 3 {
		page = b.get(t, path)
		page.says(t, 200, "Hello Jeanne Martin.", "jeanne@interfacing.example")
	}
	b.submit(t, page.form(t, path), "password", "short").says(t, 422)
	b.submit(t, b.get(t, path).form(t, path), "password", "a new long password").says(t, 200, "Your password is kept. Please sign in.")
	b.get(t, path).says(t, 410, "This link has been used")
	b.submit(t, b.get(t, "/sign-in").form(t, "/sign-in"), "email", "jeanne@interfacing.example", "password", "a new long password").says(t, 200, "Hello Jeanne Martin")
	b.get(t, "/account").says(t, 200, "Sessions and tokens", "This one")
}
