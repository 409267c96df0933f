package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

// containerUser is the user of our image, and of Temporal's.
const containerUser = 1000

type secretsCommand struct {
	Dir      string `arg:"" help:"Directory that docker-compose.yml reads them from; made if missing."`
	Database string `default:"postgres:5432" help:"Where the containers find PostgreSQL." placeholder:"HOST:PORT"`
}

// Run writes one file a secret, readable by the containers' user alone. Secrets
// that are there belong to databases made with them: it writes none over.
func (s secretsCommand) Run() error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil { //nolint:gosec // each secret in it is 0600
		return fmt.Errorf("directory for the secrets: %w", err)
	}
	files := s.fresh()
	for name := range files {
		if _, err := os.Lstat(filepath.Join(s.Dir, name)); err == nil {
			return fmt.Errorf("%s holds secrets already: they belong to the databases that were made with them", s.Dir)
		}
	}
	for name, content := range files {
		if err := writeSecret(filepath.Join(s.Dir, name), content); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	fmt.Printf("%d secrets are in %s. Keep a copy elsewhere, apart from backups.\n", len(files), s.Dir)
	if me := os.Geteuid(); me != 0 && me != containerUser {
		fmt.Printf("The containers run as user %d and can't read what user %d has written: chown them, or write them as root.\n", containerUser, me)
	}
	return nil
}

// fresh are all secrets docker-compose.yml names, by file.
func (s secretsCommand) fresh() map[string]string {
	admin, temporal := rand.Text(), rand.Text()
	address := func(role, password, database string) string {
		u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Host: s.Database, Path: "/" + database, RawQuery: "sslmode=disable"}
		return u.String()
	}
	return map[string]string{
		"postgres_password":     admin,
		"admin_database_url":    address("postgres", admin, "postgres"),
		"owner_database_url":    address(store.RoleOwner, rand.Text(), "casepath"),
		"database_url":          address(store.RoleApp, rand.Text(), "casepath"),
		"relay_database_url":    address(store.RoleRelay, rand.Text(), "casepath"),
		"temporal_password":     temporal,
		"temporal_database_url": address("temporal", temporal, "temporal"),
		"secret_key":            identity.NewKey(),
		"metrics_token":         rand.Text(),
	}
}

func writeSecret(path, content string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(content + "\n")
	if os.Geteuid() == 0 {
		err = errors.Join(err, f.Chown(containerUser, containerUser))
	}
	return errors.Join(err, f.Close())
}

type namespaceCommand struct {
	Retention time.Duration `default:"72h" help:"How long closed workflows stay readable, when it is registered."`
}

// Run registers the namespace and returns when the engine serves it.
func (n namespaceCommand) Run(ctx context.Context, c config) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	return onebox.UseNamespace(ctx, c.Temporal, c.TemporalNamespace, n.Retention)
}
