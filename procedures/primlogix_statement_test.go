package procedures

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/onebox"
)

// statement is the story of PRIM Logix's Monday mail.
type statement struct {
	*World
	super, agent, receiver *Person
	zone                   *time.Location
	monday                 time.Time // the next one, at eight
	asked, answered, late  client.TicketDetail
}

func TestPrimLogixStatement(t *testing.T) {
	from := monday(t, "America/Toronto").AddDate(0, 0, 1) // a Tuesday
	w := packed(t, "primlogix", from)
	s := &statement{World: w, super: w.Person("primlogix", "super"), agent: w.Person("primlogix", "agent"), receiver: w.Person("primlogix", "jeanne"), zone: from.Location()}
	s.monday = from.AddDate(0, 0, 6).Add(-time.Hour)
	w.Step("somebody at the company is responsible for PRIM Logix", s.named)
	w.Step("every Monday they get a mail that lists the open requests and the completed ones", s.first)
	w.Step("the worker is down from Sunday to Tuesday: the mail comes then, and says Monday's figures", s.second)
	w.Step("the third Monday's is its own", s.third)
	w.Step("nothing was mailed twice, and not a word of our own", s.once)
}

// secretWord is in a note that only staff may read.
const secretWord = "QZNOTE"

func (s *statement) named(t *testing.T) {
	me := got[client.Me](s.World)(s.receiver.GetMeWithResponse(t.Context()))
	accounts := s.Person("primlogix", "accounts")
	row := got[client.Person](s.World)(accounts.GetContactWithResponse(t.Context(), me.Id))
	got[client.Person](s.World)(accounts.UpdateContactWithResponse(t.Context(), me.Id, client.ContactUpdate{
		Version: row.Version, Active: true, Authorized: true, Name: row.Name, Email: row.Email, Locale: "en-CA", TimeZone: "America/Toronto", Roles: client.ContactRoles{"statement_receiver"},
	}))
	s.KeepStatements()
}

func (s *statement) register(title string) client.TicketDetail {
	s.T.Helper()
	return made[client.TicketDetail](s.World)(s.super.RegisterTicketWithResponse(s.T.Context(), nil,
		client.Registration{Type: "problem", Severity: "normal", Title: title, Body: "It ends without a word."}))
}

func (s *statement) triaged(ticket client.TicketDetail) {
	s.T.Helper()
	s.ticketOf(s.agent.TriageTicketWithResponse(s.T.Context(), ticket.Number, nil, client.Triage{Reason: "level_1", Level: 1, Severity: "normal", Path: "answer"}))
}

// at is an instant as the mails write it.
func (s *statement) at(t time.Time) string { return mail.Date(t.In(s.zone), "en") }

// since is when a ticket came into the state it is in.
func (s *statement) since(ticket client.TicketDetail, kind string) string {
	s.T.Helper()
	events := happened(s.World, s.agent, ticket.Number, kind)
	return s.at(events[len(events)-1].At)
}

// statements are the Monday mails, oldest first.
func (s *statement) statements() (list []onebox.Caught) {
	for _, m := range s.receiver.Inbox() {
		if strings.Contains(m.Subject, "Weekly statement") {
			list = append(list, m)
		}
	}
	return list
}

// wants wants the newest of n statements to say this of a Monday.
func (s *statement) wants(n int, monday time.Time, subject, body string) onebox.Caught {
	s.T.Helper()
	list := s.statements()
	if len(list) != n {
		s.T.Fatalf("%d statements, want %d", len(list), n)
	}
	year, week := monday.ISOWeek()
	m := list[n-1]
	body = fmt.Sprintf("Hello Jeanne Martin,\n\nThis is the weekly statement of Agence Belle-Rivière. Its figures are of %s.\n\n%s\n"+
		"The same on a page, with who else receives it:\n%s/primlogix/statement?week=%04d-W%02d\n\n"+
		"You receive it because you are named as a receiver of the weekly statement. To change that, tell us: 1 844-849-7746, support@primlogix.example\n\n", s.at(monday), body, s.URL, year, week)
	if m.Subject != "[PRIM Logix] Weekly statement: "+subject {
		s.T.Errorf("subject %q", m.Subject)
	}
	text := strings.ReplaceAll(m.Text, "\r\n", "\n")
	if before, _, _ := strings.Cut(text, "Please use the link"); before != body {
		s.T.Errorf("it says\n%s\nwant\n%s", before, body)
	}
	return m
}

