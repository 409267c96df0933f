package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// WebhookKey is what a vendor's outside tracker signs with.
type WebhookKey struct {
	Secret       []byte     `db:"secret"`        // sealed, as SecretBefore
	SecretBefore []byte     `db:"secret_before"` // is believed until BeforeUntil; nil: none is
	BeforeUntil  *time.Time `db:"before_until"`
	OwnerID      uuid.UUID  `db:"owner_id"` // in whose name the tracker acts
	SetAt        time.Time  `db:"set_at"`
	OwnerName    string     `db:"owner_name"` // read, never written
}

// WebhookKey is the vendor's; NotFound when it has none. Locked: nobody else
// sets it until the end of the transaction.
func (tx *Tx) WebhookKey(ctx context.Context, lock bool) (k WebhookKey, err error) {
	query := `select k.secret, k.secret_before, k.before_until, k.owner_id, k.set_at, o.name as owner_name
		from webhook_keys k join people o on o.id = k.owner_id where k.vendor_id = $1`
	if lock {
		query += ` for update of k`
	}
	return k, tx.get(ctx, "find webhook key", &k, query, tx.Vendor)
}

// SetWebhookKey keeps another one.
func (tx *Tx) SetWebhookKey(ctx context.Context, k WebhookKey) error {
	return tx.exec(ctx, "set webhook key", `insert into webhook_keys (vendor_id, secret, secret_before, before_until, owner_id, set_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (vendor_id) do update set secret = excluded.secret, secret_before = excluded.secret_before, before_until = excluded.before_until,
			owner_id = excluded.owner_id, set_at = excluded.set_at`,
		tx.Vendor, k.Secret, k.SecretBefore, k.BeforeUntil, k.OwnerID, k.SetAt)
}

// WebhookMessage is what the outside tracker has told, and what came of it.
type WebhookMessage struct {
	ID       string     `db:"message_id"`
	BodyHash []byte     `db:"body_hash"` // SHA-256
	Outcome  string     `db:"outcome"`   // taken, or the key of why it was refused
	Answer   string     `db:"answer"`    // the refusal (JSON), to be answered again; "": taken
	Said     string     `db:"said"`      // the dev ticket and the status it named
	DevID    *uuid.UUID `db:"dev_ticket_id"`
	At       time.Time  `db:"at"`
	Dev      string     `db:"dev"` // the dev ticket's number: read, never written
}

const webhookMessageSelect = `select m.message_id, m.body_hash, m.outcome, m.answer, m.said, m.dev_ticket_id, m.at, coalesce(d.number, '') as dev
	from webhook_messages m left join dev_tickets d on d.id = m.dev_ticket_id where m.vendor_id = $1 `

// WebhookMessage finds a message by its id; NotFound when it never came.
func (tx *Tx) WebhookMessage(ctx context.Context, id string) (m WebhookMessage, err error) {
	return m, tx.get(ctx, "find webhook message", &m, webhookMessageSelect+`and m.message_id = $2`, tx.Vendor, id)
}

// WebhookMessages are the last, the newest first.
func (tx *Tx) WebhookMessages(ctx context.Context, limit int) (list []WebhookMessage, err error) {
	return list, tx.list(ctx, "list webhook messages", &list, webhookMessageSelect+`order by m.at desc, m.message_id desc limit $2`, tx.Vendor, limit)
}

// InsertWebhookMessage keeps one; Conflict "changed_meanwhile" when the same
// message was taken at the same moment.
func (tx *Tx) InsertWebhookMessage(ctx context.Context, m WebhookMessage) error {
	_, err := tx.ExecContext(ctx, `insert into webhook_messages (vendor_id, message_id, body_hash, outcome, answer, said, dev_ticket_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, tx.Vendor, m.ID, m.BodyHash, m.Outcome, m.Answer, m.Said, m.DevID, m.At)
	if violates(err, "webhook_messages_pkey") {
		return problem.New(problem.Conflict, "changed_meanwhile", nil)
	}
	return failure("insert webhook message", err)
}

// DevTicketByExternal finds the only dev ticket of that name in the outside
// tracker; NotFound when there is none, or more than one.
func (tx *Tx) DevTicketByExternal(ctx context.Context, external string) (d DevTicket, err error) {
	var list []DevTicket
	err = tx.list(ctx, "find dev ticket by its outside name", &list, devSelect+`where d.vendor_id = $1 and d.external = $2 and $2 <> '' limit 2`, tx.Vendor, external)
	switch {
	case err != nil:
		return d, err
	case len(list) != 1:
		return d, problem.Missing()
	}
	return list[0], nil
}
