package api_test

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// caller is somebody who asks, as the test knows them: their rights are
// computed from the table, not from the product's code.
type caller struct {
	name, vendor, token string
	roles               []desk.Role
	id, organization    uuid.UUID
	unauthorized        bool
}

// reach is the farthest of the caller's roles in the table.
func (c caller) reach(op desk.Operation) desk.Reach {
	reach := desk.Nothing
	for _, role := range c.roles {
		reach = max(reach, desk.Permissions[op][role])
	}
	return reach
}

// object is something with an id that a request can name.
type object struct {
	name, vendor, id   string
	number             string      // tickets
	organization       uuid.UUID   // whose it is; of tickets, contacts, organizations
	partner            uuid.UUID   // of tickets
	people             []uuid.UUID // of tickets: requester and contact; of files: the uploader
	ticket             *object     // of files; nil while they hang on nothing
	watcher            uuid.UUID   // of tickets: who watches it
	internal, notThere bool
}

// visible: the caller may know that the object exists.
func (c caller) visible(kind string, o object, customers map[uuid.UUID]uuid.UUID) bool {
	if o.notThere || o.vendor != c.vendor {
		return false
	}
	staff := c.organization == uuid.Nil
	switch kind {
	case "bearer", "sign-on":
		return slices.Contains(o.people, c.id)
	case "staff", "team", "provider", "webhook", "webhook delivery", "receipt", "time", "review", "dev", "feature", "collaboration":
		return staff
	case "product", "package", "release", "suggestion":
		return true
	case "access request": // theirs alone who decide
		return c.reach(desk.OpGetAccessRequest) == desk.Everything
	case "contract", "account": // an organization, when it is about what it has agreed
		return staff || o.organization == c.organization
	case "organization", "contact":
		return staff || o.organization == c.organization || customers[c.organization] == o.organization
	case "file":
		if o.ticket == nil {
			return slices.Contains(o.people, c.id)
		}
		return (staff || !o.internal) && c.visible("ticket", *o.ticket, customers)
	case "request":
		return staff || slices.Contains(o.people, c.id) || c.reach(desk.OpGetRequest) == desk.Organization && o.organization == c.organization
	case "invoice": // as its ticket, but not to who only watches that; and to the organization's approvers
		return c.concerned(o) || slices.Contains(c.roles, desk.RoleApprover) && o.organization == c.organization
	case "delivery":
		return c.reach(desk.OpRetryDead) == desk.Everything
	case "authority", "authorities": // theirs too who sign
		if slices.Contains(c.roles, desk.RoleSignatory) && o.organization == c.organization {
			return true
		}
	}
	return o.watcher == c.id || c.concerned(o)
}

// concerned: the ticket is the caller's or their organization's, or they are
// staff.
func (c caller) concerned(o object) bool {
	switch c.reach(desk.OpGetTicket) {
	case desk.Everything:
		return true
	case desk.Organization:
		if o.organization == c.organization || o.partner == c.organization {
			return true
		}
	case desk.Own:
	case desk.Nothing:
		return false
	}
	return slices.Contains(o.people, c.id)
}

// watching is what somebody may do with a ticket who only watches it.
var watching = []desk.Operation{
	desk.OpGetTicket, desk.OpGetHistory, desk.OpGetClocks, desk.OpListComments, desk.OpListWatchers, desk.OpListLinks,
	desk.OpListServiceRequestsOf, desk.OpGetServiceRequest, desk.OpDownloadQuote, desk.OpListDevTicketsOf, desk.OpGetTicketFeature,
}

// may: the operation on the visible object is the caller's.
func (c caller) may(op desk.Operation, kind string, o object) bool {
	if kind == "authority" && !slices.Contains(desk.Reads, op) {
		return c.mayDecide(op, o)
	}
	if op == desk.OpResendReceipt && c.organization != uuid.Nil {
		return slices.Contains(o.people, c.id)
	}
	return c.reach(op) != desk.Nothing && (kind != "time" || c.undoes(o)) &&
		(kind != "ticket" && kind != "service" || c.concerned(o) || slices.Contains(watching, op))
}

