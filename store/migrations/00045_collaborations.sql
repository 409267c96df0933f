-- Questions to colleagues inside a complex ticket. Nothing of them is ever for
-- the customer's side.

-- +goose Up

create table collaborations (
    id             uuid primary key,
    vendor_id      uuid not null,
    ticket_id      uuid not null,
    version        bigint not null default 1,
    state          text not null check (state in ('open', 'answered', 'taken_back')),
    team           text not null default '', -- who is asked: a team of the pack,
    person_id      uuid,                     -- or one person
    question       text not null,
    asked_by       uuid not null,
    asked_at       timestamptz not null,
    due_at         timestamptz,              -- its target; null: the pack names none
    remind_at      timestamptz,              -- null: reminded, or nothing to remind of
    answer         text not null default '',
    ended_by       uuid,                     -- who answered or took it back; null: it ended with its ticket
    ended_at       timestamptz,
    policy_version text not null default '',
    unique (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, asked_by) references people (vendor_id, id),
    foreign key (vendor_id, ended_by) references people (vendor_id, id),
    check ((team = '') <> (person_id is null)),
    check ((state = 'open') = (ended_at is null))
);
create index collaborations_ticket on collaborations (ticket_id, asked_at);
create index collaborations_open on collaborations (vendor_id, asked_at, id) where state = 'open';

alter table collaborations enable row level security;
alter table collaborations force row level security;
create policy vendor on collaborations using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert, update on collaborations to casepath_app;
