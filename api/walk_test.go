package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

func queryText(s string) string { return url.QueryEscape(s) }

// step is how the walk asks for one operation.
type step struct {
	op           desk.Operation
	method, path string
	kind         string // of the object in the path; "" for none
	body         func(w *world) any
}

// pagesOnly are the operations the API does not offer; the walk over the pages
// has them.
var pagesOnly = []desk.Operation{desk.OpKeepDraft, desk.OpQueue, desk.OpWorkbench, desk.OpReply, desk.OpCancelReply}

func fixed(body any) func(*world) any { return func(*world) any { return body } }

// walk has every operation of the contract. A new one without a line here
// fails the test.
var walk = []step{
	{desk.OpGetMe, "GET", "/v1/me", "", nil},
	{desk.OpGetVendor, "GET", "/v1/vendor", "", nil},
	{desk.OpRegisterTicket, "POST", "/v1/tickets", "", fixed(map[string]any{"type": "bug", "severity": "low", "title": "Walk past", "body": "x"})},
	{desk.OpListTickets, "GET", "/v1/tickets?limit=100", "", nil},
	{desk.OpGetTicket, "GET", "/v1/tickets/{}", "ticket", nil},
	{desk.OpGetHistory, "GET", "/v1/tickets/{}/history", "ticket", nil},
	{desk.OpListComments, "GET", "/v1/tickets/{}/comments", "ticket", nil},
	{desk.OpAddComment, "POST", "/v1/tickets/{}/comments", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpAddNote, "POST", "/v1/tickets/{}/notes", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpTriage, "POST", "/v1/tickets/{}/triage", "ticket", fixed(map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})},
	{desk.OpStart, "POST", "/v1/tickets/{}/start", "ticket", nil},
	{desk.OpAskInformation, "POST", "/v1/tickets/{}/ask-information", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpGiveInformation, "POST", "/v1/tickets/{}/give-information", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpAnswer, "POST", "/v1/tickets/{}/answer", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpClose, "POST", "/v1/tickets/{}/close", "ticket", nil},
	{desk.OpReassign, "POST", "/v1/tickets/{}/reassign", "ticket", func(w *world) any { return map[string]any{"assignee_id": w.callers[6].id} }},
	{desk.OpWithdraw, "POST", "/v1/tickets/{}/withdraw", "ticket", nil},
	{desk.OpReopen, "POST", "/v1/tickets/{}/reopen", "ticket", fixed(map[string]any{"text": "walk"})},
	{desk.OpUploadFile, "POST", "/v1/files?name=walk.txt", "", fixed("walk")},
	{desk.OpDownloadFile, "GET", "/v1/files/{}/content", "file", nil},
	{desk.OpListOrganizations, "GET", "/v1/organizations?limit=100", "", nil},
	{desk.OpGetOrganization, "GET", "/v1/organizations/{}", "organization", nil},
	{desk.OpCreateOrganization, "POST", "/v1/organizations", "", func(*world) any {
		return map[string]any{"kind": "customer", "name": uuid.NewString()}
	}},
	{desk.OpLinkCustomer, "POST", "/v1/organizations/{}/customers", "organization", func(w *world) any {
		return map[string]any{"customer_id": w.callers[0].organization}
	}},
	{desk.OpListContacts, "GET", "/v1/contacts?limit=100", "", nil},
	{desk.OpGetContact, "GET", "/v1/contacts/{}", "contact", nil},
	{desk.OpCreateContact, "POST", "/v1/contacts", "", func(w *world) any {
		return map[string]any{"organization_id": w.callers[0].organization, "name": "Walk", "email": uuid.NewString() + "@interfacing.example"}
	}},
	{desk.OpListStaff, "GET", "/v1/staff?limit=100", "", nil},
	{desk.OpCreateStaff, "POST", "/v1/staff", "", func(*world) any {
		return map[string]any{"name": "Walk", "email": uuid.NewString() + "@interfacing.example", "roles": []string{"agent"}}
	}},
	{desk.OpSignOut, "DELETE", "/v1/sessions/current", "", nil},
}

// TestPermissions walks every operation × every caller × objects of every
// distance (abuse case B8). What must come out is computed from the table of
// permissions: not visible is the 404 of a missing id, visible but not allowed
// is 403, and neither leaves a trace.
func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var walked []string
	for _, s := range walk {
		walked = append(walked, string(s.op))
		t.Run(string(s.op), func(t *testing.T) { w.walk(t, s) })
	}
	for op := range desk.Permissions {
		if !slices.Contains(walked, string(op)) && !slices.Contains(pagesOnly, op) {
			t.Errorf("the walk leaves out %s", op)
		}
	}
	t.Run("lists", w.lists)
	t.Run("ids beside the path", w.idsBesideThePath)
}