// world is a House with callers of every role and objects of every distance.
type world struct {
	*stack.House
	db        *sql.DB
	callers   []caller
	strangers map[string]string // no caller: name → token
	objects   map[string][]object
	customers map[uuid.UUID]uuid.UUID // partner → linked customer
	spare     uuid.UUID               // a contact of jeanne's organization who never asks
}

func (w *world) caller(t testing.TB, name string) caller {
	t.Helper()
	for _, c := range w.callers {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no caller %s", name)
	return caller{}
}

func (w *world) object(t testing.TB, kind, name string) object {
	t.Helper()
	for _, o := range w.objects[kind] {
		if o.name == name {
			return o
		}
	}
	t.Fatalf("no %s %s", kind, name)
	return object{}
}

// newWorld fills a House that has neither worker nor relay: nothing but the
// requests of the test moves anything.
func newWorld(t *testing.T) *world {
	w := &world{House: stack.NewHouse(t, stack.Parts{}), objects: map[string][]object{}, customers: map[uuid.UUID]uuid.UUID{}}
	w.db = database(t, w.House)
	w.addPeople(t)
	for _, c := range []struct {
		vendor, local string
		roles         []desk.Role
	}{
		{"interfacing", "jeanne", []desk.Role{desk.RoleContact}},
		{"interfacing", "reader", []desk.Role{desk.RoleContact}},
		{"interfacing", "super", []desk.Role{desk.RoleContact, desk.RoleSuperUser}},
		{"interfacing", "partner", []desk.Role{desk.RoleContact, desk.RoleSuperUser, desk.RolePartner}},
		{"interfacing", "partner2", []desk.Role{desk.RoleContact, desk.RolePartner}},
		{"interfacing", "olga", []desk.Role{desk.RoleContact, desk.RoleSuperUser}},
		{"interfacing", "agent", []desk.Role{desk.RoleAgent}},
		{"interfacing", "chief", []desk.Role{desk.RoleManager}},
		{"interfacing", "accounts", []desk.Role{desk.RoleAccountManager}},
		{"interfacing", "qa", []desk.Role{desk.RoleQA}},
		{"interfacing", "dev", []desk.Role{desk.RoleDeveloper}},
		{"interfacing", "product", []desk.Role{desk.RoleProductManager}},
		{"interfacing", "trainer", []desk.Role{desk.RoleTrainer}},
		{"interfacing", "billing", []desk.Role{desk.RoleBilling}},
		{"interfacing", "admin", []desk.Role{desk.RoleAdmin}},
		{"posimente", "jeanne", []desk.Role{desk.RoleContact}},
		{"posimente", "agent", []desk.Role{desk.RoleAgent}},
		{"posimente", "admin", []desk.Role{desk.RoleAdmin}},
		{"interfacing", "signs", []desk.Role{desk.RoleContact, desk.RoleSignatory}},
	} {
		w.addCaller(t, c.vendor, c.local, c.roles)
	}
	w.addStrangers(t)
	w.addObjects(t)
	return w
}

// addPeople adds whom the demo has not: a manager who is nothing else, a
// partner contact who sees only their own, and another customer's contact.
func (w *world) addPeople(t *testing.T) {
	t.Helper()
	admin := w.Token(t, "interfacing", "admin")
	accounts := w.Token(t, "interfacing", "accounts")
	wants(t, "add manager", ask(t, w.House, admin, "POST", "/v1/staff", map[string]any{
		"name": "Chris Chief", "email": "chief@interfacing.example", "roles": []string{"manager"}, "password": stack.Password,
	}), 201, "")
	other := ask(t, w.House, accounts, "POST", "/v1/organizations", map[string]any{"kind": "customer", "name": "Other Mills"})
	partner := ask(t, w.House, w.Token(t, "interfacing", "partner"), "GET", "/v1/me", nil)
	for _, c := range []map[string]any{
		{"organization_id": other.Text("id"), "name": "Olga Other", "email": "olga@interfacing.example", "roles": []string{"super_user"}},
		{"organization_id": partner.Text("organization_id"), "name": "Pia Roy", "email": "partner2@interfacing.example"},
		{"organization_id": me(t, w.House, "jeanne").Text("organization_id"), "name": "Sig Natory", "email": "signs@interfacing.example", "roles": []string{"signatory"}},
		{"organization_id": me(t, w.House, "jeanne").Text("organization_id"), "name": "Sol Spare", "email": "spare@interfacing.example"},
	} {
		c["password"] = stack.Password
		a := ask(t, w.House, accounts, "POST", "/v1/contacts", c)
		wants(t, "add contact", a, 201, "")
		w.spare = uuid.MustParse(a.Text("id"))
	}
}

func (w *world) addCaller(t *testing.T, vendor, local string, roles []desk.Role) {
	t.Helper()
	c := caller{name: local, vendor: vendor, token: w.Token(t, vendor, local), roles: roles, unauthorized: local == "reader"}
	if vendor != "interfacing" {
		c.name = "foreign " + local
	}
	me := ask(t, w.House, c.token, "GET", "/v1/me", nil)
	c.id = uuid.MustParse(me.Text("id"))
	c.organization, _ = uuid.Parse(me.Text("organization_id"))
	if got := fmt.Sprint(me.JSON["roles"]); got != fmt.Sprint(roles) {
		t.Errorf("%s says to be %s, is %v", c.name, got, roles)
	}
	w.callers = append(w.callers, c)
}

// addStrangers makes the secrets nobody is known by (any more).
func (w *world) addStrangers(t *testing.T) {
	t.Helper()
	secret := func(life time.Duration) string {
		agent, err := w.Desk.ByEmail(t.Context(), "interfacing", "agent@interfacing.example")
		if err != nil {
			t.Fatal(err)
		}
		s, _, err := w.Desk.CreateToken(t.Context(), agent, "test", life)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	revoked := secret(time.Hour)
	wants(t, "revoke", ask(t, w.House, revoked, "DELETE", "/v1/sessions/current", nil), 204, "")
	w.strangers = map[string]string{"nobody": "", "revoked": revoked, "expired": secret(-time.Second), "garbage": "cps_interfacing_x"}
}

// addObjects adds tickets, files, organizations and contacts. The tickets are
// withdrawn, so that an action that is allowed is refused as out of order and
// nothing waits for an engine.
func (w *world) addObjects(t *testing.T) {
	t.Helper()
	jeanne, super, partner, olga := w.caller(t, "jeanne"), w.caller(t, "super"), w.caller(t, "partner"), w.caller(t, "olga")
	agent, foreign, foreignAgent := w.caller(t, "agent"), w.caller(t, "foreign jeanne"), w.caller(t, "foreign agent")
	w.customers[partner.organization] = jeanne.organization
	behalf := map[string]any{"organization_id": jeanne.organization, "contact_id": jeanne.id}
	own := w.addTicket(t, "own", jeanne, jeanne.organization, nil)
	reader := w.caller(t, "reader")
	w.addTicket(t, "colleague's, watched", super, jeanne.organization, nil, reader.id)
	w.addTicket(t, "on behalf, named", partner, jeanne.organization, behalf)
	w.addTicket(t, "on behalf", partner, jeanne.organization, map[string]any{"organization_id": jeanne.organization})
	w.addTicket(t, "partner's", partner, partner.organization, nil)
	w.addTicket(t, "other's", olga, olga.organization, nil)
	w.addTicket(t, "foreign", foreign, foreign.organization, nil)
	missing := object{name: "missing", id: uuid.NewString(), number: "IF-2026-999999", notThere: true}
	for _, c := range []caller{jeanne, agent, foreign, foreignAgent} {
		f := w.upload(t, c.token, c.name+".txt")
		w.objects["file"] = append(w.objects["file"], object{name: c.name + "'s unattached", vendor: c.vendor, id: f, people: []uuid.UUID{c.id}})
	}
	internal := w.upload(t, agent.token, "internal.txt")
	wants(t, "note", ask(t, w.House, agent.token, "POST", "/v1/tickets/"+own.id+"/notes", map[string]any{"text": "secret", "files": []string{internal}}), 201, "")
	w.objects["file"] = append(w.objects["file"], object{name: "internal", vendor: "interfacing", id: internal, ticket: &own, internal: true})
	for _, c := range []caller{jeanne, partner, olga, foreign, agent} {
		w.objects["contact"] = append(w.objects["contact"], object{name: c.name, vendor: c.vendor, id: c.id.String(), organization: c.organization, notThere: c.organization == uuid.Nil})
		if c.organization != uuid.Nil {
			w.objects["organization"] = append(w.objects["organization"], object{name: c.name + "'s", vendor: c.vendor, id: c.organization.String(), organization: c.organization})
		}
	}
	for _, c := range []caller{agent, w.caller(t, "admin"), foreignAgent, jeanne} {
		w.objects["staff"] = append(w.objects["staff"], object{name: c.name, vendor: c.vendor, id: c.id.String(), notThere: c.organization != uuid.Nil})
	}
	for _, c := range []caller{w.caller(t, "admin"), w.caller(t, "foreign admin")} {
		a := ask(t, w.House, c.token, "POST", "/v1/teams", map[string]any{"name": "Support", "kind": "support", "members": []uuid.UUID{c.id}})
		wants(t, "team", a, 201, "")
		w.objects["team"] = append(w.objects["team"], object{name: c.vendor + "'s", vendor: c.vendor, id: a.Text("id")})
	}
	w.addReleases(t)
	w.addBearers(t)
	w.addProviders(t)
	w.addWebhooks(t)
	for _, c := range []caller{jeanne, super, partner, olga, foreign} {
		w.addRequest(t, c)
	}
	for _, vendor := range []string{"interfacing", "posimente"} {
		wants(t, "ask for access", ask(t, w.House, "", "POST", "/v1/access-requests", map[string]any{
			"vendor": vendor, "name": "Nina New", "email": "nina@walk.example", "organization": "Nobody's",
		}), 202, "")
		var id string
		if err := w.db.QueryRow(`select r.id from access_requests r join vendors v on v.id = r.vendor_id where v.slug = $1`, vendor).Scan(&id); err != nil {
			t.Fatal(err)
		}
		w.objects["access request"] = append(w.objects["access request"], object{name: vendor + "'s", vendor: vendor, id: id})
	}
	w.addContracts(t)
	for _, kind := range []string{"ticket", "file", "contract", "account", "organization", "contact", "staff", "team", "product", "package", "release", "bearer", "access request", "provider", "webhook", "sign-on", "request"} {
		w.objects[kind] = append([]object{missing}, w.objects[kind]...)
	}
	w.addDeliveries(t)
	w.addAuthorities(t)
	w.addTime(t)
	w.addInvoices(t)
	execute(t, w.db, `update tickets set state = 'withdrawn'`)
	w.addBreaches(t)
	w.addLinks(t)
	w.addServices(t)
	w.addDevelopment(t)
	w.addFeatures(t)
}

// addDeliveries adds a delivery and a receipt that were given up at each
// vendor, and ones that are not there.
func (w *world) addDeliveries(t *testing.T) {
	t.Helper()
	for kind, query := range map[string]string{
		"delivery": `insert into outbox (vendor_id, kind, key, payload, state) select id, 'mail', 'walk', '{}', 'dead' from vendors where slug = $1 returning id`,
		"receipt": `update outbox set state = 'dead' where id = (select max(o.id) from outbox o join vendors v on v.id = o.vendor_id
			where v.slug = $1 and receipt_to is not null) returning id`,
	} {
		w.objects[kind] = []object{{name: "missing", id: "999999999", notThere: true}}
		for _, vendor := range []string{"interfacing", "posimente"} {
			var id int64
			if err := w.db.QueryRowContext(t.Context(), query, vendor).Scan(&id); err != nil {
				t.Fatal(err)
			}
			w.objects[kind] = append(w.objects[kind], object{name: "of " + vendor, vendor: vendor, id: fmt.Sprint(id)})
		}
	}
}

// addProviders adds a company's sign-on to both vendors, and links it to
// jeanne and agent of each.
func (w *world) addProviders(t *testing.T) {
	t.Helper()
	for _, vendor := range []string{"interfacing", "posimente"} {
		id := uuid.NewString()
		execute(t, w.db, `insert into oidc_providers (id, vendor_id, name, issuer, client_id, client_secret, created_at)
			select $1, id, 'Company', 'https://login.' || slug || '.example', 'x', 'x', now() from vendors where slug = $2`, id, vendor)
		o := object{name: vendor + "'s", vendor: vendor, id: id}
		w.objects["provider"] = append(w.objects["provider"], o)
		for _, name := range []string{"jeanne", "agent"} {
			execute(t, w.db, `insert into oidc_accounts select p.vendor_id, s.issuer, p.id::text, p.id, now() from people p
				join oidc_providers s on s.vendor_id = p.vendor_id where s.id = $1 and p.email like $2 || '@%'`, id, name)
			if vendor != "interfacing" {
				name = "foreign " + name
			}
			o.people = append(o.people, w.caller(t, name).id)
		}
		w.objects["sign-on"] = append(w.objects["sign-on"], o)
	}
}

// addTicket registers a request with a file, and has somebody watch it.
func (w *world) addTicket(t *testing.T, name string, by caller, whose uuid.UUID, behalf map[string]any, watcher ...uuid.UUID) object {
	t.Helper()
	f := w.upload(t, by.token, name+".txt")
	body := map[string]any{"type": "bug", "severity": "medium", "title": "Export stops: " + name, "body": "It ends.", "files": []string{f}}
	if by.vendor == "posimente" {
		body["type"] = "technical"
	}
	o := object{name: name, vendor: by.vendor, organization: whose, people: []uuid.UUID{by.id}}
	if behalf != nil {
		body["on_behalf_of"], o.partner = behalf, by.organization
		if contact, named := behalf["contact_id"]; named {
			o.people = append(o.people, contact.(uuid.UUID)) //nolint:forcetypeassert // written above
		} else {
			o.people = append(o.people, w.caller(t, "super").id)
		}
	}
	a := ask(t, w.House, by.token, "POST", "/v1/tickets", body)
	wants(t, "register "+name, a, 201, "")
	o.id, o.number = a.Text("id"), a.Text("number")
	for _, o.watcher = range watcher {
		wants(t, "watch "+name, ask(t, w.House, by.token, "POST", "/v1/tickets/"+o.id+"/watchers", map[string]any{"person_id": o.watcher}), 200, "")
	}
	w.objects["ticket"] = append(w.objects["ticket"], o)
	w.objects["file"] = append(w.objects["file"], object{name: "of " + name, vendor: by.vendor, id: f, ticket: &o, people: []uuid.UUID{by.id}})
	return o
}

func (w *world) upload(t testing.TB, token, name string) string {
	t.Helper()
	return upload(t, w.House, token, name, "content of "+name)
}

// upload keeps a file and answers its id.
func upload(t testing.TB, h *stack.House, token, name string, content any) string {
	t.Helper()
	a := ask(t, h, token, "POST", "/v1/files?name="+queryText(name), content, "Content-Type", "application/octet-stream")
	wants(t, "upload "+name, a, 201, "")
	return a.Text("id")
}
