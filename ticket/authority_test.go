package ticket_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/ticket"
)

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		granted []string
		scope   string
		want    bool
	}{
		{nil, ticket.ScopeReadOnly, false},
		{[]string{ticket.ScopeReadOnly}, ticket.ScopeReadOnly, true},
		{[]string{ticket.ScopeReadOnly}, ticket.ScopeConfiguration, false},
		{[]string{ticket.ScopeConfiguration}, ticket.ScopeReadOnly, true},
		{[]string{ticket.ScopeConfiguration}, ticket.ScopeDataChange, false},
		{[]string{ticket.ScopeDataChange}, ticket.ScopeConfiguration, false},
		{[]string{ticket.ScopeReadOnly, ticket.ScopeDataChange}, ticket.ScopeDataChange, true},
		{ticket.Scopes, "", false},
	} {
		if got := ticket.Covers(c.granted, c.scope); got != c.want {
			t.Errorf("%v covers %s: %v", c.granted, c.scope, got)
		}
	}
}

func TestStandingOf(t *testing.T) {
	for _, c := range []struct {
		state string
		after time.Duration
		want  ticket.AuthorityStanding
	}{
		{"asked", 0, ticket.AuthorityAsked},
		{"asked", 1, ticket.AuthorityLapsed},
		{"completed", -time.Hour, ticket.AuthorityValid},
		{"completed", 0, ticket.AuthorityValid},
		{"completed", 1, ticket.AuthorityExpired},
		{"declined", time.Hour, ticket.AuthorityDeclined},
		{"revoked", -time.Hour, ticket.AuthorityRevoked},
		{"revoked", time.Hour, ticket.AuthorityRevoked},
	} {
		if got := ticket.AuthorityStands(c.state, noon, noon.Add(c.after)); got != c.want {
			t.Errorf("%s, %v after its last instant: %s, want %s", c.state, c.after, got, c.want)
		}
	}
}

// A question waits for what it says, and without a word for information.
func TestAskingWaitsForWhatItSays(t *testing.T) {
	for said, want := range map[string]ticket.Waiting{"": ticket.ForInformation, string(ticket.ForAccessAuthority): ticket.ForAccessAuthority} {
		s := standing(ticket.InProgress)
		made, err := ticket.Decide(s, ticket.Command{Key: "k", Action: ticket.ActAskInformation, Actor: ticket.Actor{ID: colleague, Side: ticket.Staff}, Waiting: said}, noon)
		if err != nil || made.To != ticket.WaitingForCustomer || made.Waiting != want || made.Resume != ticket.InProgress {
			t.Errorf("%q: %+v, %v", said, made, err)
		}
	}
}
