package procedures

import (
	"errors"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/casepath/casepath/worker"
)

// scheduler begins the id of the engine's own workflow of a Schedule, whose time
// can be skipped like any other's.
const scheduler = "temporal-sys-scheduler:"

// KeepStatements has the worker look after the Schedules of statements. They are
// of the World from now on: what they start runs, on the wall clock, before more
// time passes.
func (w *World) KeepStatements() {
	w.T.Helper()
	if err := worker.KeepStatements(w.T.Context(), w.Client, w.Desk); err != nil {
		w.T.Fatal(err)
	}
	w.skip(time.Millisecond) // to the World's time
	w.settle()
}

// Sleep stops the worker: the API and the Schedules go on, workflows wait.
func (w *World) Sleep() {
	w.settle()
	w.Rest()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asleep = true
}

// Wake starts the worker again, which does what has waited for it.
func (w *World) Wake() {
	w.T.Helper()
	w.mu.Lock()
	w.asleep = false
	w.mu.Unlock()
	w.Work()
	w.skip(time.Millisecond)
	w.settle()
}

// beginning is a Schedule that begins at the World's time, not before.
func (w *World) beginning(create *workflowservice.CreateScheduleRequest) *workflowservice.CreateScheduleRequest {
	create.GetSchedule().GetSpec().StartTime = timestamppb.New(w.Now())
	return create
}

// scheduled notes a Schedule that was created.
func (w *World) scheduled(create *workflowservice.CreateScheduleRequest, err error) error {
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = append(w.open, scheduler+create.GetScheduleId())
	return nil
}

// runsEnded says whether whatever the Schedules have started has ended; while
// nobody works it waits, and that is all there is to it.
func (w *World) runsEnded() bool {
	w.T.Helper()
	ended := true
	for _, id := range w.running() {
		schedule, ok := strings.CutPrefix(id, scheduler)
		if !ok || w.asleep {
			continue
		}
		d, err := w.Client.Engine().ScheduleClient().GetHandle(w.T.Context(), schedule).Describe(w.T.Context())
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			w.forget(id)
			continue
		}
		if err != nil {
			w.T.Fatalf("describe schedule %s: %v", schedule, err)
		}
		for _, run := range d.Info.RecentActions {
			status := w.Describe(run.StartWorkflowResult.WorkflowID).GetWorkflowExecutionInfo().GetStatus()
			ended = ended && status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING
		}
	}
	return ended
}
