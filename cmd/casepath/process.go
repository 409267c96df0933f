package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/webhook"
	"github.com/casepath/casepath/workflows"
)

// process is what a process of ours works with.
type process struct {
	config
	store  *store.Store // as the application
	relay  *store.Store // as the relay, which sees every vendor; nil without its address
	engine *workflows.Client
	meters *meters
}

// withProcess opens the databases, and an engine that is reached when it is
// first needed, for the life of a process. relayConnections bounds those as
// the relay.
func withProcess(ctx context.Context, c config, relayConnections int, do func(process) error) error {
	stop, err := telemetry.Start(ctx, c.Traces, "casepath")
	if err != nil {
		return fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	defer func() {
		finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := stop(finish); err != nil {
			slog.WarnContext(ctx, "the last traces did not leave", "error", err)
		}
	}()
	p := process{config: c}
	if p.store, err = store.Open(ctx, c.Database, c.Connections); err != nil {
		return err
	}
	defer func() { _ = p.store.Close() }()
	p.store.PublicURL = c.publicURL()
	if c.RelayDatabase != "" {
		if p.relay, err = store.Open(ctx, c.RelayDatabase, relayConnections); err != nil {
			return err
		}
		defer func() { _ = p.relay.Close() }()
	}
	if p.meters, err = newMeters(p.store, p.relay); err != nil {
		return err
	}
	p.engine, err = workflows.Dial(c.Temporal, c.TemporalNamespace, client.Options{
		Logger:         temporallog.NewStructuredLogger(slog.Default().With("part", "temporal sdk")),
		MetricsHandler: p.meters.engine,
	})
	if err != nil {
		return err
	}
	defer p.engine.Close()
	p.meters.watch(p.relay, p.engine)
	return do(p)
}

// desk is the desk of a process.
func (p process) desk() *desk.Desk {
	d := newDesk(p.config, p.store, p.engine)
	d.OnRegistered = p.meters.registered
	return d
}

func newDesk(c config, s *store.Store, engine *workflows.Client) *desk.Desk {
	d := desk.New(s, engine, filestore.Directory{Root: c.Files})
	d.SignOn = identity.NewSignOn(c.PrivateSignOn)
	d.Webhooks = webhook.Rules(c.PrivateWebhooks)
	d.Seal, _ = c.sealer() // checked when the environment was read
	return d
}

// listenAndServe serves until ctx ends, and then lets what was begun finish.
// variable names where to set the address.
func listenAndServe(ctx context.Context, what, variable, address string, handler http.Handler) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("the %s can't listen on %s (is another program there? set %s): %w", what, address, variable, err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	slog.InfoContext(ctx, what+" listens", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), 15*time.Second)
	defer cancel()
	if err := server.Shutdown(finish); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("end of the %s: %w", what, err)
	}
	return nil
}
