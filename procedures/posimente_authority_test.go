package procedures

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/workflows"
)

// authority is the story of Posimente's access authority: a partner has logged
// a ticket for a customer, and staff have to enter the customer's Salesforce
// org.
type authority struct {
	*World
	accounts, agent               *Person
	partner, colleague, signatory *Person // the colleague sees their organization

	ticket client.TicketDetail
	asked  client.Authority
}

func TestPosimenteAccessAuthority(t *testing.T) {
	w := NewWorld(t)
	person := func(local string) *Person { return w.Person("posimente", local) }
	s := &authority{
		World: w, accounts: person("accounts"), agent: person("agent"), partner: person("partner"),
		colleague: person("super"), signatory: person("signs"),
	}
	w.Step("a partner has logged a ticket on behalf of a customer", s.logged)
	w.Step("the team needs to enter a Salesforce org and asks for an authority form", s.asks)
	w.Step("it is displayed on the ticket as required", s.displayed)
	w.Step("nothing is done in the org without it", s.nothingWithout)
	w.Step("while it is waited for nothing is written", s.waits)
	w.Step("who may not sign is told who can", s.whoCan)
	w.Step("no more than asked for, no longer, and on a named ground", s.noMore)
	w.Step("the partner completes the form on behalf of the customer", s.completes)
	w.Step("completing it again is one decision", s.once)
	w.Step("work in the org is logged under it and shown to the customer", s.works)
	w.Step("a copy can be printed", s.prints)
	w.Step("after its last day nobody enters the org", s.expires)
	w.Step("any word of the customer ends the wait, and the form stays required", s.anyWord)
	w.Step("the customer's own signatory completes it later and revokes it", s.revokes)
	w.Step("declining ends the wait too", s.declines)
	w.Step("both sides were told of each step by mail, once", s.told)
}

// day is a day from now as the form takes it, in the vendor's zone.
func (s *authority) day(days int) string {
	zone, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		s.T.Fatal(err)
	}
	return s.Now().In(zone).AddDate(0, 0, days).Format(time.DateOnly)
}

func (s *authority) logged(t *testing.T) {
	list := got[client.OrganizationPage](s.World)(s.accounts.ListOrganizationsWithResponse(t.Context(), nil)).Organizations
	i := slices.IndexFunc(list, func(o client.Organization) bool { return o.Kind == "customer" })
	password, roles, french := stack.Password, []string{"signatory"}, "fr"
	made[client.Person](s.World)(s.accounts.CreateContactWithResponse(t.Context(), nil, client.NewContact{
		OrganizationId: list[i].Id, Name: "Sigrid Natory", Email: s.signatory.Email, Locale: &french, Roles: &roles, Password: &password,
	}))
	s.ticket = made[client.TicketDetail](s.World)(s.partner.RegisterTicketWithResponse(t.Context(), nil, client.Registration{
		Type: "technical", Severity: "high", Title: "Labels print twice", Body: "Since the last release.",
		OnBehalfOf: &client.OnBehalfOf{OrganizationId: list[i].Id},
	}))
	level := client.Triage{Reason: "defect", Level: 1, Severity: "high", Path: "answer"}
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.ticket.Number, nil, level))
	s.ticketOf(s.agent.StartTicketWithResponse(t.Context(), s.ticket.Number, nil))
}

func (s *authority) ask(t *testing.T, system string, days int) client.Authority {
	t.Helper()
	details := "Objects Case and Account"
	return made[client.Authority](s.World)(s.agent.AskAuthorityWithResponse(t.Context(), s.ticket.Number, nil, client.NewAuthority{
		System: system, Scopes: []client.AccessScope{"configuration"}, ScopeText: &details, Reason: "The label rule can't be seen from outside.", Until: s.day(days),
	}))
}

