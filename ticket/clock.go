package ticket

import (
	"slices"
	"strings"
	"time"
)

// The clocks a ticket can have (product section 5).
const (
	ClockAcknowledge   = "acknowledge"    // stops at the first act of staff
	ClockStartOfWork   = "start_of_work"  // stops when work begins
	ClockFirstResponse = "first_response" // stops at the first public word of staff
	ClockResolution    = "resolution"     // stops when it is answered or closed; a reopening starts it again
)

// Clocks lists them in the order they usually end.
var Clocks = []string{ClockAcknowledge, ClockStartOfWork, ClockFirstResponse, ClockResolution}

// Clock is a target being measured, as a workflow knows it. The row keeps it,
// with its target and where it comes from. While a clock is paused it has no
// instant that it had not reached before.
type Clock struct {
	Name       string
	WarnAt     *time.Time `json:",omitempty"`
	DueAt      *time.Time `json:",omitempty"`
	WarnedAt   *time.Time `json:",omitempty"`
	BreachedAt *time.Time `json:",omitempty"`
	StoppedAt  *time.Time `json:",omitempty"`
}

// missed says whether the target was or will be missed as things stand: what
// stopped the clock after its deadline, while nobody could record the breach,
// does not undo it.
func (c Clock) missed() bool {
	return c.StoppedAt == nil || c.DueAt != nil && c.StoppedAt.After(*c.DueAt)
}

// warns says whether a warning is still to come.
func (c Clock) warns() bool { return c.WarnedAt == nil && c.StoppedAt == nil }

// breaks says whether a breach is still to come.
func (c Clock) breaks() bool { return c.BreachedAt == nil && c.missed() }

// WarningOf and BreachOf are what happens by itself when a clock reaches the
// part of its target that warns, and its target.
func WarningOf(clock string) Action { return Action(clock + "_warning") }

// BreachOf is described with WarningOf.
func BreachOf(clock string) Action { return Action(clock + "_breach") }

// ClockOf is the clock an action is a milestone of, and whether it is the
// breach; "" for any other action.
func ClockOf(a Action) (clock string, breach bool) {
	if name, is := strings.CutSuffix(string(a), "_breach"); is && slices.Contains(Clocks, name) {
		return name, true
	}
	if name, is := strings.CutSuffix(string(a), "_warning"); is && slices.Contains(Clocks, name) {
		return name, false
	}
	return "", false
}

// clocks are the ticket's clocks. A row read before tickets had them knew one.
func (s Snapshot) clocks() []Clock {
	if s.Clocks != nil || s.AcknowledgeDueAt == nil {
		return s.Clocks
	}
	return []Clock{{
		Name: ClockAcknowledge, WarnAt: s.AcknowledgeWarnAt, DueAt: s.AcknowledgeDueAt,
		WarnedAt: s.WarnedAt, BreachedAt: s.BreachedAt, StoppedAt: s.AcknowledgedAt,
	}}
}

// clock finds a clock by its name; without instants when the ticket has none.
func (s Snapshot) clock(name string) (c Clock) {
	for _, c := range s.clocks() {
		if c.Name == name {
			return c
		}
	}
	return c
}

// Stops says whether a transition is what a clock waits for.
func Stops(clock string, t Transition) bool {
	if t.Action == ActUnmerge {
		return false // clocks go on
	}
	ends := (t.To == Answered || t.To == Closed || t.To == Withdrawn || t.To == Merged) && t.To != t.From
	if ends {
		return true
	}
	switch clock {
	case ClockAcknowledge:
		return t.Actor.Side == Staff
	case ClockStartOfWork:
		return t.Actor.Side == Staff && t.To == InProgress
	case ClockFirstResponse:
		return t.Action == ActAskInformation
	}
	return false
}

// SaidStops says whether a public word of staff that moves nothing is what a
// clock waits for.
func SaidStops(clock string) bool { return clock == ClockAcknowledge || clock == ClockFirstResponse }

// Standing is what a ticket's time is to its clocks.
type Standing string

// What time can be.
const (
	Counted Standing = "counted"
	Waits   Standing = "waiting" // for the customer
	Ended   Standing = "ended"   // answered, closed, taken back or merged
)

// Standing is what the time is in a state.
func (s State) Standing() Standing {
	switch s {
	case WaitingForCustomer:
		return Waits
	case Answered, Closed, Withdrawn, Merged:
		return Ended
	}
	return Counted
}
