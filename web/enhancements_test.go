package web_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestEnhancementOnThePage: the customer says on the page that they are
// interested; the vendor estimates, offers, and issues time frame and invoice
// there; both see where the chain is and who is waited for.
func TestEnhancementOnThePage(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true, Unconfirmed: time.Second})
	if err := demo.PublishTo(t.Context(), h.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	ticket, number := suggested(t, h)
	super, agent, product := signedIn(t, h, "posimente", "super"), signedIn(t, h, "posimente", "agent"), signedIn(t, h, "posimente", "product")
	own, console := "/service-requests/"+number, "/console/service-requests/"+number
	here := func(b *browser, path string) string {
		t.Helper()
		_, after, _ := strings.Cut(b.get(t, path).raw, `aria-current="step"`)
		step, _, _ := strings.Cut(after, "</li>")
		return step
	}

	super.get(t, "").says(t, 200, "One request waits for you", "Your turn: would you like this as paid work?")
	_, asked, _ := strings.Cut(squeeze(super.get(t, own).text()), " since ")
	super.get(t, "/tickets/"+ticket).says(t, 200, "since "+asked[:20])
	super.get(t, "/tickets/"+ticket).says(t, 200, "Your turn: would you like this as paid work?", number)
	super.get(t, own).says(t, 200, "Would you like this as paid work?", "Until you approve a quote nothing is billed.", "We wait for your answer.")
	if step := here(super, own); !strings.Contains(step, "Your answer") {
		t.Errorf("asked, they are at %q", step)
	}
	super.get(t, "/service-requests?show=yours").says(t, 200, number)
	super.submit(t, super.get(t, own).form(t, "/interest")).says(t, 422, "Your answer")
	super.submit(t, super.get(t, own).form(t, "/interest"), "answer", "accept").says(t, 200, "Your answer is sent.", "Who is waited for: the support team of Posimente.")

	super.get(t, "/service-requests?show=yours").says(t, 200, "Nothing waits for you.")

	effort := agent.get(t, console).form(t, "/efforts")
	agent.submit(t, effort, "role_0", "Analyst").says(t, 422)
	agent.submit(t, effort, "role_0", "Analyst", "hours_0", "1:30", "role_5", "Tester", "hours_5", "2", "text", "Tight.").says(t, 200, "The estimate is kept.", "3 h 30 min", "Tight.")
	if v := super.get(t, own); strings.Contains(v.raw, "Tight.") || strings.Contains(v.raw, "Analyst") {
		t.Error("the customer reads the estimate")
	}
	agent.submit(t, agent.get(t, console).form(t, "/quotes"), "currency", "AUD", "line_text_0", "Export by branch", "line_quantity_0", "1", "line_unit_0", "1200").says(t, 200, "The quote is sent.")
	buyer := signedIn(t, h, "posimente", "buyer")
	super.get(t, "").says(t, 200, "Nothing waits for you", "Quotes that wait for your approvers", "Who can decide on this quote: Billie Buyer.")
	buyer.get(t, "").says(t, 200, "One request waits for you", "Quotes for you to decide on")
	super.get(t, "/tickets/"+ticket).says(t, 200, "Waiting for your approver", "Who can decide on this quote: Billie Buyer.")
	super.get(t, own+"/quote").says(t, 200, "Who can decide on this quote: Billie Buyer.")
	buyer.get(t, own+"/quote?answer=decline").says(t, 200, "Then the work is not done, and nothing is billed.")
	buyer.get(t, own+"/quote?answer=approve").says(t, 200, "Only after that does the work begin.")
	buyer.submit(t, buyer.get(t, own+"/quote?answer=approve").form(t, "/quote"), "name", "Billie Buyer").says(t, 200, "Your answer is sent.")

	super.get(t, "/tickets/"+ticket).says(t, 200, "We are working on it", "It is with billing or product management at Posimente.")
	product.get(t, console).says(t, 200, "Who is waited for: billing or product management at Posimente.", "Approved, to be scheduled", "1,200.00 AUD")
	product.get(t, "/console/service-requests?show=billing").says(t, 200, number)
	schedule, day := product.get(t, console).form(t, "/schedule"), func(n int) string { return h.Desk.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	product.submit(t, schedule, "first_day", day(9), "last_day", day(3)).says(t, 422, "The last day comes before the first.")
	product.submit(t, schedule, "first_day", day(3), "last_day", day(9)).says(t, 200, "Time frame and invoice are on their way.", "INV-")
	super.get(t, own).says(t, 200, "Worked on from", "INV-", "It is being worked on")
	if step := here(super, "/tickets/"+ticket); !strings.Contains(step, "Work") {
		t.Errorf("in work, they are at %q", step)
	}

	product.get(t, "/console/service-requests?show=billing").says(t, 200, "Nothing waits to be billed, settled or scheduled.")

	super.submit(t, super.get(t, own).form(t, "/withdraw"), "text", "No budget.").says(t, 200, "being settled")
	billing := signedIn(t, h, "posimente", "billing")
	billing.get(t, console).says(t, 200, "No budget.", "Who is waited for: billing at Posimente.")
	billing.get(t, "/console/service-requests?show=billing").says(t, 200, number, "Stopped, to be settled")
	settle := billing.get(t, console).form(t, "/settlement")
	billing.submit(t, settle, "keep", "1300", "text", "Design.").says(t, 422, "1,200.00")
	billing.submit(t, settle, "keep", "300", "text", "Design.").says(t, 200, "It is settled.", "withdrawn by the customer")
	agent.get(t, "/console/tickets/"+ticket).says(t, 200, "settled "+number, "estimated "+number)
}

// suggested is a suggestion of Posimente's customer that was offered as paid
// work, and its service request; buyer may approve there.
func suggested(t *testing.T, h *stack.House) (ticket, number string) {
	t.Helper()
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "posimente", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	ticket = asks("super", "/v1/tickets", map[string]any{
		"type": "feature", "severity": "low", "title": "Export by branch", "body": "It would help.", "fields": map[string]string{"customer_name": "Harbour Freight Pty"},
	}).Text("number")
	asks("agent", "/v1/tickets/"+ticket+"/triage", map[string]any{"reason": "feature", "level": 1, "severity": "low", "path": "feature_request"})
	asks("accounts", "/v1/contacts", map[string]any{
		"organization_id": textOf(t, h, `select organization_id from people where email = 'super@posimente.example'`),
		"name":            "Billie Buyer", "email": "buyer@posimente.example", "password": stack.Password, "roles": []string{"approver"},
	})
	signedIn(t, h, "posimente", "product").get(t, "/console/features").says(t, 200, "Features (1)")
	return ticket, h.Offer(t, "posimente", "product", ticket, "offer", "We could make this.")
}
