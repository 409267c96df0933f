package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

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

// A poke that comes while the last command is being finished is heard before
// the history starts afresh.
func TestContinueAsNewHearsPokes(t *testing.T) {
	l := newLife(t, registered())
	poked := make(chan struct{})
	l.before = func(ticket.Transition) error {
		<-poked
		return problem.Missing() // what is committed would tell it of the row too
	}
	refused := l.give(time.Minute, by(assignee, ticket.ActAskInformation))
	l.at(time.Minute+time.Millisecond, func() {
		l.env.SetContinueAsNewSuggested(true)
		l.behind(triage())
	})
	l.at(time.Minute+2*time.Millisecond, func() {
		l.env.SignalWorkflow(workflows.PokeSignal, nil)
		l.env.RegisterDelayedCallback(func() { close(poked) }, time.Millisecond)
	})
	in := continued(t, l.run())
	l.wantRefused(refused, problem.NotFound)
	if diff := cmp.Diff(l.row.Load(), *in.Row); diff != "" || in.Row.State != ticket.Triaged {
		t.Errorf("carried (-row +carried)\n%s", diff)
	}
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
