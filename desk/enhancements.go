package desk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// Limits of enhancements.
const (
	EffortLinesMax = 50
	EffortRoleMax  = 100 // characters
	FrameAhead     = 731 // days a time frame may end from today
)

// EffortInput is a line of the vendor's own estimate of an enhancement.
type EffortInput struct {
	Phase   string // of service.Phases
	Role    string
	Minutes int // 1 to EstimateMinutesMax
}

// FrameInput is when an enhancement is worked on: days at the vendor,
// "2026-12-31". PO is the customer's order number, Total what the invoice was
// shown to come to ("" to take it as it comes).
type FrameInput struct {
	First, Last string
	PO, Total   string
}

// AnswerInterest says whether the customer wants an enhancement that is offered
// as paid work. When they do not, nothing is billed and the work ends.
func (d *Desk) AnswerInterest(ctx context.Context, key, ref string, interested bool, text string) (ServiceRequestView, error) {
	action := service.ActNotInterested
	if interested {
		action = service.ActInterested
	}
	return d.doService(ctx, serviceDeed{action: action, ref: ref, key: key, text: text})
}

// AskSupportQuote asks for a quote for what is outside the support scope.
func (d *Desk) AskSupportQuote(ctx context.Context, key, ref, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActAskQuote, ref: ref, key: key, text: text})
}

// TakePartner asks the customer's partner for help with what is outside the
// support scope, who may read the ticket from then on. partner may be nil where
// one acts for the customer. Conflict "no_partner" where none does; Unprocessable
// for one who does not, and for none of several.
func (d *Desk) TakePartner(ctx context.Context, key, ref string, partner *uuid.UUID, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActTakePartner, ref: ref, key: key, text: text, partner: partner, takesPartner: true})
}

// WithdrawOffer is the vendor's change of mind before a quote is approved; nothing
// is billed. The reason is for the customer.
func (d *Desk) WithdrawOffer(ctx context.Context, key, ref, reason string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActWithdrawOffer, ref: ref, key: key, text: reason, textMin: 1})
}

// RecordEstimate keeps another revision of what the vendor itself thinks an
// enhancement takes. Customers never read it; the text is for staff too.
func (d *Desk) RecordEstimate(ctx context.Context, key, ref string, lines []EffortInput, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActRecordEstimate, ref: ref, key: key, text: text, effort: &lines})
}

// ScheduleWork issues the time frame and the invoice of an approved enhancement,
// together: only then, or once that is paid where the pack says so, is it worked
// on. Conflict "invoice_changed" when the invoice comes to another total than was
// shown.
func (d *Desk) ScheduleWork(ctx context.Context, key, ref string, in FrameInput, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActSchedule, ref: ref, key: key, text: text, frame: &in})
}

// SettleWork settles an enhancement that was stopped after its invoice: keep is
// how much of its net price is kept, a decimal from nothing to all of it. The
// invoice is taken back unless all is kept, and another issued for the part.
func (d *Desk) SettleWork(ctx context.Context, key, ref, keep, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActSettle, ref: ref, key: key, text: text, textMin: 1, keep: &keep})
}

// writeEnhancement puts what a deed says of an enhancement into what is kept.
func writeEnhancement(in serviceDeed, w *service.Written) {
	if in.effort != nil {
		for _, l := range *in.effort {
			w.Effort = append(w.Effort, service.WrittenEffort{Phase: l.Phase, Role: clean(l.Role), Minutes: l.Minutes})
		}
	}
	if f := in.frame; f != nil {
		w.Frame = &service.WrittenFrame{First: f.First, Last: f.Last, PO: clean(f.PO), Total: f.Total}
	}
	if in.keep != nil {
		w.Settle = &service.WrittenSettle{Keep: *in.keep}
	}
	w.Partner = textOf(in.partner)
}

// checkEnhancement names every wrong field of it.
func (d *Desk) checkEnhancement(ctx context.Context, tx *store.Tx, c Caller, r store.ServiceRequest, in serviceDeed, wrong *problem.Fields) error {
	if in.effort != nil {
		checkEffort(wrong, *in.effort)
	}
	if in.frame != nil {
		checkFrame(wrong, d.today(c), *in.frame)
	}
	if in.keep != nil {
		return checkKept(ctx, tx, wrong, r, *in.keep)
	}
	return nil
}

func checkEffort(wrong *problem.Fields, lines []EffortInput) {
	if n := len(lines); n == 0 {
		wrong.Add("lines", "field_empty", nil)
	} else if n > EffortLinesMax {
		wrong.Add("lines", "too_many", problem.Args{"max": EffortLinesMax})
	}
	for i, l := range lines {
		path := fmt.Sprintf("lines/%d/", i)
		if !slices.Contains(service.Phases, l.Phase) {
			wrong.Add(path+"phase", "field_not_a_choice", problem.Args{"choices": service.Phases})
		}
		checkText(wrong, path+"role", &l.Role, 1, EffortRoleMax)
		if l.Minutes < 1 || l.Minutes > EstimateMinutesMax {
			wrong.Add(path+"minutes", "field_out_of_range", problem.Args{"min": 1, "max": EstimateMinutesMax})
		}
	}
}

