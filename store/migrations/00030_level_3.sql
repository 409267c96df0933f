-- Level 3: QA reviews of tickets, the dev tickets they come to, and what those
-- who wait for one are told.

-- +goose Up

-- What development is asked to do. It lives apart from the tickets that hang on
-- it. Whoever holds both locks holds the ticket's row first.
create table dev_tickets (
    id          uuid primary key,
    vendor_id   uuid not null references vendors,
    number      text not null, -- DEV-2026-000123
    version     bigint not null default 1, -- rises with each transition
    state       text not null check (state in ('new', 'accepted', 'refused', 'planned', 'in_work', 'shipped', 'verified', 'not_verified')),
    title       text not null,
    body        text not null default '',
    package_id  uuid,                      -- null: of which is not known
    target      text not null default '',  -- the version it is planned into, as people call it
    release_id  uuid,                      -- the release that is, once it is one
    external    text not null default '',  -- its name in an outside tracker
    refusal     text not null default '',  -- why it is refused; customers read it
    created_by  uuid not null,
    created_at  timestamptz not null,
    updated_at  timestamptz not null,
    shipped_at  timestamptz,
    news_id     uuid,                      -- the news it was shipped with
    search      tsvector generated always as (
                    setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('french', title), 'A')
                    || to_tsvector('english', left(body, 100000)) || to_tsvector('french', left(body, 100000))) stored,
    unique (vendor_id, id),
    unique (vendor_id, number),
    foreign key (vendor_id, package_id) references packages (vendor_id, id),
    foreign key (vendor_id, release_id) references releases (vendor_id, id),
    foreign key (vendor_id, created_by) references people (vendor_id, id)
);
create index dev_tickets_list on dev_tickets (vendor_id, created_at desc, id desc);
create index dev_tickets_target on dev_tickets (package_id, target) where state in ('planned', 'in_work');
create index dev_tickets_news on dev_tickets (news_id) where news_id is not null;
create index dev_tickets_search on dev_tickets using gin (search);

-- What happened to a dev ticket: who accepted, planned, shipped it. Append-only.
create table dev_ticket_events (
    id            bigint generated always as identity primary key,
    vendor_id     uuid not null,
    dev_ticket_id uuid not null,
    version       bigint not null, -- of the dev ticket after it
    kind          text not null,
    actor_id      uuid,            -- null: it happened by itself
    at            timestamptz not null,
    data          jsonb not null default '{}',
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id),
    foreign key (vendor_id, actor_id) references people (vendor_id, id)
);
create index dev_ticket_events_of on dev_ticket_events (dev_ticket_id, id);

-- Quality assurance looks at a ticket. Whoever changes one holds the lock of its
-- ticket's row first.
create table qa_reviews (
    id             uuid primary key,
    vendor_id      uuid not null,
    number         text not null, -- QA-2026-000123
    ticket_id      uuid not null,
    version        bigint not null default 1,
    state          text not null check (state in ('open', 'in_review', 'waiting_for_information', 'done', 'cancelled')),
    verdict        text not null default '' check (verdict in ('', 'not_reproducible', 'solved_in', 'known', 'new')),
    findings       text not null default '', -- what was tried, and what is to be said
    release_id     uuid,                     -- solved_in: which
    dev_ticket_id  uuid,                     -- known, new: which
    assignee_id    uuid,
    team           text not null default '', -- code of the pack's
    created_by     uuid not null,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    decided_by     uuid,
    ended_at       timestamptz,
    undo_until     timestamptz,              -- the verdict can be undone until then
    policy_version text not null default '',
    unique (vendor_id, id),
    unique (vendor_id, number),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, release_id) references releases (vendor_id, id),
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id),
    foreign key (vendor_id, assignee_id) references people (vendor_id, id),
    foreign key (vendor_id, created_by) references people (vendor_id, id),
    foreign key (vendor_id, decided_by) references people (vendor_id, id),
    check ((state = 'done') = (verdict <> ''))
);
-- One open review of a ticket at a time.
create unique index qa_reviews_open on qa_reviews (ticket_id) where state not in ('done', 'cancelled');
create index qa_reviews_ticket on qa_reviews (ticket_id, created_at);
create index qa_reviews_list on qa_reviews (vendor_id, created_at desc, id desc);

