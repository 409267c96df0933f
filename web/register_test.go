package web_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// fillIn goes through the steps of a request as far as the last one.
func fillIn(t testing.TB, b *browser, title string) *view {
	t.Helper()
	v := b.submit(t, b.get(t, "/register").form(t, "/register"), "type", "bug", "component", "Export")
	v = b.submit(t, v.form(t, "/register/describe"), "title", title, "body", "It stops.\r\n\r\n- without a word")
	v = b.submit(t, v.form(t, "/register/severity"), "severity", "high")
	v = b.follow(t, b.press(t, v.form(t, "/register/evidence"), []upload{{"files", "log.txt", "line 1"}, {"files", "log.txt", "line 2"}}))
	v.says(t, 200, "step 5 of 5", title, "log.txt, log.txt", "Nothing is registered yet")
	return v
}

// TestRegister: five steps lead to a receipt, everything that was said is in
// the ticket, and every address gives its page again by itself.
func TestRegister(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "jeanne")
	checked := fillIn(t, b, "Export stops after 10,000 rows")
	checked.says(t, 200, "We take it up by", "jeanne@interfacing.example", "S1 · High", "without a word")
	sent := b.press(t, checked.form(t, "/register/check"), nil)
	if sent.status != 303 {
		t.Fatalf("sending answers %d, not 303:\n%s", sent.status, sent.text())
	}
	receipt := b.follow(t, sent)
	number := strings.TrimPrefix(receipt.path, "/interfacing/register/done/")
	receipt.says(t, 200, "Receipt for "+number, "This page is your receipt", "We take it up by", "the support team of Interfacing")
	b.open(t, receipt.path).says(t, 200, number) // F5
	b.get(t, "/tickets/"+number).says(t, 200, "Export stops after 10,000 rows", "Bug report", "High", "Export", "without a word", "log.txt", "Nothing to do for you now")
	b.get(t, "/tickets").says(t, 200, number, "One request")
	if d := b.get(t, "/register/describe").form(t, "/register/describe").values; d.Get("title") != "" || d.Get("body") != "" {
		t.Errorf("the draft is still there: %v", d)
	}
	row := h.Ask(t, h.Token(t, "interfacing", "agent"), "GET", "/v1/tickets/"+number, nil)
	if row.Text("request", "body") != "It stops.\n\n- without a word" || row.Text("request", "channel") != "portal" {
		t.Errorf("registered %s", row.Raw)
	}
}

// TestOneRequestIsOneTicket: sent twice at once, again from the page before,
// and from another window, it is one ticket (statement 19).
func TestOneRequestIsOneTicket(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "jeanne")
	checked := fillIn(t, b, "Export stops after 10,000 rows")
	other := b.get(t, "/register/check") // another window
	var places [3]string
	var wg sync.WaitGroup
	for i, page := range []*view{checked, checked, other} {
		wg.Go(func() { places[i] = b.press(t, page.form(t, "/register/check"), nil).header.Get("Location") })
	}
	wg.Wait()
	again := b.press(t, checked.form(t, "/register/check"), nil).header.Get("Location")
	for _, place := range append(places[:], again) {
		if place != places[0] || !strings.Contains(place, "/register/done/") {
			t.Errorf("led to %q", append(places[:], again))
		}
	}
	if n := count(t, h, `select count(*) from tickets`); n != 1 {
		t.Errorf("%d tickets", n)
	}
	if n := count(t, h, `select count(*) from outbox where kind = 'mail'`); n != 1 {
		t.Errorf("%d mails", n)
	}
}

// TestWhatIsSentWasChecked: a request changed in another window is shown again
// before it is sent.
func TestWhatIsSentWasChecked(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "jeanne")
	checked := fillIn(t, b, "Export stops after 10,000 rows")
	b.submit(t, b.get(t, "/register/describe").form(t, "/register/describe"), "title", "Import stops as well", "body", "Both.")
	changed := b.submit(t, checked.form(t, "/register/check"))
	changed.says(t, 409, "has changed since", "Import stops as well")
	if n := count(t, h, `select count(*) from tickets`); n != 0 {
		t.Errorf("%d tickets without a look", n)
	}
	b.submit(t, changed.form(t, "/register/check")).says(t, 200, "Receipt for")
	if b.submit(t, checked.form(t, "/register/check")).status != 409 {
		t.Error("a form of neither request was taken")
	}
	if n := count(t, h, `select count(*) from tickets where title = 'Import stops as well'`); n != 1 {
		t.Errorf("%d tickets of what was checked", n)
	}
}

