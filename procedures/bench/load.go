package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// bench collects what is measured.
type bench struct {
	*house
	plan
	results []result
	wires   []wire
	spans   []span
	soaked  soak
	said    time.Time // when progress was last told
}

// result is one line of the tables.
type result struct {
	name      string
	n         int
	clients   int
	took      time.Duration // until the last was answered
	latencies []time.Duration
	answered  usage         // until the last was answered
	settled   time.Duration // after that, until everything it caused was delivered
	whole     usage         // until then
	yardstick time.Duration // a fixed piece of work then took so long
}

// work is n times the same thing by so many clients.
type work struct {
	name       string
	n, clients int
	settle     func(context.Context) error // returns when all that was caused has happened; nil: nothing is
	do         func(ctx context.Context, i int) error
}

// measure does the work and keeps the result. The first failure ends it: what
// fails is not measured.
func (b *bench) measure(ctx context.Context, w work) (result, error) {
	fmt.Fprintf(os.Stderr, "%s …\n", w.name)
	r := result{name: w.name, n: w.n, clients: w.clients, yardstick: yardstick()}
	before, err := b.usage(ctx)
	if err != nil {
		return r, err
	}
	began := time.Now()
	if r.latencies, err = each(ctx, w); err != nil {
		return r, fmt.Errorf("%s: %w", w.name, err)
	}
	r.took = time.Since(began)
	after, err := b.usage(ctx)
	if err != nil {
		return r, err
	}
	r.answered, r.whole = after.minus(before), after.minus(before)
	if w.settle != nil {
		if err := w.settle(ctx); err != nil {
			return r, fmt.Errorf("%s: %w", w.name, err)
		}
		r.settled = time.Since(began) - r.took
		if after, err = b.usage(ctx); err != nil {
			return r, err
		}
		r.whole = after.minus(before)
	}
	r.yardstick = (r.yardstick + yardstick()) / 2
	b.results = append(b.results, r)
	return r, nil
}

// each does the work and answers how long each took, shortest first.
func each(ctx context.Context, w work) ([]time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([]time.Duration, w.n)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range w.clients {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < w.n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				began := time.Now()
				if err := w.do(ctx, i); err != nil {
					cancel(err)
					return
				}
				latencies[i] = time.Since(began)
			}
		})
	}
	wg.Wait()
	slices.Sort(latencies)
	return latencies, context.Cause(ctx)
}

// say tells how far something has come, every half minute.
func (b *bench) say(format string, a ...any) {
	if time.Since(b.said) > 30*time.Second {
		b.said = time.Now()
		fmt.Fprintf(os.Stderr, format+" …\n", a...)
	}
}

// delivered returns when the outbox is empty: workflows started, mails sent.
func (b *bench) delivered(ctx context.Context) error {
	return until(ctx, 20*time.Millisecond, "the outbox is empty", func() (bool, error) {
		var waiting int
		err := b.admin.GetContext(ctx, &waiting, `select count(*) from (select from outbox where state in ('pending', 'sending') limit 1) w`)
		return waiting == 0, err
	})
}

func until(ctx context.Context, look time.Duration, what string, done func() (bool, error)) error {
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, context.Cause(ctx))
		case <-tick.C:
		}
	}
}
