// Package collaboration is the domain of questions to colleagues: inside a
// complex ticket staff ask product management, development or a colleague
// something, and the ticket can't be answered or closed before that has ended.
// Decisions are pure, and replayed by workflows: a change of behaviour goes
// behind workflow.GetVersion.
package collaboration

import (
	"time"

	"github.com/casepath/casepath/problem"
)

// State is where a question stands.
type State string

// The states of a question.
const (
	Open      State = "open"
	Answered  State = "answered"
	TakenBack State = "taken_back" // by who asked, or with its ticket
)

// States lists every state.
var States = []State{Open, Answered, TakenBack}

// Ended says whether nobody is waited for any more.
func (s State) Ended() bool { return s != Open }

// Action is something done to a question.
type Action string

// What people do, and what time does: once, at its target, who is asked and who
// asks are reminded.
const (
	ActAnswer   Action = "answer_colleague"
	ActTakeBack Action = "take_question_back"
	ActRemind   Action = "remind"
)

// Snapshot is all a workflow knows of the row: codes, uuids and instants. It
// travels in histories.
type Snapshot struct {
	Vendor, ID, Ticket string
	Version            int64
	State              State
	RemindAt           *time.Time `json:",omitempty"` // nil: reminded, or it has no target
}

// Command is what is to be done.
type Command struct{ Action Action }

// Transition is a decided change, to be committed against the version it was
// decided on.
type Transition struct {
	Command
	Vendor, ID string
	Expected   int64
	To         State
	At         time.Time
}

// Decide says what c does to s at the instant at; Conflict when it has ended, or
// was reminded of already.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	t := Transition{Command: c, Vendor: s.Vendor, ID: s.ID, Expected: s.Version, At: at.Truncate(time.Microsecond)}
	switch c.Action {
	case ActAnswer:
		t.To = Answered
	case ActTakeBack:
		t.To = TakenBack
	case ActRemind:
		t.To = Open
	default:
		return t, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	if s.State.Ended() || c.Action == ActRemind && s.RemindAt == nil {
		e := problem.New(problem.Conflict, "question_ended", nil)
		e.Data = map[string]any{"state": string(s.State)}
		return t, e
	}
	return t, nil
}

// Next is the earliest thing that will happen to s by itself, and when.
func Next(s Snapshot) (action Action, at time.Time, ok bool) {
	if s.State.Ended() || s.RemindAt == nil {
		return "", at, false
	}
	return ActRemind, *s.RemindAt, true
}

// Over says whether time does nothing to it any more.
func Over(s Snapshot) bool { return s.State.Ended() || s.RemindAt == nil }
