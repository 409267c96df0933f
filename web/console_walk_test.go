package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

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
	if w.staff() && slices.Contains(ofRungs, op) { // none of them stands on one
		return w.all(op)
	}
	return slices.ContainsFunc(w.roles, func(r desk.Role) bool { return desk.Permissions[op][r] != desk.Nothing })
}

// ofRungs is what staff may do to an escalation that has come to a rung of theirs.
var ofRungs = []desk.Operation{
	desk.OpGetEscalation, desk.OpAcknowledgeEscalation, desk.OpHoldEscalation, desk.OpResumeEscalation, desk.OpResolveEscalation,
}

// all: they may do it to what is others' too.
func (w walker) all(op desk.Operation) bool {
	return slices.ContainsFunc(w.roles, func(r desk.Role) bool { return desk.Permissions[op][r] == desk.Everything })
}

func (w walker) staff() bool { return !slices.Contains(w.roles, desk.RoleContact) }

// walking is a walker's browser, with what their forms prove themselves by.
type walking struct {
	*browser
	token url.Values
}

// TestConsoleWalk walks every page and form of the console × every role ×
// objects in and out of sight (abuse case B8): what must come out is computed
// from the table of permissions, and a refusal leaves no trace.
func TestConsoleWalk(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	objects := consoleObjects(t, h)
	things, browsers := consoleThings(t, h), map[string]walking{}
	for _, w := range walkers {
		b := signedIn(t, h, "interfacing", w.local)
		browsers[w.local] = walking{b, b.get(t, "/go").form(t, "/sign-out").values}
	}
	walked := 0
	for _, r := range web.Routes() {
		method, path, op := r[0], r[1], desk.Operation(r[2])
		if !strings.HasPrefix(path, "/console") && path != "/go" {
			continue
		}
		walked++
		nobody, object := visitor(t, h, "interfacing"), objectIn(objects, path)
		if v := nobody.send(t, method, "/interfacing"+object.in(path, object.own), nil, ""); method == "GET" && v.status != 303 || method == "POST" && v.status != 401 {
			t.Errorf("%s %s by nobody: %d", method, path, v.status)
		}
		for _, w := range walkers {
			b := browsers[w.local]
			if one, named := thingIn(things, path); named {
				w.tryThing(t, b, method, object.in(path, object.own), op, one)
				continue
			}
			for _, out := range object.out {
				w.try(t, b, method, object.in(path, out), 404)
			}
			w.try(t, b, method, object.in(path, object.own), w.wantedOf(object, method, op))
		}
	}
	if walked < 72 {
		t.Errorf("only %d pages and forms walked", walked)
	}
}

// thing is an object other than a ticket that a page or form of the console
// names: in its path, or in a field.
type thing struct {
	name, field  string // ":provider" in the path; or the address of the form, and the field
	own, foreign string
}

