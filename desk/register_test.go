package desk_test

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// as is a context in which a demo person asks.
func as(t *testing.T, h *stack.House, vendor, local string) context.Context {
	t.Helper()
	c, err := h.Desk.ByEmail(t.Context(), vendor, local+"@"+vendor+".example")
	if err != nil {
		t.Fatal(err)
	}
	return desk.WithCaller(t.Context(), c)
}

// TestNumbersByTheVendorsYear: the year of a number is that of the vendor's
// clock on the wall, and each begins at 1.
func TestNumbersByTheVendorsYear(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	h := stack.NewHouse(t, stack.Parts{Now: func() time.Time { return now }})
	australia, canada := as(t, h, "posimente", "jeanne"), as(t, h, "interfacing", "jeanne")
	register := func(ctx context.Context, kind, key string) string {
		v, err := h.Desk.Register(ctx, key, desk.Registration{Type: kind, Severity: "low", Title: "Export stops", Body: "x", Channel: "api"})
		if err != nil {
			t.Fatal(err)
		}
		return v.Row.Number
	}
	for _, c := range []struct{ at, australia, canada string }{
		{"2026-12-31T12:59:59Z", "PX-2026-000001", "IF-2026-000001"},
		{"2026-12-31T13:00:00Z", "PX-2027-000001", "IF-2026-000002"},
		{"2027-01-01T04:59:59Z", "PX-2027-000002", "IF-2026-000003"},
		{"2027-01-01T05:00:00Z", "PX-2027-000003", "IF-2027-000001"},
		{"2026-06-01T00:00:00Z", "PX-2026-000002", "IF-2026-000004"}, // a clock set back
	} {
		var err error
		if now, err = time.Parse(time.RFC3339, c.at); err != nil {
			t.Fatal(err)
		}
		if got := register(australia, "technical", c.at); got != c.australia {
			t.Errorf("%s in Melbourne: %s, want %s", c.at, got, c.australia)
		}
		if got := register(canada, "bug", c.at); got != c.canada {
			t.Errorf("%s in Toronto: %s, want %s", c.at, got, c.canada)
		}
	}
	if got := register(canada, "bug", "2027-01-01T05:00:00Z"); got != "IF-2027-000001" {
		t.Errorf("a repeat in another year: %s", got)
	}
}

