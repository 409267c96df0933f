package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/problem"
)

// Payment is money that came in for an invoice; it is never changed.
type Payment struct {
	ID        uuid.UUID       `db:"id"`
	InvoiceID uuid.UUID       `db:"invoice_id"`
	Amount    decimal.Decimal `db:"amount"`
	Currency  string          `db:"currency"`
	PaidOn    time.Time       `db:"paid_on"` // a day, at midnight UTC
	How       string          `db:"how"`     // one of PaymentWays
	Reference string          `db:"reference"`
	ByID      *uuid.UUID      `db:"by_id"`      // who noted it; nil: the payment service did
	MessageID *string         `db:"message_id"` // of the payment service's message
	At        time.Time       `db:"at"`
	ByName    string          `db:"by_name"` // read, never written here
}

// PaymentWays are how something is paid.
var PaymentWays = []string{"transfer", "card", "cheque", "cash", "other"}

// InsertPayment keeps one.
func (tx *Tx) InsertPayment(ctx context.Context, p Payment) error {
	return tx.exec(ctx, "insert payment", `insert into payments (id, vendor_id, invoice_id, amount, currency, paid_on, how, reference, by_id, message_id, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.ID, tx.Vendor, p.InvoiceID, p.Amount, p.Currency, p.PaidOn, p.How, p.Reference, p.ByID, p.MessageID, p.At)
}

// Payments are those of an invoice, oldest first.
func (tx *Tx) Payments(ctx context.Context, invoice uuid.UUID) (list []Payment, err error) {
	return list, tx.list(ctx, "list payments", &list, `select p.id, p.invoice_id, p.amount, p.currency, p.paid_on, p.how, p.reference, p.by_id,
		p.message_id, p.at, coalesce(b.name, '') as by_name from payments p left join people b on b.id = p.by_id
		where p.invoice_id = $1 order by p.at, p.id`, invoice)
}

// PaymentMessage is what the payment service has told, and what came of it.
type PaymentMessage struct {
	ID        string     `db:"message_id"`
	BodyHash  []byte     `db:"body_hash"` // SHA-256
	Outcome   string     `db:"outcome"`   // taken, or the key of why it was refused
	Said      string     `db:"said"`      // the invoice, amount and currency it named
	InvoiceID *uuid.UUID `db:"invoice_id"`
	At        time.Time  `db:"at"`
}

// PaymentMessage finds a message by its id; NotFound when it never came.
func (tx *Tx) PaymentMessage(ctx context.Context, id string) (m PaymentMessage, err error) {
	return m, tx.get(ctx, "find payment message", &m, `select message_id, body_hash, outcome, said, invoice_id, at
		from payment_messages where vendor_id = $1 and message_id = $2`, tx.Vendor, id)
}

// InsertPaymentMessage keeps one; Conflict "changed_meanwhile" when the same
// message was taken at the same moment.
func (tx *Tx) InsertPaymentMessage(ctx context.Context, m PaymentMessage) error {
	_, err := tx.ExecContext(ctx, `insert into payment_messages (vendor_id, message_id, body_hash, outcome, said, invoice_id, at)
		values ($1, $2, $3, $4, $5, $6, $7)`, tx.Vendor, m.ID, m.BodyHash, m.Outcome, m.Said, m.InvoiceID, m.At)
	if violates(err, "payment_messages_pkey") {
		return problem.New(problem.Conflict, "changed_meanwhile", nil)
	}
	return failure("insert payment message", err)
}

// RefusedMessages are those about an invoice that were not believed, oldest
// first.
func (tx *Tx) RefusedMessages(ctx context.Context, invoice uuid.UUID) (list []PaymentMessage, err error) {
	return list, tx.list(ctx, "list refused payment messages", &list, `select message_id, body_hash, outcome, said, invoice_id, at
		from payment_messages where invoice_id = $1 and outcome <> 'taken' order by at, message_id limit 100`, invoice)
}

// PaymentKey is what the vendor's payment service signs with, sealed; NotFound
// when it has none.
func (tx *Tx) PaymentKey(ctx context.Context) (sealed []byte, err error) {
	return sealed, tx.get(ctx, "find payment key", &sealed, `select secret from payment_keys where vendor_id = $1`, tx.Vendor)
}

// SetPaymentKey keeps another one.
func (tx *Tx) SetPaymentKey(ctx context.Context, sealed []byte, at time.Time) error {
	return tx.exec(ctx, "set payment key", `insert into payment_keys values ($1, $2, $3)
		on conflict (vendor_id) do update set secret = excluded.secret, set_at = excluded.set_at`, tx.Vendor, sealed, at)
}

// InvoiceDocument is the PDF of an invoice in a language; NotFound while nobody
// has drawn it.
func (tx *Tx) InvoiceDocument(ctx context.Context, invoice uuid.UUID, locale string) (pdf []byte, err error) {
	return pdf, tx.get(ctx, "find document of an invoice", &pdf, `select bytes from invoice_documents where invoice_id = $1 and locale = $2`, invoice, locale)
}

// KeepInvoiceDocument keeps it, unless somebody was first.
func (tx *Tx) KeepInvoiceDocument(ctx context.Context, invoice uuid.UUID, locale string, sum, pdf []byte) error {
	return tx.exec(ctx, "keep document of an invoice", `insert into invoice_documents values ($1, $2, $3, $4, $5) on conflict do nothing`,
		tx.Vendor, invoice, locale, sum, pdf)
}
