package desk

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// What there is to do about invoices (product section 7).
const (
	OpListInvoices    Operation = "listInvoices"
	OpExportInvoices  Operation = "exportInvoices"
	OpGetInvoice      Operation = "getInvoice"
	OpDownloadInvoice Operation = "downloadInvoice"
	OpPreviewInvoice  Operation = "previewInvoice"
	OpIssueInvoice    Operation = "issueInvoice"
	OpCreditInvoice   Operation = "creditInvoice"
	OpRecordPayment   Operation = "recordPayment"
	OpSetPaymentKey   Operation = "setPaymentKey"
	OpReceivePayment  Operation = "receivePayment"
)

// InvoiceView is an invoice or credit note as one reader may see it.
type InvoiceView struct {
	store.Invoice
	Payments []store.Payment // oldest first; nil in lists
	// Refused are what the payment service has told of it and nobody believed; for
	// staff alone, nil in lists.
	Refused []store.PaymentMessage
	Late    bool   // to be paid before today, in the vendor's zone
	Ticket  string // the number of its ticket; "" where the reader does not see it
}

// InvoiceQuery narrows a list of invoices; zero values do not.
type InvoiceQuery struct {
	State          string // store.InvoiceOpen, InvoicePaid or InvoiceCredited
	Late           bool
	OrganizationID *uuid.UUID
	From, Until    *time.Time // first and last day of issue
	Cursor         string
	Limit          int
}

// Invoices lists those in the caller's sight, the newest first, without lines,
// and the cursor of the next page: of staff all, of a super-user or approver
// those of their organization, of others those for their own tickets.
func (d *Desk) Invoices(ctx context.Context, q InvoiceQuery) (list []InvoiceView, next string, err error) {
	return d.invoices(ctx, OpListInvoices, q)
}

// ExportInvoices is Invoices, for billing staff to take away.
func (d *Desk) ExportInvoices(ctx context.Context, q InvoiceQuery) (list []InvoiceView, next string, err error) {
	return d.invoices(ctx, OpExportInvoices, q)
}

func (d *Desk) invoices(ctx context.Context, op Operation, q InvoiceQuery) (list []InvoiceView, next string, err error) {
	c, err := d.caller(ctx, op)
	if err != nil {
		return nil, "", err
	}
	f := store.InvoiceFilter{
		Sight: c.sight(op), State: q.State, Late: q.Late, Today: d.today(c), OrganizationID: q.OrganizationID, From: q.From, Until: q.Until, Limit: q.Limit + 1,
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.Invoices(ctx, f)
		for _, row := range rows {
			list = append(list, InvoiceView{Invoice: row, Late: d.late(c, row)})
		}
		return err
	})
	if len(list) > q.Limit {
		list = list[:q.Limit]
		last := list[q.Limit-1]
		next = cursor(last.IssuedAt.UTC().Format(time.RFC3339Nano), last.ID)
	}
	return list, next, err
}

func (d *Desk) late(c Caller, i store.Invoice) bool {
	return i.State() == store.InvoiceOpen && i.DueOn != nil && i.DueOn.Before(d.today(c))
}

var invoiceForm = regexp.MustCompile(`^(INV|CN)-[0-9]{4}-[0-9]{4,12}$`)

// findInvoice is the invoice a caller names by uuid or number. A number says no
// more than an id: what is missing or out of sight is NotFound, what is in sight
// and not the caller's to do Forbidden.
func (d *Desk) findInvoice(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (i store.Invoice, t store.Ticket, err error) {
	if id, parseErr := uuid.Parse(ref); parseErr == nil && len(ref) == 36 {
		i, err = tx.Invoice(ctx, id)
	} else if number := strings.ToUpper(ref); invoiceForm.MatchString(number) {
		i, err = tx.InvoiceByNumber(ctx, number)
	} else {
		err = problem.Missing()
	}
	if err == nil {
		t, err = tx.Ticket(ctx, i.TicketID)
	}
	if err == nil {
		err = c.sight(OpGetInvoice).CheckSight(t)
	}
	if err != nil {
		return i, t, err
	}
	noteTicket(ctx, t)
	return i, t, c.allow(op)
}

// Invoice is one invoice or credit note, by uuid or number.
func (d *Desk) Invoice(ctx context.Context, ref string) (v InvoiceView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		i, t, err := d.findInvoice(ctx, tx, c, OpGetInvoice, ref)
		if err == nil {
			v, err = d.invoiceView(ctx, tx, c, i, t)
		}
		return err
	})
}

func (d *Desk) invoiceView(ctx context.Context, tx *store.Tx, c Caller, i store.Invoice, t store.Ticket) (v InvoiceView, err error) {
	v = InvoiceView{Invoice: i, Late: d.late(c, i)}
	if c.sight(OpGetTicket).Sees(t) {
		v.Ticket = t.Number
	}
	if v.Payments, err = tx.Payments(ctx, i.ID); err == nil && c.inside() {
		v.Refused, err = tx.RefusedMessages(ctx, i.ID)
	}
	if !c.inside() { // who noted it, and how we know, is for staff
		for n := range v.Payments {
			v.Payments[n].ByID, v.Payments[n].ByName, v.Payments[n].MessageID = nil, "", nil
		}
	}
	return v, err
}

// InvoiceDocument is one as PDF, in the customer's language, with what the file
// may be called: the same bytes for everybody, and as mailed.
func (d *Desk) InvoiceDocument(ctx context.Context, ref string) (name string, pdf []byte, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return "", nil, err
	}
	var i store.Invoice
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		i, _, err = d.findInvoice(ctx, tx, c, OpDownloadInvoice, ref)
		return err
	}); err != nil {
		return "", nil, err
	}
	return invoicing.Document(ctx, d.Store, c.Vendor.ID, i.ID)
}
