package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long anything in a tab may take: a hang fails by name.
const patience = 90 * time.Second

// tab is one tab with cookies of its own, and all it has seen.
type tab struct {
	t      testing.TB
	ctx    context.Context //nolint:containedctx // chromedp keeps the tab in it
	origin string          // of the pages under test

	mu       sync.Mutex
	requests []*network.EventRequestWillBeSent
	answers  map[network.RequestID]*network.EventResponseReceived
	bytes    map[network.RequestID]float64 // on the wire
	wrong    []string                      // what no page may cause
}

// openTab opens an empty tab for the pages at origin.
func openTab(t testing.TB, origin string) *tab {
	t.Helper()
	root, err := chromium.start()
	if err != nil {
		t.Fatal(err)
	}
	b := &tab{t: t, origin: origin, answers: map[network.RequestID]*network.EventResponseReceived{}, bytes: map[network.RequestID]float64{}}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b.ctx = ctx
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		if _, err := cdp.Call(ctx, tg, audits.Enable, cdp.Empty{}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, tg, runtime.AddBinding, runtime.AddBindingParams{Name: canary}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, tg, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, tg, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watchShifts})
		return err
	})
	return b
}

// canary is a function that every page has in these tabs, and that only what
// was smuggled in calls.
const canary = "canary"

// watchShifts adds up how much a page moves while it loads.
const watchShifts = `(() => { window.shifted = 0; new PerformanceObserver((list) => {
	for (const e of list.getEntries()) if (!e.hadRecentInput) window.shifted += e.value;
}).observe({type: "layout-shift", buffered: true}) })()`

// listen keeps what happens; it runs inside the tab's reader and must be quick.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(e.Request.URL, "data:image/svg+xml") {
			return // the browser's own sign of a field for dates; a page's is against the policy, which is reported
		}
		b.requests = append(b.requests, e)
		if !strings.HasPrefix(e.Request.URL, b.origin+"/") && e.Request.URL != "about:blank" {
			b.wrong = append(b.wrong, "statement 16: a request leaves for "+e.Request.URL)
		}
	case *network.EventResponseReceived:
		b.answers[e.RequestID] = e
	case *network.EventLoadingFinished:
		b.bytes[e.RequestID] = e.EncodedDataLength
	case *runtime.EventBindingCalled:
		if e.Name == canary {
			b.wrong = append(b.wrong, "a smuggled script has run: "+e.Payload)
		}
	case *runtime.EventExceptionThrown:
		b.wrong = append(b.wrong, "a script failed: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork { // an answer 4xx is logged too
			b.wrong = append(b.wrong, fmt.Sprintf("the browser complains (%s): %s", e.Entry.Source, e.Entry.Text))
		}
	case *audits.EventIssueAdded:
		if c := e.Issue.Details.ContentSecurityPolicyIssueDetails; c != nil {
			b.wrong = append(b.wrong, fmt.Sprintf("statement 16: against the content security policy: %s %s", c.ViolatedDirective, c.BlockedURL))
		}
	case *page.EventJavascriptDialogOpening:
		b.wrong = append(b.wrong, fmt.Sprintf("a %s dialog opened: %s", e.Type, e.Message))
		go func() { // a reader that waits would never see the answer
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
		}()
	}
}

// nothingWrong fails the test for everything a page has caused that none may.
func (b *tab) nothingWrong(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, w := range b.wrong {
		b.t.Errorf("%s: %s", where, w)
	}
	b.wrong = nil
}

// call runs commands in the tab.
func (b *tab) call(f func(ctx context.Context, tg *chromedp.Target) error) {
	b.t.Helper()
	b.do(chromedp.Func(f))
}

// do runs actions in the tab.
func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// eval is what an expression says in the page; a promise is waited for.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		if len(expression) > 200 {
			expression = expression[:200] + "…"
		}
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// quoted is a text as JavaScript writes it.
func quoted(s string) string {
	raw, _ := json.Marshal(s) // a string always can be
	return string(raw)
}

// open goes to a path of the pages under test and answers with the status.
func (b *tab) open(path string) int {
	b.t.Helper()
	b.mu.Lock()
	b.requests, b.answers, b.bytes = nil, map[network.RequestID]*network.EventResponseReceived{}, map[network.RequestID]float64{}
	b.mu.Unlock()
	return b.load(chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
		r, err := cdp.Call(ctx, tg, page.Navigate, page.NavigateParams{URL: b.origin + path})
		if err == nil && r.ErrorText != "" {
			err = fmt.Errorf("%s: %s", path, r.ErrorText)
		}
		return err
	}))
}

// load does something that makes another page load, waits until it is there and
// answers with its status. Several loads in a row, as by two clicks, are waited
// for too: the last one counts.
func (b *tab) load(steps ...chromedp.Action[chromedp.Void]) int {
	b.t.Helper()
	eval[bool](b, "window.before = true")
	b.do(steps...)
	b.until("another page", `!window.before && document.readyState === "complete"`)
	return eval[int](b, `performance.getEntriesByType("navigation")[0].responseStatus`)
}

