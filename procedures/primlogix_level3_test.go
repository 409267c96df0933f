package procedures

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
)

// primlogixLevel3 is the story of a defect: from support to quality assurance,
// to development, into a version, and back when that does not solve it.
type primlogixLevel3 struct {
	*World
	contact, super, agent, qa, dev, product *Person
	pack                                    uuid.UUID
	ticket                                  client.TicketDetail
	review                                  client.QAReview
	first                                   client.DevTicketDetail // the dev ticket the story is about
	tickets                                 []string               // that wait for it
}

func TestPrimlogixLevel3(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	person := func(local string) *Person { return w.Person("primlogix", local) }
	s := &primlogixLevel3{
		World: w, contact: person("jeanne"), super: person("super"), agent: person("agent"), qa: person("qa"), dev: person("dev"), product: person("product"),
	}
	s.catalog()
	s.asks()
	w.Step("support sends the request to quality assurance, which investigates", s.sent)
	w.Step("quality assurance may need to know more, and asks on the ticket", s.asked)
	w.Step("quality assurance creates a dev ticket, for development to plan into a version", s.created)
	w.Step("support closes the ticket with the answer", s.closed)
	w.Step("there is a dev ticket already: the customer is told into which version it is planned", s.known)
	w.Step("an attachment can be undone for ten minutes, where nobody was told", s.undone)
	w.Step("what it can't be: not reproducible, or solved in a released version", s.others)
	w.Step("every customer is told once when the version slips", s.slipped)
	w.Step("a release ships its dev tickets in one act, and tells each customer once", s.shipped)
	w.Step("it still fails: the ticket is reopened with its history, whatever the window", s.failed)
	w.Step("development decides not to do it, and says why", s.declined)
	w.Step("a path that was wrong is changed, and its review ends", s.changed)
	w.Step("nothing was mailed twice, and nothing of staff's to customers", s.apart)
}

func (s *primlogixLevel3) catalog() {
	ctx := s.T.Context()
	product := made[client.Product](s.World)(s.product.CreateProductWithResponse(ctx, nil, client.NewProduct{Name: "PRIM"}))
	s.pack = made[client.Package](s.World)(s.product.CreatePackageWithResponse(ctx, product.Id, nil, client.NewProduct{Name: "PRIM Web"})).Id
	s.released("8.1", s.Now().AddDate(0, -2, 0))
}

// asks lets the contact ask without their super-user, in French.
func (s *primlogixLevel3) asks() {
	ctx, accounts := s.T.Context(), s.Person("primlogix", "accounts")
	id := got[client.Me](s.World)(s.contact.GetMeWithResponse(ctx)).Id
	row := got[client.Person](s.World)(accounts.GetContactWithResponse(ctx, id))
	got[client.Person](s.World)(accounts.UpdateContactWithResponse(ctx, id, client.ContactUpdate{
		Version: row.Version, Active: true, Authorized: true, Name: row.Name, Email: row.Email, Locale: "fr-CA", TimeZone: "America/Toronto", Roles: client.ContactRoles{"super_user"},
	}))
}

func (s *primlogixLevel3) released(number string, on time.Time) client.Release {
	s.T.Helper()
	return made[client.Release](s.World)(s.product.CreateReleaseWithResponse(s.T.Context(), s.pack, nil, client.NewRelease{Number: number, ReleasedOn: openapi_types.Date{Time: on}}))
}

// level3 is a ticket of somebody's that support has triaged to level 3, and its
// review.
func (s *primlogixLevel3) level3(by *Person, title string) {
	s.T.Helper()
	ctx := s.T.Context()
	name, version := "PRIM Web", "8.1"
	s.ticket = made[client.TicketDetail](s.World)(by.RegisterTicketWithResponse(ctx, nil, client.Registration{
		Type: "problem", Severity: "normal", Title: title, Body: "Since this morning.", Package: &name, Version: &version,
	}))
	s.ticket = s.ticketOf(s.agent.TriageTicketWithResponse(ctx, s.ticket.Number, nil, client.Triage{Reason: "level_3", Level: 3, Severity: "normal", Path: "defect"}))
	s.newest()
}

