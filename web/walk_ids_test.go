package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// named is one place beside the path in which a page or form takes an id: as
// who, and which ids there may not be told from a missing one.
type named struct {
	by, route, field string
	fields           []string // besides, pairs
	hidden           []string
	status           int
}

// idsBesideThePath puts ids of others into addresses and forms: the answer is
// that to a missing id, and nothing happens.
func (w *world) idsBesideThePath(t *testing.T) {
	who := func(name string) string { return w.caller(t, name).id.String() }
	whose := func(name string) string { return w.caller(t, name).organization.String() }
	tickets := func(names ...string) (ids []string) {
		for _, name := range names {
			o := w.object(t, "ticket", name)
			ids = append(ids, o.id, o.number)
		}
		return ids
	}
	own := w.object(t, "ticket", "own").id
	var files []string
	for _, o := range w.objects["file"] {
		if o.name != "jeanne's unattached" && !o.notThere {
			files = append(files, o.id)
		}
	}
	reader := textOf(t, w.House, `select id from people where email = 'reader@interfacing.example'`)
	version := textOf(t, w.House, `select version from people where id = $1`, reader) // the walk has changed them
	notStaff := []string{who("foreign agent"), who("jeanne")}
	notJeannes := tickets("colleague's", "partner's", "other's", "foreign")
	for _, p := range []named{
		{"jeanne", "GET /register", "follow", nil, notJeannes, 404},
		{"jeanne", "POST /register", "follow", []string{"type", "bug"}, notJeannes, 404},
		{"jeanne", "POST /register/not-needed", "solved_by", nil, notJeannes, 404},
		{"jeanne", "POST /tickets/" + own + "/unwatch", "person", nil, []string{who("agent"), who("super"), who("foreign jeanne")}, 200},
		{
			"agent", "POST /console/tickets/" + own + "/accesses", "authority_id",
			[]string{"scope", "read_only", "text", "walk"},
			append(tickets("own"), strings.Split(w.object(t, "authority", "foreign").id, "/")[2], strings.Split(w.object(t, "authority", "colleague's").id, "/")[2]), 422,
		},
		{"agent", "POST /console/tickets/" + own + "/time/reverse", "entry", []string{"reason", "walk"}, tickets("own", "foreign"), 404},
		{"jeanne", "POST /watching/end", "ticket", nil, append(tickets("colleague's, watched"), notJeannes...), 200},
		{"jeanne", "POST /drafts", "about", []string{"kind", "reply", "text", "x"}, notJeannes, 404},
		{
			"jeanne", "POST /service-requests/" + w.object(t, "service", "own").id + "/support-choice", "choice", nil,
			[]string{whose("foreign jeanne"), whose("olga"), whose("jeanne"), who("jeanne")},
			422,
		},
		{"super", "POST /drafts", "about", []string{"kind", "reply", "text", "x"}, tickets("partner's", "other's", "foreign"), 404},
		{"jeanne", "GET /register", "on_behalf", nil, []string{whose("foreign jeanne"), whose("olga"), whose("partner")}, 200},
		{"partner", "GET /register", "on_behalf", nil, []string{whose("foreign jeanne"), whose("olga")}, 200},
		{"partner", "POST /register", "on_behalf", []string{"type", "bug"}, []string{whose("foreign jeanne"), whose("olga")}, 422},
		{
			"partner", "POST /register", "contact",
			[]string{"type", "bug", "on_behalf", whose("jeanne")},
			[]string{who("foreign jeanne"), who("olga"), who("agent"), who("partner")},
			422,
		},
		{"jeanne", "POST /register/evidence", "file", nil, files, 200},
		{"jeanne", "POST /tickets/" + own + "/comment", "file", []string{"text", "with a file"}, files, 422},
		{"jeanne", "GET /tickets", "person", []string{"status", "all"}, []string{who("super"), who("partner2"), who("olga"), who("foreign jeanne"), who("agent")}, 200},
		{"jeanne", "GET /tickets", "customer", []string{"status", "all"}, []string{whose("olga"), whose("foreign jeanne")}, 200},
		{"partner", "GET /tickets", "customer", []string{"status", "all"}, []string{whose("olga"), whose("foreign jeanne")}, 200},
		{"jeanne", "GET /tickets", "q", []string{"status", "all"}, notJeannes, 200},
		{"jeanne", "GET /tickets.csv", "q", nil, notJeannes, 200},
		{"jeanne", "GET /tickets/" + own + "/news", "comment", []string{"version", "1"}, []string{who("super")}, 200},
		{"accounts", "POST /console/organizations", "account_manager_id", []string{"name", "Walk", "kind", "customer"}, append(notStaff, who("agent")), 422},
		{
			"accounts", "POST /console/organizations/" + whose("jeanne"), "account_manager_id",
			[]string{"name", "Walk", "version", "1"},
			append(notStaff, who("agent")), 422,
		},
		{"accounts", "POST /console/organizations/" + whose("partner") + "/customers", "customer_id", nil, []string{whose("foreign jeanne")}, 422},
		{"accounts", "POST /console/organizations/" + whose("partner") + "/customers/unlink", "customer_id", nil, []string{whose("foreign jeanne"), whose("olga")}, 200},
		{
			"accounts", "POST /console/contacts/" + reader, "delegate_id",
			[]string{"name", "Walk", "email", "reader@interfacing.example", "active", "1", "roles", "approver", "version", version},
			[]string{who("foreign jeanne"), who("olga"), who("super"), who("agent"), reader},
			422,
		},
		{"admin", "POST /console/teams", "members", []string{"name", "Walk", "kind", "support"}, notStaff, 422},
	} {
		t.Run(p.by+" "+strings.ReplaceAll(p.route, "/", "_")+" "+p.field, func(t *testing.T) { w.tryIDs(t, p) })
	}
}

func (w *world) tryIDs(t *testing.T, p named) {
	c := w.caller(t, p.by)
	method, path, _ := strings.Cut(p.route, " ")
	send := func(id string) *view {
		f := &form{method: strings.ToLower(method), action: "/" + c.vendor + path, values: url.Values{}}
		pairs := append([]string{p.field, id}, p.fields...)
		if method == "POST" {
			pairs = append(pairs, append([]string{"form_key", uuid.NewString()}, c.token...)...)
		}
		return c.browser.submit(t, f, pairs...)
	}
	missing := uuid.NewString()
	if p.field == "q" {
		missing = "IF-2026-999999"
	}
	want := send(missing)
	if want.status != p.status {
		t.Fatalf("missing: %d, want %d:\n%s", want.status, p.status, want.text())
	}
	kept := slices.DeleteFunc(slices.Clone(watched), func(table string) bool { return table == "drafts" && p.status != 404 }) // a step keeps what was typed
	before := rows(t, w.House, kept...)
	for _, id := range p.hidden {
		if got := send(id); got.status != want.status || plain(got) != plain(want) {
			t.Errorf("%s is told from a missing one: %d\n%s\n%s", id, got.status, plain(got), plain(want))
		}
	}
	unchanged(t, w.House, p.by, before)
}
