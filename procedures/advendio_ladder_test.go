package procedures

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/client"
)

// advendioLadder is the story of two ways up: a question to colleagues inside a
// ticket, and a complaint that goes up the ladder.
type advendioLadder struct {
	*World
	contact, agent, dev, admin, success, coo, ceo *Person
	ticket                                        client.TicketDetail
	question                                      client.Collaboration
	escalation                                    client.Escalation
}

func TestAdvendioLadder(t *testing.T) {
	w := packed(t, "advendio", monday(t, "Europe/Berlin"))
	person := func(local string) *Person { return w.Person("advendio", local) }
	s := &advendioLadder{
		World: w, contact: person("jeanne"), agent: person("agent"), dev: person("dev"), admin: person("admin"),
		success: person("trainer"), coo: person("billing"), ceo: person("manager"),
	}
	s.stands("success", s.success, "manager")
	s.stands("coo", s.coo, "billing") // a rung is theirs who are of its team, whatever their roles
	s.stands("ceo", s.ceo, "manager")
	w.Step("a complex case is discussed with development, inside the ticket", s.asked)
	w.Step("nobody answers in time: who is asked and who asks are reminded, once", s.reminded)
	w.Step("the answer stays inside, and the customer is answered after it", s.answered)
	w.Step("a complaint on Friday evening reaches the customer success manager on Monday morning", s.complained)
	w.Step("unacknowledged, it goes to the COO, and not to who is complained about", s.passed)
	w.Step("who acknowledges holds it, and nobody else is told meanwhile", s.held)
	w.Step("it is not resolved by who is complained about", s.refusedTo)
	w.Step("resolved with a reason, and the customer gets a summary", s.resolved)
	w.Step("a critical ticket's ladder is told at once, and the customer withdraws", s.critical)
	w.Step("a complaint that concerns no ticket", s.without)
	w.Step("five complaints a day, and the same one again is none", s.counted)
	w.Step("a partner who acts for the customer no more reads nothing of it", s.parted)
	w.Step("nothing of the question ever reached the customer", s.canary)
}

// stands puts somebody on a rung.
func (s *advendioLadder) stands(team string, who *Person, role string) {
	s.T.Helper()
	ctx := s.T.Context()
	id := got[client.Me](s.World)(who.GetMeWithResponse(ctx)).Id
	row := got[client.Person](s.World)(s.admin.GetStaffWithResponse(ctx, id))
	got[client.Person](s.World)(s.admin.UpdateStaffWithResponse(ctx, id, client.StaffUpdate{
		Version: row.Version, Active: true, Name: row.Name, Email: row.Email, Locale: "en", TimeZone: "Europe/Berlin", Roles: client.StaffRoles{role},
	}))
	made[client.Team](s.World)(s.admin.CreateTeamWithResponse(ctx, nil, client.NewTeam{Name: team, Kind: "other", Code: &team, Members: client.TeamMembers{id}}))
}

// triaged is a ticket of the contact's that the agent has.
func (s *advendioLadder) triaged(severity, title string) {
	s.T.Helper()
	ctx := s.T.Context()
	s.ticket = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "bug", Severity: severity, Title: title, Body: "Since this morning.",
	}))
	agent := got[client.Me](s.World)(s.agent.GetMeWithResponse(ctx)).Id
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "bug", Level: 1, Severity: severity, Path: "answer", AssigneeId: &agent}))
}

const canary = "Zebrafink"

func (s *advendioLadder) asked(t *testing.T) {
	ctx := t.Context()
	s.triaged("3", "The export of invoices stops at page two")
	team := "development"
	s.refused(422)(s.agent.AskColleagueWithResponse(ctx, s.ticket.Number, nil, client.NewQuestion{Text: "?", Team: new("success")}))
	s.question = made[client.Collaboration](s.World)(s.agent.AskColleagueWithResponse(ctx, s.ticket.Number, nil, client.NewQuestion{Text: canary + ": what is page two?", Team: &team}))
	if s.question.DueAt == nil || !strings.Contains(s.dev.latest().Text, canary) {
		t.Errorf("%+v, %q", s.question, s.dev.latest().Subject)
	}
	refused := s.refused(409)(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "Done."}))
	if *refused.Key != "ticket_has_open_work" {
		t.Errorf("refused with %s", *refused.Key)
	}
	s.refused(403)(s.agent.AnswerColleagueWithResponse(ctx, s.question.Id, nil, client.Answer{Text: "Myself."}))
	s.refused(403)(s.contact.ListCollaborationsOfTicketWithResponse(ctx, s.ticket.Number))
	s.refused(404)(s.contact.AnswerColleagueWithResponse(ctx, s.question.Id, nil, client.Answer{Text: "Me."}))
}

