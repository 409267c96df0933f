package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
)

// DevNews is a change that everybody who waits is told once: of one dev ticket,
// or of all that a release ships.
type DevNews struct {
	ID         uuid.UUID      `db:"id"`
	Kind       devticket.News `db:"kind"`
	DevID      *uuid.UUID     `db:"dev_ticket_id"` // nil: of a release's
	ReleaseID  *uuid.UUID     `db:"release_id"`    // the release that ships; nil: one dev ticket's news
	Target     string         `db:"target"`        // the version
	Words      string         `db:"words"`         // why it is refused
	ByID       uuid.UUID      `db:"by_id"`
	At         time.Time      `db:"at"`
	Shipped    int            `db:"shipped"` // dev tickets shipped so far
	ShippedAll bool           `db:"shipped_all"`
	Noted      bool           `db:"noted"`   // the tickets' histories say so
	ToldTo     *uuid.UUID     `db:"told_to"` // the last person who was told, in the order of their ids
	ToldAllAt  *time.Time     `db:"told_all_at"`
}

const newsColumns = `id, kind, dev_ticket_id, release_id, target, words, by_id, at, shipped, shipped_all, noted, told_to, told_all_at`

// InsertDevNews adds news, and begins the workflow that tells it. A release that
// has shipped already is a Conflict.
func (tx *Tx) InsertDevNews(ctx context.Context, n DevNews) error {
	_, err := tx.ExecContext(ctx, `insert into dev_news (id, vendor_id, kind, dev_ticket_id, release_id, target, words, by_id, at, shipped_all)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, n.ID, tx.Vendor, n.Kind, n.DevID, n.ReleaseID, n.Target, n.Words, n.ByID, n.At, n.ReleaseID == nil)
	if violates(err, "dev_news_release") {
		return problem.New(problem.Conflict, "release_shipped", problem.Args{"version": n.Target})
	}
	if err != nil {
		return failure("insert news", err)
	}
	return tx.StartWork(ctx, WorkNews, n.ID, nil)
}

// LockDevNews finds news, and nobody else goes through it until the end of the
// transaction.
func (tx *Tx) LockDevNews(ctx context.Context, id uuid.UUID) (n DevNews, err error) {
	return n, tx.get(ctx, "lock news", &n, `select `+newsColumns+` from dev_news where id = $1 for update`, id)
}

// UpdateDevNews notes how far locked news has come.
func (tx *Tx) UpdateDevNews(ctx context.Context, n DevNews) error {
	return tx.change(ctx, "note how far news has come", `update dev_news set shipped = $2, shipped_all = $3, noted = $4, told_to = $5, told_all_at = $6 where id = $1`,
		n.ID, n.Shipped, n.ShippedAll, n.Noted, n.ToldTo, n.ToldAllAt)
}

// NewsOfRelease is the news a release was shipped with; nil when it was not.
func (tx *Tx) NewsOfRelease(ctx context.Context, release uuid.UUID) (*DevNews, error) {
	var list []DevNews
	err := tx.list(ctx, "find news of release", &list, `select `+newsColumns+` from dev_news where release_id = $1`, release)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// ToShip is what a release would ship: dev tickets of its package that are
// planned into it.
type ToShip struct {
	Devs    int `db:"devs"`
	Tickets int `db:"tickets"` // that wait for them
}

// scheduled is the condition that a dev ticket d is planned into release $1.
const scheduled = `d.state in ('planned', 'in_work') and (d.release_id = $1
	or exists (select from releases r where r.id = $1 and r.package_id = d.package_id and lower(r.number) = lower(d.target)))`

// ToShip counts it.
func (tx *Tx) ToShip(ctx context.Context, release uuid.UUID) (s ToShip, err error) {
	return s, tx.get(ctx, "count what a release ships", &s, `select count(distinct d.id) as devs, count(distinct l.ticket_id) as tickets
		from dev_tickets d left join dev_ticket_links l on l.dev_ticket_id = d.id and l.works is not true where d.vendor_id = $2 and `+scheduled, release, tx.Vendor)
}

// ShipNext ships so many of the dev tickets planned into a release at most, with
// its news, and pokes their workflows. It answers how many.
func (tx *Tx) ShipNext(ctx context.Context, n DevNews, limit int) (int, error) {
	var shipped []struct {
		ID      uuid.UUID `db:"id"`
		Version int64     `db:"version"`
	}
	if err := tx.list(ctx, "ship dev tickets", &shipped, `update dev_tickets set version = version + 1, state = 'shipped', target = $3, release_id = $1,
			updated_at = $4, shipped_at = $4, news_id = $5
		where id in (select d.id from dev_tickets d where d.vendor_id = $2 and `+scheduled+` order by d.id limit $6 for update of d)
		returning id, version`, *n.ReleaseID, tx.Vendor, n.Target, n.At, n.ID, limit); err != nil || len(shipped) == 0 {
		return 0, err
	}
	ids := make([]uuid.UUID, len(shipped))
	for i, d := range shipped {
		ids[i] = d.ID
		if err := tx.PokeWork(ctx, WorkDev, d.ID, d.Version, nil); err != nil {
			return 0, err
		}
	}
	if err := tx.exec(ctx, "note what was shipped", `insert into dev_ticket_events (vendor_id, dev_ticket_id, version, kind, actor_id, at, data)
		select vendor_id, id, version, $2, $3, $4, jsonb_build_object('version', target) from dev_tickets where id = any($1)`,
		pq.Array(ids), string(devticket.ActShip), n.ByID, n.At); err != nil {
		return 0, err
	}
	if err := tx.Announce(ctx, DevChanged, ids...); err != nil {
		return 0, err
	}
	return len(shipped), tx.forgetChecks(ctx, ids)
}

// Ship lets customers check what one dev ticket has shipped.
func (tx *Tx) Ship(ctx context.Context, dev uuid.UUID) error {
	return tx.forgetChecks(ctx, []uuid.UUID{dev})
}

// links are the links whose customers are told of news $1 of dev ticket $2 (nil:
// of a release's) of instant $3: those of tickets linked later know, those for whom it works have it. Parts of
// their own, since row-level security would have the planner guess.
const links = `links as materialized (
		select l.id, l.ticket_id, l.dev_ticket_id, d.number as dev_number from dev_tickets d join dev_ticket_links l on l.dev_ticket_id = d.id
		where (d.news_id = $1 or d.id = $2) and l.linked_at <= $3 and l.works is not true)`

func (n DevNews) linked() []any { return []any{n.ID, n.DevID, n.At} }

// NoteNews writes news into the history of each ticket that waits, and on its
// links.
func (tx *Tx) NoteNews(ctx context.Context, n DevNews) error {
	if err := tx.exec(ctx, "note news on tickets", `with `+links+`
		insert into events (vendor_id, ticket_id, version, kind, public, actor_id, at, data)
		select t.vendor_id, t.id, t.version, 'dev_' || $4, true, $5, $3, jsonb_build_object('number', l.dev_number, 'version', $6::text, 'dev_ticket_id', l.dev_ticket_id)
		from links l join tickets t on t.id = l.ticket_id order by t.id, l.dev_number`,
		append(n.linked(), string(n.Kind), n.ByID, n.Target)...); err != nil {
		return err
	}
	return tx.exec(ctx, "note news on links", `with `+links+` update dev_ticket_links l set told = $4, told_at = $3 from links where links.id = l.id`,
		append(n.linked(), string(n.Kind))...)
}

// NewsItem is a ticket of a person's that news is about, or a feature they have
// asked for without one.
type NewsItem struct {
	PersonID  uuid.UUID `db:"person_id"`
	Number    string    `db:"number"` // of the ticket; "": a feature
	Title     string    `db:"title"`  // of a feature the public one
	DevNumber string    `db:"dev_number"`
	Feature   string    `db:"feature"` // its number; "": a ticket
}

// NewsFor are the tickets that news is about of the next so many people who are
// to be told, in the order of their ids: who made the request, the contact a
// partner acts for and who watches it, as far as they may be told of it; and the
// features of who has asked for one without a ticket.
func (tx *Tx) NewsFor(ctx context.Context, n DevNews, people int) (list []NewsItem, err error) {
	after := uuid.Nil
	if n.ToldTo != nil {
		after = *n.ToldTo
	}
	return list, tx.list(ctx, "find whom news is for", &list, `with `+links+`,
		waiting as materialized (select c.person_id, t.number, t.title, l.dev_number, '' as feature, t.organization_id
			from links l join tickets t on t.id = l.ticket_id
			cross join lateral (select t.requester_id as person_id union select t.contact_id where t.contact_id is not null
				union select w.person_id from ticket_watchers w where w.ticket_id = t.id) c
			union all select v.person_id, '', case when f.published then f.public_title else '' end, d.number, f.number, v.organization_id
			from dev_tickets d join features f on f.dev_ticket_id = d.id join feature_votes v on v.feature_id = f.id
			where (d.news_id = $1 or d.id = $2) and v.ticket_id is null and v.cast_at <= $3),
		told as materialized (select w.person_id, w.number, w.title, w.dev_number, w.feature from waiting w join people p on p.id = w.person_id
			where w.person_id > $4 and p.active and (p.organization_id is null or p.organization_id = w.organization_id
				or exists (select from organization_links o where o.partner_id = p.organization_id and o.customer_id = w.organization_id)))
		select * from told where person_id in (select distinct person_id from told order by person_id limit $5)
		order by person_id, number, dev_number, feature`, append(n.linked(), after, people)...)
}

// PeopleWith finds people by id, in no order.
func (tx *Tx) PeopleWith(ctx context.Context, ids []uuid.UUID) (list []Person, err error) {
	return list, tx.list(ctx, "find people", &list, personSelect+`where p.id = any($1)`, pq.Array(ids))
}
