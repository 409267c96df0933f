package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// PONumberMax is how long a customer's order number may be, in characters.
const PONumberMax = 100

// InvoiceInput is what billing staff say of an invoice. Total is what the
// preview has shown, "251.51"; "" to take it as it comes.
type InvoiceInput struct {
	ServiceRequest string // its number; "": for work on the ticket beside any
	PO             string
	Total          string
}

// InvoicePreview is the invoice that would be issued now, and what else of the
// ticket is to be billed.
type InvoicePreview struct {
	store.Invoice // without number
	Ticket        string
	Title         string
	Refused       error                     // why there would be none; nil: it can be issued
	Parts         []store.ServiceRequestRef // the ticket's service requests
}

// PreviewInvoice shows billing staff the invoice of a ticket's unbilled time, of
// a service request or beside any. What keeps it from being issued is in
// Refused, so that there is a page.
func (d *Desk) PreviewInvoice(ctx context.Context, ref, serviceRequest string) (v InvoicePreview, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpPreviewInvoice, ref)
		if err != nil {
			return err
		}
		v.Ticket, v.Title = row.Number, row.Title
		if v.Parts, err = tx.ServiceRequestRefs(ctx, row.ID); err != nil {
			return err
		}
		order, vendor, err := d.order(ctx, tx, c, row, InvoiceInput{ServiceRequest: serviceRequest})
		if err != nil {
			return err
		}
		if err := costless(ctx, tx, vendor, v.Parts); err != nil {
			return err
		}
		if v.Invoice, err = invoicing.Draft(ctx, tx, vendor, order); err == nil {
			err = workOver(ctx, tx, vendor, order)
		}
		if code := problem.CodeOf(err); code == problem.Conflict || code == problem.Unprocessable {
			v.Refused, err = err, nil
		}
		return err
	})
}

// workPaidFor refuses to take an invoice back, under the lock of its ticket, that
// an enhancement under way rests on.
func workPaidFor(ctx context.Context, tx *store.Tx, invoice uuid.UUID) error {
	i, _, err := invoicing.Lock(ctx, tx, invoice)
	if err != nil || i.ServiceRequestID == nil || i.Kind == store.KindCreditNote {
		return err
	}
	r, err := tx.ServiceRequest(ctx, *i.ServiceRequestID)
	if err == nil && service.IsEnhancement(r.Path) && !r.State.Finished() && i.State() != store.InvoiceCredited {
		err = problem.New(problem.Conflict, "service_request_in_work", problem.Args{"number": r.Number})
	}
	return err
}

// workOver refuses to bill a service request whose work goes on, and an
// enhancement that came to nothing and costs nothing by the pack.
func workOver(ctx context.Context, tx *store.Tx, vendor store.Vendor, o invoicing.Order) error {
	if o.ServiceRequest == nil {
		return nil
	}
	r, err := tx.ServiceRequest(ctx, o.ServiceRequest.ID)
	if err == nil && !r.State.Finished() && r.State != service.ToBill {
		err = problem.New(problem.Conflict, "service_request_in_work", problem.Args{"number": r.Number})
	}
	if err == nil && cameToNothing(vendor, r) {
		err = problem.New(problem.Conflict, "nothing_to_bill", nil)
	}
	return err
}

// cameToNothing says whether an enhancement ended without being carried out, and
// costs nothing by the pack.
func cameToNothing(vendor store.Vendor, r store.ServiceRequest) bool {
	return service.IsEnhancement(r.Path) && r.State.Ended() && r.Ending != service.Completed && !vendor.Settings.Path(r.Path).BillDeclined
}

// costless has no time left to bill on what came to nothing.
func costless(ctx context.Context, tx *store.Tx, vendor store.Vendor, parts []store.ServiceRequestRef) error {
	for n, p := range parts {
		if p.Unbilled == 0 {
			continue
		}
		r, err := tx.ServiceRequest(ctx, p.ID)
		if err != nil {
			return err
		}
		if cameToNothing(vendor, r) {
			parts[n].Unbilled = 0
		}
	}
	return nil
}

// order is what billing staff want invoiced, and the vendor as the ticket knows
// it. A service request of another ticket is answered like a missing one.
func (d *Desk) order(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in InvoiceInput) (o invoicing.Order, vendor store.Vendor, err error) {
	o = invoicing.Order{Ticket: row, At: d.Now(), By: known(c.Person.ID), PO: in.PO}
	if in.ServiceRequest != "" {
		parts, err := tx.ServiceRequestRefs(ctx, row.ID)
		if err != nil {
			return o, vendor, err
		}
		for n, p := range parts {
			if p.Number == in.ServiceRequest {
				o.ServiceRequest = &parts[n]
			}
		}
		if o.ServiceRequest == nil {
			var wrong problem.Fields
			wrong.Add("service_request", "service_request_unknown", nil)
			return o, vendor, wrong.Err()
		}
	}
	if vendor, err = tx.Pinned(ctx, c.Vendor, row.PolicyVersion); err != nil || o.ServiceRequest == nil {
		return o, vendor, err
	}
	r, err := tx.ServiceRequest(ctx, o.ServiceRequest.ID)
	if err == nil {
		err = invoicing.Agreed(ctx, tx, r, &o)
	}
	return o, vendor, err
}

