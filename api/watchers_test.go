package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// TestWatchers: who watches a ticket sees it as the customer's side does and is
// told what its requester is told, and nothing on it is theirs to say or do.
func TestWatchers(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true})
	db := database(t, h)
	jeanne, reader, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "reader"), h.Token(t, "interfacing", "agent")
	public, internal := upload(t, h, jeanne, "public.txt", "x"), upload(t, h, agent, "internal.txt", "y")
	a := ask(t, h, jeanne, "POST", "/v1/tickets", registration(map[string]any{"files": []string{public}}))
	wants(t, "register", a, 201, "")
	path := "/v1/tickets/" + a.Text("number")
	wants(t, "out of sight", ask(t, h, reader, "GET", path, nil), 404, "not_found")
	for range 2 {
		wants(t, "add", ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"email": "Reader@interfacing.example"}), 200, "")
		if got := watches(t, h, "jeanne", path); !slices.Equal(got, []string{"Lou Reader"}) {
			t.Errorf("%v watch", got)
		}
	}
	wants(t, "a note", ask(t, h, agent, "POST", path+"/notes", map[string]any{"text": "secret note", "files": []string{internal}}), 201, "")
	wants(t, "triage", ask(t, h, agent, "POST", path+"/triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}), 200, "")
	wants(t, "a comment", ask(t, h, agent, "POST", path+"/comments", map[string]any{"text": "We look into it."}), 201, "")
	t.Run("sees", func(t *testing.T) { watcherSees(t, h, path, public, internal) })
	wants(t, "ask", ask(t, h, agent, "POST", path+"/ask-information", map[string]any{"text": "Which release?"}), 200, "")
	if possible := ask(t, h, reader, "GET", path, nil).JSON["possible_actions"]; fmt.Sprint(possible) != "[]" {
		t.Errorf("possible for who watches: %v", possible)
	}
	wants(t, "a word of who watches", ask(t, h, reader, "POST", path+"/comments", map[string]any{"text": "Release 7."}), 403, "not_your_role")
	wants(t, "information", ask(t, h, jeanne, "POST", path+"/give-information", map[string]any{"text": "Release 7."}), 200, "")
	wants(t, "answer", ask(t, h, agent, "POST", path+"/answer", map[string]any{"text": "Solved in release 8."}), 200, "")
	want := []string{"comment", "information_requested", "information_given", "answer"}
	if got := mailsTo(t, db, "reader@interfacing.example"); !slices.Equal(got, want) {
		t.Errorf("who watches is told %v, want %v", got, want)
	}
	if n := count(t, db, `select count(*) from outbox where kind = 'mail' and payload->'To'->>'Email' = 'jeanne@interfacing.example' and payload ? 'Watching'`); n != 0 {
		t.Errorf("the requester is told %d times that they watch", n)
	}
	if n := count(t, db, `select count(*) from outbox where kind = 'mail' and payload->'To'->>'Email' = 'reader@interfacing.example' and payload->>'Watching' = 'true'`); n != len(want) {
		t.Errorf("who watches is told %d times why", n)
	}
	own := path + "/watchers/" + me(t, h, "reader").Text("id")
	wants(t, "stop watching", ask(t, h, reader, "DELETE", own, nil), 204, "")
	wants(t, "out of sight again", ask(t, h, reader, "GET", path, nil), 404, "not_found")
	wants(t, "nobody to remove", ask(t, h, jeanne, "DELETE", own, nil), 404, "not_found")
	if action, actor, _ := audited(t, db, a.Text("id")); action != "watcher_removed" || actor != "reader@interfacing.example" {
		t.Errorf("audit: %s by %s", action, actor)
	}
	t.Run("staff", func(t *testing.T) { staffWatch(t, h, path) })
	t.Run("who may", func(t *testing.T) { whoMayWatch(t, h, path) })
	t.Run("partners", func(t *testing.T) { partnerWatches(t, h) })
}

// watches are the names of who watches a ticket, as somebody sees them.
func watches(t *testing.T, h *stack.House, local, path string) (names []string) {
	t.Helper()
	a := ask(t, h, h.Token(t, "interfacing", local), "GET", path+"/watchers", nil)
	wants(t, "list watchers", a, 200, "")
	for _, w := range a.JSON["watchers"].([]any) { //nolint:forcetypeassert // by the contract
		names = append(names, w.(map[string]any)["name"].(string)) //nolint:forcetypeassert // by the contract
	}
	return names
}

// staffWatch: staff add colleagues, who are told once however they have to do
// with the ticket, and never of what they do themselves. The customer's side
// neither knows of them nor can name one.
func staffWatch(t *testing.T, h *stack.House, path string) {
	db, jeanne, agent, manager := database(t, h), h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent"), h.Token(t, "interfacing", "manager")
	for _, email := range []string{"manager@interfacing.example", "agent@interfacing.example", "jeanne@interfacing.example"} {
		wants(t, email, h.Ask(t, agent, "POST", path+"/watchers", map[string]any{"email": email}), 200, "")
	}
	if got, want := watches(t, h, "agent", path), []string{"Alex Agent", "Maria Manager"}; !slices.Equal(got, want) {
		t.Errorf("%v watch, want %v: the requester is told anyway", got, want)
	}
	if got := watches(t, h, "jeanne", path); len(got) != 0 {
		t.Errorf("the customer's side sees that %v watch", got)
	}
	if history := h.Ask(t, jeanne, "GET", path+"/history", nil); strings.Contains(string(history.Raw), me(t, h, "manager").Text("id")) {
		t.Errorf("the customer's side hears who of staff watches: %s", history.Raw)
	}
	says := func(token, where, text string, jeannes, agents, managers int) {
		t.Helper()
		want := map[string]int{"jeanne": jeannes, "agent": agents, "manager": managers}
		for local := range want {
			want[local] += len(mailsTo(t, db, local+"@interfacing.example"))
		}
		wants(t, text, h.Ask(t, token, "POST", path+where, map[string]any{"text": text}), 201, "")
		for local, n := range want {
			if got := len(mailsTo(t, db, local+"@interfacing.example")); got != n {
				t.Errorf("%q: %s has %d mails, want %d", text, local, got, n)
			}
		}
	}
	says(jeanne, "/comments", "The requester, to who has it and watches it.", 0, 1, 1)
	says(manager, "/comments", "A watcher of staff.", 1, 1, 0)
	says(manager, "/notes", "Among us.", 0, 0, 0)
	watcher := path + "/watchers/" + me(t, h, "manager").Text("id")
	wants(t, "a colleague, by the customer", h.Ask(t, jeanne, "DELETE", watcher, nil), 404, "not_found")
	wants(t, "a colleague", h.Ask(t, agent, "DELETE", watcher, nil), 204, "")
	says(jeanne, "/comments", "The requester, once more.", 0, 1, 0)
	wants(t, "oneself", h.Ask(t, agent, "DELETE", path+"/watchers/"+me(t, h, "agent").Text("id"), nil), 204, "")
}

func watcherSees(t *testing.T, h *stack.House, path, public, internal string) {
	reader := h.Token(t, "interfacing", "reader")
	number := strings.TrimPrefix(path, "/v1/tickets/")
	for _, p := range []string{path, path + "/history", path + "/comments", path + "/watchers", "/v1/tickets", "/v1/files/" + public + "/content"} {
		a := h.Ask(t, reader, "GET", p, nil)
		if a.Status != 200 || strings.Contains(string(a.Raw), "secret note") {
			t.Errorf("%s: %d %s", p, a.Status, a.Raw)
		}
	}
	if a := ask(t, h, reader, "GET", "/v1/tickets?state=triaged", nil); !strings.Contains(string(a.Raw), number) {
		t.Errorf("the list leaves out what is watched: %s", a.Raw)
	}
	wants(t, "an internal file", ask(t, h, reader, "GET", "/v1/files/"+internal+"/content", nil), 404, "not_found")
	for what, body := range map[string]map[string]any{
		"comments": {"text": "x"}, "give-information": {"text": "x"}, "reopen": {"text": "x"}, "withdraw": {}, "watchers": {"email": "super@interfacing.example"},
	} {
		wants(t, what, ask(t, h, reader, "POST", path+"/"+what, body), 403, "not_your_role")
	}
}

// whoMayWatch: who could not is answered like who does not exist, and a ticket
// has so many watchers and no more.
func whoMayWatch(t *testing.T, h *stack.House, path string) {
	db, jeanne, agent := database(t, h), h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	other := ask(t, h, h.Token(t, "interfacing", "accounts"), "POST", "/v1/organizations", map[string]any{"kind": "customer", "name": "Other Mills"})
	wants(t, "another customer's contact", ask(t, h, h.Token(t, "interfacing", "accounts"), "POST", "/v1/contacts", map[string]any{
		"organization_id": other.Text("id"), "name": "Olga", "email": "olga@interfacing.example", "password": stack.Password,
	}), 201, "")
	execute(t, db, `update people set active = false where email in ('reader@interfacing.example', 'qa@interfacing.example')`)
	missing := ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"email": "nobody@interfacing.example"})
	if missing.Status != 422 || fields(missing)["email"]["key"] != "watcher_unknown" {
		t.Errorf("nobody: %d %s", missing.Status, missing.Raw)
	}
	for _, email := range []string{"olga@interfacing.example", "agent@interfacing.example", "reader@interfacing.example", "jeanne@posimente.example"} {
		same(t, email, ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"email": email}), missing)
	}
	for _, email := range []string{"nobody@interfacing.example", "olga@interfacing.example", "qa@interfacing.example", "agent@posimente.example"} {
		same(t, email+", by staff", ask(t, h, agent, "POST", path+"/watchers", map[string]any{"email": email}), missing)
	}
	missing = ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"person_id": uuid.NewString()})
	same(t, "staff, by id", ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"person_id": me(t, h, "agent2").Text("id")}), missing)
	wants(t, "nobody named", ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{}), 422, "fields_wrong")
	for _, local := range []string{"partner", "super"} { // of a partner who acts for the customer; oneself
		wants(t, local, ask(t, h, h.Token(t, "interfacing", local), "POST", path+"/watchers", map[string]any{"email": "super@interfacing.example"}), map[string]int{"partner": 404, "super": 200}[local], map[string]string{"partner": "not_found"}[local])
	}
	wants(t, "a partner's, by the customer", ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"email": "partner@interfacing.example"}), 200, "")
	execute(t, db, `insert into people (id, vendor_id, organization_id, name, email, locale, time_zone, roles, created_at)
		select gen_random_uuid(), vendor_id, organization_id, 'One of many', 'many' || i || '@interfacing.example', 'en', 'UTC', '{}', now()
		from people, generate_series(1, 49) i where email = 'jeanne@interfacing.example'`)
	for i := 1; i <= 47; i++ {
		wants(t, "many", h.Ask(t, jeanne, "POST", path+"/watchers", map[string]any{"email": fmt.Sprintf("many%d@interfacing.example", i)}), 200, "")
	}
	last := make(chan int, 2)
	for _, email := range []string{"many48@interfacing.example", "many49@interfacing.example"} { // of two at once, one is the last
		go func() { last <- h.Ask(t, jeanne, "POST", path+"/watchers", map[string]any{"email": email}).Status }()
	}
	if a, b := <-last, <-last; a+b != 200+409 {
		t.Errorf("the fiftieth and one too many: %d, %d", a, b)
	}
	wants(t, "one too many", ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"email": "agent2@interfacing.example"}), 422, "fields_wrong")
	wants(t, "one too many", ask(t, h, agent, "POST", path+"/watchers", map[string]any{"email": "agent2@interfacing.example"}), 409, "too_many_watchers")
	wants(t, "one who is there", ask(t, h, jeanne, "POST", path+"/watchers", map[string]any{"email": "many1@interfacing.example"}), 200, "")
}