func (s *advendioLadder) reminded(t *testing.T) {
	asked, asks := len(s.dev.Inbox()), len(s.agent.Inbox())
	s.Advance(3 * 24 * time.Hour)
	if n, m := len(s.dev.Inbox())-asked, s.count(s.agent, "An answer is due"); n != 1 || m != 1 {
		t.Errorf("reminded %d and %d times of %d mails", n, m, len(s.agent.Inbox())-asks)
	}
}

// count is how many mails of somebody's have these words in their subject.
func (s *advendioLadder) count(p *Person, words string) (n int) {
	for _, m := range p.Inbox() {
		if strings.Contains(m.Subject, words) {
			n++
		}
	}
	return n
}

func (s *advendioLadder) answered(t *testing.T) {
	ctx := t.Context()
	mine := true
	list := got[client.CollaborationPage](s.World)(s.dev.ListCollaborationsWithResponse(ctx, &client.ListCollaborationsParams{Mine: &mine}))
	if len(list.Collaborations) != 1 || !list.Collaborations[0].MayAnswer {
		t.Fatalf("%+v", list)
	}
	got[client.Collaboration](s.World)(s.dev.AnswerColleagueWithResponse(ctx, s.question.Id, nil, client.Answer{Text: canary + ": it is missing."}))
	s.refused(409)(s.dev.AnswerColleagueWithResponse(ctx, s.question.Id, nil, client.Answer{Text: "Again."}))
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "It is mended."}))
}

func (s *advendioLadder) escalate(in client.NewEscalation) {
	s.T.Helper()
	s.escalation = made[client.Escalation](s.World)(s.contact.EscalateWithResponse(s.T.Context(), nil, in))
}

// state looks at the escalation.
func (s *advendioLadder) state(want client.EscalationState, rung int) {
	s.T.Helper()
	s.escalation = got[client.Escalation](s.World)(s.contact.GetEscalationWithResponse(s.T.Context(), s.escalation.Number))
	if s.escalation.State != want || s.escalation.Rung != rung {
		s.T.Errorf("%s is %s on rung %d, want %s on %d", s.escalation.Number, s.escalation.State, s.escalation.Rung, want, rung)
	}
}

func (s *advendioLadder) complained(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s.triaged("3", "The logo is blurred on every report")
	now := s.Now().In(berlin)
	friday := time.Date(now.Year(), now.Month(), now.Day(), 20, 0, 0, 0, berlin)
	for friday.Weekday() != time.Friday || friday.Before(now) {
		friday = friday.AddDate(0, 0, 1)
	}
	s.Advance(friday.Sub(now))
	s.refused(422)(s.contact.EscalateWithResponse(t.Context(), nil, client.NewEscalation{Reason: "", Ticket: &s.ticket.Number}))
	s.escalate(client.NewEscalation{Reason: "Nobody answers me.", Ticket: &s.ticket.Number})
	if !strings.HasPrefix(s.escalation.Number, "ESC-") || len(s.escalation.Rungs) != 3 {
		t.Errorf("%+v", s.escalation)
	}
	s.Deliver()
	if last := s.contact.latest(); !strings.Contains(last.Subject, s.escalation.Number) || !strings.Contains(last.Text, "Nobody answers me.") ||
		!strings.Contains(last.Text, "Customer Success Manager") {
		t.Errorf("no receipt: %q\n%s", last.Subject, last.Text)
	}
	refused := s.refused(409)(s.contact.EscalateWithResponse(t.Context(), nil, client.NewEscalation{Reason: "Again.", Ticket: &s.ticket.Number}))
	if *refused.Key != "escalated_already" {
		t.Errorf("refused with %s", *refused.Key)
	}
	s.Advance(24 * time.Hour) // Saturday
	if n := s.count(s.success, "A complaint"); n != 0 {
		t.Errorf("told %d times on a weekend", n)
	}
	s.Advance(37*time.Hour + 30*time.Minute) // Monday, half past nine
	if n := s.count(s.success, "A complaint"); n != 1 {
		t.Errorf("told %d times on Monday", n)
	}
	s.refused(404)(s.coo.GetEscalationWithResponse(t.Context(), s.escalation.Number)) // it has not come to their rung
	s.state(client.EscalationOpen, 1)
}

