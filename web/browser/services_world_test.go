package browser_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/procedures/stack"
)

// serviced are tickets of PRIM Logix with a service request in each state a page
// shows; in addresses they go by the name of the state.
func (w *world) serviced(t testing.TB) {
	t.Helper()
	agent, super := w.as(t, "primlogix/agent"), w.as(t, "primlogix/super")
	must := func(v desk.ServiceRequestView, err error) desk.ServiceRequestView {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	begun := func(name, title, way string) string {
		t.Helper()
		v, err := w.Desk.Register(super, uuid.NewString(), desk.Registration{Type: "problem", Severity: "normal", Title: title, Body: title, Channel: "portal"})
		if err != nil || v.Pending != nil {
			t.Fatalf("%s is not registered: %v", name, err)
		}
		if _, err := w.Desk.Triage(agent, uuid.NewString(), v.Row.Number, desk.TriageInput{Reason: "level_2", Level: 2, Severity: "normal", Path: way, OtherPath: true}); err != nil {
			t.Fatal(err)
		}
		list, err := w.Desk.ServiceRequestsOf(agent, v.Row.Number)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s has %d service requests: %v", name, len(list), err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.numbers[name], w.numbers[name+"-ticket"] = list[0].Row.Number, v.Row.Number
		return list[0].Row.Number
	}
	begun("consent", "A report of our own", "customization")
	w.buyer(t)
	for _, name := range []string{"quote", "requote", "unquoted"} {
		number := begun(name, "A report of "+longWord, "customization")
		must(w.Desk.AnswerRate(super, uuid.NewString(), number, true, ""))
		offers := map[string]int{"quote": 1, "requote": 2}[name]
		for i := range offers {
			must(w.Desk.OfferQuote(agent, uuid.NewString(), number, desk.QuoteInput{Currency: "CAD", Lines: []desk.QuoteLineInput{
				{Text: "The report by " + longWord, Quantity: "1.5", Unit: "123456.7"}, {Text: "Its first day", Quantity: strconv.Itoa(i + 1), Unit: "900"},
			}}, "As we said. "+longWord))
			w.approvalLink(t, map[bool]string{true: "replaced", false: "approval"}[offers == 2 && i == 0], number)
		}
	}
	w.trained(t, begun)
	begun("analysis", "The totals of a quote are wrong", "service_request")
	offered := begun("estimate", longTitle, "service_request")
	must(w.Desk.AskEstimate(super, uuid.NewString(), offered, "How much would it be?"))
	must(w.Desk.OfferEstimate(agent, uuid.NewString(), offered, desk.EstimateInput{Minutes: 95, Amount: "1234567.5", Currency: "CAD"}, longWord))
	must(w.Desk.OfferEstimate(agent, uuid.NewString(), offered, desk.EstimateInput{Minutes: 60, Amount: "125", Currency: "CAD"}, "Without the report."))
	for _, name := range []string{"validate", "work", "over"} {
		number := begun(name, "The labels of a branch print twice", "service_request")
		must(w.Desk.BeginWork(agent, uuid.NewString(), number))
		must(w.Desk.AskValidation(agent, uuid.NewString(), number, "It prints once. "+longWord, nil))
		if name == "validate" {
			continue
		}
		must(w.Desk.ValidateWork(super, uuid.NewString(), number, 0, false, "Not in the second branch. "+longWord, nil))
		if name == "over" {
			must(w.Desk.CancelServiceRequest(agent, uuid.NewString(), number, "It goes on as a development."))
		}
	}
}

// refusedValidation asks for adjustments without saying which.
func refusedValidation(_ *world, b *tab) {
	b.do(b.click(`#validation-answer input[value="decline"]`))
	if status := b.load(b.click(button("/validation"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("adjustments without words: %d", status)
	}
}

// refusedEstimate offers what is no amount.
func refusedEstimate(_ *world, b *tab) {
	b.unfold("#estimate-hours")
	b.fill("#estimate-hours", "three")
	b.fill("#estimate-amount", "much")
	if status := b.load(b.click(button("/estimates"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("an estimate of nothing: %d", status)
	}
}

// refusedOffer offers a line at no price.
func refusedOffer(_ *world, b *tab) { b.offers("dear", http.StatusUnprocessableEntity) }

// checkedOffer offers a line, and reads what it comes to.
func checkedOffer(_ *world, b *tab) { b.offers("1200.50", http.StatusOK) }

// offers fills in the first line of a quote, and sends it.
func (b *tab) offers(price string, want int) {
	b.t.Helper()
	b.unfold("#quote-lines-0-text")
	for what, text := range map[string]string{"text": longWord, "quantity": "2", "unit": price} {
		b.fill("#quote-lines-0-"+what, text)
	}
	if status := b.load(b.click(button("/quotes"))); status != want {
		b.t.Errorf("a price of %s: %d", price, status)
	}
}

// refusedQuote approves without a name.
func refusedQuote(_ *world, b *tab) {
	if status := b.load(b.click(`a[href$="answer=decline"]`)); status != http.StatusOK {
		b.t.Fatalf("declining: %d", status)
	}
	b.fill("#quote-text", " ")
	if status := b.load(b.click(button("/quote"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("declined without a reason: %d", status)
	}
}

// approvalLink makes the buyer a link to the newest version of a quote.
func (w *world) approvalLink(t testing.TB, name, service string) {
	t.Helper()
	secret, hash, err := identity.NewBearer(identity.Link, "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `insert into approval_links (id, vendor_id, quote_id, person_id, secret_hash, created_at, expires_at)
		select gen_random_uuid(), q.vendor_id, q.id, p.id, $2, now(), now() + interval '30 days'
		from quotes q join service_requests r on r.id = q.service_request_id, people p
		where r.number = $1 and p.email = 'buyer@primlogix.example' order by q.version desc limit 1`, service, hash)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.numbers[name] = secret
}

// refusedApproval gives a wrong code.
func refusedApproval(w *world, b *tab) {
	b.fill("#quote-name", "Billie Buyer")
	b.fill("#quote-code", "123456")
	if status := b.load(b.click(button("/approvals/" + w.numbers["approval"]))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("approved with a wrong code: %d", status)
	}
}

// buyer is an approver of PRIM Logix's customer.
func (w *world) buyer(t testing.TB) {
	t.Helper()
	v, err := w.Store.VendorBySlug(t.Context(), "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Desk.Authenticate(t.Context(), w.Token(t, "primlogix", "super"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Desk.AddPerson(t.Context(), v, desk.PersonInput{
		OrganizationID: c.Person.OrganizationID, Name: "Billie Buyer", Email: "buyer@primlogix.example", Password: stack.Password, Roles: []string{"approver"}, Authorized: true,
	}); err != nil {
		t.Fatal(err)
	}
}
