package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/grpc"

	"github.com/casepath/casepath/filestore"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/worker"
)

var triage = map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"}

// TestNobodyWorks: without a worker an action is not known yet, and the same
// key gives the one outcome once there is one. What needs no engine goes on,
// and what is out of order is refused at once.
func TestNobodyWorks(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{Relay: true})
	jeanne, agent, db := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent"), database(t, h)
	number := register(t, h, jeanne)
	on := "/v1/tickets/" + number
	closing := ask(t, h, agent, "POST", on+"/close", nil)
	wants(t, "out of order", closing, 409, "action_out_of_order")
	if closing.Text("state") != "registered" || len(closing.JSON["possible"].([]any)) != 4 { //nolint:forcetypeassert // the contract
		t.Errorf("conflict: %s", closing.Raw)
	}
	key, english := uuid.NewString(), []string{"Accept-Language", "en"}
	unknown := ask(t, h, agent, "POST", on+"/triage", triage, append(english, "Idempotency-Key", key)...)
	wants(t, "nobody works", unknown, 503, "not_known_yet")
	if seconds, err := strconv.Atoi(unknown.Header.Get("Retry-After")); err != nil || seconds < 1 || !strings.Contains(unknown.Text("title"), "Not known yet") {
		t.Errorf("%v %s", unknown.Header, unknown.Raw)
	}
	if state := ask(t, h, jeanne, "GET", on, nil).Text("state"); state != "registered" {
		t.Errorf("meanwhile it is %s", state)
	}
	wants(t, "a comment needs no engine", ask(t, h, jeanne, "POST", on+"/comments", map[string]any{"text": "Still so."}), 201, "")
	runWorker(t, h)
	again := unknown
	for again.Status == 503 { // as long as the worker takes to come
		again = ask(t, h, agent, "POST", on+"/triage", triage, "Idempotency-Key", key)
	}
	wants(t, "with a worker", again, 200, "")
	if again.Text("state") != "triaged" || again.JSON["version"] != float64(2) {
		t.Errorf("one outcome: %s", again.Raw)
	}
	if n := count(t, db, `select count(*) from events where kind = 'triage'`); n != 1 {
		t.Errorf("%d events", n)
	}
	wants(t, "another body", ask(t, h, agent, "POST", on+"/triage", map[string]any{"reason": "how_to", "level": 1, "severity": "medium", "path": "answer"},
		"Idempotency-Key", key), 422, "idempotency_key_reused")
}

// TestOvertaken: who acts on what somebody else has just ended is told so, though
// the workflow is over and answers nobody, and the engine is not asked on and on.
func TestOvertaken(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	var first sync.Once
	var withdraw func()
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true, Intercept: func(ctx context.Context, method string, in, out any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		if said, ok := in.(fmt.Stringer); ok && strings.Contains(said.String(), `name:"triage"`) && !strings.HasSuffix(method, "PollWorkflowExecutionUpdate") {
			asked.Add(1)
			first.Do(withdraw) // while the triage is on its way
		}
		return invoke(ctx, method, in, out, conn, options...)
	}})
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
	number := register(t, h, jeanne)
	on := "/v1/tickets/" + number
	id := ask(t, h, jeanne, "GET", on, nil).Text("id")
	withdraw = func() {
		wants(t, "withdraw", ask(t, h, jeanne, "POST", on+"/withdraw", nil), 200, "")
		for t.Context().Err() == nil {
			if c, err := h.Client.Condition(t.Context(), "ticket", id); err == nil && !c.Running {
				return
			}
		}
	}
	late := ask(t, h, agent, "POST", on+"/triage", triage)
	wants(t, "triage of what is withdrawn", late, 409, "action_out_of_order")
	if late.Text("state") != "withdrawn" {
		t.Errorf("it says %s", late.Raw)
	}
	if n := asked.Load(); n > 2 { // the update, and the update with a start
		t.Errorf("the engine was asked %d times", n)
	}
}

