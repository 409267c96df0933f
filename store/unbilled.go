package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Unbilled is a billable time entry that stands and is on no invoice, but
// credited ones.
type Unbilled struct {
	ID          uuid.UUID  `db:"id"`
	Activity    string     `db:"activity"`
	Day         time.Time  `db:"day"`
	Minutes     int        `db:"minutes"`
	AfterCredit *uuid.UUID `db:"after_credit"` // see EntryOn
}

// room is the credit note of the invoices of a query that no later row has
// used.
const unbilledSelect = `select e.id, e.activity, e.day, e.minutes,
	(select c.id from invoice_entries x join invoices c on c.credits = x.invoice_id where x.entry_id = e.id
		and not exists (select from invoice_entries y where y.entry_id = e.id and y.after_credit = c.id)) as after_credit
	from time_entries e where e.ticket_id = $1 and e.billable and e.reverses is null
	and not exists (select from time_entries r where r.reverses = e.id)
	and not exists (select from invoice_entries x where x.entry_id = e.id and not exists (select from invoices c where c.credits = x.invoice_id))`

// UnbilledEntries are those of a service request, or with nil those on the
// ticket beside any, in the order of their days. The ticket must be locked.
func (tx *Tx) UnbilledEntries(ctx context.Context, ticket uuid.UUID, serviceRequest *uuid.UUID) (list []Unbilled, err error) {
	return list, tx.list(ctx, "list unbilled entries", &list,
		unbilledSelect+` and e.service_request_id is not distinct from $2 order by e.day, e.id`, ticket, serviceRequest)
}

// InvoiceFor is the invoice of a service request for a purpose that nobody has
// credited, nil for none, and the credit note that makes room for another one,
// nil when there never was one.
func (tx *Tx) InvoiceFor(ctx context.Context, serviceRequest uuid.UUID, purpose string) (standing *Invoice, room *uuid.UUID, err error) {
	var list []Invoice
	err = tx.list(ctx, "find invoice of a service request", &list, invoiceSelect+`where i.service_request_id = $1 and i.purpose = $2 and i.kind = 'invoice'
		and not exists (select from invoices n where n.after_credit = c.id) order by i.issued_at, i.id`, serviceRequest, purpose)
	for i, one := range list {
		if one.CreditID == nil {
			return &list[i], nil, err
		}
		room = one.CreditID
	}
	return nil, room, err
}

// Billed says whether a time entry is on an invoice that nobody has credited,
// and its number: "" for no.
func (tx *Tx) Billed(ctx context.Context, entry uuid.UUID) (number string, err error) {
	return number, tx.get(ctx, "look for the invoice of an entry", &number, `select coalesce((select i.number from invoice_entries x
		join invoices i on i.id = x.invoice_id where x.entry_id = $1 and not exists (select from invoices c where c.credits = i.id)), '')`, entry)
}

// ServiceRequestRef is what an invoice says of a service request.
type ServiceRequestRef struct {
	ID       uuid.UUID `db:"id"`
	Number   string    `db:"number"`
	TicketID uuid.UUID `db:"ticket_id"`
	Unbilled int       `db:"unbilled"` // entries
}

// ServiceRequestRefs are those of a ticket, oldest first, each with how many
// entries are to be billed.
func (tx *Tx) ServiceRequestRefs(ctx context.Context, ticket uuid.UUID) (list []ServiceRequestRef, err error) {
	return list, tx.list(ctx, "list service requests to bill", &list, `select s.id, s.number, s.ticket_id,
		(select count(*) from (`+unbilledSelect+` and e.service_request_id = s.id) u) as unbilled
		from service_requests s where s.ticket_id = $1 order by s.created_at, s.id`, ticket)
}
