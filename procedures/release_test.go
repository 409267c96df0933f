package procedures

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/client"
	"github.com/casepath/casepath/onebox"
)

// What one release ships in TestReleaseTellsOnce: more than a batch of each, and
// several tickets for each customer.
const (
	devsOfRelease    = 500
	ticketsOfRelease = 2000
	peopleOfRelease  = 400
)

// TestReleaseTellsOnce: one release ships many dev tickets with many tickets in
// one act; each customer gets one mail that names all of theirs.
func TestReleaseTellsOnce(t *testing.T) {
	w := packed(t, "primlogix", monday(t, "America/Toronto"))
	ctx, product := t.Context(), w.Person("primlogix", "product")
	suite := made[client.Product](w)(product.CreateProductWithResponse(ctx, nil, client.NewProduct{Name: "PRIM"}))
	pack := made[client.Package](w)(product.CreatePackageWithResponse(ctx, suite.Id, nil, client.NewProduct{Name: "PRIM Web"}))
	release := made[client.Release](w)(product.CreateReleaseWithResponse(ctx, pack.Id, nil, client.NewRelease{Number: "9.0", ReleasedOn: openapi_types.Date{Time: w.Now()}}))
	planned(t, w, pack.Id)
	w.Deliver()
	before := time.Now()
	got[client.ReleaseShipping](w)(product.ShipReleaseWithResponse(ctx, release.Id, nil))
	w.Advance(time.Second)
	t.Logf("%d dev tickets, %d tickets, %d people: %v", devsOfRelease, ticketsOfRelease, peopleOfRelease, time.Since(before).Round(time.Millisecond))
	told := map[string]onebox.Caught{}
	for _, m := range w.Mail.Messages() {
		if !strings.Contains(m.Subject, "9.0") {
			continue
		}
		if _, twice := told[m.To[0]]; twice {
			t.Errorf("%s was told twice", m.To[0])
		}
		told[m.To[0]] = m
	}
	if len(told) != peopleOfRelease {
		t.Errorf("%d people were told, want %d", len(told), peopleOfRelease)
	}
	named := 0
	for _, m := range told {
		named += strings.Count(m.Text, "/primlogix/tickets/PL-2020-")
	}
	if named != ticketsOfRelease {
		t.Errorf("%d tickets were named, want %d", named, ticketsOfRelease)
	}
	list := got[client.DevTicketPage](w)(product.ListDevTicketsWithResponse(ctx, &client.ListDevTicketsParams{State: &[]client.DevState{client.DevPlanned}}))
	if len(list.DevTickets) != 0 {
		t.Errorf("%d dev tickets are planned still", len(list.DevTickets))
	}
}

// planned adds dev tickets that are planned into 9.0, people, and their closed
// tickets that wait.
func planned(t *testing.T, w *World, pack uuid.UUID) {
	t.Helper()
	db, err := sql.Open("postgres", w.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	exec(`insert into people (id, vendor_id, organization_id, name, email, locale, time_zone, roles, created_at)
		select gen_random_uuid(), p.vendor_id, p.organization_id, 'Person ' || n, 'person' || n || '@many.example', case when n % 2 = 0 then 'en' else 'fr' end, 'UTC', '{}', now()
		from people p, generate_series(0, $1 - 1) n where p.email = 'super@primlogix.example'`, peopleOfRelease)
	exec(`insert into dev_tickets (id, vendor_id, number, state, title, package_id, target, created_by, created_at, updated_at)
		select gen_random_uuid(), p.vendor_id, 'DEV-2020-' || lpad(n::text, 6, '0'), 'planned', 'Defect ' || n, $2, '9.0', p.id, now(), now()
		from people p, generate_series(0, $1 - 1) n where p.email = 'super@primlogix.example'`, devsOfRelease, pack)
	exec(fmt.Sprintf(`insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
		select gen_random_uuid(), o.vendor_id, o.organization_id, o.id, 'api', 'problem', 'normal', 'Ticket ' || n, 'x', 'registered', now()
		from generate_series(0, %d - 1) n join people o on o.email = 'person' || (n %% %d) || '@many.example'`, ticketsOfRelease, peopleOfRelease))
	exec(`insert into tickets (id, vendor_id, number, state, organization_id, requester_id, title, type, severity, registered_at, updated_at, clocks, next_due_at, closed_at, answered_at)
		select r.id, r.vendor_id, 'PL-2020-' || lpad(substr(r.title, 8), 6, '0'), 'closed', r.organization_id, r.requester_id, r.title, r.type, r.severity, now(), now(), '[]', 'infinity', now(), now()
		from requests r where r.title like 'Ticket %'`)
	exec(fmt.Sprintf(`insert into dev_ticket_links (id, vendor_id, dev_ticket_id, ticket_id, linked_by, linked_at)
		select gen_random_uuid(), t.vendor_id, d.id, t.id, t.requester_id, now() from tickets t
		join dev_tickets d on d.number = 'DEV-2020-' || lpad((substr(t.title, 8)::int %% %d)::text, 6, '0') where t.title like 'Ticket %%'`, devsOfRelease))
}
