package outgoing_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/casepath/casepath/outgoing"
)

var public = outgoing.Rules{Timeout: time.Minute, AnswerMax: 1 << 10, Ports: []uint16{443}}

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
		if u, err := url.Parse("https://" + host + "/"); err != nil || public.MayCall(u) {
			t.Errorf("%s may be kept (%v)", host, err)
		}
	}
	if _, err := get(t, public, "https://192.0.2.1:22/"); !errors.Is(err, ssrf.ErrProhibitedPort) {
		t.Errorf("another port: %v", err)
	}
	for address, may := range map[string]bool{
		"https://example.com/x": true, "https://192.0.2.1:22/": false, "https://example.com:22/": false, "https://8.8.8.8/": true, "https://[2606:4700::1111]:443/": true,
	} {
		if u, err := url.Parse(address); err != nil || public.MayCall(u) != may {
			t.Errorf("%s may be kept: %v, %v", address, !may, err)
		}
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
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) { // a kilobyte that unpacks to a megabyte
		w.Header().Set("Content-Encoding", "gzip")
		pack := gzip.NewWriter(w)
		_, _ = pack.Write(make([]byte, 1<<20))
		_ = pack.Close()
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
	private := outgoing.Rules{Timeout: time.Minute, AnswerMax: 1 << 10, Private: true}
	if answer, err := get(t, private, s.URL+"/away"); err != nil || answer.StatusCode != http.StatusFound {
		t.Errorf("a redirect: %v", err)
	}
	for _, path := range []string{"/endless", "/bomb"} {
		answer, err := get(t, private, s.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(answer.Body); err != nil || len(body) != 1<<10 {
			t.Errorf("%d bytes of %s, %v", len(body), path, err)
		}
	}
	private.Timeout = 50 * time.Millisecond
	if _, err := get(t, private, s.URL+"/silent"); err == nil || !os.IsTimeout(err) {
		t.Errorf("a silent one: %v", err)
	}
}

// names is a name server on this machine for the time of a test: each question is
// answered with the next of these addresses, the last one for ever.
func names(t *testing.T, addresses ...[4]byte) (asked *atomic.Int32) {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked = &atomic.Int32{}
	go func() {
		for packet := make([]byte, 512); ; {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			question := packet[12:n]
			if i := bytes.IndexByte(question, 0); i >= 0 && len(question) >= i+5 {
				question = question[:i+5] // the name, its type and class
			}
			answer := append([]byte{packet[0], packet[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
			if question[len(question)-3] == 1 { // A
				a := addresses[min(int(asked.Add(1))-1, len(addresses)-1)]
				answer[7] = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, a[0], a[1], a[2], a[3])
			}
			_, _ = server.WriteTo(answer, from)
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
	})
	return asked
}

// TestRebinding: a name that led to a public address when somebody looked, and to
// this machine when it is dialled, is not dialled; nor is one that leads here
// from the start.
func TestRebinding(t *testing.T) { //nolint:paralleltest // the name server is everybody's
	asked := names(t, [4]byte{192, 0, 2, 1}, [4]byte{127, 0, 0, 1})
	if found, err := net.DefaultResolver.LookupHost(t.Context(), "rebound.example"); err != nil || len(found) != 1 || found[0] != "192.0.2.1" {
		t.Fatalf("a look: %v, %v", found, err)
	}
	for range 2 {
		before := asked.Load()
		if _, err := get(t, public, "https://rebound.example/"); !errors.Is(err, ssrf.ErrProhibitedIP) && !errors.Is(err, ssrf.ErrProhibitedNetwork) {
			t.Errorf("dialled: %v", err)
		}
		if asked.Load() == before {
			t.Error("the name was not asked again: the test proves nothing")
		}
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
