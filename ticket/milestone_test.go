package ticket_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

func TestNext(t *testing.T) {
	early, late := in(time.Hour), in(2*time.Hour)
	type next struct {
		action ticket.Action
		at     *time.Time
	}
	for name, c := range map[string]struct {
		s    ticket.Snapshot
		want next
	}{
		"warning first":           {ticket.Snapshot{State: ticket.Registered, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: late}}}, next{ticket.ActAcknowledgeWarning, early}},
		"warned":                  {ticket.Snapshot{State: ticket.Registered, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: late, WarnedAt: early}}}, next{ticket.ActAcknowledgeBreach, late}},
		"warned and breached":     {ticket.Snapshot{State: ticket.Triaged, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: late, WarnedAt: early, BreachedAt: late}}}, next{}},
		"both at once":            {ticket.Snapshot{State: ticket.Registered, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: early}}}, next{ticket.ActAcknowledgeWarning, early}},
		"breach before warning":   {ticket.Snapshot{State: ticket.Registered, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: late, DueAt: early}}}, next{ticket.ActAcknowledgeBreach, early}},
		"acknowledged":            {ticket.Snapshot{State: ticket.Registered, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: late, StoppedAt: in(0)}}}, next{}},
		"waiting unacknowledged":  {ticket.Snapshot{State: ticket.WaitingForCustomer, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, DueAt: late}}}, next{ticket.ActAcknowledgeBreach, late}},
		"no promise":              {ticket.Snapshot{State: ticket.Registered}, next{}},
		"answered":                {ticket.Snapshot{State: ticket.Answered, AutoCloseAt: late}, next{ticket.ActAutoClose, late}},
		"answered, never closing": {ticket.Snapshot{State: ticket.Answered}, next{}},
		"answered, target past":   {ticket.Snapshot{State: ticket.Answered, AutoCloseAt: late, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: early, StoppedAt: in(0)}}}, next{ticket.ActAutoClose, late}},
		"acknowledged too late":   {ticket.Snapshot{State: ticket.Triaged, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: early, StoppedAt: late}}}, next{ticket.ActAcknowledgeBreach, early}},
		"answered, target missed": {ticket.Snapshot{State: ticket.Answered, AutoCloseAt: late, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, DueAt: early, StoppedAt: late}}}, next{ticket.ActAcknowledgeBreach, early}},
		"closed":                  {ticket.Snapshot{State: ticket.Closed, ReopenUntil: late, AutoCloseAt: early}, next{ticket.ActEnd, late}},
		"closed for good":         {ticket.Snapshot{State: ticket.Closed}, next{}},
		"merged":                  {ticket.Snapshot{State: ticket.Merged, ReopenUntil: late, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, DueAt: early}}}, next{ticket.ActEnd, late}},
		"withdrawn":               {ticket.Snapshot{State: ticket.Withdrawn, Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: early, DueAt: late}}}, next{}},
	} {
		action, at, ok := ticket.Next(c.s)
		if action != c.want.action || ok != (c.want.at != nil) || ok && !at.Equal(*c.want.at) {
			t.Errorf("%s: %s at %v (%v), want %+v", name, action, at, ok, c.want)
		}
	}
}

func TestOver(t *testing.T) {
	for _, state := range ticket.States {
		s := ticket.Snapshot{State: state, ReopenUntil: in(time.Hour)}
		ended := state == ticket.Withdrawn
		if got := ticket.Over(s, noon); got != ended {
			t.Errorf("%s over within the window: %v", state, got)
		}
		if got := ticket.Over(s, noon.Add(time.Hour)); got != (ended || state == ticket.Closed || state == ticket.Merged) {
			t.Errorf("%s over after the window: %v", state, got)
		}
	}
	if !ticket.Over(ticket.Snapshot{State: ticket.Closed}, noon) {
		t.Error("closed without a window is not over")
	}
}

// milestones are the three that are committed, as a ticket that has them all
// due at noon.
func milestones() map[ticket.Action]ticket.Snapshot {
	due := func(state ticket.State) ticket.Snapshot {
		return ticket.Snapshot{State: state, AutoCloseAt: in(0), Clocks: []ticket.Clock{{Name: ticket.ClockAcknowledge, WarnAt: in(0), DueAt: in(0)}}}
	}
	return map[ticket.Action]ticket.Snapshot{
		ticket.ActAcknowledgeWarning: due(ticket.Registered),
		ticket.ActAcknowledgeBreach:  due(ticket.InProgress), ticket.ActAutoClose: due(ticket.Answered),
	}
}

// A milestone stands from its instant on, and is late when more than a minute
// has passed.
func TestMilestoneInstants(t *testing.T) {
	for action, s := range milestones() {
		for after, want := range map[time.Duration]struct{ reached, late bool }{
			-1: {false, false}, 0: {true, false}, time.Minute: {true, false}, time.Minute + 1: {true, true}, 24 * time.Hour: {true, true},
		} {
			transition, err := ticket.Decide(s, ticket.Command{Action: action, Actor: ticket.Actor{Side: ticket.System}}, noon.Add(after))
			if (err == nil) != want.reached || transition.Late != want.late {
				t.Errorf("%s %v after its instant: late %v, %v", action, after, transition.Late, err)
			}
			if e, ok := problem.As(err); ok && (e.Code != problem.Conflict || e.Key != "milestone_gone") {
				t.Errorf("%s too early: %v", action, err)
			}
		}
	}
}

// A milestone that was reached, that no longer matters, or that nobody
// promised, is gone.
func TestMilestoneGone(t *testing.T) {
	for name, change := range map[string]func(*ticket.Snapshot){
		"acknowledged": func(s *ticket.Snapshot) { s.Clocks[0].StoppedAt, s.AutoCloseAt = in(-1), nil },
		"reached": func(s *ticket.Snapshot) {
			s.Clocks[0].WarnedAt, s.Clocks[0].BreachedAt, s.AutoCloseAt = in(-1), in(-1), nil
		},
		"not promised": func(s *ticket.Snapshot) { s.Clocks, s.AutoCloseAt = nil, nil },
		"withdrawn":    func(s *ticket.Snapshot) { s.State = ticket.Withdrawn },
	} {
		for action, s := range milestones() {
			change(&s)
			_, err := ticket.Decide(s, ticket.Command{Action: action, Actor: ticket.Actor{Side: ticket.System}}, noon)
			if problem.CodeOf(err) != problem.Conflict {
				t.Errorf("%s when %s: %v", action, name, err)
			}
		}
	}
}
