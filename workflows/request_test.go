package workflows_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// kept is a request in memory: its next step, and what was reached.
type kept struct {
	mu      sync.Mutex
	next    ticket.RequestStep
	looks   int
	reached []time.Time
}

// NextOfRequest reads the row.
func (k *kept) NextOfRequest(context.Context, string, string) (ticket.RequestStep, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.looks++
	return k.next, nil
}

// ReachRequest ends it.
func (k *kept) ReachRequest(_ context.Context, _, _ string, _ ticket.RequestStep, at time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reached, k.next = append(k.reached, at), ticket.RequestStep{}
	return nil
}

// TestPokedRequest: pokes that leave the next step where it was leave the timer
// alone; one after which it is another sets it anew. A run from before version 1
// sets it anew with each.
func TestPokedRequest(t *testing.T) {
	t.Parallel()
	for name, one := range map[string]struct {
		version workflow.Version
		timers  int
	}{"now": {1, 2}, "from before": {workflow.DefaultVersion, 4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &kept{next: ticket.RequestStep{Action: "remind", At: noon.Add(day)}}
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(quiet())
			env := suite.NewTestWorkflowEnvironment()
			env.SetStartTime(noon)
			env.RegisterWorkflowWithOptions(workflows.Request, workflow.RegisterOptions{Name: workflows.RequestWorkflow})
			env.RegisterActivity(&activities.Requests{Registrar: k})
			env.OnGetVersion("a poke leaves the timer", workflow.DefaultVersion, workflow.Version(1)).Return(one.version)
			timers := 0
			env.SetOnTimerScheduledListener(func(string, time.Duration) { timers++ })
			poke := func(after time.Duration, to time.Time) {
				env.RegisterDelayedCallback(func() {
					k.mu.Lock()
					k.next.At = to
					k.mu.Unlock()
					env.SignalWorkflow(workflows.PokeSignal, nil)
				}, after)
			}
			poke(time.Hour, noon.Add(day))
			poke(2*time.Hour, noon.Add(day))
			poke(3*time.Hour, noon.Add(2*day))
			env.ExecuteWorkflow(workflows.RequestWorkflow, activities.RequestRef{Vendor: "v", Request: "r"})
			if err := env.GetWorkflowError(); err != nil {
				t.Fatal(err)
			}
			if len(k.reached) != 1 || !k.reached[0].Equal(noon.Add(2*day)) || k.looks != 5 {
				t.Errorf("reached at %v after %d looks", k.reached, k.looks)
			}
			if timers != one.timers {
				t.Errorf("%d timers set, want %d", timers, one.timers)
			}
		})
	}
}
