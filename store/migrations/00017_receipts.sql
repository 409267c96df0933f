-- Receipts: to whom, whether the mail server took them, and who has dealt with
-- those it refused. And what looks up what has arrived.

-- +goose Up

-- A receipt says its address, case folded, and whose it was meant to be; all
-- other mail has neither.
alter table outbox
    add column receipt_to  text generated always as (
        case when payload ->> 'Kind' in ('receipt', 'receipt_on_behalf') then lower(payload #>> '{To,Email}') end) stored,
    add column receipt_for uuid generated always as (
        case when payload ->> 'Kind' in ('receipt', 'receipt_on_behalf') and key ~ '/[0-9a-f-]{36}$' then right(key, 36)::uuid end) stored,
    add column dead_at     timestamptz, -- when it was given up; null: it was not, or is tried again
    add column dealt_at    timestamptz, -- when somebody dealt with that
    add column dealt_by    uuid,
    add column dealt_note  text not null default '',
    add foreign key (vendor_id, dealt_by) references people (vendor_id, id);
update outbox set dead_at = next_at where state = 'dead';

create index outbox_receipts on outbox (ticket_id, id) where receipt_to is not null;
create index outbox_receipts_to on outbox (vendor_id, receipt_to, id) where receipt_to is not null;
create index outbox_receipts_bounced on outbox (vendor_id, id desc)
    where receipt_to is not null and state = 'dead' and dealt_at is null;
grant update (dead_at, dealt_at, dealt_by, dealt_note) on outbox to casepath_app;

-- What has no number, newest first: of a vendor, an organization, a person.
create index requests_unregistered on requests (vendor_id, submitted_at desc, id desc) where state <> 'registered';
create index requests_organization_unregistered on requests (organization_id, submitted_at desc, id desc) where state <> 'registered';
create index requests_contact_unregistered on requests (contact_id, submitted_at desc, id desc) where contact_id is not null and state <> 'registered';
create index refusals_person on refusals (person_id, at desc, id desc);
create index refusals_organization on refusals (organization_id, at desc, id desc);
