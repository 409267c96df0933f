package browser_test

import (
	"bytes"
	"context"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stop is where the focus is after one more Tab.
type stop struct {
	Name, Kind       string
	Skip, Free, Ring bool
	Sticky           bool
	X, Y             float64
	Width, Height    float64
	PageX, PageY     float64
}

// stopsMax is how far a page is followed: the rows of a list are alike.
const stopsMax = 60

// rings are the kinds of elements whose focus has been seen in a picture.
type rings struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (r *rings) first(kind string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen[kind] {
		return false
	}
	r.seen[kind] = true
	return true
}

// tabThrough follows the Tab key: on the desk's screen in English, where there
// are two columns, and on a phone's in French.
func (v *visit) tabThrough() {
	v.t.Helper()
	if v.page.walk == noWalk {
		return
	}
	width, theme := int64(1280), "light"
	if v.locale == "fr" {
		width, theme = 360, "dark"
	}
	v.media("", "prefers-color-scheme", theme)
	v.size(width, heights[width])
	if v.page.then == nil {
		v.do(chromedp.Reload())
		v.checks()
	}
	eval[bool](v.tab, "checks.begin()")
	var before *stop
	for n := range stopsMax {
		v.press(kb.Tab)
		s := eval[*stop](v.tab, "checks.stop()")
		if s == nil {
			break
		}
		if n == 0 && !s.Skip {
			v.t.Errorf("statement 7: the first stop is %s, not the skip link", s.Name)
		}
		if !s.Free {
			v.t.Errorf("statement 10: %s has the focus and is covered (%d px)", s.Name, width)
		}
		v.ring(s, theme)
		if before != nil && v.page.walk == inOrder && jumpsBack(*before, *s, width) {
			v.t.Errorf("statement 8: the focus goes from %s back to %s (%d px)", before.Name, s.Name, width)
		}
		before = s
	}
	if before == nil {
		v.t.Error("statement 7: nothing can be reached by key")
	}
}

// jumpsBack says whether the next stop stands above the one before, in the
// same column. What sticks to the screen's edge stands where the reader is.
func jumpsBack(before, next stop, width int64) bool {
	if before.Skip || before.Sticky || next.Sticky {
		return false
	}
	above := next.PageY+next.Height <= before.PageY+1
	if width < 960 {
		return above
	}
	column := next.PageX >= before.PageX+before.Width-1
	sameLine := next.PageY < before.PageY+before.Height-1 && next.PageX+next.Width <= before.PageX+1 && next.PageY+next.Height > before.PageY+1
	return above && !column || sameLine
}

// ring checks that the focus shows: by its outline, and for the first of each
// kind in a picture.
func (v *visit) ring(s *stop, theme string) {
	v.t.Helper()
	if !s.Ring {
		v.t.Errorf("statement 9: %s does not show the focus by its outline (%s)", s.Name, theme)
	}
	if !v.rings.first(theme + s.Kind) {
		return
	}
	with := v.picture(s)
	eval[bool](v.tab, "checks.leave()")
	if bytes.Equal(with, v.picture(s)) {
		v.t.Errorf("statement 9: %s looks the same with and without the focus (%s)", s.Name, theme)
	}
}

// picture is the box of a stop with its surroundings.
func (v *visit) picture(s *stop) (png []byte) {
	v.t.Helper()
	clip := &page.Viewport{X: max(s.PageX-8, 0), Y: max(s.PageY-8, 0), Width: s.Width + 16, Height: min(s.Height+16, 400), Scale: 1}
	v.call(func(ctx context.Context, tg *chromedp.Target) error {
		r, err := cdp.Call(ctx, tg, page.CaptureScreenshot, page.CaptureScreenshotParams{Clip: clip})
		png = r.Data
		return err
	})
	return png
}
