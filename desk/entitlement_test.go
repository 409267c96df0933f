package desk_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// counted is a house in which Athento is run by its pack and has a contract
// that includes so many tickets a year.
func counted(t *testing.T, included int, more string) (h *stack.House, contract desk.ContractView) {
	t.Helper()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	h = stack.NewHouse(t, stack.Parts{Now: func() time.Time { return now }})
	if err := demo.PublishTo(t.Context(), h.Desk, "athento"); err != nil {
		t.Fatal(err)
	}
	in := desk.ContractInput{Plan: "standard", Reference: "AT-7", From: instant(t, "2026-03-15T00:00:00Z"), Overrides: ticketsOf(included, more)}
	contract, err := h.Desk.CreateContract(as(t, h, "athento", "accounts"), "c", customerOf(t, h, "athento"), in)
	if err != nil {
		t.Fatal(err)
	}
	return h, contract
}

func ticketsOf(included int, more string) string {
	return fmt.Sprintf("tickets: {included: %d, per: year, %s}\n", included, more)
}

// asks registers a question as Athento's jeanne.
func asks(t *testing.T, h *stack.House, key string, change ...func(*desk.Registration)) (desk.Submitted, error) {
	t.Helper()
	r := desk.Registration{Type: "question", Severity: "medium", Title: "How are two versions compared?", Body: "We cannot find it.", Channel: "api"}
	for _, c := range change {
		c(&r)
	}
	return h.Desk.Register(as(t, h, "athento", "jeanne"), key, r)
}

// choosing is a registration with what the customer wants when none is left.
func choosing(choice string) func(*desk.Registration) {
	return func(r *desk.Registration) { r.AtZero = choice }
}

// stands wants the contract to stand so.
func stands(t *testing.T, h *stack.House, contract uuid.UUID, want store.Balance) desk.ContractLedger {
	t.Helper()
	l, err := h.Desk.ContractLedger(as(t, h, "athento", "accounts"), contract, "", 100)
	if err != nil || l.Standing == nil {
		t.Fatalf("no standing (%v)", err)
	}
	if l.Balance != want {
		t.Errorf("stands at %+v, want %+v", l.Balance, want)
	}
	if l.Available != l.Included-l.Reserved-l.Used {
		t.Errorf("the balance is not what is included less what is taken: %+v", l.Balance)
	}
	return l
}

// TestOneTicketEach: each registered ticket is reserved once however often it
// is submitted, in the period the day lies in.
func TestOneTicketEach(t *testing.T) {
	t.Parallel()
	h, contract := counted(t, 10, "at_zero: refuse")
	l := stands(t, h, contract.ID, store.Balance{Included: 10, Available: 10})
	if !l.First.Equal(instant(t, "2026-03-15T00:00:00Z")) || !l.Last.Equal(instant(t, "2027-03-14T00:00:00Z")) || len(l.Moves) != 0 {
		t.Errorf("%s to %s, %d moves", l.First, l.Last, len(l.Moves))
	}
	for range 3 {
		if _, err := asks(t, h, "one"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := asks(t, h, "task", func(r *desk.Registration) { r.Type = "task" }); err != nil { // self-service tasks are taken too
		t.Fatal(err)
	}
	l = stands(t, h, contract.ID, store.Balance{Included: 10, Available: 8, Reserved: 2})
	if len(l.Moves) != 3 || l.Moves[0].Kind != "reserve" || l.Moves[2].Kind != "open" || l.Moves[2].Amount != 10 {
		t.Errorf("%+v", l.Moves)
	}
	e, err := h.Desk.Entitlement(as(t, h, "athento", "jeanne"), "question", nil)
	if err != nil || !e.Takes || e.Available != 8 || e.Reference != "AT-7" || e.Short() {
		t.Errorf("%+v (%v)", e, err)
	}
}

// TestFiftyForTen: of fifty registrations at once against ten tickets that are
// left, ten are registered, and the others leave a trace.
func TestFiftyForTen(t *testing.T) {
	t.Parallel()
	h, contract := counted(t, 10, "at_zero: refuse")
	ctx := as(t, h, "athento", "jeanne")
	codes := map[string]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			_, err := h.Desk.Register(ctx, fmt.Sprint("k", i), desk.Registration{
				Type: "question", Severity: "medium", Title: "How are two versions compared?", Body: "We cannot find it.", Channel: "api",
			})
			key := ""
			if e, ok := problem.As(err); ok {
				key = e.Key
			}
			mu.Lock()
			codes[key]++
			mu.Unlock()
		})
	}
	all.Wait()
	if codes[""] != 10 || codes["balance_empty"] != 40 {
		t.Errorf("%v", codes)
	}
	stands(t, h, contract.ID, store.Balance{Included: 10, Reserved: 10})
	var tickets, traces, periods int
	query(t, h, &tickets, `select count(*) from tickets`)
	query(t, h, &traces, `select count(*) from entitlement_refusals where outcome = 'refused' and kind = 'question' and channel = 'api'`)
	query(t, h, &periods, `select count(*) from entitlement_periods`)
	if tickets != 10 || traces != 40 || periods != 1 {
		t.Errorf("%d tickets, %d traces, %d periods", tickets, traces, periods)
	}
}

