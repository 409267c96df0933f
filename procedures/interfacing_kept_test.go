package procedures

import (
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

func (s *interfacing) stillAlone(t *testing.T) {
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
