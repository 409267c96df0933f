package workflows_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// Every action a person may take is taken, the workflow knows each time what
// the row is, and only three timers are ever set: the warning's (canceled by
// the first act), auto-close's and the reopen window's.
func TestEveryAction(t *testing.T) {
	l := newLife(t, registered())
	steps := []ticket.Command{
		triage(), by(assignee, ticket.ActStart), by(assignee, ticket.ActAskInformation), by(requester, ticket.ActGiveInformation),
		{Action: ticket.ActReassign, Actor: assignee, Assignee: colleague.ID}, by(colleague, ticket.ActAnswer),
		by(requester, ticket.ActReopen), by(colleague, ticket.ActAnswer), by(colleague, ticket.ActClose),
	}
	want := []ticket.Action{}
	answers := make([]*answer, len(steps))
	for i, c := range steps {
		after := time.Duration(i+1) * time.Minute
		answers[i] = l.give(after, c)
		l.at(after+time.Second, func() {
			if diff := cmp.Diff(l.row.Load(), l.knows()); diff != "" {
				t.Errorf("after %s the row and what the workflow knows differ\n%s", c.Action, diff)
			}
		})
		want = append(want, c.Action)
	}
	l.whole(9*time.Minute + 14*day)
	for i, a := range answers {
		l.wantApplied(a, int64(i+2))
	}
	l.wantMade(want...)
	if l.timers != 4 || l.canceled != 3 { // the warning's, auto-close's twice, the window's, which runs out
		t.Errorf("%d timers set, %d canceled, want 4 and 3", l.timers, l.canceled)
	}
	if l.loads != 1 || l.commits != len(steps) {
		t.Errorf("%d reads and %d commits", l.loads, l.commits)
	}
}

func TestWithdrawnEnds(t *testing.T) {
	l := newLife(t, registered())
	withdrawn := l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)
	l.wantApplied(withdrawn, 2)
	if l.timers != 1 || l.row.Load().State != ticket.Withdrawn {
		t.Errorf("%d timers, %s", l.timers, l.row.Load().State)
	}
}

func TestCloseOnAnswer(t *testing.T) {
	s := registered()
	s.CloseOnAnswer = true
	l := newLife(t, s)
	l.give(time.Hour, triage())
	l.give(2*time.Hour, by(assignee, ticket.ActAnswer))
	l.whole(2*time.Hour + 14*day)
	l.wantMade(ticket.ActTriage, ticket.ActAnswer)
	if l.row.Load().State != ticket.Closed {
		t.Errorf("%s after the answer", l.row.Load().State)
	}
}

// What the procedure does not allow is refused by the validator, so nothing
// is written: a conflict with the state and what is possible, or forbidden.
func TestRejected(t *testing.T) {
	l := newLife(t, registered())
	early := l.give(time.Minute, by(assignee, ticket.ActAnswer))
	foreign := l.give(2*time.Minute, by(neighbour, ticket.ActWithdraw))
	wrongSide := l.give(3*time.Minute, by(requester, ticket.ActTriage))
	l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)

	refusal := l.wantRejected(early, problem.Conflict)
	if got := fmt.Sprint(refusal.Key, " ", refusal.Data); got != "action_out_of_order map[possible:[triage ask_information reassign] state:registered]" {
		t.Errorf("refused with %s", got)
	}
	l.wantRejected(foreign, problem.Forbidden)
	l.wantRejected(wrongSide, problem.Forbidden)
	l.wantMade(ticket.ActWithdraw)
	if l.commits != 1 {
		t.Errorf("%d commits tried, want the withdrawal's alone", l.commits)
	}
}

// The same key is one act, whether the engine remembers the Update or, in a
// later run, only the row does.
func TestRepeated(t *testing.T) {
	l := newLife(t, registered())
	c := triage()
	c.Key = "once"
	first, again := l.give(time.Minute, c), l.give(2*time.Minute, c)
	forgotten := l.giveAs(3*time.Minute, "another id", c)
	l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)
	for _, a := range []*answer{first, again, forgotten} {
		l.wantApplied(a, 2)
	}
	l.wantMade(ticket.ActTriage, ticket.ActWithdraw)
	if l.commits != 3 {
		t.Errorf("%d commits tried, want 3: the triage, its forgotten repeat, the withdrawal", l.commits)
	}
}

