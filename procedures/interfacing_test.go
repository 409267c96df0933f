package procedures

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// secret is in the internal note, and must never be seen by a customer.
const secret = "QZINTERNAL"

// interfacing is the story of Interfacing's SOP-7: the portal's tickets, from
// the account that is made to a ticket that can't be reopened any more.
type interfacing struct {
	*World
	accounts, agent, agent2 *Person
	user, colleague, super  *Person // of Northern Utilities; the user reads French
	stranger                *Person // of another customer

	ticket client.TicketDetail // the user's, which goes through the procedure
	alone  client.TicketDetail // the colleague's, which nobody looks at
	file   client.File
}

func TestInterfacing(t *testing.T) {
	w := NewWorld(t)
	person := func(local string) *Person { return w.Person("interfacing", local) }
	s := &interfacing{
		World: w, accounts: person("accounts"), agent: person("agent"), agent2: person("agent2"),
		user: person("irene"), colleague: person("jeanne"), super: person("super"), stranger: person("stranger"),
	}
	w.Step("account manager creates a portal user", s.createUser)
	w.Step("user signs in and finds what to choose from", s.signIn)
	w.Step("new ticket has a number", s.register)
	w.Step("confirmation mail in the requester's language", s.receipts)
	w.Step("own and organization's tickets listed, others' not found", s.lists)
	w.Step("triage in time, severity changed with a reason", s.triage)
	w.Step("unacknowledged ticket warns once", s.warns)
	w.Step("unacknowledged ticket breaches once", s.breaches)
	w.Step("work begins and the assignee asks", s.asks)
	w.Step("a month of waiting writes no history", s.waits)
	w.Step("customer answers and links a document", s.informs)
	w.Step("internal note unseen by the customer", s.notes)
	w.Step("answer", s.answers)
	w.Step("closed by the assignee alone", s.closes)
	w.Step("reopened within the window", s.reopens)
	w.Step("closed for good after the window", s.ends)
	w.Step("progress was told by mail, once", s.mails)
	w.Step("unacknowledged ticket has not warned again", s.stillAlone)
	w.Step("internal note never told to a customer", s.secretKept)
}

func (s *interfacing) createUser(t *testing.T) {
	list := got[client.OrganizationPage](s.World)(s.accounts.ListOrganizationsWithResponse(t.Context(), nil)).Organizations
	i := slices.IndexFunc(list, func(o client.Organization) bool { return o.Name == "Northern Utilities" })
	if i < 0 {
		t.Fatal("no Northern Utilities")
	}
	other := made[client.Organization](s.World)(s.accounts.CreateOrganizationWithResponse(t.Context(), nil,
		client.NewOrganization{Kind: "customer", Name: "Southern Mills"}))
	french, password := "fr-CA", stack.Password
	user := made[client.Person](s.World)(s.accounts.CreateContactWithResponse(t.Context(), nil, client.NewContact{
		OrganizationId: list[i].Id,
		Name:           "Irène Tremblay", Email: s.user.Email, Locale: &french, Password: &password,
	}))
	if user.Authorized == nil || !*user.Authorized || !user.Active {
		t.Errorf("the user may not register requests: %+v", user)
	}
	made[client.Person](s.World)(s.accounts.CreateContactWithResponse(t.Context(), nil, client.NewContact{
		OrganizationId: other.Id,
		Name:           "Sol Stranger", Email: s.stranger.Email, Password: &password,
	}))
	s.refused(403)(s.super.CreateContactWithResponse(t.Context(), nil, client.NewContact{
		OrganizationId: list[i].Id,
		Name:           "Nobody", Email: "nobody@interfacing.example",
	}))
}

func (s *interfacing) signIn(t *testing.T) {
	me := got[client.Me](s.World)(s.user.GetMeWithResponse(t.Context()))
	if me.Locale != "fr-CA" || me.OrganizationId == nil {
		t.Errorf("signed in as %+v", me)
	}
	vendor := got[client.Vendor](s.World)(s.user.GetVendorWithResponse(t.Context()))
	if len(vendor.Types) != 4 || vendor.Types[1].Label != "Rapport d’anomalie" {
		t.Errorf("types %+v, want the four of the procedure in French", vendor.Types)
	}
	if list := got[client.TicketPage](s.World)(s.user.ListTicketsWithResponse(t.Context(), nil)); len(list.Tickets) != 0 {
		t.Errorf("%d tickets before the first", len(list.Tickets))
	}
}

