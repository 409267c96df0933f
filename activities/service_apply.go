package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/approval"
	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// applyService writes a transition of a service request into its locked row and
// its ticket's, with what was decided and said, the event and the notices.
func applyService(ctx context.Context, tx *store.Tx, vendor store.Vendor, of *store.Ticket, r *store.ServiceRequest, t service.Transition, body json.RawMessage) error {
	var written service.Written
	if len(body) > 0 {
		if err := json.Unmarshal(body, &written); err != nil {
			return fmt.Errorf("read command %s: %w", t.Key, err)
		}
	}
	before := *r
	if err := setService(ctx, tx, vendor.Settings, r, t); err != nil {
		return err
	}
	if err := offer(ctx, tx, r, t, written); err != nil {
		return err
	}
	if t.Action == service.ActOfferQuote {
		if err := quote(ctx, tx, vendor, *of, r, t, written); err != nil {
			return err
		}
	}
	if err := agree(ctx, tx, r, t, written); err != nil {
		return err
	}
	if err := bill(ctx, tx, vendor, *of, r, t, written); err != nil {
		return err
	}
	if err := enhance(ctx, tx, vendor, *of, r, t, written); err != nil {
		return err
	}
	if err := decide(ctx, tx, *of, before, t, written); err != nil {
		return err
	}
	command := ticket.Command{Key: t.Key, Action: ticket.Action(t.Action), Actor: t.Actor}
	if err := follow(ctx, tx, vendor, of, before, *r, command, t.At); err != nil {
		return err
	}
	if err := sayService(ctx, tx, of.ID, t, written); err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, serviceEvent(*of, before, *r, t)); err != nil {
		return err
	}
	return notice.About{Vendor: vendor, Ticket: *of}.Service(ctx, tx, before, *r, t, written)
}

// setService is the row after the transition.
func setService(ctx context.Context, tx *store.Tx, s policy.Settings, r *store.ServiceRequest, t service.Transition) error {
	r.State, r.Resume, r.Ending, r.UpdatedAt = t.To, t.Resume, t.Ending, t.At
	switch t.Action {
	case service.ActAdjust:
		r.Round++
	case service.ActAskEstimate:
		r.AsksEstimate = true
	case service.ActOfferEstimate:
		r.AsksEstimate = false
	case service.ActReassign:
		return reassignService(ctx, tx, s, r, t)
	case service.ActRecordEstimate: // what was offered stands as it is
		return nil
	case service.ActRemind:
		return remind(s, r)
	}
	if r.State == service.ToBill {
		if err := settle(ctx, tx, r); err != nil {
			return err
		}
	}
	if r.State.Ended() {
		r.EndedAt = &t.At
	}
	if r.State != t.From || r.State.WaitsFor() != "" && t.Actor.Side == ticket.Staff { // offered anew
		return await(s, r, t.At)
	}
	return nil
}

// settle ends at once what there is nothing to bill of.
func settle(ctx context.Context, tx *store.Tx, r *store.ServiceRequest) error {
	minutes, err := tx.BillableMinutes(ctx, r.ID)
	if err != nil || minutes > 0 {
		return err
	}
	if r.Ending == service.Completed {
		if q, err := tx.ApprovedQuote(ctx, r.ID); err != nil || q != nil {
			return err
		}
	}
	r.State = r.Ending.End()
	return nil
}

func reassignService(ctx context.Context, tx *store.Tx, s policy.Settings, r *store.ServiceRequest, t service.Transition) (err error) {
	if t.Assignee == "" { // its team finds somebody
		r.AssigneeID, err = assignment.Pick(ctx, tx, s, r.Team, t.At)
		return err
	}
	person, err := personOf(t.Assignee)
	r.AssigneeID = &person
	return err
}

