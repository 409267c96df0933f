// Package service is the domain of service requests: the billable work that
// hangs on a ticket, be it level 2, a customization or a training; its states,
// what may be done in each, by whom, and what comes of it. Like package ticket
// every decision is a pure function of what the workflow knows and the instant
// it happens, and the code is replayed by workflows: a change of behaviour goes
// behind workflow.GetVersion.
package service

import (
	"slices"
	"time"

	"github.com/casepath/casepath/ticket"
)

// State is where a service request stands.
type State string

// The states of a service request (product section 4, seed 001).
const (
	WaitingForConsent     State = "waiting_for_consent" // the customer is to agree to the rate before any cost
	Analysis              State = "analysis"
	WaitingForInformation State = "waiting_for_information"
	EstimateOffered       State = "estimate_offered"
	QuoteOffered          State = "quote_offered"
	InWork                State = "in_work"
	WaitingForValidation  State = "waiting_for_validation"
	Adjustments           State = "adjustments"          // in work again, as the customer asked
	ToBill                State = "to_bill"              // the work is over, one way or another
	WaitingForInterest    State = "waiting_for_interest" // an enhancement was offered: does the customer want it?
	WaitingForChoice      State = "waiting_for_choice"   // outside the support scope: their partner, or a quote?
	ToSchedule            State = "to_schedule"          // approved: its time frame and invoice are to be issued
	WaitingForPayment     State = "waiting_for_payment"  // of the invoice that unlocks the work
	ToSettle              State = "to_settle"            // stopped with an invoice out
	Billed                State = "billed"
	Closed                State = "closed"
	Abandoned             State = "abandoned"
)

// States lists every state.
var States = []State{
	WaitingForConsent, Analysis, WaitingForInformation, EstimateOffered, QuoteOffered, InWork, WaitingForValidation,
	Adjustments, ToBill, Billed, Closed, Abandoned, WaitingForInterest, WaitingForChoice, ToSchedule, WaitingForPayment, ToSettle,
}

// Ended says whether nothing comes of it any more.
func (s State) Ended() bool { return s == Closed || s == Abandoned }

// Finished says whether its ticket may be closed: nothing is left to do but to
// close it too.
func (s State) Finished() bool { return s == Billed || s.Ended() }

// Stopped says whether no work is done any more, and only its money is to be seen
// to.
func (s State) Stopped() bool { return s == ToBill || s == ToSettle }

// Offered says whether an enhancement waits for the customer's word, or for its
// quote: the offer can be withdrawn.
func (s State) Offered() bool { return slices.Contains(offered, s) }

// WaitsFor is what the customer is waited for in a state; "" when it is not.
func (s State) WaitsFor() ticket.Waiting {
	switch s {
	case WaitingForConsent:
		return ticket.ForConsent
	case WaitingForInformation:
		return ticket.ForInformation
	case EstimateOffered, QuoteOffered:
		return ticket.ForApproval
	case WaitingForValidation:
		return ticket.ForValidation
	case WaitingForInterest:
		return ticket.ForInterest
	case WaitingForChoice:
		return ticket.ForChoice
	case WaitingForPayment:
		return ticket.ForPayment
	}
	return ""
}

// The paths that are carried out as service requests.
const (
	PathServiceRequest = "service_request"
	PathCustomization  = "customization"
	PathTraining       = "training"
	PathFeature        = "feature_request" // once it was offered as paid work
	PathOutOfScope     = "out_of_scope"
)

// Paths lists those that are carried out from triage on, at the rate or price
// they come to.
var Paths = []string{PathServiceRequest, PathCustomization, PathTraining}

// Enhancements are the paths of the paid chain: its price is agreed, and its
// invoice issued, before any work (see chain).
var Enhancements = []string{PathFeature, PathOutOfScope}

// IsEnhancement says whether a path is one of the paid chain.
func IsEnhancement(path string) bool { return slices.Contains(Enhancements, path) }

// Ending is how a service request came to its end.
type Ending string

// The endings.
const (
	Completed   Ending = "completed"
	Declined    Ending = "declined"     // the rate, the estimate or the quote
	GaveUp      Ending = "gave_up"      // nobody answered
	Cancelled   Ending = "cancelled"    // by staff
	Withdrawn   Ending = "withdrawn"    // by the customer
	PathChanged Ending = "path_changed" // its ticket takes another path

	NotInterested  Ending = "not_interested"  // the customer does not want what was offered
	OfferWithdrawn Ending = "offer_withdrawn" // the vendor has changed its mind before the approval
	ToPartner      Ending = "to_partner"      // the customer's partner helps
)

// End is the state an ending leads to.
func (e Ending) End() State {
	switch e {
	case Completed, Declined, NotInterested, ToPartner:
		return Closed
	}
	return Abandoned
}

