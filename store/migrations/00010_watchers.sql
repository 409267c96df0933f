-- People who follow a ticket beside those it concerns.

-- +goose Up

create table ticket_watchers (
    vendor_id uuid not null,
    ticket_id uuid not null,
    person_id uuid not null,
    added_by  uuid not null,
    added_at  timestamptz not null,
    primary key (ticket_id, person_id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, added_by) references people (vendor_id, id)
);
create index ticket_watchers_person on ticket_watchers (person_id, ticket_id);

alter table ticket_watchers enable row level security;
alter table ticket_watchers force row level security;
create policy vendor on ticket_watchers using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert, delete on ticket_watchers to casepath_app;
