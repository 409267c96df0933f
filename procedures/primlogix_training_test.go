package procedures

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
)

// primlogixTraining is the story of a training: from the goals in its form to
// the invoice of the offer that was tailored to them.
type primlogixTraining struct {
	primlogixCustomization
	monday time.Time // 09:00 of the week after
}

func TestPrimlogixTraining(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	person := func(local string) *Person { return w.Person("primlogix", local) }
	s := &primlogixTraining{primlogixCustomization: primlogixCustomization{primlogixLevel2: primlogixLevel2{
		World: w, contact: person("jeanne"), super: person("super"), agent: person("agent"), carrier: person("trainer"), billing: person("billing"),
	}, accounts: person("accounts")}, monday: monday(t, "America/Toronto").AddDate(0, 0, 7)}
	w.Step("who may approve, and up to what", s.approvers)
	w.Step("the form asks for goals and expectations", s.asked)
	w.Step("the training team gets in touch", s.contacted)
	w.Step("an offer is tailored from one of the packages", s.tailored)
	w.Step("dates are agreed once it is approved, and moved", s.dated)
	w.Step("it is delivered, and billed at the price that was approved", s.delivered)
	w.Step("withdrawn after the approval, the time so far is settled", s.withdrawn)
}

// wanted is a training that support has triaged.
func (s *primlogixTraining) wanted(title string) {
	s.T.Helper()
	ctx := s.T.Context()
	s.ticket = made[client.TicketDetail](s.World)(s.super.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "training", Severity: "normal", Title: title, Body: "Three people begin in January.",
		Fields: &client.FormFields{"goals": "They make their own quotes.", "expectations": "On line, in French."},
	}))
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "training", Level: 1, Severity: "normal", Path: "training"}))
	list := got[client.ServiceRequestPage](s.World)(s.carrier.ListServiceRequestsOfTicketWithResponse(ctx, s.ticket.Number))
	s.look(list.ServiceRequests[0].Number)
}

func (s *primlogixTraining) asked(t *testing.T) {
	bare := client.Registration{Type: "training", Severity: "normal", Title: "Training for our new colleagues", Body: "Three people begin in January."}
	answer, err := s.super.RegisterTicketWithResponse(t.Context(), nil, bare)
	if err != nil || answer.JSON202 == nil || answer.JSON202.State != "incomplete" {
		t.Fatalf("without goals: %d %s (%v)", answer.StatusCode(), answer.Body, err)
	}
	s.wanted("Training for our new colleagues")
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
	work := got[client.ServiceRequestDetail](s.World)(s.carrier.GetServiceRequestWithResponse(t.Context(), s.service.Number))
	if s.ticket.Team == nil || *s.ticket.Team != "training" || work.Team == nil || *work.Team != "training" {
		t.Errorf("with the teams %v and %v", s.ticket.Team, work.Team)
	}
	if told := s.super.latest().Text; !strings.Contains(told, s.service.Number) || !strings.Contains(told, "We make you an offer before anything of it begins.") {
		t.Errorf("told:\n%s", told)
	}
}

func (s *primlogixTraining) contacted(t *testing.T) {
	ctx := t.Context()
	s.now(s.carrier.ReassignServiceRequestWithResponse(ctx, s.service.Number, nil, client.ServiceReassignment{AssigneeId: s.me(s.carrier)}))
	s.ticketOf(s.carrier.AskInformationWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Do they know the catalog?"}))
	s.stands(client.ServiceWaitingForInformation, "waiting_for_customer", "information")
	s.ticketOf(s.super.GiveInformationWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "A little."}))
	s.stands(client.ServiceAnalysis, "waiting_inside", "")
	s.worked("call", 30)
}

// tailor offers a training that starts from a package.
func (s *primlogixTraining) tailor(code string, lines ...client.NewQuoteLine) {
	s.T.Helper()
	s.service = made[client.ServiceRequestDetail](s.World)(s.carrier.OfferQuoteWithResponse(s.T.Context(), s.service.Number, nil, client.NewQuote{
		TrainingPackage: &code, Currency: "CAD", Lines: lines,
	}))
}

func (s *primlogixTraining) tailored(t *testing.T) {
	ctx := t.Context()
	lines := []client.NewQuoteLine{{Text: "Prise en main, 3 heures à distance", Quantity: "3", Unit: "125"}, {Text: "Vos propres modèles de soumission", Quantity: "1.5", Unit: "150"}}
	unknown := s.refused(422)(s.carrier.OfferQuoteWithResponse(ctx, s.service.Number, nil, client.NewQuote{TrainingPackage: new("yoga"), Currency: "CAD", Lines: lines}))
	if fields := *unknown.Fields; len(fields) != 1 || fields[0].Path != "training_package" {
		t.Errorf("%+v", fields)
	}
	s.tailor("on_site", client.NewQuoteLine{Text: "Sur place, deux jours", Quantity: "14", Unit: "125"})
	s.tailor("discovery", lines...)
	// 600.00 with GST of 30.00 and QST of 59.85.
	if q := s.service.Quotes[0]; q.Version != 2 || q.Total != "689.85" || q.TrainingPackage == nil || *q.TrainingPackage != "discovery" {
		t.Errorf("%+v", q)
	}
	s.stands(client.ServiceQuoteOffered, "waiting_for_customer", "approval")
	s.refused(409)(s.agree(0, s.session(0, time.Hour, "Teams")))
	s.refused(403)(s.decide(s.super, 2, true))
	s.now(s.decide(s.approver, 2, true))
	s.stands(client.ServiceInWork, "waiting_inside", "")
}

