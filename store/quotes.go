package store

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"
)

// Quote is one version of a priced offer. Amounts are in Currency. It never
// changes.
type Quote struct {
	ID        uuid.UUID       `db:"id"`
	Number    string          `db:"number"` // Q-2026-0001, of every version
	Version   int             `db:"version"`
	ServiceID uuid.UUID       `db:"service_request_id"`
	TicketID  uuid.UUID       `db:"ticket_id"`
	Package   string          `db:"package"` // code of the training package it started from; "": none
	Currency  string          `db:"currency"`
	Net       decimal.Decimal `db:"net"`
	Total     decimal.Decimal `db:"total"`
	Lines     QuoteLines      `db:"lines"`
	Taxes     QuoteTaxes      `db:"taxes"`
	Note      string          `db:"note"`
	Digest    []byte          `db:"digest"` // SHA-256 of all that is approved
	OfferedBy uuid.UUID       `db:"offered_by"`
	OfferedAt time.Time       `db:"offered_at"`
	ExpiresAt *time.Time      `db:"expires_at"`
	Locale    string          `db:"locale"` // in which it is printed
	Subject   string          `db:"subject"`
	About     string          `db:"about"`   // the numbers of ticket and service request
	BillTo    BillTo          `db:"bill_to"` // as they were called when it was offered
	Sender    BillFrom        `db:"sender"`
}

// Over says whether a version is no longer good at an instant.
func (q Quote) Over(at time.Time) bool { return q.ExpiresAt != nil && !at.Before(*q.ExpiresAt) }

// QuoteLine is a price of a quote.
type QuoteLine struct {
	Text     string          `json:"text"`
	Quantity decimal.Decimal `json:"quantity"`
	Unit     decimal.Decimal `json:"unit"`
	Net      decimal.Decimal `json:"net"`
}

// QuoteLines are kept as JSON.
type QuoteLines []QuoteLine

// Value is them as they are kept.
func (l QuoteLines) Value() (driver.Value, error) { return jsonText(l) }

// Scan reads them.
func (l *QuoteLines) Scan(src any) error { return scanJSON(src, l) }

// QuoteTax is a tax on a quote's net amount.
type QuoteTax struct {
	Code    string          `json:"code"`
	Label   Said            `json:"label"`
	Percent decimal.Decimal `json:"percent"`
	Amount  decimal.Decimal `json:"amount"`
}

// QuoteTaxes are kept as JSON.
type QuoteTaxes []QuoteTax

// Value is them as they are kept.
func (t QuoteTaxes) Value() (driver.Value, error) { return jsonText(t) }

// Scan reads them.
func (t *QuoteTaxes) Scan(src any) error { return scanJSON(src, t) }

const quoteColumns = `id, number, version, service_request_id, ticket_id, package, currency, net, total, lines, taxes, note, digest, offered_by, offered_at, expires_at, locale,
	subject, about, bill_to, sender`

const quoteSelect = `select ` + quoteColumns + ` from quotes `

// InsertQuote keeps a version of a quote for ever.
func (tx *Tx) InsertQuote(ctx context.Context, q Quote) error {
	return tx.exec(ctx, "insert quote", `insert into quotes (id, vendor_id, number, version, service_request_id, ticket_id, currency, net, total, lines, taxes,
			note, digest, offered_by, offered_at, expires_at, package, locale, subject, about, bill_to, sender)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		q.ID, tx.Vendor, q.Number, q.Version, q.ServiceID, q.TicketID, q.Currency, q.Net, q.Total, q.Lines, q.Taxes, q.Note, q.Digest, q.OfferedBy,
		q.OfferedAt, q.ExpiresAt, q.Package, q.Locale, q.Subject, q.About, q.BillTo, q.Sender)
}

// Quotes are the versions of a service request's quote, the newest first.
func (tx *Tx) Quotes(ctx context.Context, service uuid.UUID) (list []Quote, err error) {
	return list, tx.list(ctx, "list quotes", &list, quoteSelect+`where service_request_id = $1 order by version desc`, service)
}

// NewestQuote is the newest version of a service request's quote, and the answer
// it got: accepted, declined, "" for none.
type NewestQuote struct {
	Quote
	Answer string `db:"answer"`
}

// NewestQuotes are those of some service requests.
func (tx *Tx) NewestQuotes(ctx context.Context, services []uuid.UUID) (list []NewestQuote, err error) {
	return list, tx.list(ctx, "list newest quotes", &list, `select q.*, coalesce(d.answer, '') as answer from (
			select distinct on (service_request_id) `+quoteColumns+` from quotes where service_request_id = any($1) order by service_request_id, version desc) q
		left join decisions d on d.object_id = q.service_request_id and d.question = 'quote' and d.object_version = q.version`, pq.Array(services))
}

// Quote finds one version by its id; NotFound when there is none.
func (tx *Tx) Quote(ctx context.Context, id uuid.UUID) (q Quote, err error) {
	return q, tx.get(ctx, "find quote", &q, quoteSelect+`where id = $1`, id)
}

// ApprovedQuote is the version of a service request's quote that was approved;
// nil when none was.
func (tx *Tx) ApprovedQuote(ctx context.Context, service uuid.UUID) (*Quote, error) {
	var list []Quote
	err := tx.list(ctx, "find approved quote", &list, quoteSelect+`where service_request_id = $1 and version in (
		select object_version from decisions where object_id = $1 and question = 'quote' and answer = 'accepted') order by version desc limit 1`, service)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// QuoteDocument is the PDF of a version; NotFound while nobody has drawn it.
func (tx *Tx) QuoteDocument(ctx context.Context, quote uuid.UUID) (pdf []byte, err error) {
	return pdf, tx.get(ctx, "find document of a quote", &pdf, `select bytes from quote_documents where quote_id = $1`, quote)
}

// KeepQuoteDocument keeps it, unless somebody was first.
func (tx *Tx) KeepQuoteDocument(ctx context.Context, quote uuid.UUID, sum, pdf []byte) error {
	return tx.exec(ctx, "keep document of a quote", `insert into quote_documents values ($1, $2, $3, $4) on conflict do nothing`, tx.Vendor, quote, sum, pdf)
}

// AmountText is an amount of the quote with all the decimals of its currency:
// "1500.00".
func (q Quote) AmountText(d decimal.Decimal) string {
	return Invoice{Currency: q.Currency}.AmountText(d)
}

// Taxed says whether its total is another amount than its price before taxes.
func (q Quote) Taxed() bool { return !q.Total.Equal(q.Net) }

// PriceText is a price of it: with those decimals, and those more that it has.
func (q Quote) PriceText(d decimal.Decimal) string { return Invoice{Currency: q.Currency}.PriceText(d) }
