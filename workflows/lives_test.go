package workflows_test

import (
	"compress/gzip"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// lives are lived on a real engine and a real database, and make the
// histories of testdata/replay.
var lives = map[string]struct {
	vendor string
	live   func(*person)
	end    ticket.State
	over   bool // the workflow has ended
}{
	"plain": {"interfacing", func(p *person) {
		p.start()
		p.staff("triage", triaged("bug", "medium"))
		p.staff("start", nil)
		p.staff("answer", text)
		p.staff("close", nil)
		p.soon("reopen_until")
	}, ticket.Closed, true},
	"question_and_reopening": {"interfacing", func(p *person) {
		p.start()
		p.staff("ask-information", text)
		p.customer("give-information", text)
		p.staff("triage", triaged("bug", "medium"))
		p.staff("answer", text)
		p.customer("reopen", text)
		p.staff("answer", text)
		p.staff("close", nil)
	}, ticket.Closed, false},
	"withdrawn": {"interfacing", func(p *person) {
		p.start()
		p.customer("withdraw", map[string]any{"reason": "MARKER-WORDS"})
	}, ticket.Withdrawn, true},
	"breached": {"interfacing", func(p *person) {
		p.sql(`update tickets set clocks = jsonb_build_array(clocks -> 0 || jsonb_build_object('warn_at', now() + interval '500 ms',
			'due_at', now() + interval '1 s')) where id = $1`)
		p.start()
		p.until("breached", func(row ticket.Snapshot) bool {
			return row.Clocks[0].WarnedAt != nil && row.Clocks[0].BreachedAt != nil
		})
		p.staff("triage", triaged("bug", "medium"))
	}, ticket.Triaged, false},
	"auto_closed": {"advendio", func(p *person) {
		p.start()
		p.staff("triage", triaged("bug", "3"))
		p.staff("answer", text)
		p.soon("auto_close_at")
		p.until("closed", func(row ticket.Snapshot) bool { return row.State == ticket.Closed })
		p.soon("reopen_until")
	}, ticket.Closed, true},
	"merged_and_undone": {"interfacing", mergedAndUndone, ticket.Triaged, false},
}

// mergedAndUndone goes on as another ticket for a while.
func mergedAndUndone(p *person) {
	p.start()
	other := register(p.t, p.h, p.vendor)
	other.start()
	p.staff("merge", map[string]any{"target": other.number, "reason": "MARKER-WORDS"})
	p.staff("unmerge", nil)
	p.staff("triage", triaged("bug", "medium"))
}

var text = map[string]any{"text": "MARKER-WORDS that only the database may know."}

func triaged(reason, severity string) map[string]any {
	return map[string]any{"reason": reason, "level": 1, "severity": severity, "path": "answer"}
}

// Each life on the real parts: after every step the workflow knows exactly
// the row, and the history can be replayed. With CASEPATH_RECORD_REPLAY=dir
// the histories are kept there, which is done once for each release, with the
// released code:
//
//	CASEPATH_RECORD_REPLAY=testdata/replay/v1 go test -run TestLives ./workflows
func TestLives(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	for name, life := range lives {
		t.Run(name, func(t *testing.T) {
			p := register(t, h, life.vendor)
			life.live(p)
			if row := p.row(); row.State != life.end {
				t.Errorf("ended %s, want %s", row.State, life.end)
			}
			if life.over {
				p.ended()
			} else {
				p.knows()
			}
			replayAndRecord(t, name, p.history())
		})
	}
}

// TestRequestLife is TestLives for a request that is kept: it is reminded of,
// completed, and its workflow ends.
func TestRequestLife(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Worker: true})
	if err := demo.PublishTo(t.Context(), h.Desk, "athento"); err != nil {
		t.Fatal(err)
	}
	token := h.Token(t, "athento", "jeanne")
	a := h.Ask(t, token, "POST", "/v1/tickets", map[string]any{"type": "question", "severity": "low", "title": "Urgent!", "body": "MARKER-BODY"})
	if a.Status != 202 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	p := &person{t: t, h: h, vendor: "athento", id: a.Text("id")}
	p.sql(`update requests set next_at = now() + interval '500 ms' where id = $1`)
	p.start()
	db, err := sql.Open("postgres", h.DB.Admin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	p.waits("reminded of", func() (done bool) {
		err := db.QueryRowContext(t.Context(), `select reminded = 1 from requests where id = $1`, p.id).Scan(&done)
		return err == nil && done
	})
	if a := h.Ask(t, token, "POST", "/v1/requests/"+p.id+"/completion", map[string]any{"title": "Where is the export?"}); a.Status != 200 {
		t.Fatalf("complete: %d %s", a.Status, a.Raw)
	}
	p.start() // a poke: nothing comes by itself any more
	if err := h.Client.Engine().GetWorkflow(t.Context(), workflows.RequestID(p.id), "").Get(t.Context(), nil); err != nil {
		t.Errorf("the workflow ended with %v", err)
	}
	replayAndRecord(t, "request", historyOf(t, h, workflows.RequestID(p.id)))
}

