package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/casepath/casepath/procedures/stack"
)

const requests = 200

// Requests are registered while API, worker and Temporal are killed in turn.
// Afterwards every acknowledged number exists once, each has one workflow and
// one distinct receipt, receipts are repeated no more often than the relay was
// killed, and every ticket can be answered and closed.
func TestNothingIsLostInTurmoil(t *testing.T) {
	in := install(t)
	jeanne, agent := in.signIn(t, "jeanne"), in.signIn(t, "agent")

	var acknowledged atomic.Int64
	numbers := make([]string, requests)
	ctx, calm := context.WithCancel(t.Context())
	var killer sync.WaitGroup
	killer.Go(func() { in.turmoil(ctx, t, &acknowledged) })
	each(8, requests, func(i int) {
		body := map[string]any{"type": "bug", "severity": "medium", "title": fmt.Sprintf("Request %d of %d", i, requests), "body": "In the middle of turmoil."}
		a := in.insist(t, jeanne, "/v1/tickets", body, fmt.Sprintf("turmoil-%d", i))
		numbers[i] = a.Text("number")
		acknowledged.Add(1)
	})
	calm()
	killer.Wait()
	t.Logf("killed: API %d times, worker and relay %d, Temporal %d", in.api.kills, in.worker.kills, 2)

	eventually(t, 3*time.Minute, "the outbox is empty", func() bool {
		return countIn(t, in.db, `select count(*) from outbox where state <> 'sent'`) == 0
	})
	in.checkNumbers(t, numbers)
	in.checkReceipts(t, numbers)
	in.checkWorkflows(t)
	each(8, requests, func(i int) { in.close(t, agent, numbers[i]) })
	if n := countIn(t, in.db, `select count(*) from tickets where state = 'closed' and version = 4`); n != requests {
		t.Errorf("%d tickets closed after exactly three transitions, want %d", n, requests)
	}
}

// turmoil kills one part after the other, each kill after some more requests
// were acknowledged, two rounds; then there is calm.
func (in *installation) turmoil(ctx context.Context, t *testing.T, acknowledged *atomic.Int64) {
	parts := []func(){
		func() { in.api.killAndRestart(t) },
		func() { in.worker.killAndRestart(t) },
		func() {
			if err := in.servers.Temporal().Kill(); err != nil {
				t.Error(err)
			}
			in.wait(ctx, acknowledged, 10) // registration goes on without an engine
			if err := in.servers.Temporal().Restart(context.WithoutCancel(ctx)); err != nil {
				t.Error(err)
			}
		},
	}
	for range 2 {
		for _, kill := range parts {
			in.wait(ctx, acknowledged, 20)
			kill()
		}
	}
}

// wait returns once so many more requests are acknowledged.
func (in *installation) wait(ctx context.Context, acknowledged *atomic.Int64, more int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for until := acknowledged.Load() + more; acknowledged.Load() < until && ctx.Err() == nil; <-tick.C {
	}
}

// each does n things, so many at once.
func each(width, n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range width {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// patient waits longer than the API does.
var patient = &http.Client{Timeout: 15 * time.Second}

// post sends one request; an error is the connection's.
func (in *installation) post(ctx context.Context, token, path string, body any, key string) (a stack.Answer, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return a, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, in.url+path, bytes.NewReader(raw))
	if err != nil {
		return a, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := patient.Do(request)
	if err != nil {
		return a, err
	}
	defer func() { _ = response.Body.Close() }()
	a.Status = response.StatusCode
	if a.Raw, err = io.ReadAll(response.Body); err != nil {
		return a, err
	}
	return a, json.Unmarshal(a.Raw, &a.JSON)
}

// insist repeats a request with its key until it is answered for good, as a
// client should: after a lost connection, and after 503.
func (in *installation) insist(t *testing.T, token, path string, body any, key string) stack.Answer {
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-pause.C {
		a, err := in.post(t.Context(), token, path, body, key)
		if err != nil || a.Status == http.StatusServiceUnavailable {
			continue
		}
		if a.Status >= 300 {
			t.Errorf("POST %s: %d %s", path, a.Status, a.Raw)
		}
		return a
	}
	t.Errorf("POST %s: no answer in two minutes", path)
	return stack.Answer{}
}

func (in *installation) signIn(t *testing.T, local string) string {
	t.Helper()
	a, err := in.post(t.Context(), "", "/v1/sessions", map[string]any{
		"vendor": "interfacing", "email": local + "@interfacing.example", "password": stack.Password,
	}, "")
	if err != nil || a.Text("token") == "" {
		t.Fatalf("sign in %s: %v %s", local, err, a.Raw)
	}
	return a.Text("token")
}

func (in *installation) checkNumbers(t *testing.T, numbers []string) {
	t.Helper()
	seen := map[string]bool{}
	for i, n := range numbers {
		if n == "" || seen[n] {
			t.Errorf("request %d was acknowledged as %q, which is empty or another's", i, n)
		}
		seen[n] = true
	}
	if n := countIn(t, in.db, `select count(*) from tickets`); n != requests {
		t.Errorf("%d tickets for %d acknowledged requests", n, requests)
	}
}

func (in *installation) checkReceipts(t *testing.T, numbers []string) {
	t.Helper()
	perNumber, all := map[string]map[string]bool{}, 0
	for _, m := range in.mail.Messages() {
		for _, n := range numbers {
			if strings.HasPrefix(m.Subject, "["+n+"]") && strings.Contains(m.Subject, "received your request") {
				if perNumber[n] == nil {
					perNumber[n] = map[string]bool{}
				}
				perNumber[n][m.MessageID] = true
				all++
			}
		}
	}
	for _, n := range numbers {
		if len(perNumber[n]) != 1 {
			t.Errorf("%s has %d distinct receipts, want 1", n, len(perNumber[n]))
		}
	}
	t.Logf("%d receipts for %d tickets", all, requests)
	// One mail is in flight at a time; it may have been accepted when the relay died.
	if repeats := all - requests; repeats > in.worker.kills {
		t.Errorf("%d receipts repeated, the relay was killed %d times", repeats, in.worker.kills)
	}
}

func (in *installation) checkWorkflows(t *testing.T) {
	t.Helper()
	c, err := client.Dial(client.Options{HostPort: in.engine.Address, Namespace: in.engine.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	eventually(t, 3*time.Minute, "one workflow a ticket", func() bool {
		seen := map[string]int{}
		var token []byte
		for {
			page, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 500, NextPageToken: token})
			if err != nil {
				return false
			}
			for _, w := range page.GetExecutions() {
				seen[w.GetExecution().GetWorkflowId()]++
			}
			if token = page.GetNextPageToken(); len(token) == 0 {
				break
			}
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s ran %d times", id, n)
			}
		}
		return len(seen) == requests
	})
}

// close takes a ticket through the rest of its life.
func (in *installation) close(t *testing.T, agent, number string) {
	for _, step := range []struct {
		action string
		body   any
	}{
		{"triage", triage}, {"answer", map[string]any{"text": "A setting."}}, {"close", map[string]any{}},
	} {
		in.insist(t, agent, "/v1/tickets/"+number+"/"+step.action, step.body, step.action)
	}
}
