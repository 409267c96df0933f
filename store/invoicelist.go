package store

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// InvoiceFilter narrows a list of invoices; zero values do not.
type InvoiceFilter struct {
	Sight          Sight
	State          string // InvoiceOpen, InvoicePaid or InvoiceCredited, which takes in the credit notes
	Late           bool   // open, and to be paid before Today
	Today          time.Time
	OrganizationID *uuid.UUID
	TicketID       *uuid.UUID
	From, Until    *time.Time // first and last day of issue
	BeforeAt       *time.Time // keyset: before this instant and id
	BeforeID       uuid.UUID
	Limit          int
}

// Invoices lists invoices and credit notes in sight, the newest first, without
// lines and taxes.
func (tx *Tx) Invoices(ctx context.Context, f InvoiceFilter) (list []Invoice, err error) {
	args := arguments{tx.Vendor}
	sight := "true"
	if !f.Sight.All {
		sight = "exists (select from tickets where tickets.id = i.ticket_id and (" + strings.Join(f.Sight.ways(&args), " or ") + "))"
	}
	state, late, today := args.add(f.State), args.add(f.Late), args.add(f.Today)
	organization, ticket, from, until := args.add(f.OrganizationID), args.add(f.TicketID), args.add(f.From), args.add(f.Until)
	before, id, limit := args.add(f.BeforeAt), args.add(f.BeforeID), args.add(f.Limit)
	return list, tx.list(ctx, "list invoices", &list, `select * from (`+invoiceSelect+`where i.vendor_id = $1 and `+sight+`
		and (`+organization+`::uuid is null or i.organization_id = `+organization+`) and (`+ticket+`::uuid is null or i.ticket_id = `+ticket+`)
		and (`+from+`::date is null or i.issued_on >= `+from+`) and (`+until+`::date is null or i.issued_on <= `+until+`)
		and (`+before+`::timestamptz is null or (i.issued_at, i.id) < (`+before+`, `+id+`))) i
		where (case when i.kind = 'credit_note' or i.credit_id is not null then 'credited' when i.paid >= i.total then 'paid' else 'open' end = `+state+` or `+state+` = '')
		and (not `+late+`::boolean or i.kind = 'invoice' and i.credit_id is null and i.paid < i.total and i.due_on < `+today+`::date)
		order by i.issued_at desc, i.id desc limit `+limit, args...)
}
