-- Whatever has a workflow is compared with it, not tickets alone; and an endpoint
-- that is slow holds up no other.

-- +goose Up

-- What kind of row it is, as the id of its workflow begins.
alter table differences add column work text not null default 'ticket';
create index requests_moving on requests (id) where next_at is not null;
create index dev_news_untold on dev_news (id) where told_all_at is null;

create index escalations_opened on escalations (opened_by, opened_at) where opened_by is not null;

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['requests', 'collaborations', 'escalations', 'dev_news'] loop
        execute format('create policy relay on %I for select to casepath_relay using (true)', t);
    end loop;
end $$;
-- +goose StatementEnd

-- Whose endpoint a delivery is of: each is told one thing at a time.
create policy relay on webhook_deliveries for select to casepath_relay using (true);
grant select (effect_id, endpoint_id) on webhook_deliveries to casepath_relay;
create index webhook_deliveries_effect on webhook_deliveries (effect_id);

-- What is compared, and nobody's words.
grant select (id, vendor_id, version, submitted_at, updated_at, next_at) on requests to casepath_relay;
grant select (id, vendor_id, ticket_id, version, state, asked_at, remind_at, ended_at) on collaborations to casepath_relay;
grant select (id, vendor_id, number, version, state, updated_at) on escalations to casepath_relay;
grant select (id, vendor_id, target, at, told_all_at) on dev_news to casepath_relay;
