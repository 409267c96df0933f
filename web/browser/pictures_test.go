package browser_test

import (
	"bytes"
	"cmp"
	"context"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// pictureDir is where `make pictures` wants them.
var pictureDir = flag.String("pictures", "", "directory to write the documentation's pictures of pages to")

// shots are the pictures the documentation shows, on a desk and on a phone.
var shots = []struct{ name, who, path string }{
	{"home", "interfacing/jeanne", "/interfacing"},
	{"ticket", "interfacing/jeanne", "/interfacing/tickets/{waiting}"},
	{"register", "interfacing/jeanne", "/interfacing/register/severity"},
	{"queue", "interfacing/agent", "/interfacing/console?tab=all"},
	{"workbench", "interfacing/agent", "/interfacing/console/tickets/{progress}?from=mine"},
}

// TestPictures takes the documentation's pictures and keeps them small.
func TestPictures(t *testing.T) {
	dir := *pictureDir
	if dir == "" {
		dir = t.TempDir()
	}
	w := newWorld(t)
	for _, name := range []string{"closed", "answered", "progress", "waiting", "registered"} {
		w.ticket(t, name, states[name])
	}
	w.draft(t, "jeanne", map[string]string{
		"type": "bug", "component": "Process editor", "title": "Export of the process map is empty", "body": "Since the update **nothing** is exported.", "severity": "medium",
	})
	b := w.tab(t, "", "en")
	for _, s := range shots {
		w.seat(b, s.who, "en")
		for _, width := range []int64{1280, 360} {
			b.size(width, heights[width])
			b.open(w.at(s.path))
			small := reduced(t, b.screen(width))
			if len(small) > 100_000 {
				t.Errorf("the picture of %s, %d px wide, has %d bytes", s.name, width, len(small))
			}
			if err := os.WriteFile(filepath.Join(dir, s.name+"-"+strconv.FormatInt(width, 10)+".png"), small, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		b.nothingWrong(s.name)
	}
}

// screen is the page as the tab shows it, a phone's a screen and a half long.
func (b *tab) screen(width int64) (raw []byte) {
	b.t.Helper()
	height := heights[width]
	if width < 768 {
		height = height * 3 / 2
	}
	b.size(width, height)
	b.call(func(ctx context.Context, tg *chromedp.Target) error {
		r, err := cdp.Call(ctx, tg, page.CaptureScreenshot, page.CaptureScreenshotParams{})
		raw = r.Data
		return err
	})
	return raw
}

// reduced is a picture with at most 256 colours: pages have few, and shades of
// them at the edges of letters.
func reduced(t testing.TB, raw []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	often := map[color.Color]int{}
	for y := full.Bounds().Min.Y; y < full.Bounds().Max.Y; y++ {
		for x := full.Bounds().Min.X; x < full.Bounds().Max.X; x++ {
			often[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(often), func(a, b color.Color) int { return cmp.Compare(often[b], often[a]) })
	few := image.NewPaletted(full.Bounds(), colours[:min(len(colours), 256)])
	draw.Draw(few, full.Bounds(), full, full.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
