package procedures

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/demo"
)

// packed begins a World at an instant in which a vendor is run by its pack.
func packed(t *testing.T, vendor string, from time.Time) *World {
	t.Helper()
	w := NewWorldAt(t, from)
	if err := demo.PublishTo(t.Context(), w.Desk, vendor); err != nil {
		t.Fatal(err)
	}
	return w
}

// monday is a Monday morning that is still to come, at nine on the wall of a
// zone; no public holiday of ours falls into the two weeks after it.
func monday(t *testing.T, zone string) time.Time {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	year := time.Now().Year() + 1
	day := time.Date(year, 7, 1, 9, 0, 0, 0, z)
	for day.Weekday() != time.Monday || day.Day() < 6 {
		day = day.AddDate(0, 0, 1)
	}
	return day
}

// kept is a request that was kept and not registered.
func kept(w *World) func(a *client.RegisterTicketResponse, err error) client.PendingRequest {
	return func(a *client.RegisterTicketResponse, err error) client.PendingRequest {
		w.T.Helper()
		if err != nil || a.JSON202 == nil {
			w.T.Fatalf("%v: %+v, want 202", err, a)
		}
		return *a.JSON202
	}
}

func clockNamed(w *World, p *Person, number, name string) client.Clock {
	w.T.Helper()
	list := got[client.Clocks](w)(p.GetClocksWithResponse(w.T.Context(), number)).Clocks
	i := slices.IndexFunc(list, func(c client.Clock) bool { return string(c.Name) == name })
	if i < 0 {
		w.T.Fatalf("%s has no %s: %+v", number, name, list)
	}
	return list[i]
}

// dueAt wants a clock to be due at an instant, at most a second apart.
func dueAt(w *World, p *Person, number, name string, want time.Time) {
	w.T.Helper()
	k := clockNamed(w, p, number, name)
	if k.DueAt == nil || k.DueAt.Sub(want).Abs() > time.Minute {
		w.T.Errorf("%s of %s is due at %v, want %s", name, number, k.DueAt, want)
	}
}

// posimente is the story of Posimente's document for partners.
type posimente struct {
	*World
	start                   time.Time // Monday, nine in Melbourne
	customer, agent, agent2 *Person
	partner                 *Person
	high, low               client.TicketDetail
	fields                  client.FormFields
}

func TestPosimente(t *testing.T) {
	start := monday(t, "Australia/Melbourne")
	w := packed(t, "posimente", start)
	person := func(local string) *Person { return w.Person("posimente", local) }
	s := &posimente{
		World: w, start: start, customer: person("jeanne"), agent: person("agent"), agent2: person("agent2"), partner: person("partner"),
		fields: client.FormFields{"customer_name": "Harbour Freight Pty", "salesforce_org_id": "00D5g000004XYZ1"},
	}
	w.Step("a support team of the vendor's evaluates", s.team)
	w.Step("customers log tickets directly through the portal", s.direct)
	w.Step("the customer name and the Salesforce org id or DMS customer number are needed", s.identified)
	w.Step("partners submit on behalf of a customer, and it stands in the customer's history", s.onBehalf)
	w.Step("acknowledged and begun within 1, 2 and 5 business days by severity", s.promises)
	w.Step("the team may modify the severity", s.severity)
	w.Step("versions of the last two years, or the most recent of the package", s.versions)
	w.Step("no time of resolution is promised", s.noResolution)
	w.Step("feature requests are accepted anytime, without a clock", s.feature)
	w.Step("what stays incomplete is reminded of and expires", s.expires)
	w.Step("a missed promise is noted once", s.missed)
	w.Step("it is told once, to whoever has the ticket, else to the support team", s.toldOfClocks)
}

func (s *posimente) team(t *testing.T) {
	me := got[client.Me](s.World)(s.agent2.GetMeWithResponse(t.Context()))
	made[client.Team](s.World)(s.Person("posimente", "admin").CreateTeamWithResponse(t.Context(), nil,
		client.NewTeam{Name: "Support", Kind: "support", Members: []uuid.UUID{me.Id}}))
}

func (s *posimente) form(severity string) client.Registration {
	return client.Registration{Type: "technical", Severity: severity, Title: "Export stops at page two", Body: "It stops.", Fields: &s.fields}
}

