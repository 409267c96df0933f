package main

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/casepath/casepath/store"
)

// meters are what Prometheus reads.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

// newMeters makes the meters. outbox is the database as the relay, which alone
// sees every vendor's effects; nil: the outbox is not shown.
func newMeters(outbox *store.Store) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "casepath_request_seconds", Help: "Time to answer a request, by operation and status.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"operation", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if outbox != nil {
		m.registry.MustRegister(backlog{store: outbox})
	}
	return m
}

func (m *meters) observe(operation string, status int, took time.Duration) {
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Observe(took.Seconds())
}

// handler serves the meters to this machine, or to whoever brings the token;
// without either there is nothing to see.
func (m *meters) handler(c config) http.Handler {
	if c.MetricsToken == "" && !c.loopback() {
		return nil
	}
	serve := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	if c.MetricsToken == "" {
		return serve
	}
	want := []byte("Bearer " + c.MetricsToken)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.NotFound(w, r)
			return
		}
		serve.ServeHTTP(w, r)
	})
}

// backlog counts the outbox when it is read.
type backlog struct{ store *store.Store }

var (
	outboxWaiting = prometheus.NewDesc("casepath_outbox_waiting", "Effects not delivered yet.", nil, nil)
	outboxDead    = prometheus.NewDesc("casepath_outbox_dead", "Effects given up, for staff to look at.", nil, nil)
	outboxOldest  = prometheus.NewDesc("casepath_outbox_oldest_seconds", "Age of the oldest effect not delivered yet.", nil, nil)
	mailHeld      = prometheus.NewDesc("casepath_mail_held", "1 while mail is held after a restore, else 0.", nil, nil)
)

// Describe lists the gauges.
func (backlog) Describe(ch chan<- *prometheus.Desc) {
	ch <- outboxWaiting
	ch <- outboxDead
	ch <- outboxOldest
	ch <- mailHeld
}

// Collect reads the gauges. A database that does not answer leaves them out:
// unknown is not zero.
func (b backlog) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	now, err := b.store.Backlog(ctx)
	if err != nil {
		slog.WarnContext(ctx, "metrics can't read the outbox", "error", err)
		return
	}
	ch <- prometheus.MustNewConstMetric(outboxWaiting, prometheus.GaugeValue, float64(now.Waiting))
	ch <- prometheus.MustNewConstMetric(outboxDead, prometheus.GaugeValue, float64(now.Dead))
	ch <- prometheus.MustNewConstMetric(outboxOldest, prometheus.GaugeValue, now.Oldest.Seconds())
	held := 0.0
	if now.Held {
		held = 1
	}
	ch <- prometheus.MustNewConstMetric(mailHeld, prometheus.GaugeValue, held)
}
