// Package procedures tells the vendors' procedures as stories through the
// public API, on the real parts, in skipped time.
package procedures

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// World is a House whose clocks move together: the API's, and each workflow's
// in the engine. The relay delivers when the World says so: after each call of
// a Person and throughout Advance, so that what a test reads next is there.
//
// Guaranteed when Advance and Deliver return: everything that was due has
// happened and has left, and every open workflow's clock is at most what the
// last step really took (well under a second on an idle machine) behind Now,
// never ahead of it.
//
// Temporal's time skipping is young: nothing outside this file knows of it. A
// World is used by one goroutine at a time.
type World struct {
	*stack.House
	T      *testing.T // of the step under way
	outbox *store.Store

	mu       sync.Mutex
	ahead    time.Duration     // of the wall clock
	started  []string          // every workflow, in the order of their start
	open     []string          // those that have not ended
	starting map[string]string // fast-forwards of workflows just started: workflow → id
	forwards int               // fast-forwards named so far
	asleep   bool              // nobody works
}

// patience is how long the World waits for anything to happen.
const patience = 2 * time.Minute

// NewWorld begins a World now.
func NewWorld(t *testing.T) *World { return NewWorldAt(t, time.Now()) }

// NewWorldAt begins a World at an instant, now or later: workflows can only
// skip forward.
func NewWorldAt(t *testing.T, from time.Time) *World {
	t.Helper()
	w := &World{T: t, starting: map[string]string{}}
	w.House = stack.NewHouse(t, stack.Parts{Now: w.Now, Worker: true, Intercept: w.intercept})
	w.outbox = w.DB.RelayStore(t)
	w.ahead = max(0, time.Until(from)) // the vendors and their people were there before
	return w
}

// Now is the instant it is in the World.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// Step is one part of a story: a subtest. The story ends with the first step
// that fails, since the next ones build on it.
func (w *World) Step(name string, do func(t *testing.T)) {
	story := w.T
	defer func() { w.T = story }()
	if !story.Run(name, func(t *testing.T) { w.T = t; do(t) }) {
		story.FailNow()
	}
}

// Advance lets d pass. Everything moves to the earliest thing that will happen
// in any workflow, that happens and what it causes is delivered, and so on:
// things happen in the order of their instants, across workflows too.
func (w *World) Advance(d time.Duration) {
	w.T.Helper()
	for end := w.Now().Add(d); ; {
		next := w.settle()
		left := end.Sub(w.Now())
		if left <= 0 {
			return
		}
		if !next.IsZero() {
			left = min(left, next.Sub(w.Now()))
		}
		w.skip(max(left, time.Millisecond)) // the wall may have passed it meanwhile
	}
}

// Deliver sends what has been decided, and waits for the workflows it starts.
// It fails when something could not be delivered in good time: on a machine
// that is busy the first try of a delivery may run out of time. The answer is
// how many deliveries there were.
func (w *World) Deliver() (n int) {
	w.T.Helper()
	for end := time.Now().Add(patience); ; {
		some, err := w.Relay.Drain(w.T.Context())
		if err != nil {
			w.T.Fatalf("deliver: %v", err)
		}
		n += some
		backlog, err := w.outbox.Backlog(w.T.Context())
		if err == nil && backlog.Waiting+backlog.Dead == 0 {
			break
		}
		if err != nil || backlog.Dead > 0 || time.Now().After(end) {
			w.T.Fatalf("undelivered: %d waiting, %d dead (%v)", backlog.Waiting, backlog.Dead, err)
		}
	}
	w.mu.Lock()
	starting := w.starting
	w.starting = map[string]string{}
	w.mu.Unlock()
	for id, forward := range starting {
		w.await(id, forward)
	}
	return n
}

// Started lists the workflows that were ever started, oldest first.
func (w *World) Started() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.started)
}

// settle waits until nothing happens by itself any more, everything has been
// delivered, and answers when something will happen next; zero for never.
func (w *World) settle() (next time.Time) {
	w.T.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		quiet, next := w.look()
		if w.Deliver() == 0 && quiet {
			return next
		}
		if time.Now().After(deadline) {
			w.T.Fatalf("the workflows are not quiet within %v", patience)
		}
	}
}

// look reads every open workflow: whether all are quiet, and the earliest
// timer. A timer that is due already is not quiet: it fires in a moment.
func (w *World) look() (quiet bool, next time.Time) {
	w.T.Helper()
	quiet = w.runsEnded()
	for _, id := range w.running() {
		description := w.Describe(id)
		if description.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			w.forget(id)
			continue
		}
		quiet = quiet && description.GetPendingWorkflowTask() == nil && len(description.GetPendingActivities()) == 0
		for _, at := range timers(w.Events(id)) {
			quiet = quiet && at.After(w.Now())
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	return quiet, next
}

// timers are the instants at which a workflow's open timers fire.
func timers(events []*historypb.HistoryEvent) map[string]time.Time {
	open := map[string]time.Time{}
	for _, e := range events {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_TIMER_STARTED:
			started := e.GetTimerStartedEventAttributes()
			open[started.GetTimerId()] = e.GetEventTime().AsTime().Add(started.GetStartToFireTimeout().AsDuration())
		case enums.EVENT_TYPE_TIMER_FIRED:
			delete(open, e.GetTimerFiredEventAttributes().GetTimerId())
		case enums.EVENT_TYPE_TIMER_CANCELED:
			delete(open, e.GetTimerCanceledEventAttributes().GetTimerId())
		}
	}
	return open
}

