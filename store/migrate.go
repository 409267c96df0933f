package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the numbered up-migrations, for whoever needs to know what
// layout this build expects.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}

// Roles are the three database roles and their passwords: the owner migrates,
// the application works under row-level security, the relay delivers.
type Roles struct{ Owner, App, Relay string }

// Role names.
const (
	RoleOwner = "casepath_owner"
	RoleApp   = "casepath_app"
	RoleRelay = "casepath_relay"
)

// Bootstrap makes the roles with these passwords and the database, as far as
// they are missing; admin is a superuser's URL. It can be repeated.
func Bootstrap(ctx context.Context, admin, database string, passwords Roles) error {
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return fmt.Errorf("open as administrator: %w", err)
	}
	defer func() { _ = db.Close() }()
	for role, password := range map[string]string{RoleOwner: passwords.Owner, RoleApp: passwords.App, RoleRelay: passwords.Relay} {
		if err := makeRole(ctx, db, role, password); err != nil {
			return err
		}
	}
	var exists bool
	if err := db.QueryRowContext(ctx, `select exists (select from pg_database where datname = $1)`, database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", database, err)
	}
	if exists {
		return nil
	}
	statement := fmt.Sprintf(`create database %s owner %s`, pq.QuoteIdentifier(database), RoleOwner)
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("create database %s: %w", database, err)
	}
	return nil
}

func makeRole(ctx context.Context, db *sql.DB, role, password string) error {
	var exists bool
	if err := db.QueryRowContext(ctx, `select exists (select from pg_roles where rolname = $1)`, role).Scan(&exists); err != nil {
		return fmt.Errorf("look for role %s: %w", role, err)
	}
	verb := "create"
	if exists {
		verb = "alter"
	}
	statement := fmt.Sprintf(`%s role %s login nosuperuser nobypassrls password %s`, verb, role, pq.QuoteLiteral(password))
	if _, err := db.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s role %s: %w", verb, role, err)
	}
	return nil
}

// As is the URL of the same database as another role.
func As(admin, database, role, password string) (string, error) {
	u, err := url.Parse(admin)
	if err != nil {
		return "", fmt.Errorf("database url: %w", err)
	}
	u.User, u.Path = url.UserPassword(role, password), "/"+database
	return u.String(), nil
}

// Migrate brings the database at url (as the owner) to this build's layout.
// Two at once are safe: the second waits on an advisory lock.
func Migrate(ctx context.Context, url string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return fmt.Errorf("open as owner: %w", err)
	}
	defer func() { _ = db.Close() }()
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return fmt.Errorf("migration lock: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, Migrations(), goose.WithSessionLocker(locker))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