// TestNothingTypedIsLost: wrong fields come back with their text and what is
// wrong, on the step they belong to; what is typed outlives Back, another
// window and signing out (statements 20, 21, 23).
func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := visitor(t, h, "interfacing")
	b.signIn(t, "jeanne", stack.Password).says(t, 200, "Hello Jeanne")
	b.submit(t, b.get(t, "/register").form(t, "/register"), "component", "Export").says(t, 422, "Kind of request: Please choose one.")
	short := b.submit(t, b.get(t, "/register/describe").form(t, "/register/describe"), "title", "Help", "body", "<b>Please</b>")
	short.says(t, 422, "Title: At least 5 characters.")
	if f := short.form(t, "/register/describe").values; f.Get("title") != "Help" || f.Get("body") != "<b>Please</b>" {
		t.Errorf("came back with %v", f)
	}
	if at := strings.Index(short.raw, `href="#title"`); at < 0 || strings.Contains(short.text(), "Kind of request") {
		t.Errorf("the error names another step's field or none:\n%s", short.text())
	}
	b.submit(t, b.get(t, "").form(t, "/sign-out")).says(t, 200, "signed out")
	b.signIn(t, "jeanne", stack.Password)
	if f := b.get(t, "/register/describe").form(t, "/register/describe").values; f.Get("title") != "Help" || f.Get("body") != "<b>Please</b>" {
		t.Errorf("after signing out: %v", f)
	}
	first := b.get(t, "/register")
	first.says(t, 200, "You had begun a request", "Help")
	missing := b.get(t, "/register/check")
	missing.says(t, 200, "This is not whole yet", "Kind of request: Please choose one.", "Severity: Please choose one.", "Title: At least")
	for _, place := range []string{`/register#type"`, `/register/describe#title"`, `/register/severity#severity"`} {
		if !strings.Contains(missing.raw, place) {
			t.Errorf("no link to %s", place)
		}
	}
	if strings.Contains(missing.raw, `action="/interfacing/register/check"`) {
		t.Error("what is not whole can be sent")
	}
	b.submit(t, first.form(t, "/start-over"))
	if f := b.get(t, "/register/describe").form(t, "/register/describe").values; f.Get("title") != "" {
		t.Errorf("started over with %v", f)
	}
}

// TestEvidence: files are kept with the draft, can be taken away again, and a
// wrong one is said without losing the others.
func TestEvidence(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "jeanne")
	fillIn(t, b, "Export stops after 10,000 rows")
	page := b.get(t, "/register/evidence")
	f := page.form(t, "/register/evidence")
	if len(f.values["file"]) != 2 {
		t.Fatalf("files kept: %v", f.values)
	}
	empty := b.press(t, f, []upload{{"files", "empty.txt", ""}})
	empty.says(t, 422, "empty")
	f = b.get(t, "/register/evidence").form(t, "/register/evidence")
	if len(f.values["file"]) != 2 {
		t.Errorf("the wrong file took others along: %v", f.values)
	}
	b.follow(t, b.press(t, f, nil, "file", f.values["file"][1])).says(t, 200, "step 5 of 5", "log.txt")
	if left := b.get(t, "/register/evidence").form(t, "/register/evidence").values["file"]; len(left) != 1 || left[0] != f.values["file"][1] {
		t.Errorf("left %v of %v", left, f.values["file"])
	}
	// A file of somebody else is none.
	foreign := upload1(t, h, "super")
	b.follow(t, b.press(t, f, nil, "file", foreign))
	if left := b.get(t, "/register/evidence").form(t, "/register/evidence").values["file"]; len(left) != 0 {
		t.Errorf("another's file is shown: %v", left)
	}
}

