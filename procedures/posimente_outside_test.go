package procedures

import (
	"slices"
	"strings"
	"testing"

	"github.com/casepath/casepath/client"
)

// What is outside Posimente's support scope: their partner, or a quote.

func (s *posimentePaid) outside(title string) {
	s.T.Helper()
	s.why = "Training is not part of the licence."
	s.triaged("technical", "out_of_scope", "out_of_scope", title)
	list := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(s.T.Context(), s.ticket.Number))
	s.look(list.ServiceRequests[0].Number)
	s.stands(client.ServiceWaitingForChoice, "waiting_for_customer", "choice")
	if asked := s.super.latest(); !strings.Contains(asked.Text, "(Support Policy)") || !strings.Contains(asked.Text, s.why) {
		s.T.Errorf("asked with %s", asked.Text)
	}
}

func (s *posimentePaid) toPartner(t *testing.T) {
	ctx := t.Context()
	s.outside("Teach us Salesforce flows")
	if read := got[client.CommentPage](s.World)(s.super.ListCommentsWithResponse(ctx, s.ticket.Number, nil)).Comments; len(read) != 1 || read[0].Text != s.why {
		t.Errorf("the customer reads %+v", read)
	}
	s.refused(404)(s.partner.GetTicketWithResponse(ctx, s.ticket.Number))
	once, choice := &client.ChooseSupportParams{IdempotencyKey: new("our partner")}, client.SupportChoice{Choice: "partner", Text: new("Please call us.")}
	s.now(s.super.ChooseSupportWithResponse(ctx, s.service.Number, once, choice))
	s.ended(client.ServiceClosed, "to_partner")
	if s.service.Decisions[0].Question != "choice" || s.service.Decisions[0].Answer != "partner" {
		t.Errorf("%+v", s.service.Decisions)
	}
	s.ticketOf(s.partner.GetTicketWithResponse(ctx, s.ticket.Number))
	if told := s.partner.latest(); !strings.Contains(told.Text, "Sam Super of") || !strings.Contains(told.Text, "Please call us.") {
		t.Errorf("the partner was told %s", told.Text)
	}
	made[client.Comment](s.World)(s.partner.AddCommentWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "We call you tomorrow."}))
	s.refused(403)(s.partner.WithdrawTicketWithResponse(ctx, s.ticket.Number, nil, client.Withdrawal{})) // which is all they may
	// The answer may be lost, and the partner gone before it is asked for again.
	partner, customer := *got[client.Me](s.World)(s.partner.GetMeWithResponse(ctx)).OrganizationId, *got[client.Me](s.World)(s.super.GetMeWithResponse(ctx)).OrganizationId
	if a, err := s.accounts.UnlinkCustomerWithResponse(ctx, partner, customer); err != nil || a.StatusCode() != 204 {
		t.Fatal(err, a)
	}
	s.now(s.super.ChooseSupportWithResponse(ctx, s.service.Number, once, choice))
	if a, err := s.accounts.LinkCustomerWithResponse(ctx, partner, client.CustomerLink{CustomerId: customer}); err != nil || a.StatusCode() != 204 {
		t.Fatal(err, a)
	}
}

func (s *posimentePaid) partnerAsks(t *testing.T) {
	ctx := t.Context()
	customer := *got[client.Me](s.World)(s.super.GetMeWithResponse(ctx)).OrganizationId
	s.ticket = made[client.TicketDetail](s.World)(s.partner.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "technical", Severity: "low", Title: "Teach them Salesforce reports", Body: "It would help them.", OnBehalfOf: &client.OnBehalfOf{OrganizationId: customer},
		Fields: &client.FormFields{"customer_name": "Harbour Freight Pty", "salesforce_org_id": "00D5g000004XYZ1"},
	}))
	s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "out_of_scope", Level: 1, Severity: "low", Path: "out_of_scope", ScopeReason: &s.why}))
	list := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(ctx, s.ticket.Number))
	seen := got[client.ServiceAnswer](s.World)(s.partner.GetServiceRequestWithResponse(ctx, list.ServiceRequests[0].Number))
	if slices.Contains(seen.PossibleActions, "take_partner") {
		t.Errorf("the partner may %v", seen.PossibleActions)
	}
	refused := s.refused(403)(s.partner.ChooseSupportWithResponse(ctx, seen.Number, nil, client.SupportChoice{Choice: "partner"}))
	if *refused.Key != "partner_not_yours" {
		t.Errorf("refused with %s", *refused.Key)
	}
}

func (s *posimentePaid) toQuote(t *testing.T) {
	s.outside("Clean our Salesforce data")
	s.now(s.super.ChooseSupportWithResponse(t.Context(), s.service.Number, nil, client.SupportChoice{Choice: "quote"}))
	s.estimate(60)
	s.offer("1200")
	s.now(s.decide(1, true))
	s.now(s.schedule(s.product))
	s.stands(client.ServiceInWork, "waiting_inside", "")
}
