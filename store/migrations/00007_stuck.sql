-- What does not move by itself: what comparing rows with workflows has found,
-- what staff may try again, and which trace an effect belongs to.

-- +goose Up

-- One comparison of the open rows with the running workflows. It is of no
-- vendor: it goes over all of them.
create table reconciliations (
    id          uuid primary key,
    asked_by    text not null check (asked_by in ('schedule', 'command')),
    started_at  timestamptz not null,
    finished_at timestamptz,                    -- null: under way, or broken off
    tickets     bigint not null default 0,      -- open rows compared
    workflows   bigint not null default 0,      -- running workflows listed
    asked       bigint not null default 0,      -- workflows asked what they know
    complete    boolean not null default false, -- all that had to be asked have answered
    found       jsonb not null default '{}'     -- number of differences by kind
);
create index reconciliations_finished on reconciliations (finished_at) where finished_at is not null;

-- The differences of the last comparison, and of one under way.
create table differences (
    id                bigint generated always as identity primary key,
    reconciliation_id uuid not null references reconciliations on delete cascade,
    vendor_id         uuid references vendors, -- null: a workflow without a row does not say whose it is
    ticket_id         uuid not null,
    number            text not null default '',
    kind              text not null,
    row_version       bigint,
    workflow_version  bigint,
    repaired_at       timestamptz,             -- when its repair was begun
    unique (reconciliation_id, ticket_id, kind)
);
create index differences_vendor on differences (vendor_id, id);

-- When the last backup was finished.
create table backups (
    finished_at timestamptz primary key,
    place       text not null default ''
);

alter table differences enable row level security;
alter table differences force row level security;
create policy vendor on differences using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
create policy relay on differences to casepath_relay using (true) with check (true);

-- How often the workflow of an unconfirmed transition was poked, and when last.
alter table commands
    add column pokes    integer not null default 0,
    add column poked_at timestamptz;

-- The trace in which an effect was decided (W3C traceparent); '': none.
alter table outbox add column trace text not null default '';

-- Uploads that nothing names.
create index files_unnamed on files (vendor_id, created_at) where ticket_id is null;

grant select on reconciliations, differences, backups to casepath_app;
grant select, insert, update, delete on reconciliations, differences to casepath_relay;
grant select, insert on backups to casepath_relay;
grant update (pokes, poked_at) on commands to casepath_relay;
grant update (state, attempts, next_at) on outbox to casepath_app; -- an administrator tries a dead delivery again
