package desk

import (
	"context"
	"encoding/json"
	"regexp"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// serviceOperation names the permission of each thing people do to a service
// request.
var serviceOperation = map[service.Action]Operation{
	service.ActConsent:         OpAnswerRate,
	service.ActDeclineRate:     OpAnswerRate,
	service.ActAskEstimate:     OpAskEstimate,
	service.ActOfferEstimate:   OpOfferEstimate,
	service.ActAcceptEstimate:  OpDecideEstimate,
	service.ActDeclineEstimate: OpDecideEstimate,
	service.ActOfferQuote:      OpOfferQuote,
	service.ActApproveQuote:    OpDecideQuote,
	service.ActDeclineQuote:    OpDecideQuote,
	service.ActBegin:           OpBeginWork,
	service.ActAgreeDates:      OpAgreeDates,
	service.ActDeliver:         OpDeliverTraining,
	service.ActAskValidation:   OpAskValidation,
	service.ActAccept:          OpValidateWork,
	service.ActAdjust:          OpValidateWork,
	service.ActBill:            OpIssueInvoice,
	service.ActClose:           OpCloseServiceRequest,
	service.ActReassign:        OpReassignServiceRequest,
	service.ActCancel:          OpCancelServiceRequest,
	service.ActWithdraw:        OpWithdrawServiceRequest,
	service.ActInterested:      OpAnswerInterest,
	service.ActNotInterested:   OpAnswerInterest,
	service.ActTakePartner:     OpChooseSupport,
	service.ActAskQuote:        OpChooseSupport,
	service.ActWithdrawOffer:   OpWithdrawOffer,
	service.ActRecordEstimate:  OpRecordEstimate,
	service.ActSchedule:        OpScheduleWork,
	service.ActSettle:          OpSettleWork,
}

// serviceDeed is one thing somebody does to a service request, before it is
// checked.
type serviceDeed struct {
	action   service.Action
	ref      string // by uuid or number
	key      string // idempotency key of the caller
	text     string
	textMin  int // 0: the text may be missing
	files    []uuid.UUID
	offer    int // the revision or round that is decided on, or of the dates that are replaced
	estimate *EstimateInput
	quote    *QuoteInput
	dates    *DatesInput
	name     *string // as typed by who approves; nil: none is asked for
	bill     *service.WrittenBill
	person   *uuid.UUID // with ActReassign; nil: its team finds somebody

	effort       *[]EffortInput
	frame        *FrameInput
	keep         *string // with ActSettle
	takesPartner bool
	partner      *uuid.UUID // nil: the only one
}

// AnswerRate agrees to the rate of work that is charged, or declines it: then
// nothing was billed and the work ends.
func (d *Desk) AnswerRate(ctx context.Context, key, ref string, agrees bool, text string) (ServiceRequestView, error) {
	action := service.ActDeclineRate
	if agrees {
		action = service.ActConsent
	}
	return d.doService(ctx, serviceDeed{action: action, ref: ref, key: key, text: text})
}

// AskEstimate asks for an estimate before the work; its analysis is billed where
// the pack says so.
func (d *Desk) AskEstimate(ctx context.Context, key, ref, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActAskEstimate, ref: ref, key: key, text: text})
}

// EstimateInput is what is offered before the work.
type EstimateInput struct {
	Minutes  int    // 1 to EstimateMinutesMax
	Amount   string // decimal, net, at most 4 decimals
	Currency string // that of the rate the customer was told
}

// EstimateMinutesMax is the most an estimate can be, in minutes.
const EstimateMinutesMax = 600_000

var decimalForm = regexp.MustCompile(`^[0-9]{1,14}(\.[0-9]{1,4})?$`)

// OfferEstimate offers hours and an amount, and waits for the customer.
func (d *Desk) OfferEstimate(ctx context.Context, key, ref string, in EstimateInput, text string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActOfferEstimate, ref: ref, key: key, text: text, estimate: &in})
}

// DecideEstimate accepts or declines the estimate of a revision; Conflict
// "decided_on_old_version" naming the current one when another was offered since.
func (d *Desk) DecideEstimate(ctx context.Context, key, ref string, revision int, accepts bool, text string) (ServiceRequestView, error) {
	action := service.ActDeclineEstimate
	if accepts {
		action = service.ActAcceptEstimate
	}
	return d.doService(ctx, serviceDeed{action: action, ref: ref, key: key, text: text, offer: revision})
}

// BeginWork begins work that needs no estimate.
func (d *Desk) BeginWork(ctx context.Context, key, ref string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActBegin, ref: ref, key: key})
}

