// Package ladder is the domain of escalations: a customer's complaint about the
// support they get goes up a ladder of managers, rung by rung. Each rung is told
// in its own working hours and acknowledges in time, or the next one is told.
// Decisions are pure, and replayed by workflows: a change of behaviour goes
// behind workflow.GetVersion.
package ladder

import (
	"slices"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// State is where an escalation stands.
type State string

// The states of an escalation.
const (
	Open         State = "open" // a rung is told, or about to be
	Acknowledged State = "acknowledged"
	OnHold       State = "on_hold"
	Resolved     State = "resolved"
	Withdrawn    State = "withdrawn"
)

// States lists every state.
var States = []State{Open, Acknowledged, OnHold, Resolved, Withdrawn}

// Ended says whether it is over.
func (s State) Ended() bool { return s == Resolved || s == Withdrawn }

// Action is something done to an escalation.
type Action string

// What managers do, what the customer does, and what time does.
const (
	ActAcknowledge Action = "acknowledge_escalation"
	ActHold        Action = "hold_escalation"
	ActResume      Action = "resume_escalation"
	ActResolve     Action = "resolve_escalation"
	ActWithdraw    Action = "withdraw_escalation"
	ActTell        Action = "tell_rung"
	ActPass        Action = "pass_rung" // nobody has acknowledged in time: the next rung's turn
)

// HumanActions lists what people may do, in the order of the procedure.
var HumanActions = []Action{ActAcknowledge, ActHold, ActResume, ActResolve, ActWithdraw}

type rule struct {
	side ticket.Side
	from []State
	to   State
}

var procedure = map[Action]rule{
	ActAcknowledge: {ticket.Staff, []State{Open}, Acknowledged},
	ActHold:        {ticket.Staff, []State{Open, Acknowledged}, OnHold},
	ActResume:      {ticket.Staff, []State{OnHold}, Open}, // or acknowledged, as it was
	ActResolve:     {ticket.Staff, []State{Open, Acknowledged, OnHold}, Resolved},
	ActWithdraw:    {ticket.Customer, []State{Open, Acknowledged, OnHold}, Withdrawn},
	ActTell:        {ticket.System, []State{Open}, Open},
	ActPass:        {ticket.System, []State{Open}, Open},
}

// Snapshot is all a workflow knows of the row: codes, uuids and instants. It
// travels in histories.
type Snapshot struct {
	Vendor, ID, Number string
	Version            int64
	State              State
	Rung               int        // whose turn it is, from 1
	Acknowledged       bool       `json:",omitempty"` // by that rung
	TellAt             *time.Time `json:",omitempty"` // when it is told; nil: it was
	PassAt             *time.Time `json:",omitempty"` // when the next one's turn comes; nil: never
}

// Command is what somebody wants done.
type Command struct {
	Action Action
	Side   ticket.Side
}

// Transition is a decided change, to be committed against the version it was
// decided on.
type Transition struct {
	Command
	Vendor, ID string
	Expected   int64
	To         State
	Rung       int
	At         time.Time
}

// Decide says what c does to s at the instant at: Conflict when the state does
// not allow it (with the state and what is possible), Forbidden when it is the
// other side's to do.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	r, known := procedure[c.Action]
	if !known {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	if r.side != c.Side {
		return Transition{}, problem.New(problem.Forbidden, "action_other_side", problem.Args{"action": string(c.Action)})
	}
	if !slices.Contains(r.from, s.State) || c.Action == ActTell && s.TellAt == nil || c.Action == ActPass && s.PassAt == nil {
		e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(c.Action), "number": s.Number})
		e.Data = map[string]any{"state": string(s.State), "possible": Possible(s, c.Side)}
		return Transition{}, e
	}
	t := Transition{Command: c, Vendor: s.Vendor, ID: s.ID, Expected: s.Version, To: r.to, Rung: s.Rung, At: at.Truncate(time.Microsecond)}
	switch {
	case c.Action == ActPass:
		t.Rung++
	case c.Action == ActResume && s.Acknowledged:
		t.To = Acknowledged
	}
	return t, nil
}

// Possible lists what a side may do in this state, never nil.
func Possible(s Snapshot, side ticket.Side) []Action {
	list := []Action{}
	for _, a := range HumanActions {
		if r := procedure[a]; r.side == side && slices.Contains(r.from, s.State) {
			list = append(list, a)
		}
	}
	return list
}

// Next is the earliest thing that will happen to s by itself, and when.
func Next(s Snapshot) (action Action, at time.Time, ok bool) {
	switch {
	case s.State != Open:
	case s.TellAt != nil:
		return ActTell, *s.TellAt, true
	case s.PassAt != nil:
		return ActPass, *s.PassAt, true
	}
	return "", at, false
}
