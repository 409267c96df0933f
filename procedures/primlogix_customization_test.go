package procedures

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jhillyerd/enmime/v2"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/procedures/stack"
)

// primlogixCustomization is the story of a customization, which is always
// charged: from its form to the invoice of the price that was approved.
type primlogixCustomization struct {
	primlogixLevel2
	accounts         *Person
	approver, deputy *Person // up to 1,000 CAD, and who stands in for them
	director         *Person // without limit
}

func TestPrimlogixCustomization(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	person := func(local string) *Person { return w.Person("primlogix", local) }
	s := &primlogixCustomization{primlogixLevel2: primlogixLevel2{
		World: w, contact: person("jeanne"), super: person("super"), agent: person("agent"), carrier: person("agent2"), billing: person("billing"),
	}, accounts: person("accounts")}
	w.Step("who may approve, and up to what", s.approvers)
	w.Step("the form says that a customization is charged, and nothing begins before consent", s.asked)
	w.Step("a quote is offered, and offered anew as another version", s.offered)
	w.Step("only who is entitled decides, on the newest version, once", s.decided)
	w.Step("work, validation, and the invoice of the price that was approved", s.done)
	w.Step("while an approver is absent, their delegate decides in their place", s.delegated)
	w.Step("a quote nobody answers expires, and can be made anew or declined", s.expired)
}

// may makes a contact of the customer's an approver.
func (s *primlogixCustomization) may(local string, limit *int64, delegate *openapi_types.UUID) (*Person, openapi_types.UUID) {
	s.T.Helper()
	me := got[client.Me](s.World)(s.super.GetMeWithResponse(s.T.Context()))
	in := client.NewContact{
		OrganizationId: *me.OrganizationId, Name: "Contact " + local, Email: local + "@primlogix.example", Password: new(stack.Password),
		Roles: &client.ContactRoles{"approver"}, DelegateId: delegate,
	}
	if limit != nil {
		in.ApprovalLimit, in.ApprovalCurrency = limit, new("CAD")
	}
	contact := made[client.Person](s.World)(s.accounts.CreateContactWithResponse(s.T.Context(), nil, in))
	return s.Person("primlogix", local), contact.Id
}

func (s *primlogixCustomization) approvers(*testing.T) {
	var id openapi_types.UUID
	s.deputy, id = s.may("deputy", new(int64(0)), nil)
	s.approver, _ = s.may("approver", new(int64(100_000)), &id)
	s.director, _ = s.may("director", nil, nil)
}

// begun is a customization that the customer has agreed to pay for.
func (s *primlogixCustomization) begun(title string) {
	s.T.Helper()
	ctx := s.T.Context()
	s.ticket = made[client.TicketDetail](s.World)(s.super.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "configuration", Severity: "normal", Title: title, Body: "As on our paper forms.",
		Fields: &client.FormFields{"wanted": "customization", "needs": "A report by branch."},
	}))
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "customization", Level: 2, Severity: "normal", Path: "customization"}))
	list := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(ctx, s.ticket.Number))
	s.look(list.ServiceRequests[0].Number)
	s.stands(client.ServiceWaitingForConsent, "waiting_for_customer", "consent")
	s.now(s.super.AnswerRateWithResponse(ctx, s.service.Number, nil, client.RateAnswer{Agrees: true}))
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
}

func (s *primlogixCustomization) asked(t *testing.T) {
	s.begun("A report of our own")
	s.refused(409)(s.carrier.BeginWorkWithResponse(t.Context(), s.service.Number, nil))
}

// offer offers a quote of one line.
func (s *primlogixCustomization) offer(quantity, unit string) {
	s.T.Helper()
	s.service = made[client.ServiceRequestDetail](s.World)(s.carrier.OfferQuoteWithResponse(s.T.Context(), s.service.Number, nil, client.NewQuote{
		Currency: "CAD", Lines: []client.NewQuoteLine{{Text: "A report by branch, by the day", Quantity: quantity, Unit: unit}},
	}))
}

func (s *primlogixCustomization) offered(t *testing.T) {
	for _, wrong := range []client.NewQuote{
		{Currency: "EUR", Lines: []client.NewQuoteLine{{Text: "x", Quantity: "1", Unit: "1"}}},
		{Currency: "CAD", Lines: []client.NewQuoteLine{{Text: "x", Quantity: "-1", Unit: "1e308"}}},
	} {
		s.refused(422)(s.carrier.OfferQuoteWithResponse(t.Context(), s.service.Number, nil, wrong))
	}
	s.offer("1", "1200")
	s.offer("1.5", "1000")
	quotes := s.service.Quotes
	if len(quotes) != 2 || quotes[0].Version != 2 || quotes[0].Number != quotes[1].Number || !strings.HasPrefix(quotes[0].Number, "Q-") {
		t.Fatalf("%+v", quotes)
	}
	// 1,500.00 with GST of 75.00 and QST of 149.63.
	if quotes[0].Net != "1500" || quotes[0].Total != "1724.63" || len(quotes[0].Taxes) != 2 || quotes[0].ExpiresAt == nil {
		t.Errorf("%+v", quotes[0])
	}
	s.stands(client.ServiceQuoteOffered, "waiting_for_customer", "approval")
	s.printed(t, 2)
}