// partnerWatches: a partner's people watch a customer's tickets, whoever
// registered them, while it acts for the customer, and not again by themselves
// when it does so later.
func partnerWatches(t *testing.T, h *stack.House) {
	partner, accounts, jeanne := h.Token(t, "interfacing", "partner"), h.Token(t, "interfacing", "accounts"), h.Token(t, "interfacing", "jeanne")
	customer, own := me(t, h, "jeanne").Text("organization_id"), me(t, h, "partner").Text("organization_id")
	wants(t, "a second contact", ask(t, h, accounts, "POST", "/v1/contacts", map[string]any{
		"organization_id": own, "name": "Pia Roy", "email": "partner2@interfacing.example", "password": stack.Password,
	}), 201, "")
	pia, link := h.Token(t, "interfacing", "partner2"), "/v1/organizations/"+own+"/customers"
	onBehalf := ask(t, h, partner, "POST", "/v1/tickets", registration(map[string]any{"on_behalf_of": map[string]any{"organization_id": customer}}))
	customers := ask(t, h, jeanne, "POST", "/v1/tickets", registration(nil))
	var paths []string
	for token, a := range map[string]stack.Answer{partner: onBehalf, jeanne: customers} {
		wants(t, "register", a, 201, "")
		path := "/v1/tickets/" + a.Text("number")
		paths = append(paths, path)
		wants(t, "watch", ask(t, h, token, "POST", path+"/watchers", map[string]any{"email": "partner2@interfacing.example"}), 200, "")
	}
	see := func(what string, status int, key string) {
		t.Helper()
		for _, path := range paths {
			wants(t, what, ask(t, h, pia, "GET", path, nil), status, key)
		}
		if a := ask(t, h, pia, "GET", "/v1/tickets", nil); strings.Contains(string(a.Raw), customers.Text("number")) != (status == 200) {
			t.Errorf("%s: the list is %s", what, a.Raw)
		}
	}
	see("watched", 200, "")
	wants(t, "unlink", ask(t, h, accounts, "DELETE", link+"/"+customer, nil), 204, "")
	see("unlinked", 404, "not_found")
	wants(t, "another word", ask(t, h, jeanne, "POST", paths[slices.Index(paths, "/v1/tickets/"+customers.Text("number"))]+"/comments", map[string]any{"text": "Not theirs."}), 201, "")
	if got := mailsTo(t, database(t, h), "partner2@interfacing.example"); len(got) != 0 {
		t.Errorf("a partner who acts for the customer no more is told %v", got)
	}
	wants(t, "link", ask(t, h, accounts, "POST", link, map[string]any{"customer_id": customer}), 204, "")
	see("linked again", 404, "not_found")
}

