// Package feature is the domain of features: what product management decides on,
// for all the organizations that ask for it. No time passes for one, so it has no
// workflow: whoever decides changes its row. Every decision is a pure function of
// the row and the instant it happens.
package feature

import (
	"slices"
	"time"

	"github.com/casepath/casepath/problem"
)

// State is where a feature stands.
type State string

// The states of a feature (product section 4, seed 000).
const (
	New      State = "new"      // under consideration
	Declined State = "declined" // with a reason
	Roadmap  State = "roadmap"  // in a version, or later
	Offered  State = "offered"  // as paid work, to some or all who ask for it
	Merged   State = "merged"   // into another one, for good
	Dropped  State = "dropped"  // nobody asks for it any more
)

// States lists every state.
var States = []State{New, Declined, Roadmap, Offered, Merged, Dropped}

// Ended says whether nothing can be decided about it any more.
func (s State) Ended() bool { return s == Merged || s == Dropped }

// Shown says whether organizations that do not ask for a feature see it once it
// has public wording, and may ask for it too.
func (s State) Shown() bool { return s == New || s == Roadmap }

// Action is something product management does to a feature.
type Action string

// What product management decides.
const (
	ActDecline Action = "decline_feature"
	ActRoadmap Action = "roadmap_feature" // another version than before is news too
	ActOffer   Action = "offer_feature"   // to organizations, again to others
	ActMerge   Action = "merge_feature"   // into another one
	ActDevelop Action = "develop_feature" // a dev ticket is made of it
)

// Actions lists them, in the order of the procedure.
var Actions = []Action{ActRoadmap, ActOffer, ActDecline, ActDevelop, ActMerge}

type rule struct {
	from []State
	to   State
}

var procedure = map[Action]rule{
	ActDecline: {from: []State{New, Roadmap, Offered}, to: Declined},
	ActRoadmap: {from: []State{New, Declined, Roadmap, Offered}, to: Roadmap},
	ActOffer:   {from: []State{New, Declined, Roadmap, Offered}, to: Offered},
	ActMerge:   {from: []State{New}, to: Merged},
	ActDevelop: {from: []State{Roadmap}, to: Roadmap},
}

// Snapshot is what a decision looks at.
type Snapshot struct {
	Number  string
	Version int64
	State   State
	Target  string // on the roadmap: the version; "": later
	// Developed says that development has it: what becomes of it is said of the dev
	// ticket, and no more here.
	Developed bool
	// Refused says that development has refused it, and nothing is decided since.
	Refused bool
}

// Command is what somebody wants done.
type Command struct {
	Action Action
	Seen   int64  // the version it was decided on
	Target string // with ActRoadmap: the version, as people call it; "": later
	// Into is what it is merged into.
	Into *Snapshot
}

// Transition is a decided change.
type Transition struct {
	Action   Action
	From, To State
	Target   string
	News     bool // everybody who asks for it is told
	At       time.Time
}

// Decide says what c does to s at the instant at, or why it can't be done:
// Conflict when others have decided since, the state does not allow it (with the
// state and what is possible), development has it, or nothing would change.
func Decide(s Snapshot, c Command, at time.Time) (Transition, error) {
	r, known := procedure[c.Action]
	if !known {
		return Transition{}, problem.New(problem.Invalid, "action_unknown", problem.Args{"action": string(c.Action)})
	}
	about := problem.Args{"number": s.Number}
	switch {
	case c.Seen != s.Version:
		return Transition{}, problem.New(problem.Conflict, "changed_meanwhile", nil)
	case s.Developed:
		return Transition{}, problem.New(problem.Conflict, "feature_developed", about)
	case !slices.Contains(r.from, s.State):
		return Transition{}, outOfOrder(s, c.Action)
	case c.Action == ActRoadmap && s.State == Roadmap && s.Target == c.Target && !s.Refused: // a refusal is told like a decision
		return Transition{}, problem.New(problem.Conflict, "feature_as_it_is", about)
	}
	if c.Action == ActMerge {
		if err := mergeable(s, c.Into); err != nil {
			return Transition{}, err
		}
	}
	t := Transition{Action: c.Action, From: s.State, To: r.to, At: at.Truncate(time.Microsecond)} // as the database keeps it
	switch c.Action {
	case ActRoadmap:
		t.Target = c.Target
	case ActDevelop:
		t.Target = s.Target
	case ActDecline, ActOffer, ActMerge:
	}
	t.News = c.Action != ActDevelop && c.Action != ActMerge
	return t, nil
}

// mergeable refuses what nothing can be merged into.
func mergeable(s Snapshot, into *Snapshot) error {
	switch {
	case into == nil || into.Number == s.Number:
		return problem.New(problem.Conflict, "feature_merge_self", problem.Args{"number": s.Number})
	case into.State.Ended():
		return problem.New(problem.Conflict, "feature_merge_ended", problem.Args{"number": into.Number})
	case into.State == Roadmap && into.Refused:
		return problem.New(problem.Conflict, "feature_merge_refused", problem.Args{"number": into.Number})
	}
	return nil
}

func outOfOrder(s Snapshot, a Action) *problem.Error {
	e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(a), "number": s.Number})
	e.Data = map[string]any{"state": string(s.State), "possible": Possible(s)}
	return e
}

// Possible lists what product management may do now, never nil.
func Possible(s Snapshot) []Action {
	list := []Action{}
	for _, a := range Actions {
		if !s.Developed && slices.Contains(procedure[a].from, s.State) {
			list = append(list, a)
		}
	}
	return list
}
