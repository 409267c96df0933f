-- The paid chain: enhancements are service requests whose price is agreed, and
-- whose invoice is issued, before any work.

-- +goose Up

alter table service_requests drop constraint service_requests_path_check;
alter table service_requests add constraint service_requests_path_check
    check (path in ('service_request', 'customization', 'training', 'feature_request', 'out_of_scope'));
alter table service_requests drop constraint service_requests_state_check;
alter table service_requests add constraint service_requests_state_check
    check (state in ('waiting_for_consent', 'analysis', 'waiting_for_information', 'estimate_offered', 'quote_offered', 'in_work',
           'waiting_for_validation', 'adjustments', 'to_bill', 'billed', 'closed', 'abandoned', 'waiting_for_interest',
           'waiting_for_choice', 'to_schedule', 'waiting_for_payment', 'to_settle'));
create index service_requests_settling on service_requests (vendor_id, updated_at, id) where state = 'to_settle';

-- What the vendor itself thinks an enhancement takes, from the scoping to QA.
-- Customers never read it: they get a quote.
create table efforts (
    id                 uuid primary key,
    vendor_id          uuid not null,
    service_request_id uuid not null,
    revision           integer not null check (revision > 0),
    lines              jsonb not null, -- [{phase, role, minutes}]
    minutes            integer not null check (minutes > 0), -- their sum
    note               text not null default '',
    recorded_by        uuid not null,
    recorded_at        timestamptz not null,
    unique (service_request_id, revision),
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, recorded_by) references people (vendor_id, id)
);

-- When an enhancement is worked on, told with the invoice that is issued in the
-- same transaction.
create table time_frames (
    service_request_id uuid primary key,
    vendor_id          uuid not null,
    first_day          date not null, -- at the vendor
    last_day           date not null,
    invoice_id         uuid not null,
    scheduled_by       uuid not null,
    scheduled_at       timestamptz not null,
    foreign key (vendor_id, service_request_id) references service_requests (vendor_id, id),
    foreign key (vendor_id, invoice_id) references invoices (vendor_id, id),
    foreign key (vendor_id, scheduled_by) references people (vendor_id, id),
    check (first_day <= last_day)
);

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['efforts', 'time_frames'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd
grant select, insert on efforts, time_frames to casepath_app;
