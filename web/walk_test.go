package web_test

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/web"
)

// step is how the walk asks for one page or sends one form.
type step struct {
	route  string   // method and path, as web.Routes lists it
	kind   string   // of the object in the path: ticket, file; "" for none
	fields []string // of the form, pairs
}

// walk has every page and form but the console's, which has a walk of its own
// (TestConsoleWalk). A new one without a line here fails the test.
var walk = []step{
	{"GET /sign-in", "", nil},
	{"POST /sign-in", "", []string{"email", "nobody@interfacing.example", "password", "none of anybody's"}},
	{"GET /sign-in/second-step", "", nil},
	{"POST /sign-in/second-step", "", []string{"code", "000000"}},
	{"POST /sign-out", "", nil},

	{"POST /oidc/start", "", []string{"provider", "00000000-0000-4000-8000-000000000000"}},
	{"GET /oidc/callback", "", nil},
	{"POST /account/sign-on/link", "", []string{"provider", "00000000-0000-4000-8000-000000000000", "password", "not theirs at all"}},
	{"POST /account/sign-on/unlink", "", []string{"provider", "00000000-0000-4000-8000-000000000000"}},

	{"GET ", "", nil},
	{"GET /", "", nil},
	{"GET /tickets", "", nil},
	{"GET /tickets.csv", "", nil},
	{"GET /tickets/:ticket", "ticket", nil},
	{"GET /tickets/:ticket/news", "ticket", nil},
	{"POST /tickets/:ticket/comment", "ticket", []string{"text", "walk"}},
	{"POST /tickets/:ticket/give-information", "ticket", []string{"text", "walk"}},
	{"POST /tickets/:ticket/reopen", "ticket", []string{"text", "walk"}},
	{"POST /tickets/:ticket/withdraw", "ticket", []string{"text", "walk"}},
	{"POST /tickets/:ticket/watch", "ticket", []string{"email", "spare@interfacing.example"}},
	{"POST /tickets/:ticket/unwatch", "ticket", []string{"person", "00000000-0000-4000-8000-000000000000"}},
	{"POST /watching/end", "", []string{"ticket", "IF-2026-999999"}},
	{"GET /tickets/:ticket/authorities", "authorities", nil},
	{"GET /tickets/:ticket/authorities/:authority", "authority", nil},
	{"GET /tickets/:ticket/authorities/:authority/document", "authority", nil},
	{"POST /tickets/:ticket/authorities/:authority/decline", "authority", []string{"version", "1", "reason", "walk"}},
	{"POST /tickets/:ticket/authorities/:authority/complete", "authority", []string{"version", "1", "scopes", "read_only", "name", "Walk", "confirmed", "1"}},
	{"POST /tickets/:ticket/authorities/:authority/revoke", "authority", []string{"version", "2", "reason", "walk"}},
	{"GET /service-requests", "", nil},
	{"GET /service-requests/:service", "service", nil},
	{"POST /service-requests/:service/consent", "service", []string{"answer", "accept"}},
	{"POST /service-requests/:service/ask-estimate", "service", nil},
	{"POST /service-requests/:service/estimate-decision", "service", []string{"answer", "accept", "revision", "0"}},
	{"GET /service-requests/:service/quote", "service", nil},
	{"GET /service-requests/:service/quote/document", "service", nil},
	{"POST /service-requests/:service/quote", "service", []string{"answer", "approve", "quote_version", "0", "name", "walk"}},
	{"POST /service-requests/:service/validation", "service", []string{"answer", "accept", "round", "0"}},
	{"POST /service-requests/:service/withdraw", "service", []string{"text", "walk"}},
	{"POST /service-requests/:service/interest", "service", []string{"answer", "accept"}},
	{"POST /service-requests/:service/support-choice", "service", []string{"choice", "quote"}},
	{"GET /quotes", "", nil},
	{"GET /approvals/:secret", "", nil},
	{"GET /approvals/:secret/document", "", nil},
	{"POST /approvals/:secret", "", []string{"answer", "approve", "name", "walk", "code", "123456"}},
	{"POST /approvals/:secret/code", "", nil},
	{"POST /tickets/:ticket/verification", "ticket", []string{"dev_ticket", "DEV-2020-000001", "answer", "accept"}},
	{"GET /features", "", nil},
	{"POST /features/:feature/vote", "feature", []string{"note", "walk"}},
	{"POST /features/:feature/vote/removal", "feature", nil},
	{"GET /escalations", "", nil},
	{"POST /escalations", "", []string{"reason", "walk"}},
	{"GET /escalations/:escalation", "escalation", nil},
	{"POST /escalations/:escalation/withdraw", "escalation", []string{"reason", "walk"}},
	{"GET /tickets/:ticket/escalate", "ticket", nil},
	{"POST /tickets/:ticket/escalate", "ticket", []string{"reason", "walk"}},
	{"GET /invoices", "", nil},
	{"GET /invoices/:invoice", "invoice", nil},
	{"GET /invoices/:invoice/document", "invoice", nil},
	{"GET /files/:file", "file", nil},

	{"GET /register", "", nil},
	{"POST /register", "", []string{"type", "bug"}},
	{"GET /register/describe", "", nil},
	{"POST /register/describe", "", []string{"title", "Walk past", "body", "x"}},
	{"GET /register/severity", "", nil},
	{"POST /register/severity", "", []string{"severity", "low"}},
	{"GET /tickets/:ticket/clocks", "ticket", nil},
	{"GET /receipts", "", nil},
	{"POST /tickets/:ticket/receipt", "ticket", nil},
	{"GET /requests", "", nil},
	{"GET /requests/:request", "request", nil},
	{"POST /requests/:request/complete", "request", []string{"title", "Walk past"}},
	{"POST /requests/:request/withdraw", "request", nil},
	{"POST /requests/:request/answer", "request", []string{"text", "walk"}},
	{"POST /requests/:request/forward", "request", nil},
	{"GET /register/evidence", "", nil},
	{"POST /register/evidence", "", nil},
	{"GET /register/check", "", nil},
	{"POST /register/check", "", nil},
	{"POST /register/not-needed", "", nil},
	{"POST /register/start-over", "", nil},
	{"GET /register/done/:ticket", "ticket", nil},

	{"GET /releases", "", nil},

	{"GET /people", "", nil},
	{"GET /people/:organization", "organization", nil},
	{"GET /statement", "", nil},
	{"GET /statement.csv", "", nil},
	{"POST /statement/nobody", "", nil},
	{"GET /contracts", "", nil},
	{"GET /contracts/:contract", "contract", nil},

	{"GET /password/forgotten", "", nil},
	{"POST /password/forgotten", "", []string{"email", "nobody@interfacing.example"}},
	{"GET /password/:secret", "", nil},
	{"POST /password/:secret", "", []string{"password", "none of anybody's"}},
	{"POST /password/:secret/renew", "", nil},
	{"GET /access", "", nil},
	{"POST /access", "", []string{"name", "Walk", "email", "walk@new.example", "organization", "Walkers"}},
	{"GET /access/reply/:secret", "", nil},
	{"POST /access/reply/:secret", "", []string{"text", "walk"}},

	{"GET /account", "", nil},
	{"POST /account/profile", "", []string{"name", "Walk", "locale", "en", "time_zone", "UTC", "theme", "system"}},
	{"POST /account/password", "", []string{"current", "not theirs at all", "password", "correct horse staple"}},
	{"POST /account/sessions/end", "", []string{"bearer", "00000000-0000-4000-8000-000000000000"}},
	{"POST /account/tokens", "", []string{"name", "walk", "scope", "read", "days", "30"}},
	{"POST /account/second-factor", "", []string{"password", "not theirs at all"}},
	{"POST /account/second-factor/confirm", "", []string{"code", "no code"}},
	{"POST /account/second-factor/remove", "", []string{"password", "not theirs at all", "code", "no code"}},

	{"POST /drafts", "", []string{"about", "new", "kind", "register", "title", "walk"}},
	{"POST /account/sessions/end-others", "", nil},
}

