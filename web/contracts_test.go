package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// packedHouse is a house in which a demo vendor is run by its pack.
func packedHouse(t *testing.T, vendor string) *stack.House {
	t.Helper()
	h := stack.NewHouse(t, stack.Parts{})
	if err := demo.PublishTo(t.Context(), h.Desk, vendor); err != nil {
		t.Fatal(err)
	}
	return h
}

// contracted adds a contract to the vendor's customer by the console's pages,
// and answers its page.
func contracted(t *testing.T, h *stack.House, vendor string, fields ...string) (accounts *browser, v *view) {
	t.Helper()
	accounts = signedIn(t, h, vendor, "accounts")
	customer := textOf(t, h, `select organization_id from people where email = $1`, "jeanne@"+vendor+".example")
	v = accounts.get(t, "/console/organizations/"+customer+"/contracts")
	v = accounts.submit(t, v.form(t, "/contracts"), append([]string{"reference", "AG-17", "from", "2026-01-01"}, fields...)...)
	v.says(t, 200, "The contract is added.", "AG-17")
	return accounts, v
}

// TestContractPages: an account manager adds a contract, sees what changing it
// would do before it is done, and is told when somebody else was faster; the
// customer's super-user reads it.
func TestContractPages(t *testing.T) {
	t.Parallel()
	h := packedHouse(t, "posimente")
	accounts, v := contracted(t, h, "posimente")
	a := h.Ask(t, h.Token(t, "posimente", "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": "technical", "severity": "medium", "title": "Export stops at page two", "body": "It ends.",
		"fields": map[string]string{"customer_name": "Harbour Freight Pty", "salesforce_org_id": "00D5g000004XYZ1"},
	})
	if a.Status != 201 {
		t.Fatalf("%s", a.Raw)
	}
	page := strings.TrimPrefix(v.path, "/posimente")
	page, _, _ = strings.Cut(page, "?")
	form := v.form(t, "/preview")
	accounts.submit(t, form, "overrides", "targets:\n  acknowledge: {any: soon}\n").says(t, 422, "Line 2", "soon")
	preview := accounts.submit(t, form, "overrides", "targets:\n  acknowledge: {any: 4 business hours}\n", "reference", "AG-18")
	preview.says(t, 200, "Nothing is kept yet", a.Text("number"), "First reaction")
	if n := count(t, h, `select version from contracts`); n != 1 {
		t.Errorf("the preview made version %d", n)
	}
	save := preview.form(t, page)
	accounts.submit(t, save).says(t, 200, "the deadlines have moved with it", "AG-18", "any: 4 business hours")
	if n := count(t, h, `select count(*) from tickets where clocks @> '[{"name": "acknowledge", "source": {"kind": "agreement", "name": "AG-18"}}]'`); n != 1 {
		t.Errorf("%d tickets moved", n)
	}
	accounts.submit(t, save).says(t, 200, "AG-18") // sent twice, done once
	stale := accounts.submit(t, form, "reference", "AG-19")
	stale.says(t, 409, "Somebody has changed this while you wrote", "AG-18")
	if got := stale.form(t, "/preview").values; got.Get("reference") != "AG-19" || got.Get("version") != "2" {
		t.Errorf("what was typed: %v", got)
	}
	signedIn(t, h, "posimente", "super").get(t, "/contracts").says(t, 200, "AG-18", "until further notice", "any: 4 business hours")
	signedIn(t, h, "posimente", "jeanne").get(t, "/contracts").says(t, 403)
	signedIn(t, h, "posimente", "agent").get(t, page).says(t, 200, "You can read this")
}

// TestNoContracts: what is missing is said, and what comes next.
func TestNoContracts(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	customer := textOf(t, h, `select organization_id from people where email = 'jeanne@posimente.example'`)
	signedIn(t, h, "posimente", "accounts").get(t, "/console/organizations/"+customer+"/contracts").says(t, 200, "No policy pack is in force yet", "No contract yet")
	signedIn(t, h, "posimente", "super").get(t, "/contracts").says(t, 200, "No contract of your organization is kept here")
}
