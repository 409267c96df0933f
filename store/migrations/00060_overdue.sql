-- What was to happen by itself and has not: when the next thing comes to a row,
-- of whatever kind, so that those it has passed by are found.

-- +goose Up

-- As package ticket and package service decide when the row is written; null:
-- nothing comes by itself.
alter table tickets add column next_at timestamptz;
alter table service_requests add column next_at timestamptz;

-- The owner sees no vendor's rows in a migration unless it says so.
alter table tickets no force row level security;
alter table service_requests no force row level security;
update tickets set next_at = least(
        (select min(least(
                case when c ->> 'warned_at' is null and c ->> 'stopped_at' is null then (c ->> 'warn_at')::timestamptz end,
                case when c ->> 'breached_at' is null and (c ->> 'stopped_at' is null or (c ->> 'stopped_at')::timestamptz > (c ->> 'due_at')::timestamptz)
                    then (c ->> 'due_at')::timestamptz end))
            from jsonb_array_elements(clocks) c),
        case when state = 'answered' then auto_close_at end)
    where state not in ('withdrawn', 'merged') and (clocks <> '[]' or state = 'answered') and (state <> 'closed' or reopen_until > now());
update service_requests set next_at = least(remind_at, accept_at, expire_at,
        case when path not in ('feature_request', 'out_of_scope') or state = 'waiting_for_interest' then give_up_at end)
    where state not in ('closed', 'abandoned');
alter table tickets force row level security;
alter table service_requests force row level security;

create index tickets_moving on tickets (next_at) where next_at is not null;
create index service_requests_moving on service_requests (next_at) where next_at is not null;
create index requests_next on requests (next_at) where next_at is not null;
create index collaborations_moving on collaborations (remind_at) where state = 'open' and remind_at is not null;
create index escalations_moving on escalations (coalesce(tell_at, pass_at)) where state = 'open';

grant select (tell_at, pass_at) on escalations to casepath_relay;
