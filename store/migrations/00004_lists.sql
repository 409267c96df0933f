-- Lists and the outbox at a hundred thousand rows.

-- +goose Up

-- A list of tickets is read as one short walk for each state asked for, so the
-- state comes before the order: somebody's few open tickets are found without
-- passing their many closed ones. Nothing else is ordered by registration.
drop index tickets_vendor;
drop index tickets_assignee;
drop index tickets_organization;
drop index tickets_partner;
drop index tickets_requester;
drop index tickets_contact;
create index tickets_assignee on tickets (vendor_id, assignee_id, state, registered_at desc, id desc) where assignee_id is not null;
create index tickets_unassigned on tickets (vendor_id, state, registered_at desc, id desc) where assignee_id is null;
create index tickets_organization on tickets (vendor_id, organization_id, state, registered_at desc, id desc);
create index tickets_partner on tickets (vendor_id, partner_id, state, registered_at desc, id desc) where partner_id is not null;
create index tickets_requester on tickets (vendor_id, requester_id, state, registered_at desc, id desc);
create index tickets_contact on tickets (vendor_id, contact_id, state, registered_at desc, id desc) where contact_id is not null;

create index organizations_list on organizations (vendor_id, name, id);
create index people_list on people (vendor_id, name, id);

-- What waits is taken kind by kind in the order it was decided. The rows that
-- were sent are many, and never looked at.
drop index outbox_due;
drop index outbox_sending;
create index outbox_waiting on outbox (kind, id) where state in ('pending', 'sending');
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Each of these made every write of a vendor lock the same row of vendors, to
-- check what is known: the vendor is the transaction's own (row-level
-- security), and a request's is its organization's too.
alter table requests drop constraint requests_vendor_id_fkey;
alter table commands drop constraint commands_vendor_id_fkey;
alter table outbox drop constraint outbox_vendor_id_fkey;