// session is one on the n-th day of the week after.
func (s *primlogixTraining) session(day int, length time.Duration, place string) client.TrainingSession {
	at := s.monday.AddDate(0, 0, day)
	return client.TrainingSession{Start: at, End: at.Add(length), Place: place}
}

// agree agrees on dates that replace those of a revision.
func (s *primlogixTraining) agree(replaces int, sessions ...client.TrainingSession) (*client.AgreeDatesResponse, error) {
	return s.carrier.AgreeDatesWithResponse(s.T.Context(), s.service.Number, nil, client.TrainingDates{Replaces: replaces, Sessions: sessions})
}

func (s *primlogixTraining) dated(t *testing.T) {
	ctx := t.Context()
	first, second := s.session(0, 3*time.Hour, "Teams"), s.session(1, 90*time.Minute, "https://meet.example/4")
	for name, wrong := range map[string][]client.TrainingSession{
		"two at once":  {first, s.session(0, time.Hour, "Teams")},
		"in the past":  {s.session(-30, time.Hour, "Teams")},
		"in two years": {s.session(730, time.Hour, "Teams")},
		"backwards":    {s.session(0, -time.Hour, "Teams")},
		"without end":  {s.session(0, 200*time.Hour, "Teams")},
		"nowhere":      {s.session(0, time.Hour, " ")},
	} {
		t.Log(name)
		s.refused(422)(s.agree(0, wrong...))
	}
	without := s.refused(409)(s.carrier.DeliverTrainingWithResponse(ctx, s.service.Number, nil))
	if *without.Key != "training_without_dates" {
		t.Errorf("refused with %s", *without.Key)
	}
	s.refused(403)(s.super.AgreeDatesWithResponse(ctx, s.service.Number, nil, client.TrainingDates{Sessions: []client.TrainingSession{first}}))
	s.now(s.agree(0, second, first))
	if told := s.super.latest(); !strings.Contains(told.Subject, "Dates of the training") || !strings.Contains(told.Text, "09:00 (America/Toronto), 3\u00a0h") {
		t.Errorf("told %s\n%s", told.Subject, told.Text)
	}
	changed := s.refused(409)(s.agree(0, first))
	if *changed.Key != "changed_meanwhile" {
		t.Errorf("refused with %s", *changed.Key)
	}
	moved := s.session(2, 90*time.Minute, "https://meet.example/4")
	s.now(s.agree(1, first, moved))
	if told := s.super.latest(); !strings.Contains(told.Subject, "Other dates of the training") {
		t.Errorf("told %s", told.Subject)
	}
	if kept := s.service.Sessions; s.service.DatesRevision != 2 || len(kept) != 2 || !kept[0].Start.Equal(first.Start) || !kept[1].Start.Equal(moved.Start) {
		t.Errorf("revision %d: %+v", s.service.DatesRevision, kept)
	}
	s.stands(client.ServiceInWork, "waiting_inside", "")
}

func (s *primlogixTraining) delivered(t *testing.T) {
	ctx := t.Context()
	s.Advance(s.monday.Sub(s.Now()) + 5*time.Hour) // after the first session
	early := s.refused(409)(s.carrier.DeliverTrainingWithResponse(ctx, s.service.Number, nil))
	if *early.Key != "training_to_come" {
		t.Errorf("refused with %s", *early.Key)
	}
	last := s.session(3, time.Hour, "Teams")
	s.now(s.agree(2, s.session(0, 3*time.Hour, "Teams"), last)) // what took place stays
	s.Advance(last.End.Sub(s.Now()))
	s.look(s.service.Number)
	s.refused(409)(s.carrier.AskValidationWithResponse(ctx, s.service.Number, nil, client.ServiceReport{Text: "Done."}))
	s.now(s.carrier.DeliverTrainingWithResponse(ctx, s.service.Number, nil))
	s.stands(client.ServiceToBill, "waiting_inside", "")
	invoice := made[client.Invoice](s.World)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	if invoice.Net != "600.00" || invoice.Total != "689.85" {
		t.Errorf("billed %s, %s", invoice.Net, invoice.Total)
	}
	s.stands(client.ServiceBilled, "in_progress", "")
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Have fun with your quotes."}))
	s.stands(client.ServiceClosed, "closed", "")
	if *s.service.Ending != "completed" {
		t.Errorf("ended as %v", *s.service.Ending)
	}
}

func (s *primlogixTraining) withdrawn(t *testing.T) {
	ctx := t.Context()
	s.wanted("Training for our managers")
	s.tailor("advanced", client.NewQuoteLine{Text: "Perfectionnement, une journée", Quantity: "1", Unit: "800"})
	s.now(s.decide(s.approver, 1, true))
	s.monday = s.Now().Truncate(time.Second)
	s.now(s.agree(0, s.session(7, time.Hour, "Teams")))
	s.worked("analysis", 60)
	s.now(s.super.WithdrawServiceRequestWithResponse(ctx, s.service.Number, nil, client.ServiceReason{Text: "They have left us."}))
	s.stands(client.ServiceToBill, "waiting_inside", "")
	if *s.service.Ending != "withdrawn" || slices.Contains(s.service.PossibleActions, client.ServiceAgreeDates) {
		t.Errorf("%+v", s.service)
	}
	invoice := made[client.Invoice](s.World)(s.billing.IssueInvoiceWithResponse(ctx, s.ticket.Number, nil, client.NewInvoice{ServiceRequest: &s.service.Number}))
	if invoice.Net != "125.00" {
		t.Errorf("billed %s", invoice.Net)
	}
}
