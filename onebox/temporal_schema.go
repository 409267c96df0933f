package onebox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"

	"github.com/lib/pq"
	"golang.org/x/sync/errgroup"
)

// temporalDatabases are Temporal's two databases and the schema each has among
// those built into the SQL tool.
var temporalDatabases = map[string]string{
	"temporal":            "postgresql/v12/temporal",
	"temporal_visibility": "postgresql/v12/visibility",
}

// A database's comment says how far its schema has come.
const beingSetUp = "casepath: being set up"

// prepareDatabases makes the role, the databases and their schema, or brings
// them up to the version of the programs. When nothing changed it costs a few
// queries.
func (t *Temporal) prepareDatabases(ctx context.Context) error {
	version, err := t.toolVersion(ctx)
	if err != nil {
		return err
	}
	admin, err := t.open("postgres")
	if err != nil {
		return err
	}
	defer func() { _ = admin.Close() }()
	if err := temporalRole(ctx, admin, t.password); err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	for name, schema := range temporalDatabases {
		work.Go(func() error {
			return t.prepareDatabase(ctx, admin, name, schema, "casepath: schema of Temporal "+version)
		})
	}
	return work.Wait()
}

func (t *Temporal) open(database string) (*sql.DB, error) {
	db, err := sql.Open("postgres", t.options.AdminURL(database))
	if err != nil {
		return nil, fmt.Errorf("the address of Temporal's database is not usable (%w): it must look like postgres://user:password@127.0.0.1:5432/temporal", err)
	}
	return db, nil
}

// TemporalDatabases makes Temporal's role with this password and its two
// databases, as far as they are missing, for a Temporal that others set up and
// run; admin is a superuser's URL. It can be repeated.
func TemporalDatabases(ctx context.Context, admin, password string) error {
	db, err := sql.Open("postgres", admin)
	if err != nil {
		return fmt.Errorf("the superuser's address is not usable (%w): it must look like postgres://user:password@127.0.0.1:5432/postgres", err)
	}
	defer func() { _ = db.Close() }()
	if err := temporalRole(ctx, db, password); err != nil {
		return err
	}
	for name := range temporalDatabases {
		_, exists, err := databaseComment(ctx, db, name)
		if err == nil && !exists {
			_, err = db.ExecContext(ctx, `create database `+name+temporalDatabase)
		}
		if err != nil {
			return fmt.Errorf("the database %s can't be made: %w", name, err)
		}
	}
	return nil
}

// temporalDatabase is how each of Temporal's databases is made.
const temporalDatabase = ` owner temporal template template0 encoding 'UTF8'`

// temporalRole makes the role's password the one we have: either may be older.
func temporalRole(ctx context.Context, admin *sql.DB, password string) error {
	var exists bool
	err := admin.QueryRowContext(ctx, `select exists (select from pg_roles where rolname = 'temporal')`).Scan(&exists)
	if err == nil {
		verb := "create"
		if exists {
			verb = "alter"
		}
		_, err = admin.ExecContext(ctx, verb+` role temporal login password `+pq.QuoteLiteral(password))
	}
	if err != nil {
		return fmt.Errorf("the database user temporal can't be prepared (%w): check that PostgreSQL runs and that its superuser's password is right", err)
	}
	return nil
}

func (t *Temporal) prepareDatabase(ctx context.Context, admin *sql.DB, name, schema, finished string) error {
	comment, exists, err := databaseComment(ctx, admin, name)
	if err != nil {
		return fmt.Errorf("PostgreSQL can't be asked for the database %s: %w", name, err)
	}
	if exists && comment == finished {
		return nil
	}
	run := func(statements ...string) {
		for _, s := range statements {
			if err == nil {
				_, err = admin.ExecContext(ctx, s)
			}
		}
	}
	if exists && comment == beingSetUp { // interrupted: nothing has ever run on it
		run(`drop database ` + name)
	}
	if !exists || comment == beingSetUp {
		run(`create database `+name+temporalDatabase,
			`comment on database `+name+` is '`+beingSetUp+`'`)
	}
	if err != nil {
		return fmt.Errorf("the database %s can't be made (%w): check the disk and that no other program uses it", name, err)
	}
	if err := t.runSQLTool(ctx, name, "setup-schema", "--version", "0.0"); err != nil {
		return err
	}
	if err := t.runSQLTool(ctx, name, "update-schema", "--schema-name", schema); err != nil {
		return err
	}
	run(`comment on database ` + name + ` is ` + pq.QuoteLiteral(finished))
	if err != nil {
		return fmt.Errorf("the state of the database %s can't be noted: %w", name, err)
	}
	return nil
}

func databaseComment(ctx context.Context, admin *sql.DB, name string) (comment string, exists bool, err error) {
	err = admin.QueryRowContext(ctx,
		`select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where datname = $1`, name).Scan(&comment)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return comment, err == nil, err
}

func (t *Temporal) toolVersion(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, t.options.SQLTool, "--version").Output()
	fields := strings.Fields(string(out)) // temporal-sql-tool version 1.32.1
	if err != nil || len(fields) == 0 {
		return "", fmt.Errorf("Temporal's SQL tool %s does not tell its version (%v): remove that file, it will be built again", t.options.SQLTool, err) //nolint:errorlint // nil when it only said nothing
	}
	return fields[len(fields)-1], nil
}

func (t *Temporal) runSQLTool(ctx context.Context, database string, args ...string) error {
	u, err := url.Parse(t.options.AdminURL(database))
	if err != nil {
		return fmt.Errorf("the address of Temporal's database is not a URL: it must look like postgres://user:password@127.0.0.1:5432/temporal")
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	cmd := exec.CommandContext(ctx, t.options.SQLTool, args...)
	cmd.Env = append(cleanEnv(), "SQL_PLUGIN=postgres12", "SQL_HOST="+u.Hostname(), "SQL_PORT="+port,
		"SQL_USER=temporal", "SQL_PASSWORD="+t.password, "SQL_DATABASE="+database)
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("the schema of the database %s can't be brought up to date (%s: %w, %q): restore the database from a backup, or drop it if it holds nothing worth keeping",
			database, args[0], err, lines[len(lines)-1])
	}
	return nil
}

// forgetMembers removes what an earlier run wrote about itself. Nobody else is
// a member in one box, and a server that was killed would be waited for.
func (t *Temporal) forgetMembers(ctx context.Context) error {
	db, err := t.open("temporal")
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(ctx, `delete from cluster_membership`); err != nil {
		return fmt.Errorf("Temporal's list of members can't be emptied (%w): check that PostgreSQL runs", err)
	}
	return nil
}
