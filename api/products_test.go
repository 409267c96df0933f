package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
)

// shelf is a product with a package, and the package's releases.
type shelf struct {
	*stack.House
	manager, product, pack string
	today                  time.Time // the vendor's
}

// newShelf is Posimente's, which supports a release for 24 months.
func newShelf(t *testing.T, h *stack.House) shelf {
	t.Helper()
	s := shelf{House: h, manager: h.Token(t, "posimente", "product")}
	zone, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		t.Fatal(err)
	}
	s.today = policy.DateIn(h.Desk.Now(), zone)
	a := ask(t, h, s.manager, "POST", "/v1/products", map[string]any{"name": "Payroll"})
	wants(t, "product", a, 201, "")
	s.product = "/v1/products/" + a.Text("id")
	a = ask(t, h, s.manager, "POST", s.product+"/packages", map[string]any{"name": "Timesheets"})
	wants(t, "package", a, 201, "")
	s.pack = "/v1/packages/" + a.Text("id")
	return s
}

// release adds one that came out some days before today.
func (s shelf) release(t *testing.T, number string, daysAgo int) stack.Answer {
	t.Helper()
	return ask(t, s.House, s.manager, "POST", s.pack+"/releases", map[string]any{
		"number": number, "released_on": s.today.AddDate(0, 0, -daysAgo).Format(time.DateOnly), "notes": "What is new in " + number,
	}, "Idempotency-Key", number)
}

func TestProductsAndReleases(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	s, db, jeanne := newShelf(t, h), database(t, h), h.Token(t, "posimente", "jeanne")
	wants(t, "a name in use", ask(t, h, s.manager, "POST", "/v1/products", map[string]any{"name": "PAYROLL"}), 409, "product_name_taken")
	wants(t, "a package's name in use", ask(t, h, s.manager, "POST", s.product+"/packages", map[string]any{"name": "timesheets"}), 409, "package_name_taken")

	newest := s.release(t, "3.0", 0)
	wants(t, "released today", newest, 201, "")
	same(t, "once more", s.release(t, "3.0", 0), newest)
	wants(t, "the same number", ask(t, h, s.manager, "POST", s.pack+"/releases", map[string]any{"number": "3.0", "released_on": "2020-01-01"}), 409, "release_number_taken")
	if a := s.release(t, "3.1", -1); a.Status != 422 || !strings.Contains(string(a.Raw), "release_in_future") {
		t.Errorf("released tomorrow: %d %s", a.Status, a.Raw)
	}
	wants(t, "long ago", s.release(t, "1.0", 3*365), 201, "")
	wants(t, "not so long ago", s.release(t, "2.0", 365), 201, "")
	list := ask(t, h, jeanne, "GET", "/v1/releases?limit=2", nil)
	order := numbers(t, list)
	for next := list.Text("next"); next != ""; next = list.Text("next") {
		list = ask(t, h, jeanne, "GET", "/v1/releases?limit=2&cursor="+next, nil)
		order = append(order, numbers(t, list)...)
	}
	if got := strings.Join(order, " "); got != "3.0 true 2.0 true 1.0 false" {
		t.Errorf("listed as %s", got)
	}

	at := "/v1/releases/" + newest.Text("id")
	wants(t, "of another version", ask(t, h, s.manager, "PUT", at, map[string]any{"version": 2, "number": "3.0", "released_on": "2026-01-31", "notes": ""}), 409, "changed_meanwhile")
	a := ask(t, h, s.manager, "PUT", at, map[string]any{"version": 1, "number": "3.0.1", "released_on": "2026-01-31", "notes": ""})
	wants(t, "changed", a, 200, "")
	if a.Text("number") != "3.0.1" || a.Text("released_on") != "2026-01-31" {
		t.Errorf("changed to %s", a.Raw)
	}
	if action, actor, data := audited(t, db, newest.Text("id")); action != "release_changed" || actor != "product@posimente.example" || data["number"] == nil || data["released_on"] == nil {
		t.Errorf("audit: %s by %s: %v", action, actor, data)
	}
	a = ask(t, h, s.manager, "PUT", s.product, map[string]any{"version": 1, "name": "Payroll and time"})
	wants(t, "renamed", a, 200, "")
	wants(t, "renamed on what it was", ask(t, h, s.manager, "PUT", s.product, map[string]any{"version": 1, "name": "Pay"}), 409, "changed_meanwhile")
	if got := ask(t, h, jeanne, "GET", s.pack, nil).Text("product", "name"); got != "Payroll and time" {
		t.Errorf("the package's product is %s", got)
	}
}

// numbers are the releases of a page, each with whether it is supported.
func numbers(t *testing.T, a stack.Answer) (list []string) {
	t.Helper()
	releases, _ := a.JSON["releases"].([]any)
	for _, one := range releases {
		r, _ := one.(map[string]any)
		is := map[any]string{true: "true", false: "false"}[r["supported"]]
		list = append(list, r["number"].(string), is) //nolint:forcetypeassert // the contract
	}
	return list
}

