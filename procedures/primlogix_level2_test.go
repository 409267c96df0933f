package procedures

import (
	"strings"
	"testing"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
)

// primlogixLevel2 is the story of billable support: a service request from its
// number to what is to be billed.
type primlogixLevel2 struct {
	*World
	contact, super, agent, carrier, billing *Person
	ticket                                  client.TicketDetail
	service                                 client.ServiceRequestDetail
	call                                    client.TimeEntry
}

func TestPrimlogixLevel2(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	person := func(local string) *Person { return w.Person("primlogix", local) }
	s := &primlogixLevel2{World: w, contact: person("jeanne"), super: person("super"), agent: person("agent"), carrier: person("agent2"), billing: person("billing")}
	w.Step("support creates a service request and tells its number and rate", s.created)
	w.Step("more information may be asked for, again and again", s.informed)
	w.Step("while it is worked on the ticket can't be closed", s.unfinished)
	w.Step("the customer is asked to validate, and adjustments go back to work", s.validated)
	w.Step("all the time spent on it is billed, once, and support closes the ticket", s.billed)
	w.Step("an estimate's analysis is billable whether or not it is accepted", s.estimated)
	w.Step("nobody answers: reminders, then the work ends", s.gaveUp)
	w.Step("a path that was wrong is changed, and its work ends", s.changed)
}

// level2 is a ticket that support has triaged to level 2, and its service request.
func (s *primlogixLevel2) level2(title string) {
	s.T.Helper()
	ctx := s.T.Context()
	s.ticket = made[client.TicketDetail](s.World)(s.super.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "problem", Severity: "normal", Title: title, Body: "Since this morning.",
	}))
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "level_2", Level: 2, Severity: "normal", Path: "service_request"}))
	list := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(ctx, s.ticket.Number))
	if len(list.ServiceRequests) != 1 {
		s.T.Fatalf("%d service requests", len(list.ServiceRequests))
	}
	s.look(list.ServiceRequests[0].Number)
	s.now(s.carrier.ReassignServiceRequestWithResponse(ctx, s.service.Number, nil, client.ServiceReassignment{AssigneeId: s.me(s.carrier)}))
}

func (s *primlogixLevel2) me(p *Person) *openapi_types.UUID {
	id := got[client.Me](s.World)(p.GetMeWithResponse(s.T.Context())).Id
	return &id
}

func (s *primlogixLevel2) look(number string) {
	s.T.Helper()
	s.service = got[client.ServiceRequestDetail](s.World)(s.super.GetServiceRequestWithResponse(s.T.Context(), number))
}

// now keeps the service request as an action has answered it.
func (s *primlogixLevel2) now(a interface {
	answer
	GetJSON200() *client.ServiceRequestDetail
}, err error,
) {
	s.T.Helper()
	s.service = got[client.ServiceRequestDetail](s.World)(a, err)
}

// stands wants the service request and its ticket in these states.
func (s *primlogixLevel2) stands(service client.ServiceState, ticket client.State, waiting string) {
	s.T.Helper()
	s.look(s.service.Number)
	row := s.ticketOf(s.super.GetTicketWithResponse(s.T.Context(), s.ticket.Number))
	wait := ""
	if row.WaitingFor != nil {
		wait = *row.WaitingFor
	}
	if s.service.State != service || row.State != ticket || wait != waiting {
		s.T.Errorf("%s is %s, its ticket %s %s; want %s, %s %s", s.service.Number, s.service.State, row.State, wait, service, ticket, waiting)
	}
}

func (s *primlogixLevel2) created(t *testing.T) {
	s.level2("The totals of my quotes are wrong")
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
	told := strings.ReplaceAll(s.super.latest().Text, "\u00a0", " ")
	for _, words := range []string{s.service.Number, "125.00 CAD per hour", "15 minutes at least", "billed whether or not you accept it"} {
		if !strings.Contains(told, words) {
			t.Errorf("the customer was not told %q:\n%s", words, told)
		}
	}
	if !strings.HasPrefix(s.service.Number, "SR-") || s.service.Rate == nil || s.service.Rate.PerHour != "125.00" {
		t.Errorf("%+v", s.service)
	}
}

