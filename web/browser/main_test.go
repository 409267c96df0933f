// Package browser_test opens the pages in Debian's Chromium and checks what
// only a browser can tell: that nothing overflows, is cut or can't be reached
// by key, that contrasts suffice, that a double click is one deed, that nothing
// foreign loads and no script of a customer's runs. The numbers in the tests
// are those of the forty statements about the pages. A page is one line of the
// table in pages_test.go.
//
// Not here, and why: 11 (no page has a popup: details fold in place), 17 (a
// time, which make bench measures), 20 for a refused form (its page answers the
// POST, so the browser asks before it sends the same form with the same key
// again), 29 to 33 (presence, approval links and the map are not built yet), 35
// (level 1 promises one date and has no table of a clock). 38 compares signs
// and words, which no deficiency of sight changes.
//
// axe-core is kept in testdata (its licence is beside it), so that the tests
// need no npm and always run the rules of the same version.
package browser_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // what goes wrong on purpose is logged too
	code := stack.Main(m)
	if chromium.stop != nil {
		chromium.stop()
	}
	os.Exit(code)
}

// chromium is the one browser of this process; every tab has cookies of its
// own.
var chromium browser

type browser struct {
	once sync.Once
	ctx  context.Context //nolint:containedctx // chromedp keeps the browser in it
	err  error
	stop func()
}

// flags keep Chromium to the pages under test: no updates, no reports, no
// network but theirs.
var flags = append(chromedp.DefaultExecAllocatorOptions[:],
	chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("disable-sync", true),
	chromedp.Flag("hide-scrollbars", true),
	chromedp.Flag("no-proxy-server", true),
)

// start starts Chromium with a profile of this run's own, once.
func (b *browser) start() (context.Context, error) {
	b.once.Do(func() {
		limit, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // it may have to be installed
		defer cancel()
		path, err := onebox.Need(limit, func(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) }, "chromium", "chromium")
		if err != nil {
			b.err = err
			return
		}
		allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), append(flags, chromedp.ExecPath(path))...)
		ctx, stopBrowser := chromedp.NewContext(allocator)
		b.ctx, b.stop = ctx, func() { stopBrowser(); stopAllocator() }
		b.err = chromedp.Do(ctx)
	})
	return b.ctx, b.err
}
