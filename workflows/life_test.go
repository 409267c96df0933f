package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/ticket/tickettest"
	"github.com/casepath/casepath/workflows"
)

func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }

// The people of these tests.
var (
	requester = ticket.Actor{ID: "requester", Side: ticket.Customer}
	neighbour = ticket.Actor{ID: "neighbour", Side: ticket.Customer}
	assignee  = ticket.Actor{ID: "assignee", Side: ticket.Staff}
	colleague = ticket.Actor{ID: "colleague", Side: ticket.Staff}
)

const day = 24 * time.Hour

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func in(d time.Duration) *time.Time {
	at := noon.Add(d)
	return &at
}

// registered is a ticket registered at noon, to be acknowledged within four
// hours, warned about after three.
func registered() ticket.Snapshot {
	return ticket.Snapshot{
		Vendor: "v", ID: "t", Number: "PX-2026-000001", Version: 1, State: ticket.Registered, Requester: requester.ID,
		Clocks: []ticket.Clock{tickettest.Clock(ticket.ClockAcknowledge, in(3*time.Hour), in(4*time.Hour))},
	}
}

// tickets are the workflow's activities on a row in memory.
type tickets struct {
	row *tickettest.Row

	mu      sync.Mutex
	loads   int
	commits int                           // tried, whatever came of it
	failing error                         // of LoadTicket
	lies    bool                          // CommitTransition says so, and does nothing
	before  func(ticket.Transition) error // may hold a commit up, or fail it
}

// LoadTicket reads the row.
func (a *tickets) LoadTicket(context.Context, activities.TicketRef) (ticket.Snapshot, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.loads++
	return a.row.Load(), activities.AsApplication(a.failing)
}

// CommitTransition commits to the row.
func (a *tickets) CommitTransition(_ context.Context, t ticket.Transition) (activities.CommitResult, error) {
	a.mu.Lock()
	a.commits++
	before := a.before
	a.mu.Unlock()
	if before != nil {
		if err := before(t); err != nil {
			return activities.CommitResult{}, activities.AsApplication(err)
		}
	}
	if a.lies {
		return activities.CommitResult{Outcome: ticket.AlreadyApplied, Row: a.row.Load()}, nil
	}
	outcome, row := a.row.Commit(t)
	return activities.CommitResult{Outcome: outcome, Row: row}, nil
}

// life is one run of the Ticket workflow in skipped time, from noon on.
type life struct {
	*tickets
	t                *testing.T
	env              *testsuite.TestWorkflowEnvironment
	ended            time.Time
	timers, canceled int
	fired            func() // called when the workflow's timer goes off
	n                int
}

