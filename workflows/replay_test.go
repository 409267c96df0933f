package workflows_test

import (
	"compress/gzip"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/reconciler"
	ours "github.com/casepath/casepath/worker"
	"github.com/casepath/casepath/workflows"
)

// Histories of every release are kept in testdata/replay/<release>; today's
// code must still make the same of them, since workflows of an old release
// live on. See TestLives for how they are recorded.
func TestReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/replay/*/*.json.gz")
	if err != nil || len(files) < len(lives) {
		t.Fatalf("%d recorded histories (%v), want at least %d", len(files), err, len(lives))
	}
	names := map[string]bool{}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			history := recorded(t, file)
			names[history.GetEvents()[0].GetWorkflowExecutionStartedEventAttributes().GetWorkflowType().GetName()] = true
			replay(t, history)
		})
	}
	for name := range all {
		if !names[name] {
			t.Errorf("no history of %s is kept", name)
		}
	}
	ours.Register(known{t: t}, nil, nil, &reconciler.Reconciler{})
}

// A replay notices a workflow that would do something else: a history without
// its last timer is not ours.
func TestReplayNotices(t *testing.T) {
	history := recorded(t, "testdata/replay/v0/auto_closed.json.gz")
	events := history.GetEvents()
	for i, e := range events {
		if started := e.GetTimerStartedEventAttributes(); started != nil {
			started.TimerId = "999"
			events[i] = e
		}
	}
	if err := replayer().ReplayWorkflowHistory(quiet(), history); err == nil {
		t.Error("a history with other timers was replayed without a word")
	}
}

func replay(t *testing.T, history *historypb.History) {
	t.Helper()
	if err := replayer().ReplayWorkflowHistory(quiet(), history); err != nil {
		t.Errorf("replay: %v", err)
	}
}

// all are the workflows there are, by their names in histories.
var all = map[string]any{
	workflows.TicketWorkflow: workflows.Ticket, workflows.RequestWorkflow: workflows.Request, workflows.ServiceRequestWorkflow: workflows.ServiceRequest, workflows.EnhancementWorkflow: workflows.Enhancement,
	workflows.QAReviewWorkflow: workflows.QAReview, workflows.DevTicketWorkflow: workflows.DevTicket, workflows.DevNewsWorkflow: workflows.DevNews,
	workflows.CollaborationWorkflow: workflows.Collaboration, workflows.EscalationWorkflow: workflows.Escalation,
	workflows.ReconcileWorkflow: workflows.Reconcile, workflows.StatementWorkflow: workflows.Statement,
}

func replayer() worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	for name, w := range all {
		r.RegisterWorkflowWithOptions(w, workflow.RegisterOptions{Name: name})
	}
	return r
}

// known is a registry that wants to know every workflow.
type known struct {
	worker.Registry
	t *testing.T
}

func (k known) RegisterWorkflowWithOptions(_ any, o workflow.RegisterOptions) {
	if all[o.Name] == nil {
		k.t.Errorf("%s is worked on, and no history of it replayed", o.Name)
	}
}

func (known) RegisterActivity(any) {}

func quiet() log.Logger {
	return log.NewStructuredLogger(slog.New(slog.DiscardHandler))
}

func recorded(t *testing.T, path string) *historypb.History {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	content, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	history, err := client.HistoryFromJSON(content, client.HistoryJSONOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return history
}