func (s *posimente) direct(t *testing.T) {
	s.high = made[client.TicketDetail](s.World)(s.customer.RegisterTicketWithResponse(t.Context(), nil, s.form("high")))
	if receipt := s.customer.latest(); !strings.Contains(receipt.Subject, s.high.Number) {
		t.Errorf("receipt %q", receipt.Subject)
	}
}

func (s *posimente) identified(t *testing.T) {
	form := s.form("high")
	form.Fields = &client.FormFields{"customer_name": "Somebody Else"}
	pending := kept(s.World)(s.customer.RegisterTicketWithResponse(t.Context(), nil, form))
	if len(pending.Missing) != 2 || pending.State != "incomplete" {
		t.Fatalf("%+v", pending)
	}
	told := s.customer.latest()
	if !strings.Contains(told.Text, "not registered yet") || !strings.Contains(told.Text, "Salesforce org id / DMS customer number") {
		t.Errorf("told %q", told.Text)
	}
	made := got[client.Submitted](s.World)(s.customer.CompleteRequestWithResponse(t.Context(), pending.Id, nil, client.Completion{Fields: &s.fields}))
	if made.Ticket == nil || made.Ticket.Id != pending.Id {
		t.Fatalf("completed, and %+v", made)
	}
	if receipt := s.customer.latest(); !strings.Contains(receipt.Subject, made.Ticket.Number) {
		t.Errorf("no receipt after it was completed: %q", receipt.Subject)
	}
}

func (s *posimente) onBehalf(t *testing.T) {
	me := got[client.Me](s.World)(s.customer.GetMeWithResponse(t.Context()))
	form := s.form("low")
	form.OnBehalfOf = &client.OnBehalfOf{OrganizationId: *me.OrganizationId}
	s.low = made[client.TicketDetail](s.World)(s.partner.RegisterTicketWithResponse(t.Context(), nil, form))
	if s.low.Organization.Name != "Harbour Freight Pty" || s.low.Partner == nil {
		t.Errorf("%+v", s.low.Organization)
	}
	if receipt := s.partner.latest(); !strings.Contains(receipt.Subject, s.low.Number) {
		t.Errorf("the partner's receipt: %q", receipt.Subject)
	}
}

func (s *posimente) promises(t *testing.T) {
	days := func(n int) time.Time { return s.start.AddDate(0, 0, n) }
	for _, clock := range []string{"acknowledge", "start_of_work"} {
		dueAt(s.World, s.customer, s.high.Number, clock, days(1))
		dueAt(s.World, s.partner, s.low.Number, clock, days(7)) // five business days: the next Monday
	}
	medium := made[client.TicketDetail](s.World)(s.customer.RegisterTicketWithResponse(t.Context(), nil, s.form("medium")))
	dueAt(s.World, s.customer, medium.Number, "start_of_work", days(2))
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), medium.Number, nil, client.Triage{Reason: "question", Level: 1, Severity: "medium", Path: "answer"}))
	if k := clockNamed(s.World, s.customer, medium.Number, "acknowledge"); k.StoppedAt == nil {
		t.Error("triage is the first act of staff, and acknowledge runs on")
	}
	if k := clockNamed(s.World, s.customer, medium.Number, "start_of_work"); k.StoppedAt != nil {
		t.Error("work has not begun")
	}
	s.ticketOf(s.agent.StartTicketWithResponse(t.Context(), medium.Number, nil))
	if k := clockNamed(s.World, s.customer, medium.Number, "start_of_work"); k.StoppedAt == nil {
		t.Error("work has begun")
	}
}

func (s *posimente) severity(t *testing.T) {
	why := "one user alone is concerned"
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.low.Number, nil, client.Triage{
		Reason: "question", Level: 1, Severity: "medium", SeverityReason: &why, Path: "answer",
	}))
	dueAt(s.World, s.partner, s.low.Number, "start_of_work", s.start.AddDate(0, 0, 2))
	list := got[client.Clocks](s.World)(s.partner.GetClocksWithResponse(t.Context(), s.low.Number))
	if len(list.SeverityChanges) != 1 || list.SeverityChanges[0].From != "low" || list.SeverityChanges[0].To != "medium" {
		t.Errorf("%+v", list.SeverityChanges)
	}
}

