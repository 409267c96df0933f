package api_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

// entries are a page of the audit.
func entries(t *testing.T, a stack.Answer) (list []stack.Answer) {
	t.Helper()
	wants(t, "audit", a, 200, "")
	raw, _ := a.JSON["entries"].([]any)
	for _, e := range raw {
		entry, _ := e.(map[string]any)
		list = append(list, stack.Answer{JSON: entry})
	}
	return list
}

// TestAudit: what was done to people and what was done to tickets is one list,
// newest first, each line said in words, and read page by page without loss.
func TestAudit(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true})
	admin, accounts := h.Token(t, "interfacing", "admin"), h.Token(t, "interfacing", "accounts")
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	reader := me(t, h, "reader").Text("id")
	ask(t, h, h.Token(t, "posimente", "admin"), "POST", "/v1/teams", map[string]any{"name": "Foreign", "kind": "qa", "members": []string{}})
	number := register(t, h, jeanne)
	id := ask(t, h, jeanne, "GET", "/v1/tickets/"+number, nil).Text("id")
	wants(t, "note", ask(t, h, agent, "POST", "/v1/tickets/"+number+"/notes", map[string]any{"text": "a secret of the house"}), 201, "")
	wants(t, "triage", ask(t, h, agent, "POST", "/v1/tickets/"+number+"/triage", map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}), 200, "")
	wants(t, "change", change(t, h, "accounts", "/v1/contacts/"+reader, map[string]any{"name": "Lou Writer"}), 200, "")
	list := entries(t, ask(t, h, admin, "GET", "/v1/audit?limit=4", nil))
	for i, want := range []struct{ action, text string }{
		{"person_changed", "Ari Accounts changed Lou Writer."},
		{"triage", "Alex Agent triaged " + number + "."},
		{"addNote", "Alex Agent wrote an internal note on " + number + "."},
		{"register", "Jeanne Martin registered " + number + "."},
	} {
		e := list[i]
		if e.Text("action") != want.action || e.Text("text") != want.text || e.Text("ip") != "127.0.0.1" || e.Text("bearer_id") == "" || e.Text("actor", "id") == "" {
			t.Errorf("entry %d: %v, want %s", i, e.JSON, want.text)
		}
	}
	if e := list[0]; e.Text("request_id") == "" || e.Text("data", "name", "was") != "Lou Reader" || e.Text("data", "name", "is") != "Lou Writer" {
		t.Errorf("what was changed: %v", e.JSON)
	}
	all := entries(t, ask(t, h, admin, "GET", "/v1/audit?limit=100", nil))
	var paged []stack.Answer
	for next := ""; ; {
		a := ask(t, h, admin, "GET", "/v1/audit?limit=3&cursor="+next, nil)
		paged = append(paged, entries(t, a)...)
		if next = a.Text("next"); next == "" {
			break
		}
	}
	for i, e := range all {
		if i >= len(paged) || paged[i].Text("text") != e.Text("text") || paged[i].Text("at") != e.Text("at") {
			t.Fatalf("entry %d of %d is not in its place among the pages", i, len(all))
		}
		if strings.HasPrefix(e.Text("text"), "audit_") || strings.Contains(e.Text("text"), "Foreign") {
			t.Errorf("entry %d: %v", i, e.JSON)
		}
	}
	if len(paged) != len(all) || len(all) < 20 {
		t.Errorf("%d entries in pages, %d at once", len(paged), len(all))
	}
	for path, n := range map[string]int{
		"object_id=" + id: 3, "object_id=" + id + "&actor_id=" + me(t, h, "agent").Text("id"): 2, "actor_id=" + me(t, h, "accounts").Text("id"): 2,
	} {
		if got := entries(t, ask(t, h, admin, "GET", "/v1/audit?"+path, nil)); len(got) != n {
			t.Errorf("%s: %d entries, want %d: %v", path, len(got), n, got)
		}
	}
	wants(t, "by somebody else", ask(t, h, accounts, "GET", "/v1/audit", nil), 403, "not_your_role")
}
