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
	super.get(t, own).says(t, 200, "Would you like this as paid work?", "We could make this.", "Until you approve a quote nothing is billed.", "We wait for your answer.")
	if step := here(super, own); !strings.Contains(step, "Your answer") {
		t.Errorf("asked, they are at %q", step)
	}
	if page := textOf(t, h, `select payload ->> 'URL' from outbox where kind = 'mail' and payload ->> 'Kind' = 'interest_asked'`); !strings.HasSuffix(page, "/posimente"+own) {
		t.Errorf("the mail leads to %s", page)
	}
	super.get(t, "/service-requests?show=yours").says(t, 200, number)
	super.submit(t, super.get(t, own).form(t, "/interest")).says(t, 422, "Your answer")
	super.submit(t, super.get(t, own).form(t, "/interest"), "answer", "accept").says(t, 200, "Your answer is sent.", "Who is waited for: the support team of Posimente.")

	super.get(t, "/service-requests?show=yours").says(t, 200, "Nothing waits for you.")

	effort := agent.get(t, console).form(t, "/efforts")
	agent.submit(t, effort, "lines/0/role", "Analyst").says(t, 422)
	agent.submit(t, effort, "lines/0/role", "Analyst", "lines/0/minutes", "1:30", "lines/5/role", "Tester", "lines/5/minutes", "2", "text", "Tight.").says(t, 200, "The estimate is kept.", "3 h 30 min", "Tight.")
	if v := super.get(t, own); strings.Contains(v.raw, "Tight.") || strings.Contains(v.raw, "Analyst") {
		t.Error("the customer reads the estimate")
	}
	offersByBranch(t, agent, console)
	buyer := signedIn(t, h, "posimente", "buyer")
	super.get(t, "").says(t, 200, "Nothing waits for you", "Quotes that wait for an approver", "Who can decide on this quote: Billie Buyer.")
	buyer.get(t, "").says(t, 200, "One request waits for you", "Quotes for you to decide on")
	super.get(t, "/tickets/"+ticket).says(t, 200, "Waiting for your approver", "Who can decide on this quote: Billie Buyer.")
	super.get(t, own+"/quote").says(t, 200, "Who can decide on this quote: Billie Buyer.")
	buyer.get(t, own+"/quote?answer=decline").says(t, 200, "Then the work is not done, and nothing is billed.")
	buyer.get(t, own+"/quote?answer=approve").says(t, 200, "Only after that does the work begin.")
	buyer.submit(t, buyer.get(t, own+"/quote?answer=approve").form(t, "/quote"), "name", "Billie Buyer").says(t, 200, "Your answer is sent.")
	decided := buyer.get(t, own+"/quote")
	decided.says(t, 200, "approved", "Quote approved: Billie Buyer, ")
	if strings.Contains(decided.raw, "with taxes") {
		t.Error("the quote says that it has taxes, and has none")
	}

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

	joins(t, h, product, number)
	sentBack(t, agent, super, number)
	super.submit(t, super.get(t, own).form(t, "/withdraw"), "text", "No budget.").says(t, 200, "being settled")
	billing := signedIn(t, h, "posimente", "billing")
	billing.get(t, console).says(t, 200, "No budget.", "Who is waited for: billing at Posimente.")
	billing.get(t, "/console/service-requests?show=billing").says(t, 200, number, "Stopped, to be settled")
	settle := billing.get(t, console).form(t, "/settlement")
	billing.submit(t, settle, "keep", "1300", "text", "Design.").says(t, 422, "1,200.00")
	billing.submit(t, settle, "keep", "30,0", "text", "Design.").says(t, 422, "This is not an amount such as 1500.00.")
	billing.submit(t, settle, "keep", "300.00", "text", "Design.").says(t, 200, "It is settled.", "withdrawn by ")
	kept, credited := textOf(t, h, `select number from invoices where purpose = 'quote' and net = 300`), textOf(t, h, `select number from invoices where purpose = 'quote' and net = 1200`)
	settled := super.get(t, own)
	settled.says(t, 200, "Invoice "+kept+" is still to be paid", "Kept of the price: 300.00 AUD before taxes. Invoice "+kept, "Taken back: the invoice "+credited)
	if strings.Contains(settled.raw, "Nothing is left to do") || strings.Contains(settled.raw, "Worked on from") {
		t.Error("settled, it says that nothing is left, or when it would be worked on")
	}
	agent.get(t, "/console/tickets/"+ticket).says(t, 200, "settled "+number, "estimated "+number)

	// What came of it is proposed as the answer, and stays in the picture.
	const over = "You have ended the paid work on this."
	if v := super.get(t, "/tickets/"+ticket); !strings.Contains(v.text(), over) || strings.Contains(v.text(), "Nothing is charged before you agree") {
		t.Errorf("over, the customer reads %s", v.text())
	}
	answer := agent.get(t, "/console/tickets/"+ticket).form(t, "/answer")
	if got := answer.values.Get("text"); got != over {
		t.Errorf("proposed: %q", got)
	}
	agent.submit(t, answer).says(t, 200, over)
	if step := here(super, "/tickets/"+ticket); !strings.Contains(step, "Answered") {
		t.Errorf("answered, they are at %q", step)
	}
	super.get(t, "/tickets/"+ticket).says(t, 200, "Estimate", "Time frame and invoice", "Answered")
}

