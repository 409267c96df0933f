package workflows

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/reconciler"
)

// ReconcileWorkflow compares rows with workflows, each night.
const ReconcileWorkflow = "Reconcile"

// reconcileSchedule is the Schedule that runs it.
const reconcileSchedule = "reconcile"

// reconciling compile-checks activity names; it is never called.
var reconciling *reconciler.Reconciler

// Reconcile compares the open rows with the running workflows, one activity a
// page. It reports and repairs nothing.
func Reconcile(ctx workflow.Context, p reconciler.Progress) error {
	ctx = slow(ctx)
	if p.ID == uuid.Nil {
		p.ID = uuid.NewSHA1(uuid.NameSpaceOID, []byte(workflow.GetInfo(ctx).WorkflowExecution.RunID))
		p.By = reconciler.BySchedule
		if err := workflow.ExecuteActivity(ctx, reconciling.Begin, p).Get(ctx, &p); err != nil {
			return err
		}
	}
	for !p.Done {
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, ReconcileWorkflow, p)
		}
		if err := workflow.ExecuteActivity(ctx, reconciling.Compare, p).Get(ctx, &p); err != nil {
			return err
		}
	}
	return workflow.ExecuteActivity(ctx, reconciling.Finish, p).Get(ctx, nil)
}

// slow is the options of work that takes minutes and changes nothing: tried
// again until a night's run would meet the next.
func slow(ctx workflow.Context) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout:    15 * time.Minute,
		ScheduleToCloseTimeout: 6 * time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
}

// KeepReconcileSchedule makes the nightly Schedule, or gives the one that is
// there this release's shape; whether it is paused stays as it is.
//
// Overlap: a night that finds the last one still running is skipped, since two
// at once would find the same. Catch-up: a night missed because the engine was
// down is made up for when it is back within 20 hours, for after an outage
// differences are likeliest; older nights would only say the same once more.
// The run's own timeout lets a hung one cost one night, not all.
func (c *Client) KeepReconcileSchedule(ctx context.Context) error {
	spec := client.ScheduleSpec{Calendars: []client.ScheduleCalendarSpec{{
		Hour: []client.ScheduleRange{{Start: 2}}, Minute: []client.ScheduleRange{{Start: 40}}, Comment: "each night, 02:40 UTC",
	}}}
	action := &client.ScheduleWorkflowAction{
		ID: reconcileSchedule, Workflow: ReconcileWorkflow, Args: []any{reconciler.Progress{}}, TaskQueue: TaskQueue,
		WorkflowExecutionTimeout: 12 * time.Hour,
	}
	const overlap, catchUp = enums.SCHEDULE_OVERLAP_POLICY_SKIP, 20 * time.Hour
	schedules := c.engine.ScheduleClient()
	_, err := schedules.Create(ctx, client.ScheduleOptions{
		ID: reconcileSchedule, Spec: spec, Action: action, Overlap: overlap, CatchupWindow: catchUp,
		Note: "compares rows with workflows; casepath admin stuck shows the last result",
	})
	if err == nil || !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return schedules.GetHandle(ctx, reconcileSchedule).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Spec, s.Action = &spec, action
			s.Policy = &client.SchedulePolicies{Overlap: overlap, CatchupWindow: catchUp}
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	})
}
