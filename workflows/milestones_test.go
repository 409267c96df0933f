package workflows_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/casepath/casepath/ticket"
)

// holdUntilTimer holds the commit of an action up until the workflow's timer
// has gone off.
func (l *life) holdUntilTimer(action ticket.Action) {
	fired := make(chan struct{})
	l.fired = func() { close(fired); l.fired = nil }
	l.before = func(made ticket.Transition) error {
		if made.Action == action {
			<-fired
		}
		return nil
	}
}

// The warning's timer goes off while a triage is being committed: the triage
// came first, nobody is warned.
func TestUpdateBeatsTimer(t *testing.T) {
	l := newLife(t, registered())
	l.holdUntilTimer(ticket.ActTriage)
	triaged := l.give(3*time.Hour-5*time.Millisecond, triage())
	l.give(5*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(5 * time.Hour)
	l.wantApplied(triaged, 2)
	l.wantMade(ticket.ActTriage, ticket.ActWithdraw)
	if l.timers != 1 {
		t.Errorf("%d timers set, want 1", l.timers)
	}
}

// A triage comes while the warning is being committed: it waits, and both
// stand in that order.
func TestTimerBeatsUpdate(t *testing.T) {
	l := newLife(t, registered())
	triaged := &answer{}
	held := make(chan struct{})
	l.before = func(made ticket.Transition) error {
		if made.Action == ticket.ActAcknowledgeWarning {
			hear := triaged.hear()
			hear.OnAccept = func() { triaged.accepted = true; close(held) }
			c := triage()
			c.Key = "racing"
			l.env.UpdateWorkflow(string(c.Action), c.Key, hear, c)
			<-held
		}
		return nil
	}
	l.give(5*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(5 * time.Hour)
	l.wantApplied(triaged, 3)
	l.wantMade(ticket.ActAcknowledgeWarning, ticket.ActTriage, ticket.ActWithdraw)
}

// A reopening accepted in time outlasts the reopen window: the workflow does
// not end, the ticket is driven on.
func TestReopenedWhileTheWindowEnds(t *testing.T) {
	s := registered()
	s.Version, s.State, s.Assignee, s.Clocks[0].StoppedAt, s.ReopenUntil = 5, ticket.Closed, assignee.ID, in(-day), in(time.Hour)
	l := newLife(t, s)
	l.holdUntilTimer(ticket.ActReopen)
	reopened := l.give(time.Hour-5*time.Millisecond, by(requester, ticket.ActReopen))
	answered := l.give(2*time.Hour, by(assignee, ticket.ActAnswer))
	l.whole(2*time.Hour + 21*day)
	l.wantApplied(reopened, 6)
	l.wantApplied(answered, 7)
	l.wantMade(ticket.ActReopen, ticket.ActAnswer, ticket.ActAutoClose)
}

// A milestone decided on a row that has moved on is nothing.
func TestStaleMilestone(t *testing.T) {
	l := newLife(t, registered())
	l.at(time.Hour, func() { l.behind(triage()) })
	l.at(5*time.Hour, func() {
		if l.knows().State != ticket.Triaged {
			t.Errorf("after the stale warning the workflow knows %s", l.knows().State)
		}
	})
	l.give(6*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(6 * time.Hour)
	l.wantMade(ticket.ActTriage, ticket.ActWithdraw)
	if l.timers != 1 || l.commits != 2 {
		t.Errorf("%d timers and %d commits tried, want 1 and 2", l.timers, l.commits)
	}
}

// Warning and breach are reached once each, at their instant, in one life
// that nobody looks after.
func TestWarningAndBreach(t *testing.T) {
	l := newLife(t, registered())
	l.at(3*time.Hour+time.Second, func() {
		if made := l.row.Last(); made.Action != ticket.ActAcknowledgeWarning || !made.At.Equal(*in(3 * time.Hour)) || made.Late {
			t.Errorf("warning %+v", made)
		}
	})
	l.at(4*time.Hour+time.Second, func() {
		if made := l.row.Last(); made.Action != ticket.ActAcknowledgeBreach || !made.At.Equal(*in(4 * time.Hour)) || made.Late {
			t.Errorf("breach %+v", made)
		}
	})
	l.give(30*day, by(requester, ticket.ActWithdraw))
	l.whole(30 * day)
	l.wantMade(ticket.ActAcknowledgeWarning, ticket.ActAcknowledgeBreach, ticket.ActWithdraw)
	if l.timers != 2 || l.canceled != 0 {
		t.Errorf("%d timers set, %d canceled, want 2 and 0", l.timers, l.canceled)
	}
}

// The engine was away when they should have been reached: they are at once,
// marked late, without a timer.
func TestLateMilestones(t *testing.T) {
	s := registered()
	s.Clocks[0].WarnAt, s.Clocks[0].DueAt = in(-2*time.Hour), in(-time.Hour)
	l := newLife(t, s)
	l.before = func(made ticket.Transition) error {
		if !made.Late || !made.At.Equal(noon) {
			t.Errorf("%s at %v, late %v", made.Action, made.At, made.Late)
		}
		return nil
	}
	l.at(time.Minute, func() { l.before = nil })
	l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)
	l.wantMade(ticket.ActAcknowledgeWarning, ticket.ActAcknowledgeBreach, ticket.ActWithdraw)
	if l.timers != 0 {
		t.Errorf("%d timers set, want none", l.timers)
	}
}

// An answered ticket nobody objects to closes by itself, and its life ends
// with the reopen window.
func TestAutoClose(t *testing.T) {
	l := newLife(t, registered())
	l.give(time.Minute, triage())
	l.give(time.Hour, by(assignee, ticket.ActAnswer))
	l.whole(time.Hour + 21*day)
	l.wantMade(ticket.ActTriage, ticket.ActAnswer, ticket.ActAutoClose)
	if made := l.row.Last(); !made.At.Equal(*in(time.Hour + 7*day)) || made.Late {
		t.Errorf("closed by itself %+v", made)
	}
	if l.timers != 3 {
		t.Errorf("%d timers set, want 3", l.timers)
	}
}

// Reopened within the window, and no more after it.
func TestReopen(t *testing.T) {
	s := registered()
	s.Version, s.State, s.Assignee, s.Clocks[0].StoppedAt, s.ReopenUntil = 5, ticket.Closed, assignee.ID, in(-day), in(14*day)
	l := newLife(t, s)
	reopened := l.give(14*day-time.Second, by(requester, ticket.ActReopen))
	l.give(20*day, by(assignee, ticket.ActAnswer))
	l.give(21*day, by(assignee, ticket.ActClose))
	l.whole(35 * day)
	l.wantApplied(reopened, 6)
	l.wantMade(ticket.ActReopen, ticket.ActAnswer, ticket.ActClose)
}

// continued is what a run carries into the next one.
// A milestone that is committed and still due would be committed for ever, a
// hundred times a second: the workflow stops, where operators see it.
func TestContradictionStops(t *testing.T) {
	l := newLife(t, registered())
	l.lies = true
	var panicked *temporal.PanicError
	if err := l.run(); !errors.As(err, &panicked) || l.commits != 1 {
		t.Errorf("ended with %v after %d commits", err, l.commits)
	}
}

// A ticket nobody promised anything for waits without any timer, for years.
func TestWaitsWithoutTimers(t *testing.T) {
	s := registered()
	s.Clocks = nil
	l := newLife(t, s)
	for i := range 5 {
		l.give(time.Duration(i)*day+time.Hour, ticket.Command{Action: ticket.ActReassign, Actor: assignee, Assignee: fmt.Sprint(i)})
	}
	err := l.run()
	var timeout *temporal.TimeoutError
	if !errors.As(err, &timeout) {
		t.Errorf("ended with %v, want the environment's patience to end first", err)
	}
	if l.timers != 0 || l.loads != 1 || l.commits != 5 || slices.Contains(l.row.Made(), ticket.ActAutoClose) {
		t.Errorf("%d timers, %d reads, %d commits", l.timers, l.loads, l.commits)
	}
}
