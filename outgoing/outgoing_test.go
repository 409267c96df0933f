package outgoing_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/casepath/casepath/outgoing"
)

var public = outgoing.Rules{Timeout: 5 * time.Second, AnswerMax: 1 << 10, Ports: []uint16{443}}

func get(t *testing.T, r outgoing.Rules, address string) (*http.Response, error) {
	t.Helper()
	answer, err := r.Client().Get(address)
	if err == nil {
		t.Cleanup(func() { _ = answer.Body.Close() })
	}
	return answer, err
}

// TestPrivateAddresses: however an inner address is written, or a name leads to
// it, it is not dialled.
func TestPrivateAddresses(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "255.255.255.255",
		"[::]", "[fe80::1]", "[fd00::1]", "[ff02::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001::1]",
	} {
		_, err := get(t, public, "https://"+host+"/")
		if !errors.Is(err, ssrf.ErrProhibitedIP) && !errors.Is(err, ssrf.ErrProhibitedNetwork) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := get(t, public, "https://192.0.2.1:22/"); !errors.Is(err, ssrf.ErrProhibitedPort) {
		t.Errorf("another port: %v", err)
	}
	for _, address := range []string{"http://example.com/", "gopher://example.com/", "https://a:b@example.com/", "https:///x", "unix:/run/x"} {
		u, err := url.Parse(address)
		if err != nil || public.MayCall(u) {
			t.Errorf("%s may be called (%v)", address, err)
		}
		if _, err := get(t, public, address); err == nil {
			t.Errorf("%s is called", address)
		}
	}
}

// TestAnswers: no redirect is followed, no answer read without end, and a side
// that never ends one is left.
func TestAnswers(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	mux := http.NewServeMux()
	mux.Handle("/away", http.RedirectHandler("/endless", http.StatusFound))
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for chunk := make([]byte, 4096); r.Context().Err() == nil; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/silent", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-over:
		}
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(over) })
	private := outgoing.Rules{Timeout: 5 * time.Second, AnswerMax: 1 << 10, Private: true}
	if answer, err := get(t, private, s.URL+"/away"); err != nil || answer.StatusCode != http.StatusFound {
		t.Errorf("a redirect: %v", err)
	}
	answer, err := get(t, private, s.URL+"/endless")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); err != nil || len(body) != 1<<10 {
		t.Errorf("%d bytes of an endless answer, %v", len(body), err)
	}
	private.Timeout = 50 * time.Millisecond
	if _, err := get(t, private, s.URL+"/silent"); err == nil || !os.IsTimeout(err) {
		t.Errorf("a silent one: %v", err)
	}
}

// ours are the files that may make HTTP calls of their own: to this machine, at
// addresses nobody else can name.
var ours = []string{"outgoing/outgoing.go", "cmd/casepath/health.go", "cmd/casepath/ready.go"}

// TestOneClient: nothing else in the product calls by HTTP (abuse case B29).
func TestOneClient(t *testing.T) {
	t.Parallel()
	root := os.DirFS("..")
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (path == "tools" || path == "procedures" || path == "client" || path == "examples" || path != "." && strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir // not in the product's programs
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		if slices.Contains(ours, path) {
			return nil
		}
		code, err := fs.ReadFile(root, path)
		for _, call := range []string{"http.Client{", "http.Transport{", "http.DefaultClient", "http.DefaultTransport", "http.Get(", "http.Head(", "http.Post(", "http.PostForm("} {
			if strings.Contains(string(code), call) {
				t.Errorf("%s has %s: calls go through outgoing", path, call)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
