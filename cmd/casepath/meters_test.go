package main

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
)

func TestMain(m *testing.M) {
	code := stack.Main(m)
	if imageBinary != "" {
		_ = os.RemoveAll(filepath.Dir(imageBinary))
	}
	os.Exit(code)
}

// newProcess is a process of ours on a House.
func newProcess(t *testing.T, h *stack.House) process {
	t.Helper()
	c, err := readConfig([]string{
		"CASEPATH_DATABASE_URL=" + h.DB.App, "CASEPATH_RELAY_DATABASE_URL=" + h.DB.Relay, "TEMPORAL_ADDRESS=" + h.Engine.Address,
		"TEMPORAL_NAMESPACE=" + h.Engine.Namespace, "SMTP_ADDRESS=" + h.Mail.SMTPAddress(), "CASEPATH_FILES=" + t.TempDir(),
		"CASEPATH_LISTEN=127.0.0.1:0", "CASEPATH_WORKER_LISTEN=127.0.0.1:0",
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, done := make(chan process), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(opened)
		if err := withProcess(context.Background(), c, 4, func(p process) error { opened <- p; <-done; return nil }); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		close(done)
		wg.Wait()
	})
	p, ok := <-opened
	if !ok {
		t.FailNow()
	}
	return p
}

// metrics reads /metrics of a handler.
func metrics(t *testing.T, handler http.Handler, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	handler.ServeHTTP(answer, request)
	return answer
}

// The outbox of every vendor is counted, by lane: the application's role would
// see none of it. Only this machine reads it, or who has the token.
func TestMetersCountTheOutbox(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{}) // nothing delivers
	for _, slug := range []string{"interfacing", "posimente"} {
		vendor, err := h.Store.VendorBySlug(t.Context(), slug)
		if err != nil {
			t.Fatal(err)
		}
		effect := store.Effect{Kind: store.EffectMail, Key: "k", Payload: json.RawMessage(`{}`)}
		if err := h.Store.In(t.Context(), vendor.ID, func(tx *store.Tx) error { return tx.InsertEffect(t.Context(), effect) }); err != nil {
			t.Fatal(err)
		}
	}
	m := newProcess(t, h).meters
	text := metrics(t, m.handler("127.0.0.1:8080", "")).Body.String()
	for _, line := range []string{`casepath_outbox_waiting{lane="mail"} 2`, `casepath_outbox_waiting{lane="engine"} 0`, `casepath_outbox_dead{lane="mail"} 0`} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no %s in:\n%s", line, text)
		}
	}
	if m.handler("0.0.0.0:8080", "") != nil {
		t.Error("everybody may read the metrics")
	}
	guarded := m.handler("0.0.0.0:8080", "token")
	if got := metrics(t, guarded, "Authorization", "Bearer wrong").Code; got != http.StatusNotFound {
		t.Errorf("with a wrong token: %d", got)
	}
	if got := metrics(t, guarded, "Authorization", "Bearer token").Code; got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
}

// docs/operations.md has a line for each metric of ours, and for no other; the
// Temporal SDK's that it names are there.
func TestOperationsTableMatchesMetrics(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true})
	p := newProcess(t, h)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := p.serveWorker(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	h.Desk.OnRegistered = p.meters.registered
	a := h.Ask(t, h.Token(t, "interfacing", "jeanne"), "POST", "/v1/tickets", map[string]any{
		"type": "bug", "severity": "medium", "title": "Export stops at 10,000 rows", "body": "It ends without a word.",
	})
	b := h.Ask(t, h.Token(t, "interfacing", "agent"), "POST", "/v1/tickets/"+a.Text("id")+"/triage",
		map[string]any{"reason": "bug", "level": 1, "severity": "medium", "path": "answer"})
	// The first task may have come with the answer to the start; the next is asked for.
	c := h.Ask(t, h.Token(t, "interfacing", "agent"), "POST", "/v1/tickets/"+a.Text("id")+"/start", nil)
	if a.Status != 201 || b.Status != 200 || c.Status != 200 {
		t.Fatalf("register: %d, triage: %d %s, start: %d %s", a.Status, b.Status, b.Raw, c.Status, c.Raw)
	}
	p.meters.observe("registerTicket", 201, time.Second)
	if _, err := p.reconciler().Run(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := p.relay.NoteBackup(t.Context(), time.Now(), ""); err != nil {
		t.Fatal(err)
	}
	text := metrics(t, p.watch()).Body.String()
	if !strings.Contains(text, `casepath_tickets_registered_total{vendor="interfacing"} 1`) || strings.Contains(text, `workflow_id="`) {
		t.Errorf("tickets are not counted, or each is a metric of its own:\n%s", text)
	}
	shown := map[string]bool{}
	for _, line := range regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(text, -1) {
		shown[line[1]] = true
	}
	documented := documentedMetrics(t)
	for name := range shown {
		if strings.HasPrefix(name, "casepath_") && !documented[name] {
			t.Errorf("%s is not documented", name)
		}
	}
	for name := range documented {
		if !shown[name] {
			t.Errorf("%s is documented and not shown; shown are %v", name, slices.Sorted(maps.Keys(shown)))
		}
	}
}

// documentedMetrics are the names in the first column of the metrics' table.
func documentedMetrics(t *testing.T) map[string]bool {
	t.Helper()
	raw, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, line := range regexp.MustCompile("(?m)^\\| ((?:`[a-z_]+`(?:, )?)+)").FindAllStringSubmatch(string(raw), -1) {
		for _, name := range regexp.MustCompile("`((?:casepath|temporal|go_sql)_[a-z_]+)`").FindAllStringSubmatch(line[1], -1) {
			names[name[1]] = true
		}
	}
	if len(names) < 10 {
		t.Errorf("found only %v", names)
	}
	return names
}
