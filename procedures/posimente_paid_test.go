package procedures

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/policy"
)

// posimentePaid is the story of what Posimente offers as paid work: from the
// question whether the client is interested to work that is validated.
type posimentePaid struct {
	primlogixLevel2
	product, accounts, approver, partner *Person
	why                                  string // it is outside the scope
}

// publish gives Posimente its pack with such a change of the path of features.
func (s *posimentePaid) publish(options string) {
	s.T.Helper()
	there, err := s.Store.VendorBySlug(s.T.Context(), "posimente")
	text, absent := policy.BuiltIn("posimente")
	if err = errors.Join(err, absent); err != nil {
		s.T.Fatal(err)
	}
	text = bytes.Replace(text, []byte("  feature_request:\n"), []byte("  feature_request:\n"+options), 1)
	pack, err := policy.ParsePack(text)
	if err == nil {
		err = s.Desk.PublishPack(s.T.Context(), there, pack, "with its options")
	}
	if err != nil {
		s.T.Fatal(err)
	}
}

func TestPosimentePaid(t *testing.T) {
	w := NewWorldAt(t, monday(t, "Australia/Melbourne"))
	person := func(local string) *Person { return w.Person("posimente", local) }
	s := &posimentePaid{
		primlogixLevel2: primlogixLevel2{World: w, super: person("super"), agent: person("agent"), carrier: person("agent2"), billing: person("billing")},
		product:         person("product"), accounts: person("accounts"), partner: person("partner"),
	}
	s.publish("    remind_after: [5 business days]\n")
	s.appoint()
	w.Step("in some cases we offer the client the opportunity to pay for the enhancement", s.asked)
	w.Step("not interested: closed, and nothing is billed", s.notInterested)
	w.Step("if they are interested, the team estimates from initial scoping to QA", s.estimated)
	w.Step("a quote is prepared and mailed to the client for approval, and expires", s.quoted)
	w.Step("a time frame is given and the client receives an invoice prior to the work starting", s.scheduled)
	w.Step("the work is delivered and validated, and costs no more", s.delivered)
	w.Step("declined: closed, and the estimate is not billed", s.declined)
	w.Step("the product manager may change their mind before the approval", s.changedMind)
	w.Step("withdrawn after the approval and before the invoice: nothing is billed", s.withdrawn)
	w.Step("withdrawn after the invoice: what was done is settled", s.settled)
	s.publish("    work_when_paid: true\n")
	w.Step("where the pack says so the work waits for the payment", s.paid)
	w.Step("outside the support scope they are asked to speak with their partner", s.toPartner)
	w.Step("but no partner consents in their place", s.partnerAsks)
	w.Step("or to request a quote for paid support", s.toQuote)
}

// triaged is a request of a form that was triaged to a path.
func (s *posimentePaid) triaged(form, reason, path, title string) {
	s.T.Helper()
	ctx := s.T.Context()
	fields := client.FormFields{"customer_name": "Harbour Freight Pty"}
	if form == "technical" {
		fields["salesforce_org_id"] = "00D5g000004XYZ1"
	}
	s.ticket = made[client.TicketDetail](s.World)(s.super.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: form, Severity: "low", Title: title, Body: "It would help us.", Fields: &fields,
	}))
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: reason, Level: 1, Severity: "low", Path: path, ScopeReason: &s.why}))
}

// offered is a suggestion that was offered as paid work.
func (s *posimentePaid) offered(title string) {
	s.T.Helper()
	s.triaged("feature", "feature", "feature_request", title)
	number := s.Offer(s.T, "posimente", "product", s.ticket.Number, title, "We could make this for you.")
	s.Deliver()
	s.look(number)
	s.stands(client.ServiceWaitingForInterest, "waiting_for_customer", "interest")
}

// approved is one whose quote of 1,200 was approved.
func (s *posimentePaid) approved(title string) {
	s.T.Helper()
	s.offered(title)
	s.interest(true)
	s.estimate(60)
	s.offer("1200")
	s.now(s.decide(1, true))
	s.stands(client.ServiceToSchedule, "waiting_inside", "")
}

func (s *posimentePaid) interest(is bool) {
	s.T.Helper()
	s.now(s.super.AnswerInterestWithResponse(s.T.Context(), s.service.Number, nil, client.InterestAnswer{Interested: is}))
}

