package procedures

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
)

// primlogixDevelopment is the story of a development request: by the form of
// configuration, free, and development's to decide.
type primlogixDevelopment struct {
	primlogixLevel3
	before int // mails to the contact so far
}

func TestPrimlogixDevelopment(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	person := func(local string) *Person { return w.Person("primlogix", local) }
	s := &primlogixDevelopment{primlogixLevel3: primlogixLevel3{
		World: w, contact: person("jeanne"), super: person("super"), agent: person("agent"), qa: person("qa"), dev: person("dev"), product: person("product"),
	}}
	s.catalog()
	s.asks()
	w.Step("the form of configuration is filled in, and nothing is billed", s.requested)
	w.Step("development evaluates it: meanwhile support can't close it", s.evaluates)
	w.Step("it is accepted: the customer is told, and support answers", s.accepted)
	w.Step("it is planned into a future version, and ships", s.planned)
	w.Step("another one is refused, with the reason", s.refusedWhy)
	w.Step("one that was wrong is triaged elsewhere, and development has nothing to tell", s.elsewhere)
}

// request is one by the contact that support sends to development.
func (s *primlogixDevelopment) request(title string) {
	s.T.Helper()
	ctx := s.T.Context()
	s.ticket = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "configuration", Severity: "normal", Title: title, Body: "For everybody, we think.",
		Fields: &client.FormFields{"wanted": "development", "needs": "A list of branches on one page."},
	}))
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "development", Level: 3, Severity: "normal", Path: "development_request"}))
	list := got[client.DevTicketPage](s.World)(s.dev.ListDevTicketsWithResponse(ctx, nil)).DevTickets
	s.first = got[client.DevTicketDetail](s.World)(s.dev.GetDevTicketWithResponse(ctx, list[0].Number, nil))
	s.before = len(s.contact.Inbox())
}

func (s *primlogixDevelopment) requested(t *testing.T) {
	s.request("Branches on one page")
	if s.first.DevTicket.Title != "Branches on one page" || s.first.DevTicket.State != client.DevNew || !strings.Contains(s.first.Body, "A list of branches") {
		t.Errorf("%+v", s.first)
	}
	if s.ticket.State != "waiting_inside" {
		t.Errorf("the ticket is %s", s.ticket.State)
	}
	if list := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(t.Context(), s.ticket.Number)); len(list.ServiceRequests) != 0 {
		t.Error("it is billable work")
	}
}

func (s *primlogixDevelopment) evaluates(t *testing.T) {
	s.refused(409)(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Done."}))
	s.refused(403)(s.agent.AcceptDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil))
	s.refused(409)(s.dev.PlanDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.4")}))
}

// news wants one new mail to the contact, with these words.
func (s *primlogixDevelopment) news(words ...string) {
	s.T.Helper()
	s.Advance(time.Second) // news is told batch by batch
	inbox := s.contact.Inbox()
	if len(inbox) != s.before+1 {
		s.T.Fatalf("%d new mails", len(inbox)-s.before)
	}
	last := inbox[len(inbox)-1]
	for _, word := range words {
		if !strings.Contains(last.Subject+last.Text, word) {
			s.T.Errorf("%q is not in %s\n%s", word, last.Subject, last.Text)
		}
	}
	s.before = len(inbox)
}

func (s *primlogixDevelopment) accepted(t *testing.T) {
	ctx := t.Context()
	s.first = got[client.DevTicketDetail](s.World)(s.dev.AcceptDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil))
	s.news("Accepté par le développement", s.ticket.Number, s.first.DevTicket.Number)
	if s.ticket = s.ticketOf(s.agent.GetTicketWithResponse(ctx, s.ticket.Number)); s.ticket.State != "in_progress" {
		t.Errorf("the ticket is %s", s.ticket.State)
	}
	s.ticket = s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Development has accepted it."}))
	s.before = len(s.contact.Inbox())
}

func (s *primlogixDevelopment) planned(t *testing.T) {
	ctx := t.Context()
	got[client.DevTicketDetail](s.World)(s.dev.PlanDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.4")}))
	s.news("8.4")
	got[client.DevTicketDetail](s.World)(s.dev.ShipDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil, client.DevTarget{}))
	s.news("8.4", "disponible")
}

func (s *primlogixDevelopment) refusedWhy(t *testing.T) {
	ctx := t.Context()
	s.request("A button for each branch")
	got[client.DevTicketDetail](s.World)(s.dev.RefuseDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil, client.ServiceReason{Text: "One page is enough."}))
	s.news("Non retenu", "One page is enough.")
	if s.ticket = s.ticketOf(s.agent.GetTicketWithResponse(ctx, s.ticket.Number)); s.ticket.State != "in_progress" {
		t.Errorf("the ticket is %s", s.ticket.State)
	}
}

func (s *primlogixDevelopment) elsewhere(t *testing.T) {
	ctx := t.Context()
	s.request("The page of branches is empty")
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "level_1", Level: 1, Severity: "normal", Path: "answer"}))
	if s.ticket.State != "triaged" {
		t.Errorf("the ticket is %s", s.ticket.State)
	}
	got[client.DevTicketDetail](s.World)(s.dev.RefuseDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil, client.ServiceReason{Text: "Not ours."}))
	s.ticket = s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Press reload."}))
	for _, m := range s.contact.Inbox()[s.before:] {
		if strings.Contains(m.Text, "Not ours.") {
			t.Errorf("told of what nobody asks for: %s", m.Subject)
		}
	}
}
