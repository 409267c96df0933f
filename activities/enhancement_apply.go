package activities

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/words"
)

// enhance does what is an enhancement's alone, in the transaction of its
// transition.
func enhance(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	switch t.Action {
	case service.ActRecordEstimate:
		return estimate(ctx, tx, r, t, w)
	case service.ActSchedule:
		return scheduleWork(ctx, tx, vendor, of, *r, t, w)
	case service.ActTakePartner:
		return takePartner(ctx, tx, vendor, of, *r, t, w)
	case service.ActSettle:
		return settleWork(ctx, tx, vendor, of, *r, t, w)
	}
	return nil
}

// estimate keeps what the vendor itself thinks an enhancement takes.
func estimate(ctx context.Context, tx *store.Tx, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	r.Effort++
	e := store.Effort{ID: store.NewID(), ServiceID: r.ID, Revision: r.Effort, Lines: w.Effort, Note: w.Text, RecordedBy: by, RecordedAt: t.At}
	for _, l := range w.Effort {
		e.Minutes += l.Minutes
	}
	return tx.InsertEffort(ctx, e)
}

// scheduleWork keeps the time frame of an approved enhancement and issues its
// invoice, and tells the customer's side of both.
func scheduleWork(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r store.ServiceRequest, t service.Transition, w service.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	if w.Frame == nil {
		return problem.New(problem.Invalid, "time_frame_missing", nil)
	}
	order := invoicing.Order{Ticket: of, ServiceRequest: &store.ServiceRequestRef{ID: r.ID, Number: r.Number}, At: t.At, By: &by, PO: w.Frame.PO}
	if err := invoicing.Approved(ctx, tx, r.ID, &order); err != nil {
		return err
	}
	i, err := invoicing.Issue(ctx, tx, vendor, order)
	if err != nil {
		return err
	}
	if total := i.AmountText(i.Total); w.Frame.Total != "" && w.Frame.Total != total {
		return problem.New(problem.Conflict, "invoice_changed", problem.Args{"total": total + " " + i.Currency})
	}
	f := store.TimeFrame{ServiceID: r.ID, InvoiceID: i.ID, ScheduledBy: by, ScheduledAt: t.At}
	if f.FirstDay, err = time.Parse(time.DateOnly, w.Frame.First); err == nil {
		f.LastDay, err = time.Parse(time.DateOnly, w.Frame.Last)
	}
	if err != nil {
		return problem.New(problem.Invalid, "field_not_date", nil)
	}
	if err := tx.InsertTimeFrame(ctx, f); err != nil {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: of}.Scheduled(ctx, tx, r, f, i, t, w.Text)
}

// takePartner gives the people of the customer's partner sight of the ticket, as
// the customer wants, and tells them.
func takePartner(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r store.ServiceRequest, t service.Transition, w service.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	partner, err := uuid.Parse(w.Partner)
	if err != nil {
		return problem.New(problem.Conflict, "no_partner", nil)
	}
	if _, err := tx.LockOrganization(ctx, of.OrganizationID); err != nil { // its links stay as they are
		return err
	}
	people, err := tx.WatchAsPartner(ctx, of, partner, by, t.At)
	if err != nil {
		return err
	}
	if len(people) == 0 { // the link has ended since, or nobody is there
		return problem.New(problem.Conflict, "no_partner", nil)
	}
	of.Watchers = append(of.Watchers, people...)
	return notice.About{Vendor: vendor, Ticket: of}.PartnerTold(ctx, tx, r, people, t, w.Text)
}

// settleWork settles what was done of an enhancement that was stopped after its
// invoice: what is kept of its price stays invoiced. When that is less than all
// of it the invoice is taken back, whole, and another one issued for what is kept,
// so that each document stands for itself.
func settleWork(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r store.ServiceRequest, t service.Transition, w service.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	if w.Settle == nil {
		return problem.New(problem.Invalid, "settlement_missing", nil)
	}
	keep, err := decimal.NewFromString(w.Settle.Keep)
	if err != nil {
		return problem.New(problem.Invalid, "field_not_an_amount", nil)
	}
	about := notice.About{Vendor: vendor, Ticket: of}
	said := notice.Settlement{Kept: keep.String()}
	standing, _, err := tx.InvoiceFor(ctx, r.ID, invoicing.ForQuote)
	switch {
	case err != nil:
		return err
	case standing == nil: // credited meanwhile: nothing is out any more
		if keep.IsPositive() {
			return problem.New(problem.Conflict, "invoice_credited", nil)
		}
		return about.Settled(ctx, tx, r, said, t, w.Text)
	case keep.GreaterThan(standing.Net):
		return problem.New(problem.Conflict, "settlement_too_much", problem.Args{"net": standing.AmountText(standing.Net) + " " + standing.Currency})
	}
	said.Currency = standing.Currency
	if keep.Equal(standing.Net) {
		return about.Settled(ctx, tx, r, said, t, w.Text)
	}
	said.Credited = standing.Number
	if standing.Paid.IsPositive() {
		said.Paid = standing.AmountText(standing.Paid)
	}
	note := invoicing.Reversal{Invoice: standing.ID, Reason: creditReason(*standing, w.Text), At: t.At, By: by}
	if _, err := invoicing.Credit(ctx, tx, vendor, note); err != nil {
		return err
	}
	if keep.IsPositive() {
		i, err := invoicing.Issue(ctx, tx, vendor, keptOrder(of, r, *standing, keep, t.At, by))
		if err != nil {
			return err
		}
		said.Issued = i.Number
		if err := carryOver(ctx, tx, *standing, i, t.At, by); err != nil {
			return err
		}
	}
	return about.Settled(ctx, tx, r, said, t, w.Text)
}

