package ticket

import (
	"cmp"
	"slices"
	"time"

	"github.com/casepath/casepath/problem"
)

// Action is something done to a ticket: by a person, or by System when a
// milestone is reached.
type Action string

// What people do.
const (
	ActTriage          Action = "triage"
	ActStart           Action = "start"
	ActAskInformation  Action = "ask_information"
	ActGiveInformation Action = "give_information"
	ActAnswer          Action = "answer"
	ActClose           Action = "close"
	ActReassign        Action = "reassign"
	ActWithdraw        Action = "withdraw"
	ActReopen          Action = "reopen"
	ActMerge           Action = "merge"   // it goes on as another ticket
	ActUnmerge         Action = "unmerge" // it goes on by itself again
)

// What happens by itself.
const (
	ActAcknowledgeWarning Action = "acknowledge_warning" // as each clock has them: WarningOf, BreachOf
	ActAcknowledgeBreach  Action = "acknowledge_breach"
	ActAutoClose          Action = "auto_close"
	// ActFollow is the ticket's part of what happens to its service request: it is
	// decided there, and committed with it.
	ActFollow Action = "follow"
)

// rule is one row of the procedure: from which states, by whom, and where it
// leads. stay keeps the state.
type rule struct {
	from []State
	side Side
	to   State
	only func(Snapshot, Actor) bool // nil: anybody on that side
}

const stay State = ""

// notTakenBack are the states in which a target still matters, be it only to
// record that it was missed.
var notTakenBack = []State{Registered, Triaged, InProgress, WaitingForCustomer, WaitingInside, Answered, Closed}

var beforeAnswer = []State{Registered, Triaged, InProgress, WaitingForCustomer, WaitingInside}

var procedure = map[Action]rule{
	ActTriage:          {from: beforeAnswer, side: Staff, to: Triaged},
	ActStart:           {from: []State{Triaged}, side: Staff, to: InProgress, only: isAssignee},
	ActAskInformation:  {from: []State{Registered, Triaged, InProgress, WaitingInside}, side: Staff, to: WaitingForCustomer},
	ActGiveInformation: {from: []State{WaitingForCustomer}, side: Customer, to: stay},
	ActAnswer:          {from: []State{Triaged, InProgress, WaitingForCustomer}, side: Staff, to: Answered},
	ActClose:           {from: []State{Answered}, side: Staff, to: Closed, only: isAssignee},
	ActReassign:        {from: append(slices.Clone(beforeAnswer), Answered), side: Staff, to: stay},
	ActWithdraw:        {from: beforeAnswer, side: Customer, to: Withdrawn, only: isRequester},
	ActReopen:          {from: []State{Answered, Closed}, side: Customer, to: InProgress},
	ActMerge:           {from: OpenStates, side: Staff, to: Merged},
	ActUnmerge:         {from: []State{Merged}, side: Staff, to: stay},

	ActAutoClose: {from: []State{Answered}, side: System, to: Closed},
}

// ruleOf is the procedure's row of an action.
func ruleOf(a Action) (rule, bool) {
	if name, _ := ClockOf(a); name != "" {
		return rule{from: notTakenBack, side: System, to: stay}, true
	}
	r, known := procedure[a]
	return r, known
}

// HumanActions lists what people may do, in the order of the procedure.
var HumanActions = []Action{
	ActTriage, ActStart, ActAskInformation, ActGiveInformation, ActAnswer, ActClose, ActReassign, ActWithdraw, ActReopen,
	ActMerge, ActUnmerge,
}

func isAssignee(s Snapshot, a Actor) bool { return a.ID != "" && a.ID == s.Assignee }

func isRequester(s Snapshot, a Actor) bool {
	return a.ID != "" && (a.ID == s.Requester || a.ID == s.CustomerContact)
}

