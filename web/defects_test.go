package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// shippedDefect is a version with a dev ticket on which two tickets of one customer
// hang; nothing that the outbox begins happens by itself.
type shippedDefect struct {
	*stack.House
	t        *testing.T
	customer *browser
	pack     string
	tickets  [2]string
	dev      string
}

func (s *shippedDefect) asks(local, path string, body any) stack.Answer {
	s.t.Helper()
	a := s.Ask(s.t, s.Token(s.t, "primlogix", local), "POST", path, body)
	if a.Status > 299 {
		s.t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
	}
	return a
}

// found is a ticket, with this verdict of quality assurance.
func (s *shippedDefect) found(title string, verdict map[string]any) (ticket string) {
	s.t.Helper()
	ticket = s.asks("super", "/v1/tickets", map[string]any{
		"type": "problem", "severity": "normal", "title": title, "body": "Since today.", "package": "PRIM Web", "version": "8.1",
	}).Text("number")
	s.asks("agent", "/v1/tickets/"+ticket+"/triage", map[string]any{"reason": "level_3", "level": 3, "severity": "normal", "path": "defect"})
	s.verdict(verdict)
	return ticket
}

func (s *shippedDefect) verdict(verdict map[string]any) {
	s.t.Helper()
	at := "/v1/qa-reviews/" + textOf(s.t, s.House, `select number from qa_reviews where state = 'open'`)
	s.asks("qa", at+"/begin", nil)
	s.asks("qa", at+"/verdict", verdict)
}

func (s *shippedDefect) ships(title, version string) {
	s.t.Helper()
	s.tickets[0] = s.found(title, map[string]any{"verdict": "new", "title": title})
	s.dev = textOf(s.t, s.House, `select number from dev_tickets where title = $1`, title)
	s.tickets[1] = s.found(title+" too", map[string]any{"verdict": "known", "dev_ticket": s.dev})
	for _, number := range s.tickets {
		s.asks("agent", "/v1/tickets/"+number+"/answer", map[string]any{"text": "It is known."})
	}
	at := "/v1/dev-tickets/" + s.dev
	s.asks("dev", at+"/accept", nil)
	s.asks("dev", at+"/plan", map[string]any{"version": version})
	s.asks("dev", at+"/ship", map[string]any{})
}

func defects(t *testing.T) *shippedDefect {
	t.Helper()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	s := &shippedDefect{House: h, t: t}
	s.pack = s.asks("product", "/v1/products/"+s.asks("product", "/v1/products", map[string]any{"name": "PRIM"}).Text("id")+"/packages", map[string]any{"name": "PRIM Web"}).Text("id")
	s.asks("product", "/v1/packages/"+s.pack+"/releases", map[string]any{"number": "8.1", "released_on": ago(h, 90)})
	s.customer = signedIn(t, h, "primlogix", "super")
	return s
}

// TestShippedDefect: each ticket is shown its own answer on what was shipped, by
// one way alone; who has verified stays at that while it is planned anew for
// others.
func TestShippedDefect(t *testing.T) {
	t.Parallel()
	s := defects(t)
	s.ships("Labels stop", "8.3")
	works, fails := "/tickets/"+s.tickets[0], "/tickets/"+s.tickets[1]
	v := s.customer.get(t, works)
	v.says(t, 200, "Does version 8.3 solve it?", "it still fails: take the request up again")
	if strings.Contains(v.text(), "Not solved") {
		t.Error("there are two ways to say that it is not solved")
	}
	s.customer.submit(t, v.form(t, "/verification"), "answer", "accept").says(t, 200, "Works", "Version 8.3 has it since", "Not solved")
	s.customer.submit(t, s.customer.get(t, fails).form(t, "/verification"), "answer", "decline", "text", "At page three.").says(t, 200, "Still fails")
	own := func() {
		t.Helper()
		v := s.customer.get(t, works)
		v.says(t, 200, "Works", "Version 8.3 has it since")
		_, here, _ := strings.Cut(v.raw, `aria-current="step"`)
		if step, _, _ := strings.Cut(here, "</li>"); strings.Contains(v.text(), "Still fails") || !strings.Contains(step, "Shipped") {
			t.Errorf("who has verified is at %q", step)
		}
	}
	own()
	s.asks("dev", "/v1/dev-tickets/"+s.dev+"/begin", nil)
	s.customer.get(t, fails).says(t, 200, "Not planned into a version yet.")
	s.asks("dev", "/v1/dev-tickets/"+s.dev+"/plan", map[string]any{"version": "8.5"})
	own()
	v = s.customer.get(t, fails)
	v.says(t, 200, "Planned into version 8.5")
	if strings.Contains(v.text(), "has it since") {
		t.Error("a version that is planned is said to be out")
	}
	signedIn(t, s.House, "primlogix", "dev").get(t, "/console/dev/"+s.dev).says(t, 200, "informer qui attend (1 billet)")

	release := s.asks("product", "/v1/packages/"+s.pack+"/releases", map[string]any{"number": "8.4", "released_on": ago(s.House, 1)}).Text("id")
	s.verdict(map[string]any{"verdict": "solved_in", "release_id": release})
	agent := signedIn(t, s.House, "primlogix", "agent")
	bench := agent.get(t, "/console"+fails)
	if !strings.Contains(bench.raw, `<option value="`+release+`" selected>`) {
		t.Error("the release that quality assurance has named is not proposed")
	}
	agent.submit(t, bench.form(t, "/ask-upgrade")).says(t, 200, "La mise à niveau est demandée au client.")
	s.customer.get(t, fails).says(t, 200, "The version named here solves your request.", "PRIM Web 8.4")
}

// TestReleaseBeingShipped: the page of a release says at once how much it ships,
// also while that has not happened yet. What could not be reproduced is answered
// in whole sentences.
func TestReleaseBeingShipped(t *testing.T) {
	t.Parallel()
	s := defects(t)
	number := s.found("A blurred logo", map[string]any{"verdict": "not_reproducible", "text": "Three printers."})
	signedIn(t, s.House, "primlogix", "agent").get(t, "/console/tickets/"+number).says(t, 200, "could not reproduce the problem in your version. If it comes back,")
	dev := s.asks("qa", "/v1/dev-tickets", map[string]any{"title": "A blurred logo", "package_id": s.pack}).Text("dev_ticket", "number")
	release := s.asks("product", "/v1/packages/"+s.pack+"/releases", map[string]any{"number": "8.4", "released_on": ago(s.House, 1)}).Text("id")
	s.asks("dev", "/v1/dev-tickets/"+dev+"/accept", nil)
	s.asks("dev", "/v1/dev-tickets/"+dev+"/plan", map[string]any{"version": "8.4"})
	product := signedIn(t, s.House, "primlogix", "product")
	v := product.submit(t, product.get(t, "/console/releases/"+release).form(t, "/ship"))
	v.says(t, 200, "La version est livrée", "1 ticket de développement est livré avec elle.", "cela prend un instant")
}
