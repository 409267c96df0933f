-- Procedures as data: policy packs, what tickets are pinned to, contracts, and
-- clocks with their ledger.

-- +goose Up

-- A pack as it was written; the same text is the same version and never changes.
create table policy_packs (
    vendor_id uuid not null references vendors,
    version   text not null check (version ~ '^[0-9a-f]{64}$'), -- SHA-256 of the text
    text      text not null,
    regions   jsonb not null default '{}', -- the public holidays it named when it was kept, by region
    primary key (vendor_id, version)
);

-- Each time a version was made the vendor's procedure; the newest is in force.
create table policy_publications (
    id           bigint generated always as identity primary key,
    vendor_id    uuid not null,
    version      text not null,
    published_at timestamptz not null,
    published_by uuid, -- null: from the command line
    note         text not null default '',
    foreign key (vendor_id, version) references policy_packs (vendor_id, version),
    foreign key (vendor_id, published_by) references people (vendor_id, id)
);
create index policy_publications_vendor on policy_publications (vendor_id, id desc);

alter table vendors add column policy_version text; -- null: the vendor's settings alone
alter table vendors add foreign key (id, policy_version) references policy_packs (vendor_id, version);

-- What an organization has agreed with the vendor. It prevails over the pack,
-- and moving a pack never edits it.
create table contracts (
    id              uuid primary key,
    vendor_id       uuid not null,
    organization_id uuid not null,
    plan            text not null,          -- of the pack
    reference       text not null,          -- the agreement's, as both sides name it
    from_on         date not null,
    until_on        date,                   -- last day; null: until further notice
    warranty_until  date,
    overrides       jsonb not null default '{}',
    version         bigint not null default 1,
    created_at      timestamptz not null,
    unique (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    check (until_on is null or until_on >= from_on)
);
create index contracts_organization on contracts (organization_id, from_on desc);

-- What a request was submitted under, and what its ticket is run by.
alter table requests add column policy_version text not null default '';
alter table tickets
    add column policy_version text not null default '',
    add column contract_id    uuid,
    add column clocks         jsonb not null default '[]',
    add column promised_at    timestamptz, -- earliest deadline of a clock that runs
    add foreign key (vendor_id, contract_id) references contracts (vendor_id, id);
create index tickets_pinned on tickets (vendor_id, policy_version) where state not in ('closed', 'withdrawn', 'merged');

-- What a ticket's time was from an instant until the next line: counted, spent
-- waiting for the customer, or over. The first line, counted from the
-- registration, is not written down. Append-only.
create table clock_ledger (
    vendor_id uuid not null,
    ticket_id uuid not null,
    seq       integer not null, -- from 1
    from_at   timestamptz not null,
    standing  text not null check (standing in ('counted', 'waiting', 'ended')),
    cause     text not null,
    primary key (ticket_id, seq),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id)
);

-- A breach that somebody wants left out of the figures, since the registration
-- was bad or incomplete. A second person agrees or not; it can be taken back.
-- The breach itself stays what it is.
create table clock_exclusions (
    id          uuid primary key,
    vendor_id   uuid not null,
    ticket_id   uuid not null,
    clock       text not null,
    reason      text not null, -- the customer reads it
    evidence    text not null, -- internal
    asked_by    uuid not null,
    asked_at    timestamptz not null,
    decided_by  uuid,
    decided_at  timestamptz,
    agreed      boolean,
    decision    text not null default '', -- why not
    revoked_by  uuid,
    revoked_at  timestamptz,
    revocation  text not null default '', -- why it was taken back
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, asked_by) references people (vendor_id, id),
    foreign key (vendor_id, decided_by) references people (vendor_id, id),
    foreign key (vendor_id, revoked_by) references people (vendor_id, id),
    check (decided_by is distinct from asked_by or decided_by is null),
    check ((decided_at is null) = (agreed is null))
);
-- One that stands, or is to be decided, per clock.
create unique index clock_exclusions_live on clock_exclusions (ticket_id, clock) where revoked_at is null and agreed is distinct from false;
create index clock_exclusions_ticket on clock_exclusions (ticket_id, asked_at);

-- What tickets were promised before they had clocks: the first reaction, in
-- minutes around the clock.
update tickets set clocks = jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
        'name', 'acknowledge',
        'amount', greatest(1, round(extract(epoch from acknowledge_due_at - registered_at) / 60)) || ' business minutes',
        'source', jsonb_build_object('kind', 'settings', 'name', ''),
        'warn_at', acknowledge_warn_at, 'due_at', acknowledge_due_at, 'warned_at', warned_at, 'breached_at', breached_at,
        'stopped_at', acknowledged_at))),
    promised_at = case when acknowledged_at is null then acknowledge_due_at end
    where acknowledge_due_at is not null;
alter table tickets alter column next_due_at drop expression;
alter table tickets alter column next_due_at set default timestamptz '9999-01-01 00:00:00+00';
drop index if exists tickets_promise;
alter table tickets drop column acknowledge_warn_at, drop column acknowledge_due_at, drop column warned_at, drop column breached_at;

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['policy_packs', 'policy_publications', 'contracts', 'clock_ledger', 'clock_exclusions'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd
grant select, insert on policy_packs, policy_publications, clock_ledger to casepath_app;
grant select on policy_packs to casepath_relay;
grant select, insert, update on contracts, clock_exclusions to casepath_app;