func (s *interfacing) register(t *testing.T) {
	component := "Process modeler"
	form := client.Registration{
		Type: "bug", Severity: "medium", Title: "L’export s’arrête à 10 000 lignes",
		Body: "Le fichier est tronqué sans message.", Component: &component,
	}
	s.ticket = made[client.TicketDetail](s.World)(s.user.RegisterTicketWithResponse(t.Context(), nil, form))
	if s.ticket.State != "registered" || !strings.HasPrefix(s.ticket.Number, "IF-") || *s.ticket.Request.Component != component {
		t.Errorf("registered %+v", s.ticket)
	}
	s.justNow("registration", s.ticket.RegisteredAt)
	form.Title, form.Body = "How do I share a map?", "With a colleague who has no account."
	s.alone = made[client.TicketDetail](s.World)(s.colleague.RegisterTicketWithResponse(t.Context(), nil, form))
	if due := s.alone.AcknowledgeDueAt.Sub(s.alone.RegisteredAt); due != 24*time.Hour {
		t.Errorf("to be acknowledged within %v, want 24h", due)
	}

	form.Title = ""
	problem := s.refused(422)(s.user.RegisterTicketWithResponse(t.Context(), nil, form))
	if problem.Fields == nil || len(*problem.Fields) != 1 || (*problem.Fields)[0].Path != "title" {
		t.Errorf("refused without naming the title alone: %+v", problem)
	}
}

func (s *interfacing) receipts(t *testing.T) {
	for _, c := range []struct {
		person *Person
		ticket client.TicketDetail
		words  string
	}{
		{s.user, s.ticket, "Le numéro du billet est " + s.ticket.Number},
		{s.colleague, s.alone, "Its ticket number is " + s.alone.Number},
	} {
		inbox := c.person.Inbox()
		if len(inbox) != 1 {
			t.Fatalf("%s got %d mails, want the receipt", c.person.Email, len(inbox))
		}
		if text := strings.Join(strings.Fields(inbox[0].Text), " "); !strings.Contains(text, c.words) || !strings.Contains(text, c.ticket.Title) {
			t.Errorf("receipt of %s without %q: %s", c.ticket.Number, c.words, inbox[0].Text)
		}
		if !strings.Contains(inbox[0].Subject, c.ticket.Number) {
			t.Errorf("subject %q without %s", inbox[0].Subject, c.ticket.Number)
		}
		near(t, "receipt", mailed(t, inbox[0]), c.ticket.RegisteredAt)
	}
	if n := len(s.stranger.Inbox()) + len(s.super.Inbox()); n != 0 {
		t.Errorf("%d mails to others", n)
	}
}

func (s *interfacing) lists(t *testing.T) {
	both := []string{s.alone.Number, s.ticket.Number} // newest first
	for person, want := range map[*Person][]string{
		s.user: both[1:], s.colleague: both[:1], s.super: both, s.agent: both, s.stranger: nil,
	} {
		var numbers []string
		for _, ticket := range got[client.TicketPage](s.World)(person.ListTicketsWithResponse(t.Context(), nil)).Tickets {
			numbers = append(numbers, ticket.Number)
		}
		if !slices.Equal(numbers, want) {
			t.Errorf("%s sees %v, want %v", person.Email, numbers, want)
		}
	}
	s.ticketOf(s.super.GetTicketWithResponse(t.Context(), s.ticket.Number))
	s.refused(404)(s.stranger.GetTicketWithResponse(t.Context(), s.ticket.Number))
	s.refused(404)(s.stranger.GetHistoryWithResponse(t.Context(), s.ticket.Id.String(), nil))
	s.refused(404)(s.stranger.AddCommentWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Hello?"}))
	s.refused(404)(s.user.GetTicketWithResponse(t.Context(), s.alone.Number)) // a colleague's is not one's own
}

func (s *interfacing) triage(t *testing.T) {
	s.Advance(2 * time.Hour)
	wish := client.Triage{Reason: "bug", Level: 1, Severity: "high", Path: "answer"}
	s.refused(422)(s.agent.TriageTicketWithResponse(t.Context(), s.ticket.Number, nil, wish)) // why?
	why := "Reporting stands still for them."
	wish.SeverityReason = &why
	s.refused(403)(s.user.TriageTicketWithResponse(t.Context(), s.ticket.Number, nil, wish))
	ticket := s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.ticket.Number, nil, wish))
	if ticket.State != "triaged" || ticket.Severity != "high" || ticket.Request.Severity != "medium" || ticket.Assignee.Name != "Alex Agent" {
		t.Errorf("triaged %+v", ticket)
	}
	s.justNow("acknowledgement", *ticket.AcknowledgedAt)
	events := happened(s.World, s.agent, s.ticket.Number, "triage")
	if len(events) != 1 || events[0].Data["severity_before"] != "medium" || events[0].Data["severity_reason"] != why {
		t.Errorf("history of the triage: %+v", events)
	}
}

// milestones are the acknowledge target's, of both tickets.
func (s *interfacing) milestones() (alone, ticket []client.Event) {
	kinds := []string{"acknowledge_warning", "acknowledge_breach"}
	return happened(s.World, s.agent, s.alone.Number, kinds...), happened(s.World, s.agent, s.ticket.Number, kinds...)
}

