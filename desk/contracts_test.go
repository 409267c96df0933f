package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/ticket"
)

// agreement is a contract of Posimente's plan from the beginning of 2026 on.
func agreement(t *testing.T, overrides string) desk.ContractInput {
	t.Helper()
	return desk.ContractInput{Plan: "licence", Reference: "PLA-2026-17", From: instant(t, "2026-01-01T00:00:00Z"), Overrides: overrides}
}

// customerOf is the organization of a vendor's jeanne.
func customerOf(t *testing.T, h *stack.House, vendor string) uuid.UUID {
	t.Helper()
	c, err := h.Desk.ByEmail(t.Context(), vendor, "jeanne@"+vendor+".example")
	if err != nil {
		t.Fatal(err)
	}
	return *c.Person.OrganizationID
}

// TestContractMovesTickets: a change of a contract shows first which deadlines
// of its open tickets would move, and then moves them in the same act. Tickets
// registered before there was a contract stay where they are.
func TestContractMovesTickets(t *testing.T) {
	t.Parallel()
	h, _, before := packed(t)
	accounts, in := as(t, h, "posimente", "accounts"), agreement(t, "")
	v, err := h.Desk.CreateContract(accounts, "c", customerOf(t, h, "posimente"), in)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Desk.CreateContract(accounts, "c", customerOf(t, h, "posimente"), in); err != nil || again.ID != v.ID {
		t.Errorf("created twice: %v", err)
	}
	number := submit(t, h, "under it").Number
	was := clockOf(t, h, number, ticket.ClockAcknowledge)
	in.Overrides = "targets:\n  acknowledge:\n    any: 4 business hours\n"
	p, err := h.Desk.PreviewContract(accounts, v.ID, v.Version, in, "")
	list := p.Moves
	if err != nil || p.Next != "" || len(list) != 1 || list[0].Number != number || len(list[0].Clocks) != 1 || !list[0].Clocks[0].Was.Equal(*was.DueAt) {
		t.Fatalf("%+v (%v)", list, err)
	}
	if now := clockOf(t, h, number, ticket.ClockAcknowledge); !now.DueAt.Equal(*was.DueAt) {
		t.Error("the preview has moved it")
	}
	kept, err := h.Desk.UpdateContract(accounts, v.ID, v.Version, in)
	if err != nil || kept.Version != 2 || strings.TrimSpace(kept.Overrides) != strings.TrimSpace(in.Overrides) {
		t.Fatalf("%+v (%v)", kept, err)
	}
	is := clockOf(t, h, number, ticket.ClockAcknowledge)
	if !is.DueAt.Equal(*list[0].Clocks[0].Is) || is.Origin != (policy.Origin{Kind: "agreement", Name: "PLA-2026-17"}) {
		t.Errorf("due %s by %+v, promised %s", is.DueAt, is.Origin, list[0].Clocks[0].Is)
	}
	if k := clockOf(t, h, before, ticket.ClockAcknowledge); !k.DueAt.Equal(*was.DueAt) {
		t.Error("a ticket of no contract has moved")
	}
	if _, err := h.Desk.UpdateContract(accounts, v.ID, 1, in); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("changed on an old version: %v", err)
	}
	if kept, err = h.Desk.UpdateContract(accounts, v.ID, 2, in); err != nil || kept.Version != 2 {
		t.Errorf("nothing changed, version %d (%v)", kept.Version, err)
	}
	var moved int
	query(t, h, &moved, `select (select count(*) from events where kind = 'contract_moved' and not public) * 100
		+ (select count(*) from audit where action in ('contract_created', 'contract_changed', 'contract_moved')) * 10
		+ (select count(*) from outbox where key like 'poke/%')`)
	if moved != 131 {
		t.Errorf("events, audit entries and pokes: %d, want 131", moved)
	}
}

// TestWrongContracts: everything wrong is named at once, the faults of the
// overrides with their lines, and two contracts never share a day.
func TestWrongContracts(t *testing.T) {
	t.Parallel()
	h, _, _ := packed(t)
	accounts, customer := as(t, h, "posimente", "accounts"), customerOf(t, h, "posimente")
	day := func(text string) *time.Time {
		on := instant(t, text+"T00:00:00Z")
		return &on
	}
	_, err := h.Desk.CreateContract(accounts, "", customer, desk.ContractInput{
		Plan: "gold", From: *day("2026-02-01"), Until: day("2026-01-31"), WarrantyUntil: day("0001-01-02"),
		Overrides: "calendar: moon\nchannels: [pigeon]\n",
	})
	e, _ := problem.As(err)
	got := map[string]string{}
	for _, f := range e.Fields {
		got[f.Path] += f.Key
	}
	if e.Code != problem.Unprocessable || got["plan"] != "field_not_a_choice" || got["reference"] != "field_empty" || got["until"] != "until_before_from" ||
		got["warranty_until"] != "field_not_date" || got["overrides"] != "overrides_wrongoverrides_wrong" {
		t.Errorf("%v", err)
	}
	for text, line := range map[string]int{"calendar: office\nsla: 3\n": 2, "targets:\n  acknowledge:\n    any: soon\n": 3, "calendar: office\ncalendar: office\n": 2} {
		in := agreement(t, text)
		_, err := h.Desk.CreateContract(accounts, "", customer, in)
		if e, _ := problem.As(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Args["line"] != line {
			t.Errorf("%q: %v, want line %d", text, err, line)
		}
	}
	if _, err := h.Desk.CreateContract(accounts, "", customer, desk.ContractInput{Plan: "licence", Reference: "A", From: *day("2026-02-01"), Until: day("2026-12-31")}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, until string
		ok          bool
	}{{"2026-01-01", "2026-02-01", false}, {"2026-12-31", "", false}, {"2026-05-01", "2026-06-01", false}, {"2025-01-01", "", false}, {"2025-01-01", "2026-01-31", true}, {"2027-01-01", "", true}} {
		in := desk.ContractInput{Plan: "licence", Reference: "B", From: *day(c.from)}
		if c.until != "" {
			in.Until = day(c.until)
		}
		if _, err := h.Desk.CreateContract(accounts, "", customer, in); (err == nil) != c.ok {
			t.Errorf("%s to %s: %v", c.from, c.until, err)
		}
	}
	reads(t, h, customer)
}

// reads tries who may read the contracts of an organization.
func reads(t *testing.T, h *stack.House, customer uuid.UUID) {
	t.Helper()
	list, next, err := h.Desk.Contracts(as(t, h, "posimente", "super"), customer, "", 2)
	if err != nil || len(list) != 2 || list[0].FromOn.Year() != 2027 || next == "" {
		t.Errorf("a super-user reads %d contracts (%v)", len(list), err)
	}
	rest, next, err := h.Desk.Contracts(as(t, h, "posimente", "super"), customer, next, 2)
	if err != nil || len(rest) != 1 || rest[0].FromOn.Year() != 2025 || next != "" {
		t.Errorf("and then %d (%v)", len(rest), err)
	}
	if _, _, err := h.Desk.Contracts(as(t, h, "posimente", "jeanne"), customer, "", 2); problem.CodeOf(err) != problem.Forbidden {
		t.Errorf("a contact reads contracts: %v", err)
	}
	_, _, err = h.Desk.Contracts(as(t, h, "posimente", "partner"), customer, "", 2)
	if problem.CodeOf(err) != problem.NotFound {
		t.Errorf("a partner reads its customer's contracts: %v", err)
	}
}
