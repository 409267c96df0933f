-- Invoices and credit notes: numbered without gaps, never changed once issued,
-- and what was paid. Whoever adds to one holds the lock of its ticket's row.

-- +goose Up

-- The last number given of each kind and year. The row stays locked until the
-- transaction that took a number ends, and goes back with it: no gap, no double.
create table counters (
    vendor_id uuid not null references vendors (id),
    kind      text not null check (kind in ('invoice', 'credit_note', 'quote')),
    year      integer not null check (year between 2000 and 9999), -- in the vendor's zone, at issue
    last      bigint not null check (last > 0),
    primary key (vendor_id, kind, year)
);

create table invoices (
    id                 uuid primary key,
    vendor_id          uuid not null,
    kind               text not null check (kind in ('invoice', 'credit_note')),
    number             text not null, -- INV-2026-0001, CN-2026-0001
    ticket_id          uuid not null,
    service_request_id uuid,          -- null: for work on the ticket itself
    purpose            text not null check (purpose in ('work', 'quote')), -- time worked, or a price agreed beforehand
    quote_id           uuid,          -- whose price it is
    credits            uuid,          -- of a credit note: the invoice it takes back, whole
    after_credit       uuid,          -- of an invoice issued anew: the credit note that made room for it
    reason             text not null default '', -- of a credit note
    organization_id    uuid not null,
    currency           char(3) not null check (currency ~ '^[A-Z]{3}$'),
    net                numeric(18, 4) not null,
    total              numeric(18, 4) not null,
    issued_at          timestamptz not null,
    issued_on          date not null, -- in the vendor's zone
    due_on             date,          -- of an invoice
    worked_from        date,          -- the first and the last day that is billed; null: a fixed price
    worked_until       date,
    issued_by          uuid,          -- null: by the procedure
    locale             text not null, -- the customer's
    po_number          text not null default '',
    subject            text not null, -- the ticket's, as it was
    about              text not null, -- the numbers of ticket and service request
    bill_to            jsonb not null, -- as it was: {name, external_id, contact}
    sender             jsonb not null, -- likewise the vendor: {name, address, phones, mail}
    unique (vendor_id, id),
    unique (vendor_id, number),
    unique (credits),                 -- once
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, issued_by) references people (vendor_id, id),
    foreign key (vendor_id, credits) references invoices (vendor_id, id),
    foreign key (vendor_id, after_credit) references invoices (vendor_id, id),
    check ((kind = 'credit_note') = (credits is not null)),
    check (kind = 'invoice' or after_credit is null),
    check ((kind = 'invoice') = (due_on is not null)),
    check (case kind when 'invoice' then total > 0 else total < 0 and reason <> '' end)
);
-- A service request is invoiced once for each purpose, and again only after the
-- invoice was credited: each credit note makes room for one.
create unique index invoices_once on invoices (service_request_id, purpose, after_credit) nulls not distinct
    where kind = 'invoice' and service_request_id is not null;
create index invoices_list on invoices (vendor_id, issued_at desc, id desc);
create index invoices_organization on invoices (organization_id, issued_at desc, id desc);
create index invoices_ticket on invoices (ticket_id, issued_at, id);

create table invoice_lines (
    vendor_id  uuid not null,
    invoice_id uuid not null,
    position   integer not null,
    kind       text not null check (kind in ('time', 'minimum', 'fixed')),
    activity   text not null default '', -- code of the pack's
    said       jsonb not null,           -- the activity's label as it was, or what was agreed, by language
    minutes    integer not null,         -- billed; below zero on a credit note
    quantity   numeric(18, 4) not null,  -- of a fixed price
    unit       numeric(18, 4) not null,  -- price of an hour, or of one
    net        numeric(18, 4) not null,
    primary key (invoice_id, position),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id)
);

create table invoice_taxes (
    vendor_id    uuid not null,
    invoice_id   uuid not null,
    position     integer not null,
    code         text not null,
    said         jsonb not null,
    percent      numeric(13, 4) not null,
    registration text not null default '', -- the vendor's number with the tax
    amount       numeric(18, 4) not null,
    primary key (invoice_id, position),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id)
);

-- The time entries an invoice bills. An entry is billed once, and again only
-- after that invoice was credited: each credit note makes room for one.
create table invoice_entries (
    vendor_id    uuid not null,
    invoice_id   uuid not null,
    entry_id     uuid not null,
    after_credit uuid, -- the credit note that made room; null: it was never billed before
    primary key (invoice_id, entry_id),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id),
    foreign key (vendor_id, entry_id) references time_entries (vendor_id, id),
    foreign key (vendor_id, after_credit) references invoices (vendor_id, id)
);
create unique index invoice_entries_once on invoice_entries (entry_id, after_credit) nulls not distinct;

create table payments (
    id         uuid primary key,
    vendor_id  uuid not null,
    invoice_id uuid not null,
    amount     numeric(18, 4) not null check (amount > 0),
    currency   char(3) not null,
    paid_on    date not null,
    how        text not null check (how in ('transfer', 'card', 'cheque', 'cash', 'other')),
    reference  text not null default '',
    by_id      uuid,  -- who noted it; null: the payment service did
    message_id text,  -- of the payment service's message
    at         timestamptz not null,
    unique (vendor_id, message_id),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id),
    foreign key (vendor_id, by_id) references people (vendor_id, id),
    check ((by_id is null) = (message_id is not null))
);
create index payments_invoice on payments (invoice_id, at, id);

-- What the payment service has told, each message once, and what came of it.
create table payment_messages (
    vendor_id  uuid not null references vendors (id),
    message_id text not null,
    body_hash  bytea not null,
    outcome    text not null, -- taken, or why it was refused
    said       text not null, -- the invoice, amount and currency it named
    invoice_id uuid,
    at         timestamptz not null,
    primary key (vendor_id, message_id),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id)
);

create index payment_messages_invoice on payment_messages (invoice_id, at) where outcome <> 'taken';

-- What the payment service signs with, sealed.
create table payment_keys (
    vendor_id uuid primary key references vendors (id),
    secret    bytea not null,
    set_at    timestamptz not null
);

-- The PDF of an invoice in a language, drawn by whoever needs it first.
create table invoice_documents (
    vendor_id  uuid not null,
    invoice_id uuid not null,
    locale     text not null,
    sha256     bytea not null,
    bytes      bytea not null,
    primary key (invoice_id, locale),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id)
);

-- +goose StatementBegin
create function next_count(counted text, vendor uuid, of_year integer) returns bigint
language plpgsql security definer set search_path = public as $$
declare n bigint;
begin
    if vendor is distinct from current_vendor() then
        raise exception 'another vendor''s numbers';
    end if;
    insert into counters as c (vendor_id, kind, year, last) values (vendor, counted, of_year, 1)
        on conflict (vendor_id, kind, year) do update set last = c.last + 1 returning last into n;
    return n;
end $$;

do $$
declare t text;
begin
    foreach t in array array['counters', 'invoices', 'invoice_lines', 'invoice_taxes', 'invoice_entries', 'payments', 'payment_messages', 'payment_keys', 'invoice_documents'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd

revoke execute on function next_count(text, uuid, integer) from public;
grant execute on function next_count(text, uuid, integer) to casepath_app;
-- Numbers come from the function alone, and what was issued, paid and told is
-- never rewritten.
grant select on counters to casepath_app;
grant select, insert on invoices, invoice_lines, invoice_taxes, invoice_entries, payments, payment_messages, invoice_documents to casepath_app;
grant select, insert, update on payment_keys to casepath_app;