func (s *primlogixLevel2) informed(t *testing.T) {
	ctx := t.Context()
	s.now(s.carrier.BeginWorkWithResponse(ctx, s.service.Number, nil))
	for _, question := range []string{"Which quote?", "Which line of it?"} {
		s.ticketOf(s.agent.AskInformationWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: question}))
		s.stands(client.ServiceWaitingForInformation, "waiting_for_customer", "information")
		s.Advance(6 * 24 * time.Hour) // three business days, and a weekend
		if last := s.super.latest(); !strings.HasPrefix(last.Subject, "["+s.ticket.Number+"] Reminder") {
			t.Errorf("not reminded, but told %q", last.Subject)
		}
		s.ticketOf(s.super.GiveInformationWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "The one of Tuesday."}))
		s.stands(client.ServiceInWork, "waiting_inside", "")
	}
}

func (s *primlogixLevel2) unfinished(t *testing.T) {
	refused := s.refused(409)(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Done."}))
	if *refused.Key != "ticket_has_open_work" {
		t.Errorf("refused with %s", *refused.Key)
	}
	s.refused(403)(s.super.BeginWorkWithResponse(t.Context(), s.service.Number, nil))
	s.refused(404)(s.Person("interfacing", "agent").GetServiceRequestWithResponse(t.Context(), s.service.Number))
}

func (s *primlogixLevel2) validated(t *testing.T) {
	ctx := t.Context()
	s.call = s.worked("call", 10)
	s.worked("analysis", 50)
	for round, words := range []string{"The total is still off by a cent.", "Now the tax line is gone."} {
		s.now(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "The totals are right again."}))
		s.stands(client.ServiceWaitingForValidation, "waiting_for_customer", "validation")
		s.refused(409)(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Round: round + 1, Accepts: true}))
		s.refused(422)(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Round: round}))
		s.now(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Round: round, Text: &words}))
		s.stands(client.ServiceAdjustments, "waiting_inside", "")
		if s.service.Round != round+1 {
			t.Errorf("round %d", s.service.Round)
		}
	}
	s.now(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "Both are right."}))
	s.now(s.super.ValidateWorkWithResponse(ctx, s.service.Number, nil, client.Validation{Round: 2, Accepts: true}))
	if n := len(s.service.Decisions); n != 3 {
		t.Errorf("%d decisions: %+v", n, s.service.Decisions)
	}
	s.stands(client.ServiceToBill, "waiting_inside", "")
}

// worked enters minutes of an activity of the pack's.
func (s *primlogixLevel2) worked(activity string, minutes int) client.TimeEntry {
	s.T.Helper()
	return made[client.TimeEntry](s.World)(s.carrier.AddTimeEntryWithResponse(s.T.Context(), s.ticket.Number, nil, client.NewTimeEntry{Activity: activity, Minutes: minutes}))
}

func (s *primlogixLevel2) billed(t *testing.T) {
	ctx := t.Context()
	s.refused(409)(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Done."}))
	s.refused(403)(s.agent.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	shown := "1.00"
	changed := s.refused(409)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number, Total: &shown}))
	if *changed.Key != "invoice_changed" {
		t.Errorf("refused with %s", *changed.Key)
	}
	invoice := made[client.Invoice](s.World)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	// A call of 10 minutes and an analysis of 50 count 15 and 60, at 125 CAD an
	// hour: 156.25, with GST of 7.81 and QST of 15.59.
	if invoice.Net != "156.25" || invoice.Total != "179.65" || invoice.Currency != "CAD" || invoice.Taxes == nil || len(*invoice.Taxes) != 2 {
		t.Errorf("%+v", invoice)
	}
	s.stands(client.ServiceBilled, "in_progress", "")
	if !strings.Contains(s.super.latest().Subject, invoice.Number) {
		t.Errorf("told %q of %s", s.super.latest().Subject, invoice.Number)
	}
	s.refused(409)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	billed := s.refused(409)(s.carrier.ReverseTimeEntryWithResponse(ctx, s.call.Id, nil, client.ReverseTimeEntryJSONRequestBody{Reason: "It was another one."}))
	if *billed.Key != "time_billed" {
		t.Errorf("refused with %s", *billed.Key)
	}
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Both are right now."}))
	s.stands(client.ServiceClosed, "closed", "")
}

