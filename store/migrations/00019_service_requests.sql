-- Service requests: the billable work that hangs on a ticket, what was decided
-- about it, and the time it took.

-- +goose Up

-- One piece of billable work: level 2, a customization, a training. Whoever
-- changes one holds the lock of its ticket's row first, which is the lock of the
-- whole case.
create table service_requests (
    id            uuid primary key,
    vendor_id     uuid not null,
    number        text not null, -- SR-2026-000123
    ticket_id     uuid not null,
    path          text not null check (path in ('service_request', 'customization', 'training')),
    version       bigint not null default 1, -- rises with each transition
    state         text not null check (state in ('waiting_for_consent', 'analysis', 'waiting_for_information', 'estimate_offered',
                  'quote_offered', 'in_work', 'waiting_for_validation', 'adjustments', 'to_bill', 'billed', 'closed', 'abandoned')),
    resume        text not null default '',   -- the state a wait for information returns to
    round         integer not null default 0, -- how often adjustments were asked for
    asks_estimate boolean not null default false, -- the customer wants an estimate before the work
    ending        text not null default '',   -- how it ended: completed, declined, gave_up, cancelled, withdrawn
    assignee_id   uuid,
    team          text not null default '',   -- code of the pack's
    rate          jsonb not null default '{}', -- what was told before any cost: {per_hour, currency, minimum_minutes}
    created_by    uuid not null,
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    waiting_since timestamptz,                -- the customer is waited for since
    reminders     smallint not null default 0, -- sent in this wait
    remind_at     timestamptz,                -- the next one
    give_up_at    timestamptz,                -- the wait ends the work
    accept_at     timestamptz,                -- the work counts as accepted
    expire_at     timestamptz,                -- the quote is no longer good
    ended_at      timestamptz,
    policy_version text not null default '',  -- of the pack it is run by
    unique (vendor_id, id),
    unique (vendor_id, number),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, assignee_id) references people (vendor_id, id),
    foreign key (vendor_id, created_by) references people (vendor_id, id)
);
-- One open piece of work on a ticket at a time.
create unique index service_requests_open on service_requests (ticket_id) where state not in ('closed', 'abandoned');
create index service_requests_ticket on service_requests (ticket_id, created_at);
create index service_requests_list on service_requests (vendor_id, created_at desc, id desc);
create index service_requests_billing on service_requests (vendor_id, updated_at, id) where state = 'to_bill';

-- What is offered before the work: hours and an amount. Not binding, and not
-- numbered: that is a quote.
create table estimates (
    id                 uuid primary key,
    vendor_id          uuid not null,
    service_request_id uuid not null,
    revision           integer not null check (revision > 0),
    minutes            integer not null check (minutes between 1 and 6000000),
    amount             numeric(18, 4) not null check (amount >= 0), -- net
    currency           char(3) not null,
    note               text not null default '',
    offered_by         uuid not null,
    offered_at         timestamptz not null,
    unique (vendor_id, id),
    unique (service_request_id, revision),
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, offered_by) references people (vendor_id, id)
);

-- Who decided what, on which version of what, through which channel:
-- append-only. question tells apart what can be decided once.
create table decisions (
    id             uuid primary key,
    vendor_id      uuid not null,
    ticket_id      uuid not null,
    object         text not null, -- service_request, estimate, quote
    object_id      uuid not null,
    object_version bigint not null, -- of the object when it was decided: a quote's version, a validation's round
    question       text not null,  -- consent, estimate, quote, validation
    answer         text not null,  -- accepted, declined, adjustments
    person_id      uuid,           -- null: by the pack's rule
    on_behalf_of   uuid,           -- whose delegate decided
    name           text not null default '', -- as typed
    body           text not null default '', -- why, or what to adjust
    channel        text not null,
    ip             text not null default '',
    at             timestamptz not null,
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, on_behalf_of) references people (vendor_id, id),
    unique (object_id, question, object_version)
);
create index decisions_ticket on decisions (ticket_id, at, id);

-- Minutes somebody worked. Append-only: a correction is a reversal, with the
-- minutes of what it reverses below zero.
create table time_entries (
    id                 uuid primary key,
    vendor_id          uuid not null,
    ticket_id          uuid not null,
    service_request_id uuid,             -- null: on the ticket, before or beside any
    person_id          uuid not null,    -- who worked
    entered_by         uuid not null,
    activity           text not null,    -- code of the pack's
    day                date not null,    -- on which it was done, in the vendor's zone
    minutes            integer not null check (minutes <> 0 and minutes between -1440 and 1440),
    note               text not null default '',
    billable           boolean not null,
    reason             text not null default '', -- why it is not billed
    authority_id       uuid,             -- marked as system access: under which authority
    reverses           uuid,             -- the entry this one undoes
    at                 timestamptz not null, -- when it was entered
    unique (vendor_id, id),
    unique (reverses),                   -- once
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, entered_by) references people (vendor_id, id),
    foreign key (vendor_id, authority_id) references access_authorities (vendor_id, id),
    foreign key (vendor_id, reverses) references time_entries (vendor_id, id),
    check ((reverses is null) = (minutes > 0)),
    check (billable or reason <> '')
);
create index time_entries_ticket on time_entries (ticket_id, day, id);
create index time_entries_request on time_entries (service_request_id, day, id) where service_request_id is not null;
create index time_entries_person on time_entries (person_id, day desc, id desc);

-- A clock somebody has started, one a person.
create table timers (
    person_id  uuid primary key,
    vendor_id  uuid not null,
    ticket_id  uuid not null,
    activity   text not null default '',
    started_at timestamptz not null,
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);

-- A transition of a service request is a command too, about its ticket and about
-- itself: its workflow is poked until it knows.
alter table commands add column service_request_id uuid;
create index commands_service_request on commands (service_request_id) where service_request_id is not null;

-- How much hangs on a ticket that has to be finished before it can be answered
-- or closed; kept with what hangs.
alter table tickets add column hanging smallint not null default 0 check (hanging >= 0);

alter table comments drop constraint comments_kind_check;
alter table comments add constraint comments_kind_check check (kind in ('comment', 'question', 'information', 'answer', 'reopening', 'withdrawal',
    'estimate', 'quote', 'validation', 'adjustments', 'decision'));

-- Service request numbers come from a sequence like those of tickets.
-- +goose StatementBegin
create function next_number(kind text, vendor uuid, year integer) returns bigint
language plpgsql security definer set search_path = public as $$
declare
    sequence text := format('%s_number_%s_%s', kind, replace(vendor::text, '-', ''), year);
begin
    if vendor is distinct from current_vendor() then
        raise exception 'another vendor''s numbers';
    end if;
    if kind not in ('service_request') then
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
    foreach t in array array['service_requests', 'estimates', 'decisions', 'time_entries', 'timers'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd
create policy relay on service_requests for select to casepath_relay using (true);

revoke execute on function next_number(text, uuid, integer) from public;
grant execute on function next_number(text, uuid, integer) to casepath_app;
grant select, insert, update on service_requests to casepath_app;
grant select on service_requests to casepath_relay;
-- What was offered, decided and worked is never rewritten.
grant select, insert on estimates, decisions, time_entries to casepath_app;
grant select, insert, update, delete on timers to casepath_app;
