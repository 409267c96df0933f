package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/bojanz/currency"
	"github.com/google/uuid"
	"github.com/lib/pq"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
)

// The kinds of what is counted without gaps.
const (
	KindInvoice    = "invoice"
	KindCreditNote = "credit_note"
	KindQuote      = "quote"
)

// Said is a text by language, as it was when it was kept.
type Said policy.Text

// Value is the text as it is kept.
func (s Said) Value() (driver.Value, error) { return jsonText(s) }

// Scan reads it.
func (s *Said) Scan(src any) error { return scanJSON(src, s) }

// In is the text in a locale, as policy.Text says.
func (s Said) In(locale string) string { return policy.Text(s).In(locale) }

// BillTo is who is billed, as it was called when the invoice was issued.
type BillTo struct {
	Name       string `json:"name"`
	ExternalID string `json:"external_id,omitempty"`
	Contact    string `json:"contact,omitempty"` // who made the request
}

// Value is it as it is kept.
func (b BillTo) Value() (driver.Value, error) { return jsonText(b) }

// Scan reads it.
func (b *BillTo) Scan(src any) error { return scanJSON(src, b) }

// BillFrom is who bills, likewise.
type BillFrom struct {
	Name    string   `json:"name"`
	Address string   `json:"address,omitempty"`
	Phones  []string `json:"phones,omitempty"`
	Mail    string   `json:"mail,omitempty"`
}

// Value is it as it is kept.
func (b BillFrom) Value() (driver.Value, error) { return jsonText(b) }

// Scan reads it.
func (b *BillFrom) Scan(src any) error { return scanJSON(src, b) }

func jsonText(v any) (driver.Value, error) {
	raw, err := json.Marshal(v)
	return string(raw), err
}

func scanJSON(src, to any) error {
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("read %T from %T", to, src)
	}
	return json.Unmarshal(raw, to)
}

// Invoice is an invoice or a credit note: what was issued never changes. Dates
// are days of the vendor's zone, at midnight UTC; amounts are in Currency, and
// below zero on a credit note.
type Invoice struct {
	ID               uuid.UUID       `db:"id"`
	Kind             string          `db:"kind"` // KindInvoice or KindCreditNote
	Number           string          `db:"number"`
	TicketID         uuid.UUID       `db:"ticket_id"`
	ServiceRequestID *uuid.UUID      `db:"service_request_id"`
	Purpose          string          `db:"purpose"` // work or quote
	QuoteID          *uuid.UUID      `db:"quote_id"`
	Credits          *uuid.UUID      `db:"credits"`
	AfterCredit      *uuid.UUID      `db:"after_credit"`
	Reason           string          `db:"reason"`
	OrganizationID   uuid.UUID       `db:"organization_id"`
	Currency         string          `db:"currency"`
	Net              decimal.Decimal `db:"net"`
	Total            decimal.Decimal `db:"total"`
	IssuedAt         time.Time       `db:"issued_at"`
	IssuedOn         time.Time       `db:"issued_on"`
	DueOn            *time.Time      `db:"due_on"`
	WorkedFrom       *time.Time      `db:"worked_from"`
	WorkedUntil      *time.Time      `db:"worked_until"`
	IssuedBy         *uuid.UUID      `db:"issued_by"`
	Locale           string          `db:"locale"`
	PONumber         string          `db:"po_number"`
	Subject          string          `db:"subject"`
	About            string          `db:"about"`
	BillTo           BillTo          `db:"bill_to"`
	Sender           BillFrom        `db:"sender"`
	// Read, never written here: what was paid of it, and the credit note that
	// takes it back; the number of the invoice a credit note is for.
	Paid          decimal.Decimal `db:"paid"`
	CreditID      *uuid.UUID      `db:"credit_id"`
	CreditNumber  string          `db:"credit_number"`
	CreditsNumber string          `db:"credits_number"`

	Lines   []InvoiceLine `db:"-"` // nil in lists, as are Taxes
	Taxes   []InvoiceTax  `db:"-"`
	Entries []EntryOn     `db:"-"` // when issued; never read back
}

