package browser_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// button is the button of the form whose address ends so.
func button(action string) string { return `form[action$="` + action + `"] button:not([name])` }

// unfold opens what hides an element, with the mouse.
func (b *tab) unfold(selector string) {
	b.t.Helper()
	folded := eval[bool](b, `(() => { const d = document.querySelector(`+quoted(selector)+`)?.closest("details");
		document.querySelector("[data-unfold]")?.removeAttribute("data-unfold");
		if (!d || d.open) return false;
		d.setAttribute("data-unfold", ""); return true })()`)
	if folded {
		b.do(b.click("[data-unfold] > summary"))
	}
}

// slowed is the House behind a server that takes no form before it is let on.
func slowed(t testing.TB, w *world) (origin string, on func()) {
	t.Helper()
	to, err := url.Parse(w.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = to.Host }}
	gate := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !strings.HasSuffix(r.URL.Path, "/drafts") {
			<-gate
		}
		proxy.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	on = sync.OnceFunc(func() { close(gate) })
	t.Cleanup(on)
	return server.URL, on
}

// TestTwoClicksAreOneDeed: two real clicks before there is an answer, with scripts
// and without, do it once and cause one mail (statement 19), and reloading the page
// after it asks nothing and adds nothing (20).
func TestTwoClicksAreOneDeed(t *testing.T) {
	w := newWorld(t)
	for _, d := range deeds {
		for how, scriptless := range map[string]bool{"with scripts": false, "without scripts": true} {
			t.Run(d.name+" "+how, func(t *testing.T) {
				if d.state != "" {
					t.Parallel() // else it is about what it finds
				}
				d.twice(t, w, scriptless)
			})
		}
	}
}

func (d deed) twice(t *testing.T, w *world, scriptless bool) {
	t.Helper()
	number, path := "", d.path
	if d.state != "" {
		number = w.ticket(t, t.Name(), d.state)
		path = strings.ReplaceAll(path, "{it}", number)
	}
	if d.before != nil {
		d.before(t, w, number)
	}
	origin, on := slowed(t, w)
	b := w.tabAt(t, origin, d.who, "en")
	b.scriptless(scriptless)
	b.size(1280, heights[1280])
	if status := b.open(path); status != http.StatusOK {
		t.Fatalf("%s: %d", path, status)
	}
	made, mails := w.rowsOf(t, d.made, number), w.rowsOf(t, mailed, number)
	if d.fill != nil {
		d.fill(b)
	}
	if status := b.load(b.clicks(d.send, 2, 120*time.Millisecond), then(on)); status != http.StatusOK {
		t.Fatalf("after two clicks: %d %s", status, eval[string](b, "document.body.innerText"))
	}
	if n := w.rowsOf(t, d.made, number) - made; n != 1 {
		t.Errorf("statement 19: two clicks did it %d times", n)
	}
	if n := w.rowsOf(t, mailed, number) - mails; number != "" && n != d.mails {
		t.Errorf("statement 19: two clicks caused %d mails, not %d", n, d.mails)
	}
	if status := b.load(chromedp.Reload()); status != http.StatusOK {
		t.Errorf("statement 20: reloading answers %d", status)
	}
	if method := b.method(); method != http.MethodGet {
		t.Errorf("statement 20: reloading sends a %s again", method)
	}
	if n := w.rowsOf(t, d.made, number) - made; n != 1 {
		t.Errorf("statement 20: after reloading it is done %d times", n)
	}
	b.nothingWrong(d.name)
}

// then is a step of the test's own.
func then(do func()) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(context.Context, *chromedp.Target) error {
		do()
		return nil
	})
}

// rowsOf counts about a ticket, or about all when number is "".
func (w *world) rowsOf(t testing.TB, query, number string) int {
	t.Helper()
	if !strings.Contains(query, "$1") {
		return w.count(t, query)
	}
	return w.count(t, query, number)
}

// method is how the page in the tab was asked for.
func (b *tab) method() string {
	b.t.Helper()
	at := eval[string](b, "location.href.split('#')[0]")
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range slices.Backward(b.requests) {
		if r.Request.URL == at {
			return r.Request.Method
		}
	}
	b.t.Fatalf("nothing asked for %s", at)
	return ""
}
