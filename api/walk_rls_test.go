package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// TestForeignIDsWithoutChecks is abuse case B8 with our own checks switched
// off: whoever asks reaches everything of their vendor, and what another
// vendor's is stays unknown, since the database answers only for one. It is
// the foreign part of TestPermissions.
func TestForeignIDsWithoutChecks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Desk.Unchecked = true
	others := w.object(t, "ticket", "other's").id
	wants(t, "the checks are off", ask(t, w.House, w.caller(t, "jeanne").token, "GET", "/v1/tickets/"+others, nil), 200, "")
	wants(t, "the checks are off", ask(t, w.House, w.caller(t, "jeanne").token, "GET", "/v1/staff", nil), 200, "")
	tried := 0
	for _, s := range walk {
		t.Run(string(s.op), func(t *testing.T) {
			for _, name := range []string{"jeanne", "partner", "agent", "admin", "foreign jeanne", "foreign admin"} {
				c := w.caller(t, name)
				missing, foreign := w.foreign(c, s)
				if len(foreign) == 0 {
					continue
				}
				before, want := rows(t, w.db), w.ask(t, c.token, s, missing)
				wants(t, name+", missing", want, 404, "not_found")
				for _, o := range foreign {
					same(t, name+", "+o.name, w.ask(t, c.token, s, o), want)
					tried++
				}
				if after := rows(t, w.db); after != before {
					t.Errorf("%s: rows changed: %s → %s", name, before, after)
				}
			}
		})
	}
	if tried < 300 {
		t.Errorf("only %d foreign ids were tried", tried)
	}
	t.Run("ids beside the path", w.foreignBesideThePath)
}

// foreign are the missing object of a step's kind and those of another vendor.
func (w *world) foreign(c caller, s step) (missing object, list []object) {
	for _, o := range w.objects[s.kind] {
		switch {
		case o.notThere && o.vendor == "":
			missing = o
		case o.vendor != c.vendor && !o.notThere:
			list = append(list, o)
		}
	}
	return missing, list
}

func (w *world) foreignBesideThePath(t *testing.T) {
	var foreign []string
	for _, c := range w.callers {
		if c.vendor != "interfacing" {
			foreign = append(foreign, c.id.String(), c.organization.String())
		}
	}
	for _, list := range w.objects {
		for _, o := range list {
			if o.vendor != "interfacing" {
				foreign = append(foreign, o.id, o.number)
			}
		}
	}
	for _, p := range w.places(t) {
		t.Run(string(p.op)+" "+p.field, func(t *testing.T) {
			if p.state != "" {
				execute(t, w.db, `update tickets set state = $1, waiting = '', resume = case $1 when 'waiting_for_customer' then 'triaged' else '' end`, p.state)
			}
			token, before := w.caller(t, p.by).token, rows(t, w.db)
			send := func(id string) (string, any) { return strings.Replace(p.path, "{id}", queryText(id), 1), p.body(id) }
			path, body := send(uuid.NewString())
			missing := ask(t, w.House, token, p.method, path, body)
			for _, id := range p.hidden {
				if slices.Contains(foreign, id) {
					path, body := send(id)
					same(t, id, ask(t, w.House, token, p.method, path, body), missing)
				}
			}
			if after := rows(t, w.db); after != before {
				t.Errorf("rows changed: %s → %s", before, after)
			}
		})
	}
}

// TestListsTellNothing is abuse case B10 as far as lists go: what a filter, an
// order or a count could give away can't be asked for, a place in a list is
// none in another vendor's, and no answer differs by what is out of sight.
func TestListsTellNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	jeanne, admin := w.caller(t, "jeanne"), w.caller(t, "admin")
	for _, s := range walk {
		if s.method != "GET" || !strings.Contains(s.path, "limit=100") {
			continue
		}
		list, _, _ := strings.Cut(s.path, "?")
		for _, query := range []string{
			"filter[internal_note]=~secret", "filter%5Bbody%5D=x", "sort=password_hash", "order=desc", "q=secret", "fields=password_hash", "include=notes",
			"count=true", "total=1", "offset=1", "vendor_id=" + uuid.NewString(), "email=jeanne@interfacing.example",
		} {
			a := ask(t, w.House, admin.token, "GET", list+"?"+query, nil)
			if a.Status != 422 && a.Status != 403 { // 403: a list that is not an administrator's
				t.Errorf("%s?%s: %d %s", list, query, a.Status, a.Raw)
			}
		}
		if a := ask(t, w.House, admin.token, "GET", list, nil); a.Header.Get("ETag") != "" || a.JSON["total"] != nil || a.JSON["count"] != nil {
			t.Errorf("%s counts or marks: %v %s", list, a.Header, a.Raw)
		}
	}
	before := ask(t, w.House, jeanne.token, "GET", "/v1/tickets?limit=100", nil)
	wants(t, "a note", ask(t, w.House, w.caller(t, "agent").token, "POST", "/v1/tickets/"+w.object(t, "ticket", "own").id+"/notes", map[string]any{"text": "secret"}), 201, "")
	w.addTicket(t, "another of the other's", w.caller(t, "olga"), w.caller(t, "olga").organization, nil)
	same(t, "one's list, after a note and another's request", ask(t, w.House, jeanne.token, "GET", "/v1/tickets?limit=100", nil), before)
	place := ask(t, w.House, w.caller(t, "foreign admin").token, "GET", "/v1/staff?limit=1", nil).Text("next")
	a := ask(t, w.House, admin.token, "GET", "/v1/staff?limit=100&cursor="+place, nil)
	for _, o := range w.objects["staff"] {
		if o.vendor == "posimente" && strings.Contains(string(a.Raw), o.id) {
			t.Errorf("a place in another vendor's list shows %s: %s", o.name, a.Raw)
		}
	}
	wants(t, "another vendor's place", a, 200, "")
	if desk.PageMax != 100 {
		t.Error("the longest page is not what the contract says")
	}
}