// Decide says what c does to s at the instant at, or why it can't be done:
// Conflict when the state does not allow it (with the state and what is
// possible), Forbidden when it is another's to do.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	r, known := ruleOf(c.Action)
	if !known {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	if r.side != c.Actor.Side {
		return Transition{}, problem.New(problem.Forbidden, "action_other_side", problem.Args{"action": string(c.Action)})
	}
	if s.Hanging > 0 && slices.Contains(finishing, c.Action) {
		return Transition{}, problem.New(problem.Conflict, Unfinished, problem.Args{"number": s.Number, "open": ""})
	}
	if !slices.Contains(r.from, s.State) {
		return Transition{}, outOfOrder(s, c)
	}
	if c.Action == ActMerge && c.Target == s.ID {
		return Transition{}, problem.New(problem.Conflict, "merge_into_itself", problem.Args{"number": s.Number})
	}
	if c.Action == ActAnswer && s.Resume == Registered {
		return Transition{}, outOfOrder(s, c) // asked before triage: triage first
	}
	if r.only != nil && !r.only(s, c.Actor) {
		return Transition{}, problem.New(problem.Forbidden, "action_not_yours_"+string(c.Action), nil)
	}
	if c.Free && s.Assignee != "" {
		return Transition{}, problem.New(problem.Conflict, "ticket_taken", problem.Args{"number": s.Number})
	}
	if err := milestoneStands(s, c, at); err != nil {
		return Transition{}, err
	}
	t := Transition{Command: c, Vendor: s.Vendor, Ticket: s.ID, Expected: s.Version, From: s.State}
	t.At = at.Truncate(time.Microsecond) // as the database keeps it, so that what is known equals the row
	t.To, t.Waiting, t.Resume = destination(s, c, r.to)
	t.Late = late(s, c.Action, at)
	return t, nil
}

// destination is the state after c, and while waiting what for and where to
// return.
func destination(s Snapshot, c Command, to State) (State, Waiting, State) {
	switch c.Action {
	case ActTriage:
		if s.State != Registered { // a new triage of work under way keeps the state
			resume := s.Resume
			if resume == Registered {
				resume = Triaged
			}
			return s.State, s.Waiting, resume
		}
	case ActAskInformation:
		return WaitingForCustomer, cmp.Or(Waiting(c.Waiting), ForInformation), s.State
	case ActGiveInformation:
		return s.Resume, "", ""
	case ActMerge:
		return Merged, s.Waiting, s.Resume
	case ActUnmerge:
		return s.MergedFrom, s.Waiting, s.Resume
	case ActAnswer:
		if s.CloseOnAnswer {
			return Closed, "", ""
		}
	}
	if to == stay {
		return s.State, s.Waiting, s.Resume
	}
	return to, "", ""
}

// milestoneStands refuses what the passing of time has decided: a reopening
// after the window, unless what was shipped fails, and a milestone that no longer
// applies.
func milestoneStands(s Snapshot, c Command, at time.Time) error {
	gone := problem.New(problem.Conflict, "milestone_gone", nil)
	if name, breach := ClockOf(c.Action); name != "" {
		k := s.clock(name)
		reached := func(when *time.Time) bool { return when != nil && !at.Before(*when) }
		stands := k.warns() && reached(k.WarnAt)
		if breach {
			stands = k.breaks() && reached(k.DueAt)
		}
		if stands {
			return nil
		}
		return gone
	}
	switch c.Action {
	case ActReopen, ActUnmerge:
		if Over(s, at) && c.Fails == "" {
			e := outOfOrder(s, c)
			e.Key = windowOver[c.Action]
			return e
		}
	case ActAutoClose:
		if s.AutoCloseAt == nil || at.Before(*s.AutoCloseAt) {
			return gone
		}
	}
	return nil
}

// windowOver is why what can be undone for a while can't be undone any more.
var windowOver = map[Action]string{ActReopen: "reopen_window_over", ActUnmerge: "unmerge_window_over"}

func outOfOrder(s Snapshot, c Command) *problem.Error {
	e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(c.Action), "number": s.Number})
	if s.State == Merged {
		e.Key = MergedElsewhere
	}
	e.Data = map[string]any{"state": string(s.State), "possible": Possible(s, c.Actor)}
	return e
}

// finishing are the actions that need everything that hangs on the ticket to be
// finished.
var finishing = []Action{ActAnswer, ActClose, ActMerge}

// Unfinished is the key of the refusal of what ends a ticket on which something
// hangs that is not finished.
const Unfinished = "ticket_has_open_work"

// MergedElsewhere is the key of the refusal of whatever is done to a merged
// ticket but to undo that.
const MergedElsewhere = "ticket_merged_elsewhere"

// Possible lists what the actor may do in this state, never nil. The reopen
// window is not looked at: that needs an instant, and Decide looks.
func Possible(s Snapshot, a Actor) []Action {
	list := []Action{}
	for _, action := range HumanActions {
		r := procedure[action]
		if action == ActAnswer && s.Resume == Registered || s.Hanging > 0 && slices.Contains(finishing, action) {
			continue
		}
		if r.side == a.Side && slices.Contains(r.from, s.State) && (r.only == nil || r.only(s, a)) {
			list = append(list, action)
		}
	}
	return list
}