// TestWatchEndsWithAccess: who is made inactive watches nothing any more, also
// when they come back, and while their access ends nobody can add them.
func TestWatchEndsWithAccess(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	jeanne, accounts := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "accounts")
	a := ask(t, h, jeanne, "POST", "/v1/tickets", registration(nil))
	wants(t, "register", a, 201, "")
	path, reader := "/v1/tickets/"+a.Text("number"), me(t, h, "reader")
	add := func() stack.Answer {
		return h.Ask(t, jeanne, "POST", path+"/watchers", map[string]any{"person_id": reader.Text("id")})
	}
	wants(t, "watch", add(), 200, "")
	for _, active := range []bool{false, true} {
		contact := ask(t, h, accounts, "GET", "/v1/contacts/"+reader.Text("id"), nil)
		wants(t, "change", ask(t, h, accounts, "PUT", "/v1/contacts/"+reader.Text("id"), map[string]any{
			"version": contact.JSON["version"], "name": "Lou Reader", "email": "reader@interfacing.example", "locale": "en", "time_zone": "UTC", "roles": []string{}, "active": active,
			"authorized": false, "sees_organization": false,
		}), 200, "")
	}
	if got := watches(t, h, "jeanne", path); len(got) != 0 {
		t.Errorf("%v watch who came back", got)
	}
	meanwhile(t, h, add, `select from organizations o join people p on o.id = p.organization_id where p.id = $1 for update of o`, reader.Text("id"), 200)
	meanwhile(t, h, add, `update people set active = false where id = $1`, reader.Text("id"), 422)
}