func (s *advendioLadder) passed(t *testing.T) {
	s.Advance(24 * time.Hour)
	if n, m := s.count(s.coo, "A complaint"), s.count(s.success, "A complaint"); n != 1 || m != 1 {
		t.Errorf("the COO was told %d times, the first rung %d", n, m)
	}
	if n := s.count(s.agent, "A complaint"); n != 0 {
		t.Errorf("who is complained about was told %d times", n)
	}
	s.state(client.EscalationOpen, 2)
}

func (s *advendioLadder) held(t *testing.T) {
	ctx := t.Context()
	list := got[client.EscalationPage](s.World)(s.coo.ListEscalationsWithResponse(ctx, nil))
	if len(list.Escalations) != 1 || list.Escalations[0].Number != s.escalation.Number {
		t.Errorf("the COO's list: %+v", list)
	}
	got[client.Escalation](s.World)(s.coo.AcknowledgeEscalationWithResponse(ctx, s.escalation.Number, nil))
	got[client.Escalation](s.World)(s.coo.HoldEscalationWithResponse(ctx, s.escalation.Number, nil, client.Reason{Reason: "We wait for the parts."}))
	s.Advance(5 * 24 * time.Hour)
	s.state(client.EscalationOnHold, 2)
	if n := s.count(s.ceo, "A complaint"); n != 0 {
		t.Errorf("the CEO was told %d times", n)
	}
	got[client.Escalation](s.World)(s.coo.ResumeEscalationWithResponse(ctx, s.escalation.Number, nil))
	s.state(client.EscalationAcknowledged, 2)
}

func (s *advendioLadder) refusedTo(t *testing.T) {
	ctx := t.Context()
	id := got[client.Me](s.World)(s.success.GetMeWithResponse(ctx)).Id
	s.refused(404)(s.agent.ResolveEscalationWithResponse(ctx, s.escalation.Number, nil, client.Reason{Reason: "It is fine."}))
	s.ticketOf(s.agent.ReassignTicketWithResponse(ctx, s.ticket.Number, nil, client.Reassignment{AssigneeId: new(s.manager())}))
	refused := s.refused(403)(s.ceo.ResolveEscalationWithResponse(ctx, s.escalation.Number, nil, client.Reason{Reason: "It is fine."}))
	if *refused.Key != "escalation_about_you" {
		t.Errorf("refused with %s (%s)", *refused.Key, id)
	}
}

// manager gives the CEO the role an assignee needs, and is their id.
func (s *advendioLadder) manager() uuid.UUID {
	s.T.Helper()
	return got[client.Me](s.World)(s.ceo.GetMeWithResponse(s.T.Context())).Id
}

func (s *advendioLadder) resolved(t *testing.T) {
	s.refused(422)(s.coo.ResolveEscalationWithResponse(t.Context(), s.escalation.Number, nil, client.Reason{Reason: " "}))
	got[client.Escalation](s.World)(s.coo.ResolveEscalationWithResponse(t.Context(), s.escalation.Number, nil, client.Reason{Reason: "A colleague calls you today."}))
	s.state(client.EscalationResolved, 2)
	last := s.contact.latest()
	for _, part := range []string{"is resolved", "A colleague calls you today.", "passed on to COO", "put on hold"} {
		if !strings.Contains(last.Text, part) {
			t.Errorf("the summary lacks %q:\n%s", part, last.Text)
		}
	}
	s.refused(409)(s.contact.WithdrawEscalationWithResponse(t.Context(), s.escalation.Number, nil, client.Reason{Reason: "Too late."}))
}

