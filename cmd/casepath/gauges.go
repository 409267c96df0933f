package main

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/store"
)

// gauges read the database, and ask the engine which workflows fail, when they are
// read.
type gauges struct {
	store   *store.Store
	failing func(ctx context.Context, limit int) (ids []string, err error)
}

func gauge(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	outboxWaiting = gauge("casepath_outbox_waiting", "Effects not delivered yet.", "lane")
	outboxDead    = gauge("casepath_outbox_dead", "Effects given up, for staff to look at.", "lane")
	outboxOldest  = gauge("casepath_outbox_oldest_seconds", "Age of the oldest effect not delivered yet.", "lane")
	mailHeld      = gauge("casepath_mail_held", "1 while mail is held after a restore, else 0.")
	unconfirmed   = gauge("casepath_transitions_unconfirmed", "Rows whose workflow may not know their newest transition, for over a minute.", "of")
	overdue       = gauge("casepath_overdue", "Rows to which something was to come by itself over a minute ago, and has not.", "of")
	failing       = gauge("casepath_workflows_failing", "Workflows whose task keeps failing, as far as a thousand.", "of")
	differences   = gauge("casepath_differences", "In what rows and workflows differed when they were last compared.", "kind")
	compared      = gauge("casepath_reconciled_timestamp_seconds", "When the last comparison of rows and workflows was finished.")
	compareTime   = gauge("casepath_reconcile_seconds", "How long it took.")
	compareAll    = gauge("casepath_reconcile_complete", "1 if every workflow that had to be asked has answered it.")
	backedUp      = gauge("casepath_backup_timestamp_seconds", "When the last backup was finished.")
)

// Describe lists the gauges.
func (gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		outboxWaiting, outboxDead, outboxOldest, mailHeld, unconfirmed, overdue, failing, differences, compared, compareTime, compareAll, backedUp,
	} {
		ch <- d
	}
}

// Collect reads the gauges. A database, or an engine, that does not answer leaves
// out what it alone knows: unknown is not zero.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	set := func(d *prometheus.Desc, value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, read := range []func(context.Context, func(*prometheus.Desc, float64, ...string)) error{g.outbox, g.lag, g.overdue, g.reconciliation, g.backup, g.failures} {
		if err := read(ctx, set); err != nil {
			slog.WarnContext(ctx, "metrics can't be read", "error", err)
		}
	}
}

func (g gauges) outbox(ctx context.Context, set func(*prometheus.Desc, float64, ...string)) error {
	for lane, kinds := range relay.Lanes {
		now, err := g.store.Backlog(ctx, kinds...)
		if err != nil {
			return err
		}
		set(outboxWaiting, float64(now.Waiting), lane)
		set(outboxDead, float64(now.Dead), lane)
		set(outboxOldest, now.Oldest.Seconds(), lane)
		if lane == "mail" {
			set(mailHeld, oneIf(now.Held))
		}
	}
	return nil
}

func oneIf(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

func (g gauges) lag(ctx context.Context, set func(*prometheus.Desc, float64, ...string)) error {
	counts, err := g.store.CountUnconfirmed(ctx, desk.LagMax)
	if err == nil {
		byKind(unconfirmed, counts, set)
	}
	return err
}

func (g gauges) overdue(ctx context.Context, set func(*prometheus.Desc, float64, ...string)) error {
	now := time.Now().UTC()
	counts, err := g.store.CountOverdue(ctx, now, now.Add(-desk.LagMax))
	if err == nil {
		byKind(overdue, counts, set)
	}
	return err
}

// failures counts workflows of no row too, such as that of the reconciler, as
// "other".
func (g gauges) failures(ctx context.Context, set func(*prometheus.Desc, float64, ...string)) error {
	ids, err := g.failing(ctx, 1000)
	if err != nil {
		return err
	}
	counts, other := map[string]int{}, 0
	for _, id := range ids {
		if kind, _, _ := strings.Cut(id, "/"); slices.Contains(reconciler.Works, kind) {
			counts[kind]++
		} else {
			other++
		}
	}
	byKind(failing, counts, set)
	set(failing, float64(other), "other")
	return nil
}

// byKind sets a gauge for each kind of row that has a workflow, zero too.
func byKind(d *prometheus.Desc, counts map[string]int, set func(*prometheus.Desc, float64, ...string)) {
	for _, kind := range reconciler.Works {
		set(d, float64(counts[kind]), kind)
	}
}

func (g gauges) reconciliation(ctx context.Context, set func(*prometheus.Desc, float64, ...string)) error {
	last, err := g.store.LastReconciliation(ctx)
	if err != nil || last == nil {
		return err
	}
	for _, kind := range reconciler.Kinds {
		set(differences, float64(last.Found[kind]), kind)
	}
	set(compared, float64(last.FinishedAt.Unix()))
	set(compareTime, last.FinishedAt.Sub(last.StartedAt).Seconds())
	set(compareAll, oneIf(last.Complete))
	return nil
}

func (g gauges) backup(ctx context.Context, set func(*prometheus.Desc, float64, ...string)) error {
	at, err := g.store.LastBackup(ctx)
	if err == nil && at != nil {
		set(backedUp, float64(at.Unix()))
	}
	return err
}