func (s *interfacing) warns(t *testing.T) {
	s.Advance(15 * time.Hour) // 17 h of the 24
	if alone, _ := s.milestones(); len(alone) != 0 {
		t.Fatalf("before 75 %% of the target: %+v", alone)
	}
	s.Advance(2 * time.Hour)
	alone, _ := s.milestones()
	if len(alone) != 1 || alone[0].Kind != "acknowledge_warning" || alone[0].Data["late"] != false {
		t.Fatalf("after 75 %% of the target: %+v", alone)
	}
	near(t, "warning", alone[0].At, s.alone.RegisteredAt.Add(18*time.Hour))
}

func (s *interfacing) breaches(t *testing.T) {
	s.Advance(7 * time.Hour) // 26 h
	alone, triaged := s.milestones()
	if len(alone) != 2 || alone[1].Kind != "acknowledge_breach" || alone[1].Data["late"] != false {
		t.Fatalf("after the target: %+v", alone)
	}
	near(t, "breach", alone[1].At, s.alone.RegisteredAt.Add(24*time.Hour))
	if len(triaged) != 0 {
		t.Errorf("the triaged ticket: %+v", triaged)
	}
	s.managersTold(t)
	if seen := happened(s.World, s.colleague, s.alone.Number, "acknowledge_warning", "acknowledge_breach"); len(seen) != 0 {
		t.Errorf("the customer sees %+v", seen)
	}
}