func (s *advendioLadder) critical(t *testing.T) {
	s.triaged("1", "Nobody can sign in since this morning")
	told := s.count(s.success, "A complaint")
	for s.Now().UTC().Hour() < 22 {
		s.Advance(time.Hour)
	}
	s.escalate(client.NewEscalation{Reason: "Production stands still.", Ticket: &s.ticket.Number})
	s.Advance(time.Minute)
	if n := s.count(s.success, "A complaint") - told; n != 1 {
		t.Errorf("told %d times at night", n)
	}
	got[client.Escalation](s.World)(s.contact.WithdrawEscalationWithResponse(t.Context(), s.escalation.Number, nil, client.Reason{Reason: "It works again."}))
	s.state(client.EscalationWithdrawn, 1)
	if n := s.count(s.success, s.escalation.Number+": The escalation is withdrawn"); n != 1 {
		t.Errorf("whose turn it was is told %d times of its end", n)
	}
}

func (s *advendioLadder) without(t *testing.T) {
	s.escalate(client.NewEscalation{Reason: "You are always late."})
	if s.escalation.Ticket != nil {
		t.Errorf("%+v", s.escalation)
	}
	s.refused(404)(s.Person("athento", "manager").GetEscalationWithResponse(t.Context(), s.escalation.Id.String()))
	s.refused(404)(s.agent.GetEscalationWithResponse(t.Context(), s.escalation.Number))
}

// counted: the fifth of a day is the last; one that is sent again with its key is
// no other.
func (s *advendioLadder) counted(t *testing.T) {
	ctx, made, received := t.Context(), 2, s.count(s.contact, "We have received your escalation")
	for ; made < 10; made++ {
		got[client.Escalation](s.World)(s.contact.WithdrawEscalationWithResponse(ctx, s.escalation.Number, nil, client.Reason{Reason: "Not this."}))
		key, in := fmt.Sprint("again", made), client.NewEscalation{Reason: "You are always late."}
		var number string
		for range 3 {
			a, err := s.contact.EscalateWithResponse(ctx, &client.EscalateParams{IdempotencyKey: &key}, in)
			if err != nil {
				t.Fatal(err)
			}
			if a.StatusCode() == 429 {
				if made != 5 || number != "" {
					t.Errorf("refused after %d in a day, %q", made, number)
				}
				s.Deliver()
				if n := s.count(s.contact, "We have received your escalation") - received; n != 3 {
					t.Errorf("%d receipts of 3", n)
				}
				return
			}
			if a.JSON201 == nil || number != "" && a.JSON201.Number != number {
				t.Fatalf("%d %s", a.StatusCode(), a.Body)
			}
			s.escalation = *a.JSON201
			number = s.escalation.Number
		}
	}
	t.Error("nobody counts complaints")
}

func (s *advendioLadder) parted(t *testing.T) {
	ctx, partner, accounts := t.Context(), s.Person("advendio", "partner"), s.Person("advendio", "accounts")
	customer := *got[client.Me](s.World)(s.contact.GetMeWithResponse(ctx)).OrganizationId
	own := *got[client.Me](s.World)(partner.GetMeWithResponse(ctx)).OrganizationId
	s.ticket = made[client.TicketDetail](s.World)(partner.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "bug", Severity: "4", Title: "The export has no header", Body: "Since this morning.", OnBehalfOf: &client.OnBehalfOf{OrganizationId: customer},
	}))
	s.escalation = made[client.Escalation](s.World)(partner.EscalateWithResponse(ctx, nil, client.NewEscalation{Reason: "Nobody answers us.", Ticket: &s.ticket.Number}))
	sees := func() int {
		return len(got[client.EscalationPage](s.World)(partner.ListEscalationsWithResponse(ctx, nil)).Escalations)
	}
	if n := sees(); n != 1 {
		t.Errorf("the partner sees %d escalations", n)
	}
	if a, err := accounts.UnlinkCustomerWithResponse(ctx, own, customer); err != nil || a.StatusCode() != 204 {
		t.Fatalf("unlinked: %v, %+v", err, a)
	}
	if n := sees(); n != 0 {
		t.Errorf("without its link the partner sees %d escalations", n)
	}
	s.refused(404)(partner.GetEscalationWithResponse(ctx, s.escalation.Number))
	s.refused(404)(partner.WithdrawEscalationWithResponse(ctx, s.escalation.Number, nil, client.Reason{Reason: "Never mind."}))
}

func (s *advendioLadder) canary(t *testing.T) {
	for _, m := range s.contact.Inbox() {
		if strings.Contains(m.Text+m.Subject, canary) {
			t.Errorf("mailed to the customer: %q", m.Subject)
		}
	}
	if strings.Contains(s.contact.Heard.String(), canary) {
		t.Error("the API told the customer")
	}
}
