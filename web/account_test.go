package web_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/web"
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

// TestExpiredLeadsBack: a form sent after the session has ended loses no text,
// and leads back to a page that is there.
func TestExpiredLeadsBack(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	for at, field := range map[string]string{
		"/console/access-requests/00000000-0000-4000-8000-000000000000/ask": "question", "/console/stuck/retry": "text",
		"/console/contacts/00000000-0000-4000-8000-000000000000/invite": "text", "/watching/end": "text", "/tickets/IF-2026-000001/comment": "text",
	} {
		b := visitor(t, h, "interfacing")
		b.header.Set("Sec-Fetch-Site", "same-origin")
		f := b.get(t, "/sign-in").form(t, "/sign-in")
		f.action = "/interfacing" + at
		v := b.submit(t, f, field, "what I wrote at length")
		v.says(t, 401, "what I wrote at length")
		link := ""
		for _, a := range within(v.all("main")[0], "a") {
			if to := attribute(a, "href"); strings.Contains(to, "/sign-in") {
				link = to
			}
		}
		u, err := url.Parse(link)
		if err != nil || link == "" {
			t.Fatalf("%s leads to %q", at, link)
		}
		back := strings.TrimPrefix(u.Query().Get("next"), "/interfacing")
		found := false
		for _, r := range web.Routes() {
			pattern := regexp.MustCompile("^" + regexp.MustCompile(":[a-z]+").ReplaceAllString(r[1], "[^/]+") + "$")
			found = found || r[0] == "GET" && pattern.MatchString(back)
		}
		if !found || !strings.HasPrefix(at, back) {
			t.Errorf("%s leads to %s", at, back)
		}
	}
}
