// Package ticket is the domain: the states of a ticket, what may be done in
// each, by whom, and what comes of it. Every decision is a pure function of
// what the workflow knows and the instant it happens; nothing here reads a
// clock, a database or a policy. The code is replayed by workflows: a change
// of behaviour goes behind workflow.GetVersion.
package ticket

import (
	"encoding/json"
	"time"
)

// State is where a ticket stands. Level 1 uses all but WaitingInside.
type State string

// The states of a ticket (product words).
const (
	Registered         State = "registered"
	Triaged            State = "triaged"
	InProgress         State = "in_progress"
	WaitingForCustomer State = "waiting_for_customer"
	WaitingInside      State = "waiting_inside"
	Answered           State = "answered"
	Closed             State = "closed"
	Withdrawn          State = "withdrawn"
	Merged             State = "merged"
)

// States lists every state.
var States = []State{Registered, Triaged, InProgress, WaitingForCustomer, WaitingInside, Answered, Closed, Withdrawn, Merged}

// OpenStates are those in which somebody still has something to do.
var OpenStates = States[:6]

// Open says whether somebody still has something to do.
func (s State) Open() bool { return s != Closed && s != Withdrawn && s != Merged }

// Waiting is the reason a ticket waits for.
type Waiting string

// What a ticket waits for the customer for.
const (
	ForInformation Waiting = "information" // what they were asked
	ForUpgrade     Waiting = "upgrade"     // that they upgrade to a release that resolves it
	ForConsent     Waiting = "consent"     // that they agree to the rate of what is charged
	ForApproval    Waiting = "approval"    // of an estimate or a quote
	ForValidation  Waiting = "validation"  // that they validate work
	ForInterest    Waiting = "interest"    // whether they want what is offered as paid work
	ForChoice      Waiting = "choice"      // of their partner or a quote, outside the support scope
	ForPayment     Waiting = "payment"     // of the invoice before the work
)

// Side is which side of the desk a person is on.
type Side string

// The sides. System acts for nobody: a milestone was reached.
const (
	Customer Side = "customer"
	Staff    Side = "staff"
	System   Side = "system"
)

// Actor is who does it. ID is a person's uuid, empty for System.
type Actor struct {
	ID   string
	Side Side
}

// Triage is what staff decide about a registered request. The codes are the
// vendor's; SeverityReason (why the customer's severity was changed) is text
// and stays in the database.
type Triage struct {
	Reason   string
	Level    int // 1, 2 or 3
	Severity string
	Path     string
	Assignee string // person's uuid; "": the one the path's team finds, else who decides
}

// Snapshot is all the workflow knows of the row: codes, uuids and instants, no
// personal data. It travels in histories.
type Snapshot struct {
	Vendor, ID, Number string
	Version            int64
	State              State
	Waiting            Waiting `json:",omitempty"` // only in WaitingForCustomer
	Resume             State   `json:",omitempty"` // state to return to when the wait ends
	MergedFrom         State   `json:",omitempty"` // the state it returns to when its merge is undone; Waiting and Resume are kept with it
	Requester          string  // person's uuid
	CustomerContact    string  `json:",omitempty"` // whom a partner acts for
	Assignee           string  `json:",omitempty"`
	CloseOnAnswer      bool    `json:",omitempty"` // the vendor closes with the answer
	Hanging            int     `json:",omitempty"` // how much on it has to be finished first

	Clocks      []Clock    `json:",omitempty"`
	AutoCloseAt *time.Time `json:",omitempty"` // answered and nobody objects until then
	ReopenUntil *time.Time `json:",omitempty"` // closed and the requester may still reopen; merged and staff may still undo it

	// What histories begun before tickets had clocks know of their only one.
	AcknowledgeWarnAt *time.Time `json:",omitempty"`
	AcknowledgeDueAt  *time.Time `json:",omitempty"`
	AcknowledgedAt    *time.Time `json:",omitempty"`
	WarnedAt          *time.Time `json:",omitempty"`
	BreachedAt        *time.Time `json:",omitempty"`
}

// Command is what somebody wants done. What they wrote is found in the
// database under Key; here are only codes.
type Command struct {
	Key      string
	Action   Action
	Actor    Actor
	Triage   *Triage `json:",omitempty"` // with ActTriage
	Assignee string  `json:",omitempty"` // with ActReassign
	Team     string  `json:",omitempty"` // with ActReassign: to a team of the pack instead, which finds who gets it
	Free     bool    `json:",omitempty"` // with ActReassign: only while nobody has it
	Waiting  string  `json:",omitempty"` // with ActAskInformation: what for, ForInformation when missing
	Target   string  `json:",omitempty"` // with ActMerge: the ticket it goes on as, by uuid
	// Fails, with ActReopen, is the dev ticket, by uuid, that was shipped and does
	// not solve it: then it is reopened whatever the window.
	Fails string `json:",omitempty"`
	// Seen is the row's version when the command was given: a workflow that
	// knows less reads its row before it decides.
	Seen int64 `json:",omitempty"`
}

// Transition is a decided change, ready to be committed against the version
// it was decided on.
type Transition struct {
	Command
	Vendor, Ticket string
	Expected       int64 // version of the row the decision was made on
	From, To       State
	Waiting        Waiting `json:",omitempty"`
	Resume         State   `json:",omitempty"`
	At             time.Time
	Late           bool `json:",omitempty"` // a milestone that fired after its instant
}

// Written is what a person wrote with a command. It is kept in the database
// under the command's key and never travels through the engine.
type Written struct {
	Text           string   `json:"text,omitempty"`            // question, information, answer, reason; why it is outside the support scope
	SeverityReason string   `json:"severity_reason,omitempty"` // why triage changed the severity
	Files          []string `json:"files,omitempty"`           // uuids of uploads
	Release        string   `json:"release,omitempty"`         // uuid of the one the customer is asked to upgrade to
	// Authority is the access authority that is asked for or answered.
	Authority *WrittenAuthority `json:"authority,omitempty"`
}

// WrittenAuthority is what is said about an access authority.
type WrittenAuthority struct {
	ID   string          `json:"id"`
	What string          `json:"what"` // asked, completed or declined
	Row  json.RawMessage `json:"row"`  // what is kept of it, as the store has it
}
