//go:build soak

package reconciler_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"golang.org/x/sync/errgroup"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

// Many open tickets, each with its workflow: what a comparison takes, first
// with some of them asked what they know, then with none. The environment says
// how many: CASEPATH_SOAK_TICKETS rows, of which CASEPATH_SOAK_WORKFLOWS have a
// workflow that is asked; the others are written into the engine's list alone,
// which reads the same.
//
//	go test -tags soak -timeout 3h -run TestManyTickets -v ./reconciler
func TestManyTickets(t *testing.T) {
	n, real := number("CASEPATH_SOAK_TICKETS", 100_000), number("CASEPATH_SOAK_WORKFLOWS", 5_000)
	h := newHouse(t, stack.Parts{Worker: true})
	h.Page = 0
	ids := h.many(t, n)
	h.start(t, ids[:real])
	h.listOnly(t, ids[0], ids[real:])
	h.terminate(t, ids[real/2])
	h.exec(t, `update tickets set updated_at = now() - interval '1 day'`)
	h.exec(t, `insert into reconciliations (id, asked_by, started_at, finished_at, complete) values (gen_random_uuid(), 'command', now(), now(), true)`)
	time.Sleep(time.Minute) // the engine is to be at rest before anything is measured
	for _, what := range []string{"asked", "not asked"} {
		if what == "asked" {
			h.exec(t, `update tickets set updated_at = now() - interval '70 seconds' where id = any($1)`, pq.Array(ids[:real]))
		}
		before, at := cpu(t), time.Now()
		result, found := h.compare(t, false)
		took, spent := time.Since(at), cpu(t)
		wants(t, what, found, "no_workflow "+ids[real/2])
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		t.Logf("%s: %d tickets, %d workflows, %d asked, complete: %v, in %.1f s; CPU s: us and worker %.1f, PostgreSQL %.1f, Temporal %.1f; heap %d MB",
			what, result.Tickets, result.Workflows, result.Asked, result.Complete, took.Seconds(), spent["us"]-before["us"],
			spent["postgres"]-before["postgres"], spent["server"]-before["server"], memory.HeapAlloc>>20)
		h.exec(t, `update tickets set updated_at = now() - interval '1 day'`)
		h.exec(t, `update reconciliations set complete = true`)
	}
}

func number(variable string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil {
		return n
	}
	return otherwise
}

// start starts workflows, and waits until each has read its row.
func (h *house) start(t *testing.T, ids []string) {
	t.Helper()
	vendor, err := h.House.Store.VendorBySlug(t.Context(), "interfacing")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	group := errgroup.Group{}
	group.SetLimit(16)
	for _, id := range ids {
		group.Go(func() error {
			if err := h.Client.StartTicket(t.Context(), vendor.ID.String(), id, false); err != nil {
				return err
			}
			for { // a busy machine takes its time
				if _, err := h.Client.State(t.Context(), id); problem.CodeOf(err) != problem.Unavailable || t.Context().Err() != nil {
					return err
				}
			}
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d workflows started and asked once in %.0f s", len(ids), time.Since(began).Seconds())
}

// listOnly writes running workflows into the engine's list, like the one of
// first.
func (h *house) listOnly(t *testing.T, first string, ids []string) {
	t.Helper()
	admin, err := url.Parse(h.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	admin.Path = "/temporal_visibility"
	list, err := sql.Open("postgres", admin.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Close() }()
	for chunk := range slices.Chunk(ids, 5000) {
		if _, err := list.ExecContext(t.Context(), `insert into executions_visibility
			(namespace_id, run_id, _version, start_time, execution_time, workflow_id, workflow_type_name, status, task_queue, encoding, root_workflow_id, root_run_id)
			select namespace_id, gen_random_uuid(), _version, start_time, execution_time, 'ticket/' || x, workflow_type_name, 1, task_queue, encoding,
				'ticket/' || x, gen_random_uuid()
			from executions_visibility, unnest($2::text[]) x where workflow_id = 'ticket/' || $1`, first, pq.Array(chunk)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := list.ExecContext(t.Context(), `analyze`); err != nil {
		t.Fatal(err)
	}
}

// many writes rows of open tickets, as quickly as it goes.
func (h *house) many(t *testing.T, n int) (ids []string) {
	t.Helper()
	first := h.register(t, "interfacing")
	h.exec(t, `delete from outbox`)
	ids = append(ids, first)
	for len(ids) < n {
		var chunk []string
		for range min(5000, n-len(ids)) {
			chunk = append(chunk, store.NewID().String())
		}
		h.exec(t, `insert into requests (id, vendor_id, organization_id, requester_id, channel, type, severity, title, body, state, submitted_at)
			select x, r.vendor_id, r.organization_id, r.requester_id, r.channel, r.type, r.severity, r.title, r.body, r.state, r.submitted_at
			from requests r, unnest($2::uuid[]) x where r.id = $1`, first, pq.Array(chunk))
		h.exec(t, `insert into tickets (id, vendor_id, number, state, organization_id, requester_id, title, type, severity, registered_at, updated_at)
			select x, vendor_id, 'X-' || x, state, organization_id, requester_id, title, type, severity, registered_at, updated_at
			from tickets, unnest($2::uuid[]) x where id = $1`, first, pq.Array(chunk))
		ids = append(ids, chunk...)
	}
	h.exec(t, `analyze`)
	return ids
}

// cpu is the CPU time in seconds of this process ("us") and of those it has
// started, by their names (proc(5)).
func cpu(t *testing.T) map[string]float64 {
	t.Helper()
	type process struct {
		name   string
		parent int
		ticks  float64
	}
	all := map[int]process{}
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		pid, rest, _ := strings.Cut(string(raw), " (")
		name, rest, _ := strings.Cut(rest, ") ")
		fields := strings.Fields(rest)
		var p process
		var user, system float64
		if _, err := fmt.Sscan(fields[1], &p.parent); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
			t.Fatal(err)
		}
		id, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		p.name, p.ticks = name, user+system
		all[id] = p
	}
	spent := map[string]float64{"us": all[os.Getpid()].ticks / 100}
	for id, p := range all {
		for up := id; up > 1 && id != os.Getpid(); up = all[up].parent {
			if all[up].parent == os.Getpid() {
				spent[p.name] += p.ticks / 100
				break
			}
		}
	}
	return spent
}