// TestAtZero: what happens when none is left is the plan's to say.
func TestAtZero(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rule, choice, key string // key: of the refusal; "" registered
		state, below            string
		left                    int
	}{
		{"refuse", "at_zero: refuse", "", "balance_empty", "", "", 0},
		{"refuse whatever is chosen", "at_zero: refuse", policy.ChoiceBuy, "balance_empty", "", "", 0},
		{"ask", "at_zero: ask", "", "fields_wrong", "", "", 0},
		{"ask, nonsense", "at_zero: ask", "free", "fields_wrong", "", "", 0},
		{"ask, buy", "at_zero: ask", policy.ChoiceBuy, "", "reserved", policy.ChoiceBuy, -1},
		{"ask, pay", "at_zero: ask", policy.ChoicePay, "", policy.ChoicePay, "", 0},
		{"ask, wait", "at_zero: ask", policy.ChoiceWait, "entitlement_waits", "", "", 0},
		{"overrun", "at_zero: overrun", "", "", "reserved", policy.AtZeroOverrun, -1},
		{"not taken", "at_zero: refuse, not_taken_for: [question]", "", "", "none", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, contract := counted(t, 1, c.rule)
			if _, err := asks(t, h, "first", func(r *desk.Registration) { r.Type = "task" }); err != nil {
				t.Fatal(err)
			}
			v, err := asks(t, h, "second", choosing(c.choice))
			if e, ok := problem.As(err); ok != (c.key != "") || ok && e.Key != c.key {
				t.Fatalf("%v, want %q", err, c.key)
			}
			if _, again := asks(t, h, "second", choosing(c.choice)); (again == nil) != (err == nil) {
				t.Errorf("again: %v", again)
			}
			l := stands(t, h, contract.ID, store.Balance{Included: 1, Reserved: 1 - c.left, Available: c.left})
			if refused := c.key == "balance_empty" || c.key == "entitlement_waits" || c.state == policy.ChoicePay; refused != (len(l.Unserved) == 1) {
				t.Errorf("%d traces", len(l.Unserved))
			}
			if c.key != "" {
				return
			}
			e, err := h.Desk.TicketEntitlement(as(t, h, "athento", "jeanne"), v.Row.Number)
			if err != nil || e.State != c.state || e.Below != c.below || e.Reasons != nil {
				t.Errorf("%+v (%v)", e, err)
			}
		})
	}
}

// TestRelease: staff give a ticket back for a reason of the plan alone, once,
// and for warranty only while it held.
func TestRelease(t *testing.T) {
	t.Parallel()
	h, contract := counted(t, 5, "at_zero: refuse, released_for: [warranty, duplicate, withdrawn]")
	v, err := asks(t, h, "one")
	if err != nil {
		t.Fatal(err)
	}
	agent, number := as(t, h, "athento", "agent"), v.Row.Number
	try := func(ctx context.Context, key, reason, note string) string {
		t.Helper()
		_, err := h.Desk.ReleaseTicket(ctx, key, number, reason, note)
		e, ok := problem.As(err)
		switch {
		case !ok:
			return ""
		case len(e.Fields) > 0:
			return e.Fields[0].Key
		}
		return e.Key
	}
	for _, c := range []struct{ reason, note, want string }{
		{"split", "x", "field_not_a_choice"}, {"withdrawn", "x", "field_not_a_choice"}, {"duplicate", "", "field_empty"}, {"warranty", "x", "warranty_over"},
	} {
		if got := try(agent, "", c.reason, c.note); got != c.want {
			t.Errorf("%s: %q, want %q", c.reason, got, c.want)
		}
	}
	if got := try(as(t, h, "athento", "jeanne"), "", "duplicate", "x"); got != "not_your_role" {
		t.Errorf("a contact gives it back: %q", got)
	}
	in := desk.ContractInput{Plan: "standard", Reference: "AT-7", From: contract.FromOn, Overrides: contract.Overrides}
	until := instant(t, "2026-11-20T00:00:00Z") // the day it was registered
	in.WarrantyUntil = &until
	if _, err := h.Desk.UpdateContract(as(t, h, "athento", "accounts"), contract.ID, contract.Version, in); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := try(agent, "k", "warranty", "Delivered in May"); got != "" {
			t.Fatal(got)
		}
	}
	if got := try(agent, "other", "duplicate", "x"); got != "entitlement_released" {
		t.Errorf("given back twice: %q", got)
	}
	l := stands(t, h, contract.ID, store.Balance{Included: 5, Available: 5})
	if m := l.Moves[0]; m.Kind != "release" || m.From != "reserved" || m.Reason != "warranty" || m.Note != "Delivered in May" || m.By != "Alex Agent" || m.Number != number {
		t.Errorf("%+v", m)
	}
}