// watched are the tables a refusal must leave as they were.
var watched = []string{
	"vendors", "organizations", "organization_links", "people", "bearers", "requests", "tickets", "comments", "files", "events", "commands", "outbox", "drafts", "audit",
	"ticket_watchers", "clock_exclusions", "products", "packages", "releases", "access_authorities", "authority_decisions", "authority_accesses", "contracts", "invoices", "payments",
	"time_entries", "timers", "service_requests", "decisions", "estimates", "quotes", "approval_links", "training_sessions", "efforts", "time_frames", "qa_reviews", "dev_tickets", "dev_ticket_links", "dev_news", "features", "feature_votes", "feature_events", "collaborations", "escalations", "escalation_steps",
}

// TestEveryPage walks every page and form × every caller × objects of every
// distance (abuse case B8). What must come out is computed from the table of
// permissions: not visible is the page of a missing id, visible but not
// allowed is 403, and neither leaves a trace.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ops := map[string]desk.Operation{}
	for _, r := range web.Routes() {
		ops[r[0]+" "+r[1]] = desk.Operation(r[2])
	}
	for _, s := range walk {
		op, there := ops[s.route]
		if !there {
			t.Errorf("the walk has %s, which is no page", s.route)
			continue
		}
		delete(ops, s.route)
		t.Run(strings.ReplaceAll(s.route, "/", "_"), func(t *testing.T) { w.walk(t, s, op) })
	}
	for route := range ops {
		if !strings.Contains(route, " /console") && route != "GET /go" {
			t.Errorf("the walk leaves out %s", route)
		}
	}
	t.Run("ids beside the path", w.idsBesideThePath)
}

// objectsOf are the objects a step is tried on; one nothing for none.
func (w *world) objectsOf(s step) []object {
	if s.kind == "" {
		return []object{{name: "-"}}
	}
	return w.objects[s.kind]
}

