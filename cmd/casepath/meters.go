package main

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

// meters are what Prometheus reads. docs/operations.md has a line for each; a
// test compares.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	tickets  *prometheus.CounterVec
	engine   client.MetricsHandler // of the Temporal SDK
}

var buckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// newMeters makes the meters. relay is the database as the relay, which alone
// sees every vendor's rows; nil: they are not shown.
func newMeters(app, relay *store.Store) (*meters, error) {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "casepath_request_seconds", Help: "Time to answer a request, by operation and status.", Buckets: buckets,
		}, []string{"operation", "status"}),
		tickets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "casepath_tickets_registered_total", Help: "Tickets registered by this process, by vendor.",
		}, []string{"vendor"}),
	}
	m.registry.MustRegister(m.requests, m.tickets, app.Collector("app"),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if relay != nil {
		m.registry.MustRegister(relay.Collector("relay"))
	}
	return m, m.meterEngine()
}

// watch meters what is stuck, as database and engine say; nothing without the
// database as the relay.
func (m *meters) watch(relay *store.Store, engine *workflows.Client) {
	if relay != nil {
		m.registry.MustRegister(gauges{store: relay, failing: engine.Failing})
	}
}

// meterEngine has the Temporal SDK's own meters among ours.
func (m *meters) meterEngine() error {
	reader, err := otelprometheus.New(otelprometheus.WithRegisterer(m.registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return fmt.Errorf("metrics of the Temporal SDK: %w", err)
	}
	seconds := metric.NewView(metric.Instrument{Kind: metric.InstrumentKindHistogram},
		metric.Stream{Aggregation: metric.AggregationExplicitBucketHistogram{Boundaries: buckets}})
	provider := metric.NewMeterProvider(metric.WithReader(reader), metric.WithView(seconds))
	m.engine = opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: provider.Meter("temporal"), UseMonotonicCounters: true,
		OnError: func(err error) { slog.Warn("a metric of the Temporal SDK is lost", "error", err) },
	})
	return nil
}

func (m *meters) observe(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *meters) registered(vendor string) { m.tickets.WithLabelValues(vendor).Inc() }

// handler serves the meters at an address only this machine reaches, or to
// whoever brings the token; without either there is nothing to see.
func (m *meters) handler(listen, token string) http.Handler {
	if token == "" && !loopback(listen) {
		return nil
	}
	serve := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	if token == "" {
		return serve
	}
	want := []byte("Bearer " + token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.NotFound(w, r)
			return
		}
		serve.ServeHTTP(w, r)
	})
}
