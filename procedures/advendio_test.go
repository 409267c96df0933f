package procedures

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
)

// advendio is the story of ADvendio's page about support: its categories of
// incidents, its reasons of cases, and when it first responds.
type advendio struct {
	*World
	start                      time.Time // Monday, nine in Berlin
	contact, agent, accounts   *Person
	vendor                     client.Vendor
	organization               uuid.UUID
	critical, critical2, basic client.TicketDetail
}

func TestAdvendio(t *testing.T) {
	start := monday(t, "Europe/Berlin")
	w := packed(t, "advendio", start)
	person := func(local string) *Person { return w.Person("advendio", local) }
	s := &advendio{World: w, start: start, contact: person("jeanne"), agent: person("agent"), accounts: person("accounts")}
	w.Step("four incident categories, each with a definition and criteria by function, data and back end", s.severities)
	w.Step("four case reasons with their definitions, and the path each takes", s.reasons)
	w.Step("without a premium success plan: contacted within 2 business days", s.basicTarget)
	w.Step("with one it varies, depending on the severity of the case", s.premiumTargets)
	w.Step("business hours only, without weekends and public holidays", s.businessHours)
	w.Step("nothing but the first response and the acknowledgement is promised", s.promised)
	w.Step("a case is what its reason says, whatever form it came by", s.paths)
}

func (s *advendio) severities(t *testing.T) {
	s.vendor = got[client.Vendor](s.World)(s.contact.GetVendorWithResponse(t.Context()))
	if n := len(s.vendor.Severities); n != 4 {
		t.Fatalf("%d severities", n)
	}
	for i, words := range []string{"all users", "workaround", "does not scale", "reasonable workaround"} {
		v := s.vendor.Severities[i]
		if v.Definition == nil || !strings.Contains(*v.Definition, words) {
			t.Errorf("%s is defined as %v, want %q in it", v.Label, v.Definition, words)
		}
		if v.Criteria == nil || len(*v.Criteria) != 3 || (*v.Criteria)[0].About != "functions" || (*v.Criteria)[2].About != "back_end" {
			t.Errorf("the criteria of %s are %+v", v.Label, v.Criteria)
		}
	}
}

func (s *advendio) reasons(t *testing.T) {
	want := map[string]string{"bug": "answer", "question": "answer", "customization": "customization", "feature": "feature_request"}
	if len(s.vendor.Reasons) != len(want) {
		t.Fatalf("%+v", s.vendor.Reasons)
	}
	for _, r := range s.vendor.Reasons {
		if r.Definition == nil || r.Path == nil || *r.Path != want[r.Code] {
			t.Errorf("%s: %v by %v, want %s", r.Code, r.Definition, r.Path, want[r.Code])
		}
		if !slices.Contains(s.vendor.Paths, want[r.Code]) {
			t.Errorf("the path %s is not switched on", want[r.Code])
		}
	}
}

// ask registers a bug of a severity.
func (s *advendio) ask(severity, title string) client.TicketDetail {
	s.T.Helper()
	return made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(s.T.Context(), nil, client.Registration{
		Type: "bug", Severity: severity, Title: title, Body: "Since this morning.",
	}))
}

func (s *advendio) basicTarget(*testing.T) {
	for _, severity := range []string{"1", "4"} {
		s.basic = s.ask(severity, "The export of invoices stops")
		dueAt(s.World, s.contact, s.basic.Number, "first_response", s.start.AddDate(0, 0, 2))
	}
}

func (s *advendio) premiumTargets(t *testing.T) {
	me := got[client.Me](s.World)(s.contact.GetMeWithResponse(t.Context()))
	s.organization = *me.OrganizationId
	made[client.Contract](s.World)(s.accounts.CreateContractWithResponse(t.Context(), s.organization, nil, client.NewContract{
		Plan: "premium", Reference: "PSP-1", From: openapi_types.Date{Time: s.Now().Truncate(24 * time.Hour)},
	}))
	for severity, within := range map[string]time.Duration{"1": 2 * time.Hour, "2": 4 * time.Hour, "3": 8 * time.Hour, "4": 24 * time.Hour} {
		k := s.ask(severity, "The export of orders stops")
		dueAt(s.World, s.contact, k.Number, "first_response", s.start.Add(within))
	}
}

func (s *advendio) businessHours(t *testing.T) {
	friday := s.start.AddDate(0, 0, 4).Add(8 * time.Hour) // 17:00
	s.Advance(friday.Sub(s.Now()))
	s.critical = s.ask("1", "Nobody can sign in any more")
	dueAt(s.World, s.contact, s.critical.Number, "first_response", s.start.AddDate(0, 0, 7).Add(time.Hour)) // Monday, 10:00
	s.Advance(24 * time.Hour)
	s.critical2 = s.ask("1", "Nobody can sign in any more, still")
	dueAt(s.World, s.contact, s.critical2.Number, "first_response", s.start.AddDate(0, 0, 7).Add(2*time.Hour))
	if k := clockNamed(s.World, s.contact, s.critical2.Number, "first_response"); k.Calendar == "" || k.Target != "2 business hours" {
		t.Errorf("%+v", k)
	}
}

func (s *advendio) promised(t *testing.T) {
	list := got[client.Clocks](s.World)(s.contact.GetClocksWithResponse(t.Context(), s.critical.Number)).Clocks
	for _, k := range list {
		if k.Name == "resolution" {
			t.Errorf("a resolution is promised: %+v", k)
		}
	}
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.critical.Number, nil, client.Triage{Reason: "bug", Level: 1, Severity: "1", Path: "answer"}))
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.critical.Number, nil, client.Message{Text: "We have restarted it."}))
	if k := clockNamed(s.World, s.contact, s.critical.Number, "first_response"); k.State != "stopped" || k.StoppedAt == nil || k.BreachedAt != nil {
		t.Errorf("the first response is %+v", k)
	}
}

func (s *advendio) paths(t *testing.T) {
	k := s.ask("4", "A logo of our own on each report")
	s.refused(422)(s.agent.TriageTicketWithResponse(t.Context(), k.Number, nil, client.Triage{Reason: "warranty", Level: 1, Severity: "4", Path: "answer"}))
	k = s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), k.Number, nil, client.Triage{Reason: "customization", Level: 2, Severity: "4", Path: "development_request", OtherPath: true}))
	if k.Reason == nil || *k.Reason != "customization" || k.Path == nil || *k.Path != "development_request" {
		t.Errorf("triaged as %v by %v", k.Reason, k.Path)
	}
	s.refused(409)(s.agent.AnswerTicketWithResponse(t.Context(), k.Number, nil, client.Message{Text: "Done."})) // development evaluates it first
}
