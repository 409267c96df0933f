-- People: who they are, how they prove it, what was done to whom; and what the
-- pages keep for them.

-- +goose Up

alter table people
    add column version           bigint not null default 1, -- rises with each change
    add column approval_limit    bigint,                    -- approvers: minor units; null: without limit
    add column approval_currency text not null default '',  -- ISO 4217 of the limit
    add column delegate_id       uuid,                      -- who approves while they are absent
    add column absent_until      timestamptz,
    add column theme             text not null default 'system' check (theme in ('system', 'light', 'dark')),
    add column single_keys       boolean not null default true, -- single-key shortcuts on pages
    add column invited_at        timestamptz,
    add column totp_secret       bytea,                     -- sealed; null: no second factor
    add column totp_pending      bytea,                     -- sealed; shown, not proven yet
    add column totp_step         bigint not null default 0, -- last accepted time step (RFC 6238): it must rise
    add foreign key (vendor_id, delegate_id) references people (vendor_id, id);
alter table organizations
    add column version bigint not null default 1;

-- A half session has passed the password and waits for the second factor: it
-- reaches the second step alone.
alter table bearers drop constraint bearers_kind_check;
alter table bearers
    add constraint bearers_kind_check check (kind in ('session', 'half', 'token')),
    add column scope        text not null default 'all' check (scope in ('all', 'read')),
    add column proof        text not null default 'password', -- what it was opened with: password, oidc, link, command
    add column ip           text not null default '',
    add column user_agent   text not null default '',
    add column last_used_at timestamptz;
create index bearers_live on bearers (vendor_id, person_id, created_at desc) where revoked_at is null;

