package browser_test

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/checks.js
var checksJS string

//go:embed testdata/axe-core/axe.min.js
var axeJS string

// widths are the screens: two phones, a tablet, a desk.
var widths = []int64{320, 360, 768, 1280}

var heights = map[int64]int64{320: 568, 360: 640, 768: 1024, 1280: 800}

var themes = []string{"light", "dark"}

// visit is one page of the table, open in a tab.
type visit struct {
	*tab
	page   pageCase
	locale string
	rings  *rings
}

// enter opens the page and makes its state.
func (v *visit) enter(w *world) {
	v.t.Helper()
	v.size(1280, heights[1280])
	v.media("", "prefers-color-scheme", "light")
	v.open(w.at(v.page.path))
	if v.page.then != nil {
		v.page.then(w, v.tab)
	}
	v.checks()
}

// checks brings the checks into the page.
func (b *tab) checks() { b.t.Helper(); eval[bool](b, checksJS) }

// speak is the language a tab asks for.
func (b *tab) speak(locale string) {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": locale}})
		return err
	})
}

// check fails the test for what a check says is wrong; statement is its number.
func (v *visit) check(statement, expression string, where ...any) {
	v.t.Helper()
	for _, wrong := range eval[[]string](v.tab, "checks."+expression) {
		v.t.Errorf("statement %s: %s %s", statement, wrong, fmt.Sprint(where...))
	}
}

// read checks what a page says, whatever it looks like.
func (v *visit) read() {
	v.t.Helper()
	v.check("22", "whole()")
	if v.locale == "en" {
		v.check("22", "alone()") // a page is as whole in every language
	}
	v.check("16", "smuggled()")
	v.check("34", "path()")
	v.check("38", "signs()")
	if lang := eval[string](v.tab, "document.documentElement.lang"); lang != v.locale {
		v.t.Errorf("statement 36: the page's language is %q", lang)
	}
	v.check("36", "dates(["+quoteAll(months[v.locale])+"])")
	for _, text := range eval[[]string](v.tab, "checks.texts()") {
		for _, wrong := range spoken(text, v.locale) {
			v.t.Errorf("statement 37: %s", wrong)
		}
	}
	staff := eval[bool](v.tab, `!!document.querySelector(".top a[href*='/console']")`)
	if !staff && eval[bool](v.tab, `document.documentElement.outerHTML.includes("`+inside+`")`) {
		v.t.Error("statement 25: a customer's page holds what only staff may read")
	}
	if shift := v.moved(); shift > moveMax {
		v.t.Errorf("statement 14: the page moved by %.3f while it loaded", shift)
	}
}

// moveMax is how much a page may move while it loads.
const moveMax = 0.02

// moved is how much the page moved while it loaded. Where the machine has too much
// to do the browser may draw a half of it first; what is the page's own doing
// happens each time, so a page that moved is loaded once more.
func (v *visit) moved() float64 {
	v.t.Helper()
	shift := eval[float64](v.tab, "window.shifted")
	if shift <= moveMax || v.page.then != nil {
		return shift
	}
	v.open(eval[string](v.tab, "location.pathname + location.search"))
	v.checks()
	return min(shift, eval[float64](v.tab, "window.shifted"))
}

// look checks how the page is laid out in each width, folded and with
// everything unfolded, as it stays; and how it is coloured.
func (v *visit) look() {
	v.t.Helper()
	v.lookAt("folded")
	if eval[int](v.tab, "checks.unfold()") > 0 {
		v.lookAt("unfolded")
	}
	if v.locale == "en" {
		v.coloured() // words differ, colours do not
	}
}

func (v *visit) lookAt(how string) {
	v.t.Helper()
	for _, width := range widths {
		v.size(width, heights[width])
		v.laidOut(how, width)
		if v.page.walk == inOrder {
			v.check("8", "order()", how, width)
		}
	}
}