func newLife(t *testing.T, s ticket.Snapshot) *life {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	l := &life{t: t, env: suite.NewTestWorkflowEnvironment(), tickets: &tickets{row: tickettest.NewRow(s)}}
	l.row.AutoCloseDays, l.row.ReopenDays = 7, 14
	l.env.SetStartTime(noon)
	l.env.RegisterWorkflowWithOptions(workflows.Ticket, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	l.env.RegisterActivity(l.tickets)
	l.env.SetOnTimerScheduledListener(func(string, time.Duration) { l.timers++ })
	l.env.SetOnTimerCanceledListener(func(string) { l.canceled++ })
	l.env.SetOnTimerFiredListener(func(string) {
		if l.fired != nil {
			l.fired()
		}
	})
	return l
}

// run lives it to the end and answers the workflow's error. A life without an
// end is cut off by the test environment after ten years, with a timeout.
func (l *life) run(known ...ticket.Snapshot) error {
	l.t.Helper()
	input := workflows.TicketInput{Vendor: "v", Ticket: "t"}
	if len(known) > 0 {
		input.Row = &known[0]
	}
	l.env.ExecuteWorkflow(workflows.TicketWorkflow, input)
	l.ended = l.env.Now()
	if !l.env.IsWorkflowCompleted() {
		l.t.Fatal("the workflow has not ended")
	}
	return l.env.GetWorkflowError()
}

// whole is run for a life that must end well, that long after noon.
func (l *life) whole(after time.Duration) {
	l.t.Helper()
	if err := l.run(); err != nil {
		l.t.Fatalf("workflow: %v", err)
	}
	if want := noon.Add(after); !l.ended.Equal(want) {
		l.t.Errorf("ended at %v, want %v", l.ended, want)
	}
}

// answer is what came of an Update.
type answer struct {
	accepted bool
	done     bool
	rejected error // by the validator
	err      error // by the handler
	version  int64
}

// give sends a command that long after noon. A key is given to it unless it
// has one; the Update's id is the key.
func (l *life) give(after time.Duration, c ticket.Command) *answer {
	l.n++
	if c.Key == "" {
		c.Key = fmt.Sprintf("k%d", l.n)
	}
	return l.giveAs(after, c.Key, c)
}

func (l *life) giveAs(after time.Duration, id string, c ticket.Command) *answer {
	a := &answer{}
	l.at(after, func() { l.env.UpdateWorkflow(string(c.Action), id, a.hear(), c) })
	return a
}

func (a *answer) hear() *testsuite.TestUpdateCallback {
	return &testsuite.TestUpdateCallback{
		OnAccept: func() { a.accepted = true },
		OnReject: func(err error) { a.rejected = err },
		OnComplete: func(result any, err error) {
			a.done, a.err = true, err
			a.version, _ = result.(int64)
		},
	}
}

// at does something that long after noon.
func (l *life) at(after time.Duration, do func()) { l.env.RegisterDelayedCallback(do, after) }

// knows asks the workflow what it knows.
func (l *life) knows() (s ticket.Snapshot) {
	l.t.Helper()
	value, err := l.env.QueryWorkflow(workflows.StateQuery)
	if err == nil {
		err = value.Get(&s)
	}
	if err != nil {
		l.t.Errorf("query: %v", err)
	}
	return s
}

func (l *life) wantMade(want ...ticket.Action) {
	l.t.Helper()
	if got := l.row.Made(); fmt.Sprint(got) != fmt.Sprint(want) {
		l.t.Errorf("made %v, want %v", got, want)
	}
}

// wantApplied wants an Update accepted and applied, leading to that version.
func (l *life) wantApplied(a *answer, version int64) {
	l.t.Helper()
	if !a.accepted || !a.done || a.err != nil || a.rejected != nil || a.version != version {
		l.t.Errorf("update %+v, want version %d", *a, version)
	}
}

// wantRejected wants an Update refused before anything is written.
func (l *life) wantRejected(a *answer, code problem.Code) activities.Refusal {
	l.t.Helper()
	if a.accepted || a.done || codeOf(a.rejected) != code {
		l.t.Errorf("update %+v, want it rejected as %s", *a, code)
	}
	return refusalOf(l.t, a.rejected)
}

// wantRefused wants an Update accepted, and refused when it was decided again.
func (l *life) wantRefused(a *answer, code problem.Code) {
	l.t.Helper()
	if !a.accepted || !a.done || codeOf(a.err) != code {
		l.t.Errorf("update %+v, want it accepted and refused as %s", *a, code)
	}
}

func codeOf(err error) problem.Code {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return problem.Code(app.Type())
	}
	return ""
}

func refusalOf(t *testing.T, err error) (r activities.Refusal) {
	t.Helper()
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Details(&r) != nil {
		t.Errorf("%v carries no refusal", err)
	}
	return r
}

// The commands of these tests.
func triage() ticket.Command {
	return ticket.Command{Action: ticket.ActTriage, Actor: assignee, Triage: &ticket.Triage{Level: 1, Assignee: assignee.ID}}
}

func by(actor ticket.Actor, action ticket.Action) ticket.Command {
	return ticket.Command{Action: action, Actor: actor}
}
