package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// fill takes Athento's jeanne through the steps up to the last one.
func fill(t *testing.T, jeanne *browser, title string) *view {
	t.Helper()
	v := jeanne.get(t, "/register")
	for _, step := range [][]string{
		{"/register", "type", "question"}, {"/describe", "title", title, "body", "We cannot find it."}, {"/severity", "severity", "medium"}, {"/evidence"},
	} {
		v = jeanne.submit(t, v.form(t, step[0]), step[1:]...)
	}
	return v
}

func taken(t *testing.T, h *stack.House) int {
	t.Helper()
	return count(t, h, `select coalesce(sum(amount), 0) from entitlement_entries where account = 'reserved'`)
}

// TestCountedBeforeSending: what a request takes and what is left is said
// before it is sent, from the first step on; at zero the customer chooses.
func TestCountedBeforeSending(t *testing.T) {
	t.Parallel()
	h := packedHouse(t, "athento")
	_, contract := contracted(t, h, "athento", "plan", "standard", "overrides", "tickets: {included: 1, per: contract, at_zero: ask, released_for: [warranty, duplicate]}")
	contract.says(t, 200, "Tickets included", "Left 1")
	jeanne := signedIn(t, h, "athento", "jeanne")
	jeanne.get(t, "").says(t, 200, "1 of the 1 tickets of the contract are left")
	jeanne.get(t, "/register").says(t, 200, "1 of the 1 tickets of the contract are left")
	v := fill(t, jeanne, "How are two versions compared?")
	v.says(t, 200, "Sending takes one ticket of AG-17.", "Each registered ticket is taken from those your plan includes")
	jeanne.submit(t, v.form(t, "/register/check")).says(t, 200)
	if n := taken(t, h); n != 1 {
		t.Fatalf("%d taken", n)
	}
	jeanne.get(t, "/register").says(t, 200, "None of the tickets of the contract is left")
	v = fill(t, jeanne, "How is a version taken back?")
	v.says(t, 200, "What do you want?", "Pay this one")
	jeanne.submit(t, v.form(t, "/register/check")).says(t, 422, "No ticket of your contract is left")
	v = jeanne.submit(t, v.form(t, "/register/check"), "at_zero", "wait")
	v.says(t, 200, "Nothing is registered. What you wrote is kept")
	if n := count(t, h, `select count(*) from tickets`); n != 1 {
		t.Errorf("%d tickets", n)
	}
	v = jeanne.get(t, "/register/check")
	v.says(t, 200, "How is a version taken back?")
	send := v.form(t, "/register/check")
	for range 2 { // sent twice, registered once
		jeanne.submit(t, send, "at_zero", "buy_pack").says(t, 200)
	}
	if n := taken(t, h); n != 2 || count(t, h, `select count(*) from tickets`) != 2 {
		t.Errorf("%d taken", n)
	}
	path := "/contracts/" + textOf(t, h, `select id from contracts`)
	signedIn(t, h, "athento", "super").get(t, path).says(t, 200, "Left -1", "None left", "Reserved", "Wants to buy more tickets", "Period opened")
	signedIn(t, h, "athento", "accounts").get(t, "/console"+path+"/ledger").says(t, 200, "Requests that met nothing left", "How is a version taken back?", "waits")
}

// TestRefusedAtZero: where the plan refuses, that is said at the first step, and
// nothing can be sent.
func TestRefusedAtZero(t *testing.T) {
	t.Parallel()
	h := packedHouse(t, "athento")
	contracted(t, h, "athento", "plan", "standard", "overrides", "tickets: {included: 1, per: year, at_zero: refuse}")
	jeanne := signedIn(t, h, "athento", "jeanne")
	v := fill(t, jeanne, "How are two versions compared?")
	send := v.form(t, "/register/check")
	a := h.Ask(t, h.Token(t, "athento", "super"), "POST", "/v1/tickets", map[string]any{"type": "question", "severity": "low", "title": "Somebody was faster", "body": "It ends."})
	if a.Status != 201 {
		t.Fatalf("%s", a.Raw)
	}
	jeanne.submit(t, send).says(t, 409, "is left. Nothing is registered")
	jeanne.get(t, "/register").says(t, 200, "what takes one can’t be registered")
	if v := jeanne.get(t, "/register/check"); strings.Contains(v.raw, "Send request") {
		t.Error("it can still be sent")
	}
	a = h.Ask(t, h.Token(t, "athento", "super"), "GET", "/v1/entitlement?type=question", nil)
	if a.Status != 200 || a.JSON["short"] != true || a.Text("reference") != "AG-17" {
		t.Errorf("%s", a.Raw)
	}
}

// TestGivenBack: staff give a ticket back on its page, for a reason of the
// plan, and the ledger tells it.
func TestGivenBack(t *testing.T) {
	t.Parallel()
	h := packedHouse(t, "athento")
	contracted(t, h, "athento", "plan", "standard", "overrides", "tickets: {included: 3, per: year, at_zero: refuse, released_for: [warranty, duplicate]}")
	a := h.Ask(t, h.Token(t, "athento", "jeanne"), "POST", "/v1/tickets", map[string]any{"type": "question", "severity": "low", "title": "Export is empty again", "body": "It ends."})
	agent := signedIn(t, h, "athento", "agent")
	v := agent.get(t, "/console/tickets/"+a.Text("number"))
	v.says(t, 200, "reserved, used with the first answer", "2 of 3")
	form := v.form(t, "/release")
	agent.submit(t, form, "reason", "warranty", "note", "x").says(t, 422, "The warranty of AG-17 did not hold")
	v = agent.submit(t, form, "reason", "duplicate", "note", "The same as yesterday’s")
	v.says(t, 200, "The ticket is given back to the contract.", "given back", "Duplicate. The same as yesterday’s", "3 of 3")
	signedIn(t, h, "athento", "super").get(t, "/contracts/"+textOf(t, h, `select id from contracts`)).says(t, 200, "Given back", "Duplicate. The same as yesterday’s", "Left 3")
}