// TestNobody: without a caller every method is refused, before it looks at
// anything.
func TestNobody(t *testing.T) {
	t.Parallel()
	d := desk.New(nil, nil, nil)
	ctx, id := t.Context(), store.NewID()
	for name, call := range map[string]func() error{
		"register":             func() error { _, err := d.Register(ctx, "", desk.Registration{}); return err },
		"ticket":               func() error { _, err := d.Ticket(ctx, "IF-2026-000001"); return err },
		"tickets":              func() error { _, _, err := d.Tickets(ctx, desk.TicketQuery{}); return err },
		"history":              func() error { _, _, err := d.History(ctx, "IF-2026-000001", 0, 1); return err },
		"comments":             func() error { _, _, err := d.Comments(ctx, "IF-2026-000001", "", 1); return err },
		"comment":              func() error { _, err := d.Comment(ctx, "", "IF-2026-000001", "x", nil); return err },
		"note":                 func() error { _, err := d.Note(ctx, "", "IF-2026-000001", "x", nil); return err },
		"triage":               func() error { _, err := d.Triage(ctx, "", "IF-2026-000001", desk.TriageInput{}); return err },
		"withdraw":             func() error { _, err := d.Withdraw(ctx, "", "IF-2026-000001", ""); return err },
		"upload":               func() error { _, err := d.Upload(ctx, "", "x", strings.NewReader("x")); return err },
		"staff":                func() error { _, err := d.CreateStaff(ctx, "", desk.PersonInput{}); return err },
		"contact":              func() error { _, err := d.CreateContact(ctx, "", desk.PersonInput{}); return err },
		"organization changed": func() error { _, err := d.UpdateOrganization(ctx, id, 1, desk.OrganizationInput{}); return err },
		"customers":            func() error { _, _, err := d.Customers(ctx, id, "", 1); return err },
		"unlink":               func() error { return d.UnlinkCustomer(ctx, id, id) },
		"contact changed":      func() error { _, err := d.UpdateContact(ctx, id, desk.PersonUpdate{}); return err },
		"staff changed":        func() error { _, err := d.UpdateStaff(ctx, id, desk.PersonUpdate{}); return err },
		"member of staff":      func() error { _, err := d.StaffMember(ctx, id); return err },
		"invite a contact":     func() error { _, err := d.InviteContact(ctx, "", id); return err },
		"invite staff":         func() error { _, err := d.InviteStaff(ctx, "", id); return err },
		"second factor":        func() error { return d.ResetStaffSecondFactor(ctx, id) },
		"contact's factor":     func() error { return d.ResetContactSecondFactor(ctx, id) },
		"teams":                func() error { _, _, err := d.Teams(ctx, "", 1); return err },
		"team":                 func() error { _, err := d.Team(ctx, id); return err },
		"team created":         func() error { _, err := d.CreateTeam(ctx, "", desk.TeamInput{}); return err },
		"team changed":         func() error { _, err := d.UpdateTeam(ctx, id, 1, desk.TeamInput{}); return err },
		"products":             func() error { _, _, err := d.Products(ctx, "", 1); return err },
		"product":              func() error { _, err := d.Product(ctx, id); return err },
		"product created":      func() error { _, err := d.CreateProduct(ctx, "", "x"); return err },
		"product changed":      func() error { _, err := d.UpdateProduct(ctx, id, 1, "x"); return err },
		"package":              func() error { _, err := d.Package(ctx, id); return err },
		"package created":      func() error { _, err := d.CreatePackage(ctx, "", id, "x"); return err },
		"package changed":      func() error { _, err := d.UpdatePackage(ctx, id, 1, "x"); return err },
		"releases":             func() error { _, _, err := d.Releases(ctx, nil, "", 1); return err },
		"release":              func() error { _, err := d.Release(ctx, id); return err },
		"release created":      func() error { _, err := d.CreateRelease(ctx, "", id, desk.ReleaseInput{}); return err },
		"release changed":      func() error { _, err := d.UpdateRelease(ctx, id, 1, desk.ReleaseInput{}); return err },
		"version accepted":     func() error { _, err := d.AcceptVersion(ctx, "", id.String(), "x"); return err },
		"upgrade asked for":    func() error { _, err := d.AskUpgrade(ctx, "", id.String(), id, "x", nil); return err },
		"access requests":      func() error { _, _, err := d.AccessRequests(ctx, true, "", 1); return err },
		"access request":       func() error { _, err := d.AccessRequest(ctx, id); return err },
		"ask back":             func() error { _, err := d.AskBack(ctx, id, 1, "x"); return err },
		"grant":                func() error { _, err := d.GrantAccess(ctx, id, 1, desk.PersonInput{}); return err },
		"decline":              func() error { _, err := d.DeclineAccess(ctx, id, 1, "x"); return err },
		"audit":                func() error { _, _, err := d.Audit(ctx, desk.AuditQuery{}); return err },
		"watchers":             func() error { _, err := d.Watchers(ctx, "IF-2026-000001"); return err },
		"watch":                func() error { _, err := d.AddWatcher(ctx, "IF-2026-000001", desk.NewWatcher{}); return err },
		"stop watching":        func() error { return d.RemoveWatcher(ctx, "IF-2026-000001", id) },
		"sign out":             func() error { return d.SignOut(ctx) },
		"me":                   func() error { _, err := d.Me(ctx); return err },
	} {
		if err := call(); problem.CodeOf(err) != problem.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFiftyAtOnce: 50 registrations at once are 50 tickets with numbers of
// their own; one key 50 times is one.
func TestFiftyAtOnce(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	ctx := as(t, h, "interfacing", "jeanne")
	race := func(key func(i int) string) map[string]bool {
		var mu sync.Mutex
		var wg sync.WaitGroup
		numbers := map[string]bool{}
		for i := range 50 {
			wg.Go(func() {
				v, err := h.Desk.Register(ctx, key(i), desk.Registration{Type: "bug", Severity: "low", Title: "Export stops", Body: "x", Channel: "api"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				numbers[v.Row.Number] = true
			})
		}
		wg.Wait()
		return numbers
	}
	if got := race(func(int) string { return "" }); len(got) != 50 {
		t.Errorf("%d numbers of 50 tickets", len(got))
	}
	if got := race(func(int) string { return "one" }); len(got) != 1 {
		t.Errorf("%d numbers of one ticket", len(got))
	}
}