// person lives one ticket's life, as the customer and as staff.
type person struct {
	t          *testing.T
	h          *stack.House
	vendor     string
	id, number string
}

func register(t *testing.T, h *stack.House, vendor string) *person {
	t.Helper()
	severity := "medium"
	if vendor == "advendio" {
		severity = "3"
	}
	a := h.Ask(t, h.Token(t, vendor, "jeanne"), "POST", "/v1/tickets",
		map[string]any{"type": "bug", "severity": severity, "title": "MARKER-TITLE", "body": "MARKER-BODY"})
	if a.Status != 201 {
		t.Fatalf("register: %d %s", a.Status, a.Raw)
	}
	return &person{t: t, h: h, vendor: vendor, id: a.Text("id"), number: a.Text("number")}
}

// start lets the relay start the workflow.
func (p *person) start() {
	p.t.Helper()
	if n, err := p.h.Relay.Drain(p.t.Context()); err != nil || n == 0 {
		p.t.Fatalf("relay: %d delivered, %v", n, err)
	}
}

func (p *person) staff(action string, body any)    { p.t.Helper(); p.act("agent", action, body) }
func (p *person) customer(action string, body any) { p.t.Helper(); p.act("jeanne", action, body) }

func (p *person) act(who, action string, body any) {
	p.t.Helper()
	if body == nil {
		body = map[string]any{}
	}
	a := p.h.Ask(p.t, p.h.Token(p.t, p.vendor, who), "POST", "/v1/tickets/"+p.number+"/"+action, body)
	if a.Status != 200 {
		p.t.Fatalf("%s: %d %s", action, a.Status, a.Raw)
	}
	if action != "withdraw" { // then there is nobody to ask
		p.knows()
	}
}

// knows wants the workflow to know exactly the row.
func (p *person) knows() {
	p.t.Helper()
	known, err := p.h.Client.State(p.t.Context(), p.id)
	if err != nil {
		p.t.Fatal(err)
	}
	if diff := cmp.Diff(p.row(), known); diff != "" {
		p.t.Errorf("the row and what the workflow knows differ\n%s", diff)
	}
}

func (p *person) row() (s ticket.Snapshot) {
	p.t.Helper()
	vendor, err := p.h.Store.VendorBySlug(p.t.Context(), p.vendor)
	if err != nil {
		p.t.Fatal(err)
	}
	err = p.h.Store.In(p.t.Context(), vendor.ID, func(tx *store.Tx) error {
		row, err := tx.Ticket(p.t.Context(), uuid.MustParse(p.id))
		s = row.Snapshot(vendor.Settings.CloseOnAnswer)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// soon brings a milestone of the row near, and has the workflow read it.
func (p *person) soon(column string) {
	p.t.Helper()
	p.sql(`update tickets set ` + column + ` = now() + interval '500 ms' where id = $1`)
	if err := p.h.Client.Poke(p.t.Context(), p.id); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) sql(statement string) {
	p.t.Helper()
	db, err := sql.Open("postgres", p.h.DB.Admin)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(p.t.Context(), statement, p.id); err != nil {
		p.t.Fatal(err)
	}
}

// until waits for something that must come true of the row.
func (p *person) until(what string, holds func(ticket.Snapshot) bool) {
	p.t.Helper()
	p.waits(what, func() bool { return holds(p.row()) })
}

func (p *person) waits(what string, holds func() bool) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s is never %s", p.id, what)
		}
	}
}

// ended waits for the workflow's good end.
func (p *person) ended() {
	p.t.Helper()
	if err := p.h.Client.Engine().GetWorkflow(p.t.Context(), workflows.TicketID(p.id), "").Get(p.t.Context(), nil); err != nil {
		p.t.Errorf("the workflow ended with %v", err)
	}
}

func (p *person) history() *historypb.History {
	p.t.Helper()
	return historyOf(p.t, p.h, workflows.TicketID(p.id))
}

func historyOf(t *testing.T, h *stack.House, workflow string) *historypb.History {
	t.Helper()
	history := &historypb.History{}
	events := h.Client.Engine().GetWorkflowHistory(t.Context(), workflow, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		history.Events = append(history.Events, e)
	}
	return history
}

func record(t *testing.T, path string, history *historypb.History) {
	t.Helper()
	content, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(history)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	pack, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
