package service

import (
	"slices"

	"github.com/casepath/casepath/ticket"
)

// Phases are the parts of an enhancement that are estimated, from the scoping to
// QA.
var Phases = []string{"scoping", "design", "implementation", "test", "documentation", "qa", "other"}

var (
	// offered are the states of an enhancement before its quote is approved.
	offered = []State{WaitingForInterest, WaitingForChoice, Analysis, QuoteOffered}
	// approved are those after it, until the work is over.
	approved = []State{ToSchedule, WaitingForPayment, InWork, WaitingForValidation, Adjustments}
)

// chain is the procedure of an enhancement: interest, or the choice of a quote,
// then estimate, quote, approval, time frame and invoice together, and only then
// work.
var chain = map[Action]rule{
	ActInterested:     {from: []State{WaitingForInterest}, side: ticket.Customer, to: Analysis},
	ActNotInterested:  {from: []State{WaitingForInterest}, side: ticket.Customer, to: Closed},
	ActTakePartner:    {from: []State{WaitingForChoice}, side: ticket.Customer, to: Closed},
	ActAskQuote:       {from: []State{WaitingForChoice}, side: ticket.Customer, to: Analysis},
	ActRecordEstimate: {from: []State{Analysis, QuoteOffered}, side: ticket.Staff, to: stay},
	ActOfferQuote:     {from: []State{Analysis, QuoteOffered}, side: ticket.Staff, to: QuoteOffered},
	ActApproveQuote:   {from: []State{QuoteOffered}, side: ticket.Customer, to: ToSchedule},
	ActDeclineQuote:   {from: []State{QuoteOffered}, side: ticket.Customer, to: ToBill},
	ActSchedule:       {from: []State{ToSchedule}, side: ticket.Staff, to: InWork},
	ActAskValidation:  {from: append(slices.Clone(working), WaitingForValidation), side: ticket.Staff, to: WaitingForValidation},
	ActAccept:         {from: []State{WaitingForValidation}, side: ticket.Customer, to: Closed},
	ActAdjust:         {from: []State{WaitingForValidation}, side: ticket.Customer, to: Adjustments},
	ActBill:           {from: []State{ToBill}, side: ticket.Staff, to: Billed},
	ActSettle:         {from: []State{ToSettle}, side: ticket.Staff, to: stay},
	ActClose:          {from: []State{Billed}, side: ticket.Staff, to: Closed},
	ActReassign:       {from: slices.Concat(offered, approved, []State{ToBill, ToSettle}), side: ticket.Staff, to: stay, waits: true},
	ActWithdrawOffer:  {from: offered, side: ticket.Staff, to: Abandoned, waits: true},
	ActCancel:         {from: approved, side: ticket.Staff, to: ToBill, waits: true},
	ActWithdraw:       {from: slices.Concat(offered, approved), side: ticket.Customer, to: ToBill, waits: true},

	ActRemind: {
		from: []State{WaitingForInterest, WaitingForChoice, WaitingForInformation, QuoteOffered, WaitingForPayment, WaitingForValidation},
		side: ticket.System, to: stay,
	},
	ActGiveUp: {from: []State{WaitingForInterest}, side: ticket.System, to: Closed},
	ActLapse:  {from: []State{WaitingForValidation}, side: ticket.System, to: Closed},
	ActExpire: {from: []State{QuoteOffered}, side: ticket.System, to: Analysis},
}

// ruleOf is the rule of an action on a path. What is one of other paths alone is
// a rule that fits no state; known is false for what is nobody's.
func ruleOf(path string, a Action) (r rule, known bool) {
	mine, others := procedure, chain
	if IsEnhancement(path) {
		mine, others = chain, procedure
	}
	if r, known = mine[a]; known {
		return r, true
	}
	other, known := others[a]
	return rule{side: other.side}, known
}

// Stopped is the state in which an action leaves what it ends in a certain way: to
// be billed, to be settled when its invoice is out, or at its end.
func (s Snapshot) Stopped(a Action, e Ending) State {
	switch {
	case IsEnhancement(s.Path) && s.Invoiced && (a == ActCancel || a == ActWithdraw):
		return ToSettle
	case s.bills(a):
		return ToBill
	case s.State == WaitingForInterest && e == GaveUp:
		return Closed // as if they had said no
	}
	return e.End()
}

// billsEnhancement says whether the estimate of an enhancement that goes no
// further is billed. What is accepted was paid for by its invoice.
func (s Snapshot) billsEnhancement(a Action) bool {
	asked := s.State == WaitingForInterest || s.State == WaitingForChoice
	return s.BillDeclined && !asked && (a == ActDeclineQuote || a == ActWithdraw || a == ActCancel)
}

// unestimated says whether an action offers an enhancement that nobody has
// estimated.
func (s Snapshot) unestimated(a Action) bool {
	return a == ActOfferQuote && IsEnhancement(s.Path) && s.Estimated == 0
}

// Unlocked says whether work on an enhancement may be done: it is approved, its
// invoice is issued, and paid where the pack asks for that.
func Unlocked(state, resume State) bool {
	if state == WaitingForInformation {
		state = resume
	}
	return slices.Contains([]State{InWork, WaitingForValidation, Adjustments, Closed, Billed}, state)
}
