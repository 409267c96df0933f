-- One open request for access per address.

-- +goose Up

create unique index access_requests_one_open on access_requests (vendor_id, lower(email)) where state in ('new', 'asked', 'replied');

-- The audit is read newest first, with the writes to tickets among it.
drop index audit_time;
drop index audit_actor;
drop index audit_object;
create index audit_time on audit (vendor_id, at desc, id desc);
create index audit_actor on audit (vendor_id, actor_id, at desc, id desc);
create index audit_object on audit (vendor_id, object_id, at desc, id desc);
create index commands_time on commands (vendor_id, received_at desc) where actor_id is not null;
create index commands_actor on commands (vendor_id, actor_id, received_at desc) where actor_id is not null;
create index commands_object on commands (vendor_id, coalesce(ticket_id, object_id), received_at desc) where actor_id is not null;
