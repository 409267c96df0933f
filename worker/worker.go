// Package worker runs the workflows and the relay of one process.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

// Register tells a Temporal worker every workflow and activity there is.
func Register(r worker.Registry, s *store.Store) {
	r.RegisterWorkflowWithOptions(workflows.Ticket, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	r.RegisterActivity(&activities.Tickets{Store: s})
}

// Run works until ctx ends, then finishes what it has begun. An engine that
// is not there yet, or goes away, is waited for.
func Run(ctx context.Context, c *workflows.Client, s *store.Store) error {
	w := worker.New(c.Engine(), workflows.TaskQueue, worker.Options{
		WorkerStopTimeout:                       5 * time.Second,
		MaxConcurrentWorkflowTaskPollers:        4,
		MaxConcurrentLocalActivityExecutionSize: 32,
		DisableRegistrationAliasing:             true,
	})
	Register(w, s)
	for {
		err := w.Start()
		if err == nil {
			break
		}
		slog.WarnContext(ctx, "worker waits for the engine", "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("engine never came: %w", err)
		case <-time.After(time.Second):
		}
	}
	slog.InfoContext(ctx, "worker runs", "queue", workflows.TaskQueue)
	<-ctx.Done()
	w.Stop()
	return nil
}