func (s *posimente) noResolution(t *testing.T) {
	for _, k := range got[client.Clocks](s.World)(s.customer.GetClocksWithResponse(t.Context(), s.high.Number)).Clocks {
		if k.Name == "resolution" || k.Name == "first_response" {
			t.Errorf("a promise nobody made: %s", k.Name)
		}
	}
}

func (s *posimente) feature(t *testing.T) {
	form := s.form("low")
	form.Type, form.Title, form.Fields = "feature", "Export to a calendar", &client.FormFields{"customer_name": "Harbour Freight Pty"}
	idea := made[client.TicketDetail](s.World)(s.customer.RegisterTicketWithResponse(t.Context(), nil, form))
	if list := got[client.Clocks](s.World)(s.customer.GetClocksWithResponse(t.Context(), idea.Number)).Clocks; len(list) != 0 {
		t.Errorf("an idea has clocks: %+v", list)
	}
}

func (s *posimente) expires(t *testing.T) {
	form := s.form("high")
	form.Fields, form.Title = nil, "Printing takes an hour"
	pending := kept(s.World)(s.customer.RegisterTicketWithResponse(t.Context(), nil, form))
	before := len(s.customer.Inbox())
	s.Advance(15 * 24 * time.Hour)
	var about []string
	for _, m := range s.customer.Inbox()[before:] {
		if strings.Contains(m.Subject, form.Title) {
			about = append(about, m.Subject)
		}
	}
	if len(about) != 3 || !strings.Contains(about[0], "Still missing") || !strings.Contains(about[1], "Still missing") || !strings.Contains(about[2], "Not registered") {
		t.Errorf("%q, want two reminders and the end", about)
	}
	now := got[client.PendingRequest](s.World)(s.customer.GetRequestWithResponse(t.Context(), pending.Id))
	if now.State != "expired" || now.NextAt != nil {
		t.Errorf("%+v", now)
	}
	s.refused(409)(s.customer.CompleteRequestWithResponse(t.Context(), pending.Id, nil, client.Completion{Fields: &s.fields}))
}

func (s *posimente) missed(t *testing.T) {
	kinds := []string{"acknowledge_warning", "acknowledge_breach", "start_of_work_warning", "start_of_work_breach"}
	seen := map[string]int{}
	for _, e := range happened(s.World, s.agent, s.high.Number, kinds...) {
		seen[e.Kind]++
	}
	for _, kind := range kinds {
		if seen[kind] != 1 {
			t.Errorf("%s happened %d times", kind, seen[kind])
		}
	}
	if k := clockNamed(s.World, s.customer, s.high.Number, "acknowledge"); k.BreachedAt == nil || k.BreachedAt.Sub(s.start.AddDate(0, 0, 1)).Abs() > time.Minute {
		t.Errorf("noted as missed at %v, want a day after %s", k.BreachedAt, s.start)
	}
}

func (s *posimente) toldOfClocks(t *testing.T) {
	wants := func(p *Person, number string, want ...string) (texts string) {
		t.Helper()
		var subjects []string
		for _, m := range p.Inbox() {
			if what, told := strings.CutPrefix(m.Subject, "["+number+"] "); told && (strings.HasPrefix(what, "Due soon") || strings.HasPrefix(what, "Missed")) {
				what, _, _ = strings.Cut(what, ":")
				subjects, texts = append(subjects, what), texts+" "+strings.Join(strings.Fields(m.Text), " ")
			}
		}
		if slices.Sort(subjects); !slices.Equal(subjects, want) {
			t.Errorf("%s was told %q of %s, want %q", p.Email, subjects, number, want)
		}
		return texts
	}
	texts := wants(s.agent2, s.high.Number, "Due soon, first reaction", "Due soon, start of work", "Missed, first reaction", "Missed, start of work")
	due := "was missed: it was due by Tuesday"
	if strings.Count(texts, due) != 2 || strings.Count(texts, "Nobody has the ticket") != 4 || !strings.Contains(texts, "| Harbour Freight Pty") || strings.Contains(texts, "late") {
		t.Errorf("the team was told: %s", texts)
	}
	if texts := wants(s.agent, s.low.Number, "Due soon, start of work", "Missed, start of work"); strings.Contains(texts, "Nobody has the ticket") {
		t.Errorf("the agent was told: %s", texts)
	}
	manager := s.Person("posimente", "manager")
	for _, number := range []string{s.high.Number, s.low.Number} {
		wants(manager, number)
		wants(s.customer, number)
	}
}
