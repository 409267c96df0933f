package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// caller is somebody who asks, as the test knows them: their rights are
// computed from the table, not from the product's code.
type caller struct {
	name, vendor     string
	browser          *browser
	token            []string // of their forms, as pairs
	roles            []desk.Role
	id, organization uuid.UUID
	unauthorized     bool // may not register requests
}

// reach is the farthest of the caller's roles in the table.
func (c caller) reach(op desk.Operation) desk.Reach {
	reach := desk.Nothing
	for _, role := range c.roles {
		reach = max(reach, desk.Permissions[op][role])
	}
	return reach
}

func (c caller) staff() bool { return c.organization == uuid.Nil }

// object is something with an id that an address or a form can name.
type object struct {
	name, vendor, id   string
	number             string      // tickets
	organization       uuid.UUID   // whose it is
	partner            uuid.UUID   // of tickets; of organizations: who acts for it
	people             []uuid.UUID // of tickets: requester and contact; of files: the uploader
	ticket             *object     // of files; nil while they hang on nothing
	watcher            uuid.UUID   // of tickets: who watches it
	internal, notThere bool
}

// visible: the caller may know that the object exists.
func (c caller) visible(kind string, o object) bool {
	switch {
	case o.notThere || o.vendor != c.vendor:
		return false
	case kind == "contract":
		return c.staff() || o.organization == c.organization
	case kind == "organization":
		return c.staff() || o.organization == c.organization || o.partner == c.organization
	case kind == "file" && o.ticket == nil:
		return slices.Contains(o.people, c.id)
	case strings.HasPrefix(kind, "authorit") && slices.Contains(c.roles, desk.RoleSignatory) && o.organization == c.organization:
		return true // theirs too who sign
	case kind == "invoice": // as its ticket, but not to who only watches that; and to the organization's approvers
		return c.concerned(o) || slices.Contains(c.roles, desk.RoleApprover) && o.organization == c.organization
	case kind == "file":
		return (c.staff() || !o.internal) && c.visible("ticket", *o.ticket)
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
	case desk.Own, desk.Nothing:
	}
	return slices.Contains(o.people, c.id)
}

// seeing is what somebody may do with a ticket who only watches it.
var seeing = []desk.Operation{desk.OpGetTicket, desk.OpGetHistory, desk.OpGetClocks, desk.OpListComments, desk.OpListWatchers, desk.OpGetServiceRequest, desk.OpDownloadQuote}

// may: the operation on the visible object is the caller's.
func (c caller) may(op desk.Operation, kind string, o object) bool {
	if kind == "authority" && !slices.Contains(desk.Reads, op) {
		return c.mayDecide(op, o)
	}
	if op == desk.OpResendReceipt && !c.staff() {
		return slices.Contains(o.people, c.id)
	}
	return c.reach(op) != desk.Nothing && (kind != "ticket" && kind != "service" || c.concerned(o) || slices.Contains(seeing, op))
}

// mayDecide: it is the caller's to answer the authority, or to take it back.
// None was signed by a partner.
func (c caller) mayDecide(op desk.Operation, o object) bool {
	own := o.organization == c.organization
	switch {
	case c.staff():
		return c.reach(op) == desk.Everything
	case own && slices.Contains(c.roles, desk.RoleSignatory):
		return true
	case op == desk.OpRevokeAuthority:
		return own && slices.Contains(c.roles, desk.RoleSuperUser)
	}
	return !own && slices.Contains(c.roles, desk.RolePartner)
}

