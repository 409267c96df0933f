// Package worker runs the workflows and the relay of one process.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

// Register tells a Temporal worker every workflow and activity there is. desk
// does what comes to requests by itself. Without a reconciler (nil) rows and
// workflows are not compared here.
func Register(r worker.Registry, s *store.Store, desk activities.Registrar, reconcile *reconciler.Reconciler) {
	r.RegisterWorkflowWithOptions(workflows.Request, workflow.RegisterOptions{Name: workflows.RequestWorkflow})
	r.RegisterActivity(&activities.Requests{Registrar: desk})
	r.RegisterWorkflowWithOptions(workflows.Ticket, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	r.RegisterActivity(&activities.Tickets{Store: s})
	r.RegisterWorkflowWithOptions(workflows.ServiceRequest, workflow.RegisterOptions{Name: workflows.ServiceRequestWorkflow})
	r.RegisterActivity(&activities.ServiceRequests{Store: s})
	if reconcile != nil {
		r.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.ReconcileWorkflow})
		for _, a := range []any{reconcile.Begin, reconcile.Compare, reconcile.Finish} {
			r.RegisterActivity(a)
		}
	}
}

// Run works until ctx ends, then finishes what it has begun. An engine that
// is not there yet, or goes away, is waited for, however long. With a
// reconciler rows and workflows are compared each night; nil: they are not.
func Run(ctx context.Context, c *workflows.Client, s *store.Store, desk activities.Registrar, reconcile *reconciler.Reconciler) error {
	if reconcile != nil {
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() { keepSchedule(ctx, c) })
	}
	for {
		err := work(ctx, c, s, desk, reconcile)
		if ctx.Err() != nil {
			return nil
		}
		slog.WarnContext(ctx, "worker waits for the engine", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

// keepSchedule makes the nightly Schedule, as soon as the engine lets it.
func keepSchedule(ctx context.Context, c *workflows.Client) {
	for {
		err := c.KeepReconcileSchedule(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		slog.WarnContext(ctx, "the nightly schedule can't be kept yet", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(30 * time.Second):
		}
	}
}

// work is one worker's life: until ctx ends, or the engine refuses it for
// good. A worker that could not start can't be started again, so each try is
// a worker of its own.
func work(ctx context.Context, c *workflows.Client, s *store.Store, desk activities.Registrar, reconcile *reconciler.Reconciler) error {
	fatal := make(chan error, 1)
	w := worker.New(c.Engine(), workflows.TaskQueue, worker.Options{
		WorkerStopTimeout:                       5 * time.Second,
		MaxConcurrentWorkflowTaskPollers:        4,
		MaxConcurrentLocalActivityExecutionSize: 32,
		DisableRegistrationAliasing:             true,
		OnFatalError:                            func(err error) { fatal <- err },
	})
	Register(w, s, desk, reconcile)
	if err := w.Start(); err != nil {
		return fmt.Errorf("start worker: %w", err)
	}
	slog.InfoContext(ctx, "worker runs", "queue", workflows.TaskQueue)
	select {
	case <-ctx.Done():
		w.Stop()
		return nil
	case err := <-fatal: // it has stopped itself
		return fmt.Errorf("worker ended: %w", err)
	}
}