// Snapshot is all a workflow knows of the row: codes, uuids and instants. It
// travels in histories.
type Snapshot struct {
	Vendor, ID, Ticket, Number string
	Path                       string
	Version                    int64
	State                      State
	Resume                     State  `json:",omitempty"` // the state a wait for information returns to
	Ending                     Ending `json:",omitempty"`
	Round                      int    `json:",omitempty"` // how often adjustments were asked for
	AsksEstimate               bool   `json:",omitempty"` // the work waits for an estimate
	Offer                      int    `json:",omitempty"` // revision of the newest estimate, or version of the newest quote
	Assignee                   string `json:",omitempty"`
	BillDeclined               bool   `json:",omitempty"` // the pack bills the analysis of what is declined
	Dates                      int    `json:",omitempty"` // revision of the dates of a training
	Estimated                  int    `json:",omitempty"` // revision of the vendor's own estimate of an enhancement
	WhenPaid                   bool   `json:",omitempty"` // the pack unlocks work when the invoice is paid
	Invoiced                   bool   `json:",omitempty"` // the price of its quote is on an invoice nobody has credited

	RemindAt *time.Time `json:",omitempty"`
	GiveUpAt *time.Time `json:",omitempty"`
	AcceptAt *time.Time `json:",omitempty"` // the work counts as accepted
	ExpireAt *time.Time `json:",omitempty"` // the quote is no longer good
	LastAt   *time.Time `json:",omitempty"` // the last session of a training begins
}

// Command is what somebody wants done. What they wrote is found in the database
// under Key; here are only codes.
type Command struct {
	Key      string
	Action   Action
	Actor    ticket.Actor
	Assignee string `json:",omitempty"` // with ActReassign
	Offer    int    `json:",omitempty"` // the revision, version or round that is decided on, or of the dates that are replaced
	// Seen is the row's version when the command was given: a workflow that knows
	// less reads its row before it decides.
	Seen int64 `json:",omitempty"`
}

// Transition is a decided change, ready to be committed against the version it
// was decided on.
type Transition struct {
	Command
	Vendor, Service, Ticket string
	Expected                int64 // version of the row the decision was made on
	From, To                State
	Resume                  State  `json:",omitempty"`
	Ending                  Ending `json:",omitempty"`
	At                      time.Time
	Late                    bool `json:",omitempty"` // a milestone that fired after its instant
}

// Written is what a person wrote with a command. It is kept in the database
// under the command's key and never travels through the engine.
type Written struct {
	Text     string           `json:"text,omitempty"`
	Files    []string         `json:"files,omitempty"` // uuids of uploads
	Name     string           `json:"name,omitempty"`  // as typed with a decision
	Estimate *WrittenEstimate `json:"estimate,omitempty"`
	Quote    *WrittenQuote    `json:"quote,omitempty"`
	Sessions []WrittenSession `json:"sessions,omitempty"`
	Bill     *WrittenBill     `json:"bill,omitempty"`
	Effort   []WrittenEffort  `json:"effort,omitempty"`
	Frame    *WrittenFrame    `json:"frame,omitempty"`
	Settle   *WrittenSettle   `json:"settle,omitempty"`
	Partner  string           `json:"partner,omitempty"` // uuid of the organization that is asked for help
	Channel  string           `json:"channel,omitempty"`
	IP       string           `json:"ip,omitempty"`
}

// WrittenEstimate is what is offered before the work.
type WrittenEstimate struct {
	Minutes  int    `json:"minutes"`
	Amount   string `json:"amount"` // decimal, net
	Currency string `json:"currency"`
}

// WrittenBill is what billing staff say of the invoice. Total is what they were
// shown, "251.51"; "" to take it as it comes.
type WrittenBill struct {
	PO    string `json:"po,omitempty"`
	Total string `json:"total,omitempty"`
}

// WrittenQuote is a priced offer.
type WrittenQuote struct {
	Package  string             `json:"package,omitempty"` // code of the training package it started from
	Currency string             `json:"currency"`          // ISO 4217
	Lines    []WrittenQuoteLine `json:"lines"`
}

// WrittenQuoteLine is a price of it: decimals.
type WrittenQuoteLine struct {
	Text     string `json:"text"`
	Quantity string `json:"quantity"`
	Unit     string `json:"unit"`
}

// WrittenSession is a session of a training, in UTC. Place is where, or a link.
type WrittenSession struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Place string    `json:"place"`
}

// WrittenEffort is a line of the vendor's own estimate of an enhancement.
type WrittenEffort struct {
	Phase   string `json:"phase"` // of Phases
	Role    string `json:"role"`
	Minutes int    `json:"minutes"`
}

// WrittenFrame is when an enhancement is worked on, as days of the vendor's:
// "2026-12-31". PO and Total are of its invoice, as in WrittenBill.
type WrittenFrame struct {
	First string `json:"first"`
	Last  string `json:"last"`
	PO    string `json:"po,omitempty"`
	Total string `json:"total,omitempty"`
}

// WrittenSettle is what the vendor keeps of the price of an enhancement that was
// stopped: a decimal, net, from nothing to all of it.
type WrittenSettle struct {
	Keep string `json:"keep"`
}