// back goes back, as with the browser's button. The page before may come as it
// was left or be loaded again, as the browser likes.
func (b *tab) back() {
	b.t.Helper()
	here := eval[string](b, "location.href")
	eval[bool](b, "(history.back(), true)")
	b.until("the page before", `location.href !== `+quoted(here)+` && document.readyState === "complete"`)
	eval[bool](b, "delete window.before")
}

// until waits until an expression is true in the page.
func (b *tab) until(what, expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		// Between two pages there is nobody to ask: that is no answer yet.
		if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression)); err == nil && yes {
			return
		}
		select {
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s at %s", what, b.path())
		case <-time.After(25 * time.Millisecond):
		}
	}
}

// path is where the tab is, below the origin.
func (b *tab) path() string {
	b.t.Helper()
	u, err := url.Parse(eval[string](b, "location.href"))
	if err != nil {
		b.t.Fatal(err)
	}
	return u.RequestURI()
}

// size is how the tab looks out: width and height in CSS pixels.
func (b *tab) size(width, height int64) { b.t.Helper(); b.do(chromedp.EmulateViewport(width, height)) }

// media emulates a medium ("" for the screen) and features, by name and value.
func (b *tab) media(medium string, features ...string) {
	b.t.Helper()
	p := emulation.SetEmulatedMediaParams{Media: medium}
	for i := 0; i+1 < len(features); i += 2 {
		p.Features = append(p.Features, &emulation.MediaFeature{Name: features[i], Value: features[i+1]})
	}
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, emulation.SetEmulatedMedia, p)
		return err
	})
}

// scriptless switches scripts off in the tab's next pages, or on again.
func (b *tab) scriptless(off bool) {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
		return err
	})
}

// cookie puts one into the tab.
func (b *tab) cookie(name, value string) {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: b.origin + "/"})
		return err
	})
}

// forget drops every cookie of the tab.
func (b *tab) forget() {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, network.ClearBrowserCookies, cdp.Empty{})
		return err
	})
}

// fill types a text into a field, in place of what it holds.
func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.focus(selector)
	eval[bool](b, `(document.querySelector(`+quoted(selector)+`).select?.(), true)`)
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// choose chooses an entry of a list by its value.
func (b *tab) choose(selector, value string) {
	b.t.Helper()
	b.focus(selector)
	eval[bool](b, `(() => { const e = document.querySelector(`+quoted(selector)+`); e.value = `+quoted(value)+`;
		e.dispatchEvent(new Event("input", {bubbles: true})); e.dispatchEvent(new Event("change", {bubbles: true})); return true })()`)
}

// focus brings an element into view and gives it the focus.
func (b *tab) focus(selector string) {
	b.t.Helper()
	found := eval[bool](b, `(() => { const e = document.querySelector(`+quoted(selector)+`); if (!e) return false;
		e.scrollIntoView({block: "center"}); e.focus(); return true })()`)
	if !found {
		b.t.Fatalf("%s has no %s", b.path(), selector)
	}
}

// click clicks once on an element, with the mouse.
func (b *tab) click(selector string) chromedp.Action[chromedp.Void] { return b.clicks(selector, 1, 0) }

// clicks clicks several times on the same spot of an element, with the mouse.
func (b *tab) clicks(selector string, times int, apart time.Duration) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tg *chromedp.Target) error {
		spot, err := chromedp.Evaluate[[]float64](`(() => { const e = document.querySelector(`+quoted(selector)+`); if (!e) return null;
			e.scrollIntoView({block: "center", behavior: "instant"}); const r = e.getBoundingClientRect();
			return [r.x + r.width / 2, r.y + r.height / 2] })()`)(ctx, tg)
		if err != nil {
			return err
		}
		if len(spot) != 2 {
			return fmt.Errorf("no %s to click on", selector)
		}
		for i := range times {
			if i > 0 {
				if _, err := chromedp.Sleep(apart)(ctx, tg); err != nil {
					return err
				}
			}
			if _, err := chromedp.MouseClickXY(spot[0], spot[1])(ctx, tg); err != nil {
				return err
			}
		}
		return nil
	})
}

// press presses a key that types nothing.
func (b *tab) press(key string) { b.t.Helper(); b.do(chromedp.KeyEvent(key)) }

// letter presses the key of a letter: it types one unless the page takes it.
func (b *tab) letter(key string) {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		for _, e := range []input.DispatchKeyEventParams{{Type: input.DispatchKeyEventTypeKeyDown, Key: key, Text: key}, {Type: input.DispatchKeyEventTypeKeyUp, Key: key}} {
			if _, err := cdp.Call(ctx, tg, input.DispatchKeyEvent, e); err != nil {
				return err
			}
		}
		return nil
	})
}
