package procedures

import (
	"strings"
	"time"

	"github.com/casepath/casepath/client"
)

// news wants a person to have got one mail since they had so many, with that
// subject, about these tickets.
func (s *primlogixLevel3) news(to *Person, since int, subject string, tickets ...string) {
	s.T.Helper()
	s.Advance(time.Second) // news is told batch by batch
	inbox := to.Inbox()
	if len(inbox) != since+1 {
		s.T.Errorf("%s got %d mails, want 1", to.Email, len(inbox)-since)
		return
	}
	m := inbox[since]
	if !strings.Contains(strings.ReplaceAll(m.Subject, "\u00a0", " "), subject) {
		s.T.Errorf("%s was told %q, want %q", to.Email, m.Subject, subject)
	}
	for _, number := range tickets {
		if !strings.Contains(m.Text, number) {
			s.T.Errorf("%s was told nothing of %s:\n%s", to.Email, number, m.Text)
		}
	}
}

// theirs wants the dev ticket of a ticket to be this to its customer.
func (s *primlogixLevel3) theirs(by *Person, number string, state client.DevState, version string) {
	s.T.Helper()
	d := got[client.TicketDevPage](s.World)(by.ListDevTicketsOfTicketWithResponse(s.T.Context(), number)).DevTickets[0]
	if d.State != state || *d.Target != version {
		s.T.Errorf("%s: %s in %s, want %s in %s", number, d.State, *d.Target, state, version)
	}
}
