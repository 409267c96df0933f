package workflows_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lib/pq"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/worker"
	"github.com/casepath/casepath/workflows"
)

// statements is a house with a vendor that sends statements.
type statements struct {
	*stack.House
	db     *sql.DB
	vendor string // uuid
}

func newStatements(t *testing.T, p stack.Parts) *statements {
	t.Helper()
	s := &statements{House: stack.NewHouse(t, p)}
	if err := demo.PublishTo(t.Context(), s.Desk, "primlogix"); err != nil {
		t.Fatal(err)
	}
	v, err := s.Store.VendorBySlug(t.Context(), "primlogix")
	if err != nil {
		t.Fatal(err)
	}
	s.vendor = v.ID.String()
	if s.db, err = sql.Open("postgres", s.DB.Admin); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.db.Close() })
	return s
}

func (s *statements) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	if _, err := s.db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// keep looks after the Schedules until it finds nothing to do: what the engine
// lists of them comes a moment later than what they are.
func (s *statements) keep(t *testing.T) {
	t.Helper()
	if err := worker.KeepStatements(t.Context(), s.Client, s.Desk); err != nil {
		t.Fatal(err)
	}
}

// starts are when a Schedule starts something between two days, in its zone.
func (s *statements) starts(t *testing.T, id, from, to, zone string) (times []string) {
	t.Helper()
	place, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	instant := func(day string) *timestamppb.Timestamp {
		at, err := time.ParseInLocation(time.DateOnly, day, place)
		if err != nil {
			t.Fatal(err)
		}
		return timestamppb.New(at)
	}
	answer, err := s.Client.Engine().WorkflowService().ListScheduleMatchingTimes(t.Context(), &workflowservice.ListScheduleMatchingTimesRequest{
		Namespace: s.Engine.Namespace, ScheduleId: id, StartTime: instant(from), EndTime: instant(to),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range answer.GetStartTime() {
		times = append(times, at.AsTime().In(place).Format("2006-01-02 15:04 MST"))
	}
	return times
}

// TestStatementSchedules: there is one for each zone, at eight on Monday
// whatever the clocks there do; it follows the pack and the organizations.
func TestStatementSchedules(t *testing.T) {
	s := newStatements(t, stack.Parts{})
	id := workflows.StatementSchedule{Vendor: s.vendor, Zone: "America/Toronto"}.ID()
	s.keep(t)
	schedules := s.Client.Engine().ScheduleClient()
	d := described(t, schedules.GetHandle(t.Context(), id))
	if p := d.Schedule.Policy; p.Overlap != enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL || p.CatchupWindow != 7*24*time.Hour {
		t.Errorf("%+v", p)
	}
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-03-01", "2026-03-17", []string{"2026-03-02 08:00 EST", "2026-03-09 08:00 EDT", "2026-03-16 08:00 EDT"}},
		{"2026-10-25", "2026-11-10", []string{"2026-10-26 08:00 EDT", "2026-11-02 08:00 EST", "2026-11-09 08:00 EST"}},
	} {
		if got := s.starts(t, id, c.from, c.to, "America/Toronto"); !slices.Equal(got, c.want) {
			t.Errorf("%v, want %v", got, c.want)
		}
	}

	// An organization moves to Paris.
	s.exec(t, `update organizations set time_zone = 'Europe/Paris' where vendor_id = $1 and kind = 'partner'`, s.vendor)
	s.keep(t)
	paris := workflows.StatementSchedule{Vendor: s.vendor, Zone: "Europe/Paris"}.ID()
	if got := s.starts(t, paris, "2026-03-29", "2026-03-31", "Europe/Paris"); !slices.Equal(got, []string{"2026-03-30 08:00 CEST"}) {
		t.Errorf("%v", got)
	}
	// The time of day changes, while an operator holds one.
	if err := schedules.GetHandle(t.Context(), id).Pause(t.Context(), client.SchedulePauseOptions{Note: "held"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Client.KeepStatementSchedules(t.Context(), []workflows.StatementSchedule{{Vendor: s.vendor, Zone: "America/Toronto", Day: "tue", At: "07:30"}}); err != nil {
		t.Fatal(err)
	}
	if got := s.starts(t, id, "2026-11-01", "2026-11-08", "America/Toronto"); !slices.Equal(got, []string{"2026-11-03 07:30 EST"}) {
		t.Errorf("%v", got)
	}
	if !described(t, schedules.GetHandle(t.Context(), id)).Schedule.State.Paused {
		t.Error("it is paused no more")
	}
	// Nobody keeps the zone any more.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-tick.C {
		if err := s.Client.KeepStatementSchedules(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		_, err := schedules.GetHandle(t.Context(), paris).Describe(t.Context())
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it is not removed")
		}
	}
}

// TestStatementRun: a run is of the Monday it was scheduled for, however late;
// two Mondays that are due at once are two runs, and each has its own week.
func TestStatementRun(t *testing.T) {
	s := newStatements(t, stack.Parts{Worker: true})
	s.exec(t, `update organizations set created_at = '2020-01-01'`)
	s.keep(t)
	handle := s.Client.Engine().ScheduleClient().GetHandle(t.Context(), workflows.StatementSchedule{Vendor: s.vendor, Zone: "America/Toronto"}.ID())
	described(t, handle)
	from := time.Date(2026, 3, 7, 0, 0, 0, 0, time.UTC)
	if err := handle.Backfill(t.Context(), client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{
		{Start: from.AddDate(0, 0, -7), End: from.AddDate(0, 0, 7), Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL},
	}}); err != nil {
		t.Fatal(err)
	}
	s.ended(t, handle)
	var weeks, instants []string
	if err := s.db.QueryRowContext(t.Context(), `select array_agg(iso_week order by iso_week), array_agg(to_char(scheduled_at at time zone 'UTC', 'MM-DD HH24:MI') order by iso_week)
		from statements s join organizations o on o.id = s.organization_id where o.kind = 'customer'`).Scan(pq.Array(&weeks), pq.Array(&instants)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(weeks, []string{"2026-W10", "2026-W11"}) || !slices.Equal(instants, []string{"03-02 13:00", "03-09 12:00"}) {
		t.Errorf("%v at %v", weeks, instants)
	}
	history := historyOf(t, s.House, described(t, handle).Info.RecentActions[0].StartWorkflowResult.WorkflowID)
	replay(t, history)
	if dir := os.Getenv("CASEPATH_RECORD_REPLAY"); dir != "" {
		record(t, filepath.Join(dir, "statement.json.gz"), history)
	}
}

// ended waits until two runs of a Schedule have ended.
func (s *statements) ended(t *testing.T, handle client.ScheduleHandle) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-tick.C {
		info := described(t, handle).Info
		if len(info.RecentActions) == 2 && len(info.RunningWorkflows) == 0 {
			for _, run := range info.RecentActions {
				if err := s.Client.Engine().GetWorkflow(t.Context(), run.StartWorkflowResult.WorkflowID, "").Get(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d runs, %d under way", len(info.RecentActions), len(info.RunningWorkflows))
		}
	}
}

// failing decides a page of organizations, one of which fails for so long.
type failing struct{ fails, calls int }

// DecideStatements decides two pages.
func (f *failing) DecideStatements(_ context.Context, r activities.StatementRun) (activities.StatementRun, error) {
	f.calls++
	if r.After == "" {
		r.After = "the first page"
		return r, nil
	}
	r.After = ""
	if f.fails--; f.fails >= 0 {
		r.Failed++
	}
	return r, nil
}

// TestStatementTriesAgain: what fails is tried again each hour, for a day; a
// long run goes on where it was.
func TestStatementTriesAgain(t *testing.T) {
	run := func(f *failing, long bool) error {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(quiet())
		env := suite.NewTestWorkflowEnvironment()
		env.RegisterWorkflowWithOptions(workflows.Statement, workflow.RegisterOptions{Name: workflows.StatementWorkflow})
		env.RegisterActivity(f)
		env.SetContinueAsNewSuggested(long)
		env.SetTestTimeout(time.Minute)
		env.ExecuteWorkflow(workflows.StatementWorkflow, activities.StatementRun{Vendor: "v", Zone: "UTC"})
		return env.GetWorkflowError()
	}
	if f := (&failing{fails: 3}); run(f, false) != nil || f.calls != 8 {
		t.Errorf("%d calls", f.calls)
	}
	if f := (&failing{fails: 100}); run(f, false) == nil || f.calls != 48 {
		t.Errorf("%d calls for a day of failures", f.calls)
	}
	var next *workflow.ContinueAsNewError
	var r activities.StatementRun
	if err := run(&failing{}, true); !errors.As(err, &next) || dataConverter.FromPayloads(next.Input, &r) != nil || r.After != "the first page" || r.At.IsZero() {
		t.Errorf("carried %+v (%v)", r, err)
	}
}