func checkFrame(wrong *problem.Fields, today time.Time, in FrameInput) {
	first, firstErr := time.Parse(time.DateOnly, in.First)
	last, lastErr := time.Parse(time.DateOnly, in.Last)
	switch {
	case firstErr != nil:
		wrong.Add("first_day", "date_unreadable", nil)
	case first.Before(today):
		wrong.Add("first_day", "frame_in_past", nil)
	}
	switch end := today.AddDate(0, 0, FrameAhead); {
	case lastErr != nil:
		wrong.Add("last_day", "date_unreadable", nil)
	case firstErr == nil && last.Before(first):
		wrong.Add("last_day", "frame_ends_before", nil)
	case last.After(end):
		wrong.Add("last_day", "date_too_far", problem.Args{"date": end.Format(time.DateOnly)})
	}
	checkText(wrong, "po_number", &in.PO, 0, PONumberMax)
}

func checkKept(ctx context.Context, tx *store.Tx, wrong *problem.Fields, r store.ServiceRequest, keep string) error {
	if keep == "" {
		wrong.Add("keep", "field_missing", nil)
		return nil
	}
	if !decimalForm.MatchString(keep) {
		wrong.Add("keep", "field_not_an_amount", nil)
		return nil
	}
	amount, err := decimal.NewFromString(keep)
	if err != nil {
		return err
	}
	standing, _, err := tx.InvoiceFor(ctx, r.ID, invoicing.ForQuote)
	if err != nil || standing == nil {
		return err
	}
	if digits, known := billing.Digits(standing.Currency); known && !amount.Equal(amount.Truncate(digits)) {
		wrong.Add("keep", "amount_too_fine", problem.Args{"digits": digits, "currency": standing.Currency})
	}
	if amount.GreaterThan(standing.Net) {
		wrong.Add("keep", "settlement_too_much", problem.Args{"net": standing.AmountText(standing.Net) + " " + standing.Currency})
	}
	return err
}

// pickPartner sets the partner a deed asks for help: the one named, of those who
// act for the customer, or the only one there is. A repeat of what is
// committed needs none: who acts for the customer may have changed since.
func pickPartner(ctx context.Context, tx *store.Tx, c Caller, t store.Ticket, key string, in *serviceDeed) error {
	if !ofCustomer(c, t) {
		return problem.New(problem.Forbidden, "partner_not_yours", nil)
	}
	if first, err := tx.Command(ctx, key); err == nil && first.CommittedAt != nil {
		return nil
	}
	partners, err := tx.Organizations(ctx, store.OrganizationFilter{CustomerID: &t.OrganizationID, Limit: PageMax})
	if err != nil {
		return err
	}
	named := func(o store.Organization) bool { return in.partner != nil && o.ID == *in.partner }
	var wrong problem.Fields
	switch {
	case len(partners) == 0:
		return problem.New(problem.Conflict, "no_partner", nil)
	case in.partner == nil && len(partners) == 1:
		in.partner = &partners[0].ID
	case !slices.ContainsFunc(partners, named):
		wrong.Add("partner_id", "partner_unknown", nil)
	}
	return wrong.Err()
}

// ofCustomer says whether the caller belongs to a ticket's customer itself: nobody
// else consents to who may read it.
func ofCustomer(c Caller, t store.Ticket) bool {
	return c.Person.OrganizationID != nil && *c.Person.OrganizationID == t.OrganizationID
}

// viewEnhancement reads what is an enhancement's alone.
func (d *Desk) viewEnhancement(ctx context.Context, tx *store.Tx, c Caller, v *ServiceRequestView) (err error) {
	if !service.IsEnhancement(v.Row.Path) {
		return nil
	}
	if c.Staff() {
		if v.Efforts, err = tx.Efforts(ctx, v.Row.ID); err != nil {
			return err
		}
	}
	if v.Frame, err = tx.TimeFrame(ctx, v.Row.ID); err != nil {
		return err
	}
	if v.Frame != nil {
		v.Standing, _, err = tx.InvoiceFor(ctx, v.Row.ID, invoicing.ForQuote)
		if err != nil {
			return err
		}
	}
	v.Cites = c.Vendor.Settings.Path(v.Row.Path).Cites
	if slices.Contains(v.Possible, service.ActTakePartner) {
		if !ofCustomer(c, v.Ticket) {
			v.Possible = slices.DeleteFunc(v.Possible, func(a service.Action) bool { return a == service.ActTakePartner })
			return nil
		}
		v.Partners, err = tx.Organizations(ctx, store.OrganizationFilter{CustomerID: &v.Ticket.OrganizationID, Limit: PageMax})
		if len(v.Partners) == 0 {
			v.Possible = slices.DeleteFunc(v.Possible, func(a service.Action) bool { return a == service.ActTakePartner })
		}
	}
	return err
}

// firstDecision says who was first where a decision on a quote is refused because
// somebody has decided on that version.
func firstDecision(ctx context.Context, tx *store.Tx, r store.ServiceRequest, command service.Command, refusal error) error {
	if serviceOperation[command.Action] != OpDecideQuote || problem.CodeOf(refusal) != problem.Conflict {
		return refusal
	}
	made, err := tx.DecisionsOn(ctx, r.ID)
	if err != nil {
		return refusal
	}
	for _, one := range made {
		if one.Question == "quote" && one.Version == int64(command.Offer) && one.Who != nil {
			e := problem.New(problem.Conflict, "quote_decided_by", problem.Args{"name": *one.Who})
			e.Data = map[string]any{"state": string(r.State), "answer": one.Answer, "person": *one.Who, "at": one.At}
			return e
		}
	}
	return refusal
}
