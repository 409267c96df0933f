package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// A ticket that waits for its billable work is in progress to its customer, also
// while they are asked to validate it.
func TestPathOfBillableWork(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true, Unconfirmed: time.Second})
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
	number := asks("super", "/v1/tickets", map[string]any{"type": "problem", "severity": "normal", "title": "The totals of a quote are wrong", "body": "By a cent."}).Text("number")
	asks("agent", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "level_2", "level": 2, "severity": "normal", "path": "service_request"})
	b := signedIn(t, h, "primlogix", "super")
	here := func() string {
		t.Helper()
		_, after, _ := strings.Cut(b.get(t, "/tickets/"+number).raw, `aria-current="step"`)
		step, _, _ := strings.Cut(after, "</li>")
		return step
	}
	if step := here(); !strings.Contains(step, "In progress") {
		t.Errorf("in analysis the customer is at %q", step)
	}
	list := h.Ask(t, h.Token(t, "primlogix", "agent"), "GET", "/v1/tickets/"+number+"/service-requests", nil)
	at := "/v1/service-requests/" + list.JSON["service_requests"].([]any)[0].(map[string]any)["number"].(string) //nolint:forcetypeassert // as the contract says
	asks("agent", at+"/begin", nil)
	asks("agent", at+"/ask-validation", map[string]any{"text": "It adds up."})
	if step := here(); !strings.Contains(step, "In progress") {
		t.Errorf("while they validate they are at %q", step)
	}
}