// consoleThings makes one of each, here and at another vendor.
func consoleThings(t *testing.T, h *stack.House) []thing {
	t.Helper()
	provider := func(vendor string) string {
		id := uuid.NewString()
		execute(t, h, `insert into oidc_providers (id, vendor_id, active, name, issuer, client_id, client_secret, version, created_at)
			select $1, id, true, 'Acme', 'https://acme.example', 'casepath', 'sealed', 1, now() from vendors where slug = $2`, id, vendor)
		return id
	}
	delivery := func(vendor string) string {
		return strconv.Itoa(count(t, h, `update outbox set state = 'dead' where id = (select min(o.id) from outbox o join vendors v on v.id = o.vendor_id where v.slug = $1) returning id`, vendor))
	}
	receipt := func(vendor string) string {
		return strconv.Itoa(count(t, h, `update outbox set state = 'dead' where id = (select max(o.id) from outbox o join vendors v on v.id = o.vendor_id
			where v.slug = $1 and receipt_to is not null) returning id`, vendor))
	}
	exclusion := func(vendor string) string {
		return textOf(t, h, `insert into clock_exclusions (id, vendor_id, ticket_id, clock, reason, evidence, asked_by, asked_at)
			select gen_random_uuid(), t.vendor_id, t.id, 'acknowledge', 'walk', 'walk', p.id, now()
			from tickets t join people p on p.vendor_id = t.vendor_id and p.email = 'agent2@' || $1 || '.example' limit 1 returning id`, vendor)
	}
	link := func(vendor string) string {
		return textOf(t, h, `with other as (
				insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
				select gen_random_uuid(), r.vendor_id, r.organization_id, r.requester_id, 'api', r.type, r.severity, r.title, 'x', 'registered', now()
				from tickets r join vendors v on v.id = r.vendor_id where v.slug = $1 order by r.number limit 1 returning *),
			made as (
				insert into tickets (id, vendor_id, number, state, organization_id, requester_id, title, type, severity, registered_at, updated_at, next_due_at)
				select id, vendor_id, 'XX-2026-000001', 'withdrawn', organization_id, requester_id, title, type, severity, now(), now(), '9999-01-01' from other returning *)
			insert into ticket_links (id, vendor_id, from_id, to_id, kind, by_id, at)
			select gen_random_uuid(), m.vendor_id, m.id, (select t.id from tickets t where t.vendor_id = m.vendor_id and t.id <> m.id order by t.number limit 1), 'related', m.requester_id, now()
			from made m returning id`, vendor)
	}
	entry := func(vendor string) string {
		return textOf(t, h, `insert into time_entries (id, vendor_id, ticket_id, person_id, entered_by, activity, day, minutes, billable, at)
			select gen_random_uuid(), t.vendor_id, t.id, p.id, p.id, 'mail', current_date, 5, true, now()
			from tickets t join people p on p.vendor_id = t.vendor_id and p.email = 'agent2@' || $1 || '.example' limit 1 returning id`, vendor)
	}
	vote := func(vendor string) string { // for the feature of the walk
		return textOf(t, h, `insert into feature_votes (id, vendor_id, feature_id, organization_id, person_id, cast_at)
			select gen_random_uuid(), f.vendor_id, f.id, p.organization_id, p.id, now()
			from features f join people p on p.vendor_id = f.vendor_id and p.email = 'jeanne@' || $1 || '.example' returning id`, vendor)
	}
	hook := func(vendor string) string {
		return textOf(t, h, `insert into webhook_endpoints (id, vendor_id, name, url, events, active, secret, owner_id, created_at)
			select gen_random_uuid(), vendor_id, 'Walk', 'https://tracker.example', '{dev_ticket.created}', true, 'sealed', id, now()
			from people where email = 'admin@' || $1 || '.example' returning id`, vendor)
	}
	hooked := func(vendor string) string {
		return textOf(t, h, `with dev as (insert into dev_tickets (id, vendor_id, number, state, title, created_by, created_at, updated_at)
				select gen_random_uuid(), vendor_id, 'DEV-2020-000009', 'refused', 'Walk', id, now(), now() from people where email = 'admin@' || $1 || '.example' returning *),
			effect as (insert into outbox (vendor_id, kind, key, payload, state) select vendor_id, 'webhook', 'walk webhook', '{}', 'dead' from dev returning id)
			insert into webhook_deliveries (id, vendor_id, endpoint_id, effect_id, event, dev_ticket_id, body, created_at)
			select gen_random_uuid(), dev.vendor_id, e.id, effect.id, 'dev_ticket.created', dev.id, '{}', now()
			from dev join webhook_endpoints e on e.vendor_id = dev.vendor_id, effect returning id`, vendor)
	}
	ours, theirs := exclusion("interfacing"), exclusion("posimente")
	return []thing{
		{"/console/tickets/:ticket/time/reverse", "entry", entry("interfacing"), entry("posimente")},
		{"/console/tickets/:ticket/clocks/decide", "exclusion", ours, theirs},
		{"/console/tickets/:ticket/clocks/revoke", "exclusion", ours, theirs},
		{"/console/tickets/:ticket/links/remove", "link", link("interfacing"), link("posimente")},
		{"/console/features/:feature/note", "vote", vote("interfacing"), vote("posimente")},
		{":webhook", "", hook("interfacing"), hook("posimente")},
		{"/console/webhooks/retry", "delivery", hooked("interfacing"), hooked("posimente")},
		{":provider", "", provider("interfacing"), provider("posimente")},
		{"/console/receipts/bounced/dealt-with", "delivery", receipt("interfacing"), receipt("posimente")},
		{"/console/stuck/retry", "delivery", delivery("interfacing"), delivery("posimente")},
	}
}