// carryOver notes what was paid on an invoice that is taken back as paid on the
// one in its place, as far as that goes.
func carryOver(ctx context.Context, tx *store.Tx, from, to store.Invoice, at time.Time, by uuid.UUID) error {
	amount := decimal.Min(from.Paid, to.Total)
	if !amount.IsPositive() {
		return nil
	}
	return tx.InsertPayment(ctx, store.Payment{
		ID: store.NewID(), InvoiceID: to.ID, Amount: amount, Currency: to.Currency, PaidOn: to.IssuedOn, How: "other", Reference: from.Number, ByID: &by, At: at,
	})
}

// creditReason is what a credit note says: why, and what was paid and is to be
// given back or set off.
func creditReason(i store.Invoice, why string) string {
	if !i.Paid.IsPositive() {
		return why
	}
	return why + "\n" + words.Say(i.Locale, "credit_paid", map[string]any{"paid": words.Amount(i.AmountText(i.Paid), i.Currency, i.Locale)})
}

// keptOrder is the invoice of what is kept of an agreed price.
func keptOrder(of store.Ticket, r store.ServiceRequest, before store.Invoice, keep decimal.Decimal, at time.Time, by uuid.UUID) invoicing.Order {
	text := policy.Text{}
	for _, locale := range []string{"en", "fr"} {
		text[locale] = words.Say(locale, "kept_line", map[string]any{"invoice": before.Number})
	}
	return invoicing.Order{
		Ticket: of, ServiceRequest: &store.ServiceRequestRef{ID: r.ID, Number: r.Number}, Quote: before.QuoteID, Currency: before.Currency,
		Lines: []billing.Fixed{{Text: text, Quantity: "1", Unit: keep.String()}}, At: at, By: &by, Locale: before.Locale, PO: before.PONumber,
	}
}

// Paid unlocks the work of an enhancement that waits for the payment of its
// invoice, once nothing of that is open any more: in the transaction that notes
// the payment, which holds the lock of the ticket's row. Any other invoice is no
// concern of it.
func Paid(ctx context.Context, tx *store.Tx, vendor store.Vendor, invoice uuid.UUID, at time.Time) error {
	i, err := tx.Invoice(ctx, invoice)
	if err != nil || i.State() != store.InvoicePaid || i.ServiceRequestID == nil {
		return err
	}
	r, err := tx.ServiceRequest(ctx, *i.ServiceRequestID)
	if err != nil || r.State != service.WaitingForPayment && r.Resume != service.WaitingForPayment || !service.IsEnhancement(r.Path) {
		return err
	}
	if vendor, err = tx.Pinned(ctx, vendor, r.PolicyVersion); err != nil {
		return err
	}
	of, err := tx.LockTicket(ctx, r.TicketID)
	if err != nil {
		return err
	}
	before := r
	if r.State == service.WaitingForInformation {
		r.Resume = service.InWork // what was asked is still waited for
	} else {
		r.State = service.InWork
		if err := await(vendor.Settings, &r, at); err != nil {
			return err
		}
	}
	r.Version++
	of.Version++
	r.UpdatedAt = at
	if err := tx.UpdateServiceRequest(ctx, r); err != nil {
		return err
	}
	if err := tx.PokeService(ctx, r, false); err != nil {
		return err
	}
	if err := follow(ctx, tx, vendor, &of, before, r, ticket.Command{Actor: ticket.Actor{Side: ticket.System}}, at); err != nil {
		return err
	}
	if err := tx.UpdateTicket(ctx, of); err != nil {
		return err
	}
	if err := tx.PokeTicket(ctx, of.ID, of.Version); err != nil {
		return err
	}
	if err := workEvent(ctx, tx, of, r, "paid", nil, at); err != nil {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: of}.Unlocked(ctx, tx, r, i.ID, at)
}
