package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Names of the floors, which other lines are compared with.
const (
	floorInsert = "bare one-row INSERT, committed"
	floorStart  = "bare workflow start"
	floorUpdate = "bare Update with a local activity"
	floorHTTP   = "bare HTTP answer (/healthz)"
	lineIdle    = "nothing, for one second"
)

const floorQueue = "floor"

// updatesOfLife is how many Updates a level 1 life takes.
const updatesOfLife = 3

// floors measures the parts without us. The client and worker of the bare
// workflows run in this process, as the relay and our worker share one.
func (b *bench) floors(ctx context.Context) error {
	if err := b.idle(ctx); err != nil {
		return err
	}
	if err := b.floorOfInsert(ctx); err != nil {
		return err
	}
	if _, err := b.measure(ctx, work{name: floorHTTP, n: b.requests, clients: 4, do: func(ctx context.Context, _ int) error {
		_, err := b.ask(ctx, request{method: "GET", path: "/healthz"})
		return err
	}}); err != nil {
		return err
	}
	return b.floorsOfEngine(ctx)
}

// idle measures what is used while nobody asks for anything.
func (b *bench) idle(ctx context.Context) error {
	_, err := b.measure(ctx, work{name: lineIdle, n: 5, clients: 1, do: func(ctx context.Context, _ int) error {
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
		return ctx.Err()
	}})
	return err
}

func (b *bench) floorOfInsert(ctx context.Context) error {
	db, err := sqlx.Open("postgres", b.postgres.AdminURL("casepath")+"&application_name=bench")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(16)
	if _, err := db.ExecContext(ctx, `create schema bench; create table bench.floor (id bigint primary key, text text not null)`); err != nil {
		return err
	}
	insert, err := db.PreparexContext(ctx, `insert into bench.floor (id, text) values ($1, $2)`) //nolint:sqlclosecheck // below
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	_, err = b.measure(ctx, work{name: floorInsert, n: b.inserts, clients: 16, do: func(ctx context.Context, i int) error {
		_, err := insert.ExecContext(ctx, i, "Export stops at 10,000 rows")
		return err
	}})
	return err
}

// bare is the least workflow that does what a ticket's must: one local
// activity at its start, and one in each of its Updates.
type bare struct{ begun, done atomic.Int64 }

func (f *bare) workflow(ctx workflow.Context) error {
	local := func(ctx workflow.Context, do func(context.Context) error) error {
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Second})
		return workflow.ExecuteLocalActivity(ctx, do).Get(ctx, nil)
	}
	left := updatesOfLife
	if err := workflow.SetUpdateHandler(ctx, "act", func(ctx workflow.Context) error {
		left--
		return local(ctx, f.act)
	}); err != nil {
		return err
	}
	if err := local(ctx, f.begin); err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return left < 0 }) // never
}

func (f *bare) begin(context.Context) error { f.begun.Add(1); return nil }
func (f *bare) act(context.Context) error   { f.done.Add(1); return nil }

func (b *bench) floorsOfEngine(ctx context.Context) error {
	c, err := client.Dial(client.Options{
		HostPort: b.engine.Address(), Namespace: namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	f := &bare{}
	w := worker.New(c, floorQueue, worker.Options{MaxConcurrentWorkflowTaskPollers: 4, WorkerStopTimeout: time.Second})
	w.RegisterWorkflowWithOptions(f.workflow, workflow.RegisterOptions{Name: "Bare"})
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	id := func(i int) string { return fmt.Sprintf("floor/%d", i) }
	if _, err := b.measure(ctx, work{name: floorStart, n: b.starts, clients: 8, do: func(ctx context.Context, i int) error {
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: id(i), TaskQueue: floorQueue}, "Bare")
		return err
	}, settle: func(ctx context.Context) error {
		return until(ctx, 20*time.Millisecond, "every workflow has begun", func() (bool, error) { return f.begun.Load() >= int64(b.starts), nil })
	}}); err != nil {
		return err
	}
	_, err = b.measure(ctx, work{name: floorUpdate, n: updatesOfLife * b.starts, clients: 4, do: func(ctx context.Context, i int) error {
		handle, err := c.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
			WorkflowID: id(i % b.starts), UpdateName: "act", WaitForStage: client.WorkflowUpdateStageCompleted,
		})
		if err != nil {
			return err
		}
		return handle.Get(ctx, nil)
	}})
	return err
}