func (s *authority) asks(t *testing.T) {
	no := client.NewAuthority{System: "Org", Scopes: []client.AccessScope{"read_only"}, Reason: "why", Until: s.day(1)}
	s.refused(403)(s.partner.AskAuthorityWithResponse(t.Context(), s.ticket.Number, nil, no))
	s.refused(403)(s.colleague.AskAuthorityWithResponse(t.Context(), s.ticket.Number, nil, no))
	for until, key := range map[string]string{s.day(366): "date_too_far", s.day(-1): "date_over", "2026-13-1": "date_unreadable"} {
		no.Until = until
		p := s.refused(422)(s.agent.AskAuthorityWithResponse(t.Context(), s.ticket.Number, nil, no))
		if f := *p.Fields; len(f) != 1 || f[0].Path != "until" || f[0].Key != key {
			t.Errorf("until %s: %+v", until, f)
		}
	}
	s.asked = s.ask(t, "Salesforce org 00D5g000004XYZ1", 30)
	if s.asked.Standing != "asked" || s.asked.Valid || s.asked.Organization.Name != "Harbour Freight Pty" || s.asked.AskedBy.Name != "Alex Agent" {
		t.Errorf("asked: %+v", s.asked)
	}
	s.refused(409)(s.agent.AskAuthorityWithResponse(t.Context(), s.ticket.Number, nil, client.NewAuthority{
		System: "Another", Scopes: []client.AccessScope{"read_only"}, Reason: "why", Until: s.day(3),
	}))
}

func (s *authority) displayed(t *testing.T) {
	for name, p := range map[string]*Person{"partner": s.partner, "customer's super-user": s.colleague, "agent": s.agent} {
		seen := s.ticketOf(p.GetTicketWithResponse(t.Context(), s.ticket.Number))
		if seen.State != "waiting_for_customer" || seen.WaitingFor == nil || *seen.WaitingFor != "access_authority" {
			t.Errorf("%s sees it %s for %v", name, seen.State, seen.WaitingFor)
		}
		list := got[client.AuthorityList](s.World)(p.ListAuthoritiesWithResponse(t.Context(), s.ticket.Number)).Authorities
		if len(list) != 1 || list[0].Id != s.asked.Id || list[0].Standing != "asked" {
			t.Errorf("%s sees %+v", name, list)
		}
	}
	// Who signs for the customer sees what to sign, not the ticket.
	s.refused(404)(s.signatory.GetTicketWithResponse(t.Context(), s.ticket.Number))
	if one := got[client.Authority](s.World)(s.signatory.GetAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id)); one.System != s.asked.System {
		t.Errorf("the signatory sees %+v", one)
	}
	if m := s.signatory.latest(); !strings.Contains(m.Text, "Harbour Freight Pty") || !strings.Contains(m.Text, "Ce qui peut y être fait") ||
		!strings.Contains(m.Text, "/authorities/"+s.asked.Id.String()) {
		t.Errorf("the signatory's mail: %s", m.Text)
	}
	if m := s.partner.latest(); !strings.Contains(m.Text, "Salesforce org 00D5g000004XYZ1") || !strings.Contains(m.Text, "The label rule can't be seen") {
		t.Errorf("the partner's mail: %s", m.Text)
	}
}

// access tries to log one and answers the key of its refusal; "" when it is
// kept.
func (s *authority) access(t *testing.T, scope client.AccessScope) string {
	t.Helper()
	answer, err := s.agent.LogAccessWithResponse(t.Context(), s.ticket.Number, nil, client.NewAccess{Scope: scope, Text: "Read the rule."})
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode() == 201 {
		return ""
	}
	return *s.refused(409)(answer, nil).Key
}

func (s *authority) nothingWithout(t *testing.T) {
	if key := s.access(t, "read_only"); key != "access_needs_asked" {
		t.Errorf("an access without a signature: %q", key)
	}
	s.refused(403)(s.partner.LogAccessWithResponse(t.Context(), s.ticket.Number, nil, client.NewAccess{Scope: "read_only", Text: "x"}))
}

func (s *authority) waits(t *testing.T) {
	id := workflows.TicketID(s.ticket.Id.String())
	before := s.Events(id)
	s.Advance(5 * 24 * time.Hour)
	if added := written(s.Events(id)[len(before):]); len(added) != 0 {
		t.Errorf("five days of waiting wrote %v", added)
	}
}