// await sets what happens by itself while the customer is waited for, by the
// pack; nothing when it is not.
func await(s policy.Settings, r *store.ServiceRequest, at time.Time) (err error) {
	r.WaitingSince, r.Reminders, r.RemindAt, r.GiveUpAt, r.AcceptAt, r.ExpireAt = nil, 0, nil, nil, nil, nil
	if r.State.WaitsFor() == "" {
		return nil
	}
	r.WaitingSince = &at
	options := s.Path(r.Path)
	switch r.State {
	case service.WaitingForValidation:
		r.AcceptAt, err = later(s, at, options.AcceptAfter)
	case service.QuoteOffered:
		if options.QuoteDays > 0 {
			end := at.AddDate(0, 0, options.QuoteDays)
			r.ExpireAt = &end
		}
	case service.WaitingForInterest:
		if options.InterestDays > 0 {
			end := at.AddDate(0, 0, options.InterestDays)
			r.GiveUpAt = &end
		}
	case service.WaitingForConsent, service.WaitingForInformation, service.EstimateOffered:
		r.GiveUpAt, err = later(s, at, options.GiveUp)
	}
	if err != nil {
		return err
	}
	return schedule(s, r)
}

// remind counts a reminder, and sets the next one.
func remind(s policy.Settings, r *store.ServiceRequest) error {
	r.Reminders++
	return schedule(s, r)
}

// schedule sets the next reminder of a wait.
func schedule(s policy.Settings, r *store.ServiceRequest) (err error) {
	r.RemindAt = nil
	if after := s.Path(r.Path).Remind; r.Reminders < len(after) {
		r.RemindAt, err = later(s, *r.WaitingSince, &after[r.Reminders])
	}
	return err
}

func later(s policy.Settings, from time.Time, a *policy.Amount) (*time.Time, error) {
	if a == nil {
		return nil, nil //nolint:nilnil // no amount, no instant
	}
	at, err := s.Later(from, *a)
	at = at.UTC().Truncate(time.Microsecond)
	return &at, err
}