// upload1 keeps a file of somebody else and answers its id.
func upload1(t testing.TB, h *stack.House, local string) string {
	t.Helper()
	return h.Ask(t, h.Token(t, "interfacing", local), "POST", "/v1/files?name=theirs.txt", "theirs", "Content-Type", "application/octet-stream", "Idempotency-Key", "f").Text("id")
}

// TestNotAuthorized: who may not register is told so before they write, with
// who can change it, and no form of theirs is taken.
func TestNotAuthorized(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "reader")
	b.header.Set("Accept-Language", "en")
	for _, path := range []string{"", "/describe", "/severity", "/evidence", "/check"} {
		v := b.get(t, "/register"+path)
		v.says(t, 403, "Ari Accounts")
		if strings.Contains(v.raw, "<textarea") || strings.Contains(v.raw, `name="title"`) {
			t.Errorf("%s asks all the same", path)
		}
	}
	b.get(t, "").says(t, 200, "Ari Accounts")
	token := b.get(t, "").form(t, "/sign-out").values
	for _, path := range []string{"", "/describe", "/severity", "/evidence", "/check", "/not-needed"} {
		f := &form{method: "post", action: "/interfacing/register" + path, values: token}
		if v := b.press(t, f, nil, "type", "bug", "title", "Not mine to ask", "body", "x", "severity", "high"); v.status != 403 {
			t.Errorf("POST %s: %d", path, v.status)
		}
	}
	if n := count(t, h, `select count(*) from tickets`) + count(t, h, `select count(*) from audit where action = 'request_not_needed'`); n != 0 {
		t.Errorf("%d traces", n)
	}
}

// TestOnBehalf: a partner names the customer, then whom of theirs; nobody
// else's people can be named.
func TestOnBehalf(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "partner")
	customer := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil)
	f := b.get(t, "/register").form(t, "/register")
	if _, asked := f.values["contact"]; asked {
		t.Error("asks for a contact before the customer")
	}
	known := b.submit(t, f, "type", "bug", "on_behalf", customer.Text("organization_id"))
	known.says(t, 200, "1") // the step again, with the customer's people
	f = known.form(t, "/register")
	stranger := h.Ask(t, h.Token(t, "interfacing", "agent"), "GET", "/v1/me", nil).Text("id")
	if v := b.submit(t, f, "contact", stranger); v.status != 422 {
		t.Errorf("a stranger as contact: %d", v.status)
	}
	v := b.submit(t, f, "contact", customer.Text("id"))
	v = b.submit(t, v.form(t, "/register/describe"), "title", "Portal does not load", "body", "White page.")
	v = b.submit(t, v.form(t, "/register/severity"), "severity", "low")
	v = b.follow(t, b.press(t, v.form(t, "/register/evidence"), nil))
	v.says(t, 200, "Northern Utilities", "Jeanne Martin")
	receipt := b.submit(t, v.form(t, "/register/check"))
	receipt.says(t, 200, "Northern Utilities", "Process Partners", "Jeanne Martin")
	number := receipt.path[strings.LastIndex(receipt.path, "/")+1:]
	signedIn(t, h, "interfacing", "jeanne").get(t, "/tickets").says(t, 200, number, "Portal does not load")
	table := b.get(t, "/tickets")
	if heads := table.all("th"); len(heads) == 0 || squeeze(texts(heads[0])) == "" || !strings.Contains(table.text(), "Northern Utilities") {
		t.Errorf("a partner's list names no customer:\n%s", table.text())
	}
	outsider := signedIn(t, h, "interfacing", "jeanne").get(t, "/register")
	if strings.Contains(outsider.raw, `name="on_behalf"`) {
		t.Error("a customer is asked on whose behalf")
	}
}

