package stack

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/google/uuid"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

// Database is a fresh, migrated database of one test's own.
type Database struct {
	Admin string // superuser's URL
	Owner string // as the role that migrates
	App   string // as the application's role
	Relay string // as the relay's role
}

var testRoles = store.Roles{Owner: "owner", App: "app", Relay: "relay"}

var (
	mine     *Servers // started by this process, if any
	once     sync.Once
	errStart error
)

// shared finds the run's servers, or starts this process's own.
func shared(t testing.TB) *Servers {
	t.Helper()
	once.Do(func() {
		if admin := os.Getenv(envPostgres); admin != "" {
			mine = &Servers{admin: admin, temporal: os.Getenv(envTemporal)}
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute) // Temporal may have to be built
		defer cancel()
		mine, errStart = Start(ctx, true)
	})
	if errStart != nil {
		t.Fatal(errStart)
	}
	return mine
}

// Main runs a package's tests and stops the servers this process has started:
// func TestMain(m *testing.M) { os.Exit(stack.Main(m)) }. They collect garbage
// a quarter as often as usual: a third of their time went there.
func Main(m *testing.M) int {
	debug.SetGCPercent(400)
	code := m.Run()
	if mine != nil && mine.postgres != nil {
		mine.Stop()
	}
	return code
}

// NewDatabase copies the migrated template; it is dropped after the test.
func NewDatabase(t testing.TB) Database {
	t.Helper()
	return shared(t).NewDatabase(t)
}

// NewDatabase is NewDatabase on these servers.
func (s *Servers) NewDatabase(t testing.TB) Database {
	t.Helper()
	admin, err := sql.Open("postgres", s.admin)
	if err != nil {
		t.Fatal(err)
	}
	template, err := ensureTemplate(t.Context(), s.admin, admin)
	if err != nil {
		t.Fatal(err)
	}
	return s.copy(t, admin, template)
}

// copy makes a database of the test's own from a template; it is dropped
// after the test.
func (s *Servers) copy(t testing.TB, admin *sql.DB, template string) Database {
	t.Helper()
	name := "t_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := admin.ExecContext(t.Context(), `create database `+name+` template `+template+` owner `+store.RoleOwner); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = admin.ExecContext(context.Background(), `drop database `+name+` with (force)`)
		_ = admin.Close()
	})
	d := Database{Admin: mustAs(t, s.admin, name, "", "")}
	d.Owner = mustAs(t, s.admin, name, store.RoleOwner, testRoles.Owner)
	d.App = mustAs(t, s.admin, name, store.RoleApp, testRoles.App)
	d.Relay = mustAs(t, s.admin, name, store.RoleRelay, testRoles.Relay)
	return d
}

func mustAs(t testing.TB, admin, database, role, password string) string {
	t.Helper()
	if role == "" {
		return strings.Replace(admin, "/postgres?", "/"+database+"?", 1)
	}
	url, err := store.As(admin, database, role, password)
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// newDemoDatabase is NewDatabase with the demo vendors in it.
func (s *Servers) newDemoDatabase(t testing.TB) Database {
	t.Helper()
	admin, err := sql.Open("postgres", s.admin)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := ensureTemplate(t.Context(), s.admin, admin)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Replace(plain, "template_", "template_demo_", 1)
	err = onceAServer(t.Context(), admin, name, func() error {
		if _, err := admin.ExecContext(t.Context(), `create database `+name+` template `+plain+` owner `+store.RoleOwner); err != nil {
			return err
		}
		app, err := store.Open(t.Context(), mustAs(t, s.admin, name, store.RoleApp, testRoles.App), 4)
		if err != nil {
			return err
		}
		_, err = demo.Fill(t.Context(), desk.New(app, nil, nil), Password)
		if err = errors.Join(err, app.Close()); err != nil {
			return err
		}
		filled := mustAs(t, s.admin, name, "", "")
		return errors.Join(signInsQuick(t.Context(), filled), countWrites(t.Context(), filled))
	})
	if err != nil {
		t.Fatal(err)
	}
	return s.copy(t, admin, name)
}

// signInsQuick has the demo people's passwords checked in no time: the hash says
// what it costs, and thousands of sign-ins at the real price prove no more.
func signInsQuick(ctx context.Context, admin string) error {
	hash, err := argon2id.CreateHash(Password, &argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		return err
	}
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, `update people set password_hash = $1 where password_hash <> ''`, hash)
	return err
}

// ensureTemplate makes the migrated database that tests copy.
func ensureTemplate(ctx context.Context, adminURL string, admin *sql.DB) (string, error) {
	hash, err := layout()
	if err != nil {
		return "", err
	}
	name := "template_" + hash
	return name, onceAServer(ctx, admin, name, func() error {
		if err := store.Bootstrap(ctx, adminURL, name, testRoles); err != nil {
			return err
		}
		owner, err := store.As(adminURL, name, store.RoleOwner, testRoles.Owner)
		if err != nil {
			return err
		}
		return store.Migrate(ctx, owner)
	})
}

// onceAServer makes a template database, whoever of the run's processes comes
// first; the others wait for it.
func onceAServer(ctx context.Context, admin *sql.DB, name string, fill func() error) error {
	lock, err := admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	if _, err := lock.ExecContext(ctx, `select pg_advisory_lock(7233)`); err != nil {
		return err
	}
	defer func() { _, _ = lock.ExecContext(context.WithoutCancel(ctx), `select pg_advisory_unlock(7233)`) }()
	var ready bool
	err = lock.QueryRowContext(ctx, `select exists (select from pg_database where datname = $1 and datistemplate)`, name).Scan(&ready)
	if err != nil || ready {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	_, err = lock.ExecContext(ctx, `alter database `+name+` is_template true`)
	return err
}

// layout is a fingerprint of the migrations.
func layout() (string, error) {
	sum := sha256.New()
	err := fs.WalkDir(store.Migrations(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(store.Migrations(), path)
		fmt.Fprintf(sum, "%s %d ", path, len(raw))
		sum.Write(raw)
		return err
	})
	return hex.EncodeToString(sum.Sum(nil)[:6]), err
}

// Store opens the database as the application; it is closed after the test.
func (d Database) Store(t testing.TB) *store.Store { return open(t, d.App) }

// OwnerStore opens the database as its owner; it is closed after the test.
func (d Database) OwnerStore(t testing.TB) *store.Store { return open(t, d.Owner) }

// RelayStore opens the database as the relay; it is closed after the test.
func (d Database) RelayStore(t testing.TB) *store.Store { return open(t, d.Relay) }

func open(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, 16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Engine is the shared Temporal with a namespace of one test's own, in which
// time may be skipped.
type Engine struct{ Address, Namespace string }

// NewEngine registers the namespace and waits until it is usable.
func NewEngine(t testing.TB) Engine {
	t.Helper()
	return shared(t).NewEngine(t)
}

// NewEngine is NewEngine on these servers.
func (s *Servers) NewEngine(t testing.TB) Engine {
	t.Helper()
	e := Engine{Address: s.temporal, Namespace: "t-" + uuid.NewString()}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := onebox.UseNamespace(ctx, e.Address, e.Namespace, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	return e
}
