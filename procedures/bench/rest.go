package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"time"
)

// rest is what everything takes while nothing happens.
type rest struct {
	took   time.Duration
	used   usage
	memory map[part]int64 // bytes; of PostgreSQL under partAPIDB, its shared memory counted once
}

// restFor is how long it is looked at.
const restFor = 2 * time.Minute

// percent is how much of one processor some parts take.
func (r *rest) percent(parts ...part) float64 {
	return 100 * r.used.sum(parts...).Seconds() / r.took.Seconds()
}

func (b *bench) rest(ctx context.Context) (r *rest, err error) {
	fmt.Fprintf(os.Stderr, "looking on for %v …\n", restFor)
	if r, err = b.look(ctx, restFor); err == nil {
		r.memory, err = b.memory()
	}
	return r, err
}

// look looks on for so long.
func (b *bench) look(ctx context.Context, d time.Duration) (*rest, error) {
	before, err := b.usage(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-time.After(d):
	}
	after, err := b.usage(ctx)
	return &rest{took: time.Since(began), used: after.minus(before)}, err
}

// memory reads what is resident, shared pages in equal parts (Pss, proc(5)).
func (h *house) memory() (map[part]int64, error) {
	processes, err := readProcesses()
	if err != nil {
		return nil, err
	}
	m := map[part]int64{}
	for pid, p := range processes {
		switch {
		case pid == h.api.Process.Pid:
			m[partAPI] += resident(pid)
		case pid == h.worker.Process.Pid:
			m[partWorker] += resident(pid)
		case pid == h.engine.PID():
			m[partEngine] += resident(pid)
		case pid == h.postgres.PID() || p.parent == h.postgres.PID():
			m[database[0]] += resident(pid)
		}
	}
	return m, nil
}

// resident is a process's share of memory in bytes; 0 for one that has ended.
func resident(pid int) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(raw, []byte("\nPss:"))
	kilobytes, _, _ := bytes.Cut(bytes.TrimSpace(rest), []byte(" kB"))
	n, _ := strconv.ParseInt(string(kilobytes), 10, 64)
	return n << 10
}
