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
	for _, file := range files {
		t.Run(file, func(t *testing.T) { replay(t, recorded(t, file)) })
	}
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

func replayer() worker.WorkflowReplayer {
	r := worker.NewWorkflowReplayer()
	r.RegisterWorkflowWithOptions(workflows.Ticket, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	r.RegisterWorkflowWithOptions(workflows.Request, workflow.RegisterOptions{Name: workflows.RequestWorkflow})
	r.RegisterWorkflowWithOptions(workflows.ServiceRequest, workflow.RegisterOptions{Name: workflows.ServiceRequestWorkflow})
	r.RegisterWorkflowWithOptions(workflows.Enhancement, workflow.RegisterOptions{Name: workflows.EnhancementWorkflow})
	r.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.ReconcileWorkflow})
	r.RegisterWorkflowWithOptions(workflows.Statement, workflow.RegisterOptions{Name: workflows.StatementWorkflow})
	return r
}

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
