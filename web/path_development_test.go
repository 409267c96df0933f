package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestPathOfDevelopment: a ticket that asks for development is shown where
// development has it, and what that has decided is proposed as the answer, in the
// customer's language.
func TestPathOfDevelopment(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "primlogix", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	b, agent := signedIn(t, h, "primlogix", "super"), signedIn(t, h, "primlogix", "agent")
	for title, one := range map[string]struct {
		action   string
		body     map[string]any
		proposed string
	}{
		"Branches on one page":     {"accept", map[string]any{}, "Development has accepted your request (DEV-"},
		"A button for each branch": {"refuse", map[string]any{"text": "One page is enough."}, "for this reason: One page is enough."},
	} {
		number := asks("super", "/v1/tickets", map[string]any{
			"type": "configuration", "severity": "normal", "title": title, "body": "For everybody.", "fields": map[string]string{"wanted": "development", "needs": "A list."},
		}).Text("number")
		asks("agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "development", "level": 3, "severity": "normal", "path": "development_request"})
		_, here, _ := strings.Cut(b.get(t, "/tickets/"+number).raw, `aria-current="step"`)
		if step, _, _ := strings.Cut(here, "</li>"); !strings.Contains(step, "Evaluated by development") {
			t.Errorf("while development evaluates it is at %q", step)
		}
		if v := agent.get(t, "/console/tickets/"+number); strings.Contains(v.raw, "evaluated your request") || strings.Contains(v.raw, "accepted your request") {
			t.Error("proposed before it is decided")
		}
		dev := textOf(t, h, `select number from dev_tickets where title = '`+title+`'`)
		asks("dev", "/v1/dev-tickets/"+dev+"/"+one.action, one.body)
		_, here, _ = strings.Cut(b.get(t, "/tickets/"+number).raw, `aria-current="step"`)
		if step, _, _ := strings.Cut(here, "</li>"); !strings.Contains(step, "Answer from support") {
			t.Errorf("once that is decided it is at %q", step)
		}
		agent.get(t, "/console/tickets/"+number).says(t, 200, one.proposed)
		if one.action == "accept" { // closed, and shipped since
			asks("agent", "/v1/tickets/"+number+"/answer", map[string]any{"text": "It comes."})
			execute(t, h, `update dev_tickets set state = 'shipped', target = '8.3' where title = '`+title+`'`)
		}
	}
	b.get(t, "").says(t, 200, "One request waits for you", "Does what was shipped work?", "Branches on one page")
}

// What the customer is asked from a review, and what they say, is on its page.
func TestSaidOnReview(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "primlogix", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	number := asks("super", "/v1/tickets", map[string]any{"type": "problem", "severity": "normal", "title": "The export stops", "body": "After a page."}).Text("number")
	asks("agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "level_3", "level": 3, "severity": "normal", "path": "defect"})
	review := textOf(t, h, `select number from qa_reviews`)
	asks("qa", "/v1/qa-reviews/"+review+"/ask-information", map[string]any{"text": "Which printer?"})
	asks("super", "/v1/tickets/"+number+"/give-information", map[string]any{"text": "The one of the branch."})
	signedIn(t, h, "primlogix", "qa").get(t, "/console/qa/"+review).says(t, 200, "Dit depuis", "Which printer?", "The one of the branch.")
}