// offer keeps an estimate that is offered.
func offer(ctx context.Context, tx *store.Tx, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	if t.Action != service.ActOfferEstimate || w.Estimate == nil {
		return nil
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	r.Offer++
	return tx.InsertEstimate(ctx, store.Estimate{
		ID: store.NewID(), ServiceID: r.ID, Revision: r.Offer, Minutes: w.Estimate.Minutes, Amount: w.Estimate.Amount, Currency: w.Estimate.Currency,
		Note: w.Text, OfferedBy: by, OfferedAt: t.At,
	})
}

// bill issues the invoice of what a service request has taken, in the transaction
// that says it is billed. With nothing left to bill it ends without one.
func bill(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	if t.Action != service.ActBill {
		return nil
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	order := invoicing.Order{Ticket: of, ServiceRequest: &store.ServiceRequestRef{ID: r.ID, Number: r.Number}, At: t.At, By: &by}
	if w.Bill != nil {
		order.PO = w.Bill.PO
	}
	if err := invoicing.Agreed(ctx, tx, *r, &order); err != nil {
		return err
	}
	i, err := invoicing.Issue(ctx, tx, vendor, order)
	if e, ok := problem.As(err); ok && e.Key == "nothing_to_bill" {
		r.State, r.EndedAt = r.Ending.End(), &t.At
		return nil
	}
	if err != nil {
		return err
	}
	if total := i.AmountText(i.Total); w.Bill != nil && w.Bill.Total != "" && w.Bill.Total != total {
		return problem.New(problem.Conflict, "invoice_changed", problem.Args{"total": total + " " + i.Currency})
	}
	return nil
}

// decisions are the actions that answer a question, and how.
var decisions = map[service.Action]struct{ question, answer string }{
	service.ActInterested:      {"interest", "accepted"},
	service.ActNotInterested:   {"interest", "declined"},
	service.ActTakePartner:     {"choice", "partner"},
	service.ActAskQuote:        {"choice", "accepted"},
	service.ActConsent:         {"consent", "accepted"},
	service.ActDeclineRate:     {"consent", "declined"},
	service.ActAcceptEstimate:  {"estimate", "accepted"},
	service.ActDeclineEstimate: {"estimate", "declined"},
	service.ActApproveQuote:    {"quote", "accepted"},
	service.ActDeclineQuote:    {"quote", "declined"},
	service.ActAccept:          {"validation", "accepted"},
	service.ActLapse:           {"validation", "accepted"},
	service.ActAdjust:          {"validation", "adjustments"},
}

// decide keeps who decided what, for ever. Whether they may decide on a quote is
// asked here once more: they may have lost the right since they were heard.
func decide(ctx context.Context, tx *store.Tx, at store.Ticket, r store.ServiceRequest, t service.Transition, w service.Written) error {
	of, decides := decisions[t.Action]
	if !decides {
		return nil
	}
	d := store.Decision{
		ID: store.NewID(), TicketID: r.TicketID, Object: "service_request", ObjectID: r.ID, Version: int64(t.Offer), Question: of.question, Answer: of.answer,
		Name: w.Name, Body: w.Text, Channel: w.Channel, IP: w.IP, At: t.At,
	}
	if t.Action == service.ActLapse {
		d.Version, d.Channel = int64(r.Round), "rule"
	}
	if id, err := uuid.Parse(t.Actor.ID); err == nil {
		d.PersonID = &id
	}
	if of.question == "quote" {
		if err := behalf(ctx, tx, at, r, &d); err != nil {
			return err
		}
	}
	return tx.InsertDecision(ctx, d)
}

// behalf sets on whose behalf somebody decides on the newest quote.
func behalf(ctx context.Context, tx *store.Tx, of store.Ticket, r store.ServiceRequest, d *store.Decision) error {
	quotes, err := tx.Quotes(ctx, r.ID)
	switch {
	case err != nil:
		return err
	case len(quotes) == 0 || d.PersonID == nil:
		return problem.New(problem.Forbidden, "quote_not_yours", nil)
	case quotes[0].Over(d.At):
		return problem.New(problem.Conflict, "quote_over", nil)
	}
	d.BehalfOf, err = approval.Entitled(ctx, tx, *d.PersonID, of, quotes[0], d.At)
	return err
}

// spokenService maps the actions that carry words for the other side to the kind
// of comment they leave.
var spokenService = map[service.Action]string{
	service.ActDeclineRate:     "decision",
	service.ActAskEstimate:     "comment",
	service.ActOfferEstimate:   "estimate",
	service.ActAcceptEstimate:  "decision",
	service.ActDeclineEstimate: "decision",
	service.ActOfferQuote:      "quote",
	service.ActApproveQuote:    "decision",
	service.ActDeclineQuote:    "decision",
	service.ActAgreeDates:      "comment",
	service.ActAskValidation:   "validation",
	service.ActAccept:          "decision",
	service.ActAdjust:          "adjustments",
	service.ActWithdraw:        "withdrawal",
	service.ActInterested:      "decision",
	service.ActNotInterested:   "decision",
	service.ActTakePartner:     "decision",
	service.ActAskQuote:        "decision",
	service.ActWithdrawOffer:   "comment",
	service.ActSchedule:        "comment",
	service.ActSettle:          "comment",
}

// sayService keeps what was written as a public comment of the ticket, with its
// files.
func sayService(ctx context.Context, tx *store.Tx, ticketID uuid.UUID, t service.Transition, w service.Written) error {
	kind, speaks := spokenService[t.Action]
	if !speaks || w.Text == "" {
		return nil
	}
	return comment(ctx, tx, ticketID, spokenWord{Key: t.Key, Author: t.Actor.ID, Kind: kind, Text: w.Text, Files: w.Files, At: t.At})
}

// serviceEvent is the line of the ticket's history.
func serviceEvent(of store.Ticket, before, after store.ServiceRequest, t service.Transition) store.Event {
	data := map[string]any{
		"service_request_id": after.ID, "number": after.Number, "service_from": before.State, "service_to": after.State, "to": of.State, "round": after.Round,
	}
	if t.Actor.Side == ticket.System {
		data["late"] = t.Late
	}
	if after.Ending != "" {
		data["ending"] = after.Ending
	}
	raw, err := json.Marshal(data)
	if err != nil { // only strings, numbers and ids
		raw = []byte(`{}`)
	}
	e := store.Event{TicketID: of.ID, Version: of.Version, Kind: ServiceEvent + string(t.Action), Public: !slices.Contains(internalWork, t.Action), At: t.At, Data: raw}
	if id, err := uuid.Parse(t.Actor.ID); err == nil {
		e.ActorID = &id
	}
	return e
}

// internalWork is what the customer's side does not see of a service request.
var internalWork = []service.Action{service.ActReassign, service.ActRecordEstimate}

// ServiceEvent begins the kind of a ticket's event that is about its service
// request: then comes the action.
const ServiceEvent = "service_"