// The states of an invoice; a credit note is InvoiceCredited.
const (
	InvoiceOpen     = "open"
	InvoicePaid     = "paid"
	InvoiceCredited = "credited"
)

// State is how the invoice stands: open until as much was paid as it is about,
// or a credit note takes it back.
func (i Invoice) State() string {
	switch {
	case i.Kind == KindCreditNote, i.CreditID != nil:
		return InvoiceCredited
	case i.Paid.GreaterThanOrEqual(i.Total):
		return InvoicePaid
	}
	return InvoiceOpen
}

// Open is what is still to be paid of it.
func (i Invoice) Open() decimal.Decimal {
	if i.State() != InvoiceOpen {
		return decimal.Zero
	}
	return i.Total.Sub(i.Paid)
}

// AmountText is an amount of the invoice with all the decimals of its currency:
// "1500.00".
func (i Invoice) AmountText(d decimal.Decimal) string {
	digits, _ := currency.GetDigits(i.Currency)
	return d.StringFixed(int32(digits))
}

// PriceText is a price of the invoice: with the decimals of its currency, and
// those more that it has.
func (i Invoice) PriceText(d decimal.Decimal) string {
	if short := d.Truncate(4).String(); len(short) > len(i.AmountText(d)) {
		return short
	}
	return i.AmountText(d)
}

// InvoiceLine is one line.
type InvoiceLine struct {
	InvoiceID uuid.UUID       `db:"invoice_id"`
	Kind      string          `db:"kind"` // time, minimum or fixed
	Activity  string          `db:"activity"`
	Said      Said            `db:"said"`
	Minutes   int             `db:"minutes"`
	Quantity  decimal.Decimal `db:"quantity"`
	Unit      decimal.Decimal `db:"unit"`
	Net       decimal.Decimal `db:"net"`
}

// InvoiceTax is one tax.
type InvoiceTax struct {
	InvoiceID    uuid.UUID       `db:"invoice_id"`
	Code         string          `db:"code"`
	Said         Said            `db:"said"`
	Percent      decimal.Decimal `db:"percent"`
	Registration string          `db:"registration"`
	Amount       decimal.Decimal `db:"amount"`
}

// EntryOn is a time entry on an invoice; AfterCredit is the credit note of the
// invoice it was on before, nil for none.
type EntryOn struct {
	EntryID     uuid.UUID
	AfterCredit *uuid.UUID
}

// NextCount takes the vendor's next number of a kind and year, from 1. The
// counter stays locked until the transaction ends and goes back with it, so take
// it last: there is never a gap.
func (tx *Tx) NextCount(ctx context.Context, kind string, year int) (n int64, err error) {
	return n, tx.get(ctx, "take a number without gaps", &n, `select next_count($1, $2, $3)`, kind, tx.Vendor, year)
}

