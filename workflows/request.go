package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/ticket"
)

// RequestWorkflow is the name of Request in histories.
const RequestWorkflow = "Request"

// RequestID is the workflow of a request that is not registered: request/<uuid>.
func RequestID(request string) string { return "request/" + request }

// requestActs compile-checks activity names; it is never called.
var requestActs *activities.Requests

// Request drives a request that waits for its requester or for the
// organization's super-user: it reminds, forwards and ends it in time. It reads
// the row, waits for the row's next step or for a poke, and ends when nothing
// comes by itself any more.
//
// A poke that leaves the next step where it was leaves the timer alone. Runs from
// before that set theirs anew, and go on so: docs/workflow-changes.md.
func Request(ctx workflow.Context, ref activities.RequestRef) error {
	if workflow.GetVersion(ctx, "a poke leaves the timer", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return requestAnew(ctx, ref)
	}
	pokes := workflow.GetSignalChannel(ctx, PokeSignal)
	var alarm alarm
	for {
		for pokes.ReceiveAsync(nil) { // what they tell is in the row
		}
		var step ticket.RequestStep
		if err := workflow.ExecuteLocalActivity(ask(ctx), requestActs.LookAtRequest, ref).Get(ctx, &step); err != nil {
			return err
		}
		if step.Action == "" {
			return nil
		}
		alarm.set(ctx, func() (string, time.Time, bool) { return step.Action, step.At, true })
		due := func() bool { return !workflow.Now(ctx).Before(step.At) }
		if err := workflow.Await(ctx, func() bool { return pokes.Len() > 0 || due() }); err != nil {
			return err
		}
		if pokes.Len() > 0 {
			continue
		}
		if err := reachRequest(ctx, ref, step); err != nil {
			return err
		}
	}
}

func reachRequest(ctx workflow.Context, ref activities.RequestRef, step ticket.RequestStep) error {
	reached := activities.ReachedStep{RequestRef: ref, Step: step, At: workflow.Now(ctx)}
	return workflow.ExecuteLocalActivity(commit(ctx), requestActs.ReachRequest, reached).Get(ctx, nil)
}

// requestAnew is Request for runs that were begun before version 1 of "a poke
// leaves the timer". It goes when none of them is left.
func requestAnew(ctx workflow.Context, ref activities.RequestRef) error {
	pokes := workflow.GetSignalChannel(ctx, PokeSignal)
	for {
		var step ticket.RequestStep
		if err := workflow.ExecuteLocalActivity(ask(ctx), requestActs.LookAtRequest, ref).Get(ctx, &step); err != nil {
			return err
		}
		if step.Action == "" {
			return nil
		}
		if poked, err := waitUntil(ctx, step.At, pokes); err != nil || poked {
			if err != nil {
				return err
			}
			continue
		}
		if err := reachRequest(ctx, ref, step); err != nil {
			return err
		}
	}
}

// waitUntil waits for an instant, or for a poke before it.
func waitUntil(ctx workflow.Context, at time.Time, pokes workflow.ReceiveChannel) (poked bool, err error) {
	left := at.Sub(workflow.Now(ctx))
	if left > 0 {
		if _, err := workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout: left, TimerOptions: workflow.TimerOptions{Summary: "next step"},
		}, func() bool { return pokes.Len() > 0 }); err != nil {
			return false, err
		}
	}
	for pokes.ReceiveAsync(nil) {
		poked = true
	}
	return poked, nil
}
