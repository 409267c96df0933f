-- One open request for access per address.

-- +goose Up

create unique index access_requests_one_open on access_requests (vendor_id, lower(email)) where state in ('new', 'asked', 'replied');
