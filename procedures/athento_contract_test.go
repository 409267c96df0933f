package procedures

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
)

// athentoContract is the story of what a contracted support plan includes, and
// of what its vendor cannot be held responsible for.
type athentoContract struct {
	*World
	contact, agent, agent2 *Person
	contract               client.Contract
	first, late            client.TicketDetail
}

func TestAthentoContract(t *testing.T) {
	w := packed(t, "athento", monday(t, "Europe/Madrid"))
	person := func(local string) *Person { return w.Person("athento", local) }
	s := &athentoContract{World: w, contact: person("jeanne"), agent: person("agent"), agent2: person("agent2")}
	w.Step("only through the contact methods included in the plan", s.channels)
	w.Step("each registered ticket is deducted from the included ones", s.deducted)
	w.Step("so are tasks the requester can do", s.tasks)
	w.Step("with none left the customer is asked", s.atZero)
	w.Step("except for warranty tickets", s.warranty)
	w.Step("the times of the contracted plan, where the agreement says otherwise", s.times)
	w.Step("no responsibility for breaches that follow from bad registration", s.exclusion)
}

func (s *athentoContract) question(title string, more ...func(*client.Registration)) client.Registration {
	r := client.Registration{Type: "question", Severity: "low", Title: title, Body: "How is that done?"}
	for _, with := range more {
		with(&r)
	}
	return r
}

func (s *athentoContract) standing() client.Standing {
	s.T.Helper()
	e := got[client.Entitlement](s.World)(s.contact.GetEntitlementWithResponse(s.T.Context(), &client.GetEntitlementParams{}))
	if e.Standing == nil {
		s.T.Fatalf("no standing: %+v", e)
	}
	return *e.Standing
}

// has wants so many tickets to be available, reserved and used.
func (s *athentoContract) has(available, reserved, used int) {
	s.T.Helper()
	if got := s.standing(); got.Available != available || got.Reserved != reserved || got.Used != used {
		s.T.Errorf("%d available, %d reserved, %d used; want %d, %d, %d", got.Available, got.Reserved, got.Used, available, reserved, used)
	}
}

func (s *athentoContract) channels(t *testing.T) {
	accounts := s.Person("athento", "accounts")
	me := got[client.Me](s.World)(s.contact.GetMeWithResponse(t.Context()))
	today := openapi_types.Date{Time: s.Now().Truncate(24 * time.Hour)}
	warranty := openapi_types.Date{Time: today.AddDate(0, 3, 0)}
	overrides := "channels: [portal]\ntickets: {included: 2, per: year, at_zero: ask, released_for: [warranty]}\ntargets:\n  first_response: {low: 1 business hour}\n"
	s.contract = made[client.Contract](s.World)(accounts.CreateContractWithResponse(t.Context(), *me.OrganizationId, nil, client.NewContract{
		Plan: "standard", Reference: "AG-2027", From: today, WarrantyUntil: &warranty, Overrides: &overrides,
	}))
	refused := s.refused(403)(s.contact.RegisterTicketWithResponse(t.Context(), nil, s.question("How do I share a folder?")))
	if *refused.Key != "channel_not_included" {
		t.Errorf("refused with %s", *refused.Key)
	}
	traces := got[client.Refusals](s.World)(s.agent.ListRefusalsWithResponse(t.Context())).Refusals
	if len(traces) != 1 || traces[0].Reason != "channel_not_included" {
		t.Errorf("staff see %+v", traces)
	}
	overrides = strings.Replace(overrides, "[portal]", "[portal, api]", 1)
	s.contract = got[client.Contract](s.World)(accounts.UpdateContractWithResponse(t.Context(), s.contract.Id, client.ContractUpdate{
		Version: s.contract.Version, Plan: "standard", Reference: "AG-2027", From: today, WarrantyUntil: &warranty, Overrides: &overrides,
	}))
}

func (s *athentoContract) deducted(t *testing.T) {
	s.first = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil, s.question("How do I share a folder?")))
	s.has(1, 1, 0)
	s.ticketOf(s.agent.TriageTicketWithResponse(t.Context(), s.first.Number, nil, client.Triage{Reason: "question", Level: 1, Severity: "low", Path: "answer"}))
	s.ticketOf(s.agent.AnswerTicketWithResponse(t.Context(), s.first.Number, nil, client.Message{Text: "With a right click."}))
	s.has(1, 0, 1)
	e := got[client.TicketEntitlement](s.World)(s.contact.GetTicketEntitlementWithResponse(t.Context(), s.first.Number))
	if e.State != "used" || len(e.Moves) != 2 {
		t.Errorf("%+v", e)
	}
}

func (s *athentoContract) tasks(t *testing.T) {
	task := s.question("Create the user Ana Gil", func(r *client.Registration) { r.Type = "task" })
	made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil, task))
	s.has(0, 1, 1)
}

