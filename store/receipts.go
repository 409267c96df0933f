package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Receipt is one receipt of a ticket as it was decided, and what became of it.
type Receipt struct {
	ID         int64      `db:"id"` // of its row in the outbox
	TicketID   uuid.UUID  `db:"ticket_id"`
	To         string     `db:"receipt_to"`  // the address, case folded
	For        *uuid.UUID `db:"receipt_for"` // who was to get it
	Name       string     `db:"name"`        // of that person
	State      string     `db:"state"`       // pending, sending, sent, dead
	Again      bool       `db:"again"`       // it was sent again on request
	DecidedAt  time.Time  `db:"decided_at"`
	AcceptedAt *time.Time `db:"sent_at"`    // by the mail server
	LastError  string     `db:"last_error"` // what the server said when it did not
	DeadAt     *time.Time `db:"dead_at"`    // when it was given up
	DealtAt    *time.Time `db:"dealt_at"`   // when somebody dealt with that
	DealtBy    string     `db:"dealt_by"`   // name
	DealtNote  string     `db:"dealt_note"`
}

// What became of a receipt.
const (
	ReceiptWaiting  = "waiting"
	ReceiptAccepted = "accepted" // by the mail server
	ReceiptRefused  = "refused"  // for good, or tried too often
)

// Fate is what became of it: one of these.
func (r Receipt) Fate() string {
	switch r.State {
	case "sent":
		return ReceiptAccepted
	case "dead":
		return ReceiptRefused
	}
	return ReceiptWaiting
}

const receiptSelect = `select o.id, o.ticket_id, o.receipt_to, o.receipt_for, coalesce(p.name, '') as name, o.state, coalesce((o.payload ->> 'Again')::boolean, false) as again,
	coalesce((o.payload ->> 'At')::timestamptz, o.created_at) as decided_at, o.sent_at, o.last_error, o.dead_at, o.dealt_at, coalesce(b.name, '') as dealt_by, o.dealt_note
	from outbox o left join people p on p.id = o.receipt_for left join people b on b.id = o.dealt_by `

// Receipts are those of some tickets, in the order they were decided.
func (tx *Tx) Receipts(ctx context.Context, tickets ...uuid.UUID) (list []Receipt, err error) {
	return list, tx.list(ctx, "list receipts", &list, receiptSelect+`where o.receipt_to is not null and o.ticket_id = any($1) order by o.id`, pq.Array(tickets))
}

// Bounced is a receipt that was given up and nobody has dealt with.
type Bounced struct {
	Receipt
	Number string `db:"number"` // of the ticket
	Title  string `db:"title"`
	Email  string `db:"email"` // the person's address now
}

// Bounced lists them, the newest first, from before the one with that id; 0:
// from the beginning.
func (tx *Tx) Bounced(ctx context.Context, before int64, limit int) (list []Bounced, err error) {
	return list, tx.list(ctx, "list bounced receipts", &list, `select r.*, t.number, t.title, coalesce(p.email, '') as email from (`+receiptSelect+`
		where o.vendor_id = $1 and o.receipt_to is not null and o.state = 'dead' and o.dealt_at is null and ($2 = 0 or o.id < $2) order by o.id desc limit $3) r
		join tickets t on t.id = r.ticket_id left join people p on p.id = r.receipt_for order by r.id desc`, tx.Vendor, before, limit)
}

// CountBounced counts them, no further than CountsMax + 1.
func (tx *Tx) CountBounced(ctx context.Context) (n int, err error) {
	return n, tx.get(ctx, "count bounced receipts", &n, `select count(*) from (select from outbox
		where vendor_id = $1 and receipt_to is not null and state = 'dead' and dealt_at is null limit $2) counted`, tx.Vendor, CountsMax+1)
}

// LockReceipt is one receipt by its row in the outbox, which nobody else changes
// until the end of the transaction; NotFound when there is none.
func (tx *Tx) LockReceipt(ctx context.Context, id int64) (r Receipt, err error) {
	return r, tx.get(ctx, "lock a receipt", &r, receiptSelect+`where o.id = $1 and o.receipt_to is not null for update of o`, id)
}

// DealWithReceipts notes that somebody has dealt with the bounced receipts of a
// ticket that these people were to get.
func (tx *Tx) DealWithReceipts(ctx context.Context, ticket uuid.UUID, people []uuid.UUID, by uuid.UUID, at time.Time, note string) error {
	return tx.exec(ctx, "deal with bounced receipts", `update outbox set dealt_at = $3, dealt_by = $4, dealt_note = $5
		where ticket_id = $1 and receipt_to is not null and receipt_for = any($2) and state = 'dead' and dealt_at is null`,
		ticket, pq.Array(people), at, by, note)
}

// DealWithReceipt notes it of one.
func (tx *Tx) DealWithReceipt(ctx context.Context, id int64, by uuid.UUID, at time.Time, note string) error {
	return tx.change(ctx, "deal with a bounced receipt", `update outbox set dealt_at = $2, dealt_by = $3, dealt_note = $4 where id = $1`, id, at, by, note)
}

// SentAgain is when the receipt of a ticket was sent again to a person since an
// instant, oldest first.
func (tx *Tx) SentAgain(ctx context.Context, ticket, person uuid.UUID, since time.Time) (times []time.Time, err error) {
	return times, tx.list(ctx, "find receipts sent again", &times, `select (payload ->> 'At')::timestamptz as at from outbox
		where ticket_id = $1 and receipt_to is not null and receipt_for = $2 and payload ->> 'Again' = 'true'
		and (payload ->> 'At')::timestamptz > $3 order by 1`, ticket, person, since)
}
