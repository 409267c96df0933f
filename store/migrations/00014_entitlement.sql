-- What a contract includes, and what of it is taken: an account book per
-- contract and period.

-- +goose Up

-- A stretch of a contract that includes so many tickets. It is opened when a
-- ticket is first to be taken from it.
create table entitlement_periods (
    id          uuid primary key,
    vendor_id   uuid not null,
    contract_id uuid not null,
    first_on    date not null,
    last_on     date, -- null: without an end
    opened_at   timestamptz not null,
    unique (vendor_id, id),
    unique (contract_id, first_on),
    foreign key (vendor_id, contract_id) references contracts (vendor_id, id),
    check (last_on is null or last_on >= first_on)
);

-- What moves tickets between two accounts of a period: out of one and into the
-- other, so that all accounts together are always zero. `agreement` is what the
-- contract has given, and so never above zero unless it took back; `available`
-- is what is left; `reserved` and `used` are what is taken. Append-only.
create table entitlement_moves (
    id           bigint generated always as identity primary key,
    vendor_id    uuid not null,
    period_id    uuid not null,
    ticket_id    uuid, -- null: the period's own
    kind         text not null check (kind in ('open', 'agree', 'reserve', 'commit', 'release')),
    from_account text not null check (from_account in ('agreement', 'available', 'reserved', 'used')),
    to_account   text not null check (to_account in ('agreement', 'available', 'reserved', 'used')),
    amount       integer not null check (amount > 0),
    reason       text not null default '', -- released: one of the pack's; reserved below zero: overrun or buy_pack
    note         text not null default '',
    at           timestamptz not null,
    by_id        uuid, -- null: by itself
    foreign key (vendor_id, period_id) references entitlement_periods (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    foreign key (vendor_id, by_id) references people (vendor_id, id),
    check (from_account <> to_account),
    check ((ticket_id is null) = (kind in ('open', 'agree'))),
    check (kind not in ('open', 'agree') or least(from_account, to_account) = 'agreement' and greatest(from_account, to_account) = 'available'),
    check (kind <> 'reserve' or from_account = 'available' and to_account = 'reserved'),
    check (kind <> 'commit' or from_account = 'reserved' and to_account = 'used'),
    check (kind <> 'release' or from_account in ('reserved', 'used') and to_account = 'available')
);
-- A ticket is reserved, committed and released at most once.
create unique index entitlement_moves_ticket on entitlement_moves (ticket_id, kind);
create unique index entitlement_moves_open on entitlement_moves (period_id) where kind = 'open';
create index entitlement_moves_period on entitlement_moves (period_id, id) include (from_account, to_account, amount);

-- Both sides of each move, as an account book has them.
create view entitlement_entries with (security_invoker) as
    select vendor_id, period_id, id as move_id, from_account as account, -amount as amount from entitlement_moves
    union all
    select vendor_id, period_id, id, to_account, amount from entitlement_moves;

-- What met an account with nothing left and took nothing from it: a request
-- that was not registered, or one whose customer pays it.
create table entitlement_refusals (
    id              uuid primary key,
    vendor_id       uuid not null,
    contract_id     uuid not null,
    organization_id uuid not null,
    person_id       uuid not null,
    ticket_id       uuid, -- of the one that is paid
    outcome         text not null check (outcome in ('refused', 'wait', 'pay_this')),
    kind            text not null, -- the form's
    title           text not null,
    channel         text not null,
    at              timestamptz not null,
    foreign key (vendor_id, contract_id) references contracts (vendor_id, id),
    foreign key (vendor_id, organization_id) references organizations (vendor_id, id),
    foreign key (vendor_id, person_id) references people (vendor_id, id),
    foreign key (vendor_id, ticket_id) references tickets (vendor_id, id),
    check ((outcome = 'pay_this') = (ticket_id is not null))
);
create index entitlement_refusals_contract on entitlement_refusals (contract_id, at desc, id desc);
create unique index entitlement_refusals_ticket on entitlement_refusals (ticket_id);

create index tickets_contract on tickets (contract_id, number) where contract_id is not null and state not in ('closed', 'withdrawn', 'merged');

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['entitlement_periods', 'entitlement_moves', 'entitlement_refusals'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd
grant select, insert on entitlement_periods, entitlement_moves, entitlement_refusals to casepath_app;
grant select on entitlement_entries to casepath_app;
grant update (last_on) on entitlement_periods to casepath_app;