func (s *athentoContract) atZero(t *testing.T) {
	asked := s.refused(422)(s.contact.RegisterTicketWithResponse(t.Context(), nil, s.question("Where are the folders?")))
	if fields := *asked.Fields; len(fields) != 1 || fields[0].Path != "at_zero" || fields[0].Key != "entitlement_choose" {
		t.Errorf("asked %+v", fields)
	}
	chooses := func(choice client.RegistrationAtZero) client.Registration {
		return s.question("Where are the folders?", func(r *client.Registration) { r.AtZero = &choice })
	}
	if r := s.refused(409)(s.contact.RegisterTicketWithResponse(t.Context(), nil, chooses("wait"))); *r.Key != "entitlement_waits" {
		t.Errorf("waiting is answered with %s", *r.Key)
	}
	s.has(0, 1, 1)
	paid := made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil, chooses("pay_this")))
	s.has(0, 1, 1)
	if e := got[client.TicketEntitlement](s.World)(s.contact.GetTicketEntitlementWithResponse(t.Context(), paid.Number)); e.State != "pay_this" {
		t.Errorf("paid by itself, and %+v", e)
	}
	bought := made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil, chooses("buy_pack")))
	s.has(-1, 2, 1)
	if e := got[client.TicketEntitlement](s.World)(s.contact.GetTicketEntitlementWithResponse(t.Context(), bought.Number)); e.Below == nil || *e.Below != "buy_pack" {
		t.Errorf("of a pack to be bought, and %+v", e)
	}
}

func (s *athentoContract) warranty(t *testing.T) {
	release := client.TicketRelease{Reason: "duplicate", Note: "asked before"}
	s.refused(422)(s.agent.ReleaseTicketWithResponse(t.Context(), s.first.Number, nil, release)) // the plan does not list it
	release = client.TicketRelease{Reason: "warranty", Note: "the export came with the installation"}
	e := got[client.TicketEntitlement](s.World)(s.agent.ReleaseTicketWithResponse(t.Context(), s.first.Number, nil, release))
	if e.State != "released" {
		t.Errorf("%+v", e)
	}
	s.has(0, 2, 0)
	s.refused(409)(s.agent.ReleaseTicketWithResponse(t.Context(), s.first.Number, nil, release))
	s.has(0, 2, 0)
}

func (s *athentoContract) times(t *testing.T) {
	choice := client.RegistrationAtZero("pay_this")
	start := s.Now()
	s.late = made[client.TicketDetail](s.World)(s.contact.RegisterTicketWithResponse(t.Context(), nil,
		s.question("It does not work as it did", func(r *client.Registration) { r.AtZero = &choice })))
	dueAt(s.World, s.contact, s.late.Number, "first_response", start.Add(time.Hour))
	if k := clockNamed(s.World, s.contact, s.late.Number, "first_response"); k.Source.Kind != "agreement" || k.Source.Name == nil || *k.Source.Name != "AG-2027" {
		t.Errorf("its source is %+v", k.Source)
	}
	if k := clockNamed(s.World, s.contact, s.late.Number, "acknowledge"); k.Source.Kind != "plan" {
		t.Errorf("what the agreement does not say comes from %+v", k.Source)
	}
}

func (s *athentoContract) exclusion(t *testing.T) {
	s.Advance(2 * time.Hour)
	of := func(p *Person) client.Clock { return clockNamed(s.World, p, s.late.Number, "first_response") }
	if k := of(s.contact); k.BreachedAt == nil || k.Excluded != nil {
		t.Fatalf("not missed: %+v", k)
	}
	asked := got[client.Clocks](s.World)(s.agent.ExcludeBreachWithResponse(t.Context(), s.late.Number, nil, client.NewExclusion{
		Clock: "first_response", Reason: "What does not work was not said.", Evidence: "the mail of nine o’clock",
	}))
	id := asked.Exclusions[0].Id
	decide := func(p *Person, id uuid.UUID, agree bool) (*client.DecideExclusionResponse, error) {
		return p.DecideExclusionWithResponse(t.Context(), s.late.Number, id, nil, client.DecideExclusionJSONRequestBody{Agree: agree})
	}
	if r := s.refused(403)(decide(s.agent, id, true)); *r.Key != "exclusion_own" {
		t.Errorf("who asked decides: %s", *r.Key)
	}
	if k := of(s.contact); k.Excluded != nil {
		t.Error("asked for, and already left out")
	}
	got[client.Clocks](s.World)(decide(s.agent2, id, true))
	if k := of(s.contact); k.BreachedAt == nil || k.Excluded == nil || !*k.Excluded {
		t.Errorf("agreed: missed %v, left out %v; want both", k.BreachedAt, k.Excluded)
	}
	seen := got[client.Clocks](s.World)(s.contact.GetClocksWithResponse(t.Context(), s.late.Number)).Exclusions
	if len(seen) != 1 || seen[0].Evidence != nil {
		t.Errorf("the customer sees %+v", seen)
	}
	got[client.Clocks](s.World)(s.agent.RevokeExclusionWithResponse(t.Context(), s.late.Number, id, nil, client.RevokeExclusionJSONRequestBody{Reason: "it was said in the second mail"}))
	if k := of(s.contact); k.BreachedAt == nil || k.Excluded != nil {
		t.Errorf("taken back: %+v", k)
	}
}