func (s *posimentePaid) estimate(minutes int) {
	s.T.Helper()
	s.service = made[client.ServiceRequestDetail](s.World)(s.carrier.RecordEstimateWithResponse(s.T.Context(), s.service.Number, nil, client.NewEffort{
		Lines: []client.EffortLine{{Phase: "scoping", Role: "Analyst", Minutes: minutes}, {Phase: "qa", Role: "Tester", Minutes: minutes}}, Text: new("Tight."),
	}))
}

func (s *posimentePaid) newQuote(unit string) client.NewQuote {
	return client.NewQuote{Currency: "AUD", Lines: []client.NewQuoteLine{{Text: "Export by branch", Quantity: "1", Unit: unit}}}
}

func (s *posimentePaid) offer(unit string) {
	s.T.Helper()
	s.service = made[client.ServiceRequestDetail](s.World)(s.carrier.OfferQuoteWithResponse(s.T.Context(), s.service.Number, nil, s.newQuote(unit)))
}

func (s *posimentePaid) decide(version int, approves bool) (*client.DecideQuoteResponse, error) {
	return s.approver.DecideQuoteWithResponse(s.T.Context(), s.service.Number, nil, client.QuoteDecision{
		Version: version, Approves: approves, Name: new("Andy Approver"), Text: new("As agreed."),
	})
}

// schedule issues the time frame of the next two weeks, and the invoice.
func (s *posimentePaid) schedule(p *Person) (*client.ScheduleWorkResponse, error) {
	day := func(n int) string { return s.Now().AddDate(0, 0, n).Format(time.DateOnly) }
	return p.ScheduleWorkWithResponse(s.T.Context(), s.service.Number, nil, client.WorkSchedule{FirstDay: day(3), LastDay: day(14), Total: new("1200.00")})
}

// locked wants implementation to be refused, and why.
func (s *posimentePaid) locked(until string) {
	s.T.Helper()
	refused := s.refused(409)(s.carrier.AddTimeEntryWithResponse(s.T.Context(), s.ticket.Number, nil, client.NewTimeEntry{Activity: "implementation", Minutes: 15}))
	if *refused.Key != "work_not_unlocked" || *refused.WaitsFor != until {
		s.T.Errorf("%s %+v, want it to wait for %s", *refused.Key, refused, until)
	}
	s.refused(409)(s.carrier.StartTimerWithResponse(s.T.Context(), s.ticket.Number, client.StartTimerJSONRequestBody{Activity: new("implementation")}))
}

// ended wants the service request ended so, and its ticket with its assignee
// again.
func (s *posimentePaid) ended(state client.ServiceState, ending string) {
	s.T.Helper()
	s.stands(state, "in_progress", "")
	if s.service.Ending == nil || string(*s.service.Ending) != ending {
		s.T.Errorf("ended as %v, want %s", s.service.Ending, ending)
	}
	if open := got[client.InvoicePage](s.World)(s.billing.ListInvoicesWithResponse(s.T.Context(), nil)).Invoices; len(open) > 0 && strings.HasPrefix(open[0].About, s.ticket.Number) && ending != "completed" {
		s.T.Errorf("%s is billed: %+v", s.ticket.Number, open[0])
	}
}

func (s *posimentePaid) asked(t *testing.T) {
	s.offered("A branch in every export")
	if asked := s.super.latest(); !strings.Contains(asked.Text, "Nobody begins before that is approved") || !strings.Contains(asked.Text, "We could make this for you.") {
		t.Errorf("asked with %s\n%s", asked.Subject, asked.Text)
	}
	s.locked("quote")
	s.Advance(8 * 24 * time.Hour)
	if last := s.super.latest(); !strings.Contains(last.Subject, "Reminder") {
		t.Errorf("not reminded, but told %q", last.Subject)
	}
	s.Advance(23 * 24 * time.Hour)
	s.ended(client.ServiceClosed, "gave_up")
}

func (s *posimentePaid) notInterested(t *testing.T) {
	s.offered("A colour for each branch")
	s.refused(403)(s.agent.AnswerInterestWithResponse(t.Context(), s.service.Number, nil, client.InterestAnswer{Interested: true}))
	s.interest(false)
	s.ended(client.ServiceClosed, "not_interested")
}

