-- What was done to one ticket or file is found by an index for each column
-- that may name it: of an expression the planner knows too little.

-- +goose Up

drop index commands_object;
create index commands_ticket on commands (vendor_id, ticket_id, received_at desc) where actor_id is not null and ticket_id is not null;
create index commands_object on commands (vendor_id, object_id, received_at desc) where actor_id is not null and ticket_id is null;
