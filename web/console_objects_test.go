package web_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/procedures/stack"
)

// consoleObject is what a parameter of the console's paths can name.
type consoleObject struct {
	parameter string            // "" for the paths that have none
	own       string            // one of the walkers' vendor
	out       []string          // out of everybody's sight: missing, another vendor's
	seen      func(walker) bool // by whom; nil for none
}

// in is the path with an id in it.
func (o consoleObject) in(path, id string) string {
	if o.parameter == "" {
		return path
	}
	return strings.Replace(path, o.parameter, id, 1)
}

func objectIn(all []consoleObject, path string) consoleObject {
	for _, o := range all {
		if strings.Contains(path+"/", o.parameter+"/") {
			return o
		}
	}
	return consoleObject{}
}

// wantedOf is the status of a page or form, about the object if it names one;
// 0 is anything that is no refusal of the person.
func (w walker) wantedOf(o consoleObject, method string, op desk.Operation) int {
	switch {
	case o.seen != nil && !o.seen(w):
		return http.StatusNotFound
	case !w.may(op), op == desk.OpResendReceipt && !w.staff() && w.local != "jeanne": // who got it has it sent again
		return http.StatusForbidden
	case op == desk.OpListInvoices && !w.staff(): // they have a list of their own
		return http.StatusSeeOther
	case o.seen == nil && method == http.MethodGet:
		return http.StatusOK
	}
	return 0 // what it comes to is others' to test
}

// consoleObjects adds one of each to two vendors. The people are nobody's
// browser, so that what ends their access ends no walk.
func consoleObjects(t *testing.T, h *stack.House) []consoleObject {
	t.Helper()
	number := ask(t, h, "jeanne", "Export stops at page two")
	foreign := h.Ask(t, h.Token(t, "posimente", "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": "technical", "severity": "low", "title": "Export stops at page two", "body": "It ends.",
	})
	execute(t, h, `update tickets set state = 'withdrawn'`) // what is allowed is out of order, and waits for no engine
	id := func(query string, args ...any) string { return textOf(t, h, query, args...) }
	person := func(vendor, local string) string {
		return id(`select id from people where email = $1`, local+"@"+vendor+".example")
	}
	customer := func(vendor string) string {
		return id(`select organization_id from people where email = $1`, "jeanne@"+vendor+".example")
	}
	both := func(of func(vendor string) string) (own string, out []string) {
		return of("interfacing"), []string{uuid.NewString(), of("posimente"), "nonsense"}
	}
	team := func(vendor string) string {
		a := h.Ask(t, h.Token(t, vendor, "admin"), "POST", "/v1/teams", map[string]any{"name": "Walkers", "kind": "support", "members": []string{}}, "Idempotency-Key", "w")
		return a.Text("id")
	}
	released := func(what string) func(vendor string) string {
		return func(vendor string) string {
			path := "/v1/products"
			for _, one := range []struct {
				what, below string
				body        map[string]any
			}{
				{"products", "packages", map[string]any{"name": "Suite " + what}},
				{"packages", "releases", map[string]any{"name": "Base " + what}},
				{"releases", "", map[string]any{"number": "8.3", "released_on": "2026-01-31"}},
			} {
				made := h.Ask(t, h.Token(t, vendor, "admin"), "POST", path, one.body)
				if one.what == what {
					return made.Text("id")
				}
				path = "/v1/" + one.what + "/" + made.Text("id") + "/" + one.below
			}
			return ""
		}
	}
	access := func(vendor string) string {
		email := "walker@" + vendor + ".test"
		h.Ask(t, "", "POST", "/v1/access-requests", map[string]any{"vendor": vendor, "name": "Wim Walker", "email": email, "organization": "Walkers"})
		return id(`select id from access_requests where email = $1`, email)
	}
	contract := func(vendor string) string {
		return id(`insert into contracts (id, vendor_id, organization_id, plan, reference, from_on, created_at)
			select gen_random_uuid(), vendor_id, id, 'walk', 'Walk', '2020-01-01', now() from organizations where id = $1 returning id`, customer(vendor))
	}
	everybody := func(walker) bool { return true } // the customer, its partner and staff
	authority := func(ticket string) string {
		a := uuid.NewString()
		asks(t, h, id(`select id from tickets where number = $1`, ticket), a)
		return ticket + "/authorities/" + a
	}
	insight := func(w walker) bool { return w.local != "partner" }
	own, out := authority(number), authority(foreign.Text("number"))
	all := []consoleObject{{":ticket/authorities/:authority", own, []string{
		number + "/authorities/" + uuid.NewString(), out, number + out[strings.Index(out, "/"):], number + "/authorities/nonsense", "IF-2026-999999" + own[strings.Index(own, "/"):],
	}, insight}}
	invoice := func(ticket, number string) string {
		one := uuid.NewString()
		invoices(t, h, id(`select id from tickets where number = $1`, ticket), one, number)
		return one
	}
	all = append(all, consoleObject{":invoice", invoice(number, "INV-2020-0001"), []string{
		uuid.NewString(), invoice(foreign.Text("number"), "INV-2020-0002"), "INV-2020-0002", "INV-2020-0001.pdf",
	}, insight})
	all = append(all, consoleObject{":ticket", number, []string{"IF-2026-999999", foreign.Text("number"), foreign.Text("id")}, insight})
	for _, o := range []struct {
		parameter string
		of        func(vendor string) string
		seen      func(walker) bool
	}{
		{":organization", customer, everybody},
		{":contract", contract, func(w walker) bool { return w.local != "partner" }},
		{":contact", func(vendor string) string { return person(vendor, "reader") }, everybody},
		{":member", func(vendor string) string { return person(vendor, "agent2") }, walker.staff},
		{":team", team, walker.staff},
		{":request", func(vendor string) string {
			return addRequest(t, h, uuid.MustParse(person(vendor, "jeanne")), "expired")
		}, func(w walker) bool { return w.local != "partner" }},
		{":service", func(vendor string) string { return serviceOf(t, h, vendor) }, insight},
		{":review", func(vendor string) string { return reviewOf(t, h, vendor) }, walker.staff},
		{":escalation", func(vendor string) string { return escalationOf(t, h, vendor) }, func(w walker) bool { return w.may(desk.OpGetEscalation) && w.local != "partner" }},
		{":question", func(vendor string) string { return questionOf(t, h, vendor) }, walker.staff},
		{":dev", func(vendor string) string { return devOf(t, h, vendor) }, walker.staff},
		{":feature", func(vendor string) string { return featureOf(t, h, vendor) }, walker.staff},
		{":product", released("products"), everybody},
		{":package", released("packages"), everybody},
		{":release", released("releases"), everybody},
		{":access", access, func(w walker) bool { return w.may(desk.OpGetAccessRequest) }},
	} {
		own, out := both(o.of)
		all = append(all, consoleObject{o.parameter, own, out, o.seen})
	}
	return all
}

