package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/casepath/casepath/api"
	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/web"
	"github.com/casepath/casepath/webhook"
	"github.com/casepath/casepath/worker"
)

type apiCommand struct{}

// Run serves the API until the context ends.
func (apiCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database}); err != nil {
		return err
	}
	return withProcess(ctx, c, 2, func(p process) error { return p.serveAPI(ctx) })
}

type workerCommand struct{}

// Run works until the context ends.
func (workerCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_DATABASE_URL": c.Database, "CASEPATH_RELAY_DATABASE_URL": c.RelayDatabase}); err != nil {
		return err
	}
	return withProcess(ctx, c, relayConnections, func(p process) error { return p.serveWorker(ctx) })
}

// relayConnections is what a relay and the reading of every vendor's rows take
// at most.
const relayConnections = 16

// serveAPI serves the API until the context ends.
func (p process) serveAPI(ctx context.Context) error {
	proxies, err := p.proxies()
	if err != nil {
		return err
	}
	d := p.desk()
	handler, err := api.New(api.Config{
		Desk:    d,
		Checks:  map[string]func(context.Context) error{"database": p.store.Ping, "engine": p.engine.Check, "mail": p.sender().Check},
		Metrics: p.meters.handler(p.Listen, p.MetricsToken),
		Observe: p.meters.observe,
		Proxies: proxies,
	})
	if err != nil {
		return err
	}
	if err := web.Mount(handler, web.Config{Desk: d, PublicURL: p.publicURL}); err != nil {
		return err
	}
	return listenAndServe(ctx, "api", "CASEPATH_LISTEN", p.Listen, handler)
}

// serveWorker runs workflows, relay and what watches them until the context
// ends, or the worker can't be watched.
func (p process) serveWorker(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var watch error
	var wg sync.WaitGroup
	wg.Go(func() {
		watch = listenAndServe(ctx, "worker", "CASEPATH_WORKER_LISTEN", p.WorkerListen, p.watch())
		cancel()
	})
	wg.Go(func() {
		r := relay.New(p.relay, p.RelayDatabase, p.engine, p.sender(), relay.Options{
			Attach: invoicing.Attach(p.store), Webhook: p.courier().Deliver, WebhookWait: webhook.Wait, WebhookTries: webhook.Tries(),
		})
		if err := r.Run(ctx); err != nil {
			slog.ErrorContext(ctx, "relay ended", "error", err)
		}
	})
	err := worker.Run(ctx, p.engine, p.store, p.desk(), p.reconciler())
	cancel()
	wg.Wait()
	return errors.Join(watch, err)
}

func (p process) courier() webhook.Courier {
	seal, _ := p.sealer() // checked when the environment was read
	return webhook.Courier{Store: p.store, Seal: seal, Client: webhook.Rules(p.PrivateWebhooks).Client(), Now: func() time.Time { return time.Now().UTC() }}
}

func (p process) reconciler() *reconciler.Reconciler {
	return &reconciler.Reconciler{Rows: p.relay, Store: p.store, Engine: p.engine}
}

// watch serves /healthz (the process lives) and /metrics of a worker.
func (p process) watch() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"ok"}`))
	})
	if metrics := p.meters.handler(p.WorkerListen, p.MetricsToken); metrics != nil {
		mux.Handle("GET /metrics", metrics)
	}
	return mux
}
