// Package drill does what nobody wants to do for the first time in earnest: it
// backs a running Casepath up under load, loses it, puts it back to an instant
// and works on.
package drill

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/casepath/casepath/onebox"
)

// box is `casepath up` of the real binary on a data directory of its own.
type box struct {
	binary, data, url string
	postgres, engine  string // ports
	flags, env        []string
	process           *exec.Cmd
	password          string // of the demo people
}

func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "casepath")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/casepath").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// newBox prepares a box in a directory PostgreSQL's user may enter.
func newBox(t *testing.T, binary string) *box {
	t.Helper()
	data, err := os.MkdirTemp("", "drill-*") //nolint:usetesting // t.TempDir is for this user alone
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o755); err != nil {
		t.Fatal(err)
	}
	ports := make([]string, 6)
	for i := range ports {
		port, err := onebox.FreePort()
		if err != nil {
			t.Fatal(err)
		}
		ports[i] = fmt.Sprint(port)
	}
	return &box{
		binary: binary, data: data, url: "http://127.0.0.1:" + ports[4], postgres: ports[0], engine: ports[1],
		flags: []string{"--data", data, "--postgres-port", ports[0], "--temporal-port", ports[1], "--smtp-port", ports[2], "--inbox-port", ports[3]},
		env:   append(os.Environ(), "CASEPATH_LISTEN=127.0.0.1:"+ports[4], "CASEPATH_WORKER_LISTEN=127.0.0.1:"+ports[5], "CASEPATH_DATA="+data),
	}
}

// up starts the box and returns when it is ready; what it wrote is in the
// test's log when the test fails.
func (b *box) up(t *testing.T, more ...string) {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), "up-*.log")
	if err != nil {
		t.Fatal(err)
	}
	b.process = exec.Command(b.binary, append(append([]string{"up"}, b.flags...), more...)...)
	b.process.Env, b.process.Stdout, b.process.Stderr = b.env, log, log
	b.process.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // should this test be killed itself
	if err := b.process.Start(); err != nil {
		t.Fatal(err)
	}
	process := b.process
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if t.Failed() {
			content, _ := os.ReadFile(log.Name())
			t.Logf("casepath up wrote:\n%s", content[max(0, len(content)-8000):])
		}
	})
	eventually(t, 5*time.Minute, "the box is ready", func() bool {
		if err := syscall.Kill(process.Process.Pid, 0); err != nil {
			t.Fatalf("casepath up is gone: %v", err)
		}
		answer, err := http.Get(b.url + "/readyz")
		if err != nil {
			return false
		}
		_ = answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	var made struct{ Demo string }
	raw, err := os.ReadFile(filepath.Join(b.data, "secrets.json"))
	if err != nil || json.Unmarshal(raw, &made) != nil {
		t.Fatal(err)
	}
	if b.password == "" {
		b.password = made.Demo
	}
}

// down stops the box as Ctrl-C does.
func (b *box) down(t *testing.T) {
	t.Helper()
	if err := b.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := b.process.Wait(); err != nil {
		t.Fatalf("casepath up ended with %v", err)
	}
}

// casepath runs another command on this box and answers what it wrote.
func (b *box) casepath(t *testing.T, args ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), b.binary, args...)
	command.Env = b.env
	raw, _ := os.ReadFile(filepath.Join(b.data, "env.sh"))
	for line := range strings.Lines(string(raw)) {
		command.Env = append(command.Env, strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(line), "export "), "'", ""))
	}
	out, err := command.CombinedOutput()
	return string(out), err
}

// must is casepath that has to succeed.
func (b *box) must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := b.casepath(t, args...)
	if err != nil {
		t.Fatalf("casepath %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	t.Logf("casepath %s:\n%s", strings.Join(args, " "), out)
	return out
}

// mails are the Message-IDs of everything that arrived, as often as it did.
func (b *box) mails(t *testing.T) (ids []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(b.data, "mail", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(f)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, m.Header.Get("Message-ID"))
		_ = f.Close()
	}
	return ids
}

// answer is what the API said.
type answer struct {
	status int
	raw    []byte
	text   map[string]any
}

func (a answer) field(name string) string {
	s, _ := a.text[name].(string)
	return s
}

var patient = &http.Client{Timeout: time.Minute}

// ask sends one request; content that is text is sent as a file.
func (b *box) ask(ctx context.Context, token, method, path string, content any, key string) (a answer, err error) {
	body, kind := []byte(nil), "application/json"
	if text, isText := content.(string); isText {
		body, kind = []byte(text), "application/octet-stream"
	} else if content != nil {
		if body, err = json.Marshal(content); err != nil {
			return a, err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, b.url+path, bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	if body != nil {
		request.Header.Set("Content-Type", kind)
		request.Header.Set("Idempotency-Key", key)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := patient.Do(request)
	if err != nil {
		return a, err
	}
	defer func() { _ = response.Body.Close() }()
	a.status = response.StatusCode
	if a.raw, err = io.ReadAll(response.Body); err != nil {
		return a, err
	}
	_ = json.Unmarshal(a.raw, &a.text) // nil for what is no object
	return a, nil
}

// insist repeats a request with its key while the answer is that nothing is
// known yet.
func (b *box) insist(t *testing.T, token, method, path string, content any, key string) answer {
	t.Helper()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for deadline := time.Now().Add(2 * time.Minute); ; <-pause.C {
		a, err := b.ask(t.Context(), token, method, path, content, key)
		if err == nil && a.status != http.StatusServiceUnavailable {
			return a
		}
		if time.Now().After(deadline) {
			t.Errorf("%s %s: no answer in two minutes (%v)", method, path, err)
			return a
		}
	}
}

func (b *box) signIn(t *testing.T, local string) string {
	t.Helper()
	a := b.insist(t, "", http.MethodPost, "/v1/sessions", map[string]any{
		"vendor": "interfacing", "email": local + "@interfacing.example", "password": b.password,
	}, "")
	if a.field("token") == "" {
		t.Fatalf("sign in %s: %d %s", local, a.status, a.raw)
	}
	return a.field("token")
}

// eventually waits for something that must come true, and fails naming it.
func eventually(t *testing.T, within time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(within); ; <-tick.C {
		if holds() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