// Two Updates are accepted before the first one has changed anything: the
// second is decided again under the lock.
func TestConcurrent(t *testing.T) {
	l := newLife(t, registered())
	first, second := &answer{}, &answer{}
	bothIn := make(chan struct{})
	l.before = func(made ticket.Transition) error {
		if made.Action == ticket.ActStart {
			<-bothIn
		}
		return nil
	}
	l.give(time.Minute, triage())
	l.at(2*time.Minute, func() {
		l.env.UpdateWorkflow(string(ticket.ActStart), "first", first.hear(), ticket.Command{Key: "first", Action: ticket.ActStart, Actor: assignee})
		hear := second.hear()
		hear.OnAccept = func() { second.accepted = true; close(bothIn) }
		l.env.UpdateWorkflow(string(ticket.ActStart), "second", hear, ticket.Command{Key: "second", Action: ticket.ActStart, Actor: assignee})
	})
	l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)
	l.wantApplied(first, 3)
	l.wantRefused(second, problem.Conflict)
	if refusal := refusalOf(t, second.err); refusal.Data["state"] != "in_progress" {
		t.Errorf("the second is told %v", refusal.Data)
	}
	l.wantMade(ticket.ActTriage, ticket.ActStart, ticket.ActWithdraw)
}

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
	s.Version, s.State, s.Assignee, s.AcknowledgedAt, s.ReopenUntil = 5, ticket.Closed, assignee.ID, in(-day), in(time.Hour)
	l := newLife(t, s)
	l.holdUntilTimer(ticket.ActReopen)
	reopened := l.give(time.Hour-5*time.Millisecond, by(requester, ticket.ActReopen))
	answered := l.give(2*time.Hour, by(assignee, ticket.ActAnswer))
	l.whole(2*time.Hour + 21*day)
	l.wantApplied(reopened, 6)
	l.wantApplied(answered, 7)
	l.wantMade(ticket.ActReopen, ticket.ActAnswer, ticket.ActAutoClose)
}

// The row has moved on without the workflow: it adopts the row, decides
// again, and repeats, or refuses.
func TestStale(t *testing.T) {
	for name, c := range map[string]struct {
		behind  ticket.Command
		given   ticket.Command
		refused problem.Code
	}{
		"repeats":           {triage(), by(assignee, ticket.ActAskInformation), ""},
		"refuses, conflict": {by(requester, ticket.ActWithdraw), triage(), problem.Conflict},
		"refuses, another's": {
			ticket.Command{Action: ticket.ActTriage, Actor: colleague, Triage: &ticket.Triage{Assignee: colleague.ID}},
			by(assignee, ticket.ActStart), problem.Forbidden,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := registered()
			if c.given.Action == ticket.ActStart { // the workflow must think it the assignee's
				s.State, s.Assignee = ticket.Triaged, assignee.ID
			}
			l := newLife(t, s)
			l.at(time.Minute, func() { l.behind(c.behind) })
			given := l.give(2*time.Minute, c.given)
			l.give(time.Hour, by(requester, ticket.ActWithdraw))
			if err := l.run(); err != nil {
				t.Fatal(err)
			}
			if c.refused == "" {
				l.wantApplied(given, 3)
				return
			}
			l.wantRefused(given, c.refused)
			if refusalOf(t, given.err).Key == "" {
				t.Error("the refusal has no words")
			}
		})
	}
}

// behind makes a transition the workflow does not hear of.
func (l *life) behind(c ticket.Command) {
	l.t.Helper()
	c.Key = "behind " + string(c.Action)
	if err := l.row.Do(c, l.env.Now()); err != nil {
		l.t.Errorf("behind its back: %v", err)
	}
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

// A command given on a newer row than the workflow knows makes it read the
// row before it decides, and refuse by what it is.
func TestSeenNewer(t *testing.T) {
	l := newLife(t, registered())
	l.at(time.Minute, func() { l.behind(triage()) })
	c := by(assignee, ticket.ActStart) // out of order on what the workflow knows
	c.Seen = 2
	started := l.give(2*time.Minute, c)
	late := by(requester, ticket.ActGiveInformation)
	late.Seen = 9
	refused := l.give(3*time.Minute, late)
	l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)
	l.wantApplied(started, 3)
	l.wantRefused(refused, problem.Conflict)
	l.wantMade(ticket.ActTriage, ticket.ActStart, ticket.ActWithdraw)
	if l.loads != 3 || l.commits != 2 {
		t.Errorf("%d reads and %d commits tried, want 3 and 2", l.loads, l.commits)
	}
}

