package main

import (
	"context"
	"fmt"
	"os"
)

// Organizations and people per organization of the seed, beside the demo's.
const (
	seedOrganizations = 50
	seedPeople        = 10
)

// seed fills the vendor up to so many tickets of two years: one in ten is open,
// and most of those are new. Each has a request and the event of its
// registration, and the demo's own people have their share.
func (b *bench) seed(ctx context.Context, tickets int) error {
	fmt.Fprintf(os.Stderr, "seeding %d tickets …\n", tickets)
	tx, err := b.admin.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{`select set_config('bench.vendor', id::text, true) from vendors where slug = $1`, []any{vendor}},
		{seedDirectory, []any{seedOrganizations, seedPeople}},
		{seedTickets, []any{tickets}},
		{`insert into requests (id, vendor_id, organization_id, requester_id, partner_id, contact_id, channel, type, severity, title, body, state, submitted_at)
			select id, vendor_id, organization_id, requester_id, partner_id, contact_id, 'import', type, severity, title,
			repeat('The export ends without a word. ', 10), 'registered', registered_at from bench_tickets`, nil},
		{`insert into tickets (id, vendor_id, number, state, organization_id, requester_id, partner_id, contact_id, title, type, severity,
			registered_at, updated_at, acknowledged_at, assignee_id, closed_at, level, path)
			select id, vendor_id, number, state, organization_id, requester_id, partner_id, contact_id, title, type, severity,
			registered_at, registered_at, registered_at, assignee_id, closed_at, 1, 'answer' from bench_tickets`, nil},
		{`insert into events (vendor_id, ticket_id, version, kind, public, actor_id, at)
			select vendor_id, id, 1, 'registered', true, requester_id, registered_at from bench_tickets`, nil},
	} {
		if _, err := tx.ExecContext(ctx, statement.sql, statement.args...); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	_, err = b.admin.ExecContext(ctx, `vacuum analyze`)
	return err
}

// seedDirectory adds customers with contacts, once.
const seedDirectory = `
with new as (
	insert into organizations (id, vendor_id, kind, name, created_at)
	select gen_random_uuid(), current_setting('bench.vendor')::uuid, 'customer', 'Customer ' || n, now() from generate_series(1, $1::int) n
	on conflict do nothing returning id, vendor_id, name)
insert into people (id, vendor_id, organization_id, name, email, locale, time_zone, roles, created_at)
select gen_random_uuid(), vendor_id, id, 'Contact ' || n || ' of ' || name, replace(lower(name), ' ', '') || '-' || n || '@bench.example', 'en', 'UTC', '{}', now()
from new, generate_series(1, $2::int) n`

// seedTickets makes the rows that are missing, in a table of this transaction.
const seedTickets = `
create temporary table bench_tickets on commit drop as
with v as (select id, prefix from vendors where id = current_setting('bench.vendor')::uuid),
     there as (select count(*)::int as n from tickets t, v where t.vendor_id = v.id),
     contacts as (select array_agg(p.id) as ids, array_agg(p.organization_id) as organizations
                  from people p join organizations o on o.id = p.organization_id, v where p.vendor_id = v.id and o.kind = 'customer'),
     partners as (select p.id, p.organization_id, l.customer_id,
                         (select c.id from people c where c.organization_id = l.customer_id order by c.name limit 1) as contact_id
                  from people p join organization_links l on l.partner_id = p.organization_id, v where p.vendor_id = v.id limit 1),
     staff as (select array_agg(p.id) as ids from people p, v
               where p.vendor_id = v.id and p.organization_id is null and 'agent' = any(p.roles)),
     drawn as (select g.n, random() < 0.05 as by_partner, random() as open, now() - random() * interval '730 days' as at,
                      1 + floor(random() * array_length(contacts.ids, 1))::int as contact,
                      1 + floor(random() * array_length(staff.ids, 1))::int as agent,
                      (array['registered', 'triaged', 'in_progress', 'waiting_for_customer', 'answered'])[1 + floor(random() * 5)::int] as state
               from there, contacts, staff, generate_series(there.n + 1, $1::int) g(n)),
     stated as (select d.*, case when open < case when at > now() - interval '60 days' then 0.9 else 0.025 end then state else 'closed' end as now
                from drawn d)
select gen_random_uuid() as id, v.id as vendor_id, v.prefix || '-2001-' || lpad(n::text, 6, '0') as number, s.now as state,
       case when by_partner then p.customer_id else c.organizations[contact] end as organization_id,
       case when by_partner then p.id else c.ids[contact] end as requester_id,
       case when by_partner then p.organization_id end as partner_id,
       case when by_partner then p.contact_id end as contact_id,
       'Export stops at 10,000 rows (' || n || ')' as title, 'bug' as type, 'medium' as severity, at as registered_at,
       case when s.now <> 'registered' then staff.ids[agent] end as assignee_id,
       case when s.now = 'closed' then at + interval '2 days' end as closed_at
from stated s, v, contacts c, partners p, staff`
