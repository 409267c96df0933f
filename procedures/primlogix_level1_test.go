package procedures

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
)

// primlogixLevel1 is the story of an answer: what is tried before the vendor is
// asked, and what support does with what reaches it.
type primlogixLevel1 struct {
	*World
	contact, super, agent *Person
	pending               client.PendingRequest
	ticket                client.TicketDetail
}

func TestPrimlogixLevel1(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	person := func(local string) *Person { return w.Person("primlogix", local) }
	s := &primlogixLevel1{World: w, contact: person("jeanne"), super: person("super"), agent: person("agent")}
	w.Step("the help pages come first", s.helped)
	w.Step("then the company's super-user, who can answer it without the vendor", s.answeredInside)
	w.Step("what the super-user could not answer goes to support by its form", s.forwarded)
	w.Step("support evaluates it: level 1, an answer without a look into any data", s.evaluated)
	w.Step("support answers with all that is needed, and the ticket closes", s.answered)
	w.Step("a super-user who does nothing holds nobody up", s.left)
}

// page is a page of the portal as this person sees it.
func (p *Person) page(path string) string {
	p.world.T.Helper()
	p.signIn()
	r, err := http.NewRequestWithContext(p.world.T.Context(), http.MethodGet, p.world.URL+"/"+p.vendor+path, nil)
	if err != nil {
		p.world.T.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "casepath-session-" + p.vendor, Value: p.token})
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		p.world.T.Fatal(err)
	}
	defer func() { _ = a.Body.Close() }()
	raw, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		p.world.T.Fatalf("%s: %d %v", path, a.StatusCode, err)
	}
	return string(raw)
}

func (s *primlogixLevel1) helped(t *testing.T) {
	if page := s.contact.page("/register"); !strings.Contains(page, "https://aide.primlogix.com") || strings.Index(page, "https://aide.primlogix.com") > strings.Index(page, `action="/primlogix/register"`) {
		t.Error("the form does not send to the help pages first")
	}
}

func (s *primlogixLevel1) asks(title string) {
	s.T.Helper()
	s.pending = kept(s.World)(s.contact.RegisterTicketWithResponse(s.T.Context(), nil, client.Registration{
		Type: "problem", Severity: "normal", Title: title, Body: "Since this morning.",
	}))
	if s.pending.State != "with_super_user" {
		s.T.Fatalf("%+v", s.pending)
	}
}

// reached is what the vendor has of the request: a ticket of that title.
func (s *primlogixLevel1) reached(title string) (list []client.Ticket) {
	s.T.Helper()
	for _, row := range got[client.TicketPage](s.World)(s.agent.ListTicketsWithResponse(s.T.Context(), nil)).Tickets {
		if row.Title == title {
			list = append(list, row)
		}
	}
	return list
}

func (s *primlogixLevel1) answeredInside(t *testing.T) {
	s.asks("How is a branch added")
	if last := s.super.latest(); !strings.Contains(last.Subject, "How is a branch added") {
		t.Errorf("the super-user was told: %s", last.Subject)
	}
	got[client.SubmittedAnswer](s.World)(s.super.AnswerRequestWithResponse(t.Context(), s.pending.Id, nil, client.SuperUserAnswer{Text: "Under Settings, Branches."}))
	if last := s.contact.latest(); !strings.Contains(last.Text, "Under Settings, Branches.") {
		t.Errorf("the answer is not in %s", last.Subject)
	}
	s.Advance(5 * 24 * time.Hour)
	if n := len(s.reached("How is a branch added")); n != 0 {
		t.Errorf("%d tickets of what was answered inside", n)
	}
}

func (s *primlogixLevel1) forwarded(t *testing.T) {
	s.asks("The totals differ by a cent")
	if n := len(s.reached(s.pending.Title)); n != 0 {
		t.Errorf("%d tickets before the super-user has looked", n)
	}
	got[client.SubmittedAnswer](s.World)(s.super.ForwardRequestWithResponse(t.Context(), s.pending.Id, nil))
	list := s.reached(s.pending.Title)
	if len(list) != 1 || list[0].State != "registered" {
		t.Fatalf("%+v", list)
	}
	s.ticket = s.ticketOf(s.contact.GetTicketWithResponse(t.Context(), list[0].Number))
	if last := s.contact.latest(); !strings.Contains(last.Subject, s.ticket.Number) {
		t.Errorf("no receipt, but %s", last.Subject)
	}
}

func (s *primlogixLevel1) evaluated(t *testing.T) {
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Triage{Reason: "level_1", Level: 1, Severity: "normal", Path: "answer"}))
	if list := got[client.ServiceRequestPage](s.World)(s.agent.ListServiceRequestsOfTicketWithResponse(t.Context(), s.ticket.Number)); len(list.ServiceRequests) != 0 {
		t.Error("an answer became billable work")
	}
}

func (s *primlogixLevel1) answered(t *testing.T) {
	s.ticket = s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Rounding is set by line; set it by invoice."}))
	if s.ticket.State != client.StateClosed {
		t.Errorf("after the answer it is %s", s.ticket.State)
	}
	if last := s.contact.latest(); !strings.Contains(last.Text, "set it by invoice") {
		t.Errorf("the answer is not in %s", last.Subject)
	}
}

// left: the pack's limit is one business day.
func (s *primlogixLevel1) left(t *testing.T) {
	s.asks("The export has no header")
	s.Advance(20 * time.Hour)
	if n := len(s.reached(s.pending.Title)); n != 0 {
		t.Error("forwarded too early")
	}
	s.Advance(4 * 24 * time.Hour)
	if list := s.reached(s.pending.Title); len(list) != 1 {
		t.Errorf("%d tickets after the limit", len(list))
	}
}