func (s *primlogixLevel2) estimated(t *testing.T) {
	ctx := t.Context()
	s.level2("My labels print twice")
	s.now(s.super.AskEstimateWithResponse(ctx, s.service.Number, nil, client.ServiceWords{}))
	s.worked("analysis", 30)
	if !s.service.AsksEstimate || !s.service.BillsAnalysis {
		t.Errorf("%+v", s.service)
	}
	s.refused(409)(s.carrier.BeginWorkWithResponse(ctx, s.service.Number, nil))
	wrong := s.refused(422)(s.carrier.OfferEstimateWithResponse(ctx, s.service.Number, nil, client.NewEstimate{Minutes: 90, Amount: "1e308", Currency: "EUR"}))
	if fields := *wrong.Fields; len(fields) != 2 || fields[0].Path != "amount" || fields[1].Path != "currency" {
		t.Errorf("%+v", fields)
	}
	for _, amount := range []string{"187.50", "250.00"} {
		s.service = made[client.ServiceRequestDetail](s.World)(s.carrier.OfferEstimateWithResponse(ctx, s.service.Number, nil, client.NewEstimate{Minutes: 90, Amount: amount, Currency: "CAD"}))
	}
	s.stands(client.ServiceEstimateOffered, "waiting_for_customer", "approval")
	old := s.refused(409)(s.super.DecideEstimateWithResponse(ctx, s.service.Number, nil, client.EstimateDecision{Revision: 1, Accepts: true}))
	if *old.Key != "decided_on_old_version" {
		t.Errorf("%s", *old.Key)
	}
	s.now(s.super.DecideEstimateWithResponse(ctx, s.service.Number, nil, client.EstimateDecision{Revision: 2}))
	if *s.service.Ending != "declined" {
		t.Errorf("ended as %v", *s.service.Ending)
	}
	s.stands(client.ServiceToBill, "waiting_inside", "")
	invoice := made[client.Invoice](s.World)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	if invoice.Net != "62.50" {
		t.Errorf("billed %s", invoice.Net)
	}
}

func (s *primlogixLevel2) gaveUp(t *testing.T) {
	s.level2("My export is empty")
	s.ticketOf(s.agent.AskInformationWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Which export?"}))
	s.Advance(35 * 24 * time.Hour) // twenty business days
	s.stands(client.ServiceAbandoned, "in_progress", "")
	if *s.service.Ending != "gave_up" {
		t.Errorf("ended as %v", *s.service.Ending)
	}
	reminders := 0
	for _, m := range s.super.Inbox() {
		if strings.HasPrefix(m.Subject, "["+s.ticket.Number+"] Reminder") {
			reminders++
		}
	}
	if reminders != 2 {
		t.Errorf("%d reminders, want 2", reminders)
	}
}

func (s *primlogixLevel2) changed(t *testing.T) {
	ctx := t.Context()
	s.level2("My logo is blurred")
	s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "level_1", Level: 1, Severity: "normal", Path: "answer"}))
	s.stands(client.ServiceAbandoned, "triaged", "")
	if *s.service.Ending != "path_changed" {
		t.Errorf("ended as %v", *s.service.Ending)
	}
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Use a larger picture."}))
}