func runWorker(t *testing.T, h *stack.House) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = worker.Run(ctx, h.Client, h.Store, h.Desk, nil) })
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
}

// TestLostDatabase: without its database the API refuses everything, says that
// nothing was changed, and lives.
func TestLostDatabase(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*testing.T, *stack.House){
		"dropped": func(t *testing.T, h *stack.House) {
			name := h.DB.Admin[strings.LastIndex(h.DB.Admin, "/")+1:]
			name, _, _ = strings.Cut(name, "?")
			other := &stack.House{DB: stack.Database{Admin: strings.Replace(h.DB.Admin, "/"+name, "/postgres", 1)}}
			execute(t, database(t, other), `drop database `+name+` with (force)`)
		},
		"pool closed": func(t *testing.T, h *stack.House) {
			if err := h.Store.Close(); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := stack.NewHouse(t, stack.Parts{})
			jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")
			number := register(t, h, jeanne)
			lose(t, h)
			on := "/v1/tickets/" + number
			for _, c := range []struct {
				token, method, path string
				body                any
			}{
				{jeanne, "POST", "/v1/tickets", registration(nil)},
				{jeanne, "GET", "/v1/tickets", nil},
				{jeanne, "GET", on, nil},
				{jeanne, "POST", on + "/comments", map[string]any{"text": "x"}},
				{agent, "POST", on + "/triage", triage},
				{jeanne, "POST", on + "/withdraw", nil},
				{"", "POST", "/v1/sessions", map[string]any{"vendor": "interfacing", "email": "jeanne@interfacing.example", "password": stack.Password}},
				{jeanne, "DELETE", "/v1/sessions/current", nil},
			} {
				a := ask(t, h, c.token, c.method, c.path, c.body)
				wants(t, c.method+" "+c.path, a, 503, "database_unavailable")
				if a.Header.Get("Retry-After") == "" {
					t.Errorf("%s: no Retry-After", c.path)
				}
			}
			if ready := h.Ask(t, "", "GET", "/readyz", nil); ready.Status != 503 || h.Ask(t, "", "GET", "/healthz", nil).Status != 200 {
				t.Errorf("readyz: %d %s", ready.Status, ready.Raw)
			}
		})
	}
}

// full is a file store on a disk that is full after so many bytes.
type full struct {
	filestore.Store
	room int64
}

func (f full) Put(ctx context.Context, vendor, id uuid.UUID, r io.Reader) error {
	return f.Store.Put(ctx, vendor, id, io.MultiReader(io.LimitReader(r, f.room), broken{}))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestFullDisk: a file there is no room for is refused, and no row tells of it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	h := stack.NewHouse(t, stack.Parts{})
	jeanne, db, key := h.Token(t, "interfacing", "jeanne"), database(t, h), uuid.NewString()
	disk := h.Desk.Files
	h.Desk.Files = full{disk, 10}
	send := func() stack.Answer {
		return ask(t, h, jeanne, "POST", "/v1/files?name=a.txt", "more than ten bytes", "Content-Type", "application/octet-stream", "Idempotency-Key", key)
	}
	before := rows(t, db)
	wants(t, "full", send(), 503, "files_unavailable")
	if after := rows(t, db); after != before {
		t.Errorf("rows changed: %s → %s", before, after)
	}
	h.Desk.Files = disk
	a := send()
	wants(t, "room again, the same key", a, 201, "")
	if d := ask(t, h, jeanne, "GET", "/v1/files/"+a.Text("id")+"/content", nil); string(d.Raw) != "more than ten bytes" {
		t.Errorf("%d %s", d.Status, d.Raw)
	}
	h.Desk.Files = lost{disk}
	wants(t, "bytes lost", ask(t, h, jeanne, "GET", "/v1/files/"+a.Text("id")+"/content", nil), 500, "internal")
}

// lost is a file store whose bytes can't be read.
type lost struct{ filestore.Store }

func (lost) Open(context.Context, uuid.UUID, uuid.UUID) (io.ReadCloser, error) {
	return nil, errors.New("input/output error at /secret/path")
}
