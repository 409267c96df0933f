package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/devticket"
)

// DevLink says that a ticket waits for a dev ticket.
type DevLink struct {
	ID        uuid.UUID  `db:"id"`
	DevID     uuid.UUID  `db:"dev_ticket_id"`
	TicketID  uuid.UUID  `db:"ticket_id"`
	ReviewID  *uuid.UUID `db:"review_id"` // which review found it
	LinkedBy  uuid.UUID  `db:"linked_by"`
	LinkedAt  time.Time  `db:"linked_at"`
	Told      string     `db:"told"` // the newest news its customers were told; "": none
	ToldAt    *time.Time `db:"told_at"`
	Works     *bool      `db:"works"` // as a customer found out; false until it is shipped again, true for good; nil: nobody has said
	CheckedBy *uuid.UUID `db:"checked_by"`
	CheckedAt *time.Time `db:"checked_at"`
}

const devLinkColumns = `id, dev_ticket_id, ticket_id, review_id, linked_by, linked_at, told, told_at, works, checked_by, checked_at`

// LinkDev links a ticket whose row is locked to a dev ticket, unless it is
// linked already: then it waits again, if it had found that it works and a review finds now that it does not.
func (tx *Tx) LinkDev(ctx context.Context, l DevLink) error {
	return tx.exec(ctx, "link a dev ticket", `insert into dev_ticket_links (id, vendor_id, dev_ticket_id, ticket_id, review_id, linked_by, linked_at)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (dev_ticket_id, ticket_id) do update set works = null, checked_by = null, checked_at = null
		where dev_ticket_links.works and excluded.review_id is not null`,
		l.ID, tx.Vendor, l.DevID, l.TicketID, l.ReviewID, l.LinkedBy, l.LinkedAt)
}

// UnlinkDev takes a ticket off the dev ticket a review found, unless its
// customers have been told of news since or the link is an older one. False:
// nothing was changed.
func (tx *Tx) UnlinkDev(ctx context.Context, review uuid.UUID) (bool, error) {
	result, err := tx.ExecContext(ctx, `delete from dev_ticket_links where review_id = $1 and told = ''`, review)
	if err != nil {
		return false, failure("unlink a dev ticket", err)
	}
	n, err := result.RowsAffected()
	return n > 0, failure("unlink a dev ticket", err)
}

// UnlinkTicket takes a ticket off a dev ticket.
func (tx *Tx) UnlinkTicket(ctx context.Context, dev, ticketID uuid.UUID) error {
	return tx.exec(ctx, "unlink a ticket", `delete from dev_ticket_links where dev_ticket_id = $1 and ticket_id = $2`, dev, ticketID)
}

// DevLink is the link of a ticket to a dev ticket; NotFound when there is none.
func (tx *Tx) DevLink(ctx context.Context, dev, ticketID uuid.UUID) (l DevLink, err error) {
	return l, tx.get(ctx, "find link to dev ticket", &l, `select `+devLinkColumns+` from dev_ticket_links where dev_ticket_id = $1 and ticket_id = $2`, dev, ticketID)
}

// CheckDevLink keeps what a customer found out about what was shipped.
func (tx *Tx) CheckDevLink(ctx context.Context, id uuid.UUID, works bool, by uuid.UUID, at time.Time) error {
	return tx.change(ctx, "keep what a customer found out", `update dev_ticket_links set works = $2, checked_by = $3, checked_at = $4 where id = $1`, id, works, by, at)
}

// DevChecks is how many tickets wait for a dev ticket, and what their customers
// found out.
type DevChecks struct {
	All   int `db:"all_of_them"`
	Works int `db:"works"`
	Fails int `db:"fails"`
}

// DevChecks counts them.
func (tx *Tx) DevChecks(ctx context.Context, dev uuid.UUID) (c DevChecks, err error) {
	return c, tx.get(ctx, "count what customers found out", &c, `select count(*) as all_of_them, count(*) filter (where works) as works,
		count(*) filter (where not works) as fails from dev_ticket_links where dev_ticket_id = $1`, dev)
}

// TicketDev is a dev ticket as one of its tickets has it.
type TicketDev struct {
	DevLink
	Number    string          `db:"number"`
	State     devticket.State `db:"state"`
	Target    string          `db:"target"`
	Refusal   string          `db:"refusal"`
	Title     string          `db:"title"` // for staff
	UpdatedAt time.Time       `db:"updated_at"`
	ShippedAt *time.Time      `db:"shipped_at"`
	Version   int64           `db:"version"`    // of the dev ticket
	WorksIn   string          `db:"works_in"`   // the version in which it works for them; "": not found out
	WorksFrom *time.Time      `db:"works_from"` // when that was shipped
}

