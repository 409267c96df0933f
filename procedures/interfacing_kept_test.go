package procedures

import (
	"slices"
	"strings"
	"testing"
)

// The user got one mail for each thing others did, and no mail left twice.
func (s *interfacing) mails(t *testing.T) {
	if n := len(s.user.Inbox()); n != 6 { // receipt, question, two answers, two closings
		t.Errorf("the user got %d mails, want 6", n)
	}
	ids := map[string]bool{}
	for _, m := range s.Mail.Messages() {
		if ids[m.MessageID] {
			t.Errorf("twice: %s %s", m.MessageID, m.Subject)
		}
		ids[m.MessageID] = true
	}
}

// managersTold: where nobody has the ticket and there is no support team, the
// managers are told of a promise, once when it is due soon and once when it is
// missed.
func (s *interfacing) managersTold(t *testing.T) {
	t.Helper()
	var subjects []string
	for _, m := range s.Person("interfacing", "manager").Inbox() {
		subjects = append(subjects, m.Subject)
	}
	want := []string{"[" + s.alone.Number + "] Due soon, first reaction: " + s.alone.Title, "[" + s.alone.Number + "] Missed, first reaction: " + s.alone.Title}
	if !slices.Equal(subjects, want) {
		t.Errorf("the manager was told %q, want %q", subjects, want)
	}
}

func (s *interfacing) stillAlone(t *testing.T) {
	s.managersTold(t)
	alone, ticket := s.milestones()
	if len(alone) != 2 || len(ticket) != 0 {
		t.Errorf("months later: %+v and %+v", alone, ticket)
	}
	row := s.ticketOf(s.agent.GetTicketWithResponse(t.Context(), s.alone.Number))
	if row.State != "registered" || row.AcknowledgedAt != nil || ended(s.World, s.alone) {
		t.Errorf("left alone: %s, acknowledged %v", row.State, row.AcknowledgedAt)
	}
}

func (s *interfacing) secretKept(t *testing.T) {
	for _, p := range []*Person{s.user, s.colleague, s.super, s.stranger} {
		_, _ = p.GetTicketWithResponse(t.Context(), s.ticket.Number)
		_, _ = p.GetHistoryWithResponse(t.Context(), s.ticket.Number, nil)
		_, _ = p.ListCommentsWithResponse(t.Context(), s.ticket.Number, nil)
		if strings.Contains(p.Heard.String(), secret) {
			t.Errorf("the API told %s", p.Email)
		}
		for _, m := range p.Inbox() {
			if strings.Contains(m.Subject+m.Text+string(m.Raw), secret) {
				t.Errorf("a mail told %s: %s", p.Email, m.Subject)
			}
		}
	}
	if !strings.Contains(s.agent.Heard.String(), secret) {
		t.Error("staff were not told either: the test proves nothing")
	}
}
