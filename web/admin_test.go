package web_test

import (
	"strings"
	"testing"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
)

// TestStuckPage: the page says that nothing is stuck, or what is and why; a
// delivery that was given up is tried again, once, and arrives.
func TestStuckPage(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	deliver(t, h)
	admin := signedIn(t, h, "interfacing", "admin")
	admin.get(t, "/console/stuck").says(t, 200, "Nothing is stuck", "Last backup Never")
	number := registered(t, h, "interfacing", "jeanne", "Export stops at page two")
	execute(t, h, `update outbox set state = 'dead', attempts = 60, last_error = '450 greylisted <b>' where kind = 'mail'`)
	execute(t, h, `update outbox set created_at = now() - interval '1 hour', last_error = 'the endpoint answered 500' where kind = 'start'`)
	v := admin.get(t, "/console/stuck")
	v.says(t, 200, "One delivery was given up", "450 greylisted <b>", "One delivery waits", "Start of a workflow", number, "It answered with HTTP 500.")
	admin.get(t, "/console").says(t, 200, "Stuck (1)")
	f := v.form(t, "/console/stuck/retry")
	for range 2 {
		admin.submit(t, f).says(t, 200, "The delivery is tried again now.")
	}
	if n := count(t, h, `select count(*) from audit where action = 'delivery_retried'`); n != 1 {
		t.Errorf("%d retries are audited", n)
	}
	if n := about(mails(t, h, "jeanne"), number); n != 1 {
		t.Errorf("%d mails arrive: %q", n, mails(t, h, "jeanne"))
	}
	if v := admin.get(t, "/console/stuck"); strings.Contains(v.text(), "given up") || strings.Contains(v.text(), "Stuck (") {
		t.Error("what was delivered is still listed")
	}
	execute(t, h, `insert into webhook_endpoints (id, vendor_id, name, url, events, active, secret, owner_id, created_at, rest_until)
		select gen_random_uuid(), vendor_id, 'Tracker', 'https://tracker.example/', array['dev_ticket.created'], true, '', id, now(), now()
		from people where email = 'admin@interfacing.example'`)
	v = admin.get(t, "/console/stuck")
	v.says(t, 200, "Webhooks to which nothing gets through", "Tracker Fails")
	if strings.Contains(v.text(), "Nothing is stuck") {
		t.Error("nothing is stuck, though a webhook fails")
	}
	admin.get(t, "/console/webhooks").says(t, 200, "Tracker Fails")
	execute(t, h, `update webhook_endpoints set paused_at = now(), dead = 1`)
	admin.get(t, "/console/webhooks/"+textOf(t, h, `select id from webhook_endpoints`)).says(t, 200, "Paused", "there no more (HTTP 410)")
	if v := signedIn(t, h, "interfacing", "agent").get(t, "/console"); strings.Contains(v.raw, "/console/stuck") {
		t.Error("an agent is led to what they may not see")
	}
}

// TestStuckWork: the page names whatever has a workflow with its kind and number,
// and leads to its page where there is one; in French too.
func TestStuckWork(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "posimente"); err != nil {
		t.Fatal(err)
	}
	ticket, number := suggested(t, h)
	deliver(t, h)
	admin := signedIn(t, h, "posimente", "admin")
	admin.get(t, "/console/stuck").says(t, 200, "Nothing is stuck")
	execute(t, h, `update service_requests set give_up_at = now() - interval '1 hour', next_at = now() - interval '1 hour'`)
	execute(t, h, `insert into commands (vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, version, service_request_id, pokes)
		select vendor_id, repeat('0', 64), ticket_id, 'x', '', now(), now() - interval '2 minutes', 1, id, 1 from service_requests`)
	execute(t, h, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at, next_action, next_at)
		select '00000000-0000-4000-8000-000000000001', vendor_id, organization_id, id, 'portal', 'bug', 'medium', 'No title', 'x', 'incomplete', now(), 'remind', now() - interval '2 hours'
		from people where email = 'jeanne@posimente.example'`)
	v := admin.get(t, "/console/stuck")
	v.says(t, 200, "2 things were to happen by themselves, and have not", number+" (paid enhancement)", "(request that is kept)",
		"One workflow may not know the newest change of its row", "told once")
	if strings.Contains(v.text(), ticket) || strings.Contains(v.text(), "Nothing is stuck") {
		t.Error("the ticket of what is stuck is listed too, or nothing is")
	}
	admin.open(t, v.link(t, number)).says(t, 200, number, ticket)
	admin.open(t, v.link(t, "00000000-0000-4000-8000-000000000001")).says(t, 200, "No title")
	execute(t, h, `update people set locale = 'fr' where email = 'admin@posimente.example'`)
	admin.get(t, "/console/stuck").says(t, 200, "2 choses devaient se faire d’elles-mêmes et ne se sont pas faites", number+" (évolution payante)", "(demande conservée)")
	signedIn(t, h, "interfacing", "admin").get(t, "/console/stuck").says(t, 200, "Nothing is stuck")
}

// TestAuditPage: who changed what, narrowed to a person or an object, page by
// page; ids of other vendors find nothing.
func TestAuditPage(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	number := ask(t, h, "jeanne", "Export stops at page two")
	accounts := h.Token(t, "interfacing", "accounts")
	made := h.Ask(t, accounts, "POST", "/v1/organizations", map[string]any{"kind": "customer", "name": "Zébu & Sons"})
	if made.Status != 201 {
		t.Fatalf("%d %s", made.Status, made.Raw)
	}
	admin := signedIn(t, h, "interfacing", "admin")
	v := admin.get(t, "/console/audit")
	v.says(t, 200, "Zébu & Sons", number, "Details")
	about := admin.get(t, "/console/audit?about="+made.Text("id"))
	about.says(t, 200, "What was done to Zébu & Sons", "kind: customer")
	if strings.Contains(about.text(), number) {
		t.Error("what is about something else is listed")
	}
	foreign := h.Ask(t, h.Token(t, "posimente", "jeanne"), "GET", "/v1/me", nil).Text("id")
	admin.get(t, "/console/audit?by="+foreign).says(t, 200, "Nothing was changed yet.")
	admin.get(t, "/console/audit?by=nonsense").says(t, 404)
	admin.get(t, "/console/audit?after=nonsense").says(t, 422)

	execute(t, h, `insert into audit (vendor_id, at, action, object_kind, data) select id, now() - make_interval(secs => n), 'sign_on_refused', 'provider', '{}'
		from vendors, generate_series(1, 120) n where slug = 'interfacing'`)
	seen, at := 0, "/console/audit"
	for pages := 0; at != ""; pages++ {
		v, next := admin.get(t, at), ""
		seen += strings.Count(v.raw, "<tr>") - 1
		for _, a := range within(v.all("main")[0], "a") {
			if attribute(a, "rel") == "next" {
				next = strings.TrimPrefix(attribute(a, "href"), "/interfacing")
			}
		}
		if at = next; pages > 9 {
			t.Fatal("the audit has no end")
		}
	}
	all := count(t, h, `select (select count(*) from audit a join vendors v on v.id = a.vendor_id where v.slug = 'interfacing')
		+ (select count(*) from commands c join vendors v on v.id = c.vendor_id where v.slug = 'interfacing' and actor_id is not null and committed_at is not null and (ticket_id is not null or action in ('register', 'upload')))`)
	if seen != all {
		t.Errorf("%d of %d changes are shown", seen, all)
	}
}
