-- Trainings: the package an offer started from, and the dates that were agreed.
-- Dates never change: those that move are another revision, which replaces all.

-- +goose Up

alter table quotes add column package text not null default ''; -- code of the pack's; '': none

create table training_sessions (
    vendor_id          uuid not null,
    service_request_id uuid not null,
    revision           integer not null check (revision > 0),
    position           integer not null check (position > 0), -- in the order of time
    starts_at          timestamptz not null,
    ends_at            timestamptz not null check (ends_at > starts_at),
    place              text not null, -- or a link
    agreed_by          uuid not null,
    agreed_at          timestamptz not null,
    primary key (service_request_id, revision, position),
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, agreed_by) references people (vendor_id, id)
);

alter table training_sessions enable row level security;
alter table training_sessions force row level security;
create policy vendor on training_sessions using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert on training_sessions to casepath_app;