// grant is a completion, as far as it is the same for all.
func (s *authority) grant(days int) client.AuthorityGrant {
	basis := "Written order of 3 May"
	return client.AuthorityGrant{
		Version: 1, Scopes: []client.AccessScope{"configuration"}, Until: s.day(days), Basis: &basis, Name: "Paul A. Roy", Confirmed: true,
	}
}

func (s *authority) whoCan(t *testing.T) {
	for name, p := range map[string]*Person{"super-user": s.colleague, "agent": s.agent} {
		problem := s.refused(403)(p.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, s.grant(3)))
		if *problem.Key != "authority_not_yours" || !strings.Contains(problem.Title, "Harbour Freight Pty") {
			t.Errorf("%s: %+v", name, problem)
		}
		s.refused(403)(p.DeclineAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, client.AuthorityReason{Version: 1, Reason: "no"}))
	}
}

func (s *authority) noMore(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*client.AuthorityGrant)
		path   string
		key    string
	}{
		"wider":         {func(g *client.AuthorityGrant) { g.Scopes = []client.AccessScope{"configuration", "data_change"} }, "scopes", "authority_wider"},
		"later":         {func(g *client.AuthorityGrant) { g.Until = s.day(26) }, "until", "date_after_wanted"},
		"over":          {func(g *client.AuthorityGrant) { g.Until = s.day(-1) }, "until", "date_over"},
		"no ground":     {func(g *client.AuthorityGrant) { g.Basis = nil }, "basis", "field_empty"},
		"no name":       {func(g *client.AuthorityGrant) { g.Name = " " }, "name", "field_empty"},
		"no word":       {func(g *client.AuthorityGrant) { g.Confirmed = false }, "confirmed", "authority_not_confirmed"},
		"twice a scope": {func(g *client.AuthorityGrant) { g.Scopes = []client.AccessScope{"read_only", "read_only"} }, "scopes", "field_repeated"},
	} {
		g := s.grant(10)
		c.change(&g)
		p := s.refused(422)(s.partner.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, g))
		if f := *p.Fields; len(f) != 1 || f[0].Path != c.path || f[0].Key != c.key {
			t.Errorf("%s: %+v", name, f)
		}
	}
	g := s.grant(10)
	g.Version = 7
	if p := s.refused(409)(s.partner.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, g)); *p.Key != "changed_meanwhile" {
		t.Errorf("on another version: %+v", p)
	}
}

func (s *authority) completes(t *testing.T) {
	g := s.grant(10)
	g.Scopes = []client.AccessScope{"read_only"}
	params := &client.CompleteAuthorityParams{IdempotencyKey: new("complete")}
	done := got[client.Authority](s.World)(s.partner.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, params, g))
	if !done.Valid || done.Standing != "valid" || len(*done.Granted) != 1 || len(*done.Decisions) != 1 {
		t.Fatalf("completed: %+v", done)
	}
	d := (*done.Decisions)[0]
	if d.Kind != "completed" || d.Capacity != "partner" || d.Person.Name != "Paul Roy" || d.Organization != "Southern Cross Consulting" ||
		d.Customer != "Harbour Freight Pty" || *d.Basis != "Written order of 3 May" || *d.Name != "Paul A. Roy" || d.Channel != "api" || d.Ip != nil {
		t.Errorf("the decision: %+v", d)
	}
	s.justNow("completion", d.At)
	seen := got[client.Authority](s.World)(s.agent.GetAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id))
	if ip := (*seen.Decisions)[0].Ip; ip == nil || *ip != "127.0.0.1" {
		t.Errorf("staff read it came from %v", ip)
	}
	if ticket := s.ticketOf(s.agent.GetTicketWithResponse(t.Context(), s.ticket.Number)); ticket.State != "in_progress" || ticket.WaitingFor != nil {
		t.Errorf("the wait goes on: %s for %v", ticket.State, ticket.WaitingFor)
	}
	if m := s.agent.latest(); !strings.Contains(m.Text, "Paul Roy of Southern Cross Consulting has completed an access authority for Harbour Freight Pty") {
		t.Errorf("the agent's mail: %s", m.Text)
	}
}

