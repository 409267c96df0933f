package api_test

import (
	"testing"

	"github.com/google/uuid"
)

// addRequest adds a request that has expired, so that whatever is done to it is
// refused as over.
func (w *world) addRequest(t *testing.T, c caller) {
	t.Helper()
	id := uuid.NewString()
	execute(t, w.db, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
		select $1, vendor_id, organization_id, id, 'api', 'bug', 'low', 'Walk past', 'x', 'expired', now() from people where id = $2`, id, c.id)
	w.objects["request"] = append(w.objects["request"], object{name: "request of " + c.name, vendor: c.vendor, id: id, organization: c.organization, people: []uuid.UUID{c.id}})
}

// addReleases adds a product with a package and its release to both vendors.
func (w *world) addReleases(t *testing.T) {
	t.Helper()
	for _, c := range []caller{w.caller(t, "admin"), w.caller(t, "foreign admin")} {
		path := "/v1/products"
		for _, one := range []struct {
			kind, below string
			body        map[string]any
		}{
			{"product", "packages", map[string]any{"name": "Suite"}},
			{"package", "releases", map[string]any{"name": "Base"}},
			{"release", "", map[string]any{"number": "8.3", "released_on": "2026-01-31"}},
		} {
			a := ask(t, w.House, c.token, "POST", path, one.body)
			wants(t, one.kind, a, 201, "")
			w.objects[one.kind] = append(w.objects[one.kind], object{name: c.vendor + "'s", vendor: c.vendor, id: a.Text("id")})
			path = "/v1/" + one.kind + "s/" + a.Text("id") + "/" + one.below
		}
	}
}

// addContracts adds one of each organization's, from before any ticket. There is
// no policy pack: a contract can be read and not be written.
func (w *world) addContracts(t *testing.T) {
	t.Helper()
	w.objects["account"] = w.objects["organization"]
	for _, o := range w.objects["organization"] {
		id := uuid.NewString()
		execute(t, w.db, `insert into contracts (id, vendor_id, organization_id, plan, reference, from_on, until_on, created_at)
			select $1, vendor_id, id, 'walk', 'Of ' || name, '2020-01-01', '2020-12-31', now() from organizations where id = $2`, id, o.id)
		execute(t, w.db, `insert into statements (vendor_id, organization_id, iso_week, outcome, scheduled_at, decided_at, snapshot)
			select vendor_id, id, '2026-W48', 'sent', now(), now(), '{}' from organizations where id = $1`, o.id)
		w.objects["contract"] = append(w.objects["contract"], object{name: "of " + o.name, vendor: o.vendor, id: id, organization: o.organization})
	}
}

// addBearers makes a token of every caller.
func (w *world) addBearers(t *testing.T) {
	t.Helper()
	for _, c := range w.callers {
		a := ask(t, w.House, c.token, "POST", "/v1/me/tokens", map[string]any{"name": "of " + c.name, "scope": "all", "days": 1})
		wants(t, "token of "+c.name, a, 201, "")
		w.objects["bearer"] = append(w.objects["bearer"], object{name: c.name + "'s token", vendor: c.vendor, id: a.Text("bearer", "id"), people: []uuid.UUID{c.id}})
	}
}