func (w *world) walk(t *testing.T, s step, op desk.Operation) {
	public := slices.Contains(desk.Public, op)
	w.strangers(t, s, public)
	before := rows(t, w.House, watched...)
	for _, c := range w.callers {
		if slow := strings.Contains(s.route, "/sign-"); slow && c.name != "jeanne" && c.name != "agent" {
			continue // a password costs its time, and everybody may
		}
		denied, allowed := []object{}, []object{}
		for _, o := range w.objectsOf(s) {
			if !public && !c.may(op, s.kind, o) || s.kind != "" && !c.visible(s.kind, o) || op == desk.OpRegisterTicket && c.unauthorized {
				denied = append(denied, o)
			} else {
				allowed = append(allowed, o)
			}
		}
		var missing *view
		for _, o := range denied {
			v := w.ask(t, c, s, o)
			switch {
			case strings.Contains(v.path, "/console"): // staff are sent on to their own page, whose walk looks
			case s.kind != "" && !c.visible(s.kind, o):
				if v.status != 404 {
					t.Errorf("%s, %s, out of sight: %d", c.name, o.name, v.status)
				}
				if missing == nil {
					missing = v
				}
				if plain(v) != plain(missing) {
					t.Errorf("%s, %s, differs from a missing one:\n%s\n%s", c.name, o.name, plain(v), plain(missing))
				}
			case v.status != 403:
				t.Errorf("%s, %s, not theirs to do: %d", c.name, o.name, v.status)
			}
		}
		unchanged(t, w.House, c.name, before)
		for _, o := range allowed {
			v := w.ask(t, c, s, o)
			if s.kind == "request" && v.status == 403 {
				continue // in sight, and another's to act on
			}
			if v.status >= 400 && v.status != 409 && v.status != 422 && v.status != 429 && (!public || v.status >= 500) && !strings.Contains(v.path, "/console") {
				t.Errorf("%s, %s, allowed: %d %s", c.name, o.name, v.status, v.text())
			}
		}
		before = rows(t, w.House, watched...)
	}
}

// strangers: who is not signed in is asked to, and changes nothing.
func (w *world) strangers(t *testing.T, s step, public bool) {
	t.Helper()
	before := rows(t, w.House, watched...)
	nobody := caller{name: "nobody", vendor: "interfacing", browser: visitor(t, w.House, "interfacing")}
	nobody.token = []string{"form_token", nobody.browser.get(t, "/sign-in").form(t, "/sign-in").values.Get("form_token")}
	for _, o := range w.objectsOf(s) {
		v := w.ask(t, nobody, s, o)
		asked := v.status == 401 || v.status == 200 && strings.Contains(v.path, "/sign-in")
		if !asked && (!public || v.status >= 500) {
			t.Errorf("nobody, %s: %d %s", o.name, v.status, v.path)
		}
	}
	switch s.route {
	case "POST /access": // is for strangers alone, and tells an account manager
	case "GET /oidc/callback": // keeps that somebody was refused
		delete(before, "audit")
		fallthrough
	default:
		unchanged(t, w.House, "nobody", before)
	}
}

// ask opens the page or sends the form, as the caller.
func (w *world) ask(t *testing.T, c caller, s step, o object) *view {
	t.Helper()
	method, path, _ := strings.Cut(s.route, " ")
	address := "/" + c.vendor + strings.NewReplacer(":ticket/authorities/:authority", o.id, ":ticket", o.id, ":file", o.id, ":organization", o.id, ":request", o.id, ":contract", o.id, ":service", o.id, ":invoice", o.id, ":escalation", o.id, ":feature", o.id).Replace(path)
	if method == "GET" {
		return c.browser.open(t, address)
	}
	if s.route == "POST /sign-out" { // in a session of its own, or the caller is gone
		c.browser = visitor(t, w.House, c.vendor)
		if c.name != "nobody" {
			c.browser.signIn(t, strings.TrimPrefix(c.name, "foreign "), stack.Password)
			c.token = []string{"form_token", c.browser.get(t, "").form(t, "/sign-out").values.Get("form_token")}
		}
	}
	fields := slices.Concat(c.token, []string{"form_key", uuid.NewString()}, s.fields)
	return c.browser.submit(t, &form{method: "post", action: address, values: url.Values{}}, fields...)
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]{2}-[0-9]{4}-[0-9]{6}`)

// plain is what a page says, without what names the request or the object.
func plain(v *view) string { return anyID.ReplaceAllString(v.text(), "…") }

// rows is how many rows of each of some tables have been added, changed or
// removed.
func rows(t testing.TB, h *stack.House, tables ...string) map[string]int {
	t.Helper()
	counts := stack.Writes(t, h.Admin, tables...)
	for _, table := range tables {
		counts[table] += 0 // none is an answer too
	}
	return counts
}

// unchanged fails the test when a table is not as it was.
func unchanged(t testing.TB, h *stack.House, who string, before map[string]int) {
	t.Helper()
	tables := slices.Sorted(maps.Keys(before))
	for table, n := range rows(t, h, tables...) {
		if n != before[table] {
			t.Errorf("%s: a refusal changed %s", who, table)
		}
	}
}