// InsertInvoice keeps what is issued, with lines, taxes and entries. Conflict
// "already_invoiced" when its service request, or one of the entries, is on
// another that nobody has credited.
func (tx *Tx) InsertInvoice(ctx context.Context, i Invoice) error {
	_, err := tx.ExecContext(ctx, `insert into invoices
		(id, vendor_id, kind, number, ticket_id, service_request_id, purpose, quote_id, credits, after_credit, reason, organization_id, currency,
		 net, total, issued_at, issued_on, due_on, worked_from, worked_until, issued_by, locale, po_number, subject, about, bill_to, sender)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`,
		i.ID, tx.Vendor, i.Kind, i.Number, i.TicketID, i.ServiceRequestID, i.Purpose, i.QuoteID, i.Credits, i.AfterCredit, i.Reason,
		i.OrganizationID, i.Currency, i.Net, i.Total, i.IssuedAt, i.IssuedOn, i.DueOn, i.WorkedFrom, i.WorkedUntil, i.IssuedBy, i.Locale,
		i.PONumber, i.Subject, i.About, i.BillTo, i.Sender)
	switch {
	case violates(err, "invoices_once"):
		return problem.New(problem.Conflict, "already_invoiced", nil)
	case violates(err, "invoices_credits_key"):
		return problem.New(problem.Conflict, "invoice_credited", nil)
	case err != nil:
		return failure("insert invoice", err)
	}
	for n, l := range i.Lines {
		if err := tx.exec(ctx, "insert line of an invoice", `insert into invoice_lines values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			tx.Vendor, i.ID, n+1, l.Kind, l.Activity, l.Said, l.Minutes, l.Quantity, l.Unit, l.Net); err != nil {
			return err
		}
	}
	for n, t := range i.Taxes {
		if err := tx.exec(ctx, "insert tax of an invoice", `insert into invoice_taxes values ($1, $2, $3, $4, $5, $6, $7, $8)`,
			tx.Vendor, i.ID, n+1, t.Code, t.Said, t.Percent, t.Registration, t.Amount); err != nil {
			return err
		}
	}
	entries, after := make([]uuid.UUID, len(i.Entries)), make([]*uuid.UUID, len(i.Entries))
	for n, e := range i.Entries {
		entries[n], after[n] = e.EntryID, e.AfterCredit
	}
	_, err = tx.ExecContext(ctx, `insert into invoice_entries (vendor_id, invoice_id, entry_id, after_credit)
		select $1, $2, e.entry, e.after from unnest($3::uuid[], $4::uuid[]) e (entry, after)`, tx.Vendor, i.ID, pq.Array(entries), pq.Array(after))
	if violates(err, "invoice_entries_once") {
		return problem.New(problem.Conflict, "already_invoiced", nil)
	}
	return failure("insert entries of an invoice", err)
}

const invoiceSelect = `select i.id, i.kind, i.number, i.ticket_id, i.service_request_id, i.purpose, i.quote_id, i.credits, i.after_credit, i.reason,
	i.organization_id, i.currency, i.net, i.total, i.issued_at, i.issued_on, i.due_on, i.worked_from, i.worked_until, i.issued_by, i.locale,
	i.po_number, i.subject, i.about, i.bill_to, i.sender,
	coalesce((select sum(p.amount) from payments p where p.invoice_id = i.id), 0) as paid,
	c.id as credit_id, coalesce(c.number, '') as credit_number,
	coalesce((select o.number from invoices o where o.id = i.credits), '') as credits_number
	from invoices i left join invoices c on c.credits = i.id `

// Invoice finds an invoice or credit note, with its lines and taxes; NotFound
// when there is none.
func (tx *Tx) Invoice(ctx context.Context, id uuid.UUID) (Invoice, error) {
	return tx.invoice(ctx, invoiceSelect+`where i.id = $1`, id)
}

// InvoiceByNumber is Invoice, by its number.
func (tx *Tx) InvoiceByNumber(ctx context.Context, number string) (Invoice, error) {
	return tx.invoice(ctx, invoiceSelect+`where i.number = $1`, number)
}

func (tx *Tx) invoice(ctx context.Context, query string, arg any) (i Invoice, err error) {
	if err := tx.get(ctx, "find invoice", &i, query, arg); err != nil {
		return i, err
	}
	if err := tx.list(ctx, "list lines", &i.Lines, `select invoice_id, kind, activity, said, minutes, quantity, unit, net
		from invoice_lines where invoice_id = $1 order by position`, i.ID); err != nil {
		return i, err
	}
	return i, tx.list(ctx, "list taxes", &i.Taxes, `select invoice_id, code, said, percent, registration, amount
		from invoice_taxes where invoice_id = $1 order by position`, i.ID)
}

// EntriesOf are the entries an invoice bills.
func (tx *Tx) EntriesOf(ctx context.Context, invoice uuid.UUID) (ids []uuid.UUID, err error) {
	return ids, tx.list(ctx, "list entries of an invoice", &ids, `select entry_id from invoice_entries where invoice_id = $1 order by entry_id`, invoice)
}

// InvoicesOf are those of a ticket, oldest first.
func (tx *Tx) InvoicesOf(ctx context.Context, ticket uuid.UUID) (list []Invoice, err error) {
	return list, tx.list(ctx, "list invoices of a ticket", &list, invoiceSelect+`where i.ticket_id = $1 order by i.issued_at, i.id`, ticket)
}
