package api_test

import (
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
)

// repeatable is a write with a key, and what it leaves behind once.
type repeatable struct {
	name, token, path string
	body, other       any // other: the same key with another body
	status            int
	leaves            []string // one of each
}

// TestRepeatedWrites: the same key with the same body has one outcome,
// however often and at once it is sent; with another body it is refused.
func TestRepeatedWrites(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	jeanne, agent, accounts := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent"), h.Token(t, "interfacing", "accounts")
	me := ask(t, h, jeanne, "GET", "/v1/me", nil)
	number := register(t, h, jeanne)
	on := "/v1/tickets/" + number
	text := func(s string) map[string]any { return map[string]any{"text": s} }
	contact := func(name string) map[string]any {
		return map[string]any{"organization_id": me.Text("organization_id"), "name": name, "email": name + "@interfacing.example", "password": stack.Password}
	}
	triage := func(severity string) map[string]any {
		return map[string]any{"reason": "bug", "level": 1, "severity": severity, "severity_reason": "as seen", "path": "answer"}
	}
	for _, w := range []repeatable{
		{
			"ticket", jeanne, "/v1/tickets", registration(nil), registration(map[string]any{"component": "x"}), 201,
			[]string{"tickets", "requests", "events", "mail", "start", "versions"},
		},
		{"file", jeanne, "/v1/files?name=a.txt", "same bytes", "other bytes", 201, []string{"files"}},
		{
			"organization", accounts, "/v1/organizations",
			map[string]any{"kind": "customer", "name": "Once"},
			map[string]any{"kind": "customer", "name": "Twice"},
			201,
			[]string{"organizations"},
		},
		{"contact", accounts, "/v1/contacts", contact("once"), contact("twice"), 201, []string{"people"}},
		{"comment", jeanne, on + "/comments", text("once"), text("twice"), 201, []string{"comments", "events"}},
		{"note", agent, on + "/notes", text("once"), text("twice"), 201, []string{"comments", "events"}},
		{"triage", agent, on + "/triage", triage("high"), triage("low"), 200, []string{"events", "versions"}},
		{"start", agent, on + "/start", nil, nil, 200, []string{"events", "versions"}},
		{"question", agent, on + "/ask-information", text("Which?"), text("Whose?"), 200, []string{"comments", "events", "mail", "versions"}},
		{"comment that ends the wait", jeanne, on + "/comments", text("8.3"), text("8.4"), 201, []string{"comments", "events", "mail", "versions"}},
		{"answer", agent, on + "/answer", text("So."), text("Or so."), 200, []string{"comments", "events", "mail", "versions"}},
		{"close", agent, on + "/close", nil, nil, 200, []string{"events", "mail", "versions"}},
	} {
		t.Run(w.name, func(t *testing.T) { repeats(t, h, w) })
	}
	t.Run("passwords", func(t *testing.T) { passwordOfARepeat(t, h, accounts, contact("pass")) })
	t.Run("after the fact", func(t *testing.T) { afterTheFact(t, h, jeanne, agent) })
	t.Run("keys apart", func(t *testing.T) { keysApart(t, h) })
}

// leavings counts what writes leave.
func leavings(t *testing.T, h *stack.House) map[string]int {
	t.Helper()
	db, left := database(t, h), map[string]int{}
	for _, table := range []string{"tickets", "requests", "events", "files", "organizations", "people", "comments", "organization_links"} {
		left[table] = count(t, db, `select count(*) from `+table)
	}
	for _, kind := range []string{"mail", "start", "signal"} {
		left[kind] = count(t, db, `select count(*) from outbox where kind = $1`, kind)
	}
	left["versions"] = count(t, db, `select coalesce(sum(version), 0) from tickets`)
	return left
}

// repeated sends one write with a key.
func repeated(t *testing.T, h *stack.House, token, path, key string, body any) stack.Answer {
	t.Helper()
	headers := []string{"Idempotency-Key", key}
	if path == "/v1/files?name=a.txt" {
		headers = append(headers, "Content-Type", "application/octet-stream")
	}
	return ask(t, h, token, http.MethodPost, path, body, headers...)
}

func repeats(t *testing.T, h *stack.House, w repeatable) {
	key, want := uuid.NewString(), leavings(t, h)
	for _, what := range w.leaves {
		want[what]++
	}
	answers := make([]stack.Answer, 20)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Go(func() { answers[i] = repeated(t, h, w.token, w.path, key, w.body) })
	}
	wg.Wait()
	for _, a := range append(answers, repeated(t, h, w.token, w.path, key, w.body)) {
		if a.Status != w.status || a.Text("id") != answers[0].Text("id") || a.JSON["version"] != answers[0].JSON["version"] {
			t.Errorf("%d %s; the first: %s", a.Status, a.Raw, answers[0].Raw)
		}
		if a.Status == 201 { // what was made is the same; a ticket goes on
			same(t, "a repeat", a, answers[0])
		}
	}
	if w.other != nil {
		wants(t, "another body", repeated(t, h, w.token, w.path, key, w.other), 422, "idempotency_key_reused")
	}
	if left := leavings(t, h); !maps.Equal(left, want) {
		t.Errorf("left: %v\nwant: %v", left, want)
	}
}