// newest looks at the ticket's newest review.
func (s *primlogixLevel3) newest() {
	s.T.Helper()
	list := got[client.QAReviewPage](s.World)(s.agent.ListQAReviewsOfTicketWithResponse(s.T.Context(), s.ticket.Number))
	if len(list.QaReviews) == 0 {
		s.T.Fatal("no review")
	}
	s.review = got[client.QAReview](s.World)(s.qa.GetQAReviewWithResponse(s.T.Context(), list.QaReviews[0].Number))
}

func (s *primlogixLevel3) begun() {
	s.T.Helper()
	s.review = got[client.QAReview](s.World)(s.qa.BeginReviewWithResponse(s.T.Context(), s.review.Number, nil))
}

func (s *primlogixLevel3) verdict(v client.Verdict) {
	s.T.Helper()
	s.review = got[client.QAReview](s.World)(s.qa.GiveVerdictWithResponse(s.T.Context(), s.review.Number, nil, v))
}

// stands wants the review and its ticket in these states.
func (s *primlogixLevel3) stands(review client.QAState, ticket client.State) {
	s.T.Helper()
	s.review = got[client.QAReview](s.World)(s.qa.GetQAReviewWithResponse(s.T.Context(), s.review.Number))
	row := s.ticketOf(s.super.GetTicketWithResponse(s.T.Context(), s.ticket.Number))
	if s.review.State != review || row.State != ticket {
		s.T.Errorf("%s is %s, its ticket %s; want %s, %s", s.review.Number, s.review.State, row.State, review, ticket)
	}
}

func (s *primlogixLevel3) sent(t *testing.T) {
	s.level3(s.contact, "The export of labels stops at page two")
	s.stands(client.QAOpen, "waiting_inside")
	if !strings.HasPrefix(s.review.Number, "QA-") || s.review.Team == nil || *s.review.Team != "qa" {
		t.Errorf("%+v", s.review)
	}
	refused := s.refused(409)(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: "Done."}))
	if *refused.Key != "ticket_has_open_work" {
		t.Errorf("refused with %s", *refused.Key)
	}
	s.refused(403)(s.agent.BeginReviewWithResponse(t.Context(), s.review.Number, nil))
	s.refused(404)(s.contact.GetQAReviewWithResponse(t.Context(), s.review.Number))
	s.refused(404)(s.Person("interfacing", "qa").GetQAReviewWithResponse(t.Context(), s.review.Number))
	s.begun()
}

func (s *primlogixLevel3) asked(t *testing.T) {
	ctx := t.Context()
	s.review = got[client.QAReview](s.World)(s.qa.AskFromReviewWithResponse(ctx, s.review.Number, nil, client.Message{Text: "Which printer?"}))
	s.stands(client.QAWaitingForInformation, "waiting_for_customer")
	s.refused(409)(s.qa.GiveVerdictWithResponse(ctx, s.review.Number, nil, client.Verdict{Verdict: client.VerdictNotReproducible, Text: new("Nothing.")}))
	if last := s.contact.latest(); !strings.Contains(last.Text, "Which printer?") {
		t.Errorf("asked %q", last.Subject)
	}
	s.ticketOf(s.contact.GiveInformationWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "The one of the branch."}))
	s.stands(client.QAInReview, "waiting_inside")
	if last := s.qa.latest(); !strings.Contains(last.Text, "The one of the branch.") {
		t.Errorf("QA was told %q", last.Subject)
	}
}

