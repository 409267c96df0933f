-- Products, their packages and the packages' releases; and the version that a
-- request is about.

-- +goose Up

create table products (
    id         uuid primary key,
    vendor_id  uuid not null references vendors,
    name       text not null,
    version    bigint not null default 1, -- rises with each change
    created_at timestamptz not null,
    unique (vendor_id, id)
);
create unique index products_name on products (vendor_id, lower(name));

create table packages (
    id         uuid primary key,
    vendor_id  uuid not null,
    product_id uuid not null,
    name       text not null,
    version    bigint not null default 1,
    created_at timestamptz not null,
    unique (vendor_id, id),
    foreign key (vendor_id, product_id) references products (vendor_id, id)
);
create unique index packages_name on packages (vendor_id, lower(name)); -- a request names a package by it
create index packages_product on packages (product_id, name, id);

create table releases (
    id          uuid primary key,
    vendor_id   uuid not null,
    package_id  uuid not null,
    number      text not null, -- of the version that was released: 8.3.1
    released_on date not null, -- in the vendor's time zone
    notes       text not null default '',
    version     bigint not null default 1, -- of the row
    created_at  timestamptz not null,
    unique (vendor_id, id),
    foreign key (vendor_id, package_id) references packages (vendor_id, id)
);
create unique index releases_number on releases (package_id, lower(number));
create index releases_newest on releases (package_id, released_on desc, id desc);
create index releases_known on releases (vendor_id, lower(number));

-- +goose StatementBegin
do $$
declare t text;
begin
    foreach t in array array['products', 'packages', 'releases'] loop
        execute format('alter table %I enable row level security', t);
        execute format('alter table %I force row level security', t);
        execute format('create policy vendor on %I using (vendor_id = current_vendor()) with check (vendor_id = current_vendor())', t);
    end loop;
end $$;
-- +goose StatementEnd
grant select, insert, update on products, packages, releases to casepath_app;

-- What the requester said of it, in their words, and the release it is.
alter table requests
    add column package         text not null default '',
    add column package_version text not null default '',
    add column release_id      uuid, -- null: none that is known
    add foreign key (vendor_id, release_id) references releases (vendor_id, id);

-- Decided when it is registered, and not changed by later releases.
alter table tickets
    add column unsupported_version boolean not null default false,
    add column version_accepted_at timestamptz, -- staff work on it all the same
    add column version_accepted_by uuid,
    add foreign key (vendor_id, version_accepted_by) references people (vendor_id, id);