// TestContractFollows: a changed agreement changes what the open period
// includes; a period is not opened twice.
func TestContractFollows(t *testing.T) {
	t.Parallel()
	h, contract := counted(t, 5, "at_zero: refuse")
	if _, err := asks(t, h, "one"); err != nil {
		t.Fatal(err)
	}
	accounts, version := as(t, h, "athento", "accounts"), contract.Version
	for _, included := range []int{8, 3} {
		in := desk.ContractInput{Plan: "standard", Reference: "AT-7", From: contract.FromOn, Overrides: ticketsOf(included, "at_zero: refuse")}
		v, err := h.Desk.UpdateContract(accounts, contract.ID, version, in)
		if err != nil {
			t.Fatal(err)
		}
		version = v.Version
		stands(t, h, contract.ID, store.Balance{Included: included, Available: included - 1, Reserved: 1})
	}
	until := instant(t, "2026-12-31T00:00:00Z")
	in := desk.ContractInput{Plan: "standard", Reference: "AT-7", From: contract.FromOn, Until: &until, Overrides: ticketsOf(3, "at_zero: refuse")}
	if _, err := h.Desk.UpdateContract(accounts, contract.ID, version, in); err != nil {
		t.Fatal(err)
	}
	if l := stands(t, h, contract.ID, store.Balance{Included: 3, Available: 2, Reserved: 1}); !l.Last.Equal(until) {
		t.Errorf("the period ends on %s", l.Last)
	}
}

// TestAnyOrder: whatever is reserved, used and given back, in whatever order
// and however often, all accounts together are zero, and what is left is what
// is included less what is taken.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	h, contract := counted(t, 4, "at_zero: overrun, released_for: [duplicate]")
	tickets := make([]desk.Submitted, 6)
	for i := range tickets {
		var err error
		if tickets[i], err = asks(t, h, fmt.Sprint(i), func(r *desk.Registration) { r.Title += fmt.Sprint(i) }); err != nil {
			t.Fatal(err)
		}
	}
	v, err := h.Desk.Store.VendorBySlug(t.Context(), "athento")
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 7))
	state := map[uuid.UUID]string{}
	for step := range 60 {
		row := tickets[random.IntN(len(tickets))].Row
		err := h.Desk.Store.In(t.Context(), v.ID, func(tx *store.Tx) error {
			switch random.IntN(3) {
			case 0:
				period, err := tx.LockPeriod(t.Context(), contract.ID, row.RegisteredAt)
				if err != nil {
					return err
				}
				taken, err := tx.Reserve(t.Context(), period.ID, row.ID, "overrun", row.RegisteredAt, row.RequesterID)
				if taken {
					t.Error("reserved twice")
				}
				return err
			case 1:
				if state[row.ID] == "" {
					state[row.ID] = "used"
				}
				return tx.Use(t.Context(), row.ID, row.RegisteredAt, nil)
			}
			released, err := tx.GiveBack(t.Context(), row.ID, "duplicate", "", row.RegisteredAt, nil)
			if released == (state[row.ID] == "released") {
				t.Errorf("step %d: released %v in state %q", step, released, state[row.ID])
			}
			state[row.ID] = "released"
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		want := store.Balance{Included: 4, Available: 4, Reserved: len(tickets)}
		for _, s := range state {
			want.Reserved--
			if s == "used" {
				want.Used++
			}
		}
		want.Available -= want.Reserved + want.Used
		stands(t, h, contract.ID, want)
		var sum int
		if query(t, h, &sum, `select coalesce(sum(amount), 0) from entitlement_entries`); sum != 0 {
			t.Fatalf("step %d: the entries sum to %d", step, sum)
		}
	}
}
