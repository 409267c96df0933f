package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// part is a process, or what a process makes PostgreSQL do.
type part string

// The parts. dbRest is what no connection can be held to account for: writing
// and syncing the log, checkpoints, vacuum, and connections that have ended.
const (
	partAPI      part = "api"
	partAPIDB    part = "api in db"
	partWorker   part = "worker"
	partWorkerDB part = "worker in db"
	partEngine   part = "engine"
	partEngineDB part = "engine in db"
	partDBRest   part = "db itself"
	partBench    part = "bench"
	partBenchDB  part = "bench in db"
)

// usage is CPU time, user and system, by part since the parts began.
type usage map[part]time.Duration

func (u usage) minus(before usage) usage {
	d := usage{}
	for p := range u {
		d[p] = u[p] - before[p]
	}
	return d
}

// sum adds some parts up.
func (u usage) sum(parts ...part) (total time.Duration) {
	for _, p := range parts {
		total += u[p]
	}
	return total
}

// database is everything PostgreSQL does, for whomever.
var database = []part{partAPIDB, partWorkerDB, partEngineDB, partDBRest}

// everything is all but the bench itself, which plays the clients.
var everything = append([]part{partAPI, partWorker, partEngine}, database...)

// tick is the unit of CPU time in /proc: USER_HZ, 100 on every Linux.
const tick = 10 * time.Millisecond

// usage reads /proc. PostgreSQL is its postmaster, the processes it has
// started and, in its account of ended children, those that are gone: none is
// missed and none counted twice. Its connections are told apart by what
// pg_stat_activity says of their process.
func (h *house) usage(ctx context.Context) (usage, error) {
	owners, err := h.connections(ctx)
	if err != nil {
		return nil, err
	}
	processes, err := readProcesses()
	if err != nil {
		return nil, err
	}
	u := usage{}
	postmaster := h.postgres.PID()
	for pid, p := range processes {
		switch {
		case pid == os.Getpid():
			u[partBench] += p.own
		case pid == h.api.Process.Pid:
			u[partAPI] += p.own
		case pid == h.worker.Process.Pid:
			u[partWorker] += p.own
		case pid == h.engine.PID():
			u[partEngine] += p.own
		case pid == postmaster:
			u[partDBRest] += p.own + p.ended
		case p.parent == postmaster:
			u[owner(owners[pid])] += p.own
		}
	}
	return u, nil
}

// connection is what PostgreSQL says of one of its processes.
type connection struct {
	PID         int    `db:"pid"`
	User        string `db:"usename"`
	Application string `db:"application_name"`
}

func (h *house) connections(ctx context.Context) (map[int]connection, error) {
	var list []connection
	if err := h.admin.SelectContext(ctx, &list,
		`select pid, coalesce(usename, '') as usename, application_name from pg_stat_activity where backend_type = 'client backend'`); err != nil {
		return nil, fmt.Errorf("who uses the database: %w", err)
	}
	owners := map[int]connection{}
	for _, c := range list {
		owners[c.PID] = c
	}
	return owners, nil
}

func owner(c connection) part {
	switch {
	case c.Application == "api":
		return partAPIDB
	case c.Application == "worker":
		return partWorkerDB
	case c.Application == "bench":
		return partBenchDB
	case c.User == "temporal":
		return partEngineDB
	}
	return partDBRest
}

// stat is one line of /proc/<pid>/stat (proc(5)).
type stat struct {
	parent     int
	own, ended time.Duration // CPU of itself, and of children that have ended and been waited for
}

func readProcesses() (map[int]stat, error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	all := map[int]stat{}
	for _, path := range paths {
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := bytes.Cut(raw, []byte(") ")) // the name before it may hold anything
		f := strings.Fields(string(rest))
		if len(f) < 15 {
			return nil, fmt.Errorf("%s has an unknown form", path)
		}
		number := func(field int) time.Duration {
			n, _ := strconv.ParseInt(f[field], 10, 64)
			return time.Duration(n) * tick
		}
		parent, _ := strconv.Atoi(f[1])
		all[pid] = stat{parent: parent, own: number(11) + number(12), ended: number(13) + number(14)}
	}
	return all, nil
}