// passwordOfARepeat: the password is part of the body, though never of what is
// kept of it.
func passwordOfARepeat(t *testing.T, h *stack.House, accounts string, body map[string]any) {
	key := uuid.NewString()
	wants(t, "first", repeated(t, h, accounts, "/v1/contacts", key, body), 201, "")
	body["password"] = "another good password"
	wants(t, "another password", repeated(t, h, accounts, "/v1/contacts", key, body), 422, "idempotency_key_reused")
	delete(body, "password")
	wants(t, "no password", repeated(t, h, accounts, "/v1/contacts", key, body), 422, "idempotency_key_reused")
	email, _ := body["email"].(string)
	wants(t, "the first stands", signIn(t, h, "interfacing", email, stack.Password), 201, "")
}

// afterTheFact: a repeat is answered with the outcome there was, also when the
// ticket, or who was named, has moved on so far that it would be refused now.
func afterTheFact(t *testing.T, h *stack.House, jeanne, agent string) {
	number, db := register(t, h, jeanne), database(t, h)
	on, manager := "/v1/tickets/"+number, h.Token(t, "interfacing", "manager")
	agent2 := ask(t, h, h.Token(t, "interfacing", "agent2"), "GET", "/v1/me", nil).Text("id")
	file := upload(t, h, jeanne, "log.txt", "log")
	type write struct {
		token, path, key string
		body             any
		status           int
	}
	writes := []write{
		{jeanne, on + "/comments", uuid.NewString(), map[string]any{"text": "see", "files": []string{file}}, 201},
		{agent, on + "/triage", uuid.NewString(), map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer", "assignee_id": agent2}, 200},
		{manager, on + "/triage", uuid.NewString(), map[string]any{"reason": "bug", "level": 1, "severity": "high", "severity_reason": "many", "path": "answer"}, 200},
		{agent, on + "/ask-information", uuid.NewString(), map[string]any{"text": "Which?"}, 200},
		{jeanne, on + "/comments", uuid.NewString(), map[string]any{"text": "8.3"}, 201},
		{agent, on + "/reassign", uuid.NewString(), map[string]any{"assignee_id": agent2}, 200},
		{agent, on + "/answer", uuid.NewString(), map[string]any{"text": "So."}, 200},
		{jeanne, on + "/reopen", uuid.NewString(), map[string]any{"text": "No."}, 200},
		{jeanne, on + "/withdraw", uuid.NewString(), map[string]any{"reason": "Solved."}, 200},
	}
	for _, w := range writes {
		wants(t, w.path, repeated(t, h, w.token, w.path, w.key, w.body), w.status, "")
	}
	execute(t, db, `update people set active = false where email = 'agent2@interfacing.example'`)
	before := leavings(t, h)
	for _, w := range writes {
		a := repeated(t, h, w.token, w.path, w.key, w.body)
		wants(t, "again "+w.path, a, w.status, "")
		if w.status == 200 && a.Text("state") != "withdrawn" {
			t.Errorf("the ticket as it is now: %s", a.Raw)
		}
	}
	if after := leavings(t, h); !maps.Equal(after, before) {
		t.Errorf("repeats left something: %v → %v", before, after)
	}
	late := repeated(t, h, jeanne, on+"/reopen", uuid.NewString(), map[string]any{"text": "No."})
	wants(t, "with a new key", late, 409, "action_out_of_order")
	if late.Text("state") != "withdrawn" || late.JSON["possible"] == nil {
		t.Errorf("conflict: %s", late.Raw)
	}
}

// keysApart: a key is the writer's own, for one action on one object; without
// a key each write is its own.
func keysApart(t *testing.T, h *stack.House) {
	jeanne, super, foreign := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "super"), h.Token(t, "posimente", "jeanne")
	body := registration(map[string]any{"type": "technical"})
	seen := map[string]bool{}
	first := repeated(t, h, jeanne, "/v1/tickets", "1", body)
	for _, a := range []stack.Answer{
		first, repeated(t, h, super, "/v1/tickets", "1", body), repeated(t, h, foreign, "/v1/tickets", "1", body),
		ask(t, h, jeanne, "POST", "/v1/tickets", body), ask(t, h, jeanne, "POST", "/v1/tickets", body),
	} {
		if a.Status != 201 || seen[a.Text("id")] {
			t.Errorf("%d %s", a.Status, a.Raw)
		}
		seen[a.Text("id")] = true
	}
	second := repeated(t, h, jeanne, "/v1/tickets", "2", body)
	comments := map[string]bool{}
	for _, a := range []stack.Answer{
		repeated(t, h, jeanne, "/v1/tickets/"+first.Text("number")+"/comments", "1", map[string]any{"text": "a"}),
		repeated(t, h, jeanne, "/v1/tickets/"+second.Text("number")+"/comments", "1", map[string]any{"text": "b"}),
		repeated(t, h, super, "/v1/tickets/"+second.Text("number")+"/comments", "1", map[string]any{"text": "c"}),
	} {
		if a.Status != 201 || comments[a.Text("id")] {
			t.Errorf("%d %s", a.Status, a.Raw)
		}
		comments[a.Text("id")] = true
	}
	wants(t, "by its number in small letters", repeated(t, h, jeanne, "/v1/tickets/"+second.Text("id")+"/comments", "1", map[string]any{"text": "b"}), 201, "")
	wants(t, "withdraw", repeated(t, h, jeanne, "/v1/tickets/"+second.Text("id")+"/withdraw", "1", nil), 200, "")
}
