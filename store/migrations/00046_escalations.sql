-- Complaints about the support somebody gets, on their way up the ladder.

-- +goose Up

create table escalations (
    id              uuid primary key,
    vendor_id       uuid not null,
    number          text not null, -- ESC-2026-000001
    version         bigint not null default 1,
    state           text not null check (state in ('open', 'acknowledged', 'on_hold', 'resolved', 'withdrawn')),
    organization_id uuid not null,
    ticket_id       uuid,                        -- null: it concerns none
    opened_by       uuid,                        -- null: a breach has pulled it
    reason          text not null,               -- as the customer wrote it; of a breach: the clock's name
    concerned       uuid[] not null default '{}', -- staff it is about: they decide nothing here, and are not told
    critical        boolean not null default false, -- rungs are told at once
    ladder          text not null,               -- code of the pack's
    rung            smallint not null default 1 check (rung > 0),
    tell_at         timestamptz,                 -- when that rung is told; null: it was
    told_at         timestamptz,
    due_at          timestamptz,                 -- until when it acknowledges
    pass_at         timestamptz,                 -- when the next rung's turn comes; null: never
    acknowledged_at timestamptz,                 -- by that rung
    opened_at       timestamptz not null,
    updated_at      timestamptz not null,
    ended_at        timestamptz,
    policy_version  text not null default '',
    unique (vendor_id, id),
    unique (vendor_id, number),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, opened_by) references people (vendor_id, id)
);
create unique index escalations_of_ticket on escalations (ticket_id) where state not in ('resolved', 'withdrawn');
create unique index escalations_of_none on escalations (opened_by) where ticket_id is null and state not in ('resolved', 'withdrawn');
create index escalations_list on escalations (vendor_id, opened_at desc, id desc);
create index escalations_organization on escalations (organization_id, opened_at desc, id desc);

-- What happened to one, and who decided what and why. Append-only.
create table escalation_steps (
    id            bigint generated always as identity primary key,
    vendor_id     uuid not null,
    escalation_id uuid not null,
    version       bigint not null, -- of the escalation after it
    kind          text not null check (kind in ('opened', 'told', 'nobody_told', 'passed', 'acknowledged', 'held', 'resumed', 'resolved', 'withdrawn')),
    rung          smallint not null,
    person_id     uuid,            -- who did it; null: it happened by itself
    told          uuid[] not null default '{}',
    reason        text not null default '',
    channel       text not null default '',
    ip            text not null default '',
    at            timestamptz not null,
    unique (escalation_id, version),
    foreign key (vendor_id, escalation_id) references escalations (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);

-- +goose StatementBegin
create or replace function next_number(kind text, vendor uuid, year integer) returns bigint
language plpgsql security definer set search_path = public as $$
declare
    sequence text := format('%s_number_%s_%s', kind, replace(vendor::text, '-', ''), year);
begin
    if vendor is distinct from current_vendor() then
        raise exception 'another vendor''s numbers';
    end if;
    if kind not in ('service_request', 'qa_review', 'dev_ticket', 'escalation') then
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
    foreach t in array array['escalations', 'escalation_steps'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd
grant select, insert, update on escalations to casepath_app;
grant select, insert on escalation_steps to casepath_app;
