package web_test

import (
	"database/sql"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/web"
)

// walker is somebody who tries every page of the console.
type walker struct {
	local string
	roles []desk.Role
}

var walkers = []walker{
	{"jeanne", []desk.Role{desk.RoleContact}},
	{"super", []desk.Role{desk.RoleContact, desk.RoleSuperUser}},
	{"partner", []desk.Role{desk.RoleContact, desk.RoleSuperUser, desk.RolePartner}},
	{"agent", []desk.Role{desk.RoleAgent}},
	{"manager", []desk.Role{desk.RoleManager, desk.RoleAgent}},
	{"accounts", []desk.Role{desk.RoleAccountManager}},
	{"qa", []desk.Role{desk.RoleQA}},
	{"dev", []desk.Role{desk.RoleDeveloper}},
	{"product", []desk.Role{desk.RoleProductManager}},
	{"trainer", []desk.Role{desk.RoleTrainer}},
	{"billing", []desk.Role{desk.RoleBilling}},
	{"admin", []desk.Role{desk.RoleAdmin}},
}

func (w walker) may(op desk.Operation) bool {
	return slices.ContainsFunc(w.roles, func(r desk.Role) bool { return desk.Permissions[op][r] != desk.Nothing })
}

func (w walker) staff() bool { return !slices.Contains(w.roles, desk.RoleContact) }

// TestConsoleWalk walks every page and form of the console × every role ×
// tickets in and out of sight (abuse case B8): what must come out is computed
// from the table of permissions, and a refusal leaves no trace.
func TestConsoleWalk(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := ask(t, h, "jeanne", "Export stops at page two")
	foreign := h.Ask(t, h.Token(t, "posimente", "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": "technical", "severity": "low", "title": "Export stops at page two", "body": "It ends.",
	})
	execute(t, h, `update tickets set state = 'withdrawn'`) // what is allowed is out of order, and waits for no engine
	db := admin(t, h)
	t.Cleanup(func() { _ = db.Close() })
	walked := 0
	for _, r := range web.Routes() {
		method, path, op := r[0], r[1], desk.Operation(r[2])
		if !strings.HasPrefix(path, "/console") && path != "/go" {
			continue
		}
		walked++
		nobody := visitor(t, h, "interfacing")
		if v := nobody.send(t, method, "/interfacing"+strings.Replace(path, ":ticket", number, 1), nil, ""); method == "GET" && v.status != 303 || method == "POST" && v.status != 401 {
			t.Errorf("%s %s by nobody: %d", method, path, v.status)
		}
		for _, w := range walkers {
			b := signedIn(t, h, "interfacing", w.local)
			if !strings.Contains(path, ":ticket") {
				want := 403
				if w.may(op) {
					want = 200
				}
				if op == desk.OpReassign && want == 200 {
					want = 303 // nothing is free
				}
				w.try(t, db, b, method, path, want)
				continue
			}
			for _, out := range []string{"IF-2026-999999", foreign.Text("number"), foreign.Text("id")} {
				w.try(t, db, b, method, strings.Replace(path, ":ticket", out, 1), 404)
			}
			switch {
			case !w.staff() && w.local == "partner":
				w.try(t, db, b, method, strings.Replace(path, ":ticket", number, 1), 404)
			case !w.may(op):
				w.try(t, db, b, method, strings.Replace(path, ":ticket", number, 1), 403)
			default:
				w.try(t, db, b, method, strings.Replace(path, ":ticket", number, 1), 0)
			}
		}
	}
	if walked < 19 {
		t.Errorf("only %d pages and forms walked", walked)
	}
}

// try asks for one page or sends one form; want 0 is anything that is no
// refusal of the person. What is refused changes nothing.
func (w walker) try(t *testing.T, db *sql.DB, b *browser, method, path string, want int) {
	t.Helper()
	token := b.get(t, "/go").form(t, "/sign-out")
	before := traces(t, db)
	f := &form{method: "get", action: "/interfacing" + path}
	if method == http.MethodPost {
		f = &form{method: "post", action: "/interfacing" + path, values: token.values}
	}
	v := b.press(t, f, nil, "text", "walk", "reason", "bug", "level", "1", "severity", "medium", "path", "answer", "reply", "00000000-0000-4000-8000-000000000000")
	switch {
	case want == 0 && (v.status == 401 || v.status == 403 || v.status >= 500 || v.status == 404 && !strings.Contains(path, "cancel-reply")):
		t.Errorf("%s %s by %s, allowed: %d %s", method, path, w.local, v.status, v.text())
	case want != 0 && v.status != want:
		t.Errorf("%s %s by %s: %d, want %d", method, path, w.local, v.status, want)
	case want == 403 || want == 404:
		if after := traces(t, db); after != before {
			t.Errorf("%s %s by %s: refused, and %d rows are new", method, path, w.local, after-before)
		}
	}
}

// traces is how many rows there are that tell of something done.
func traces(t *testing.T, db *sql.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), `select (select count(*) from events) + (select count(*) from comments) + (select count(*) from commands)
		+ (select count(*) from outbox) + (select count(*) from drafts) + (select coalesce(sum(version), 0) from tickets)`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