func (s *posimentePaid) estimated(t *testing.T) {
	ctx := t.Context()
	s.offered("A total for each branch")
	s.interest(true)
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
	early := s.refused(409)(s.carrier.OfferQuoteWithResponse(ctx, s.service.Number, nil, s.newQuote("1000")))
	if *early.Key != "enhancement_without_estimate" {
		t.Errorf("a quote without estimate: %s", *early.Key)
	}
	s.refused(403)(s.super.RecordEstimateWithResponse(ctx, s.service.Number, nil, client.NewEffort{Lines: []client.EffortLine{{Phase: "qa", Role: "x", Minutes: 1}}}))
	s.estimate(60)
	s.estimate(90)
	if len(*s.service.Efforts) != 2 || (*s.service.Efforts)[0].Minutes != 180 {
		t.Errorf("%+v", s.service.Efforts)
	}
	s.look(s.service.Number) // as the customer
	if s.service.Efforts != nil {
		t.Error("the customer reads the estimate")
	}
	if e := s.worked("analysis", 30); !e.Billable {
		t.Errorf("%+v", e)
	}
	s.locked("quote")
}

func (s *posimentePaid) quoted(t *testing.T) {
	s.offer("1000")
	s.stands(client.ServiceQuoteOffered, "waiting_for_customer", "approval")
	if mailed := s.approver.latest(); !strings.Contains(mailed.Text, s.service.Quotes[0].Number) {
		t.Errorf("mailed %s", mailed.Text)
	}
	s.locked("approval")
	s.Advance(31 * 24 * time.Hour)
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
	s.refused(409)(s.decide(1, true))
	s.offer("1200")
	if q := s.service.Quotes; len(q) != 2 || q[0].Version != 2 || q[0].Number != q[1].Number {
		t.Fatalf("%+v", q)
	}
	s.refused(409)(s.decide(1, true))
	s.now(s.decide(2, true))
	s.approvalTold()
	first := s.refused(409)(s.decide(2, false))
	if *first.Key != "quote_decided_by" || !strings.Contains(first.Title, "Andy Approver") {
		t.Errorf("%s: %v", *first.Key, first.Title)
	}
}

func (s *posimentePaid) scheduled(t *testing.T) {
	ctx := t.Context()
	s.stands(client.ServiceToSchedule, "waiting_inside", "")
	s.locked("invoice")
	s.refused(409)(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "Done."}))
	s.refused(403)(s.schedule(s.agent))
	s.refused(422)(s.billing.ScheduleWorkWithResponse(ctx, s.service.Number, nil, client.WorkSchedule{FirstDay: "2020-01-01", LastDay: "2019-12-31"}))
	wrong := s.refused(409)(s.billing.ScheduleWorkWithResponse(ctx, s.service.Number, nil, client.WorkSchedule{
		FirstDay: s.Now().AddDate(0, 0, 3).Format(time.DateOnly), LastDay: s.Now().AddDate(0, 0, 9).Format(time.DateOnly), Total: new("1.00"),
	}))
	if *wrong.Key != "invoice_changed" {
		t.Errorf("%s", *wrong.Key)
	}
	if a, err := s.carrier.StartTimerWithResponse(ctx, s.ticket.Number, client.StartTimerJSONRequestBody{}); err != nil || a.StatusCode() != 200 {
		t.Fatal(err, a)
	}
	s.Advance(40 * time.Minute)
	s.now(s.schedule(s.product))
	s.stands(client.ServiceInWork, "waiting_inside", "")
	s.told("The work can begin", 1, "Pat Product has issued time frame and invoice", s.agent)
	s.timerOfBefore()
	frame := s.service.TimeFrame
	if frame == nil || !strings.HasPrefix(frame.Invoice, "INV-") {
		t.Fatalf("%+v", frame)
	}
	var both int
	for _, m := range s.super.Inbox() {
		if strings.Contains(m.Text, frame.Invoice) {
			both++
		}
	}
	if both != 2 {
		t.Errorf("%d mails about time frame and invoice", both)
	}
}

