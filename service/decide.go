package service

import (
	"cmp"
	"slices"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// Action is something done to a service request: by a person, or by System when
// a milestone is reached.
type Action string

// What people do. Questions and their answers are the ticket's: asking on the
// ticket makes its service request wait too.
const (
	ActConsent         Action = "consent" // to the rate
	ActDeclineRate     Action = "decline_rate"
	ActAskEstimate     Action = "ask_estimate"
	ActOfferEstimate   Action = "offer_estimate"
	ActAcceptEstimate  Action = "accept_estimate"
	ActDeclineEstimate Action = "decline_estimate"
	ActOfferQuote      Action = "offer_quote"
	ActApproveQuote    Action = "approve_quote"
	ActDeclineQuote    Action = "decline_quote"
	ActBegin           Action = "begin_work"
	ActAgreeDates      Action = "agree_dates" // of a training, the first time or anew
	ActDeliver         Action = "deliver"     // the training took place
	ActAskValidation   Action = "ask_validation"
	ActAccept          Action = "accept_work"
	ActAdjust          Action = "ask_adjustments"
	ActBill            Action = "bill"
	ActClose           Action = "close"
	ActReassign        Action = "reassign"
	ActCancel          Action = "cancel"
	ActWithdraw        Action = "withdraw"

	ActInterested     Action = "interested"
	ActNotInterested  Action = "not_interested"
	ActTakePartner    Action = "take_partner"
	ActAskQuote       Action = "ask_quote"
	ActWithdrawOffer  Action = "withdraw_offer"
	ActRecordEstimate Action = "record_estimate" // the vendor's own, that customers never read
	ActSchedule       Action = "schedule_work"   // the time frame and the invoice, together
	ActSettle         Action = "settle"
)

// What happens by itself.
const (
	ActRemind Action = "remind"
	ActGiveUp Action = "give_up"
	ActLapse  Action = "accept_by_rule" // nobody answers the validation: accepted
	ActExpire Action = "expire"
)

// rule is one row of the procedure: from which states, by whom, and where it
// leads. stay keeps the state.
type rule struct {
	from  []State
	side  ticket.Side
	to    State
	paths []string // none: every path
	waits bool     // also while information is waited for that was asked in one of those states
}

const stay State = ""

var (
	working = []State{InWork, Adjustments}
	waiting = []State{WaitingForConsent, WaitingForInformation, EstimateOffered, QuoteOffered, WaitingForValidation}
	// open are the states in which work may still be stopped.
	open = []State{WaitingForConsent, Analysis, WaitingForInformation, EstimateOffered, QuoteOffered, InWork, WaitingForValidation, Adjustments}
)

var (
	estimated = []string{PathServiceRequest}
	quoted    = []string{PathCustomization, PathTraining}
	validated = []string{PathServiceRequest, PathCustomization}
	taught    = []string{PathTraining}
)

var procedure = map[Action]rule{
	ActConsent:         {from: []State{WaitingForConsent}, side: ticket.Customer, to: Analysis},
	ActDeclineRate:     {from: []State{WaitingForConsent}, side: ticket.Customer, to: ToBill},
	ActAskEstimate:     {from: []State{WaitingForConsent, Analysis, WaitingForInformation}, side: ticket.Customer, to: stay, paths: estimated},
	ActOfferEstimate:   {from: []State{Analysis, EstimateOffered}, side: ticket.Staff, to: EstimateOffered, paths: estimated},
	ActAcceptEstimate:  {from: []State{EstimateOffered}, side: ticket.Customer, to: InWork},
	ActDeclineEstimate: {from: []State{EstimateOffered}, side: ticket.Customer, to: ToBill},
	ActOfferQuote:      {from: []State{Analysis, QuoteOffered}, side: ticket.Staff, to: QuoteOffered, paths: quoted},
	ActApproveQuote:    {from: []State{QuoteOffered}, side: ticket.Customer, to: InWork},
	ActDeclineQuote:    {from: []State{QuoteOffered}, side: ticket.Customer, to: ToBill},
	ActBegin:           {from: []State{Analysis}, side: ticket.Staff, to: InWork, paths: estimated},
	ActAgreeDates:      {from: []State{InWork}, side: ticket.Staff, to: stay, paths: taught},
	ActDeliver:         {from: []State{InWork}, side: ticket.Staff, to: ToBill, paths: taught},
	ActAskValidation:   {from: append(slices.Clone(working), WaitingForValidation), side: ticket.Staff, to: WaitingForValidation, paths: validated},
	ActAccept:          {from: []State{WaitingForValidation}, side: ticket.Customer, to: ToBill},
	ActAdjust:          {from: []State{WaitingForValidation}, side: ticket.Customer, to: Adjustments},
	ActBill:            {from: []State{ToBill}, side: ticket.Staff, to: Billed},
	ActClose:           {from: []State{Billed}, side: ticket.Staff, to: Closed},
	ActReassign:        {from: append(slices.Clone(open), ToBill), side: ticket.Staff, to: stay},
	ActCancel:          {from: open, side: ticket.Staff, to: ToBill},
	ActWithdraw:        {from: open, side: ticket.Customer, to: ToBill},

	ActRemind: {from: waiting, side: ticket.System, to: stay},
	ActGiveUp: {from: []State{WaitingForConsent, WaitingForInformation, EstimateOffered}, side: ticket.System, to: ToBill},
	ActLapse:  {from: []State{WaitingForValidation}, side: ticket.System, to: ToBill},
	ActExpire: {from: []State{QuoteOffered}, side: ticket.System, to: Analysis},
}

// endings say how what leads to the bill ends.
var endings = map[Action]Ending{
	ActDeclineRate: Declined, ActDeclineEstimate: Declined, ActDeclineQuote: Declined, ActAccept: Completed, ActLapse: Completed,
	ActDeliver: Completed, ActGiveUp: GaveUp, ActCancel: Cancelled, ActWithdraw: Withdrawn,
	ActNotInterested: NotInterested, ActTakePartner: ToPartner, ActWithdrawOffer: OfferWithdrawn,
}

// HumanActions lists what people may do, in the order of the procedure.
var HumanActions = []Action{
	ActConsent, ActDeclineRate, ActInterested, ActNotInterested, ActTakePartner, ActAskQuote, ActAskEstimate, ActOfferEstimate, ActAcceptEstimate,
	ActDeclineEstimate, ActRecordEstimate, ActOfferQuote, ActApproveQuote, ActDeclineQuote, ActSchedule, ActBegin, ActAgreeDates, ActDeliver,
	ActAskValidation, ActAccept, ActAdjust, ActBill, ActSettle, ActClose, ActReassign, ActWithdrawOffer, ActCancel, ActWithdraw,
}

// decided are the actions that decide on something of a certain revision,
// version or round: the answer to another one is refused.
var decided = []Action{ActAcceptEstimate, ActDeclineEstimate, ActApproveQuote, ActDeclineQuote, ActAccept, ActAdjust}

// Decide says what c does to s at the instant at, or why it can't be done:
// Conflict when the state does not allow it, or what is decided on is not the
// newest (with the state, what is possible, and the newest), "changed_meanwhile"
// when the dates that are replaced are not the newest, "training_without_dates"
// and "training_to_come" before a training can be delivered,
// "enhancement_without_estimate" before an enhancement can be offered; Forbidden
// when it is the other side's to do.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	r, known := ruleOf(s.Path, c.Action)
	if !known {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	if r.side != c.Actor.Side {
		return Transition{}, problem.New(problem.Forbidden, "action_other_side", problem.Args{"action": string(c.Action)})
	}
	if !r.fits(s) || c.Action == ActBegin && s.AsksEstimate || c.Action == ActAskEstimate && s.AsksEstimate {
		return Transition{}, outOfOrder(s, c, at)
	}
	if err := s.planned(c, at); err != nil {
		return Transition{}, err
	}
	if slices.Contains(decided, c.Action) && c.Offer != s.current() {
		e := problem.New(problem.Conflict, "decided_on_old_version", problem.Args{"number": s.Number, "version": c.Offer, "current": s.current()})
		e.Data = map[string]any{"current": s.current()}
		return Transition{}, e
	}
	due := s.milestone(c.Action)
	if c.Actor.Side == ticket.System && (due == nil || at.Before(*due)) {
		return Transition{}, problem.New(problem.Conflict, "milestone_gone", nil)
	}
	t := Transition{Command: c, Vendor: s.Vendor, Service: s.ID, Ticket: s.Ticket, Expected: s.Version, From: s.State, Ending: s.Ending}
	t.At = at.Truncate(time.Microsecond) // as the database keeps it, so that what is known equals the row
	t.To, t.Resume = cmp.Or(r.to, s.State), ""
	if t.To == s.State {
		t.Resume = s.Resume
	}
	if ending, ends := endings[c.Action]; ends {
		t.Ending, t.To = ending, s.Stopped(c.Action, ending)
	}
	switch {
	case c.Action == ActClose, c.Action == ActSettle:
		t.To = s.Ending.End()
	case c.Action == ActSchedule && s.WhenPaid:
		t.To = WaitingForPayment
	}
	t.Late = due != nil && at.Sub(*due) > lateAfter
	return t, nil
}

// planned refuses what the dates of a training, or an estimate that is missing, do
// not allow.
func (s Snapshot) planned(c Command, at time.Time) error {
	switch {
	case c.Action == ActAgreeDates && c.Offer != s.Dates:
		e := problem.New(problem.Conflict, "changed_meanwhile", nil)
		e.Data = map[string]any{"current": s.Dates}
		return e
	case c.Action == ActDeliver && s.LastAt == nil:
		return problem.New(problem.Conflict, "training_without_dates", problem.Args{"number": s.Number})
	case c.Action == ActDeliver && at.Before(*s.LastAt):
		return problem.New(problem.Conflict, "training_to_come", problem.Args{"number": s.Number})
	case s.unestimated(c.Action):
		return problem.New(problem.Conflict, "enhancement_without_estimate", problem.Args{"number": s.Number})
	}
	return nil
}

// bills says whether what an action ends is billed: not what has cost nothing
// yet, and what was declined only where the pack says so.
func (s Snapshot) bills(a Action) bool {
	switch {
	case s.State == WaitingForConsent:
		return false
	case IsEnhancement(s.Path):
		return s.billsEnhancement(a)
	case a == ActDeclineEstimate || a == ActDeclineQuote:
		return s.BillDeclined
	}
	return true
}

// current is the revision, version or round of what can be decided on now.
func (s Snapshot) current() int {
	if s.State == WaitingForValidation {
		return s.Round
	}
	return s.Offer
}

// fits says whether the rule is one of the path and the state.
func (r rule) fits(s Snapshot) bool {
	at := s.State
	if r.waits && at == WaitingForInformation {
		at = s.Resume
	}
	return slices.Contains(r.from, at) && (len(r.paths) == 0 || slices.Contains(r.paths, s.Path))
}

// lateAfter is how long after its instant a milestone counts as late.
const lateAfter = time.Minute

func outOfOrder(s Snapshot, c Command, at time.Time) *problem.Error {
	e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(c.Action), "number": s.Number})
	e.Data = map[string]any{"state": string(s.State), "possible": Possible(s, c.Actor.Side, at)}
	return e
}

