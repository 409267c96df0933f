package browser_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// weights are what pages may bring over the wire to a browser that has never
// been here, in bytes with their heads (statement 15).
var weights = []struct {
	name, who, path string
	max             float64
}{
	{"home", "interfacing/jeanne", "/interfacing", 25_000},
	{"home, 200 rows", "interfacing/many", "/interfacing", 25_000},
	{"ticket", "interfacing/jeanne", "/interfacing/tickets/{waiting}", 25_000},
	{"ticket with 50 messages", "interfacing/jeanne", "/interfacing/tickets/{fifty}", 27_000},
	{"access authority", "interfacing/signs", "/interfacing/tickets/{entered}/authorities/{authority}", 25_000},
	{"requests", "interfacing/many", "/interfacing/tickets?status=all", 25_000},
	{"register", "interfacing/jeanne", "/interfacing/register/describe", 25_000},
	{"register, a hundred releases to choose from", "interfacing/jeanne", "/interfacing/register", 25_000},
	{"releases", "interfacing/jeanne", "/interfacing/releases", 25_000},
	{"ticket, waiting for an upgrade", "interfacing/jeanne", "/interfacing/tickets/{upgrade}", 25_000},
	{"queue, 200 rows", "interfacing/agent", "/interfacing/console?tab=all", 90_000},
	{"workbench with 50 messages", "interfacing/agent", "/interfacing/console/tickets/{fifty}", 90_000},
	{"organization, 120 contacts", "interfacing/accounts", "/interfacing/console/organizations/{crowded-org}", 40_000},
	{"people, 120 contacts", "interfacing/crowd", "/interfacing/people", 25_000},
	{"sign-in", "", "/interfacing/sign-in", 25_000},
}

// weigh weighs pages that are opened for the first time.
func weigh(t *testing.T, w *world) {
	t.Helper()
	b := w.tab(t, "", "en")
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
		return err
	})
	for _, p := range weights {
		t.Run(p.name, func(t *testing.T) {
			w.seat(b, p.who, "en")
			b.open(w.at(p.path))
			b.allCame()
			b.weigh(t, p.max)
		})
	}
}

// allCame waits until the tab has told what everything weighs that the page asked
// for: it may tell that a while after the page is complete.
func (b *tab) allCame() {
	b.t.Helper()
	b.until("everything to have come", "document.readyState === 'complete'")
	asked := eval[int](b, `performance.getEntries().filter((e) => ["navigation", "resource"].includes(e.entryType) && !e.name.startsWith("data:")).length`)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		weighed := 0
		b.mu.Lock()
		for id := range b.bytes {
			if a := b.answers[id]; a != nil && !strings.HasPrefix(a.Response.URL, "data:") {
				weighed++
			}
		}
		b.mu.Unlock()
		if weighed >= asked {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("%d of %d have come", weighed, asked)
		}
	}
}

// weigh checks what the page in the tab has brought with it.
func (b *tab) weigh(t *testing.T, limit float64) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	total, scripts := 0.0, 0
	for id, bytes := range b.bytes {
		answer := b.answers[id]
		if answer == nil { // begun by the page before, and ended here
			continue
		}
		total += bytes
		if strings.HasPrefix(answer.Response.URL, "data:") { // the browser's own, such as the sign in a field for a date
			continue
		}
		t.Logf("%6.0f %s %s", bytes, answer.Type, answer.Response.URL)
		switch answer.Type {
		case network.ResourceTypeScript:
			scripts++
		case network.ResourceTypeStylesheet:
			if bytes > 6_000 {
				t.Errorf("statement 15: the style sheet has %.0f bytes", bytes)
			}
		}
		if kind := answer.Response.Headers["Content-Encoding"]; answer.Type != network.ResourceTypeOther && kind != "gzip" && !strings.HasSuffix(answer.Response.URL, ".svg") {
			t.Errorf("%s is not compressed", answer.Response.URL)
		}
	}
	if total > limit {
		t.Errorf("statement 15: %.0f bytes, more than %.0f", total, limit)
	}
	if scripts != 1 {
		t.Errorf("statement 15: %d scripts", scripts)
	}
	if len(b.requests) > 6 {
		t.Errorf("statement 15: %d requests", len(b.requests))
	}
}