func thingIn(all []thing, path string) (thing, bool) {
	for _, one := range all {
		if one.name == path || strings.HasPrefix(one.name, ":") && strings.Contains(path, one.name) {
			return one, true
		}
	}
	return thing{}, false
}

// tryThing: one that is not there and one of another vendor are answered with
// the same page, one that is there is refused to whom the table says, and no
// refusal leaves a trace.
func (w walker) tryThing(t *testing.T, b walking, method, path string, op desk.Operation, one thing) {
	t.Helper()
	send := func(id string) (*view, bool) {
		before := traces(t, b.house)
		f := &form{method: strings.ToLower(method), action: "/interfacing" + path}
		if one.field == "" {
			f.action = strings.Replace(f.action, one.name, id, 1)
		}
		if method == http.MethodPost {
			f.values = b.token
		}
		v := b.press(t, f, nil, one.field, id, "name", "Walk", "text", "walk", "reason", "walk", "note", "walk", "version", "1")
		return v, traces(t, b.house) != before
	}
	missing := uuid.NewString()
	if one.field == "delivery" {
		missing = "4611686018427387904"
	}
	want, _ := send(missing)
	got, changed := send(one.foreign)
	if want.status != 404 && want.status != 403 || got.status != want.status || plain(got) != plain(want) || changed {
		t.Errorf("%s %s by %s: missing %d, another vendor's %d, changed %v", method, path, w.local, want.status, got.status, changed)
	}
	got, changed = send(one.own)
	if may := w.may(op) && (op != desk.OpReverseTimeEntry || w.all(op)); may == (got.status == 403 || got.status == 404) || got.status == 401 || got.status >= 500 || !may && changed {
		t.Errorf("%s %s by %s (may: %v): %d, changed %v", method, path, w.local, may, got.status, changed)
	}
}

// try asks for one page or sends one form; want 0 is anything that is no
// refusal of the person. What is refused changes nothing.
func (w walker) try(t *testing.T, b walking, method, path string, want int) {
	t.Helper()
	before := traces(t, b.house)
	f := &form{method: "get", action: "/interfacing" + path}
	if method == http.MethodPost {
		f = &form{method: "post", action: "/interfacing" + path, values: b.token}
	}
	v := b.press(t, f, nil, "text", "walk", "reason", "bug", "level", "1", "severity", "medium", "path", "answer", "reply", "00000000-0000-4000-8000-000000000000",
		"email", "nobody@interfacing.example", "person", "00000000-0000-4000-8000-000000000000")
	switch {
	case want == 0 && (v.status == 401 || v.status == 403 || v.status >= 500 || v.status == 404 && !strings.Contains(path, "cancel-reply")):
		t.Errorf("%s %s by %s, allowed: %d %s", method, path, w.local, v.status, v.text())
	case want != 0 && v.status != want:
		t.Errorf("%s %s by %s: %d, want %d", method, path, w.local, v.status, want)
	case want == 403 || want == 404:
		if after := traces(t, b.house); after != before {
			t.Errorf("%s %s by %s: refused, and rows are written: %s → %s", method, path, w.local, before, after)
		}
	}
}

// traces is how many rows of each table have been written.
func traces(t *testing.T, h *stack.House) string {
	t.Helper()
	return fmt.Sprint(stack.Writes(t, h.Admin))
}