// skip moves every open workflow, then the API, then the Schedules, to the instant
// that is step away: what a Schedule starts finds the API's time where it is. A
// workflow that lags behind is moved by as much more.
func (w *World) skip(step time.Duration) {
	w.T.Helper()
	target := w.Now().Add(step)
	var schedules, others []string
	for _, id := range w.running() {
		if strings.HasPrefix(id, scheduler) {
			schedules = append(schedules, id)
		} else {
			others = append(others, id)
		}
	}
	w.move(others, target)
	w.mu.Lock()
	w.ahead += step
	w.mu.Unlock()
	w.move(schedules, target)
}

// move skips the time of workflows up to an instant, and waits for them.
func (w *World) move(ids []string, target time.Time) {
	w.T.Helper()
	forwards := map[string]string{}
	for _, id := range ids {
		clock := time.Now()
		if skipping := w.Describe(id).GetWorkflowExtendedInfo().GetTimeSkippingInfo(); skipping != nil {
			clock = skipping.GetCurrentTime().AsTime()
		}
		left := target.Sub(clock)
		if left <= 0 {
			continue // it is there already: asking took longer than the step
		}
		config := w.forward(left)
		_, err := w.engine().UpdateWorkflowExecutionOptions(w.T.Context(), &workflowservice.UpdateWorkflowExecutionOptionsRequest{
			Namespace: w.Engine.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id},
			WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: config},
			UpdateMask:               &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
		})
		var ended *serviceerror.NotFound
		switch {
		case errors.As(err, &ended):
			w.forget(id)
		case err != nil:
			w.T.Fatalf("skip time of %s: %v", id, err)
		default:
			forwards[id] = config.GetFastForwardConfig().GetId()
		}
	}
	for id, forward := range forwards {
		w.await(id, forward)
	}
}

// forward is the wish to skip d, under a name of its own.
func (w *World) forward(d time.Duration) *commonpb.TimeSkippingConfig {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forwards++
	return &commonpb.TimeSkippingConfig{
		Enabled: true, DisablePropagation: true, MaxSessionSkipCount: 10_000,
		FastForwardConfig: &commonpb.FastForwardConfig{Id: fmt.Sprintf("forward-%d", w.forwards), Duration: durationpb.New(d)},
	}
}

// await waits until a workflow has skipped, or has ended on the way.
func (w *World) await(id, forward string) {
	w.T.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		answer, err := w.engine().PollWorkflowExecutionTimeSkipping(w.T.Context(), &workflowservice.PollWorkflowExecutionTimeSkippingRequest{
			Namespace: w.Engine.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id}, FastForwardId: forward,
		})
		if err != nil {
			w.T.Fatalf("wait for the skipped time of %s: %v", id, err)
		}
		switch answer.GetFastForwardPollingResult() {
		case enums.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_COMPLETED:
			return
		case enums.FAST_FORWARD_POLLING_RESULT_FAST_FORWARD_FAILED:
			if w.Describe(id).GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
				w.T.Fatalf("%s skips no time: %s", id, answer.GetFailedReason())
			}
			return
		}
	}
	w.T.Fatalf("%s has not skipped its time within %v", id, patience)
}

// intercept makes a workflow that is started begin at Now instead of the wall
// clock: it is started with the difference as a delay, which it skips at once.
func (w *World) intercept(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
	if create, ok := request.(*workflowservice.CreateScheduleRequest); ok {
		return w.scheduled(create, invoke(ctx, method, w.beginning(create), reply, conn, options...))
	}
	start, ok := request.(*workflowservice.StartWorkflowExecutionRequest)
	if !ok {
		return invoke(ctx, method, request, reply, conn, options...)
	}
	if ahead := time.Until(w.Now()); ahead > 0 {
		start.WorkflowStartDelay, start.TimeSkippingConfig = durationpb.New(ahead), w.forward(ahead)
	}
	if err := invoke(ctx, method, request, reply, conn, options...); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started, w.open = append(w.started, start.GetWorkflowId()), append(w.open, start.GetWorkflowId())
	if id := start.GetTimeSkippingConfig().GetFastForwardConfig().GetId(); id != "" {
		w.starting[start.GetWorkflowId()] = id
	}
	return nil
}

// running are the workflows that have not ended; while nobody works, those the
// engine runs itself.
func (w *World) running() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	open := slices.Clone(w.open)
	if w.asleep {
		open = slices.DeleteFunc(open, func(id string) bool { return !strings.HasPrefix(id, scheduler) })
	}
	return open
}

func (w *World) forget(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = slices.DeleteFunc(w.open, func(open string) bool { return open == id })
}

func (w *World) engine() workflowservice.WorkflowServiceClient {
	return w.Client.Engine().WorkflowService()
}

// Describe is what the engine says of a workflow.
func (w *World) Describe(id string) *workflowservice.DescribeWorkflowExecutionResponse {
	w.T.Helper()
	description, err := w.Client.Engine().DescribeWorkflowExecution(w.T.Context(), id, "")
	if err != nil {
		w.T.Fatalf("describe %s: %v", id, err)
	}
	return description
}

// Events is a workflow's history.
func (w *World) Events(id string) (events []*historypb.HistoryEvent) {
	w.T.Helper()
	for i := w.Client.Engine().GetWorkflowHistory(w.T.Context(), id, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); i.HasNext(); {
		event, err := i.Next()
		if err != nil {
			w.T.Fatalf("read history of %s: %v", id, err)
		}
		events = append(events, event)
	}
	return events
}