-- Browsers a person has signed in with. One that is known is not slowed by
-- others' failures, one that is new is told of by mail.
create table devices (
    id           uuid primary key,
    vendor_id    uuid not null,
    person_id    uuid not null,
    secret_hash  bytea not null unique,
    user_agent   text not null,
    created_at   timestamptz not null,
    last_used_at timestamptz not null,
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index devices_person on devices (vendor_id, person_id);

create table recovery_codes (
    vendor_id uuid not null,
    person_id uuid not null,
    code_hash bytea not null,
    used_at   timestamptz,
    primary key (person_id, code_hash),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);

-- Counters of what is limited, over all vendors: the bucket is the SHA-256 of
-- what is counted, so that no address is kept here.
create table throttles (
    bucket   bytea primary key,
    began_at timestamptz not null,
    hits     integer not null
);
create index throttles_began on throttles (began_at);

-- Companies' sign-on (OpenID Connect). An account is known by issuer and
-- subject, never by its mail address.
create table oidc_providers (
    id            uuid primary key,
    vendor_id     uuid not null references vendors,
    name          text not null,
    issuer        text not null,
    client_id     text not null,
    client_secret bytea not null, -- sealed
    active        boolean not null default true,
    version       bigint not null default 1,
    created_at    timestamptz not null,
    unique (vendor_id, id)
);
create unique index oidc_providers_name on oidc_providers (vendor_id, lower(name));

create table oidc_accounts (
    vendor_id  uuid not null,
    issuer     text not null,
    subject    text not null,
    person_id  uuid not null,
    created_at timestamptz not null,
    primary key (vendor_id, issuer, subject),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index oidc_accounts_person on oidc_accounts (vendor_id, person_id);

-- Somebody without an account asks for one; the organization's account
-- manager asks back, invites or declines.
create table access_requests (
    id              uuid primary key,
    vendor_id       uuid not null references vendors,
    name            text not null,
    email           text not null,
    organization    text not null,          -- as they wrote it
    organization_id uuid,                   -- matched by staff or by its external id
    manager_id      uuid,                   -- whose it is; null: any account manager's
    message         text not null default '',
    locale          text not null,
    state           text not null default 'new' check (state in ('new', 'asked', 'replied', 'invited', 'declined')),
    person_id       uuid,                   -- who came of it
    reason          text not null default '', -- why it was declined
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    version         bigint not null default 1,
    unique (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, manager_id) references people (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index access_requests_open on access_requests (vendor_id, created_at, id) where state in ('new', 'asked', 'replied');
create index access_requests_all on access_requests (vendor_id, created_at desc, id desc);

create table access_messages (
    id         uuid primary key,
    vendor_id  uuid not null,
    request_id uuid not null,
    author_id  uuid, -- null: whoever asks for access
    body       text not null,
    at         timestamptz not null,
    foreign key (vendor_id, request_id) references access_requests (vendor_id, id),
    foreign key (vendor_id, author_id) references people (vendor_id, id)
);
create index access_messages_request on access_messages (request_id, at, id);

-- Links that work once: to choose a password, or to answer a question about
-- one's request for access. Only the SHA-256 of the secret is kept; of several
-- for the same purpose the newest alone is good.
create table one_time_links (
    id                uuid primary key,
    vendor_id         uuid not null references vendors,
    purpose           text not null check (purpose in ('invitation', 'reset', 'access_reply')),
    person_id         uuid,
    access_request_id uuid,
    secret_hash       bytea not null unique,
    created_at        timestamptz not null,
    expires_at        timestamptz not null,
    used_at           timestamptz, -- used, or replaced by a newer one
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, access_request_id) references access_requests (vendor_id, id)
);
create index one_time_links_person on one_time_links (vendor_id, person_id) where used_at is null;
create index one_time_links_access_request on one_time_links (vendor_id, access_request_id) where used_at is null;

create table teams (
    id         uuid primary key,
    vendor_id  uuid not null references vendors,
    name       text not null,
    kind       text not null check (kind in ('support', 'customer_service', 'qa', 'development', 'training', 'other')),
    version    bigint not null default 1,
    created_at timestamptz not null,
    unique (vendor_id, id)
);
create unique index teams_name on teams (vendor_id, lower(name));

create table team_members (
    vendor_id uuid not null,
    team_id   uuid not null,
    person_id uuid not null,
    primary key (team_id, person_id),
    foreign key (vendor_id, team_id) references teams (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);
create index team_members_person on team_members (vendor_id, person_id);

-- Who changed what about people, organizations and access: append-only. What
-- happens to tickets is in events and commands.
create table audit (
    id          bigint generated always as identity primary key,
    vendor_id   uuid not null references vendors,
    at          timestamptz not null,
    actor_id    uuid,              -- null: nobody signed in, or the command line
    action      text not null,
    object_kind text not null,     -- person, organization, team, token, session, …
    object_id   uuid,
    data        jsonb not null default '{}', -- what it was and what it is; never a secret
    bearer_id   uuid,              -- the session or token it came with
    ip          text not null default '',
    request_id  text not null default ''
);
create index audit_time on audit (vendor_id, id desc);
create index audit_actor on audit (vendor_id, actor_id, id desc);
create index audit_object on audit (vendor_id, object_id, id desc);

-- From where a write to a ticket came.
alter table commands
    add column bearer_id uuid,
    add column ip        text not null default '';

-- What somebody is writing: one text per person, ticket and kind. A reply and
-- a note never share one.
create table drafts (
    vendor_id  uuid not null,
    person_id  uuid not null,
    about      text not null, -- a ticket's uuid, or what else is being written
    kind       text not null, -- reply, note, question, answer, information, reopening, register
    body       jsonb not null,
    updated_at timestamptz not null,
    primary key (person_id, about, kind),
    foreign key (vendor_id, person_id) references people (vendor_id, id)
);

-- The queue is read by the next deadline of any kind; tickets without one come
-- last.
alter table tickets add column next_due_at timestamptz not null generated always as (
    coalesce(
        case
            when state in ('closed', 'withdrawn', 'merged') then null
            when acknowledged_at is null then acknowledge_due_at
            when state = 'answered' then auto_close_at
        end,
        timestamptz '9999-01-01 00:00:00+00')) stored;
create index tickets_queue on tickets (vendor_id, next_due_at, id) where state not in ('closed', 'withdrawn', 'merged');
create index tickets_queue_mine on tickets (vendor_id, assignee_id, next_due_at, id) where state not in ('closed', 'withdrawn', 'merged');

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['devices', 'recovery_codes', 'oidc_providers', 'oidc_accounts', 'access_requests', 'access_messages',
                             'one_time_links', 'teams', 'team_members', 'audit', 'drafts'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd

grant select, insert, update on devices, recovery_codes, oidc_providers, access_requests, one_time_links, teams to casepath_app;
grant select, insert, delete on oidc_accounts, team_members to casepath_app;
grant delete on devices, recovery_codes to casepath_app;
grant select, insert on access_messages, audit to casepath_app;
grant select, insert, update, delete on drafts, throttles to casepath_app;