// completed begins the list of the completed since four weeks before a Monday.
func (s *statement) completed(monday time.Time) string {
	return "COMPLETED SINCE " + s.at(monday.AddDate(0, 0, -28))
}

func (s *statement) first(t *testing.T) {
	s.asked, s.answered = s.register("Export stops at page two"), s.register("Labels are printed twice")
	s.triaged(s.asked)
	s.triaged(s.answered)
	s.Advance(2 * time.Hour)
	s.ticketOf(s.agent.AskInformationWithResponse(t.Context(), s.asked.Number, nil, client.Message{Text: "Which browser?"}))
	made[client.Comment](s.World)(s.agent.AddNoteWithResponse(t.Context(), s.asked.Number, nil, client.Message{Text: secretWord + " they are always like that"}))
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.answered.Number, nil, client.Message{Text: "A setting."}))
	s.Advance(s.monday.Sub(s.Now()) - time.Minute)
	if n := len(s.statements()); n != 0 {
		t.Fatalf("%d statements before Monday", n)
	}
	s.Advance(2 * time.Minute)
	m := s.wants(1, s.monday, "1 open, 1 waiting for you, 1 completed", fmt.Sprintf(`OPEN REQUESTS: 1, of which 1 waits for you

%s, waiting for you since %s
| Export stops at page two
What we asked or answered:
| Which browser?

%s: 1

%s, closed since %s
| Labels are printed twice
`, s.asked.Number, s.since(s.asked, "ask_information"), s.completed(s.monday), s.answered.Number, s.since(s.answered, "answer")))
	near(t, "the first statement", mailed(t, m), s.monday)
}

func (s *statement) second(t *testing.T) {
	s.Advance(24 * time.Hour)
	s.ticketOf(s.super.GiveInformationWithResponse(t.Context(), s.asked.Number, nil, client.Message{Text: "The usual one."}))
	s.monday = s.monday.AddDate(0, 0, 7)
	s.Advance(s.monday.Add(-12 * time.Hour).Sub(s.Now())) // Sunday evening
	s.Sleep()
	s.Advance(s.monday.Add(4 * time.Hour).Sub(s.Now()))
	s.late = s.register("Colours have changed") // after eight: not Monday's
	s.Advance(22 * time.Hour)
	if n := len(s.statements()); n != 1 {
		t.Fatalf("%d statements while nobody works", n)
	}
	woken := s.Now()
	s.Wake()
	m := s.wants(2, s.monday, "1 open, 1 completed", fmt.Sprintf(`OPEN REQUESTS: 1

%s, we are working on it since %s (Alex Agent)
| Export stops at page two

%s: 1

%s, closed since %s
| Labels are printed twice
`, s.asked.Number, s.since(s.asked, "give_information"), s.completed(s.monday), s.answered.Number, s.since(s.answered, "answer")))
	near(t, "the second statement", mailed(t, m), woken)
}

func (s *statement) third(t *testing.T) {
	s.triaged(s.late)
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.asked.Number, nil, client.Message{Text: "It is mended."}))
	s.monday = s.monday.AddDate(0, 0, 7)
	s.Advance(s.monday.Add(time.Minute).Sub(s.Now()))
	m := s.wants(3, s.monday, "1 open, 2 completed", fmt.Sprintf(`OPEN REQUESTS: 1

%s, we are working on it since %s (Alex Agent)
| Colours have changed

%s: 2

%s, closed since %s
| Export stops at page two

%s, closed since %s
| Labels are printed twice
`, s.late.Number, s.since(s.late, "triage"), s.completed(s.monday), s.asked.Number, s.since(s.asked, "answer"), s.answered.Number, s.since(s.answered, "answer")))
	near(t, "the third statement", mailed(t, m), s.monday)
}

func (s *statement) once(t *testing.T) {
	ids := map[string]bool{}
	for _, m := range s.Mail.Messages() {
		if ids[m.MessageID] {
			t.Errorf("twice: %s %s", m.MessageID, m.Subject)
		}
		ids[m.MessageID] = true
		if strings.Contains(m.Subject+m.Text+string(m.Raw), secretWord) {
			t.Errorf("told %s: %s", m.To, m.Subject)
		}
	}
}
