-- Webhooks: what dev tickets come to is told to outside systems, and an outside
-- tracker tells what becomes of them there.

-- +goose Up

alter table outbox drop constraint outbox_kind_check;
alter table outbox add constraint outbox_kind_check check (kind in ('start', 'signal', 'mail', 'webhook'));

-- Where events are told. One is never removed, but switched off: its deliveries
-- are a record.
create table webhook_endpoints (
    id            uuid primary key,
    vendor_id     uuid not null references vendors,
    name          text not null,
    url           text not null,
    events        text[] not null check (events <@ array['dev_ticket.created', 'dev_ticket.changed'] and events <> '{}'),
    active        boolean not null,
    secret        bytea not null,      -- what it is signed with, sealed
    secret_before bytea,               -- signs along until then, after a rotation; sealed
    before_until  timestamptz,
    owner_id      uuid not null,       -- who answers for it: it says what they may read
    version       bigint not null default 1, -- rises with each change by a person
    created_at    timestamptz not null,
    dead          integer not null default 0, -- deliveries given up since one arrived
    rest_until    timestamptz,         -- it failed: nothing is tried before
    paused_at     timestamptz,         -- too many were given up: it stops until somebody saves it again
    unique (vendor_id, id),
    foreign key (vendor_id, owner_id) references people (vendor_id, id)
);
create unique index webhook_endpoints_name on webhook_endpoints (vendor_id, lower(name));

-- One row for each event and endpoint, decided in the transaction that made the
-- event. When it leaves is the outbox's; this is what it says, and what was
-- answered.
create table webhook_deliveries (
    id            uuid primary key, -- webhook-id
    vendor_id     uuid not null,
    endpoint_id   uuid not null,
    effect_id     bigint not null references outbox,
    event         text not null,
    dev_ticket_id uuid not null,
    body          text not null, -- its bytes are what is signed
    created_at    timestamptz not null,
    status        integer,       -- of the last answer (HTTP); null: none came
    tried_at      timestamptz,
    foreign key (vendor_id, endpoint_id) references webhook_endpoints (vendor_id, id),
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id)
);
create index webhook_deliveries_list on webhook_deliveries (endpoint_id, effect_id desc);

-- What a vendor's outside tracker signs with, sealed.
create table webhook_keys (
    vendor_id     uuid primary key references vendors,
    secret        bytea not null,
    secret_before bytea,
    before_until  timestamptz,
    owner_id      uuid not null, -- who answers for it: what the tracker does is done in their name
    set_at        timestamptz not null,
    foreign key (vendor_id, owner_id) references people (vendor_id, id)
);

-- What the outside tracker has told, each message once, and what came of it.
create table webhook_messages (
    vendor_id     uuid not null references vendors,
    message_id    text not null,
    body_hash     bytea not null,
    outcome       text not null, -- taken, or the key of why it was refused
    answer        text not null, -- the refusal (JSON), to be answered again; '': taken
    said          text not null, -- the dev ticket and the status it named
    dev_ticket_id uuid,
    at            timestamptz not null,
    primary key (vendor_id, message_id),
    foreign key (vendor_id, dev_ticket_id) references dev_tickets (vendor_id, id)
);
create index webhook_messages_list on webhook_messages (vendor_id, at desc, message_id desc);
create index dev_tickets_external on dev_tickets (vendor_id, external) where external <> '';

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['webhook_endpoints', 'webhook_deliveries', 'webhook_keys', 'webhook_messages'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update on webhook_endpoints, webhook_keys to casepath_app;
grant select, insert, update (status, tried_at) on webhook_deliveries to casepath_app;
grant select, insert on webhook_messages to casepath_app;