func (s *authority) once(t *testing.T) {
	g := s.grant(10)
	g.Scopes = []client.AccessScope{"read_only"}
	params := &client.CompleteAuthorityParams{IdempotencyKey: new("complete")}
	again := got[client.Authority](s.World)(s.partner.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, params, g))
	if len(*again.Decisions) != 1 || again.Version != 2 {
		t.Errorf("completed again: %+v", again)
	}
	g.Name = "Somebody Else"
	s.refused(422)(s.partner.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, params, g))
	if p := s.refused(409)(s.signatory.CompleteAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, g)); *p.Key != "authority_is_valid" {
		t.Errorf("completed by another: %+v", p)
	}
}

func (s *authority) works(t *testing.T) {
	if key := s.access(t, "read_only"); key != "" {
		t.Errorf("looking at it: %q", key)
	}
	for _, scope := range []client.AccessScope{"configuration", "data_change"} {
		if key := s.access(t, scope); key != "access_needs_scope" {
			t.Errorf("%s under a narrower one: %q", scope, key)
		}
	}
	params := &client.LogAccessParams{IdempotencyKey: new("log")}
	entry := client.NewAccess{AuthorityId: &s.asked.Id, Scope: "read_only", Text: "Read it once more."}
	first := made[client.Access](s.World)(s.agent.LogAccessWithResponse(t.Context(), s.ticket.Number, params, entry))
	second := made[client.Access](s.World)(s.agent.LogAccessWithResponse(t.Context(), s.ticket.Number, params, entry))
	list := got[client.AccessPage](s.World)(s.colleague.ListAccessesWithResponse(t.Context(), s.ticket.Number, nil)).Accesses
	if first.Id != second.Id || len(list) != 2 || list[0].Text != "Read the rule." || list[0].Person.Name != "Alex Agent" || list[1].System != s.asked.System {
		t.Errorf("the customer sees %+v", list)
	}
	one := 1
	page := got[client.AccessPage](s.World)(s.signatory.ListAccessesWithResponse(t.Context(), s.ticket.Number, &client.ListAccessesParams{Limit: &one}))
	rest := got[client.AccessPage](s.World)(s.signatory.ListAccessesWithResponse(t.Context(), s.ticket.Number, &client.ListAccessesParams{Cursor: page.Next}))
	if len(page.Accesses) != 1 || len(rest.Accesses) != 1 || rest.Accesses[0].Id != first.Id || rest.Next != nil {
		t.Errorf("page by page: %+v %+v", page, rest)
	}
}

func (s *authority) prints(t *testing.T) {
	copied := func(p *Person) []byte {
		t.Helper()
		answer, err := p.PrintAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id)
		if err != nil || answer.StatusCode() != 200 || !bytes.HasPrefix(answer.Body, []byte("%PDF-")) {
			t.Fatalf("print: %v %d %.100s", err, answer.StatusCode(), answer.Body)
		}
		h := answer.HTTPResponse.Header
		if !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=PX-") || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") ||
			h.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("headers: %v", h)
		}
		return answer.Body
	}
	if first := copied(s.partner); !bytes.Equal(first, copied(s.partner)) {
		t.Error("the same copy has other bytes")
	} else if bytes.Equal(first, copied(s.signatory)) {
		t.Error("the signatory's is not in French")
	}
}

func (s *authority) expires(t *testing.T) {
	s.Advance(11 * 24 * time.Hour)
	seen := got[client.Authority](s.World)(s.partner.GetAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id))
	if seen.Valid || seen.Standing != "expired" {
		t.Errorf("after its last day: %+v", seen)
	}
	if key := s.access(t, "read_only"); key != "access_needs_expired" {
		t.Errorf("after its last day: %q", key)
	}
	p := s.refused(409)(s.agent.RevokeAuthorityWithResponse(t.Context(), s.ticket.Number, s.asked.Id, nil, client.AuthorityReason{Version: 2, Reason: "over"}))
	if *p.Key != "authority_is_expired" {
		t.Errorf("taken back after its last day: %+v", p)
	}
}
