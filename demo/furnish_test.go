package demo_test

import (
	"os"
	"slices"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// TestFurnish: each vendor gets what its own people would enter, once, however
// often it is asked for.
func TestFurnish(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.Publish(t.Context(), h.Desk); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := demo.Furnish(t.Context(), h.Desk, stack.Password); err != nil {
			t.Fatal(err)
		}
	}
	for _, vendor := range []string{"posimente", "primlogix", "advendio", "athento", "interfacing"} {
		super, err := h.Desk.ByEmail(t.Context(), vendor, "super@"+vendor+".example")
		if err != nil {
			t.Fatal(err)
		}
		ctx := desk.WithCaller(t.Context(), super)
		contracts, _, err := h.Desk.Contracts(ctx, *super.Person.OrganizationID, "", 10)
		if err != nil || len(contracts) != 1 {
			t.Errorf("%s: %d contracts (%v)", vendor, len(contracts), err)
		}
		if releases, _, err := h.Desk.Releases(ctx, nil, "", 10); err != nil || len(releases) != 6 {
			t.Errorf("%s: %d releases (%v)", vendor, len(releases), err)
		}
		if !slices.Contains(super.Person.Roles, string(desk.RoleSignatory)) {
			t.Errorf("%s: nobody signs", vendor)
		}
		approver, err := h.Desk.ByEmail(t.Context(), vendor, "approver@"+vendor+".example")
		if err != nil || !slices.Equal(approver.Person.Roles, []string{string(desk.RoleApprover)}) || *approver.Person.OrganizationID != *super.Person.OrganizationID {
			t.Errorf("%s: nobody approves (%v)", vendor, err)
		}
	}
}
