package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"github.com/casepath/casepath/api"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/web"
	"github.com/casepath/casepath/worker"
	"github.com/casepath/casepath/workflows"
)

type apiCommand struct{}

// Run serves the API until the context ends.
func (apiCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database}); err != nil {
		return err
	}
	return withEngine(ctx, c, func(s *store.Store, engine *workflows.Client) error { return serveAPI(ctx, c, s, engine) })
}

type workerCommand struct{}

// Run works until the context ends.
func (workerCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database, "CASEPATH_RELAY_DATABASE_URL": c.RelayDatabase}); err != nil {
		return err
	}
	return withEngine(ctx, c, func(s *store.Store, engine *workflows.Client) error { return serveWorker(ctx, c, s, engine) })
}

// withEngine opens the database, and an engine that is reached when it is
// first needed, for the life of a process.
func withEngine(ctx context.Context, c config, do func(*store.Store, *workflows.Client) error) error {
	s, err := store.Open(ctx, c.Database, c.Connections)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	s.PublicURL = c.publicURL()
	engine, err := dial(c)
	if err != nil {
		return err
	}
	defer engine.Close()
	return do(s, engine)
}

func dial(c config) (*workflows.Client, error) {
	return workflows.Dial(c.Temporal, c.TemporalNamespace, client.Options{
		Logger: temporallog.NewStructuredLogger(slog.Default().With("part", "temporal sdk")),
	})
}

// newDesk is the desk of a process.
func newDesk(c config, s *store.Store, engine *workflows.Client) *desk.Desk {
	d := desk.New(s, engine, filestore.Directory{Root: c.Files})
	d.Seal, _ = c.sealer() // checked when the environment was read
	return d
}

// serveAPI listens, serves, and at the end lets what was begun finish.
func serveAPI(ctx context.Context, c config, s *store.Store, engine *workflows.Client) error {
	sender := c.sender()
	outbox, err := openOutbox(ctx, c)
	if err != nil {
		return err
	}
	if outbox != nil {
		defer func() { _ = outbox.Close() }()
	}
	meters := newMeters(outbox)
	proxies, err := c.proxies()
	if err != nil {
		return err
	}
	d := newDesk(c, s, engine)
	handler, err := api.New(api.Config{
		Desk:    d,
		Checks:  map[string]func(context.Context) error{"database": s.Ping, "engine": engine.Check, "mail": sender.Check},
		Metrics: meters.handler(c),
		Observe: meters.observe,
		Proxies: proxies,
	})
	if err != nil {
		return err
	}
	if err := web.Mount(handler, web.Config{Desk: d, PublicURL: c.publicURL}); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("the API can't listen on %s (is another program there? set CASEPATH_LISTEN): %w", c.Listen, err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	slog.InfoContext(ctx, "api listens", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := server.Shutdown(finish); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("end of the api: %w", err)
	}
	return nil
}

// openOutbox opens the database as the relay for /metrics; nil without its
// address.
func openOutbox(ctx context.Context, c config) (*store.Store, error) {
	if c.RelayDatabase == "" {
		return nil, nil
	}
	return store.Open(ctx, c.RelayDatabase, 2)
}

// serveWorker runs workflows and relay until the context ends.
func serveWorker(ctx context.Context, c config, s *store.Store, engine *workflows.Client) error {
	outbox, err := store.Open(ctx, c.RelayDatabase, 16)
	if err != nil {
		return err
	}
	defer func() { _ = outbox.Close() }()
	r := relay.New(outbox, c.RelayDatabase, engine, c.sender(), relay.Options{})
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.Run(ctx); err != nil {
			slog.ErrorContext(ctx, "relay ended", "error", err)
		}
	})
	err = worker.Run(ctx, engine, s)
	wg.Wait()
	return err
}