func (s *primlogixLevel3) created(t *testing.T) {
	ctx := t.Context()
	s.refused(422)(s.qa.GiveVerdictWithResponse(ctx, s.review.Number, nil, client.Verdict{Verdict: client.VerdictNew}))
	s.verdict(client.Verdict{Verdict: client.VerdictNew, Text: new(secretWord + " it is the paging again"), Title: new("Label export stops after one page"), Body: new(secretWord + " pager.go")})
	s.stands(client.QADone, "in_progress")
	if last := s.agent.latest(); !strings.Contains(last.Subject, "Nouveau défaut") || !strings.Contains(last.Text, s.review.DevTicket.Number) {
		t.Errorf("support was told %q:\n%s", last.Subject, last.Text)
	}
	s.first = s.devNow()
	if s.first.DevTicket.State != client.DevNew || *s.first.DevTicket.Package != "PRIM Web" || len(s.first.Waiting) != 1 {
		t.Errorf("%+v", s.first)
	}
	s.tickets = append(s.tickets, s.ticket.Number)
}

func (s *primlogixLevel3) devNow() client.DevTicketDetail {
	s.T.Helper()
	return got[client.DevTicketDetail](s.World)(s.dev.GetDevTicketWithResponse(s.T.Context(), s.review.DevTicket.Number, nil))
}

func (s *primlogixLevel3) closed(t *testing.T) {
	if p := s.review.ProposedAnswer; p == nil || !strings.Contains(*p, s.first.DevTicket.Number) || strings.Contains(*p, secretWord) {
		t.Errorf("proposed %v", p)
	}
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: *s.review.ProposedAnswer}))
	s.stands(client.QADone, "closed")
	s.dev1(s.dev.AcceptDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil))
	told := len(s.contact.Inbox())
	s.dev1(s.dev.PlanDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.3")}))
	s.news(s.contact, told, "Prévu dans la version 8.3", s.ticket.Number)
	s.refused(409)(s.dev.PlanDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.3")}))
	s.refused(403)(s.agent.PlanDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.4")}))
}

// dev1 keeps the dev ticket as an action has answered it.
func (s *primlogixLevel3) dev1(a interface {
	answer
	GetJSON200() *client.DevTicketDetail
}, err error,
) {
	s.T.Helper()
	s.first = got[client.DevTicketDetail](s.World)(a, err)
}

func (s *primlogixLevel3) known(t *testing.T) {
	for _, by := range []*Person{s.super, s.contact} {
		s.level3(by, "Labels: the export ends too early")
		s.begun()
		list := got[client.DevCandidates](s.World)(s.qa.ListDevCandidatesWithResponse(t.Context(), s.review.Number, nil))
		if len(list.Candidates) != 1 || list.Candidates[0].DevTicket.Number != s.first.DevTicket.Number || !list.Candidates[0].SamePackage || !list.Candidates[0].Later ||
			!strings.Contains(list.Candidates[0].MarkedTitle, "\uE000Label\uE001") {
			t.Errorf("%+v", list.Candidates)
		}
		s.verdict(client.Verdict{Verdict: client.VerdictKnown, DevTicket: &s.first.DevTicket.Number})
		s.stands(client.QADone, "in_progress")
		if !strings.Contains(*s.review.ProposedAnswer, "8.3") {
			t.Errorf("proposed %s", *s.review.ProposedAnswer)
		}
		s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: *s.review.ProposedAnswer}))
		s.tickets = append(s.tickets, s.ticket.Number)
	}
}

func (s *primlogixLevel3) undone(t *testing.T) {
	s.level3(s.super, "Colours of the label export")
	s.begun()
	s.verdict(client.Verdict{Verdict: client.VerdictKnown, DevTicket: &s.first.DevTicket.Number})
	s.review = got[client.QAReview](s.World)(s.qa.UndoVerdictWithResponse(t.Context(), s.review.Number, nil))
	s.stands(client.QAInReview, "waiting_inside")
	if n := s.waiting(); n != len(s.tickets) {
		t.Errorf("%d wait, want %d", n, len(s.tickets))
	}
	s.verdict(client.Verdict{Verdict: client.VerdictKnown, DevTicket: &s.first.DevTicket.Number})
	s.Advance(11 * time.Minute)
	if e := s.refused(409)(s.qa.UndoVerdictWithResponse(t.Context(), s.review.Number, nil)); *e.Key != "verdict_stands" {
		t.Errorf("refused with %s", *e.Key)
	}
	s.tickets = append(s.tickets, s.ticket.Number)
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Message{Text: *s.review.ProposedAnswer}))
}

