package desk_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// built reads a built-in pack with something in it replaced.
func built(t *testing.T, name string, replace ...string) *policy.Pack {
	t.Helper()
	text, err := policy.BuiltIn(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.ParsePack([]byte(strings.NewReplacer(replace...).Replace(string(text))))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// packed is a house in which Posimente is run by its pack, on a Friday evening
// in Melbourne, and the number of a ticket of medium severity.
func packed(t *testing.T) (h *stack.House, v store.Vendor, number string) {
	t.Helper()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) // Friday, 20:00 in Melbourne
	h = stack.NewHouse(t, stack.Parts{Now: func() time.Time { return now }})
	if err := demo.PublishTo(t.Context(), h.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	return h, vendorOf(t, h), submit(t, h, "first").Number
}

func vendorOf(t *testing.T, h *stack.House) store.Vendor {
	t.Helper()
	v, err := h.Desk.Store.VendorBySlug(t.Context(), "posimente")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func submit(t *testing.T, h *stack.House, key string) store.Ticket {
	t.Helper()
	v, err := h.Desk.Register(as(t, h, "posimente", "jeanne"), key, desk.Registration{
		Type: "technical", Severity: "medium", Title: "Export stops at page two", Body: "It stops.", Channel: "api",
		Fields: map[string]string{"customer_name": "Harbour Freight Pty", "salesforce_org_id": "00D5g000004XYZ1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return v.Row
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestPinned: a ticket is run by the version it was submitted under. Publishing
// another shows what moving it would change and moves nothing; moving is a step
// of its own, in the history and the audit trail.
func TestPinned(t *testing.T) {
	t.Parallel()
	h, v, number := packed(t)
	first := v.Settings.Pack
	due := instant(t, "2026-11-25T09:00:00+11:00") // two business days after Monday's opening
	moved := instant(t, "2026-11-26T09:00:00+11:00")
	if got := clockOf(t, h, number, ticket.ClockAcknowledge); !got.DueAt.Equal(due) {
		t.Fatalf("due %s, want %s", got.DueAt, due)
	}
	slower := built(t, "posimente", "medium: 2 business days", "medium: 3 business days")

	list, next, err := h.Desk.Preview(t.Context(), v, slower, "")
	if err != nil || next != "" || len(list) != 1 || list[0].Number != number || list[0].From != first.Version || len(list[0].Clocks) != 2 {
		t.Fatalf("%+v (%v)", list, err)
	}
	if c := list[0].Clocks[0]; c.Clock != ticket.ClockAcknowledge || !c.Was.Equal(due) || !c.Is.Equal(moved) {
		t.Errorf("acknowledge would move from %s to %s", c.Was, c.Is)
	}
	if err := h.Desk.PublishPack(t.Context(), v, slower, "slower"); err != nil {
		t.Fatal(err)
	}
	if got := clockOf(t, h, number, ticket.ClockAcknowledge); !got.DueAt.Equal(due) {
		t.Errorf("publishing has moved it to %s", got.DueAt)
	}
	if row := submit(t, h, "second"); row.PolicyVersion != slower.Version || !row.Clocks.Named(ticket.ClockAcknowledge).DueAt.Equal(moved) {
		t.Errorf("a new ticket is run by %s, due %s", policy.ShortVersion(row.PolicyVersion), row.Clocks.Named(ticket.ClockAcknowledge).DueAt)
	}
	if err := h.Desk.PublishPack(t.Context(), vendorOf(t, h), slower, ""); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("published twice: %v", err)
	}

	for range 2 { // it can be repeated
		if _, err := h.Desk.MoveTicket(t.Context(), vendorOf(t, h), number, "agreed with the customer"); err != nil {
			t.Fatal(err)
		}
	}
	if got := clockOf(t, h, number, ticket.ClockAcknowledge); !got.DueAt.Equal(moved) {
		t.Errorf("moved, and due %s", got.DueAt)
	}
	pubs, err := h.Desk.Publications(t.Context(), v)
	if err != nil || len(pubs) != 2 || pubs[0].Version != slower.Version || pubs[0].Open != 2 || pubs[1].Open != 0 {
		t.Errorf("%+v (%v)", pubs, err)
	}
	var events, audits int
	query(t, h, &events, `select count(*) from events e join tickets t on t.id = e.ticket_id where t.number = $1 and e.kind = 'policy_moved' and not e.public`, number)
	query(t, h, &audits, `select count(*) from audit where action in ('policy_moved', 'policy_published') and object_id is not null`)
	if events != 1 || audits != 3 {
		t.Errorf("%d events, %d audit entries; want 1 and 3", events, audits)
	}
}

// TestMoveThatDoesNotFit: a version that has not what a ticket is says so, and
// the ticket stays.
func TestMoveThatDoesNotFit(t *testing.T) {
	t.Parallel()
	h, v, number := packed(t)
	without := built(t, "posimente", "code: medium", "code: middling", "medium:", "middling:")
	list, _, err := h.Desk.Preview(t.Context(), v, without, "")
	if err != nil || len(list) != 1 || len(list[0].Hinders) != 1 || list[0].Hinders[0] != (desk.Hindrance{What: "severity", Code: "medium"}) {
		t.Fatalf("%+v (%v)", list, err)
	}
	if err := h.Desk.PublishPack(t.Context(), v, without, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Desk.MoveTicket(t.Context(), vendorOf(t, h), number, "try"); problem.CodeOf(err) != problem.Conflict {
		t.Errorf("moved: %v", err)
	}
	if v, err := h.Desk.Clocks(as(t, h, "posimente", "jeanne"), number); err != nil || len(v.Accounts) != 2 {
		t.Errorf("its clocks: %d (%v)", len(v.Accounts), err)
	}
}

// TestContractPrevails: what an organization has agreed beats the pack, and the
// account of the clock names the agreement.
func TestContractPrevails(t *testing.T) {
	t.Parallel()
	h, v, _ := packed(t)
	caller, err := h.Desk.ByEmail(t.Context(), "posimente", "jeanne@posimente.example")
	if err != nil {
		t.Fatal(err)
	}
	err = h.Desk.Store.In(t.Context(), v.ID, func(tx *store.Tx) error {
		return tx.InsertContract(t.Context(), store.Contract{
			ID: store.NewID(), OrganizationID: *caller.Person.OrganizationID, Plan: "licence", Reference: "PLA-2026-17",
			FromOn: instant(t, "2026-01-01T00:00:00Z"), Raw: []byte(`{"targets": {"acknowledge": {"any": "4 business hours"}}}`), CreatedAt: time.Now(),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	row := submit(t, h, "agreed")
	view, err := h.Desk.Clocks(as(t, h, "posimente", "jeanne"), row.Number)
	if err != nil || len(view.Accounts) != 2 {
		t.Fatalf("%d accounts (%v)", len(view.Accounts), err)
	}
	if a := view.Accounts[0].Clock; a.Origin != (policy.Origin{Kind: "agreement", Name: "PLA-2026-17"}) || !a.DueAt.Equal(instant(t, "2026-11-23T13:00:00+11:00")) {
		t.Errorf("%+v, due %s", a.Origin, a.DueAt)
	}
	if a := view.Accounts[1].Clock; a.Origin != (policy.Origin{Kind: "plan", Name: "licence"}) {
		t.Errorf("%+v", a.Origin)
	}
}

func clockOf(t *testing.T, h *stack.House, number, name string) store.Clock {
	t.Helper()
	v, err := h.Desk.Clocks(as(t, h, "posimente", "jeanne"), number)
	if err != nil {
		t.Fatal(err)
	}
	if k := v.Row.Clocks.Named(name); k != nil && k.DueAt != nil {
		return *k
	}
	t.Fatalf("%s has no %s: %+v", number, name, v.Row.Clocks)
	return store.Clock{}
}

// query reads one value, whoever's it is.
func query(t *testing.T, h *stack.House, into any, sentence string, args ...any) {
	t.Helper()
	db, err := sql.Open("postgres", h.DB.Admin)
	if err == nil {
		err = db.QueryRowContext(t.Context(), sentence, args...).Scan(into)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