// AskValidation says that the work is done, and asks the customer to validate it.
func (d *Desk) AskValidation(ctx context.Context, key, ref, text string, files []uuid.UUID) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActAskValidation, ref: ref, key: key, text: text, textMin: 1, files: files})
}

// ValidateWork accepts the work of a round, or asks for adjustments, which needs
// words.
func (d *Desk) ValidateWork(ctx context.Context, key, ref string, round int, accepts bool, text string, files []uuid.UUID) (ServiceRequestView, error) {
	in := serviceDeed{action: service.ActAdjust, ref: ref, key: key, text: text, textMin: 1, files: files, offer: round}
	if accepts {
		in.action, in.textMin = service.ActAccept, 0
	}
	return d.doService(ctx, in)
}

// CloseServiceRequest closes one that is billed.
func (d *Desk) CloseServiceRequest(ctx context.Context, key, ref string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActClose, ref: ref, key: key})
}

// ReassignServiceRequest gives it to another member of staff; nil: its team finds
// one. The reason is for staff.
func (d *Desk) ReassignServiceRequest(ctx context.Context, key, ref string, person *uuid.UUID, reason string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActReassign, ref: ref, key: key, text: reason, person: person})
}

// CancelServiceRequest ends the work; the time so far is billed.
func (d *Desk) CancelServiceRequest(ctx context.Context, key, ref, reason string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActCancel, ref: ref, key: key, text: reason, textMin: 1})
}

// WithdrawServiceRequest is the customer's end of the work; the time so far is
// billed.
func (d *Desk) WithdrawServiceRequest(ctx context.Context, key, ref, reason string) (ServiceRequestView, error) {
	return d.doService(ctx, serviceDeed{action: service.ActWithdraw, ref: ref, key: key, text: reason, textMin: 1})
}

// doService checks a deed, keeps what was written, has the service request's
// workflow do it and answers with the service request as it is then. A repeat of
// a key whose command is committed never reaches the engine.
func (d *Desk) doService(ctx context.Context, in serviceDeed) (v ServiceRequestView, err error) {
	op := serviceOperation[in.action]
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	var command service.Command
	var row store.ServiceRequest
	var done bool
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, t, err := d.findService(ctx, tx, c, op, in.ref)
		if err != nil {
			return err
		}
		if c.Vendor, err = tx.Pinned(ctx, c.Vendor, r.PolicyVersion); err != nil {
			return err
		}
		row = r
		if command, done, err = d.receiveService(ctx, tx, c, r, t, in); err == nil && done {
			v, err = d.viewService(ctx, tx, c, r, t)
		}
		return err
	})
	if err != nil || done {
		return v, err
	}
	return d.actService(ctx, c, row, command)
}

// receiveService keeps what was written under the command's key and checks the
// deed against the row; done means the same command was committed before.
func (d *Desk) receiveService(ctx context.Context, tx *store.Tx, c Caller, r store.ServiceRequest, t store.Ticket, in serviceDeed) (command service.Command, done bool, err error) {
	in.text = clean(in.text)
	command = service.Command{
		Key: c.Key("service_"+string(in.action), r.ID.String(), in.key), Action: in.action, Actor: c.Actor(), Offer: in.offer,
		Assignee: textOf(in.person), Seen: r.Version,
	}
	asked := textOf(in.partner)
	if in.takesPartner {
		if err := pickPartner(ctx, tx, c, t, command.Key, &in); err != nil {
			return command, false, err
		}
	}
	written := service.Written{Text: in.text, Files: texts(in.files), Bill: in.bill, Channel: c.channel(), IP: OriginFrom(ctx).IP}
	if e := in.estimate; e != nil {
		written.Estimate = &service.WrittenEstimate{Minutes: e.Minutes, Amount: e.Amount, Currency: e.Currency}
	}
	if in.quote != nil {
		written.Quote = in.quote.written()
	}
	if in.dates != nil {
		written.Sessions = in.dates.written()
	}
	if in.name != nil {
		written.Name = clean(*in.name)
	}
	writeEnhancement(in, &written)
	body, err := json.Marshal(written)
	if err != nil {
		return command, false, err
	}
	hash, err := bodyHash([]any{
		written.Text, written.Files, written.Estimate, written.Quote, written.Sessions, written.Name, written.Bill, command.Offer, command.Assignee,
		written.Effort, written.Frame, written.Settle, asked,
	})
	if err != nil {
		return command, false, err
	}
	received, err := tx.Receive(ctx, store.Command{
		Key: command.Key, TicketID: &t.ID, ServiceID: &r.ID, ActorID: &c.Person.ID, Action: "service_" + string(in.action), Body: body, BodyHash: hash,
		ReceivedAt: d.Now(), BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP,
	})
	if err != nil || received.CommittedAt != nil {
		return command, received.CommittedAt != nil, err
	}
	if serviceOperation[in.action] == OpDecideQuote {
		if err := d.mayDecide(ctx, tx, c, r, t); err != nil {
			return command, false, err
		}
	}
	if err := d.checkService(ctx, tx, c, r, in); err != nil {
		return command, false, err
	}
	if c.Staff() && in.text != "" && in.action != service.ActReassign && in.action != service.ActRecordEstimate {
		if err := quotesNote(ctx, tx, t.ID, in.text); err != nil {
			return command, false, err
		}
	}
	// The row is the truth: what it does not allow is refused here, also while
	// the engine is away. The workflow decides again.
	if _, err := service.Decide(r.Snapshot(c.Vendor.Settings), command, d.Now()); err != nil {
		return command, false, firstDecision(ctx, tx, r, command, err)
	}
	return command, false, tx.CheckFiles(ctx, c.Person.ID, in.files)
}