func (s *primlogixLevel3) waiting() int {
	s.T.Helper()
	return got[client.DevTicketDetail](s.World)(s.dev.GetDevTicketWithResponse(s.T.Context(), s.first.DevTicket.Number, nil)).DevTicket.Tickets
}

func (s *primlogixLevel3) others(t *testing.T) {
	s.level3(s.super, "The logo is blurred on paper")
	s.begun()
	s.refused(422)(s.qa.GiveVerdictWithResponse(t.Context(), s.review.Number, nil, client.Verdict{Verdict: client.VerdictNotReproducible}))
	s.verdict(client.Verdict{Verdict: client.VerdictNotReproducible, Text: new("Three printers, two papers.")})
	s.stands(client.QADone, "in_progress")
	if last := s.agent.latest(); !strings.Contains(last.Text, "Three printers, two papers.") {
		t.Errorf("support was not told what was tried:\n%s", last.Text)
	}
	release := s.released("8.2", s.Now().AddDate(0, 0, -3))
	s.level3(s.super, "The logo is blurred on the screen")
	s.begun()
	missing := uuid.New()
	s.refused(422)(s.qa.GiveVerdictWithResponse(t.Context(), s.review.Number, nil, client.Verdict{Verdict: client.VerdictSolvedIn, ReleaseId: &missing}))
	s.verdict(client.Verdict{Verdict: client.VerdictSolvedIn, ReleaseId: &release.Id})
	if !strings.Contains(*s.review.ProposedAnswer, "PRIM Web 8.2") {
		t.Errorf("proposed %s", *s.review.ProposedAnswer)
	}
	s.ticketOf(s.agent.AskUpgradeWithResponse(t.Context(), s.ticket.Number, nil, client.UpgradeAsked{ReleaseId: release.Id, Text: s.review.ProposedAnswer}))
	s.stands(client.QADone, "waiting_for_customer")
	if last := s.super.latest(); !strings.Contains(last.Subject, "Please upgrade to PRIM Web 8.2: ") || !strings.Contains(last.Text, "\nPRIM Web 8.2 solves your request.") {
		t.Errorf("asked to upgrade by %q:\n%s", last.Subject, last.Text)
	}
}

