package procedures

import (
	"strings"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/procedures/stack"
)

// Who is told of what Posimente offers as paid work, each once.

func (s *posimentePaid) appoint() {
	s.T.Helper()
	me := got[client.Me](s.World)(s.super.GetMeWithResponse(s.T.Context()))
	made[client.Person](s.World)(s.accounts.CreateContactWithResponse(s.T.Context(), nil, client.NewContact{
		OrganizationId: *me.OrganizationId, Name: "Andy Approver", Email: "approver@posimente.example", Password: new(stack.Password),
		Roles: &client.ContactRoles{"approver"},
	}))
	s.approver = s.Person("posimente", "approver")
}

// told wants each of some people to have so many mails about the ticket with such a
// subject, and with such words.
func (s *posimentePaid) told(subject string, times int, says string, people ...*Person) {
	s.T.Helper()
	for _, p := range people {
		n, text := 0, ""
		for _, m := range p.Inbox() {
			if strings.HasPrefix(m.Subject, "["+s.ticket.Number+"] "+subject) {
				n++
				text = strings.ReplaceAll(m.Text, "\u00a0", " ")
			}
		}
		if n != times || !strings.Contains(text, says) {
			s.T.Errorf("%s is told %q %d times, want %d, and %q in:\n%s", p.Email, subject, n, times, says, text)
		}
	}
}

// approvalTold wants those told of an approval who issue time frame and invoice,
// with the page where they do, and who asked, and who decided.
func (s *posimentePaid) approvalTold() {
	s.T.Helper()
	quote := s.service.Quotes[0].Number
	s.told("Quote approved", 1, "/console/service-requests/"+s.service.Number, s.billing, s.product)
	s.told("Quote approved", 1, "its time frame and invoice are to be issued", s.billing, s.product, s.agent)
	s.told("Quote approved", 1, "Andy Approver has approved quote "+quote+", version 2, 1,200.00 AUD, for", s.super)
	s.told("Quote approved", 1, "You have approved quote "+quote, s.approver)
}
