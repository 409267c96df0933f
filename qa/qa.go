// Package qa is the domain of QA reviews: quality assurance looks at a ticket
// that needs development, against the customer's version, and says what it is.
// Like package ticket every decision is a pure function of what the workflow
// knows and the instant it happens, and the code is replayed by workflows: a
// change of behaviour goes behind workflow.GetVersion.
package qa

import (
	"cmp"
	"slices"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// State is where a QA review stands.
type State string

// The states of a QA review (product section 4, seed 001).
const (
	Open                  State = "open"
	InReview              State = "in_review"
	WaitingForInformation State = "waiting_for_information"
	Done                  State = "done" // with a verdict
	Cancelled             State = "cancelled"
)

// States lists every state.
var States = []State{Open, InReview, WaitingForInformation, Done, Cancelled}

// Ended says whether the ticket has its turn back.
func (s State) Ended() bool { return s == Done || s == Cancelled }

// Verdict is what a review comes to.
type Verdict string

// The verdicts.
const (
	NotReproducible Verdict = "not_reproducible" // with what was tried
	SolvedIn        Verdict = "solved_in"        // a release of the product
	Known           Verdict = "known"            // there is a dev ticket
	New             Verdict = "new"              // a dev ticket is made
)

// Verdicts lists them.
var Verdicts = []Verdict{NotReproducible, SolvedIn, Known, New}

// UndoFor is how long a ticket can be taken off the dev ticket it was found to
// be known as.
const UndoFor = 10 * time.Minute

// Action is something done to a QA review by a person.
type Action string

// What people do. Questions to the customer and their answers are the ticket's.
const (
	ActBegin    Action = "begin_review"
	ActVerdict  Action = "give_verdict"
	ActUndo     Action = "undo_verdict"
	ActReassign Action = "reassign_review"
)

// ActEnd ends a review's workflow when its verdict can't be undone any more;
// nothing is committed.
const ActEnd Action = "end"

// HumanActions lists what people may do, in the order of the procedure.
var HumanActions = []Action{ActBegin, ActVerdict, ActUndo, ActReassign}

type rule struct {
	from []State
	to   State
}

const stay State = ""

var procedure = map[Action]rule{
	ActBegin:    {from: []State{Open}, to: InReview},
	ActVerdict:  {from: []State{InReview}, to: Done},
	ActUndo:     {from: []State{Done}, to: InReview},
	ActReassign: {from: []State{Open, InReview, WaitingForInformation}, to: stay},
}

// Snapshot is all a workflow knows of the row: codes, uuids and instants. It
// travels in histories.
type Snapshot struct {
	Vendor, ID, Ticket, Number string
	Version                    int64
	State                      State
	Verdict                    Verdict    `json:",omitempty"`
	Assignee                   string     `json:",omitempty"`
	UndoUntil                  *time.Time `json:",omitempty"` // the verdict can be undone until then; nil: it can't
}

// Command is what somebody wants done. What they wrote is found in the database
// under Key; here are only codes and uuids.
type Command struct {
	Key      string
	Action   Action
	Actor    ticket.Actor
	Assignee string  `json:",omitempty"` // with ActReassign; "": the team finds somebody
	Verdict  Verdict `json:",omitempty"` // with ActVerdict
	Release  string  `json:",omitempty"` // with SolvedIn
	Dev      string  `json:",omitempty"` // with Known: the dev ticket
	// Seen is the row's version when the command was given: a workflow that knows
	// less reads its row before it decides.
	Seen int64 `json:",omitempty"`
}

// Transition is a decided change, ready to be committed against the version it
// was decided on.
type Transition struct {
	Command
	Vendor, Review, Ticket string
	Expected               int64
	From, To               State
	At                     time.Time
}

// Written is what a person wrote with a command. It is kept in the database
// under the command's key and never travels through the engine.
type Written struct {
	Text  string `json:"text,omitempty"`  // what was tried, or is to be said; why it is reassigned
	Title string `json:"title,omitempty"` // of the dev ticket that New makes
	Body  string `json:"body,omitempty"`
	IP    string `json:"ip,omitempty"`
	// Channel is the way the writer came: portal or api.
	Channel string `json:"channel,omitempty"`
}

// Decide says what c does to s at the instant at, or why it can't be done:
// Conflict when the state does not allow it (with the state and what is
// possible) or the verdict can't be undone any more, Forbidden when it is the
// other side's to do.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	r, known := procedure[c.Action]
	if !known {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	if c.Actor.Side != ticket.Staff {
		return Transition{}, problem.New(problem.Forbidden, "action_other_side", problem.Args{"action": string(c.Action)})
	}
	if !slices.Contains(r.from, s.State) {
		return Transition{}, outOfOrder(s, c, at)
	}
	if c.Action == ActUndo && !s.undoable(at) {
		return Transition{}, problem.New(problem.Conflict, "verdict_stands", problem.Args{"number": s.Number})
	}
	if c.Action == ActVerdict && !slices.Contains(Verdicts, c.Verdict) {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Verdict)})
	}
	t := Transition{Command: c, Vendor: s.Vendor, Review: s.ID, Ticket: s.Ticket, Expected: s.Version, From: s.State}
	t.At = at.Truncate(time.Microsecond) // as the database keeps it, so that what is known equals the row
	t.To = cmp.Or(r.to, s.State)
	return t, nil
}

func (s Snapshot) undoable(at time.Time) bool { return s.UndoUntil != nil && at.Before(*s.UndoUntil) }

func outOfOrder(s Snapshot, c Command, at time.Time) *problem.Error {
	e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(c.Action), "number": s.Number})
	e.Data = map[string]any{"state": string(s.State), "possible": Possible(s, at)}
	return e
}

// Possible lists what staff may do at an instant, never nil.
func Possible(s Snapshot, at time.Time) []Action {
	list := []Action{}
	for _, a := range HumanActions {
		if slices.Contains(procedure[a].from, s.State) && (a != ActUndo || s.undoable(at)) {
			list = append(list, a)
		}
	}
	return list
}

// Next is the earliest thing that will happen to s by itself, and when: its life
// ends when the verdict can't be undone any more.
func Next(s Snapshot) (action Action, at time.Time, ok bool) {
	if s.State == Done && s.UndoUntil != nil {
		return ActEnd, *s.UndoUntil, true
	}
	return "", at, false
}

// Over says whether nothing can happen to it any more at that instant.
func Over(s Snapshot, at time.Time) bool { return s.State.Ended() && !s.undoable(at) }
