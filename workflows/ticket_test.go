package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
		{Action: ticket.ActReassign, Actor: assignee, Assignee: colleague.ID},
		by(colleague, ticket.ActAnswer),
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
	if got := fmt.Sprint(refusal.Key, " ", refusal.Data); got != "action_out_of_order map[possible:[triage ask_information reassign merge] state:registered]" {
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

// What the row has no more is not known any more after a poke either.
func TestPokeForgets(t *testing.T) {
	l := newLife(t, registered())
	l.give(time.Minute, triage())
	l.give(2*time.Minute, by(colleague, ticket.ActAskInformation))
	l.at(3*time.Minute, func() {
		l.behind(by(requester, ticket.ActGiveInformation))
		l.env.SignalWorkflow(workflows.PokeSignal, nil)
	})
	l.at(4*time.Minute, func() {
		if diff := cmp.Diff(l.row.Load(), l.knows()); diff != "" {
			t.Errorf("after the poke the row and what the workflow knows differ\n%s", diff)
		}
	})
	l.give(5*time.Hour, by(requester, ticket.ActWithdraw))
	l.whole(5 * time.Hour)
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

// A start that comes when nothing is left to do ends at once.
func TestStartedTooLate(t *testing.T) {
	for name, change := range map[string]func(*ticket.Snapshot){
		"withdrawn":       func(s *ticket.Snapshot) { s.State = ticket.Withdrawn },
		"merged long ago": func(s *ticket.Snapshot) { s.State, s.ReopenUntil = ticket.Merged, in(-time.Hour) },
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
