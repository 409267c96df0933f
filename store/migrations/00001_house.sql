-- The first layout: vendors apart by row-level security, rows as the truth,
-- one outbox for everything that leaves a transaction.

-- +goose Up

create table vendors (
    id         uuid primary key,
    slug       text not null unique check (slug ~ '^[a-z0-9-]{1,40}$'),
    name       text not null,
    prefix     text not null unique check (prefix ~ '^[A-Z]{2,6}$'), -- of ticket numbers
    settings   jsonb not null,
    created_at timestamptz not null default now()
);

create table organizations (
    id                 uuid primary key,
    vendor_id          uuid not null references vendors,
    kind               text not null check (kind in ('customer', 'partner')),
    name               text not null,
    external_id        text, -- Salesforce org id or DMS customer number
    account_manager_id uuid,
    created_at         timestamptz not null,
    unique (vendor_id, id)
);
create unique index organizations_name on organizations (vendor_id, lower(name));
create unique index organizations_external_id on organizations (vendor_id, lower(external_id));

create table organization_links (
    vendor_id   uuid not null,
    partner_id  uuid not null,
    customer_id uuid not null,
    primary key (partner_id, customer_id),
    foreign key (vendor_id, partner_id) references organizations (vendor_id, id),
    foreign key (vendor_id, customer_id) references organizations (vendor_id, id)
);

-- Contacts have an organization, staff have none.
create table people (
    id                uuid primary key,
    vendor_id         uuid not null references vendors,
    organization_id   uuid,
    name              text not null,
    email             text not null,
    locale            text not null,
    time_zone         text not null,
    roles             text[] not null,
    authorized        boolean not null default true,  -- may register requests
    sees_organization boolean not null default false, -- sees the organization's tickets
    active            boolean not null default true,
    password_hash     text not null default '',       -- empty: no password sign-in
    created_at        timestamptz not null,
    unique (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id)
);
create unique index people_email on people (vendor_id, lower(email));
create index people_organization on people (vendor_id, organization_id, name, id);
alter table organizations add foreign key (vendor_id, account_manager_id) references people (vendor_id, id);

-- Sessions and API tokens: only the SHA-256 of the secret is kept.
create table bearers (
    id           uuid primary key,
    vendor_id    uuid not null,
    person_id    uuid not null,
    kind         text not null check (kind in ('session', 'token')),
    name         text not null default '',
    secret_hash  bytea not null unique,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    revoked_at   timestamptz,
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index bearers_person on bearers (vendor_id, person_id);

-- What somebody submitted, kept for ever.
create table requests (
    id              uuid primary key,
    vendor_id       uuid not null references vendors,
    organization_id uuid not null, -- whose request it is
    requester_id    uuid not null, -- who submitted it
    partner_id      uuid,          -- the requester's organization when a partner registered it
    contact_id      uuid,          -- the customer's contact the partner named
    channel         text not null check (channel in ('portal', 'api', 'import')),
    type            text not null,
    severity        text not null, -- as the customer sees it
    component       text not null default '',
    external_id     text not null default '',
    title           text not null,
    body            text not null,
    original_at     timestamptz,   -- when it was first asked elsewhere (import)
    state           text not null,
    submitted_at    timestamptz not null,
    unique (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, partner_id) references organizations (vendor_id, id),
    foreign key (vendor_id, requester_id) references people (vendor_id, id),
    foreign key (vendor_id, contact_id) references people (vendor_id, id)
);

-- The registered request; the same uuid. The row and its version are the truth.
create table tickets (
    id                  uuid primary key,
    vendor_id           uuid not null,
    number              text not null,
    version             bigint not null default 1,
    state               text not null,
    waiting             text not null default '',
    resume              text not null default '',
    organization_id     uuid not null,
    requester_id        uuid not null,
    partner_id          uuid,
    contact_id          uuid,
    title               text not null,
    type                text not null,
    severity            text not null,
    reason              text not null default '',
    level               smallint not null default 0, -- 0 before triage
    path                text not null default '',
    assignee_id         uuid,
    registered_at       timestamptz not null,
    updated_at          timestamptz not null,
    acknowledge_warn_at timestamptz,
    acknowledge_due_at  timestamptz,
    acknowledged_at     timestamptz,
    warned_at           timestamptz,
    breached_at         timestamptz,
    answered_at         timestamptz,
    closed_at           timestamptz,
    auto_close_at       timestamptz,
    reopen_until        timestamptz,
    unique (vendor_id, number),
    unique (vendor_id, id),
    foreign key (vendor_id, id) references requests (vendor_id, id),
    foreign key (vendor_id, assignee_id) references people (vendor_id, id)
);
create index tickets_vendor on tickets (vendor_id, registered_at desc, id desc);
create index tickets_state on tickets (vendor_id, state, registered_at desc, id desc);
create index tickets_assignee on tickets (vendor_id, assignee_id, registered_at desc, id desc);
create index tickets_organization on tickets (vendor_id, organization_id, registered_at desc, id desc);
create index tickets_partner on tickets (vendor_id, partner_id, registered_at desc, id desc) where partner_id is not null;
create index tickets_requester on tickets (vendor_id, requester_id, registered_at desc, id desc);
create index tickets_contact on tickets (vendor_id, contact_id, registered_at desc, id desc) where contact_id is not null;

create table comments (
    id        uuid primary key,
    vendor_id uuid not null,
    ticket_id uuid not null,
    author_id uuid not null,
    kind      text not null check (kind in ('comment', 'question', 'information', 'answer', 'reopening', 'withdrawal')),
    public    boolean not null,
    body      text not null,
    at        timestamptz not null,
    unique (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, author_id) references people (vendor_id, id)
);
create index comments_ticket on comments (ticket_id, at, id);

-- Uploaded first, then named by a request or a comment. The bytes are in the
-- file store under the id.
create table files (
    id          uuid primary key,
    vendor_id   uuid not null,
    uploader_id uuid not null,
    ticket_id   uuid,
    comment_id  uuid,
    name        text not null,
    media_type  text not null,
    size        bigint not null,
    sha256      bytea not null,
    created_at  timestamptz not null,
    foreign key (vendor_id, uploader_id) references people (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, comment_id) references comments (vendor_id, id)
);
create index files_ticket on files (ticket_id) where ticket_id is not null;

-- What happened, append-only.
create table events (
    id        bigint generated always as identity primary key,
    vendor_id uuid not null,
    ticket_id uuid not null,
    version   bigint not null, -- of the ticket after it
    kind      text not null,
    public    boolean not null, -- may the customer see it
    actor_id  uuid,             -- null: it happened by itself
    at        timestamptz not null,
    data      jsonb not null default '{}',
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id)
);
create index events_ticket on events (ticket_id, id);

