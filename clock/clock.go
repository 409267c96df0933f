// Package clock replays what happened to a ticket into the ledger of one of its
// clocks, and folds the ledger into a deadline. It is pure: instants come with
// the events, and business time from a calendar.
//
// The ledger says, interval by interval, whether time counted or was paused,
// and why. It knows no calendar and no target, so that another severity,
// contract or calendar is another fold over the same ledger, and no pause is
// lost by it.
package clock

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// What happened to a ticket, as far as clocks care.
type What string

// The events of a timeline.
const (
	Created            What = "created"              // comes first, once
	WaitBegan          What = "paused"               // it waits for the customer
	WaitEnded          What = "resumed"              // the customer had their word
	FirstResponse      What = "first_response"       // first public word of staff
	Closed             What = "closed"               // the last word, unless it is reopened
	ClosedThenReopened What = "closed_then_reopened" // closed, and known to have been reopened
	Reopened           What = "reopened"             // ends a closing, and a wait from before it
)

var events = []What{Created, WaitBegan, WaitEnded, FirstResponse, Closed, ClosedThenReopened, Reopened}

// Event is something that happened, and when.
type Event struct {
	What What
	At   time.Time
}

// Kind says what an interval does to a clock.
type Kind string

// The kinds of intervals.
const (
	Counted  Kind = "counted"  // open time in it is used up
	Paused   Kind = "paused"   // open time in it moves the deadline
	Excluded Kind = "excluded" // as paused: time taken out afterwards, by agreement
)

// Interval is one line of a ledger: what the time from one instant to another
// was to the clock, and the event that made it so.
type Interval struct {
	From, To time.Time
	Kind     Kind
	Cause    What
}

// Ledger is a clock's intervals, one after the other without gaps, from the
// ticket's creation to the last thing known, or to where the clock ended.
type Ledger []Interval

// History is what a timeline says about one clock.
type History struct {
	Ledger  Ledger
	Until   time.Time // where the ledger ends
	Started bool      // false while nothing has counted because the ticket was created waiting or closed
	Ended   bool      // by the response or the closing that stopped it
}

// Read makes the ledger of a clock. The clock ends with the event stop, for
// good; without stop it runs until the ticket is closed. A closing ends any
// clock, unless the ticket is reopened: then the time it was closed was paused.
// Events need not come in order. The error says in plain words which can't be.
func Read(timeline []Event, stop What) (History, error) {
	timeline, err := inOrder(timeline)
	if err != nil {
		return History{}, err
	}
	reopened := lastIndex(timeline, Reopened)
	h := History{Until: timeline[0].At}
	now := state{cause: Created}
	for i, e := range timeline {
		h.add(now, e.At)
		if stop != "" && e.What == stop {
			h.Started, h.Ended = true, true
			return h, nil
		}
		now.follow(e.What)
		if now.closed && i > reopened {
			h.Ended = true
			return h, nil
		}
	}
	h.Started = h.Started || now.kind() == Counted
	return h, nil
}

func lastIndex(timeline []Event, what What) int {
	for i, e := range slices.Backward(timeline) {
		if e.What == what {
			return i
		}
	}
	return -1
}

// inOrder puts events in the order they happened, those of one instant as they
// are given.
func inOrder(timeline []Event) ([]Event, error) {
	timeline = slices.Clone(timeline)
	slices.SortStableFunc(timeline, func(a, b Event) int { return a.At.Compare(b.At) })
	if len(timeline) == 0 || timeline[0].What != Created {
		return nil, errors.New("the timeline does not begin with the ticket's creation")
	}
	for _, e := range timeline[1:] {
		if e.What == Created {
			return nil, errors.New("the ticket was created twice")
		}
		if !slices.Contains(events, e.What) {
			return nil, fmt.Errorf("%q is no event of a timeline", e.What)
		}
	}
	return timeline, nil
}

// state is what keeps a clock from counting, and the event it is because of.
type state struct {
	waiting, closed bool
	cause           What
}

func (s *state) follow(what What) {
	before := *s
	switch what {
	case WaitBegan:
		s.waiting = true
	case WaitEnded:
		s.waiting = false
	case Closed, ClosedThenReopened:
		s.closed = true
	case Reopened:
		s.waiting, s.closed = s.waiting && !s.closed, false
	}
	if s.kind() != before.kind() || s.closed != before.closed {
		s.cause = what
	}
}

func (s *state) kind() Kind {
	if s.waiting || s.closed {
		return Paused
	}
	return Counted
}

// add brings the ledger up to an instant.
func (h *History) add(now state, to time.Time) {
	if !to.After(h.Until) {
		return
	}
	h.Started = h.Started || now.kind() == Counted
	if n := len(h.Ledger); n > 0 && h.Ledger[n-1].Kind == now.kind() && h.Ledger[n-1].Cause == now.cause {
		h.Ledger[n-1].To = to
	} else {
		h.Ledger = append(h.Ledger, Interval{From: h.Until, To: to, Kind: now.kind(), Cause: now.cause})
	}
	h.Until = to
}
