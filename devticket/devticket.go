// Package devticket is the domain of dev tickets: what development is asked to
// do, plans into a version and ships. A dev ticket lives apart from the support
// tickets that hang on it, and outlives them. Like package ticket every decision
// is a pure function of what the workflow knows and the instant it happens, and
// the code is replayed by workflows: a change of behaviour goes behind
// workflow.GetVersion.
package devticket

import (
	"cmp"
	"slices"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// State is where a dev ticket stands.
type State string

// The states of a dev ticket (product section 4, seed 001).
const (
	New         State = "new"
	Accepted    State = "accepted"
	Refused     State = "refused" // with a reason
	Planned     State = "planned" // into a version
	InWork      State = "in_work"
	Shipped     State = "shipped"
	Verified    State = "verified"     // by every customer who waited for it
	NotVerified State = "not_verified" // it still fails for somebody
)

// States lists every state.
var States = []State{New, Accepted, Refused, Planned, InWork, Shipped, Verified, NotVerified}

// Scheduled says whether a release of its version ships it.
func (s State) Scheduled() bool { return s == Planned || s == InWork }

// Delivered says whether customers can say if it works.
func (s State) Delivered() bool { return slices.Contains(delivered, s) }

// Action is something done to a dev ticket.
type Action string

// What people do.
const (
	ActAccept Action = "accept_dev"
	ActRefuse Action = "refuse_dev"
	ActPlan   Action = "plan_dev" // into a version; another one than before slips it
	ActBegin  Action = "begin_dev"
	ActShip   Action = "ship_dev"

	ActVerify Action = "verify_dev" // a customer says that what was shipped works
	ActFail   Action = "fail_dev"   // a customer says that it does not: their ticket is reopened
)

// HumanActions lists what people may do, in the order of the procedure.
var HumanActions = []Action{ActAccept, ActRefuse, ActPlan, ActBegin, ActShip, ActVerify, ActFail}

type rule struct {
	from []State
	side ticket.Side
	to   State
}

const stay State = ""

var delivered = []State{Shipped, Verified, NotVerified}

var procedure = map[Action]rule{
	ActAccept: {from: []State{New}, side: ticket.Staff, to: Accepted},
	ActRefuse: {from: []State{New, Accepted, Planned, NotVerified}, side: ticket.Staff, to: Refused},
	ActPlan:   {from: []State{Accepted, Planned, InWork, NotVerified}, side: ticket.Staff, to: stay},
	ActBegin:  {from: []State{Accepted, Planned, NotVerified}, side: ticket.Staff, to: InWork},
	ActShip:   {from: []State{Planned, InWork}, side: ticket.Staff, to: Shipped},
	// Where these lead is counted when they are committed: State.Checked.
	ActVerify: {from: delivered, side: ticket.Customer, to: stay},
	ActFail:   {from: delivered, side: ticket.Customer, to: stay},
}

// News is a change that everybody who waits for a dev ticket is told, once.
type News string

// The kinds of news. That it was accepted is news to who asked for it alone.
const (
	NewsAccepted News = "accepted"
	NewsPlanned  News = "planned"
	NewsSlipped  News = "slipped" // to another version than was said before
	NewsShipped  News = "shipped"
	NewsRefused  News = "refused"
)

// Snapshot is all a workflow knows of the row: codes, uuids and instants. It
// travels in histories.
type Snapshot struct {
	Vendor, ID, Number string
	Version            int64
	State              State
	Target             string `json:",omitempty"` // the version it is planned into, as people call it
	Request            string `json:",omitempty"` // the ticket that asks for it, by uuid; "": a review found it
}

// Command is what somebody wants done. What they wrote is found in the database
// under Key.
type Command struct {
	Key     string
	Action  Action
	Actor   ticket.Actor
	Target  string `json:",omitempty"` // with ActPlan and ActShip: the version, as people call it
	Release string `json:",omitempty"` // the release that is, by uuid
	// Ticket, by uuid, is the customer's with ActVerify and ActFail, and the one that
	// waits to hear of it with ActAccept and ActRefuse.
	Ticket string `json:",omitempty"`
	// Seen is the row's version when the command was given: a workflow that knows
	// less reads its row before it decides.
	Seen int64 `json:",omitempty"`
}

// Transition is a decided change, ready to be committed against the version it
// was decided on.
type Transition struct {
	Command
	Vendor, Dev string
	Expected    int64
	From, To    State
	News        News `json:",omitempty"` // "": nobody waits to hear of it
	At          time.Time
}

// Written is what a person wrote with a command. It is kept in the database
// under the command's key and never travels through the engine.
type Written struct {
	Text string `json:"text,omitempty"` // the reason of a refusal: customers read it; what a customer found out
	// Files are uuids of a customer's uploads; Channel is the way they came: portal or api; webhook for what an outside
	// tracker says.
	Files   []string `json:"files,omitempty"`
	Channel string   `json:"channel,omitempty"`
	IP      string   `json:"ip,omitempty"`
}

// Decide says what c does to s at the instant at, or why it can't be done:
// Conflict when the state does not allow it (with the state and what is
// possible) or it is planned into that version already, Forbidden when it is the
// other side's to do.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	r, known := procedure[c.Action]
	if !known {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	if c.Actor.Side != r.side {
		return Transition{}, problem.New(problem.Forbidden, "action_other_side", problem.Args{"action": string(c.Action)})
	}
	if !slices.Contains(r.from, s.State) {
		return Transition{}, outOfOrder(s, c)
	}
	scheduled := s.State.Scheduled()
	if c.Action == ActPlan && scheduled && s.Target == c.Target {
		return Transition{}, problem.New(problem.Conflict, "dev_planned_already", problem.Args{"number": s.Number, "version": c.Target})
	}
	t := Transition{Command: c, Vendor: s.Vendor, Dev: s.ID, Expected: s.Version, From: s.State}
	t.At = at.Truncate(time.Microsecond) // as the database keeps it, so that what is known equals the row
	t.To = cmp.Or(r.to, s.State)
	switch c.Action {
	case ActPlan:
		t.News = NewsPlanned
		if s.Target != "" {
			t.News = NewsSlipped
		}
		if !scheduled {
			t.To = Planned
		}
	case ActShip:
		t.News, t.Target = NewsShipped, cmp.Or(c.Target, s.Target)
	case ActRefuse:
		t.News = NewsRefused
	case ActAccept:
		if s.Request != "" {
			t.News = NewsAccepted
		}
	case ActBegin, ActVerify, ActFail:
	}
	if c.Action == ActShip && t.Target == "" {
		return Transition{}, problem.New(problem.Conflict, "dev_without_version", problem.Args{"number": s.Number})
	}
	return t, nil
}

func outOfOrder(s Snapshot, c Command) *problem.Error {
	e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(c.Action), "number": s.Number})
	e.Data = map[string]any{"state": string(s.State), "possible": Possible(s)}
	return e
}

// Possible lists what staff may do in this state, never nil.
func Possible(s Snapshot) []Action {
	list := []Action{}
	for _, a := range HumanActions {
		if r := procedure[a]; r.side == ticket.Staff && slices.Contains(r.from, s.State) {
			list = append(list, a)
		}
	}
	return list
}

// Over says whether nothing can happen to it any more. What was shipped goes on:
// another customer may still find that it fails.
func Over(s Snapshot) bool { return s.State == Refused }

// Checked is the state after what customers have found out about what was
// shipped: all of them, so many that it works and so many that it still fails.
// One that is planned again meanwhile stays as it is.
func (s State) Checked(all, works, fails int) State {
	switch {
	case !s.Delivered():
		return s
	case fails > 0:
		return NotVerified
	case all > 0 && works == all:
		return Verified
	}
	return Shipped
}