-- Every write that can be repeated: the key is the SHA-256 of (vendor, actor,
-- action, object, idempotency key). A transition is received, then committed,
-- then confirmed once its caller has been answered.
create table commands (
    vendor_id    uuid not null references vendors,
    key          text not null check (key ~ '^[0-9a-f]{64}$'),
    ticket_id    uuid,
    actor_id     uuid,
    action       text not null,
    body         jsonb,          -- what was written, until it is committed
    body_hash    bytea not null, -- the same key with another body is refused
    received_at  timestamptz not null,
    committed_at timestamptz,
    confirmed_at timestamptz,
    object_id    uuid,           -- what it made or changed
    version      bigint,         -- of the ticket after it
    primary key (vendor_id, key)
);
create index commands_unconfirmed on commands (committed_at) where committed_at is not null and confirmed_at is null;

-- Everything that leaves a transaction: workflow starts, signals, mail.
create table outbox (
    id          bigint generated always as identity primary key,
    vendor_id   uuid not null references vendors,
    kind        text not null check (kind in ('start', 'signal', 'mail')),
    key         text not null, -- the effect's identity: decided once
    ticket_id   uuid,
    payload     jsonb not null,
    state       text not null default 'pending' check (state in ('pending', 'sending', 'sent', 'dead')),
    attempts    integer not null default 0,
    next_at     timestamptz not null default now(),
    lease_until timestamptz,
    last_error  text not null default '',
    created_at  timestamptz not null default now(),
    sent_at     timestamptz,
    unique (vendor_id, key)
);
create index outbox_due on outbox (kind, next_at, id) where state = 'pending';
create index outbox_sending on outbox (kind, lease_until) where state = 'sending';
create index outbox_dead on outbox (id) where state = 'dead';

-- Ticket numbers: one sequence per vendor and year. Increasing, never waiting
-- for another transaction; a rolled back one leaves a gap.
-- +goose StatementBegin
create function next_ticket_number(vendor uuid, year integer) returns bigint
language plpgsql security definer set search_path = public as $$
declare
    sequence text := format('ticket_number_%s_%s', replace(vendor::text, '-', ''), year);
begin
    if vendor is distinct from nullif(current_setting('casepath.vendor_id', true), '')::uuid then
        raise exception 'another vendor''s numbers';
    end if;
    begin
        return nextval(sequence::regclass);
    exception when undefined_table then
        perform pg_advisory_xact_lock(hashtext(sequence));
        execute format('create sequence if not exists %I', sequence);
        return nextval(sequence::regclass);
    end;
end $$;

create function current_vendor() returns uuid language sql stable parallel safe as $$
    select nullif(current_setting('casepath.vendor_id', true), '')::uuid
$$;

-- Row-level security on every vendor-owned table: the application sees the
-- vendor of its transaction, the relay what it delivers, nobody else a thing.
do $$
declare t text;
begin
    foreach t in array array['organizations', 'organization_links', 'people', 'bearers', 'requests', 'tickets',
                             'comments', 'files', 'events', 'commands', 'outbox'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd

create policy relay on outbox to casepath_relay using (true) with check (true);
create policy relay on commands to casepath_relay using (true);
create policy relay on tickets for select to casepath_relay using (true);

revoke execute on function next_ticket_number(uuid, integer) from public;
grant usage on schema public to casepath_app, casepath_relay;
grant execute on function next_ticket_number(uuid, integer) to casepath_app;
grant select, insert, update on vendors, organizations, people, bearers, files, commands to casepath_app;
grant select, insert, delete on organization_links to casepath_app;
grant select, insert on requests, comments, events, outbox to casepath_app;
grant select, insert, update on tickets to casepath_app;
grant select, update on outbox to casepath_relay;
grant select on vendors, commands, tickets to casepath_relay;
grant update (confirmed_at) on commands to casepath_relay;