// TestSuggestions: open requests in sight with a like title are offered beside
// the title, to a script and without one; none out of sight is; what solved it
// is counted once and the draft is gone.
func TestSuggestions(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	super, jeanne := signedIn(t, h, "interfacing", "super"), signedIn(t, h, "interfacing", "jeanne")
	for who, title := range map[string]string{"jeanne": "Export stops after 10,000 rows", "super": "Les couleurs des diagrammes changent", "partner": "Export stops for partners"} {
		v := h.Ask(t, h.Token(t, "interfacing", who), "POST", "/v1/tickets", map[string]any{"type": "bug", "severity": "low", "title": title, "body": "x"}, "Idempotency-Key", who)
		if v.Status != 201 {
			t.Fatal(string(v.Raw))
		}
	}
	typing := super.get(t, "/register/describe?title=exports+stop")
	typing.says(t, 200, "Jeanne Martin", "Export stops after 10,000 rows")
	if strings.Contains(typing.raw, "for partners") || strings.Contains(typing.raw, "diagrammes") {
		t.Errorf("offers what is out of sight or not alike:\n%s", typing.text())
	}
	super.get(t, "/register/describe?title=couleur+du+DIAGRAMME").says(t, 200, "Les couleurs des diagrammes changent")
	if v := jeanne.get(t, "/register/describe?title=couleurs+des+diagrammes"); strings.Contains(v.raw, "changent") {
		t.Error("a contact is told of a colleague's request that is not theirs to see")
	}
	looked := super.submit(t, typing.form(t, "/register/describe"), "title", "Exports stopping", "body", "typed already", "look", "1")
	looked.says(t, 200, "Export stops after 10,000 rows")
	f := looked.form(t, "/register/describe")
	if f.values.Get("title") != "Exports stopping" || f.values.Get("body") != "typed already" {
		t.Errorf("looking lost %v", f.values)
	}
	f.action = "/interfacing/register/not-needed"
	helped := count(t, h, `select count(*) from tickets where title like 'Export stops after%'`)
	for range 2 { // a double click
		super.submit(t, f, "solved_by", number(t, h, "Export stops after 10,000 rows")).says(t, 200)
	}
	if n := count(t, h, `select count(*) from audit a join tickets t on t.id = a.object_id where a.action = 'request_not_needed'`); n != helped {
		t.Errorf("counted %d times", n)
	}
	if v := super.get(t, "/register/describe").form(t, "/register/describe").values; v.Get("title") != "" {
		t.Errorf("the draft is still there: %v", v)
	}
	if v := super.submit(t, f, "solved_by", "IF-2026-999999", "form_key", "other"); v.status != 404 {
		t.Errorf("a missing ticket helped: %d", v.status)
	}
}

// number is the number of the ticket with a title.
func number(t testing.TB, h *stack.House, title string) (n string) {
	t.Helper()
	if err := h.Admin.QueryRowContext(t.Context(), `select number from tickets where title = $1`, title).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFollowUp: a finished ticket begins a new one that names it.
func TestFollowUp(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	b := signedIn(t, h, "interfacing", "jeanne")
	fillIn(t, b, "Export stops after 10,000 rows")
	b.submit(t, b.get(t, "/register/check").form(t, "/register/check")).says(t, 200)
	old := number(t, h, "Export stops after 10,000 rows")
	execute(t, h, `update tickets set state = 'closed', closed_at = now() - interval '1 year', reopen_until = now() - interval '1 month'`)
	b.get(t, "/tickets/"+old).says(t, 200, "Open a follow-up")
	v := b.get(t, "/register?follow="+old)
	v.says(t, 200, "This will be a follow-up to "+old)
	f := v.form(t, "/register")
	if f.values.Get("type") != "bug" || f.values.Get("component") != "Export" {
		t.Errorf("asks again what is known: %v", f.values)
	}
	v = b.submit(t, f)
	if title := v.form(t, "/register/describe").values.Get("title"); title != "Export stops after 10,000 rows" {
		t.Errorf("title %q", title)
	}
	v = b.submit(t, v.form(t, "/register/describe"), "body", "It is back.")
	v = b.submit(t, v.form(t, "/register/severity"), "severity", "high")
	v = b.follow(t, b.press(t, v.form(t, "/register/evidence"), nil))
	v.says(t, 200, "Follow-up to "+old+".", "It is back.")
	receipt := b.submit(t, v.form(t, "/register/check"))
	b.get(t, "/tickets/"+receipt.path[strings.LastIndex(receipt.path, "/")+1:]).says(t, 200, "Follow-up to "+old+".")
	for _, ref := range []string{"IF-2026-999999", fmt.Sprint(strings.Repeat("x", 300))} {
		if v := b.get(t, "/register?follow="+ref); v.status != 404 {
			t.Errorf("follows %s: %d", ref, v.status)
		}
	}
}