// TestVersionOfARequest: what is known of a version is judged once, when the
// request is registered; what is not known is kept and not judged.
func TestVersionOfARequest(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	s, db := newShelf(t, h), database(t, h)
	jeanne, agent := h.Token(t, "posimente", "jeanne"), h.Token(t, "posimente", "agent")
	s.release(t, "1.0", 3*365)
	register := func(pack, version string) stack.Answer {
		t.Helper()
		body := map[string]any{"type": "technical", "severity": "low", "title": "Export stops", "body": "It ends."}
		for name, value := range map[string]string{"package": pack, "version": version} {
			if value != "" {
				body[name] = value
			}
		}
		a := ask(t, h, jeanne, "POST", "/v1/tickets", body)
		wants(t, pack+" "+version, a, 201, "")
		return a
	}
	before := register("Timesheets", "1.0") // the newest of its package, as yet
	s.release(t, "3.0", 30)
	for _, tt := range []struct {
		pack, version, kept string
		known, unsupported  bool
	}{
		{"timesheets", "1.0", "Timesheets 1.0", true, true},
		{"", "1.0", "Timesheets 1.0", true, true},
		{"Timesheets", "3.0", "Timesheets 3.0", true, false},
		{"Timesheets", "0.9 beta", "Timesheets 0.9 beta", false, false},
		{"Something else", "1.0", "Something else 1.0", false, false},
		{"Timesheets", "", "Timesheets ", false, false},
		{"", "", " ", false, false},
	} {
		a := register(tt.pack, tt.version)
		kept := a.Text("request", "package") + " " + a.Text("request", "version")
		if known := a.Text("request", "release_id") != ""; kept != tt.kept || known != tt.known || a.JSON["unsupported_version"] != tt.unsupported {
			t.Errorf("%q %q is kept as %q, known %v, unsupported %v", tt.pack, tt.version, kept, known, a.JSON["unsupported_version"])
		}
	}
	path := "/v1/tickets/" + before.Text("number")
	if a := ask(t, h, jeanne, "GET", path, nil); a.JSON["unsupported_version"] != false {
		t.Error("a later release changed what was decided")
	}
	wants(t, "nothing to accept", ask(t, h, agent, "POST", path+"/accept-version", map[string]any{"reason": "x"}), 409, "version_not_in_question")

	old := register("Timesheets", "1.0")
	path = "/v1/tickets/" + old.Text("number")
	for range 2 {
		a := ask(t, h, agent, "POST", path+"/accept-version", map[string]any{"reason": "They upgrade in May"})
		wants(t, "accept", a, 200, "")
		if a.Text("version_accepted_at") == "" || a.JSON["unsupported_version"] != true {
			t.Errorf("accepted: %s", a.Raw)
		}
	}
	if n := count(t, db, `select count(*) from events where kind = 'version_accepted' and data->>'reason' = 'They upgrade in May' and not public`); n != 1 {
		t.Errorf("%d events", n)
	}
	trail := ask(t, h, h.Token(t, "posimente", "admin"), "GET", "/v1/audit?object_id="+old.Text("id"), nil)
	if want := "Alex Agent accepted that " + old.Text("number") + " is about a version that is no longer supported."; !strings.Contains(string(trail.Raw), want) {
		t.Errorf("the audit does not say %q: %s", want, trail.Raw)
	}
	if a := ask(t, h, jeanne, "GET", path+"/history", nil); strings.Contains(string(a.Raw), "May") || a.Status != 200 {
		t.Errorf("the customer reads why: %s", a.Raw)
	}
}

// TestAskUpgrade: the customer is asked to upgrade to a release, and the ticket
// waits for that; a word of theirs ends the wait.
func TestAskUpgrade(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true})
	s := newShelf(t, h)
	jeanne, agent := h.Token(t, "posimente", "jeanne"), h.Token(t, "posimente", "agent")
	solves := s.release(t, "3.0", 30)
	a := ask(t, h, jeanne, "POST", "/v1/tickets", map[string]any{"type": "technical", "severity": "low", "title": "Export stops", "body": "It ends."})
	wants(t, "register", a, 201, "")
	path := "/v1/tickets/" + a.Text("number")
	body := map[string]any{"release_id": solves.Text("id"), "text": "The export is repaired there."}
	asked := ask(t, h, agent, "POST", path+"/ask-upgrade", body, "Idempotency-Key", "u")
	wants(t, "ask", asked, 200, "")
	if asked.Text("state") != "waiting_for_customer" || asked.Text("waiting_for") != "upgrade" {
		t.Errorf("asked: %s", asked.Raw)
	}
	same(t, "once more", ask(t, h, agent, "POST", path+"/ask-upgrade", body, "Idempotency-Key", "u"), asked)
	said := "Timesheets 3.0\n\nThe export is repaired there."
	if n := count(t, database(t, h), `select count(*) from comments where kind = 'question' and public and body = $1`, said); n != 1 {
		t.Errorf("%d questions say %q", n, said)
	}
	if n := count(t, database(t, h), `select count(*) from events where kind = 'ask_information' and data->>'release_id' = $1`, solves.Text("id")); n != 1 {
		t.Errorf("%d events name the release", n)
	}
	given := ask(t, h, jeanne, "POST", path+"/give-information", map[string]any{"text": "We have 3.0 now."})
	wants(t, "give", given, 200, "")
	if given.Text("state") != "registered" || given.Text("waiting_for") != "" {
		t.Errorf("given: %s", given.Raw)
	}
	plain := ask(t, h, agent, "POST", path+"/ask-information", map[string]any{"text": "Which export?"})
	if plain.Text("waiting_for") != "information" {
		t.Errorf("a plain question waits for %q", plain.Text("waiting_for"))
	}
}
