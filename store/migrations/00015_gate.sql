-- The registration gate: requests that are not registered (yet), and refusals.

-- +goose Up

-- Until it is registered a request can be completed; then it never changes.
alter table requests
    add column fields      jsonb not null default '{}', -- what the form of its kind asks, by field
    add column files       uuid[] not null default '{}', -- uploads it names, until it has a ticket
    add column version     bigint not null default 1,
    add column updated_at  timestamptz,
    add column next_action text not null default '',    -- what happens by itself next: remind, expire, forward
    add column next_at     timestamptz,
    add column reminded    integer not null default 0,  -- how often
    add column outcome     text not null default '',    -- how it ended without a ticket
    add column answer      text not null default '',    -- the super-user's
    add column ended_by    uuid,                        -- null: by itself
    add foreign key (vendor_id, ended_by) references people (vendor_id, id);
create index requests_open on requests (vendor_id, submitted_at, id) where state in ('incomplete', 'with_super_user');
create index requests_organization_open on requests (organization_id, submitted_at, id) where state in ('incomplete', 'with_super_user');
create index requests_requester on requests (requester_id, submitted_at desc, id desc) where state <> 'registered';

-- What was refused at the door, for staff to see.
create table refusals (
    id              uuid primary key,
    vendor_id       uuid not null,
    person_id       uuid not null,
    organization_id uuid not null,
    channel         text not null,
    kind            text not null,
    title           text not null,
    reason          text not null, -- the problem's key
    at              timestamptz not null,
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id)
);
create index refusals_vendor on refusals (vendor_id, at desc, id desc);
alter table refusals enable row level security;
alter table refusals force row level security;
create policy vendor on refusals using (vendor_id = current_vendor()) with check (vendor_id = current_vendor());
grant select, insert on refusals to casepath_app;
grant update on requests to casepath_app;

-- What is registered never changes.
-- +goose StatementBegin
create function keep_registered() returns trigger language plpgsql as $$
begin
    if old.state = 'registered' then
        raise exception 'a registered request never changes' using errcode = '42501';
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger registered_requests before update on requests for each row execute function keep_registered();
