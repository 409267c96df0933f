package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

//go:embed assets
var assetFiles embed.FS

// asset is one file every page loads, under a name that changes with it.
type asset struct {
	path, media  string
	raw, gzipped []byte
}

// assets are the one style sheet, the one script (htmx and our own lines) and
// the icon.
type assets struct{ style, script, icon asset }

func loadAssets() (*assets, error) {
	a := &assets{}
	for _, one := range []struct {
		to    *asset
		name  string
		media string
		parts []string
	}{
		{&a.style, "casepath.%.css", "text/css; charset=utf-8", []string{"casepath.css"}},
		{&a.script, "casepath.%.js", "text/javascript; charset=utf-8", []string{"htmx.min.js", "casepath.js"}},
		{&a.icon, "casepath.%.svg", "image/svg+xml", []string{"casepath.svg"}},
	} {
		for _, part := range one.parts {
			raw, err := assetFiles.ReadFile("assets/" + part)
			if err != nil {
				return nil, err
			}
			if part == "casepath.js" {
				raw = withoutRemarks(raw)
			}
			one.to.raw = append(append(one.to.raw, raw...), '\n')
		}
		sum := sha256.Sum256(one.to.raw)
		one.to.path = "/assets/" + strings.Replace(one.name, "%", hex.EncodeToString(sum[:6]), 1)
		one.to.media = one.media
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(one.to.raw); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		one.to.gzipped = packed.Bytes()
	}
	return a, nil
}

// withoutRemarks leaves our script's remarks and indents out: they are for who
// reads the source. No text in it begins a line with two strokes.
func withoutRemarks(raw []byte) []byte {
	var kept [][]byte
	for line := range bytes.Lines(raw) {
		if line = bytes.TrimSpace(line); len(line) > 0 && !bytes.HasPrefix(line, []byte("//")) {
			kept = append(kept, line)
		}
	}
	return bytes.Join(kept, []byte("\n"))
}

// serve answers with the files; browsers may keep them for ever.
func (a *assets) serve(e *echo.Echo) {
	for _, one := range []asset{a.style, a.script, a.icon} {
		e.GET(one.path, func(c echo.Context) error {
			h := c.Response().Header()
			h.Set(echo.HeaderCacheControl, "public, max-age=31536000, immutable")
			h.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
			if strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
				h.Set(echo.HeaderContentEncoding, "gzip")
				return c.Blob(http.StatusOK, one.media, one.gzipped)
			}
			return c.Blob(http.StatusOK, one.media, one.raw)
		})
	}
}
