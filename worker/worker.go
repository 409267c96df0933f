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

// Desk does what comes by itself: package desk's.
type Desk interface {
	activities.Registrar
	activities.StatementDecider
	StatementSchedules(ctx context.Context) ([]workflows.StatementSchedule, error)
}

// Register tells a Temporal worker every workflow and activity there is. Without a reconciler (nil) rows and
// workflows are not compared here.
func Register(r worker.Registry, s *store.Store, desk Desk, reconcile *reconciler.Reconciler) {
	r.RegisterWorkflowWithOptions(workflows.Request, workflow.RegisterOptions{Name: workflows.RequestWorkflow})
	r.RegisterActivity(&activities.Requests{Registrar: desk})
	r.RegisterWorkflowWithOptions(workflows.Ticket, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	r.RegisterActivity(&activities.Tickets{Store: s})
	r.RegisterWorkflowWithOptions(workflows.ServiceRequest, workflow.RegisterOptions{Name: workflows.ServiceRequestWorkflow})
	r.RegisterWorkflowWithOptions(workflows.Enhancement, workflow.RegisterOptions{Name: workflows.EnhancementWorkflow})
	r.RegisterActivity(&activities.ServiceRequests{Store: s})
	r.RegisterWorkflowWithOptions(workflows.QAReview, workflow.RegisterOptions{Name: workflows.QAReviewWorkflow})
	r.RegisterActivity(&activities.QAReviews{Store: s})
	r.RegisterWorkflowWithOptions(workflows.DevTicket, workflow.RegisterOptions{Name: workflows.DevTicketWorkflow})
	r.RegisterWorkflowWithOptions(workflows.DevNews, workflow.RegisterOptions{Name: workflows.DevNewsWorkflow})
	r.RegisterActivity(&activities.DevTickets{Store: s})
	r.RegisterWorkflowWithOptions(workflows.Collaboration, workflow.RegisterOptions{Name: workflows.CollaborationWorkflow})
	r.RegisterActivity(&activities.Collaborations{Store: s})
	r.RegisterWorkflowWithOptions(workflows.Escalation, workflow.RegisterOptions{Name: workflows.EscalationWorkflow})
	r.RegisterActivity(&activities.Escalations{Store: s})
	r.RegisterWorkflowWithOptions(workflows.Statement, workflow.RegisterOptions{Name: workflows.StatementWorkflow})
	r.RegisterActivity(&activities.Statements{Decider: desk})
	if reconcile != nil {
		r.RegisterWorkflowWithOptions(workflows.Reconcile, workflow.RegisterOptions{Name: workflows.ReconcileWorkflow})
		for _, a := range []any{reconcile.Begin, reconcile.Compare, reconcile.Finish} {
			r.RegisterActivity(a)
		}
	}
}

// Run works until ctx ends, then finishes what it has begun. An engine that
// is not there yet, or goes away, is waited for, however long. With a
// reconciler the Schedules are kept: of the comparison of rows and workflows each
// night, and of the weekly statements; nil: they are not.
func Run(ctx context.Context, c *workflows.Client, s *store.Store, desk Desk, reconcile *reconciler.Reconciler) error {
	if reconcile != nil {
		var wg sync.WaitGroup
		defer wg.Wait()
		wg.Go(func() { keep(ctx, "the nightly schedule", 0, c.KeepReconcileSchedule) })
		wg.Go(func() {
			keep(ctx, "the schedules of statements", statementsEvery, func(ctx context.Context) error { return KeepStatements(ctx, c, desk) })
		})
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

// statementsEvery is how often the Schedules of statements are looked after: a
// pack is published, or an organization moves to another zone.
const statementsEvery = 3 * time.Minute

// KeepStatements makes the Schedules of statements what they are to be now.
func KeepStatements(ctx context.Context, c *workflows.Client, desk Desk) error {
	wanted, err := desk.StatementSchedules(ctx)
	if err != nil {
		return err
	}
	return c.KeepStatementSchedules(ctx, wanted)
}

// keep does something as soon as the engine lets it, and again each time so much
// has passed; 0: once.
func keep(ctx context.Context, what string, every time.Duration, do func(context.Context) error) {
	for {
		err := do(ctx)
		if ctx.Err() != nil || err == nil && every == 0 {
			return
		}
		wait := every
		if err != nil {
			slog.WarnContext(ctx, what+" can't be kept yet", "error", err)
			wait = 30 * time.Second
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// work is one worker's life: until ctx ends, or the engine refuses it for
// good. A worker that could not start can't be started again, so each try is
// a worker of its own.
func work(ctx context.Context, c *workflows.Client, s *store.Store, desk Desk, reconcile *reconciler.Reconciler) error {
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