// IssueInvoice issues the invoice of a ticket's unbilled time, for billing
// staff; of a service request whose work is over it is what moves it on.
// Conflict "nothing_to_bill", "already_invoiced" and "service_request_in_work",
// and "invoice_changed" when it comes to another total than the preview has
// shown.
func (d *Desk) IssueInvoice(ctx context.Context, key, ref string, in InvoiceInput) (v InvoiceView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	if in.ServiceRequest != "" {
		if v, done, err := d.billService(ctx, c, key, ref, in); done || err != nil {
			return v, err
		}
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpIssueInvoice, ref)
		if err != nil {
			return err
		}
		var wrong problem.Fields
		checkText(&wrong, "po_number", &in.PO, 0, PONumberMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		w := write{action: string(OpIssueInvoice), key: key, body: []any{row.ID, in}}
		id, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) { return d.issueInvoice(ctx, tx, c, row, in) })
		if err != nil {
			return err
		}
		return d.readInvoice(ctx, tx, c, id, &v)
	})
}

// billService has the workflow of a service request that is to be billed issue
// its invoice; done is false for one that was billed before, and whose invoice
// may have been credited.
func (d *Desk) billService(ctx context.Context, c Caller, key, ref string, in InvoiceInput) (v InvoiceView, done bool, err error) {
	var r store.ServiceRequest
	purpose := ""
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpIssueInvoice, ref)
		if err != nil {
			return err
		}
		var wrong problem.Fields
		checkText(&wrong, "po_number", &in.PO, 0, PONumberMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		order, vendor, err := d.order(ctx, tx, c, row, in)
		if err == nil {
			err = workOver(ctx, tx, vendor, order)
		}
		if err == nil {
			purpose = order.Purpose()
			r, err = tx.ServiceRequest(ctx, order.ServiceRequest.ID)
		}
		if err != nil {
			return err
		}
		_, err = tx.Command(ctx, c.Key("service_"+string(service.ActBill), r.ID.String(), key))
		if problem.CodeOf(err) == problem.NotFound { // no repeat of one that billed it
			done, err = r.State == service.ToBill, nil
			return err
		}
		done = true
		return err
	})
	if err != nil || !done {
		return v, false, err
	}
	bill := &service.WrittenBill{PO: in.PO, Total: in.Total}
	if _, err := d.doService(ctx, serviceDeed{action: service.ActBill, ref: r.ID.String(), key: key, bill: bill}); err != nil {
		return v, true, err
	}
	return v, true, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		standing, _, err := tx.InvoiceFor(ctx, r.ID, purpose)
		switch {
		case err != nil:
			return err
		case standing == nil:
			return problem.New(problem.Conflict, "nothing_to_bill", nil)
		}
		return d.readInvoice(ctx, tx, c, standing.ID, &v)
	})
}

func (d *Desk) issueInvoice(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in InvoiceInput) (uuid.UUID, error) {
	order, vendor, err := d.order(ctx, tx, c, row, in)
	if err != nil {
		return uuid.Nil, err
	}
	i, err := invoicing.Issue(ctx, tx, vendor, order)
	if err != nil {
		return uuid.Nil, err
	}
	if total := i.AmountText(i.Total); in.Total != "" && in.Total != total {
		return uuid.Nil, problem.New(problem.Conflict, "invoice_changed", problem.Args{"total": total + " " + i.Currency})
	}
	return i.ID, d.audit(ctx, tx, c, "invoice_issued", "invoice", i.ID, map[string]any{"total": i.AmountText(i.Total), "currency": i.Currency})
}

// readInvoice reads what was made, as the caller sees it.
func (d *Desk) readInvoice(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, v *InvoiceView) error {
	i, err := tx.Invoice(ctx, id)
	if err != nil {
		return err
	}
	t, err := tx.Ticket(ctx, i.TicketID)
	if err == nil {
		*v, err = d.invoiceView(ctx, tx, c, i, t)
	}
	return err
}

// CreditInvoice takes an invoice back, whole, with a reason, for billing staff:
// it answers the credit note. What was billed may be billed again. Conflict
// "invoice_credited", "invoice_is_credit_note", and "service_request_in_work" while
// it is what unlocks the work of an enhancement: that is stopped and settled.
func (d *Desk) CreditInvoice(ctx context.Context, key, ref, reason string) (v InvoiceView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		i, t, err := d.findInvoice(ctx, tx, c, OpCreditInvoice, ref)
		if err != nil {
			return err
		}
		var wrong problem.Fields
		checkText(&wrong, "reason", &reason, 1, ReasonMax)
		if err := wrong.Err(); err != nil {
			return err
		}
		w := write{action: string(OpCreditInvoice), key: key, body: []string{i.ID.String(), reason}}
		id, _, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			vendor, err := tx.Pinned(ctx, c.Vendor, t.PolicyVersion)
			if err != nil {
				return uuid.Nil, err
			}
			if err := workPaidFor(ctx, tx, i.ID); err != nil {
				return uuid.Nil, err
			}
			note, err := invoicing.Credit(ctx, tx, vendor, invoicing.Reversal{Invoice: i.ID, Reason: reason, At: d.Now(), By: c.Person.ID})
			if err != nil {
				return uuid.Nil, err
			}
			return note.ID, d.audit(ctx, tx, c, "invoice_credited", "invoice", i.ID, map[string]any{"credit_note": note.Number, "reason": reason})
		})
		if err != nil {
			return err
		}
		return d.readInvoice(ctx, tx, c, id, &v)
	})
}