// world is a House with callers of every kind and objects of every distance.
// Neither worker nor relay runs: nothing but the requests of the test moves
// anything.
type world struct {
	*stack.House
	callers []caller
	objects map[string][]object // by kind; the first of each is missing
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{House: stack.NewHouse(t, stack.Parts{}), objects: map[string][]object{}}
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
		{"interfacing", "manager", []desk.Role{desk.RoleManager, desk.RoleAgent}},
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
	w.addObjects(t)
	return w
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

// addPeople adds whom the demo has not: a partner's contact who sees only
// their own, and another customer's.
func (w *world) addPeople(t *testing.T) {
	t.Helper()
	accounts := w.Token(t, "interfacing", "accounts")
	made := func(a stack.Answer) stack.Answer {
		t.Helper()
		if a.Status != 201 {
			t.Fatalf("%d %s", a.Status, a.Raw)
		}
		return a
	}
	other := made(w.Ask(t, accounts, "POST", "/v1/organizations", map[string]any{"kind": "customer", "name": "Other Mills"}, "Idempotency-Key", "o"))
	partner := w.Ask(t, w.Token(t, "interfacing", "partner"), "GET", "/v1/me", nil)
	jeanne := w.Ask(t, w.Token(t, "interfacing", "jeanne"), "GET", "/v1/me", nil)
	for local, of := range map[string]string{"olga": other.Text("id"), "partner2": partner.Text("organization_id"), "spare": jeanne.Text("organization_id"), "signs": jeanne.Text("organization_id")} {
		body := map[string]any{"organization_id": of, "name": "Contact " + local, "email": local + "@interfacing.example", "password": stack.Password}
		if local == "olga" {
			body["roles"] = []string{"super_user"}
		}
		if local == "signs" {
			body["roles"] = []string{"signatory"}
		}
		made(w.Ask(t, accounts, "POST", "/v1/contacts", body, "Idempotency-Key", local))
	}
}

func (w *world) addCaller(t *testing.T, vendor, local string, roles []desk.Role) {
	t.Helper()
	c := caller{name: local, vendor: vendor, browser: signedIn(t, w.House, vendor, local), roles: roles, unauthorized: local == "reader"}
	if vendor != "interfacing" {
		c.name = "foreign " + local
	}
	me := w.Ask(t, w.Token(t, vendor, local), "GET", "/v1/me", nil)
	c.id = uuid.MustParse(me.Text("id"))
	c.organization, _ = uuid.Parse(me.Text("organization_id"))
	c.token = []string{"form_token", c.browser.get(t, "").form(t, "/sign-out").values.Get("form_token")}
	w.callers = append(w.callers, c)
}

// addObjects adds tickets and files. The tickets are withdrawn, so that an
// action that is allowed is refused as out of order and nothing waits for an
// engine.
func (w *world) addObjects(t *testing.T) {
	t.Helper()
	jeanne, super, partner, olga := w.caller(t, "jeanne"), w.caller(t, "super"), w.caller(t, "partner"), w.caller(t, "olga")
	foreign, agent := w.caller(t, "foreign jeanne"), w.caller(t, "agent")
	for _, kind := range []string{"ticket", "file", "organization", "request", "contract"} {
		w.objects[kind] = []object{{name: "missing", id: uuid.NewString(), number: "IF-2026-999999", notThere: true}}
	}
	for _, c := range []caller{jeanne, super, partner, olga, foreign} {
		w.objects["request"] = append(w.objects["request"], object{
			name: "request of " + c.name, vendor: c.vendor, organization: c.organization, people: []uuid.UUID{c.id},
			id: addRequest(t, w.House, c.id, "expired"),
		})
	}
	own := w.addTicket(t, "own", jeanne, jeanne.organization, nil)
	w.addTicket(t, "colleague's", super, jeanne.organization, nil)
	w.addTicket(t, "on behalf", partner, jeanne.organization, map[string]any{"organization_id": jeanne.organization, "contact_id": jeanne.id})
	w.addTicket(t, "partner's", partner, partner.organization, nil)
	w.addTicket(t, "other's", olga, olga.organization, nil)
	w.watched(t, "colleague's, watched", super, w.caller(t, "reader"))
	w.addTicket(t, "foreign", foreign, foreign.organization, nil)
	for _, c := range []caller{jeanne, partner, olga, foreign} {
		o := object{name: c.name + "'s", vendor: c.vendor, id: c.organization.String(), organization: c.organization}
		if c.name == "jeanne" {
			o.partner = partner.organization
		}
		w.objects["organization"] = append(w.objects["organization"], o)
		o.id = textOf(t, w.House, `insert into contracts (id, vendor_id, organization_id, plan, reference, from_on, until_on, created_at)
			select gen_random_uuid(), vendor_id, id, 'walk', 'Walk', '2020-01-01', '2020-12-31', now() from organizations where id = $1 returning id`, o.id)
		w.objects["contract"] = append(w.objects["contract"], o)
	}
	for _, c := range []caller{jeanne, agent, foreign} {
		w.objects["file"] = append(w.objects["file"], object{name: c.name + "'s unattached", vendor: c.vendor, id: w.upload(t, c), people: []uuid.UUID{c.id}})
	}
	internal := w.upload(t, agent)
	act(t, w.House, "agent", own.id, "notes", map[string]any{"text": "secret", "files": []string{internal}})
	w.objects["file"] = append(w.objects["file"], object{name: "internal", vendor: "interfacing", id: internal, ticket: &own, internal: true})
	w.addAuthorities(t)
	w.addServices(t)
	for i, o := range w.objects["ticket"] {
		if id := uuid.NewString(); !o.notThere {
			invoices(t, w.House, o.id, id, fmt.Sprintf("INV-2020-%04d", i+1))
			o.id = id
		}
		w.objects["invoice"] = append(w.objects["invoice"], o)
	}
	execute(t, w.House, `update tickets set state = 'withdrawn'`)
}

// addAuthorities has an access authority asked for on every ticket; in an
// address it is named beside its ticket, and beside another it is missing.
func (w *world) addAuthorities(t *testing.T) {
	t.Helper()
	tickets := w.objects["ticket"]
	w.objects["authorities"] = tickets
	list := []object{}
	for i, o := range tickets {
		id := uuid.NewString()
		if !o.notThere {
			asks(t, w.House, o.id, id)
		}
		elsewhere := object{name: "beside " + o.name, vendor: o.vendor, id: tickets[1+i%2].id + "/authorities/" + id, notThere: true}
		o.id += "/authorities/" + id
		if list = append(list, o); !o.notThere && elsewhere.id != o.id {
			list = append(list, elsewhere)
		}
	}
	w.objects["authority"] = list
}

// addServices hangs a service request that is over, with a quote, on every ticket.
func (w *world) addServices(t *testing.T) {
	t.Helper()
	for _, ticket := range w.objects["ticket"] {
		o := ticket
		o.id, o.number = uuid.NewString(), ""
		if !ticket.notThere {
			execute(t, w.House, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, ending, created_by, created_at, updated_at, ended_at)
				select $1, vendor_id, 'SR-2026-' || id, id, 'customization', 'closed', 'completed', requester_id, now(), now(), now() from tickets where id = $2`, o.id, ticket.id)
			execute(t, w.House, `insert into quotes (id, vendor_id, number, version, service_request_id, ticket_id, currency, net, total, lines, taxes, digest, offered_by, offered_at, sender)
				select gen_random_uuid(), vendor_id, 'Q-2026-' || id, 1, $1, id, 'CAD', 100, 100, '[{"text": "x", "quantity": "1", "unit": "100", "net": "100"}]', '[]', 'x', requester_id, now(), '{"name": "x"}' from tickets where id = $2`, o.id, ticket.id)
		}
		w.objects["service"] = append(w.objects["service"], o)
	}
	w.objects["feature"] = []object{{name: "missing", id: uuid.NewString(), notThere: true}}    // likewise
	w.objects["escalation"] = []object{{name: "missing", id: uuid.NewString(), notThere: true}} // those that are there are the console walk's
}

// invoices has an invoice of that id and number for a ticket.
func invoices(t testing.TB, h *stack.House, ticket, id, number string) {
	t.Helper()
	execute(t, h, `insert into invoices (id, vendor_id, kind, number, ticket_id, purpose, organization_id, currency, net, total,
		issued_at, issued_on, due_on, locale, subject, about, bill_to, sender)
		select $1, vendor_id, 'invoice', $3, id, 'work', organization_id, 'CAD', 100, 100, now(), now(), now() + interval '30 days', 'en', title, number, '{"name": "x"}', '{"name": "x"}'
		from tickets where id = $2`, id, ticket, number)
}

// asks has an access authority of that id asked for on a ticket.
func asks(t testing.TB, h *stack.House, ticket, id string) {
	t.Helper()
	execute(t, h, `insert into access_authorities (id, vendor_id, ticket_id, organization_id, system, scopes, reason, asked_by, asked_at, wanted_until)
		select $1, vendor_id, id, organization_id, 'Org', '{read_only}', 'why', requester_id, now(), now() + interval '9 days' from tickets where id = $2`, id, ticket)
}

func (w *world) addTicket(t *testing.T, name string, by caller, whose uuid.UUID, behalf map[string]any) object {
	t.Helper()
	f := w.upload(t, by)
	more := []any{"files", []string{f}}
	o := object{name: name, vendor: by.vendor, organization: whose, people: []uuid.UUID{by.id}}
	if behalf != nil {
		more = append(more, "on_behalf_of", behalf)
		o.partner = by.organization
		o.people = append(o.people, behalf["contact_id"].(uuid.UUID)) //nolint:forcetypeassert // written above
	}
	local := by.name
	if by.vendor != "interfacing" {
		local = "jeanne"
	}
	o.number = registered(t, w.House, by.vendor, local, "Walk past: "+name, more...)
	if err := w.Admin.QueryRowContext(t.Context(), `select id from tickets where number = $1`, o.number).Scan(&o.id); err != nil {
		t.Fatal(err)
	}
	w.objects["ticket"] = append(w.objects["ticket"], o)
	w.objects["file"] = append(w.objects["file"], object{name: "of " + name, vendor: by.vendor, id: f, ticket: &o, people: []uuid.UUID{by.id}})
	return o
}

// watched adds a ticket that somebody else watches.
func (w *world) watched(t *testing.T, name string, by, watcher caller) {
	t.Helper()
	o := w.addTicket(t, name, by, by.organization, nil)
	act(t, w.House, by.name, o.number, "watchers", map[string]any{"person_id": watcher.id})
	for _, list := range w.objects {
		for i := range list {
			switch {
			case list[i].id == o.id:
				list[i].watcher = watcher.id
			case list[i].ticket != nil && list[i].ticket.id == o.id:
				list[i].ticket.watcher = watcher.id
			}
		}
	}
}

// upload keeps a file of the caller's and answers its id.
func (w *world) upload(t testing.TB, c caller) string {
	t.Helper()
	local := c.name
	if c.vendor != "interfacing" {
		local = "jeanne"
	}
	a := w.Ask(t, w.Token(t, c.vendor, local), "POST", "/v1/files?name=walk.txt", "of "+c.name, "Content-Type", "application/octet-stream", "Idempotency-Key", uuid.NewString())
	if a.Status != 201 {
		t.Fatalf("upload: %s", a.Raw)
	}
	return a.Text("id")
}

// addRequest adds a request of somebody's that has no ticket.
func addRequest(t testing.TB, h *stack.House, person uuid.UUID, state string) string {
	t.Helper()
	id := uuid.NewString()
	execute(t, h, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
		select $1, vendor_id, organization_id, id, 'portal', 'bug', 'low', 'Walk past', 'x', $3, now() from people where id = $2`, id, person, state)
	return id
}