// offersByBranch offers the work: a price is read as its writer's language writes
// it, what is wrong says in which line, and the total is shown before it is sent.
func offersByBranch(t *testing.T, agent *browser, console string) {
	t.Helper()
	offer := []string{"currency", "aud", "lines/1/text", "Export by branch", "lines/1/quantity", "1", "lines/1/unit", "1,20"}
	wrong := agent.submit(t, agent.get(t, console).form(t, "/quotes"), offer...)
	wrong.says(t, 422, "Line 1, Price of one: This is not an amount such as 1500.00.")
	agent.submit(t, wrong.form(t, "/quotes"), "lines/0/quantity", "").says(t, 422, "Line 1, Quantity: This is missing.")
	if got := wrong.form(t, "/quotes").values.Get("lines/0/text"); got != "Export by branch" {
		t.Errorf("the first line is %q", got)
	}
	check := agent.submit(t, wrong.form(t, "/quotes"), "lines/0/unit", "1,500")
	check.says(t, 200, "This quote comes to 1,500.00 AUD.", "Send the quote")
	again := agent.submit(t, check.form(t, "/quotes"), "change", "1").form(t, "/quotes")
	check = agent.submit(t, again, "lines/0/unit", "1,200.00", "total", "1500.00")
	check.says(t, 200, "This quote comes to 1,200.00 AUD.")
	agent.submit(t, check.form(t, "/quotes")).says(t, 200, "The quote is sent.")
	next := agent.get(t, console).form(t, "/quotes").values
	if next.Get("lines/0/text") != "Export by branch" || next.Get("lines/0/unit") != "1200.00" || next.Get("currency") != "AUD" {
		t.Errorf("the next version starts with %v", next)
	}
}

// sentBack has the work validated, and wants the customer to read what they validate,
// and the picture to have the days of its steps and that the work was sent back.
func sentBack(t *testing.T, agent, super *browser, number string) {
	t.Helper()
	own, console := "/service-requests/"+number, "/console/service-requests/"+number
	agent.submit(t, agent.get(t, console).form(t, "/ask-validation"), "text", "Each branch has its file.").says(t, 200)
	super.get(t, own).says(t, 200, "Each branch has its file.")
	super.submit(t, super.get(t, own).form(t, "/validation"), "answer", "decline", "text", "One is missing.").says(t, 200, "Sent back,")
	done := strings.Split(super.get(t, own).raw, `class="at-done"`)[1:]
	for _, one := range done {
		if step, _, _ := strings.Cut(one, "</li>"); !strings.Contains(step, "<time") {
			t.Errorf("a finished step has no day: %s", step)
		}
	}
	if len(done) != 4 {
		t.Errorf("%d steps are done", len(done))
	}
}

// joins wants nobody to be told what becomes of a feature that all have bought; a
// suggestion that is merged into it to say so to staff, and to have an answer
// proposed that names the offer; and what is outside the support scope to be called
// that.
func joins(t *testing.T, h *stack.House, product *browser, offer string) {
	t.Helper()
	feature := textOf(t, h, `select number from features`)
	product.get(t, "/console/features/"+feature).says(t, 200, "Put on the roadmap, and tell 0 organizations")
	asks := func(local, path string, body any) stack.Answer {
		t.Helper()
		a := h.Ask(t, h.Token(t, "posimente", local), "POST", path, body)
		if a.Status > 299 {
			t.Fatalf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	says := func(title, reason, path, why string) string {
		t.Helper()
		number := asks("super", "/v1/tickets", map[string]any{
			"type": "feature", "severity": "low", "title": title, "body": "It would help.", "fields": map[string]string{"customer_name": "Harbour Freight Pty"},
		}).Text("number")
		triage := map[string]any{"reason": reason, "level": 1, "severity": "low", "path": path}
		if why != "" {
			triage["scope_reason"] = why
		}
		asks("agent", "/v1/tickets/"+number+"/triage", triage)
		return number
	}
	agent, super := signedIn(t, h, "posimente", "agent"), signedIn(t, h, "posimente", "super")
	number := says("Export by branch, again", "feature", "feature_request", "")
	page := product.get(t, "/console/features/"+textOf(t, h, `select number from features order by created_at desc limit 1`))
	page.says(t, 200, "Merge into "+feature)
	product.submit(t, page.form(t, "/merge"), "into", feature).says(t, 200, "It is merged.")
	agent.get(t, "/console/tickets/"+number).says(t, 200, "into "+feature, "your organization finds the offer, "+offer)

	number = says("Repair our printer", "out_of_scope", "out_of_scope", "It is not ours.")
	super.get(t, "/tickets/"+number).says(t, 200, "What you ask for is outside the support scope (Support Policy).", "It is not ours.")
	super.get(t, "/service-requests/"+textOf(t, h, `select number from service_requests order by created_at desc limit 1`)).says(t, 200, "It is not ours.")
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