// Own is what the dev ticket is to this one ticket: whose customer has found that
// it works has what they waited for, whatever becomes of it for others; and of
// others that it fails is not theirs to read.
func (d TicketDev) Own() TicketDev {
	switch {
	case d.Works != nil && *d.Works:
		d.State, d.Refusal = devticket.Verified, ""
		if d.WorksIn != "" {
			d.Target, d.ShippedAt = d.WorksIn, d.WorksFrom
		}
	case d.Works == nil && d.State == devticket.NotVerified:
		d.State = devticket.Shipped
	}
	return d
}

// DevTicketsOf are those a ticket waits for, the newest link first.
func (tx *Tx) DevTicketsOf(ctx context.Context, ticketID uuid.UUID) (list []TicketDev, err error) {
	return list, tx.list(ctx, "list dev tickets of ticket", &list, `select l.id, l.dev_ticket_id, l.ticket_id, l.review_id, l.linked_by, l.linked_at, l.told, l.told_at,
			l.works, l.checked_by, l.checked_at, d.number, d.state, d.target, d.refusal, d.title, d.updated_at, d.shipped_at, d.version,
			coalesce(w.version, '') as works_in, w.shipped_at as works_from
		from dev_ticket_links l join dev_tickets d on d.id = l.dev_ticket_id
		left join lateral (select e.data->>'version' as version, coalesce((e.data->>'shipped_at')::timestamptz, d.shipped_at) as shipped_at
			from events e where l.works and e.ticket_id = l.ticket_id and e.kind = 'fix_verified' and e.data->>'number' = d.number order by e.id desc limit 1) w on true
		where l.ticket_id = $1 order by l.linked_at desc, l.id`, ticketID)
}

// WaitingTicket is a ticket that waits for a dev ticket.
type WaitingTicket struct {
	DevLink
	Number       string `db:"number"`
	Title        string `db:"title"`
	Organization string `db:"organization"`
}

// TicketsOfDev are those that wait for a dev ticket, by number, after one ("":
// from the start).
func (tx *Tx) TicketsOfDev(ctx context.Context, dev uuid.UUID, after string, limit int) (list []WaitingTicket, err error) {
	return list, tx.list(ctx, "list tickets of dev ticket", &list, `select l.id, l.dev_ticket_id, l.ticket_id, l.review_id, l.linked_by, l.linked_at, l.told, l.told_at,
			l.works, l.checked_by, l.checked_at, t.number, t.title, o.name as organization
		from dev_ticket_links l join tickets t on t.id = l.ticket_id join organizations o on o.id = t.organization_id
		where l.dev_ticket_id = $1 and t.number > $2 order by t.number limit $3`, dev, after, limit)
}

// forgetChecks lets customers for whom it still failed check what is shipped again.
func (tx *Tx) forgetChecks(ctx context.Context, devs []uuid.UUID) error {
	return tx.exec(ctx, "let customers check again", `update dev_ticket_links set works = null, checked_by = null, checked_at = null
		where dev_ticket_id = any($1) and not works`, pq.Array(devs))
}

// DevCandidate is a dev ticket that may be what a ticket is about. Marked parts
// of its texts lie between MarkStart and MarkEnd, which no text holds.
type DevCandidate struct {
	DevTicket
	MarkedTitle string `db:"marked_title"`
	MarkedBody  string `db:"marked_body"`
}

// What marks a matched word: characters for private use, taken out of the texts
// first.
const (
	MarkStart = "\uE000"
	MarkEnd   = "\uE001"
)

// DevCandidates finds dev tickets by words of either language, the likeliest
// first; locale is the language whose words are marked.
func (tx *Tx) DevCandidates(ctx context.Context, words, locale string, limit int) (list []DevCandidate, err error) {
	config := "english"
	if locale == "fr" {
		config = "french"
	}
	return list, tx.list(ctx, "find dev tickets like it", &list, `with asked as materialized (
			select replace(plainto_tsquery('english', $1)::text, ' & ', ' | ')::tsquery || replace(plainto_tsquery('french', $1)::text, ' & ', ' | ')::tsquery as query),
		found as materialized (select s.id, s.rank, asked.query from asked cross join lateral search_dev_tickets(asked.query, $2) s)
		select d.*, ts_headline($3::regconfig, translate(d.title, $4, ''), f.query, 'HighlightAll=true,' || $5) as marked_title,
			ts_headline($3::regconfig, translate(left(d.body, 20000), $4, ''), f.query, 'MaxFragments=2,MaxWords=20,MinWords=8,' || $5) as marked_body
		from found f join (`+devSelect+`) d on d.id = f.id order by f.rank desc, d.id`,
		words, limit, config, MarkStart+MarkEnd, "StartSel="+MarkStart+",StopSel="+MarkEnd)
}
