package crash

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/webhook"
)

// listener is an outside system; whoever tells it something while doomed is set
// is killed before it is answered.
type listener struct {
	*httptest.Server
	doomed atomic.Bool
	kill   func()
	dead   chan struct{}
	mu     sync.Mutex
	got    []webhook.Message
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{dead: make(chan struct{})}
	l.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		h := r.Header
		l.mu.Lock()
		l.got = append(l.got, webhook.Message{ID: h.Get(webhook.HeaderID), Timestamp: h.Get(webhook.HeaderTimestamp), Signature: h.Get(webhook.HeaderSignature), Body: body})
		l.mu.Unlock()
		if l.doomed.CompareAndSwap(true, false) {
			l.kill()
			l.dead <- struct{}{}
		}
	}))
	t.Cleanup(l.Close)
	return l
}

// The process that tells an outside system of each change is killed before it
// has heard the answer. What it was telling is told again by the next one: with
// the same id and the same words, and nothing else twice.
func TestWorkerKilledWhileTelling(t *testing.T) {
	in := install(t, "CASEPATH_SECRET_KEY="+identity.NewKey(), "CASEPATH_PRIVATE_WEBHOOKS=true")
	h, l := in.house, newListener(t)
	h.URL, l.kill = in.url, in.worker.kill
	ask := func(local, path string, body any, key string) (a stack.Answer) {
		for range 10 {
			if a = h.Ask(t, h.Token(t, "interfacing", local), "POST", path, body, "Idempotency-Key", key); a.Status != 503 {
				break
			}
		}
		if a.Status > 299 {
			t.Errorf("%s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	hook := ask("admin", "/v1/webhook-endpoints", map[string]any{"name": "Tracker", "url": l.URL, "events": []string{"dev_ticket.created", "dev_ticket.changed"}}, "k0")
	secret, err := webhook.ParseSecret(hook.Text("secret"))
	if err != nil {
		t.Fatal(err)
	}
	deed := func(path string, body any) (a stack.Answer) {
		l.doomed.Store(true)
		answer := make(chan stack.Answer, 1)
		go func() { answer <- ask("dev", path, body, "k"+path) }()
		<-l.dead
		if _, err := h.Admin.ExecContext(t.Context(), `update outbox set lease_until = now() where state = 'sending'`); err != nil { // 30 seconds are over
			t.Fatal(err)
		}
		if err := in.worker.start(); err != nil {
			t.Fatal(err)
		}
		a = <-answer
		eventually(t, 3*time.Minute, "it is told", func() bool {
			return count(t, h, `select count(*) from outbox where kind = 'webhook' and state <> 'sent'`) == 0
		})
		return a
	}
	a := deed("/v1/dev-tickets", map[string]any{"title": "Export stops"})
	dev := "/v1/dev-tickets/" + a.JSON["dev_ticket"].(map[string]any)["number"].(string) //nolint:forcetypeassert // of the contract
	deed(dev+"/accept", nil)
	deed(dev+"/plan", map[string]any{"version": "9.1"})

	l.mu.Lock()
	defer l.mu.Unlock()
	calls, bodies := map[string]int{}, map[string]string{}
	for _, m := range l.got {
		if err := m.Verify(time.Now(), secret); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if before, again := bodies[m.ID]; again && before != string(m.Body) {
			t.Errorf("%s said %s, and then %s", m.ID, before, m.Body)
		}
		calls[m.ID]++
		bodies[m.ID] = string(m.Body)
	}
	for id, n := range calls {
		if n != 2 {
			t.Errorf("%s was told %d times, want once and once more", id, n)
		}
	}
	if n := count(t, h, `select count(*) from webhook_deliveries`); n != 3 || len(calls) != 3 {
		t.Errorf("%d deliveries, %d ids were told, want 3", n, len(calls))
	}
}

// A worker dies inside the commit of what an outside tracker has sent; the tracker
// sends it again, with the same id, until it is taken. It happens once.
func TestWorkerKilledWhileHearing(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true})
	key := h.Ask(t, h.Token(t, "interfacing", "admin"), "POST", "/v1/webhook-key", nil)
	secret, err := webhook.ParseSecret(key.Text("secret"))
	if err != nil {
		t.Fatal(err)
	}
	a := h.Ask(t, h.Token(t, "interfacing", "dev"), "POST", "/v1/dev-tickets", map[string]any{"title": "Export stops", "external": "EXT-1"})
	if a.Status != 201 {
		t.Fatalf("dev ticket: %d %s", a.Status, a.Raw)
	}
	tell := func(status string) stack.Answer {
		body := fmt.Sprintf(`{"external": "EXT-1", "status": %q, "version": "9.1"}`, status)
		m, err := webhook.Sign(status, time.Now(), []byte(body), secret)
		if err != nil {
			t.Error(err)
		}
		return h.Ask(t, "", "POST", "/v1/webhooks/dev-tickets/interfacing", body,
			webhook.HeaderID, m.ID, webhook.HeaderTimestamp, m.Timestamp, webhook.HeaderSignature, m.Signature)
	}
	for _, status := range []string{"accepted", "planned", "in_work", "shipped"} {
		h.Rest()
		child := suicidal(t, h)
		answer := untilKnown(func() stack.Answer { return tell(status) })
		died(t, child)
		h.Work()
		if a := <-answer; a.Status != 204 {
			t.Errorf("%s: %d %s", status, a.Status, a.Raw)
		}
		for range 2 {
			if a := <-untilKnown(func() stack.Answer { return tell(status) }); a.Status != 204 {
				t.Errorf("%s again: %d %s", status, a.Status, a.Raw)
			}
		}
	}
	for what, want := range map[string]int{
		`select count(*) from dev_ticket_events where kind <> 'created'`: 4, `select count(*) from webhook_messages`: 4,
		`select count(*) from dev_tickets where state = 'shipped' and version = 5`: 1,
	} {
		if n := count(t, h, what); n != want {
			t.Errorf("%s: %d, want %d", what, n, want)
		}
	}
}
