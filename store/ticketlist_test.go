package store_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// crowd is a vendor with many tickets of a few people and organizations.
type crowd struct {
	shop
	organizations, people []uuid.UUID
	tickets               []store.Ticket // newest first
}

// newCrowd adds the tickets, most of them closed, several in each instant. Each
// organization acts for every other; with few links, only for every second.
func newCrowd(t *testing.T, db stack.Database, n int, fewLinks bool) crowd {
	t.Helper()
	c := crowd{shop: newShop(t, db.Store(t), "crowd", "CR")}
	admin := as(t, db.Admin)
	for range 4 {
		c.organizations, c.people = append(c.organizations, store.NewID()), append(c.people, store.NewID())
	}
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{`insert into organizations (id, vendor_id, kind, name, created_at) select id, $1, 'customer', id::text, now() from unnest($2::uuid[]) id`, []any{c.vendor.ID, uuids(c.organizations)}},
		{`insert into organization_links select $1, ($2::uuid[])[p], ($2::uuid[])[o] from generate_series(1, 4) p, generate_series(1, 4) o
			where not $3 or (p + o) % 2 = 0`, []any{c.vendor.ID, uuids(c.organizations), fewLinks}},
		{`insert into people (id, vendor_id, organization_id, name, email, locale, time_zone, roles, created_at)
			select ($3::uuid[])[i], $1, ($2::uuid[])[i], 'Someone', i::text, 'en', 'UTC', '{}', now() from generate_series(1, 4) i`, []any{c.vendor.ID, uuids(c.organizations), uuids(c.people)}},
		{`create table drawn as with d as (
				select n, 1 + floor(random() * 4)::int as o, case when random() < 0.3 then 1 + floor(random() * 4)::int end as p, 1 + floor(random() * 4)::int as a
				from generate_series(1, $1::int) n)
			select gen_random_uuid() as id, n, ($2::uuid[])[o] as organization, ($2::uuid[])[p] as partner, ($3::uuid[])[coalesce(p, o)] as requester,
				case when p is not null then ($3::uuid[])[o] end as contact, case when random() < 0.9 then ($3::uuid[])[a] end as assignee,
				case when random() < 0.9 then 'closed' else (array['registered', 'triaged', 'answered'])[1 + floor(random() * 3)::int] end as state,
				timestamptz '2026-01-01' + (n / 3) * interval '1 minute' as at from d`, []any{n, uuids(c.organizations), uuids(c.people)}},
		{`insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
			select id, $1, organization, requester, 'api', 'x', 'x', 'title', 'body', 'registered', at from drawn`, []any{c.vendor.ID}},
		{`insert into tickets (id, vendor_id, number, state, organization_id, requester_id, partner_id, contact_id, assignee_id, title, type, severity, registered_at, updated_at)
			select id, $1, 'CR-2025-' || n, state, organization, requester, partner, contact, assignee, 'title', 'x', 'x', at, at from drawn`, []any{c.vendor.ID}},
		{`insert into ticket_watchers select $1, id, ($2::uuid[])[1 + n % 4], ($2::uuid[])[1], now() from drawn where n % 7 = 0`, []any{c.vendor.ID, uuids(c.people)}},
		{`analyze tickets`, nil},
	} {
		if _, err := admin.ExecContext(t.Context(), statement.sql, statement.args...); err != nil {
			t.Fatalf("%s: %v", statement.sql, err)
		}
	}
	rows, err := admin.QueryContext(t.Context(), `select id, number, state, organization_id, requester_id, partner_id, contact_id, assignee_id, registered_at,
		partner_id is null or exists (select from organization_links l where l.partner_id = t.partner_id and l.customer_id = t.organization_id),
		array(select w.person_id from ticket_watchers w where w.ticket_id = t.id)
		from tickets t where vendor_id = $1 order by registered_at desc, id desc`, c.vendor.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var r store.Ticket
		if err := rows.Scan(&r.ID, &r.Number, &r.State, &r.OrganizationID, &r.RequesterID, &r.PartnerID, &r.ContactID, &r.AssigneeID, &r.RegisteredAt, &r.PartnerLinked, &r.Watchers); err != nil {
			t.Fatal(err)
		}
		c.tickets = append(c.tickets, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

// uuids is an array as SQL writes it.
func uuids(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = id.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// Every filter, alone and with others, page by page, lists exactly the tickets
// it names, newest first, each once.
func TestTicketLists(t *testing.T) {
	t.Parallel()
	db := stack.NewDatabase(t)
	c := newCrowd(t, db, 300, true)
	s := db.Store(t)
	for range 200 {
		f := c.filter()
		var want, got []uuid.UUID
		for _, row := range c.tickets {
			if lists(f, row) {
				want = append(want, row.ID)
			}
		}
		for {
			var page []store.Ticket
			c.in(t, s, func(tx *store.Tx) (err error) { page, err = tx.Tickets(t.Context(), f); return err })
			for _, row := range page {
				got = append(got, row.ID)
			}
			if len(page) < f.Limit || len(got) > len(want) {
				break
			}
			last := page[len(page)-1]
			f.BeforeAt, f.BeforeID = &last.RegisteredAt, last.ID
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%+v lists %d tickets, want %d; or in another order", f, len(got), len(want))
		}
	}
}

// filter is any.
func (c crowd) filter() (f store.TicketFilter) {
	some := func(ids []uuid.UUID) *uuid.UUID {
		if rand.IntN(3) > 0 {
			return nil
		}
		return &ids[rand.IntN(len(ids))]
	}
	who := rand.IntN(len(c.people))
	f.Sight = store.Sight{All: rand.IntN(3) == 0, Person: c.people[who], Watched: rand.IntN(2) == 0}
	if rand.IntN(2) == 0 {
		f.Sight.Organization = &c.organizations[who]
	}
	if rand.IntN(2) == 0 {
		f.States = []string{"registered", "answered", "merged"}
	}
	f.AssigneeID, f.OrganizationID, f.RequesterID = some(c.people), some(c.organizations), some(c.people)
	f.Unassigned = f.AssigneeID == nil && rand.IntN(3) == 0
	if rand.IntN(20) == 0 {
		f.Number = c.tickets[rand.IntN(len(c.tickets))].Number
	}
	f.Limit = 1 + rand.IntN(50)
	return f
}

// lists says whether a ticket belongs to a list.
func lists(f store.TicketFilter, t store.Ticket) bool {
	is := func(want, id *uuid.UUID) bool { return want == nil || id != nil && *want == *id }
	return f.Sight.Sees(t) && (len(f.States) == 0 || slices.Contains(f.States, string(t.State))) &&
		is(f.AssigneeID, t.AssigneeID) && (!f.Unassigned || t.AssigneeID == nil) && is(f.OrganizationID, &t.OrganizationID) &&
		is(f.RequesterID, &t.RequesterID) && (f.Number == "" || f.Number == t.Number)
}

// Every list walks indexes in the order of the list, whatever the database
// knows of the values: nothing is sorted but a page, and no ticket is read in
// vain.
func TestTicketListsWalkTheirIndexes(t *testing.T) {
	t.Parallel()
	db := stack.NewDatabase(t)
	c := newCrowd(t, db, 5000, false)
	open := []string{string(ticket.Registered), string(ticket.Triaged), string(ticket.Answered)}
	all, person, organization := store.Sight{All: true}, c.people[0], c.organizations[0]
	for _, mode := range []string{"force_custom_plan", "force_generic_plan"} {
		for name, l := range map[string]struct {
			filter  store.TicketFilter
			indexes []string
		}{
			"all":                 {store.TicketFilter{Sight: all}, []string{"tickets_state"}},
			"open":                {store.TicketFilter{Sight: all, States: open}, []string{"tickets_state"}},
			"mine":                {store.TicketFilter{Sight: all, States: open, AssigneeID: &person}, []string{"tickets_assignee"}},
			"unassigned":          {store.TicketFilter{Sight: all, States: open, Unassigned: true}, []string{"tickets_unassigned"}},
			"of an organization":  {store.TicketFilter{Sight: all, States: open, OrganizationID: &organization}, []string{"tickets_organization"}},
			"of a requester":      {store.TicketFilter{Sight: all, RequesterID: &person}, []string{"tickets_requester"}},
			"a contact's":         {store.TicketFilter{Sight: store.Sight{Person: person}, States: open}, []string{"tickets_requester", "tickets_contact"}},
			"and what they watch": {store.TicketFilter{Sight: store.Sight{Person: store.NewID(), Watched: true}, States: open}, []string{"tickets_requester", "tickets_vendor_id_id_key"}},
			"an organization's":   {store.TicketFilter{Sight: store.Sight{Person: person, Organization: &organization}, States: open}, []string{"tickets_organization", "tickets_partner"}},
			"the next page of it": {store.TicketFilter{Sight: store.Sight{Person: person, Organization: &organization}, BeforeAt: &c.tickets[2500].RegisteredAt}, []string{"tickets_organization"}},
		} {
			l.filter.Limit = 26
			plan := c.plan(t, as(t, db.Admin), mode, l.filter)
			for _, index := range l.indexes {
				if !strings.Contains(plan, "Scan using "+index+" ") {
					t.Errorf("%s, %s: does not walk %s\n%s", name, mode, index, plan)
				}
			}
			if strings.Contains(plan, "Seq Scan on tickets") || strings.Contains(plan, "Removed by Filter") {
				t.Errorf("%s, %s: reads tickets in vain\n%s", name, mode, plan)
			}
		}
	}
}

// plan runs a list as the application and answers how it was done.
func (c crowd) plan(t *testing.T, db *sql.DB, mode string, f interface {
	Query(vendor uuid.UUID) (string, []any)
},
) string {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	query, args := f.Query(c.vendor.ID)
	literals := make([]string, len(args))
	for i, a := range args {
		if v, ok := a.(driver.Valuer); ok {
			if a, err = v.Value(); err != nil {
				t.Fatal(err)
			}
		}
		literals[i] = fmt.Sprintf("'%v'", a)
		if at, ok := args[i].(fmt.Stringer); ok {
			literals[i] = "'" + strings.TrimSuffix(at.String(), " UTC") + "'"
		}
	}
	for _, statement := range []string{
		"set role casepath_app", fmt.Sprintf("select set_config('casepath.vendor_id', '%s', false)", c.vendor.ID),
		"set plan_cache_mode = " + mode, "prepare list as " + query,
	} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	defer func() { _, _ = conn.ExecContext(context.WithoutCancel(t.Context()), "deallocate list") }()
	rows, err := conn.QueryContext(t.Context(), "explain (analyze, costs off, timing off) execute list("+strings.Join(literals, ", ")+")")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var lines []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}
