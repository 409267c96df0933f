// Command bench measures Casepath on this machine, everything running as it
// does in production: PostgreSQL that syncs to disk, Temporal, `casepath api`
// and `casepath worker` as processes of their own, and a mail catcher. Beside
// each other in one run it takes floors (what the parts cost without us) and
// what people do, and prints times and CPU by process.
//
//	make bench              about four minutes
//	make bench SHORT=1      about one, with figures that are less steady
//	make soak               many tickets: all due at once, and while nothing happens
//
// docs/measurements.md says how to read the tables. Nothing leaves 127.0.0.1.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// plan is how much of everything is done.
type plan struct {
	burst    int // registrations in the burst
	clients  int // that register at once
	requests int // of each kind of reading and commenting
	lives    int // whole lives of a ticket
	inserts  int // bare commits
	starts   int // bare workflows, three updates each
	few      int // tickets in the shorter list
	many     int // tickets in the longer list
	due      int // tickets that miss their promise at the same instant
	waiting  int // tickets that wait while nothing happens
	limit    time.Duration
	soak     bool
	only     *regexp.Regexp // measure what it matches alone
}

var (
	whole = plan{burst: 5000, clients: 16, requests: 2000, lives: 400, inserts: 20_000, starts: 400, few: 1000, many: 100_000, limit: 10 * time.Minute}
	short = plan{burst: 1000, clients: 16, requests: 500, lives: 100, inserts: 4000, starts: 150, few: 1000, many: 20_000, limit: 4 * time.Minute}
)

func main() {
	p := whole
	many := flag.Bool("soak", false, "many tickets: all due at once, and while nothing happens (idle, deadlines, waiting)")
	due := flag.Int("due", 10_000, "with -soak: tickets that are due at the same instant")
	waiting := flag.Int("waiting", 100_000, "with -soak: tickets that wait")
	brief := flag.Bool("short", false, "fewer of everything: about a minute")
	only := flag.String("only", "", "measure only what this regular expression matches (time, floors, register, life, read, pages)")
	binary := flag.String("casepath", "bin/casepath", "the program to measure")
	flag.Parse()
	if *brief {
		p = short
	}
	if *many {
		p = plan{soak: true, due: *due, waiting: *waiting, limit: 3 * time.Hour}
	}
	p.only = regexp.MustCompile(*only)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	err := run(ctx, p, *binary)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run starts everything, measures, prints and stops everything.
func run(ctx context.Context, p plan, binary string) error {
	ctx, fail := context.WithCancelCause(ctx)
	h, err := start(ctx, fail, binary)
	defer h.stop()
	if err != nil {
		return err
	}
	b := &bench{house: h, plan: p}
	type measurement struct {
		name string
		do   func(context.Context) error
	}
	parts := []measurement{
		{"time", b.businessTime},
		{"floors", b.floors},
		{"read", b.reading},
		{"pages", b.pages},
		{"life", b.lives},
		{"register", b.burst},
	}
	if p.soak {
		parts = []measurement{{"idle", b.idling}, {"deadlines", b.deadlines}, {"waiting", b.resting}}
	}
	for _, part := range parts {
		if !p.only.MatchString(part.name) {
			continue
		}
		if err := part.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return b.print(os.Stdout)
}
