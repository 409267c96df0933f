-- What a restore needs: outgoing mail waits for an operator, and the owner of
-- the database ends what was alive and looks for what is missing.

-- +goose Up

-- While its one row is here no mail leaves.
create table mail_hold (
    one         boolean primary key default true check (one),
    since       timestamptz not null default now(),
    restored_to timestamptz not null -- mails decided up to here may have left before the restore
);
grant select on mail_hold to casepath_app;
grant select, delete on mail_hold to casepath_relay;

-- Policies hold the owner too: these let it do its part.
create policy owner on bearers to casepath_owner using (true) with check (true);
create policy owner on one_time_links to casepath_owner using (true) with check (true);
create policy owner on audit for insert to casepath_owner with check (true);
create policy owner on files for select to casepath_owner using (true);