// timerOfBefore wants the minutes of a timer that was started before the invoice
// refused as implementation, but those since.
func (s *posimentePaid) timerOfBefore() {
	s.T.Helper()
	s.Advance(10 * time.Minute)
	stop := client.TimerStop{Activity: new("implementation")}
	if early := s.refused(422)(s.carrier.StopTimerWithResponse(s.T.Context(), nil, stop)); (*early.Fields)[0].Key != "time_timer_early" {
		s.T.Errorf("%+v", early)
	}
	stop.Minutes = new(10)
	if a, err := s.carrier.StopTimerWithResponse(s.T.Context(), nil, stop); err != nil || a.JSON200 == nil || a.JSON200.Entry.Minutes != 10 || a.JSON200.Entry.Billable {
		s.T.Errorf("%v: %s", err, a.Body)
	}
}

func (s *posimentePaid) delivered(t *testing.T) {
	ctx := t.Context()
	if e := s.worked("implementation", 90); e.Billable {
		t.Errorf("billed beside the price: %+v", e)
	}
	bills := true
	s.refused(422)(s.carrier.AddTimeEntryWithResponse(ctx, s.ticket.Number, nil, client.NewTimeEntry{Activity: "implementation", Minutes: 15, Billable: &bills}))
	s.now(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "It is there."}))
	s.now(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Text: new("One branch is missing.")}))
	s.now(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "All are there."}))
	s.now(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Round: 1, Accepts: true}))
	s.ended(client.ServiceClosed, "completed")
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "It is in your org."}))
}

