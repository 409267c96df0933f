package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

type healthcheckCommand struct {
	What string `arg:"" optional:"" default:"api" enum:"api,worker" help:"api or worker."`
}

// Run succeeds when the API of this machine takes requests, or when the worker
// of this machine, by its host name, works and reaches the outbox.
func (h healthcheckCommand) Run(ctx context.Context, c config) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	if h.What == "worker" {
		return workerHealth(ctx, c)
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	// Like a load balancer: intake goes on while the engine is away.
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz?only=database", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("the API does not answer: %w", err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the API answers %s", answer.Status)
	}
	return nil
}

// pollsWithin is how long a worker may be silent: it asks once a minute.
const pollsWithin = 90 * time.Second

func workerHealth(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_RELAY_DATABASE_URL": c.RelayDatabase}); err != nil {
		return err
	}
	s, err := store.Open(ctx, c.RelayDatabase, 1)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	engine, err := workflows.Dial(c.Temporal, c.TemporalNamespace, client.Options{Logger: temporallog.NewStructuredLogger(slog.Default())})
	if err != nil {
		return err
	}
	defer engine.Close()
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	works, err := engine.Polled(ctx, host, pollsWithin)
	if err == nil && !works {
		err = fmt.Errorf("no worker on %s has asked for work in the last %v", host, pollsWithin)
	}
	return err
}