// A poke makes the workflow read its row; the timer is set anew only when
// the earliest milestone is another.
func TestPoke(t *testing.T) {
	l := newLife(t, registered())
	poke := func() { l.env.SignalWorkflow(workflows.PokeSignal, nil) }
	l.at(time.Minute, func() { poke(); poke() })
	l.at(2*time.Minute, func() {
		if l.timers != 1 || l.canceled != 0 {
			t.Errorf("poked without need: %d timers set, %d canceled", l.timers, l.canceled)
		}
		l.behind(triage())
		poke()
	})
	l.at(3*time.Minute, func() {
		if diff := cmp.Diff(l.row.Load(), l.knows()); diff != "" {
			t.Errorf("after the poke the row and what the workflow knows differ\n%s", diff)
		}
	})
	l.give(5*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(5 * time.Hour)
	l.wantMade(ticket.ActTriage, ticket.ActWithdraw)
	if l.timers != 1 || l.canceled != 1 {
		t.Errorf("%d timers set, %d canceled, want 1 and 1", l.timers, l.canceled)
	}
	if l.loads < 3 || l.loads > 4 { // two pokes at once may be one
		t.Errorf("%d reads", l.loads)
	}
}

// A poke on a row that is over ends the workflow.
func TestPokedIntoTheEnd(t *testing.T) {
	l := newLife(t, registered())
	l.at(time.Hour, func() {
		l.behind(by(requester, ticket.ActWithdraw))
		l.env.SignalWorkflow(workflows.PokeSignal, nil)
	})
	l.whole(time.Hour)
	l.wantMade(ticket.ActWithdraw)
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
	s.AcknowledgeWarnAt, s.AcknowledgeDueAt = in(-2*time.Hour), in(-time.Hour)
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
	s.Version, s.State, s.Assignee, s.AcknowledgedAt, s.ReopenUntil = 5, ticket.Closed, assignee.ID, in(-day), in(14*day)
	l := newLife(t, s)
	reopened := l.give(14*day-time.Second, by(requester, ticket.ActReopen))
	l.give(20*day, by(assignee, ticket.ActAnswer))
	l.give(21*day, by(assignee, ticket.ActClose))
	l.whole(35 * day)
	l.wantApplied(reopened, 6)
	l.wantMade(ticket.ActReopen, ticket.ActAnswer, ticket.ActClose)
}

// A start that comes when nothing is left to do ends at once.
func TestStartedTooLate(t *testing.T) {
	for name, change := range map[string]func(*ticket.Snapshot){
		"withdrawn":       func(s *ticket.Snapshot) { s.State = ticket.Withdrawn },
		"merged":          func(s *ticket.Snapshot) { s.State = ticket.Merged },
		"window over":     func(s *ticket.Snapshot) { s.State, s.ReopenUntil = ticket.Closed, in(-time.Hour) },
		"closed for good": func(s *ticket.Snapshot) { s.State = ticket.Closed },
	} {
		t.Run(name, func(t *testing.T) {
			s := registered()
			change(&s)
			l := newLife(t, s)
			l.whole(0)
			if l.loads != 1 || l.commits != 0 || l.timers != 0 {
				t.Errorf("%d reads, %d commits, %d timers", l.loads, l.commits, l.timers)
			}
		})
	}
}

// A commit the database does not take now is repeated until it does; the
// instant stays the one it was decided at.
func TestTransientFailure(t *testing.T) {
	l := newLife(t, registered())
	failures := 12 // longer than a minute, so that a wrong clock would show
	l.before = func(ticket.Transition) error {
		if failures == 0 {
			return nil
		}
		failures--
		return problem.New(problem.Unavailable, "database_unavailable", nil)
	}
	l.at(4*time.Hour, func() {
		if made := l.row.Last(); made.Action != ticket.ActAcknowledgeWarning || made.Late || !made.At.Equal(*in(3 * time.Hour)) {
			t.Errorf("warning after an outage: %+v", made)
		}
		failures = 12
	})
	triaged := l.give(4*time.Hour+time.Minute, triage())
	l.give(5*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(5 * time.Hour)
	l.wantApplied(triaged, 4)
	l.wantMade(ticket.ActAcknowledgeWarning, ticket.ActAcknowledgeBreach, ticket.ActTriage, ticket.ActWithdraw)
}

// A permanent failure is the caller's answer, with its code, and the ticket
// lives on.
func TestPermanentFailure(t *testing.T) {
	l := newLife(t, registered())
	l.before = func(made ticket.Transition) error {
		if made.Action == ticket.ActTriage {
			return problem.Missing()
		}
		return nil
	}
	refused := l.give(time.Minute, triage())
	l.give(time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(time.Hour)
	l.wantRefused(refused, problem.NotFound)
	l.wantMade(ticket.ActWithdraw)
	if l.commits != 2 {
		t.Errorf("%d commits tried, want 2: a permanent failure is not repeated", l.commits)
	}
}

// A workflow without a row fails with the code, instead of trying for ever;
// so does one whose milestone can't be committed.
func TestFatal(t *testing.T) {
	l := newLife(t, registered())
	l.failing = problem.Missing()
	if err := l.run(); codeOf(err) != problem.NotFound || l.loads != 1 {
		t.Errorf("without a row: %v after %d reads", err, l.loads)
	}
	l = newLife(t, registered())
	l.before = func(ticket.Transition) error { return problem.Missing() }
	if err := l.run(); codeOf(err) != problem.NotFound || l.commits != 1 {
		t.Errorf("milestone: %v after %d commits", err, l.commits)
	}
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

// dataConverter is the engine's own.
var dataConverter = converter.GetDefaultDataConverter()

func continued(t *testing.T, err error) workflows.TicketInput {
	t.Helper()
	var next *workflow.ContinueAsNewError
	if !errors.As(err, &next) || next.WorkflowType.Name != workflows.TicketWorkflow {
		t.Fatalf("ended with %v, want it continued as new", err)
	}
	var in workflows.TicketInput
	if err := dataConverter.FromPayloads(next.Input, &in); err != nil {
		t.Fatal(err)
	}
	return in
}

// A long history starts afresh with what is known, once what was accepted is
// done; new commands are told to come again meanwhile.
func TestContinueAsNew(t *testing.T) {
	l := newLife(t, registered())
	meanwhile := &answer{}
	asked := make(chan struct{})
	l.before = func(made ticket.Transition) error {
		if made.Action == ticket.ActTriage {
			<-asked
		}
		return nil
	}
	triaged := l.give(time.Minute, triage())
	l.at(time.Minute+time.Millisecond, func() {
		l.env.SetContinueAsNewSuggested(true)
		hear := meanwhile.hear()
		hear.OnReject = func(err error) { meanwhile.rejected = err; close(asked) }
		c := by(requester, ticket.ActWithdraw)
		c.Key = "meanwhile"
		l.env.UpdateWorkflow(string(c.Action), c.Key, hear, c)
	})
	in := continued(t, l.run())
	l.wantApplied(triaged, 2)
	l.wantRejected(meanwhile, problem.Unavailable)
	if in.Vendor != "v" || in.Ticket != "t" || in.Row == nil {
		t.Fatalf("carried %+v", in)
	}
	if diff := cmp.Diff(l.row.Load(), *in.Row); diff != "" {
		t.Errorf("carried (-row +carried)\n%s", diff)
	}
}

// A poke is heard before the history starts afresh.
func TestContinueAsNewHearsPokes(t *testing.T) {
	l := newLife(t, registered())
	poked := make(chan struct{})
	l.before = func(ticket.Transition) error {
		<-poked
		return nil
	}
	l.give(time.Minute, by(assignee, ticket.ActAskInformation))
	l.at(time.Minute+time.Millisecond, func() {
		l.env.SetContinueAsNewSuggested(true)
		l.behind(triage())
		l.env.SignalWorkflow(workflows.PokeSignal, nil)
		close(poked)
	})
	in := continued(t, l.run())
	if diff := cmp.Diff(l.row.Load(), *in.Row); diff != "" {
		t.Errorf("carried (-row +carried)\n%s", diff)
	}
	l.wantMade(ticket.ActTriage, ticket.ActAskInformation)
}

// A run that carries on knows its row without reading it, and keeps the
// milestones.
func TestCarriesOn(t *testing.T) {
	l := newLife(t, registered())
	withdrawn := l.give(5*time.Hour, by(requester, ticket.ActWithdraw))
	if err := l.run(registered()); err != nil {
		t.Fatal(err)
	}
	l.wantApplied(withdrawn, 4)
	l.wantMade(ticket.ActAcknowledgeWarning, ticket.ActAcknowledgeBreach, ticket.ActWithdraw)
	if l.loads != 0 || l.timers != 2 {
		t.Errorf("%d reads, %d timers, want 0 and 2", l.loads, l.timers)
	}
}

// A ticket nobody promised anything for waits without any timer, for years.
func TestWaitsWithoutTimers(t *testing.T) {
	s := registered()
	s.AcknowledgeWarnAt, s.AcknowledgeDueAt = nil, nil
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