// checkService names every wrong field.
func (d *Desk) checkService(ctx context.Context, tx *store.Tx, c Caller, r store.ServiceRequest, in serviceDeed) error {
	var wrong problem.Fields
	if err := d.checkEnhancement(ctx, tx, c, r, in, &wrong); err != nil {
		return err
	}
	checkText(&wrong, "text", &in.text, in.textMin, BodyMax)
	checkFiles(&wrong, in.files)
	if e := in.estimate; e != nil {
		if e.Minutes < 1 || e.Minutes > EstimateMinutesMax {
			wrong.Add("minutes", "field_out_of_range", problem.Args{"min": 1, "max": EstimateMinutesMax})
		}
		if !decimalForm.MatchString(e.Amount) {
			wrong.Add("amount", "field_not_an_amount", nil)
		}
		if e.Currency != r.Rate.Currency {
			wrong.Add("currency", "field_not_a_choice", problem.Args{"choices": []string{r.Rate.Currency}})
		}
	}
	if in.name != nil {
		checkText(&wrong, "name", in.name, 1, NameMax)
	}
	if in.quote != nil {
		if err := checkQuote(&wrong, c.Vendor.Settings, r, *in.quote); err != nil {
			return err
		}
	}
	if in.dates != nil {
		if err := checkDates(ctx, tx, &wrong, r, *in.dates, d.Now()); err != nil {
			return err
		}
	}
	if in.person != nil {
		person, err := tx.Person(ctx, *in.person)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		if err != nil || !person.Active || (Caller{Person: person}).Reach(OpBeginWork) == Nothing {
			wrong.Add("assignee_id", "assignee_unknown", nil)
		}
	}
	return wrong.Err()
}

// actService has the workflow do it, confirms, and answers with the service
// request as it is then. When the engine gives no answer the row is asked once
// more: what is committed is known, whoever forgot it.
func (d *Desk) actService(ctx context.Context, c Caller, row store.ServiceRequest, command service.Command) (v ServiceRequestView, err error) {
	refused := d.Engine.ActService(ctx, c.Vendor.ID.String(), row.Path, row.ID.String(), command)
	err = d.Store.In(context.WithoutCancel(ctx), c.Vendor.ID, func(tx *store.Tx) error {
		if refused != nil {
			found, err := tx.Command(ctx, command.Key)
			if err != nil || found.CommittedAt == nil {
				return d.refusedNow(ctx, tx, c, row.ID, command, refused)
			}
		} else if err := tx.Confirm(ctx, command.Key); err != nil {
			return err
		}
		r, err := tx.ServiceRequest(ctx, row.ID)
		if err != nil {
			return err
		}
		t, err := tx.Ticket(ctx, r.TicketID)
		if err == nil {
			v, err = d.viewService(ctx, tx, c, r, t)
		}
		return err
	})
	return v, afterwards(err)
}

// refusedNow is why a command that was not committed is refused as the row is now.
func (d *Desk) refusedNow(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, command service.Command, refused error) error {
	row, err := tx.ServiceRequest(ctx, id)
	if err != nil {
		return refused
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return refused
	}
	now := row.Snapshot(pinned.Settings)
	refused = overtaken(refused, service.Over(now), func() error {
		_, err := service.Decide(now, command, d.Now())
		return err
	})
	return firstDecision(ctx, tx, row, command, refused)
}

// channel is the way the caller came.
func (c Caller) channel() string {
	switch {
	case c.Token:
		return "api"
	case c.link:
		return "link"
	}
	return "portal"
}
