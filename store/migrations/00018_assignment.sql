-- Assignment: the team a ticket is with, and turns.

-- +goose Up

alter table tickets
    add column team             text not null default '', -- code of the pack's; '': none
    add column unassigned_since timestamptz;              -- null: somebody has it
update tickets set unassigned_since = registered_at where assignee_id is null;
create index tickets_nobody on tickets (vendor_id, unassigned_since) where assignee_id is null and state not in ('closed', 'withdrawn', 'merged');
create index tickets_team on tickets (vendor_id, team, next_due_at, id) where state not in ('closed', 'withdrawn', 'merged');

-- The team of the pack whose members a team lists; '': none.
alter table teams add column code text not null default '';

-- Which turn of their team somebody's last one was; they are numbered in order.
create table assignment_turns (
    vendor_id uuid not null,
    team      text not null, -- code of the pack's
    person_id uuid not null,
    turn      bigint not null,
    primary key (vendor_id, team, person_id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);

alter table assignment_turns enable row level security;
alter table assignment_turns force row level security;
create policy vendor on assignment_turns using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert on assignment_turns to casepath_app;
grant update (turn) on assignment_turns to casepath_app;