func (s *interfacing) asks(t *testing.T) {
	if ticket := s.ticketOf(s.agent.StartTicketWithResponse(t.Context(), s.ticket.Number, nil)); ticket.State != "in_progress" {
		t.Errorf("started: %s", ticket.State)
	}
	asked := s.ticketOf(s.agent.AskInformationWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Which browser, please?"}))
	if asked.State != "waiting_for_customer" || *asked.WaitingFor != "information" {
		t.Errorf("asked: %s for %v", asked.State, asked.WaitingFor)
	}
	seen := s.ticketOf(s.user.GetTicketWithResponse(t.Context(), s.ticket.Number))
	if !slices.Contains(seen.PossibleActions, client.ActionGiveInformation) {
		t.Errorf("the customer may do %v", seen.PossibleActions)
	}
	if mail := s.user.latest(); !strings.Contains(mail.Text, "Which browser, please?") {
		t.Errorf("the question's mail: %s", mail.Text)
	}
}

// While it waits nothing is written: no timer, no task, no poll. Only the
// skipping itself, which no customer's installation does, leaves its two
// events for each skip.
func (s *interfacing) waits(t *testing.T) {
	id := workflows.TicketID(s.ticket.Id.String())
	before := s.Events(id)
	s.Advance(30 * 24 * time.Hour)
	after := s.Events(id)
	if added := written(after[len(before):]); len(added) != 0 {
		t.Errorf("a month of waiting wrote %v", added)
	}
	if ticket := s.ticketOf(s.user.GetTicketWithResponse(t.Context(), s.ticket.Number)); ticket.State != "waiting_for_customer" {
		t.Errorf("after a month: %s", ticket.State)
	}
}

func (s *interfacing) informs(t *testing.T) {
	content := "row 10000\nrow 10001\n"
	s.file = made[client.File](s.World)(s.user.UploadFileWithBodyWithResponse(t.Context(), &client.UploadFileParams{Name: "export.csv"},
		"application/octet-stream", strings.NewReader(content)))
	ticket := s.ticketOf(s.user.GiveInformationWithResponse(t.Context(), s.ticket.Number, nil,
		client.Message{Text: "Firefox, voir le fichier.", Files: &client.FileIDs{s.file.Id}}))
	if ticket.State != "in_progress" {
		t.Errorf("answered the question: %s", ticket.State)
	}
	given := happened(s.World, s.agent, s.ticket.Number, "give_information")
	if len(given) != 1 {
		t.Fatalf("history: %+v", given)
	}
	s.justNow("information", given[0].At)
	comments := got[client.CommentPage](s.World)(s.agent.ListCommentsWithResponse(t.Context(), s.ticket.Number, nil)).Comments
	if len(comments) != 2 || comments[1].Kind != "information" || len(comments[1].Files) != 1 || comments[1].Files[0].Name != "export.csv" {
		t.Errorf("comments: %+v", comments)
	}
	file, err := s.agent.DownloadFileWithResponse(t.Context(), s.file.Id)
	if err != nil || file.StatusCode() != 200 || string(file.Body) != content {
		t.Errorf("download: %v %d %q", err, file.StatusCode(), file.Body)
	}
	s.refused(404)(s.stranger.DownloadFileWithResponse(t.Context(), s.file.Id))
	if mail := s.agent.latest(); !strings.Contains(mail.Text, "Firefox, voir le fichier.") {
		t.Errorf("the assignee's mail: %s", mail.Text)
	}
}

func (s *interfacing) notes(t *testing.T) {
	s.refused(403)(s.user.AddNoteWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Hello"}))
	mails := len(s.Mail.Messages())
	note := made[client.Comment](s.World)(s.agent2.AddNoteWithResponse(t.Context(), s.ticket.Number, nil,
		client.Message{Text: "Known at two others, says " + secret + "."}))
	if note.Public {
		t.Error("the note is public")
	}
	if n := len(s.Mail.Messages()) - mails; n != 0 {
		t.Errorf("the note was mailed %d times", n)
	}
	staff := got[client.CommentPage](s.World)(s.agent.ListCommentsWithResponse(t.Context(), s.ticket.Number, nil)).Comments
	customer := got[client.CommentPage](s.World)(s.user.ListCommentsWithResponse(t.Context(), s.ticket.Number, nil)).Comments
	if len(staff) != 3 || len(customer) != 2 {
		t.Errorf("staff see %d comments and the customer %d, want 3 and 2", len(staff), len(customer))
	}
}

func (s *interfacing) answers(t *testing.T) {
	ticket := s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Raise the limit in the settings."}))
	if ticket.State != "answered" || ticket.ClosedAt != nil {
		t.Errorf("answered: %s", ticket.State)
	}
	if mail := s.user.latest(); !strings.Contains(mail.Text, "Raise the limit in the settings.") {
		t.Errorf("the answer's mail: %s", mail.Text)
	}
	s.Advance(20 * 24 * time.Hour) // nothing closes by itself here
	if ticket := s.ticketOf(s.user.GetTicketWithResponse(t.Context(), s.ticket.Number)); ticket.State != "answered" {
		t.Errorf("twenty days later: %s", ticket.State)
	}
}

func (s *interfacing) closes(t *testing.T) {
	s.refused(403)(s.agent2.CloseTicketWithResponse(t.Context(), s.ticket.Number, nil))
	s.refused(403)(s.user.CloseTicketWithResponse(t.Context(), s.ticket.Number, nil))
	ticket := s.ticketOf(s.agent.CloseTicketWithResponse(t.Context(), s.ticket.Number, nil))
	if ticket.State != "closed" {
		t.Errorf("closed: %s", ticket.State)
	}
	s.justNow("closing", *ticket.ClosedAt)
	if window := ticket.ReopenUntil.Sub(*ticket.ClosedAt); window != 14*24*time.Hour {
		t.Errorf("reopening is possible for %v, want 14 days", window)
	}
}

func (s *interfacing) reopens(t *testing.T) {
	s.Advance(10 * 24 * time.Hour)
	s.refused(404)(s.stranger.ReopenTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Me too"}))
	ticket := s.ticketOf(s.user.ReopenTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Ça recommence."}))
	if ticket.State != "in_progress" || ticket.ClosedAt != nil || ticket.Assignee == nil || ticket.Assignee.Name != "Alex Agent" {
		t.Errorf("reopened: %+v", ticket)
	}
	if mail := s.agent.latest(); !strings.Contains(mail.Text, "Ça recommence.") {
		t.Errorf("the assignee's mail: %s", mail.Text)
	}
	s.Advance(20 * 24 * time.Hour) // the window of the first closing is forgotten
	if ended(s.World, s.ticket) {
		t.Fatal("the workflow ended with the first window")
	}
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Fixed in 12.4."}))
	s.ticketOf(s.agent.CloseTicketWithResponse(t.Context(), s.ticket.Number, nil))
}

func (s *interfacing) ends(t *testing.T) {
	s.Advance(13 * 24 * time.Hour)
	if ended(s.World, s.ticket) {
		t.Error("the workflow ended within the window")
	}
	s.Advance(2 * 24 * time.Hour)
	problem := s.refused(409)(s.user.ReopenTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Again!"}))
	if problem.State == nil || *problem.State != "closed" || problem.Key == nil || *problem.Key != "reopen_window_over" {
		t.Errorf("reopening too late: %+v", problem)
	}
	if !ended(s.World, s.ticket) {
		t.Error("the workflow has not completed")
	}
	ticket := s.ticketOf(s.user.GetTicketWithResponse(t.Context(), s.ticket.Number))
	if ticket.State != "closed" || len(ticket.PossibleActions) != 0 {
		t.Errorf("in the end: %s, possible %v", ticket.State, ticket.PossibleActions)
	}
	kinds := history(s.World, s.user, s.ticket.Number)
	want := strings.Fields("registered triage start ask_information give_information answer close reopen answer close")
	if !slices.Equal(kinds, want) {
		t.Errorf("history as the customer sees it: %v, want %v", kinds, want)
	}
}