// Possible lists what a side may do in this state at that instant, never nil.
func Possible(s Snapshot, side ticket.Side, at time.Time) []Action {
	list := []Action{}
	for _, action := range HumanActions {
		if r, _ := ruleOf(s.Path, action); r.side != side || !r.fits(s) || s.unestimated(action) {
			continue
		}
		if s.AsksEstimate && (action == ActBegin || action == ActAskEstimate) {
			continue
		}
		if action == ActDeliver && (s.LastAt == nil || at.Before(*s.LastAt)) {
			continue
		}
		list = append(list, action)
	}
	return list
}

// milestone is when a milestone is reached; nil for never, and for what people
// do.
func (s Snapshot) milestone(a Action) *time.Time {
	switch a {
	case ActRemind:
		return s.RemindAt
	case ActGiveUp:
		return s.GiveUpAt
	case ActLapse:
		return s.AcceptAt
	case ActExpire:
		return s.ExpireAt
	}
	return nil
}

// milestones in the order in which those of one instant happen: the end of a
// wait before a reminder of it.
var milestones = []Action{ActGiveUp, ActLapse, ActExpire, ActRemind}

// Next is the earliest thing that will happen to s by itself, and when. ok is
// false when nothing will.
func Next(s Snapshot) (action Action, at time.Time, ok bool) {
	for _, a := range milestones {
		when := s.milestone(a)
		r, _ := ruleOf(s.Path, a)
		if when != nil && r.fits(s) && (!ok || when.Before(at)) {
			action, at, ok = a, *when, true
		}
	}
	return action, at, ok
}

// Over says whether nothing can happen to it any more.
func Over(s Snapshot) bool { return s.State.Ended() }