func (s *posimentePaid) declined(*testing.T) {
	s.offered("A chart for each branch")
	s.interest(true)
	s.worked("analysis", 30)
	s.estimate(60)
	s.offer("900")
	s.now(s.decide(1, false))
	s.told("Quote declined", 1, "Nothing is billed.", s.super, s.approver)
	s.told("Quote declined", 1, "has declined the quote", s.product)
	s.told("Quote declined", 0, "", s.billing)
	s.ended(client.ServiceClosed, "declined")
	s.locked("quote") // nothing is offered any more
	s.refused(422)(s.carrier.AddTimeEntryWithResponse(s.T.Context(), s.ticket.Number, nil, client.NewTimeEntry{Activity: "mail", Minutes: 15, Billable: new(true)}))
	s.refused(409)(s.billing.IssueInvoiceWithResponse(s.T.Context(), s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	draft := got[client.InvoicePreview](s.World)(s.billing.PreviewInvoiceWithResponse(s.T.Context(), s.ticket.Number, nil))
	if parts := draft.Parts; len(parts) != 1 || parts[0].Unbilled != 0 {
		s.T.Errorf("to be billed: %+v", parts)
	}
}

func (s *posimentePaid) changedMind(t *testing.T) {
	s.offered("A map of all branches")
	s.interest(true)
	s.told("The customer is interested", 1, "please estimate it", s.product, s.agent)
	s.estimate(60)
	s.offer("700")
	s.refused(422)(s.product.WithdrawOfferWithResponse(t.Context(), s.service.Number, nil, client.ServiceReason{Text: " "}))
	s.now(s.product.WithdrawOfferWithResponse(t.Context(), s.service.Number, nil, client.ServiceReason{Text: "We retire that export."}))
	s.ended(client.ServiceAbandoned, "offer_withdrawn")
	s.told("Our offer is withdrawn", 1, "We retire that export.", s.super)
	s.told("Our offer is withdrawn", 1, "is no longer to be decided on", s.approver)
}

func (s *posimentePaid) withdrawn(t *testing.T) {
	s.approved("A list of closed branches")
	s.refused(409)(s.product.WithdrawOfferWithResponse(t.Context(), s.service.Number, nil, client.ServiceReason{Text: "Too late."}))
	s.now(s.super.WithdrawServiceRequestWithResponse(t.Context(), s.service.Number, nil, client.ServiceReason{Text: "No budget."}))
	s.ended(client.ServiceAbandoned, "withdrawn")
}

func (s *posimentePaid) settled(t *testing.T) {
	ctx := t.Context()
	s.approved("A letter to each branch")
	s.now(s.schedule(s.billing))
	number := s.service.TimeFrame.Invoice
	s.worked("implementation", 60)
	yesterday := openapi_types.Date{Time: s.Now().UTC().AddDate(0, 0, -1)}
	s.refused(422)(s.carrier.AddTimeEntryWithResponse(ctx, s.ticket.Number, nil, client.NewTimeEntry{Activity: "implementation", Minutes: 15, Day: &yesterday}))
	if refused := s.refused(409)(s.billing.CreditInvoiceWithResponse(ctx, number, nil, client.CreditReason{Reason: "By mistake."})); *refused.Key != "service_request_in_work" {
		t.Errorf("the invoice is taken back with %s", *refused.Key)
	}
	made[client.Invoice](s.World)(s.billing.RecordPaymentWithResponse(ctx, number, nil, client.NewPayment{
		Amount: "200.00", Currency: "AUD", PaidOn: s.Now().UTC().Format(time.DateOnly), How: "transfer",
	}))
	s.now(s.super.WithdrawServiceRequestWithResponse(ctx, s.service.Number, nil, client.ServiceReason{Text: "No budget."}))
	s.stands(client.ServiceToSettle, "waiting_inside", "")
	s.told("Work has ended", 1, "please settle what was done", s.billing)
	s.told("Work has ended", 1, "No budget.", s.billing, s.product)
	s.told("Work has ended", 0, "", s.super)
	s.locked("nothing")
	s.refused(403)(s.agent.SettleWorkWithResponse(ctx, s.service.Number, nil, client.Settlement{Keep: "300", Text: "Design."}))
	s.refused(422)(s.billing.SettleWorkWithResponse(ctx, s.service.Number, nil, client.Settlement{Keep: "1200.01", Text: "Design."}))
	s.refused(422)(s.billing.SettleWorkWithResponse(ctx, s.service.Number, nil, client.Settlement{Keep: "299.999", Text: "Design."}))
	s.now(s.billing.SettleWorkWithResponse(ctx, s.service.Number, nil, client.Settlement{Keep: "300", Text: "The design was made."}))
	s.stands(client.ServiceAbandoned, "in_progress", "")
	list := got[client.InvoicePage](s.World)(s.billing.ListInvoicesWithResponse(ctx, nil)).Invoices
	if list[0].Net != "300.00" || list[0].Open != "100.00" || list[1].Net != "-1200.00" || list[2].Number != number || list[2].State != "credited" {
		t.Errorf("%+v", list[:3])
	}
	if told := strings.ReplaceAll(s.super.latest().Text, "\u00a0", " "); !strings.Contains(told, "300.00 AUD, before taxes, is kept") {
		t.Errorf("told %s", told)
	}
}

func (s *posimentePaid) paid(t *testing.T) {
	ctx := t.Context()
	s.approved("A form for new branches")
	s.now(s.schedule(s.billing))
	s.stands(client.ServiceWaitingForPayment, "waiting_for_customer", "payment")
	s.locked("payment")
	pay := func(amount string) {
		made[client.Invoice](s.World)(s.billing.RecordPaymentWithResponse(ctx, s.service.TimeFrame.Invoice, nil, client.NewPayment{
			Amount: amount, Currency: "AUD", PaidOn: s.Now().UTC().Format(time.DateOnly), How: "transfer",
		}))
	}
	pay("200.00")
	s.stands(client.ServiceWaitingForPayment, "waiting_for_customer", "payment")
	pay("1000.00")
	s.stands(client.ServiceInWork, "waiting_inside", "")
	s.worked("implementation", 30)
	s.now(s.agent.CancelServiceRequestWithResponse(ctx, s.service.Number, nil, client.ServiceReason{Text: "It can't be done."}))
	s.now(s.billing.SettleWorkWithResponse(ctx, s.service.Number, nil, client.Settlement{Keep: "0", Text: "Nothing is left of it."}))
	list := got[client.InvoicePage](s.World)(s.billing.ListInvoicesWithResponse(ctx, nil)).Invoices
	if list[0].Net != "-1200.00" || list[0].Reason == nil || !strings.Contains(strings.ReplaceAll(*list[0].Reason, "\u00a0", " "), "Paid so far: 1,200.00 AUD") {
		t.Errorf("%+v", list[0])
	}
}