func (s *primlogixLevel3) slipped(t *testing.T) {
	contact, super := len(s.contact.Inbox()), len(s.super.Inbox())
	s.dev1(s.dev.PlanDevTicketWithResponse(t.Context(), s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.4")}))
	s.news(s.contact, contact, "Désormais prévu dans la version 8.4 : 2 de vos", s.tickets[0], s.tickets[2])
	s.news(s.super, super, "Now planned into version 8.4: 2 of your requests", s.tickets[1], s.tickets[3])
	s.Advance(24 * time.Hour)
	if len(s.contact.Inbox()) != contact+1 || len(s.super.Inbox()) != super+1 {
		t.Error("told again")
	}
	seen := got[client.TicketDevPage](s.World)(s.contact.ListDevTicketsOfTicketWithResponse(t.Context(), s.tickets[0])).DevTickets
	if len(seen) != 1 || *seen[0].Target != "8.4" || seen[0].Title != nil || seen[0].MayVerify {
		t.Errorf("%+v", seen)
	}
}

func (s *primlogixLevel3) shipped(t *testing.T) {
	ctx := t.Context()
	second := made[client.DevTicketDetail](s.World)(s.qa.CreateDevTicketWithResponse(ctx, nil, client.NewDevTicket{Title: "Blurred logo", PackageId: &s.pack}))
	s.level3(s.contact, "A blurred logo on labels")
	s.begun()
	s.verdict(client.Verdict{Verdict: client.VerdictKnown, DevTicket: &second.DevTicket.Number})
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: *s.review.ProposedAnswer}))
	release := s.released("8.4", s.Now())
	got[client.DevTicketDetail](s.World)(s.dev.AcceptDevTicketWithResponse(ctx, second.DevTicket.Number, nil))
	got[client.DevTicketDetail](s.World)(s.dev.PlanDevTicketWithResponse(ctx, second.DevTicket.Number, nil, client.DevTarget{ReleaseId: &release.Id}))
	s.refused(409)(s.contact.VerifyFixWithResponse(ctx, s.tickets[0], nil, client.FixVerification{DevTicket: s.first.DevTicket.Number, Works: true}))
	s.Advance(time.Second)
	contact, super := len(s.contact.Inbox()), len(s.super.Inbox())
	s.refused(403)(s.agent.ShipReleaseWithResponse(ctx, release.Id, nil))
	if n := got[client.ReleaseShipping](s.World)(s.product.ShipReleaseWithResponse(ctx, release.Id, nil)); n.ToShip+n.Shipped != 2 {
		t.Errorf("%+v", n)
	}
	s.refused(409)(s.product.ShipReleaseWithResponse(ctx, release.Id, nil))
	s.Advance(time.Minute)
	s.news(s.contact, contact, "La version 8.4 est disponible : 3 de vos", s.tickets[0], s.tickets[2], s.ticket.Number)
	s.news(s.super, super, "Version 8.4 is out: 2 of your requests", s.tickets[1], s.tickets[3])
	if d := got[client.DevTicketDetail](s.World)(s.dev.GetDevTicketWithResponse(ctx, second.DevTicket.Number, nil)); d.DevTicket.State != client.DevShipped {
		t.Errorf("%+v", d.DevTicket)
	}
}

func (s *primlogixLevel3) failed(t *testing.T) {
	ctx := t.Context()
	s.Advance(60 * 24 * time.Hour) // long after the fourteen days
	s.refused(409)(s.contact.ReopenTicketWithResponse(ctx, s.tickets[0], nil, client.Message{Text: "It still stops."}))
	works := client.FixVerification{DevTicket: s.first.DevTicket.Number, Works: true}
	s.ticketOf(s.contact.VerifyFixWithResponse(ctx, s.tickets[2], nil, works))
	s.refused(409)(s.contact.VerifyFixWithResponse(ctx, s.tickets[2], nil, works))
	s.refused(404)(s.Person("interfacing", "jeanne").VerifyFixWithResponse(ctx, s.tickets[1], nil, works))
	s.refused(403)(s.agent.VerifyFixWithResponse(ctx, s.tickets[0], nil, works))
	fails := client.FixVerification{DevTicket: s.first.DevTicket.Number}
	s.refused(422)(s.contact.VerifyFixWithResponse(ctx, s.tickets[0], nil, fails))
	fails.Text = new("It stops at page three now.")
	s.ticket = s.ticketOf(s.contact.VerifyFixWithResponse(ctx, s.tickets[0], nil, fails))
	s.newest()
	s.stands(client.QAOpen, "waiting_inside")
	if s.ticket.Number != s.tickets[0] || len(happened(s.World, s.agent, s.ticket.Number, "reopen")) != 1 || len(happened(s.World, s.agent, s.ticket.Number, "answer")) != 1 {
		t.Error("its history is another one")
	}
	first := got[client.DevTicketDetail](s.World)(s.dev.GetDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil))
	if first.DevTicket.State != client.DevNotVerified {
		t.Errorf("%+v", first.DevTicket)
	}
	s.begun()
	s.verdict(client.Verdict{Verdict: client.VerdictKnown, DevTicket: &s.first.DevTicket.Number})
	s.theirs(s.contact, s.tickets[2], client.DevVerified, "8.4") // of others that it fails is not theirs
	s.theirs(s.super, s.tickets[1], client.DevShipped, "8.4")
	contact := len(s.contact.Inbox())
	s.dev1(s.dev.PlanDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil, client.DevTarget{Version: new("8.5")}))
	s.news(s.contact, contact, "Désormais prévu dans la version 8.5", s.tickets[0])
	if strings.Contains(s.contact.latest().Text, s.tickets[2]) {
		t.Error("told again of what works for them")
	}
	s.theirs(s.contact, s.tickets[0], client.DevPlanned, "8.5")
	s.theirs(s.contact, s.tickets[2], client.DevVerified, "8.4")
	s.ticketOf(s.agent.AnswerTicketWithResponse(ctx, s.ticket.Number, nil, client.Message{Text: "It comes with 8.5."}))
	s.dev1(s.dev.BeginDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil))
	s.dev1(s.dev.ShipDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil, client.DevTarget{}))
	s.refused(409)(s.contact.VerifyFixWithResponse(ctx, s.tickets[2], nil, works)) // they have said so
	for i, number := range s.tickets {
		if i == 2 {
			continue
		}
		by := []*Person{s.contact, s.super}[i%2]
		s.ticketOf(by.VerifyFixWithResponse(ctx, number, nil, works))
	}
	if d := got[client.DevTicketDetail](s.World)(s.dev.GetDevTicketWithResponse(ctx, s.first.DevTicket.Number, nil)); d.DevTicket.State != client.DevVerified {
		t.Errorf("%+v", d.DevTicket)
	}
}