// delegated: the deputy could approve nothing themself.
func (s *primlogixCustomization) delegated(t *testing.T) {
	s.begun("A report for the branch")
	s.offer("1", "500")
	s.refused(403)(s.decide(s.deputy, 1, true))
	me := got[client.Me](s.World)(s.approver.GetMeWithResponse(t.Context()))
	row := got[client.Person](s.World)(s.accounts.GetContactWithResponse(t.Context(), me.Id))
	until := s.Now().Add(48 * time.Hour)
	got[client.Person](s.World)(s.accounts.UpdateContactWithResponse(t.Context(), me.Id, client.ContactUpdate{
		Version: row.Version, Active: true, Name: row.Name, Email: row.Email, Locale: row.Locale, TimeZone: row.TimeZone, Roles: row.Roles,
		ApprovalLimit: row.ApprovalLimit, ApprovalCurrency: row.ApprovalCurrency, DelegateId: row.DelegateId, AbsentUntil: &until,
	}))
	s.now(s.decide(s.deputy, 1, true))
	last := s.service.Decisions[len(s.service.Decisions)-1]
	if last.OnBehalfOf == nil || last.OnBehalfOf.Id != me.Id || last.Name == nil || *last.Name != "As typed" {
		t.Errorf("%+v", last)
	}
	s.now(s.super.WithdrawServiceRequestWithResponse(t.Context(), s.service.Number, nil, client.ServiceReason{Text: "Not now."}))
}

// printed: the mail has the version as PDF, and everybody gets the same bytes.
func (s *primlogixCustomization) printed(t *testing.T, version int) {
	var drawn [][]byte
	for _, p := range []*Person{s.director, s.super, s.agent} {
		a, err := p.DownloadQuoteWithResponse(t.Context(), s.service.Number, version)
		if err != nil || a.StatusCode() != http.StatusOK || !bytes.HasPrefix(a.Body, []byte("%PDF-")) {
			t.Fatalf("%s: %v %d", p.Email, err, a.StatusCode())
		}
		drawn = append(drawn, a.Body)
	}
	mail, err := enmime.ReadEnvelope(bytes.NewReader(s.director.latest().Raw))
	if err != nil || len(mail.Attachments) != 1 {
		t.Fatalf("%v, %d attachments", err, len(mail.Attachments))
	}
	if drawn = append(drawn, mail.Attachments[0].Content); mail.Attachments[0].FileName != s.service.Quotes[0].Number+"-v2.pdf" {
		t.Errorf("attached as %s", mail.Attachments[0].FileName)
	}
	for _, one := range drawn {
		if !bytes.Equal(one, drawn[0]) {
			t.Error("two documents of one version differ")
		}
	}
	s.refused(404)(s.super.DownloadQuoteWithResponse(t.Context(), s.service.Number, 3))
}

// decide is somebody's answer to a version.
func (s *primlogixCustomization) decide(p *Person, version int, approves bool) (*client.DecideQuoteResponse, error) {
	return p.DecideQuoteWithResponse(s.T.Context(), s.service.Number, nil, client.QuoteDecision{
		Version: version, Approves: approves, Name: new("As typed"), Text: new("Because."),
	})
}

func (s *primlogixCustomization) decided(*testing.T) {
	s.refused(403)(s.decide(s.super, 2, true))    // who asked for it
	s.refused(403)(s.decide(s.agent, 2, true))    // the vendor
	s.refused(403)(s.decide(s.approver, 2, true)) // above their limit
	s.refused(403)(s.decide(s.deputy, 2, true))   // whom they stand in for is not absent
	s.refused(409)(s.decide(s.director, 1, true)) // an old version
	s.now(s.decide(s.director, 2, true))
	s.refused(409)(s.decide(s.director, 2, false))
	s.stands(client.ServiceInWork, "waiting_inside", "")
}

func (s *primlogixCustomization) done(t *testing.T) {
	ctx := t.Context()
	s.worked("implementation", 90)
	s.now(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "The report is there."}))
	s.now(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Round: 0, Accepts: true}))
	s.stands(client.ServiceToBill, "waiting_inside", "")
	invoice := made[client.Invoice](s.World)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	if invoice.Net != "1500.00" || invoice.Total != "1724.63" {
		t.Errorf("billed %s, %s", invoice.Net, invoice.Total)
	}
	s.stands(client.ServiceBilled, "in_progress", "")
}

func (s *primlogixCustomization) expired(t *testing.T) {
	s.begun("Another report of our own")
	s.offer("1", "500")
	before := len(s.approver.Inbox())
	s.Advance(29 * 24 * time.Hour)
	reminders := s.approver.Inbox()[before:]
	if len(reminders) != 2 || !strings.Contains(reminders[1].Text, "/primlogix/approvals/") || !strings.Contains(reminders[1].Text, s.service.Quotes[0].Number) {
		t.Errorf("%d reminders before the quote expires", len(reminders))
	}
	s.Advance(2 * 24 * time.Hour)
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
	s.refused(409)(s.decide(s.approver, 1, true))
	s.offer("1", "450")
	s.now(s.decide(s.approver, 2, false))
	if *s.service.Ending != "declined" {
		t.Errorf("ended as %v", *s.service.Ending)
	}
}
