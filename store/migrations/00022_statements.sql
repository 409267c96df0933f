-- The weekly statement: what each organization was told in which week, and who
-- says that nobody there gets it.

-- +goose Up

-- The zone an organization keeps its week in; null: the vendor's.
alter table organizations add column time_zone text check (time_zone <> '');

-- What was decided for an organization and an ISO week (2026-W48), once.
create table statements (
    vendor_id       uuid not null,
    organization_id uuid not null,
    iso_week        text not null check (iso_week ~ '^[0-9]{4}-W[0-9]{2}$'),
    outcome         text not null check (outcome in ('sent', 'nothing', 'nobody')), -- nothing to say; nobody to receive it
    scheduled_at    timestamptz not null, -- the instant its figures are of
    decided_at      timestamptz not null,
    by_id           uuid,                 -- who had it sent; null: it went by itself
    snapshot        jsonb not null,       -- what was said
    recipients      jsonb not null default '[]', -- [{id, name, email, locale}]
    primary key (organization_id, iso_week),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, by_id) references people (vendor_id, id)
);

-- Somebody at the organization says that nobody there gets it. Gone when
-- somebody is named who does.
create table statement_reports (
    organization_id uuid primary key,
    vendor_id       uuid not null,
    id              uuid not null, -- of this telling
    person_id       uuid not null,
    at              timestamptz not null,
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);

-- What has changed of an organization's requests since an instant.
create index tickets_changed on tickets (vendor_id, organization_id, updated_at);
-- Who gets the statement.
create index people_receiving on people (organization_id) where active and 'statement_receiver' = any(roles);

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['statements', 'statement_reports'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd

grant select, insert on statements to casepath_app;
grant update (outcome, scheduled_at, decided_at, by_id, snapshot, recipients) on statements to casepath_app;
grant select, insert, delete on statement_reports to casepath_app;
