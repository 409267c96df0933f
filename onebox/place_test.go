package onebox

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// place is a directory that PostgreSQL's user may pass through; t.TempDir's is
// for this user alone.
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "onebox-*") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// soon is a context for a test's starts and stops. Building Temporal for the
// first time has to fit in.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

var foundParts = sync.OnceValues(func() (Parts, error) {
	return FindParts(context.Background(), func(string, ...any) {})
})

func parts(t *testing.T) Parts {
	t.Helper()
	p, err := foundParts()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func postgresIn(t *testing.T, dir string) PostgresOptions {
	t.Helper()
	return PostgresOptions{Bin: parts(t).PostgresBin, DataDir: filepath.Join(dir, "pg"), Port: freePort(t)}
}

func startPostgres(t *testing.T, o PostgresOptions) *Postgres {
	t.Helper()
	p, err := StartPostgres(soon(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	return p
}

// mention fails unless err is one sentence with all these words in it.
func mention(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("there was no error")
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %v", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not mention %q: %v", w, err)
		}
	}
}
