package procedures

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
)

// How access authorities end, and what was told of them.

func (s *authority) anyWord(t *testing.T) {
	s.asked = s.ask(t, "Salesforce sandbox", 40)
	made[client.Comment](s.World)(s.colleague.AddCommentWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Our signatory is away."}))
	if ticket := s.ticketOf(s.agent.GetTicketWithResponse(t.Context(), s.ticket.Number)); ticket.State != "in_progress" {
		t.Errorf("after a word of the customer: %s", ticket.State)
	}
	list := got[client.AuthorityList](s.World)(s.partner.ListAuthoritiesWithResponse(t.Context(), s.ticket.Number)).Authorities
	if len(list) != 2 || list[0].Id != s.asked.Id || list[0].Standing != "asked" {
		t.Errorf("the newest is not required any more: %+v", list)
	}
}

func (s *authority) revokes(t *testing.T) {
	g := s.grant(30)
	g.Basis, g.Name = nil, "Sigrid Natory"
	done := got[client.Authority](s.World)(s.signatory.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, g))
	if d := (*done.Decisions)[0]; !done.Valid || d.Capacity != "signatory" || d.Basis != nil {
		t.Fatalf("completed by the signatory: %+v", done)
	}
	if ticket := s.ticketOf(s.agent.GetTicketWithResponse(t.Context(), s.ticket.Number)); ticket.State != "in_progress" {
		t.Errorf("completing what is not waited for moves the ticket to %s", ticket.State)
	}
	if key := s.access(t, "configuration"); key != "" {
		t.Errorf("under it: %q", key)
	}
	why := client.AuthorityReason{Version: 2, Reason: "The sandbox is gone."}
	if p := s.refused(403)(s.partner.RevokeAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, why)); *p.Key != "authority_not_yours_to_revoke" {
		t.Errorf("taken back by a partner who has not signed it: %+v", p)
	}
	why.Version = 1
	s.refused(409)(s.colleague.RevokeAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, why))
	why.Version = 2
	params := &client.RevokeAuthorityParams{IdempotencyKey: new("revoke")}
	for range 2 {
		over := got[client.Authority](s.World)(s.colleague.RevokeAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, params, why))
		if d := *over.Decisions; over.Standing != "revoked" || over.Valid || len(d) != 2 || d[1].Capacity != "super_user" || *d[1].Reason != why.Reason {
			t.Errorf("taken back: %+v", over)
		}
	}
	if key := s.access(t, "read_only"); key != "access_needs_revoked" {
		t.Errorf("after it was taken back: %q", key)
	}
	p := s.refused(409)(s.signatory.RevokeAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, client.AuthorityReason{Version: 3, Reason: "again"}))
	if *p.Key != "authority_is_revoked" {
		t.Errorf("taken back again: %+v", p)
	}
}

func (s *authority) declines(t *testing.T) {
	s.asked = s.ask(t, "Salesforce production", 20)
	no := client.AuthorityReason{Version: 1, Reason: "Not before the audit."}
	over := got[client.Authority](s.World)(s.signatory.DeclineAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, no))
	if over.Standing != "declined" || *(*over.Decisions)[0].Reason != no.Reason {
		t.Errorf("declined: %+v", over)
	}
	if ticket := s.ticketOf(s.agent.GetTicketWithResponse(t.Context(), s.ticket.Number)); ticket.State != "in_progress" {
		t.Errorf("after it was declined: %s", ticket.State)
	}
	if key := s.access(t, "read_only"); key != "access_needs_declined" {
		t.Errorf("after it was declined: %q", key)
	}
	// One that nobody answers lapses with the last day it was wanted.
	s.asked = s.ask(t, "Salesforce archive", 2)
	s.Advance(4 * 24 * time.Hour)
	if p := s.refused(409)(s.signatory.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, s.grant(1))); *p.Key != "authority_is_lapsed" {
		t.Errorf("answered too late: %+v", p)
	}
	kinds := happened(s.World, s.partner, s.ticket.Number, "authority", "ask_information", "give_information")
	var what []string
	for _, e := range kinds {
		if said, ok := e.Data["authority"].(string); ok {
			what = append(what, said)
		}
	}
	if want := strings.Fields("asked completed used used asked completed used revoked asked declined asked"); !slices.Equal(what, want) {
		t.Errorf("the history says %v, want %v", what, want)
	}
}

// told: one mail a step and person, none to who did it.
func (s *authority) told(t *testing.T) {
	count := func(p *Person, subject string) (n int) {
		for _, m := range p.Inbox() {
			if strings.Contains(m.Subject, subject) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		who     string
		p       *Person
		subject string
		want    int
	}{
		{"partner", s.partner, "Your access authority is needed", 4},
		{"signatory", s.signatory, "Votre autorisation d’accès est nécessaire", 4},
		{"agent", s.agent, "Your access authority is needed", 0},
		{"agent", s.agent, "Access authority completed", 2},
		{"partner", s.partner, "Access authority completed", 1},
		{"signatory", s.signatory, "Autorisation d’accès accordée", 1},
		{"agent", s.agent, "Access authority taken back", 1},
		{"signatory", s.signatory, "Autorisation d’accès révoquée", 1},
		{"colleague, who took it back", s.colleague, "Access authority taken back", 0},
		{"agent", s.agent, "Access authority declined", 1},
		{"partner", s.partner, "Access authority declined", 1},
	} {
		if n := count(c.p, c.subject); n != c.want {
			t.Errorf("%s got %d times %q, want %d", c.who, n, c.subject, c.want)
		}
	}
}
