package workflows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
)

// StatementWorkflow is the name of Statement in histories.
const StatementWorkflow = "Statement"

// statementPrefix begins the id of every Schedule of statements.
const statementPrefix = "statement/"

// statementActs compile-checks activity names; it is never called.
var statementActs *activities.Statements

// scheduledTime is when the Schedule wanted the run to start.
var scheduledTime = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")

// statementPasses is how often a run goes through the organizations while some
// of them fail, an hour between two passes.
const statementPasses = 24

// Statement sends the weekly statements of a vendor's organizations of a zone,
// one activity a page. Which Monday it is, is read off the scheduled time,
// however late the run starts. What could not be decided is tried again each
// hour for a day; what was decided stays, so that a pass repeats nothing.
func Statement(ctx workflow.Context, r activities.StatementRun) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute, // of a page; an outage is waited for, however long
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
	})
	if r.At.IsZero() {
		r.At = workflow.GetInfo(ctx).WorkflowStartTime // started by hand
		if at, scheduled := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledTime); scheduled {
			r.At = at
		}
	}
	for {
		var next activities.StatementRun // fresh: what an answer leaves out would stay what it was
		if err := workflow.ExecuteActivity(ctx, statementActs.DecideStatements, r).Get(ctx, &next); err != nil {
			return err
		}
		r = next
		if r.After == "" {
			if r.Failed == 0 {
				return nil
			}
			if r.Pass++; r.Pass == statementPasses {
				return temporal.NewApplicationError(fmt.Sprintf("%d statements could not be decided", r.Failed), "internal")
			}
			r.Failed = 0
			if err := workflow.Sleep(ctx, time.Hour); err != nil {
				return err
			}
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, StatementWorkflow, r)
		}
	}
}

// StatementSchedule is when a vendor's organizations of a zone get their weekly
// statement.
type StatementSchedule struct {
	Vendor, Zone string
	Day          string // mon … sun
	At           string // 08:00, in the zone
}

// ID is its Schedule's: statement/<vendor uuid>/<zone>.
func (s StatementSchedule) ID() string { return statementPrefix + s.Vendor + "/" + s.Zone }

// note is what tells one shape of it from another.
func (s StatementSchedule) note() string {
	return "weekly statement: " + s.Day + " " + s.At + " " + s.Zone
}

var weekdays = map[string]int{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

// spec is each week at that time of day in the zone, whatever its clocks do.
func (s StatementSchedule) spec() (client.ScheduleSpec, error) {
	at, err := time.Parse("15:04", s.At)
	day, known := weekdays[s.Day]
	if err != nil || !known {
		return client.ScheduleSpec{}, fmt.Errorf("schedule %s: %q %q is no day and time", s.ID(), s.Day, s.At)
	}
	return client.ScheduleSpec{TimeZoneName: s.Zone, Calendars: []client.ScheduleCalendarSpec{{
		DayOfWeek: []client.ScheduleRange{{Start: day}}, Hour: []client.ScheduleRange{{Start: at.Hour()}}, Minute: []client.ScheduleRange{{Start: at.Minute()}},
	}}}, nil
}

// Overlap: a Monday that finds the last one's run still there waits for it, so
// that none is lost. Catch-up: one missed because the engine was down is made up
// for when it is back within a week; the run knows which Monday it is of.
const (
	statementOverlap = enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL
	statementCatchUp = 7 * 24 * time.Hour
)

// KeepStatementSchedules makes the Schedules that are wanted, gives those that
// have another day or time the right one, and removes the others. Whether one is
// paused stays as it is. Repeating it changes nothing.
func (c *Client) KeepStatementSchedules(ctx context.Context, wanted []StatementSchedule) error {
	there, err := c.statementSchedules(ctx)
	if err != nil {
		return err
	}
	var failures []error
	for _, s := range wanted {
		if note, known := there[s.ID()]; !known || note != s.note() {
			failures = append(failures, c.keepStatementSchedule(ctx, s))
		}
		delete(there, s.ID())
	}
	for id := range there {
		err := c.engine.ScheduleClient().GetHandle(ctx, id).Delete(ctx)
		var gone *serviceerror.NotFound
		if err != nil && !errors.As(err, &gone) {
			failures = append(failures, fmt.Errorf("remove schedule %s: %w", id, err))
		}
	}
	return errors.Join(failures...)
}

// statementSchedules are the notes of the Schedules there are, by id.
func (c *Client) statementSchedules(ctx context.Context) (map[string]string, error) {
	list, err := c.engine.ScheduleClient().List(ctx, client.ScheduleListOptions{PageSize: 200})
	if err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	there := map[string]string{}
	for list.HasNext() {
		s, err := list.Next()
		if err != nil {
			return nil, fmt.Errorf("list schedules: %w", err)
		}
		if strings.HasPrefix(s.ID, statementPrefix) {
			there[s.ID] = s.Note
		}
	}
	return there, nil
}

func (c *Client) keepStatementSchedule(ctx context.Context, s StatementSchedule) error {
	spec, err := s.spec()
	if err != nil {
		return err
	}
	action := &client.ScheduleWorkflowAction{
		ID: s.ID(), Workflow: StatementWorkflow, Args: []any{activities.StatementRun{Vendor: s.Vendor, Zone: s.Zone}},
		TaskQueue: TaskQueue, WorkflowTaskTimeout: TaskTimeout,
	}
	schedules := c.engine.ScheduleClient()
	_, err = schedules.Create(ctx, client.ScheduleOptions{
		ID: s.ID(), Spec: spec, Action: action, Overlap: statementOverlap, CatchupWindow: statementCatchUp, Note: s.note(),
	})
	if err == nil || !errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		return err
	}
	return schedules.GetHandle(ctx, s.ID()).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			kept := in.Description.Schedule
			kept.Spec, kept.Action, kept.State.Note = &spec, action, s.note()
			kept.Policy = &client.SchedulePolicies{Overlap: statementOverlap, CatchupWindow: statementCatchUp}
			return &client.ScheduleUpdate{Schedule: &kept}, nil
		},
	})
}
