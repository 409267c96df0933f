-- Development requests: a ticket that asks for a dev ticket, and waits until
-- development has accepted or refused it.

-- +goose Up

alter table dev_tickets
    add column request_id uuid, -- the ticket that asks for it; null: it was found by a review
    add foreign key (vendor_id, request_id) references tickets (vendor_id, id);
-- A ticket waits for one evaluation at a time.
create unique index dev_tickets_evaluation on dev_tickets (request_id) where state = 'new';

alter table dev_news drop constraint dev_news_kind_check,
    add constraint dev_news_kind_check check (kind in ('accepted', 'planned', 'slipped', 'shipped', 'refused'));