// serviceOf hangs a service request that is over on a ticket of jeanne's.
func serviceOf(t testing.TB, h *stack.House, vendor string) string {
	t.Helper()
	return textOf(t, h, `insert into service_requests (id, vendor_id, number, ticket_id, path, state, ending, created_by, created_at, updated_at, ended_at)
		select gen_random_uuid(), t.vendor_id, 'SR-2026-' || t.id, t.id, 'service_request', 'closed', 'completed', t.requester_id, now(), now(), now()
		from tickets t join people p on p.id = t.requester_id where p.email = 'jeanne@' || $1 || '.example' order by t.number limit 1 returning id`, vendor)
}

// reviewOf hangs a QA review that is over on a ticket of jeanne's.
func reviewOf(t testing.TB, h *stack.House, vendor string) string {
	t.Helper()
	return textOf(t, h, `insert into qa_reviews (id, vendor_id, number, ticket_id, state, created_by, created_at, updated_at, ended_at)
		select gen_random_uuid(), t.vendor_id, 'QA-' || t.number, t.id, 'cancelled', t.requester_id, now(), now(), now()
		from tickets t join people p on p.id = t.requester_id where p.email = 'jeanne@' || $1 || '.example' order by t.number limit 1 returning id`, vendor)
}

// escalationOf is a complaint of jeanne's that is over.
func escalationOf(t testing.TB, h *stack.House, vendor string) string {
	t.Helper()
	return textOf(t, h, `insert into escalations (id, vendor_id, number, state, organization_id, opened_by, reason, ladder, opened_at, updated_at, ended_at)
		select gen_random_uuid(), vendor_id, 'ESC-2020-000001', 'resolved', organization_id, id, 'walk', 'walk', now(), now(), now()
		from people where email = 'jeanne@' || $1 || '.example' returning id`, vendor)
}

// questionOf asks a colleague something about a ticket of jeanne's, and takes it
// back.
func questionOf(t testing.TB, h *stack.House, vendor string) string {
	t.Helper()
	return textOf(t, h, `insert into collaborations (id, vendor_id, ticket_id, state, team, question, asked_by, asked_at, ended_at)
		select gen_random_uuid(), t.vendor_id, t.id, 'taken_back', 'walk', 'walk', t.requester_id, now(), now()
		from tickets t join people p on p.id = t.requester_id where p.email = 'jeanne@' || $1 || '.example' order by t.number limit 1 returning id`, vendor)
}

// devOf adds a dev ticket that was refused.
func devOf(t testing.TB, h *stack.House, vendor string) string {
	t.Helper()
	return textOf(t, h, `insert into dev_tickets (id, vendor_id, number, state, title, created_by, created_at, updated_at)
		select gen_random_uuid(), vendor_id, 'DEV-2020-000001', 'refused', 'Walk past', id, now(), now() from people where email = 'qa@' || $1 || '.example' returning id`, vendor)
}

// featureOf adds a feature that nobody asks for any more.
func featureOf(t testing.TB, h *stack.House, vendor string) string {
	t.Helper()
	return textOf(t, h, `insert into features (id, vendor_id, number, state, title, created_by, created_at, updated_at)
		select gen_random_uuid(), vendor_id, 'F-2020-000001', 'dropped', 'Walk past', id, now(), now() from people where email = 'qa@' || $1 || '.example' returning id`, vendor)
}

// textOf is a text read as the database's administrator.
func textOf(t testing.TB, h *stack.House, query string, args ...any) (s string) {
	t.Helper()
	if err := h.Admin.QueryRowContext(t.Context(), query, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}