func (w *world) walk(t *testing.T, s step) {
	before := rows(t, w.db)
	for name, secret := range w.strangers {
		for _, o := range w.objectsOf(s)[:1] {
			a := w.ask(t, secret, s, o)
			key := map[string]string{"nobody": "sign_in_first"}[name]
			if key == "" {
				key = "bearer_unknown"
			}
			wants(t, name+" "+o.name, a, 401, key)
		}
	}
	for _, c := range w.callers {
		denied, allowed := w.split(c, s)
		var missing stack.Answer
		for _, o := range denied {
			a := w.ask(t, c.token, s, o)
			if o.notThere && missing.Raw == nil {
				missing = a // the first of its kind
			}
			if s.kind != "" && !c.visible(s.kind, o, w.customers) {
				wants(t, c.name+", "+o.name+", out of sight", a, 404, "not_found")
				same(t, c.name+", "+o.name, a, missing)
				continue
			}
			wants(t, c.name+", "+o.name+", not theirs to do", a, 403, "not_your_role")
		}
		if after := rows(t, w.db); after != before {
			t.Errorf("%s: a refusal changed rows: %s → %s", c.name, before, after)
		}
		for _, o := range allowed {
			w.allowed(t, c, s, o)
		}
		before = rows(t, w.db)
	}
}

// objectsOf are the objects a step is tried on; one nothing for none.
func (w *world) objectsOf(s step) []object {
	if s.kind == "" {
		return []object{{name: "-"}}
	}
	return w.objects[s.kind]
}

func (w *world) split(c caller, s step) (denied, allowed []object) {
	for _, o := range w.objectsOf(s) {
		if c.reach(s.op) == desk.Nothing || s.kind != "" && !c.visible(s.kind, o, w.customers) {
			denied = append(denied, o)
		} else {
			allowed = append(allowed, o)
		}
	}
	return denied, allowed
}

func (w *world) ask(t *testing.T, token string, s step, o object) stack.Answer {
	t.Helper()
	var body any
	if s.body != nil {
		body = s.body(w)
	}
	var headers []string
	if s.op == desk.OpUploadFile {
		headers = []string{"Content-Type", "application/octet-stream"}
	}
	a := ask(t, w.House, token, s.method, strings.Replace(s.path, "{}", o.id, 1), body, headers...)
	if s.op == desk.OpGetTicket && o.number != "" {
		same(t, "by number: "+o.name, a, ask(t, w.House, token, s.method, strings.Replace(s.path, "{}", o.number, 1), body))
	}
	return a
}

// allowed asks for what the table allows: done, or refused by the procedure
// alone.
func (w *world) allowed(t *testing.T, c caller, s step, o object) {
	t.Helper()
	if s.op == desk.OpSignOut { // with a secret of its own, or the caller is gone
		person, err := w.Desk.ByEmail(t.Context(), c.vendor, strings.TrimPrefix(c.name, "foreign ")+"@"+c.vendor+".example")
		if err != nil {
			t.Fatal(err)
		}
		if c.token, _, err = w.Desk.CreateToken(t.Context(), person, "walk", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	a := w.ask(t, c.token, s, o)
	what := fmt.Sprintf("%s, %s, allowed", c.name, o.name)
	switch {
	case c.vendor != "interfacing" && a.Status == 422: // the body names what that vendor has not
	case s.op == desk.OpRegisterTicket && c.unauthorized:
		wants(t, what, a, 403, "contact_not_authorized")
	case a.Status == 409 && a.Text("key") == "action_out_of_order":
		wants(t, what, a, 409, "")
		if a.Text("state") != "withdrawn" || fmt.Sprint(a.JSON["possible"]) != "[]" {
			t.Errorf("%s: a conflict without state and possible actions: %s", what, a.Raw)
		}
	case s.op == desk.OpLinkCustomer && o.name != "partner's":
		wants(t, what, a, 409, "not_a_partner")
	case a.Status < 200 || a.Status > 299:
		t.Errorf("%s: %d %s", what, a.Status, a.Raw)
	}
}

// lists: each caller's lists hold what they may see and nothing else.
func (w *world) lists(t *testing.T) {
	for _, c := range w.callers {
		for _, l := range []struct{ op, path, kind, member string }{
			{"listTickets", "/v1/tickets?limit=100", "ticket", "tickets"},
			{"listOrganizations", "/v1/organizations?limit=100", "organization", "organizations"},
			{"listContacts", "/v1/contacts?limit=100", "contact", "people"},
		} {
			a := ask(t, w.House, c.token, "GET", l.path, nil)
			if c.reach(desk.Operation(l.op)) == desk.Nothing {
				continue // the walk has looked
			}
			for _, o := range w.objects[l.kind] {
				shown := strings.Contains(string(a.Raw), `"id":"`+o.id+`"`)
				due := c.visible(l.kind, o, w.customers)
				if l.kind == "contact" && c.organization != uuid.Nil && o.organization != c.organization {
					due = false // linked customers' contacts are listed by naming the customer
				}
				if shown != due {
					t.Errorf("%s of %s: %s is shown: %v, want %v", l.op, c.name, o.name, shown, due)
				}
			}
		}
	}
}
