-- The console: replies that can be taken back while they wait, and triage.

-- +goose Up

-- A reply that is held is seen by staff alone, and its mails wait, until that
-- instant of this server's clock. Until then its writer may take it back.
alter table comments add column held_until timestamptz;

-- The held reply a mail belongs to.
alter table outbox add column comment_id uuid;
create index outbox_comment on outbox (comment_id) where comment_id is not null;

-- Takes a held reply back with its mails: all of it, or nothing and false once
-- its time is over or a mail has begun to leave. What is said is otherwise
-- never deleted, so this is all the application may do.
-- +goose StatementBegin
create function take_back(reply uuid) returns boolean
language plpgsql security definer set search_path = public as $$
begin
    perform from comments where id = reply and kind = 'comment' and public and held_until > now() for update;
    if not found then
        return false;
    end if;
    -- A mail the relay takes at this moment is waited for, and then no longer pending.
    perform from outbox where comment_id = reply order by id for update;
    if exists (select from outbox where comment_id = reply and (state <> 'pending' or attempts > 0)) then
        return false;
    end if;
    delete from outbox where comment_id = reply;
    update files set ticket_id = null, comment_id = null where comment_id = reply;
    delete from comments where id = reply;
    return true;
end $$;
-- +goose StatementEnd
revoke execute on function take_back(uuid) from public;
grant execute on function take_back(uuid) to casepath_app;

-- When a ticket last left triage: since then it is empty.
create index events_triaged on events (vendor_id, at desc)
    where data ->> 'from' = 'registered' and data ->> 'to' <> 'registered';
