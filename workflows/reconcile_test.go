package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/worker"
	"github.com/casepath/casepath/workflows"
)

const schedule = "reconcile"

// The worker makes the Schedule, whose run compares page by page and leaves
// its result; a second worker changes nothing, a pause stays.
func TestNightlyRun(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{})
	rows := h.DB.RelayStore(t)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = worker.Run(ctx, h.Client, h.Store, h.Desk, &reconciler.Reconciler{Rows: rows, Store: h.Store, Engine: h.Client, Page: 2})
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	var p *person
	for range 5 {
		p = register(t, h, "interfacing")
	}
	p.start()
	if err := h.Client.Engine().TerminateWorkflow(t.Context(), workflows.TicketID(p.id), "", "the test ends it"); err != nil {
		t.Fatal(err)
	}
	handle := h.Client.Engine().ScheduleClient().GetHandle(t.Context(), schedule)
	description := described(t, handle)
	policy := description.Schedule.Policy
	if policy.Overlap != enums.SCHEDULE_OVERLAP_POLICY_SKIP || policy.CatchupWindow != 20*time.Hour || len(description.Info.NextActionTimes) == 0 ||
		description.Info.NextActionTimes[0].UTC().Format("15:04") != "02:40" {
		t.Errorf("the schedule: %+v, next %v", policy, description.Info.NextActionTimes)
	}
	if err := handle.Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
	result := finished(t, rows)
	if result.AskedBy != reconciler.BySchedule || result.Tickets != 5 || result.Found[reconciler.NoWorkflow] != 1 || len(result.Found) != 1 {
		t.Errorf("the run found %+v", result)
	}
	keepHistory(t, h, handle)

	if err := handle.Pause(t.Context(), client.SchedulePauseOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := h.Client.KeepReconcileSchedule(t.Context()); err != nil {
		t.Fatal(err)
	}
	if d := described(t, handle); !d.Schedule.State.Paused || d.Schedule.Policy.CatchupWindow != 20*time.Hour {
		t.Errorf("kept again: %+v %+v", d.Schedule.State, d.Schedule.Policy)
	}
}

// described waits for the schedule to be there.
func described(t *testing.T, handle client.ScheduleHandle) *client.ScheduleDescription {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-tick.C {
		d, err := handle.Describe(t.Context())
		if err == nil {
			return d
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// finished waits for a result.
func finished(t *testing.T, rows *store.Store) *store.Reconciliation {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-tick.C {
		result, err := rows.LastReconciliation(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if result != nil {
			return result
		}
		if time.Now().After(deadline) {
			t.Fatal("the run has not finished")
		}
	}
}

// keepHistory replays the run's history, and records it with the lives'.
func keepHistory(t *testing.T, h *stack.House, handle client.ScheduleHandle) {
	t.Helper()
	runs := described(t, handle).Info.RecentActions
	for len(runs) == 0 && t.Context().Err() == nil { // the run may be over before its Schedule has noted it
		runs = described(t, handle).Info.RecentActions
	}
	if len(runs) != 1 {
		t.Fatalf("%d runs", len(runs))
	}
	id := runs[0].StartWorkflowResult.WorkflowID
	if err := h.Client.Engine().GetWorkflow(t.Context(), id, "").Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	replayAndRecord(t, "reconcile", historyOf(t, h, id))
}

// pages are the reconciler's activities on so many pages.
type pages struct{ left int }

// Begin begins.
func (*pages) Begin(_ context.Context, p reconciler.Progress) (reconciler.Progress, error) {
	return p, nil
}

// Compare compares a page.
func (a *pages) Compare(_ context.Context, p reconciler.Progress) (reconciler.Progress, error) {
	a.left--
	p.Tickets, p.Done = p.Tickets+1, a.left == 0
	return p, nil
}

// Finish wants the whole.
func (*pages) Finish(_ context.Context, p reconciler.Progress) (store.Reconciliation, error) {
	if p.Tickets != 5 || p.ID == uuid.Nil || p.By != reconciler.BySchedule {
		return store.Reconciliation{}, errors.New("not the whole")
	}
	return store.Reconciliation{}, nil
}

// A run with many pages starts its history afresh and goes on where it was.
func TestReconcileContinuesAsNew(t *testing.T) {
	work := &pages{left: 5}
	run := func(in reconciler.Progress, long bool) error {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(quiet())
		env := suite.NewTestWorkflowEnvironment()
		env.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.ReconcileWorkflow})
		env.RegisterActivity(work)
		if long {
			env.SetOnActivityCompletedListener(func(*activity.Info, converter.EncodedValue, error) {
				env.SetContinueAsNewSuggested(work.left == 2)
			})
		}
		env.SetTestTimeout(time.Minute)
		env.ExecuteWorkflow(workflows.ReconcileWorkflow, in)
		return env.GetWorkflowError()
	}
	first := run(reconciler.Progress{}, true)
	var next *workflow.ContinueAsNewError
	if !errors.As(first, &next) {
		t.Fatalf("ended with %v, want it continued as new", first)
	}
	var in reconciler.Progress
	if err := dataConverter.FromPayloads(next.Input, &in); err != nil || in.Tickets != 3 {
		t.Fatalf("carried %+v, %v", in, err)
	}
	if err := run(in, false); err != nil || work.left != 0 {
		t.Errorf("%v, %d pages left", err, work.left)
	}
}
