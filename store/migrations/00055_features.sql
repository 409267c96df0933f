-- Features: what product management decides on, for all who ask for it.

-- +goose Up

-- No time passes for a feature, so it has no workflow: whoever decides changes
-- its row. Whoever holds both locks holds the rows of the tickets first.
create table features (
    id            uuid primary key,
    vendor_id     uuid not null references vendors,
    number        text not null, -- F-2026-000123
    version       bigint not null default 1, -- rises with each decision and edit, not with votes
    state         text not null check (state in ('new', 'declined', 'roadmap', 'offered', 'merged', 'dropped')),
    title         text not null,
    body          text not null default '', -- in the words of who asked first; staff read it
    public_title  text not null default '', -- what customers read once it is published
    public_body   text not null default '',
    published     boolean not null default false,
    package_id    uuid,                     -- null: of which is not known
    target        text not null default '', -- on the roadmap: the version, as people call it; '': later
    release_id    uuid,                     -- the release that is, once it is one
    reason        text not null default '', -- why it is declined; customers read it
    merged_into   uuid,
    dev_ticket_id uuid,                     -- what development makes of it
    created_by    uuid not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    decided_by    uuid,
    decided_at    timestamptz,
    search        tsvector generated always as (
                      setweight(to_tsvector('english', title || ' ' || public_title), 'A') || setweight(to_tsvector('french', title || ' ' || public_title), 'A')
                      || to_tsvector('english', left(body || ' ' || public_body, 100000)) || to_tsvector('french', left(body || ' ' || public_body, 100000))) stored,
    unique (vendor_id, id),
    unique (vendor_id, number),
    foreign key (vendor_id, package_id) references packages (vendor_id, id),
    foreign key (vendor_id, release_id) references releases (vendor_id, id),
    foreign key (vendor_id, merged_into) references features (vendor_id, id),
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id),
    foreign key (vendor_id, created_by) references people (vendor_id, id),
    foreign key (vendor_id, decided_by) references people (vendor_id, id),
    check ((state = 'merged') = (merged_into is not null)),
    check (merged_into is distinct from id),
    check (not published or public_title <> '')
);
create index features_list on features (vendor_id, created_at, id);
create index features_shown on features (vendor_id, updated_at desc, id desc) where published;
create index features_merged on features (merged_into) where merged_into is not null;
create index features_dev on features (dev_ticket_id) where dev_ticket_id is not null;
create index features_search on features using gin (search);

-- Who asks for a feature: an organization, with a ticket or without.
create table feature_votes (
    id              uuid primary key,
    vendor_id       uuid not null,
    feature_id      uuid not null,
    organization_id uuid not null,
    ticket_id       uuid,                     -- null: a vote of the organization's without one
    person_id       uuid not null,
    note            text not null default '', -- what it is worth to them, in their words
    internal        text not null default '', -- what product management notes of that; staff read it
    cast_at         timestamptz not null,
    answer          text not null default '' check (answer in ('', 'declined', 'roadmap', 'offered')), -- what they were told last
    told_at         timestamptz,
    unique (vendor_id, id),
    foreign key (vendor_id, feature_id) references features (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
-- A ticket asks for one feature, an organization votes once without one.
create unique index feature_votes_ticket on feature_votes (ticket_id) where ticket_id is not null;
create unique index feature_votes_once on feature_votes (feature_id, organization_id) where ticket_id is null;
create index feature_votes_of on feature_votes (feature_id, organization_id);
create index feature_votes_organization on feature_votes (organization_id);

-- What happened to a feature: who decided, merged, edited it. Append-only.
create table feature_events (
    id         bigint generated always as identity primary key,
    vendor_id  uuid not null,
    feature_id uuid not null,
    version    bigint not null, -- of the feature after it
    kind       text not null,
    actor_id   uuid,            -- null: it happened by itself
    at         timestamptz not null,
    data       jsonb not null default '{}',
    foreign key (vendor_id, feature_id) references features (vendor_id, id),
    foreign key (vendor_id, actor_id) references people (vendor_id, id)
);
create index feature_events_of on feature_events (feature_id, id);

-- +goose StatementBegin
create or replace function next_number(kind text, vendor uuid, year integer) returns bigint
language plpgsql security definer set search_path = public as $$
declare
    sequence text := format('%s_number_%s_%s', kind, replace(vendor::text, '-', ''), year);
begin
    if vendor is distinct from current_vendor() then
        raise exception 'another vendor''s numbers';
    end if;
    if kind not in ('service_request', 'qa_review', 'dev_ticket', 'escalation', 'feature') then
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
    foreach t in array array['features', 'feature_votes', 'feature_events'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;

-- Under row-level security @@ can't use its index (see search_dev_tickets).
create function search_features(query tsquery, most integer) returns table (id uuid, rank real)
language sql stable security definer set search_path = public as $$
    select f.id, ts_rank(f.search, query) from features f
    where f.search @@ query and f.vendor_id = current_vendor() and f.state not in ('merged', 'dropped')
    order by 2 desc, 1 desc limit most
$$;
-- +goose StatementEnd
create policy search on features for select to casepath_owner using (true);

revoke execute on function search_features(tsquery, integer) from public;
grant execute on function search_features(tsquery, integer) to casepath_app;
grant select, insert, update on features to casepath_app;
grant select, insert, update, delete on feature_votes to casepath_app; -- a vote can be taken back
grant select, insert on feature_events to casepath_app;
