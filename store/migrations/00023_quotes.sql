-- Quotes: priced offers of work, numbered without gaps, versioned, expiring.
-- What was offered never changes: another offer is another version.

-- +goose Up

create table quotes (
    id                 uuid primary key,
    vendor_id          uuid not null,
    number             text not null,    -- Q-2026-0001, the same for every version
    version            integer not null check (version > 0),
    service_request_id uuid not null,
    ticket_id          uuid not null,
    currency           char(3) not null check (currency ~ '^[A-Z]{3}$'),
    net                numeric(18, 4) not null check (net > 0),
    total              numeric(18, 4) not null check (total > 0),
    lines              jsonb not null,   -- [{text, quantity, unit, net}]
    taxes              jsonb not null,   -- [{code, label, percent, amount}]
    note               text not null default '',
    digest             bytea not null,   -- SHA-256 of all that is approved
    offered_by         uuid not null,
    offered_at         timestamptz not null,
    expires_at         timestamptz,      -- null: it is good until it is decided
    locale             text not null default 'en', -- in which it is printed
    subject            text not null default '',
    about              text not null default '',   -- the numbers of ticket and service request
    bill_to            jsonb not null default '{}', -- as they were called when it was offered
    sender             jsonb not null default '{}',
    unique (vendor_id, id),
    unique (vendor_id, number, version),
    unique (service_request_id, version),
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, offered_by) references people (vendor_id, id)
);
create index quotes_list on quotes (vendor_id, offered_at desc, id desc);

-- The PDF of a version in its language, drawn by whoever needs it first.
create table quote_documents (
    vendor_id uuid not null,
    quote_id  uuid not null,
    sha256    bytea not null,
    bytes     bytea not null,
    primary key (quote_id),
    foreign key (vendor_id, quote_id) references quotes (vendor_id, id)
);

alter table quote_documents enable row level security;
alter table quote_documents force row level security;
create policy vendor on quote_documents using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert on quote_documents to casepath_app;

alter table quotes enable row level security;
alter table quotes force row level security;
create policy vendor on quotes using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert on quotes to casepath_app;

-- Links in mails with which one person can decide on one version without signing
-- in, with a code that is mailed apart. Only hashes are kept. Of several links of
-- the same person each works, until the version is decided on or is no longer the
-- newest: who decides, and what was offered, is what counts.
create table approval_links (
    id              uuid primary key,
    vendor_id       uuid not null,
    quote_id        uuid not null,
    person_id       uuid not null,
    secret_hash     bytea not null unique, -- SHA-256 of the secret
    created_at      timestamptz not null,
    expires_at      timestamptz not null,
    opened_at       timestamptz,           -- first; opening decides nothing
    code_hash       bytea,                 -- SHA-256 of the newest code with the link's id
    code_expires_at timestamptz,
    code_tries      smallint not null default 0, -- of the newest code
    foreign key (vendor_id, quote_id) references quotes (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index approval_links_quote on approval_links (quote_id, person_id);

alter table approval_links enable row level security;
alter table approval_links force row level security;
create policy vendor on approval_links using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
create policy owner on approval_links to casepath_owner using (true) with check (true);
grant select, insert, update on approval_links to casepath_app;