// meanwhile asks while another transaction has done that and not ended, as
// those do that end a partner's link or somebody's access: the request waits
// for it, and is answered by what is then.
func meanwhile(t *testing.T, h *stack.House, ask func() stack.Answer, statement, id string, status int) {
	t.Helper()
	db := database(t, h)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), statement, id); err != nil {
		t.Fatal(err)
	}
	answer := make(chan stack.Answer, 1)
	go func() { answer <- ask() }()
	for count(t, db, `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`) == 0 {
		select {
		case a := <-answer:
			t.Fatalf("%s: answered without waiting: %d %s", statement, a.Status, a.Raw)
		case <-time.After(5 * time.Millisecond):
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if a := <-answer; a.Status != status {
		t.Errorf("%s: %d %s", statement, a.Status, a.Raw)
	}
}

// TestPartnersDoNotLearnOfEachOther: a partner neither reads who of another
// partner watches a ticket of its own making, nor finds out by an address.
func TestPartnersDoNotLearnOfEachOther(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	accounts, partner, super := h.Token(t, "interfacing", "accounts"), h.Token(t, "interfacing", "partner"), h.Token(t, "interfacing", "super")
	customer := me(t, h, "jeanne").Text("organization_id")
	second := ask(t, h, accounts, "POST", "/v1/organizations", map[string]any{"kind": "partner", "name": "Rivals Ltd."})
	wants(t, "the second partner", second, 201, "")
	wants(t, "its contact", ask(t, h, accounts, "POST", "/v1/contacts", map[string]any{
		"organization_id": second.Text("id"), "name": "Rita Rival", "email": "rita@interfacing.example", "password": stack.Password,
	}), 201, "")
	wants(t, "its link", ask(t, h, accounts, "POST", "/v1/organizations/"+second.Text("id")+"/customers", map[string]any{"customer_id": customer}), 204, "")
	made := ask(t, h, partner, "POST", "/v1/tickets", registration(map[string]any{"on_behalf_of": map[string]any{"organization_id": customer}}))
	wants(t, "on behalf", made, 201, "")
	path, rita := "/v1/tickets/"+made.Text("number"), map[string]any{"email": "rita@interfacing.example"}
	wants(t, "by the other partner", ask(t, h, partner, "POST", path+"/watchers", rita), 422, "fields_wrong")
	wants(t, "by the customer", ask(t, h, super, "POST", path+"/watchers", rita), 200, "")
	for token, want := range map[string]bool{partner: false, super: true} {
		for _, part := range []string{"", "/watchers", "/history"} {
			a := ask(t, h, token, "GET", path+part, nil)
			if got := strings.Contains(string(a.Raw), "Rita") || strings.Contains(string(a.Raw), "Rivals") || part == "/history" && strings.Contains(string(a.Raw), "watcher_added"); a.Status != 200 || got != want && part != "" {
				t.Errorf("%s says of the other partner: %v, want %v: %s", part, got, want, a.Raw)
			}
		}
	}
	wants(t, "the customer's own, by the partner", ask(t, h, partner, "POST", path+"/watchers", map[string]any{"email": "jeanne@interfacing.example"}), 200, "")
}
