-- Tickets that belong together: linked, merged into another, split off another.

-- +goose Up

create table ticket_links (
    id         uuid primary key,
    vendor_id  uuid not null,
    from_id    uuid not null,
    to_id      uuid not null,
    kind       text not null check (kind in ('related', 'merged', 'split')), -- merged: from goes on as to; split: to was split off from
    reason     text not null default '',       -- of a merge, for staff
    released   boolean not null default false, -- a merge has given back what from had taken from its contract
    by_id      uuid not null,
    at         timestamptz not null,
    removed_by uuid,
    removed_at timestamptz, -- undone, or linked no more
    unique (vendor_id, id),
    foreign key (vendor_id, from_id) references tickets (vendor_id, id),
    foreign key (vendor_id, to_id) references tickets (vendor_id, id),
    foreign key (vendor_id, by_id) references people (vendor_id, id),
    foreign key (vendor_id, removed_by) references people (vendor_id, id),
    check (from_id <> to_id),
    check ((removed_at is null) = (removed_by is null))
);
create unique index ticket_links_related on ticket_links (least(from_id, to_id), greatest(from_id, to_id)) where kind = 'related' and removed_at is null;
create unique index ticket_links_merged on ticket_links (from_id) where kind = 'merged' and removed_at is null;
create index ticket_links_from on ticket_links (from_id) where removed_at is null;
create index ticket_links_to on ticket_links (to_id) where removed_at is null;

alter table ticket_links enable row level security;
alter table ticket_links force row level security;
create policy vendor on ticket_links using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert on ticket_links to casepath_app;
grant update (removed_by, removed_at) on ticket_links to casepath_app;

-- What a merged ticket goes on as, and the state it returns to.
alter table tickets
    add column merged_into uuid,
    add column merged_from text not null default '',
    add foreign key (vendor_id, merged_into) references tickets (vendor_id, id),
    add check ((state = 'merged') = (merged_into is not null)),
    add check ((state = 'merged') = (merged_from <> '')),
    add check (merged_into <> id);
create index tickets_merged on tickets (merged_into) where merged_into is not null;

-- Who watches a ticket since theirs was merged into it.
alter table ticket_watchers
    add column merged_from uuid,
    add foreign key (vendor_id, merged_from) references tickets (vendor_id, id);
grant update (merged_from) on ticket_watchers to casepath_app;

-- What is split off moves, as it was written.
grant update (ticket_id) on comments to casepath_app;

-- A merge that is undone takes again what it gave back. Between two of those a
-- ticket is given back at most once: turn counts them.
alter table entitlement_moves add column turn integer not null default 0;
alter table entitlement_moves drop constraint entitlement_moves_kind_check;
alter table entitlement_moves
    add constraint entitlement_moves_kind_check check (kind in ('open', 'agree', 'reserve', 'commit', 'release', 'retake')),
    add check (kind <> 'retake' or from_account = 'available' and to_account in ('reserved', 'used')),
    add check (turn = 0 or kind in ('release', 'retake'));
drop index entitlement_moves_ticket;
create unique index entitlement_moves_ticket on entitlement_moves (ticket_id, kind, turn);
