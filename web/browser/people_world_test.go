package browser_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

// directory gives the world what the pages about people and organizations
// show.
func (w *world) directory(t testing.TB) {
	t.Helper()
	find := func(name, query string, args ...any) {
		var id uuid.UUID
		if err := w.admin.QueryRowContext(t.Context(), query, args...).Scan(&id); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		w.numbers[name] = id.String()
	}
	for name, called := range map[string]string{
		"northern": "Northern Utilities", "partners": "Process Partners", "long-org": longName,
	} {
		find(name, `select o.id from organizations o join vendors v on v.id = o.vendor_id where o.name = $1 and v.slug = $2`, called, vendor)
	}
	for _, local := range []string{"jeanne", "long", "reader", "agent2", "longstaff", "double"} {
		w.numbers["person-"+local] = w.me(t, local).String()
	}
	crowded := w.customer(t, "Crowded Ltd.")
	w.numbers["crowded-org"] = crowded.String()
	w.person(t, "crowd", desk.PersonInput{OrganizationID: &crowded, Name: "Cas Crowd", Authorized: true, SeesOrganization: true})
	w.numbers["empty-org"] = w.customer(t, "Empty Ltd.").String()
	w.exec(t, `update organizations set external_id = $2 where name = $1`, longName, fill("WWWW", desk.NameMax))
	w.exec(t, `update people set roles = '{approver,signatory,statement_receiver}', approval_limit = 123456789, approval_currency = 'CAD',
		absent_until = now() + interval '9 days', invited_at = now(), totp_secret = '\x00' where email = 'long@interfacing.example'`)
	w.exec(t, `insert into people (id, vendor_id, organization_id, name, email, locale, time_zone, roles, authorized, active, invited_at, created_at)
		select gen_random_uuid(), vendor_id, id, 'Contact ' || lpad(i::text, 3, '0'), 'one' || i || '@crowded.example', 'en', 'UTC',
			case i % 3 when 0 then '{approver}'::text[] else '{}' end, i % 2 = 0, i % 5 > 0, now(), now()
		from organizations, generate_series(1, 120) i where name = 'Crowded Ltd.'`)
	team, err := w.Desk.CreateTeam(w.as(t, vendor+"/admin"), "team", desk.TeamInput{Name: longName, Kind: "customer_service", Members: []uuid.UUID{
		w.me(t, "agent"), w.me(t, "longstaff"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.numbers["team"] = team.ID.String()
	find("asked", `select id from access_requests where email = 'nora@new.example'`)
	w.asks(t, "asks", longName, "new", "")
	w.asks(t, "declined", "Dora Declined", "declined", "We do not know Nowhere Ltd.")
}

// asks is a request for access in a state.
func (w *world) asks(t testing.TB, name, called, state, reason string) {
	t.Helper()
	id := uuid.New()
	w.exec(t, `insert into access_requests (id, vendor_id, name, email, organization, message, locale, state, reason, created_at, updated_at)
		select $1, id, $3, $7, $4, $4, 'fr', $5, $6, now(), now() from vendors where slug = $2`, id, vendor, called, longTitle[:190], state, reason, name+"@new.example")
	w.numbers[name] = id.String()
}

// posts is the button of the form that posts to an address.
func posts(action string) string { return `form[method="post"][action$="` + action + `"] button` }

// refusedOrganization has no name that one could read.
func refusedOrganization(_ *world, b *tab) {
	b.unfold("#new-name")
	b.fill("#new-name", " ")
	if status := b.load(b.click(posts("/console/organizations"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("an empty name: %d", status)
	}
}

// refusedContact has no address that mail could reach, and an amount that is
// none.
func refusedContact(_ *world, b *tab) {
	b.unfold("#add-name")
	b.fill("#add-name", longName)
	b.fill("#add-email", "nobody@localhost")
	b.fill("#add-approval_limit", "a lot")
	b.fill("#add-approval_currency", "CAD")
	if status := b.load(b.click(posts("/contacts"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("a contact without an address: %d", status)
	}
}

// staleOrganization was changed by somebody else while it was typed.
func staleOrganization(w *world, b *tab) {
	w.exec(b.t, `update organizations set version = version + 1 where id = $1`, w.at("{empty-org}"))
	b.unfold("#edit-name")
	b.fill("#edit-name", longName[:150])
	b.fill("#edit-external_id", "E-1")
	if status := b.load(b.click(posts(w.at("/console/organizations/{empty-org}")))); status != http.StatusConflict {
		b.t.Errorf("a stale form: %d", status)
	}
}

// stalePerson was changed by somebody else while it was typed.
func stalePerson(w *world, b *tab) {
	w.exec(b.t, `update people set version = version + 1 where email = 'reader@interfacing.example'`)
	b.unfold("#edit-name")
	b.fill("#edit-name", "Lou Writer")
	b.fill("#edit-time_zone", "Europe/Paris")
	b.do(b.click(`#edit-roles input[value="super_user"]`))
	if status := b.load(b.click(posts(w.at("/console/contacts/{person-reader}")))); status != http.StatusConflict {
		b.t.Errorf("a stale form: %d", status)
	}
}

// refusedStaff has an address that somebody has.
func refusedStaff(_ *world, b *tab) {
	b.unfold("#add-name")
	b.fill("#add-name", "Second Agent")
	b.fill("#add-email", "agent@interfacing.example")
	if status := b.load(b.click(posts("/console/staff"))); status != http.StatusConflict {
		b.t.Errorf("an address that is taken: %d", status)
	}
}

// staleTeam was changed by somebody else while it was typed.
func staleTeam(w *world, b *tab) {
	w.exec(b.t, `update teams set version = version + 1 where id = $1`, w.at("{team}"))
	b.unfold("#edit-name")
	b.fill("#edit-name", "First line")
	b.choose("#edit-kind", "support")
	b.do(b.click(`#edit-members input`))
	if status := b.load(b.click(posts(w.at("/console/teams/{team}")))); status != http.StatusConflict {
		b.t.Errorf("a stale form: %d", status)
	}
}

// refusedGrant names an organization that is none.
func refusedGrant(_ *world, b *tab) {
	b.unfold("#grant-name")
	b.fill("#grant-organization_id", "Nowhere Ltd.")
	if status := b.load(b.click(posts("/grant"))); status != http.StatusUnprocessableEntity {
		b.t.Errorf("access to nowhere: %d", status)
	}
}
