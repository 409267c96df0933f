// Package stack gives tests the real parts: a PostgreSQL server, a Temporal
// server that may skip time, a database and a namespace of a test's own. One
// set of servers serves a whole run: `make test` starts it (./run) and names
// it in the environment; a package tested alone starts its own.
package stack

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/casepath/casepath/onebox"
)

// The environment in which a run's servers are named.
const (
	envPostgres = "CASEPATH_TEST_POSTGRES" // superuser's URL of the database postgres
	envTemporal = "CASEPATH_TEST_TEMPORAL" // host:port
)

// Servers are the parts every test shares.
type Servers struct {
	admin    string // superuser's URL
	temporal string
	dir      string
	postgres *onebox.Postgres
	engine   *onebox.Temporal
}

// Start starts PostgreSQL and, if asked, Temporal, in a directory of their own.
func Start(ctx context.Context, withEngine bool) (s *Servers, err error) {
	s = &Servers{}
	defer func() {
		if err != nil {
			s.Stop()
		}
	}()
	parts, err := onebox.FindParts(ctx, func(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) })
	if err != nil {
		return s, err
	}
	if s.dir, err = os.MkdirTemp("", "casepath-test-*"); err != nil {
		return s, err
	}
	if err = os.Chmod(s.dir, 0o755); err != nil {
		return s, err
	}
	port, err := onebox.FreePort()
	if err != nil {
		return s, err
	}
	if s.postgres, err = onebox.StartPostgres(ctx, onebox.PostgresOptions{
		Bin: parts.PostgresBin, DataDir: filepath.Join(s.dir, "pg"), Port: port, MaxConnections: 400,
	}); err != nil {
		return s, err
	}
	s.admin = s.postgres.AdminURL("postgres")
	if !withEngine {
		return s, nil
	}
	if port, err = onebox.FreePort(); err != nil {
		return s, err
	}
	s.engine, err = onebox.StartTemporal(ctx, onebox.TemporalOptions{
		Server: parts.TemporalServer, SQLTool: parts.TemporalSQLTool, Dir: filepath.Join(s.dir, "temporal"),
		AdminURL: s.postgres.AdminURL, Port: port, TimeSkipping: true,
	})
	if err != nil {
		return s, err
	}
	s.temporal = s.engine.Address()
	return s, nil
}

// Temporal is the engine's process, for tests that kill it; nil when another
// process started it.
func (s *Servers) Temporal() *onebox.Temporal { return s.engine }

// Environment names the servers to the tests of other processes.
func (s *Servers) Environment() []string {
	return []string{envPostgres + "=" + s.admin, envTemporal + "=" + s.temporal}
}

// Stop ends what Start started and removes its directory.
func (s *Servers) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if s.engine != nil {
		_ = s.engine.Kill()
	}
	if s.postgres != nil {
		_ = s.postgres.Stop(ctx)
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// UntilSignal is a context that ends with Ctrl-C or SIGTERM.
func UntilSignal() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}
