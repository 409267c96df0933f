package api_test

import (
	"sync"
	"testing"

	"github.com/casepath/casepath/procedures/stack"
)

func teams(t *testing.T, h *stack.House) {
	db, admin := database(t, h), h.Token(t, "interfacing", "admin")
	agent, qa := me(t, h, "agent").Text("id"), me(t, h, "qa").Text("id")
	a := ask(t, h, admin, "POST", "/v1/teams", map[string]any{"name": "Support", "kind": "support", "members": []string{qa, agent}}, "Idempotency-Key", "team")
	wants(t, "create", a, 201, "")
	same(t, "once more", ask(t, h, admin, "POST", "/v1/teams", map[string]any{"name": "Support", "kind": "support", "members": []string{qa, agent}}, "Idempotency-Key", "team"), a)
	wants(t, "a name in use", ask(t, h, admin, "POST", "/v1/teams", map[string]any{"name": "SUPPORT", "kind": "qa", "members": []string{}}), 409, "team_name_taken")
	if got := ask(t, h, admin, "GET", "/v1/staff/"+agent, nil).JSON["teams"]; len(got.([]any)) != 1 { //nolint:forcetypeassert // the contract
		t.Errorf("the agent's teams: %v", got)
	}
	path := "/v1/teams/" + a.Text("id")
	wants(t, "the agent leaves", change(t, h, "admin", "/v1/staff/"+qa, map[string]any{"active": false}), 200, "")
	before := rows(t, db)
	wants(t, "nothing new", change(t, h, "admin", path, map[string]any{"members": []string{agent, qa}}), 200, "")
	if after := rows(t, db); after != before {
		t.Errorf("no change left a trace: %s → %s", before, after)
	}
	b := change(t, h, "admin", path, map[string]any{"name": "First line", "members": []string{qa}})
	if b.Status != 200 || b.Text("name") != "First line" || len(b.JSON["members"].([]any)) != 1 { //nolint:forcetypeassert // the contract
		t.Errorf("a member who is not active stays, and another goes: %d %s", b.Status, b.Raw)
	}
	if action, actor, data := audited(t, db, a.Text("id")); action != "team_changed" || actor != "admin@interfacing.example" || data["name"] == nil || data["members"] == nil || data["kind"] != nil {
		t.Errorf("audit: %s by %s: %v", action, actor, data)
	}
	wants(t, "stale", change(t, h, "admin", path, map[string]any{"members": []string{qa}, "version": a.JSON["version"]}), 409, "changed_meanwhile")
	wants(t, "one who is not active joins", ask(t, h, admin, "POST", "/v1/teams", map[string]any{"name": "QA", "kind": "qa", "members": []string{qa}}), 422, "fields_wrong")
}

// deactivated: sessions and tokens end at once and stay ended (abuse case B6).
func deactivated(t *testing.T, h *stack.House) {
	jeanne := h.Token(t, "interfacing", "jeanne")
	path := "/v1/contacts/" + me(t, h, "jeanne").Text("id")
	person, err := h.Desk.ByEmail(t.Context(), "interfacing", "jeanne@interfacing.example")
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := h.Desk.CreateToken(t.Context(), person, "test", 1e12)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "deactivate", change(t, h, "accounts", path, map[string]any{"active": false}), 200, "")
	signIn := map[string]any{"vendor": "interfacing", "email": "jeanne@interfacing.example", "password": stack.Password}
	gone := func(when string) {
		for _, secret := range []string{jeanne, token} {
			wants(t, when, ask(t, h, secret, "GET", "/v1/me", nil), 401, "bearer_unknown")
		}
	}
	gone("deactivated")
	wants(t, "sign in", ask(t, h, "", "POST", "/v1/sessions", signIn), 401, "sign_in_failed")
	wants(t, "activate", change(t, h, "accounts", path, map[string]any{"active": true}), 200, "")
	gone("active again")
	wants(t, "sign in again", ask(t, h, "", "POST", "/v1/sessions", signIn), 201, "")
}

// lastAdministrator: whatever administrators do to each other, and however
// much at once, one stays.
func lastAdministrator(t *testing.T, h *stack.House) {
	path := "/v1/staff/" + me(t, h, "admin").Text("id")
	for name, more := range map[string]map[string]any{"deactivate": {"active": false}, "take the role": {"roles": []string{"agent"}}} {
		wants(t, name, change(t, h, "admin", path, more), 409, "last_admin")
	}
	second := ask(t, h, h.Token(t, "interfacing", "admin"), "POST", "/v1/staff", map[string]any{
		"name": "Second", "email": "second@interfacing.example", "roles": []string{"admin"}, "password": stack.Password,
	})
	wants(t, "a second one", second, 201, "")
	var wg sync.WaitGroup
	answers := make([]stack.Answer, 2)
	for i, target := range []string{path, "/v1/staff/" + second.Text("id")} {
		by := []string{"second", "admin"}[i]
		body := ask(t, h, h.Token(t, "interfacing", by), "GET", target, nil).JSON
		for _, shown := range []string{"id", "password_set"} {
			delete(body, shown)
		}
		body["active"] = false
		wg.Go(func() { answers[i] = h.Ask(t, h.Token(t, "interfacing", by), "PUT", target, body) })
	}
	wg.Wait()
	active := count(t, database(t, h), `select count(*) from people p join vendors v on v.id = p.vendor_id
		where v.slug = 'interfacing' and p.active and 'admin' = any(p.roles) and p.organization_id is null`)
	if active != 1 {
		t.Errorf("%d administrators are left: %d %s; %d %s", active, answers[0].Status, answers[0].Raw, answers[1].Status, answers[1].Raw)
	}
}
