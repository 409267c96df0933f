-- Access authorities: the customer's word that staff may enter a system of
-- theirs, and what was done there under it.

-- +goose Up

create table access_authorities (
    id              uuid primary key,
    vendor_id       uuid not null,
    ticket_id       uuid not null,
    organization_id uuid not null,                -- the customer, whose system it is
    system          text not null,
    scopes          text[] not null check (scopes <> '{}' and scopes <@ array['read_only', 'configuration', 'data_change']),
    scope_text      text not null default '',     -- what may be done, in words
    reason          text not null,
    asked_by        uuid not null,
    asked_at        timestamptz not null,
    wanted_until    timestamptz not null,         -- the last instant it is asked for
    state           text not null default 'asked' check (state in ('asked', 'completed', 'declined', 'revoked')),
    version         bigint not null default 1,    -- rises with each decision
    unique (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, asked_by) references people (vendor_id, id)
);
create index access_authorities_ticket on access_authorities (ticket_id, asked_at desc, id desc);

-- Who decided what about an authority: append-only, one of each kind, and one
-- answer. Names are as they were at that instant.
create table authority_decisions (
    id              uuid primary key,
    vendor_id       uuid not null,
    authority_id    uuid not null,
    kind            text not null check (kind in ('completed', 'declined', 'revoked')),
    person_id       uuid not null,
    organization_id uuid,                         -- the person's; null: staff
    organization    text not null,                -- what it was called; of staff the vendor
    customer        text not null,                -- for whom
    capacity        text not null check (capacity in ('signatory', 'partner', 'super_user', 'staff')),
    basis           text not null default '',     -- on what ground a partner acts for the customer
    scopes          text[] not null default '{}', -- as granted
    scope_text      text not null default '',     -- conditions, in words
    ends_at         timestamptz,                  -- the last instant it is good; of completed
    name            text not null default '',     -- as typed; of completed
    reason          text not null default '',     -- of declined and revoked
    at              timestamptz not null,
    channel         text not null,
    ip              text not null default '',
    foreign key (vendor_id, authority_id) references access_authorities (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    unique (authority_id, kind)
);
create unique index authority_decisions_answer on authority_decisions (authority_id) where kind in ('completed', 'declined');

-- What staff did in a customer's system, and under which authority.
create table authority_accesses (
    id           uuid primary key,
    vendor_id    uuid not null,
    ticket_id    uuid not null,
    authority_id uuid not null,
    person_id    uuid not null,
    scope        text not null check (scope in ('read_only', 'configuration', 'data_change')),
    body         text not null,
    at           timestamptz not null,
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, authority_id) references access_authorities (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index authority_accesses_ticket on authority_accesses (ticket_id, at, id);

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['access_authorities', 'authority_decisions', 'authority_accesses'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd

-- What was asked, decided and done is never rewritten.
grant select, insert on access_authorities, authority_decisions, authority_accesses to casepath_app;
grant update (state, version) on access_authorities to casepath_app;