// coloured checks the colours of everything, unfolded, in each theme.
func (v *visit) coloured() {
	v.t.Helper()
	for _, theme := range themes {
		v.media("", "prefers-color-scheme", theme)
		v.check("6", "faint()", theme)
	}
	v.media("", "prefers-reduced-motion", "reduce")
	v.check("40", "moving()", "though less motion is asked for")
	v.media("", "forced-colors", "active")
	v.check("40", "shapeless()", "with forced colours")
}

func (v *visit) laidOut(where ...any) {
	v.t.Helper()
	v.check("2", "wide()", where...)
	v.check("4", "cut()", where...)
	v.check("5", "small()", where...)
}

// audit runs axe: on a desk's screen in English, the contrasts in each theme;
// in French on a phone, all but the contrasts, for no width and no language has
// colours of its own.
func (v *visit) audit() {
	v.t.Helper()
	eval[bool](v.tab, axeJS+";true")
	if v.locale == "en" {
		v.axe(1280, "light", everyRule)
		v.axe(1280, "dark", `runOnly: ["color-contrast"]`)
	} else {
		v.axe(320, "light", everyRule+`, rules: {"color-contrast": {enabled: false}}`)
	}
}

const everyRule = `runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]`

// axe runs some of axe's rules on the whole page, so that what sticks to the
// screen covers nothing.
func (v *visit) axe(width int64, theme, options string) {
	v.t.Helper()
	v.media("", "prefers-color-scheme", theme)
	v.size(width, heights[width])
	v.size(width, max(heights[width], eval[int64](v.tab, "document.documentElement.scrollHeight")))
	for _, wrong := range eval[[]string](v.tab, fmt.Sprintf(runAxe, options)) {
		v.t.Errorf("statement 1: %s %s %d", wrong, theme, width)
	}
}

const runAxe = `axe.run(document, {%s, resultTypes: ["violations"], preload: false})
	.then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary.replace(/\s+/g, " "))))`

// enlarge checks the page with twice the text, and with the spacing that
// readers may set (WCAG 1.4.4, 1.4.12).
func (v *visit) enlarge() {
	v.t.Helper()
	v.media("", "prefers-color-scheme", "light")
	v.textSize(32)
	for _, width := range widths {
		v.size(width, heights[width])
		v.check("3", "wide()", "with twice the text, ", width)
		v.check("3", "cut()", "with twice the text, ", width)
	}
	v.textSize(16)
	eval[bool](v.tab, "checks.spaced(true)")
	for _, width := range widths {
		v.size(width, heights[width])
		v.check("3", "wide()", "with the text spaced, ", width)
		v.check("3", "cut()", "with the text spaced, ", width)
	}
	eval[bool](v.tab, "checks.spaced(false)")
}

// textSize is the size of text a reader has set in the browser, in pixels.
func (b *tab) textSize(px int64) {
	b.t.Helper()
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		_, err := cdp.Call(ctx, tg, page.SetFontSizes, page.SetFontSizesParams{FontSizes: &page.FontSizes{Standard: px, Fixed: px * 13 / 16}})
		return err
	})
}

// print checks the page on paper: A4 with the browser's margins is 718 px wide.
func (v *visit) print() {
	v.t.Helper()
	v.media("print")
	v.size(718, 1000)
	v.check("39", "paper()")
	v.media("")
	if v.locale != "en" || !v.page.own {
		return // a page's words and states differ, the printer does not
	}
	pdf, err := chromedp.Run(v.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	if err != nil || len(pdf) == 0 {
		v.t.Errorf("statement 39: the page can't be printed: %v", err)
	}
}

// titles are the titles of pages seen so far.
type titles struct {
	mu    sync.Mutex
	pages map[string]string
}

// add fails the test when another page has this page's title.
func (s *titles) add(v *visit) {
	v.t.Helper()
	if !v.page.own {
		return
	}
	title := eval[string](v.tab, "document.title")
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, taken := s.pages[title]; taken {
		v.t.Errorf("statement 22: the title %q is that of the page %q too", title, other)
	}
	s.pages[title] = v.page.name
}

func quoteAll(list []string) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = quoted(s)
	}
	return strings.Join(all, ",")
}