-- Which tickets wait for a dev ticket, and what their customers found out about
-- what was shipped.
create table dev_ticket_links (
    id            uuid primary key,
    vendor_id     uuid not null,
    dev_ticket_id uuid not null,
    ticket_id     uuid not null,
    review_id     uuid,                    -- which review found it
    linked_by     uuid not null,
    linked_at     timestamptz not null,
    told          text not null default '', -- the newest news its customers were told: planned, slipped, shipped, refused
    told_at       timestamptz,
    works         boolean,                 -- as a customer found out since it was shipped; null: nobody has said
    checked_by    uuid,
    checked_at    timestamptz,
    unique (vendor_id, id),
    unique (dev_ticket_id, ticket_id),
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, review_id) references qa_reviews (vendor_id, id),
    foreign key (vendor_id, linked_by) references people (vendor_id, id),
    foreign key (vendor_id, checked_by) references people (vendor_id, id)
);
create index dev_ticket_links_ticket on dev_ticket_links (ticket_id);

-- A change that everybody who waits is told once: of one dev ticket, or of all
-- that a release ships. Its workflow goes through it batch by batch.
create table dev_news (
    id            uuid primary key,
    vendor_id     uuid not null,
    kind          text not null check (kind in ('planned', 'slipped', 'shipped', 'refused')),
    dev_ticket_id uuid,                    -- null: of a release's
    release_id    uuid,                    -- the release that ships; null: one dev ticket's news
    target        text not null default '', -- the version
    words         text not null default '', -- why it is refused
    by_id         uuid not null,
    at            timestamptz not null,
    shipped       integer not null default 0, -- dev tickets shipped so far
    shipped_all   boolean not null default false,
    noted         boolean not null default false, -- the tickets' histories say so
    told_to       uuid,                    -- the last person who was told, in the order of their ids
    told_all_at   timestamptz,
    unique (vendor_id, id),
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id),
    foreign key (vendor_id, release_id) references releases (vendor_id, id),
    foreign key (vendor_id, by_id) references people (vendor_id, id),
    check ((dev_ticket_id is null) <> (release_id is null))
);
create unique index dev_news_release on dev_news (release_id) where release_id is not null; -- a release ships once

-- A transition of something other than a ticket or its service request: which
-- workflow has to know of it.
alter table commands
    add column work_kind text not null default '', -- qa_review, dev_ticket
    add column work_id   uuid;
create index commands_work on commands (work_id) where work_id is not null;

-- +goose StatementBegin
create or replace function next_number(kind text, vendor uuid, year integer) returns bigint
language plpgsql security definer set search_path = public as $$
declare
    sequence text := format('%s_number_%s_%s', kind, replace(vendor::text, '-', ''), year);
begin
    if vendor is distinct from current_vendor() then
        raise exception 'another vendor''s numbers';
    end if;
    if kind not in ('service_request', 'qa_review', 'dev_ticket') then
        raise exception 'no such numbers';
    end if;
    begin
        return nextval(sequence::regclass);
    exception when undefined_table then
        perform pg_advisory_xact_lock(hashtext(sequence));
        execute format('create sequence if not exists %I', sequence);
        return nextval(sequence::regclass);
    end;
end $$;

do $$
declare t text;
begin
    foreach t in array array['dev_tickets', 'dev_ticket_events', 'qa_reviews', 'dev_ticket_links', 'dev_news'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;

-- Under row-level security @@ can't use its index: it is not leakproof. This
-- function reads as the owner, whom a policy lets read, and names the vendor
-- itself. It answers ids and ranks alone; rows are read under the policies.
create function search_dev_tickets(query tsquery, most integer) returns table (id uuid, rank real)
language sql stable security definer set search_path = public as $$
    select d.id, ts_rank(d.search, query) from dev_tickets d
    where d.search @@ query and d.vendor_id = current_vendor()
    order by 2 desc, 1 desc limit most
$$;
-- +goose StatementEnd
create policy search on dev_tickets for select to casepath_owner using (true);
create policy relay on dev_tickets for select to casepath_relay using (true);
create policy relay on qa_reviews for select to casepath_relay using (true);

revoke execute on function next_number(text, uuid, integer), search_dev_tickets(tsquery, integer) from public;
grant execute on function next_number(text, uuid, integer), search_dev_tickets(tsquery, integer) to casepath_app;
grant select, insert, update on dev_tickets, qa_reviews, dev_news to casepath_app;
grant select, insert on dev_ticket_events to casepath_app;
grant select, insert, update, delete on dev_ticket_links to casepath_app; -- an attachment can be undone
grant select on dev_tickets, qa_reviews to casepath_relay;