func (s *primlogixLevel3) declined(t *testing.T) {
	s.level3(s.contact, "Fonts of another foundry")
	s.begun()
	s.verdict(client.Verdict{Verdict: client.VerdictNew, Title: new("Support any font")})
	contact := len(s.contact.Inbox())
	s.refused(422)(s.dev.RefuseDevTicketWithResponse(t.Context(), s.review.DevTicket.Number, nil, client.ServiceReason{}))
	got[client.DevTicketDetail](s.World)(s.dev.RefuseDevTicketWithResponse(t.Context(), s.review.DevTicket.Number, nil, client.ServiceReason{Text: "Licences forbid it."}))
	s.news(s.contact, contact, "Non retenu", s.ticket.Number, "Licences forbid it.")
	s.level3(s.contact, "Any font at all")
	s.begun()
	other := got[client.QAReviewPage](s.World)(s.qa.ListQAReviewsWithResponse(t.Context(), &client.ListQAReviewsParams{State: &[]client.QAState{client.QADone}})).QaReviews[0]
	refused := got[client.QAReview](s.World)(s.qa.GetQAReviewWithResponse(t.Context(), other.Number)).DevTicket
	if e := s.refused(409)(s.qa.GiveVerdictWithResponse(t.Context(), s.review.Number, nil, client.Verdict{Verdict: client.VerdictKnown, DevTicket: &refused.Number})); *e.Key != "dev_refused" {
		t.Errorf("refused with %s", *e.Key)
	}
}

func (s *primlogixLevel3) changed(t *testing.T) {
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Triage{Reason: "level_1", Level: 1, Severity: "normal", Path: "answer"}))
	s.stands(client.QACancelled, "triaged")
	s.level3(s.contact, "No more labels at all")
	s.ticketOf(s.contact.WithdrawTicketWithResponse(t.Context(), s.ticket.Number, nil, client.Withdrawal{}))
	s.stands(client.QACancelled, "withdrawn")
}

func (s *primlogixLevel3) apart(t *testing.T) {
	ids := map[string]bool{}
	for _, m := range s.Mail.Messages() {
		if ids[m.MessageID] {
			t.Errorf("twice: %s %s", m.MessageID, m.Subject)
		}
		ids[m.MessageID] = true
		if strings.Contains(m.Text, secretWord) && !slices.Contains(m.To, s.agent.Email) {
			t.Errorf("told %s: %s", m.To, m.Subject)
		}
	}
	for _, p := range []*Person{s.contact, s.super} {
		if strings.Contains(p.Heard.String(), secretWord) {
			t.Error(fmt.Sprint(p.Email, " was answered with what is for staff"))
		}
	}
}
