package onebox

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/lib/pq"
)

// RecoverOptions say what is restored.
type RecoverOptions struct {
	Postgres PostgresOptions // as StartPostgres is given them; its data directory is replaced
	Dir      string          // of backups, as Backup was given it
	At       time.Time       // the instant, to the microsecond; zero: as late as the log reaches

	// Before may look at the database that is replaced. It is called if there
	// is one of the same installation that still starts.
	Before func(ctx context.Context, admin func(database string) string) error
	// After is the first to work on the restored database, while nobody else
	// can reach it. Its error ends the restore, and nothing is replaced.
	After func(ctx context.Context, admin func(database string) string) error
}

// Recovered is what a restore has done.
type Recovered struct {
	Base  time.Time // of the base backup that was taken
	Last  time.Time // when the last transaction was committed that is there
	Aside string    // directory the replaced data are kept in, "" if there were none
}

// asideSuffix and an instant name what is kept beside a data directory.
const asideSuffix = ".aside-"

// Recover puts the data directory back to what it was at an instant: all
// databases of the server to the same one. A transaction that was confirmed
// before the instant is there, one that began after it is not. It refuses
// while a server runs on the data directory. The replaced data are kept
// beside it; when Recover fails they are still in place.
func Recover(ctx context.Context, o RecoverOptions) (done Recovered, err error) {
	if o.Postgres, err = o.Postgres.complete(); err != nil {
		return done, err
	}
	lock, err := lockDataDir(ctx, o.Postgres.DataDir)
	if err != nil {
		return done, err
	}
	defer func() { _ = lock.Close() }()
	r, err := o.plan(ctx)
	if err != nil {
		return done, err
	}
	defer func() { _ = os.RemoveAll(r.socket) }()
	if err := r.readOld(ctx); err != nil {
		return done, err
	}
	if err := r.build(ctx); err != nil {
		_ = os.RemoveAll(r.aside)
		return done, err
	}
	if done.Last, err = r.replay(ctx); err != nil {
		_ = os.RemoveAll(r.aside)
		return done, err
	}
	done.Base = r.base.Ended
	done.Aside, err = r.swap()
	return done, err
}

// recovery is one restore under way.
type recovery struct {
	o      RecoverOptions
	who    owner
	base   base
	branch *restored // whose timeline is followed; nil: the base backup's
	socket string    // directory only PostgreSQL's user and root may enter
	aside  string    // where the new data are built, and the old ones are in the end
	hasOld bool      // the replaced data belong to the same installation
}

// plan chooses the base backup and makes sure that the pieces fit.
func (o RecoverOptions) plan(ctx context.Context) (r recovery, err error) {
	r = recovery{o: o, aside: o.Postgres.DataDir + asideSuffix + time.Now().UTC().Format("20060102T150405.000Z")}
	if r.who, err = dataOwner(o.Postgres.DataDir); err != nil {
		return r, err
	}
	if err = o.Postgres.checkEntry(r.who); err != nil {
		return r, err
	}
	bases, err := readBases(o.Dir)
	if err != nil {
		return r, err
	}
	if len(bases) == 0 {
		return r, fmt.Errorf("%s holds no backup: name the directory that `casepath admin backup` was given", o.Dir)
	}
	restores, err := readRestored(filepath.Join(o.Dir, keptWALDir), o.Postgres.WAL)
	if err != nil {
		return r, err
	}
	at := o.At
	if at.IsZero() {
		at = time.Now()
	}
	found := reach(bases, restores, at)
	switch {
	case at.After(time.Now()):
		return r, fmt.Errorf("%s has not come yet: choose an instant of the past", at.Format(time.RFC3339Nano))
	case found == nil:
		return r, fmt.Errorf("no backup in %s reaches back to %s, the oldest is of %s: choose a later instant",
			o.Dir, at.UTC().Format(time.RFC3339Nano), bases[0].Ended.UTC().Format(time.RFC3339Nano))
	}
	r.base, r.branch = *found, lived(restores, at)
	if major, err := postgresMajor(ctx, o.Postgres.Bin); err != nil || major != r.base.Postgres {
		return r, fmt.Errorf("the backup was made by PostgreSQL %d, but %s holds version %d: put the directory of PostgreSQL %d (package postgresql-%d) first on PATH",
			r.base.Postgres, o.Postgres.Bin, major, r.base.Postgres, r.base.Postgres)
	}
	if err := r.sortOut(); err != nil {
		return r, err
	}
	r.socket, err = privateDir(r.who)
	return r, err
}

// sortOut finds whether what is in place belongs to the installation that is
// restored. A log of another one is put aside: its files bear the same names.
func (r *recovery) sortOut() error {
	system, err := controlSystem(r.o.Postgres.DataDir)
	if err != nil {
		return err
	}
	r.hasOld = system == r.base.System
	kept, err := walSystem(r.o.Postgres.WAL)
	if err != nil || kept == 0 || kept == r.base.System {
		return err
	}
	if err := os.Rename(r.o.Postgres.WAL, r.o.Postgres.WAL+strings.TrimPrefix(r.aside, r.o.Postgres.DataDir)); err != nil {
		return fmt.Errorf("the log of another installation can't be put aside: %w", err)
	}
	return nil
}

// controlSystem reads the identity of the cluster in a data directory, which
// its control file begins with; 0 when there is none.
func controlSystem(dataDir string) (uint64, error) {
	text, err := os.ReadFile(filepath.Join(dataDir, "global", "pg_control"))
	if err != nil && !os.IsNotExist(err) {
		return 0, fmt.Errorf("the data in %s can't be read (%w): check who owns them", dataDir, err)
	}
	if len(text) < 8 {
		return 0, nil
	}
	return binary.LittleEndian.Uint64(text), nil
}

// privateDir makes a directory for the socket of a server nobody else reaches.
// Its path is short, as a socket's must be.
func privateDir(who owner) (string, error) {
	dir, err := os.MkdirTemp("", "casepath-*") // 0700
	if err == nil {
		err = who.take(dir)
	}
	if err == nil {
		rules := filepath.Join(dir, "hba.conf")
		if err = writeFile(rules, []byte("local all all trust\n"), 0o600); err == nil {
			err = who.take(rules)
		}
	}
	if err != nil {
		return "", fmt.Errorf("a directory for the server's socket can't be made: %w", err)
	}
	return dir, nil
}

// serve starts a server on dataDir that is reached by the private socket alone.
func (r *recovery) serve(ctx context.Context, dataDir string, settings map[string]string) (*Postgres, error) {
	o := r.o.Postgres
	o.DataDir = dataDir
	p := &Postgres{options: o, private: r.socket}
	args := o.arguments(r.socket)
	for name, value := range map[string]string{"listen_addresses": "", "hba_file": filepath.Join(r.socket, "hba.conf")} {
		args = append(args, "-c", name+"="+value)
	}
	for name, value := range settings {
		args = append(args, "-c", name+"="+value)
	}
	return p, p.launch(ctx, r.who, args)
}

// readOld starts what is replaced, so that its log is kept to the last
// transaction and Before can look at it. Data that do not start are the reason
// of many a restore: then the log that lies in them has to do.
func (r *recovery) readOld(ctx context.Context) error {
	if !r.hasOld {
		return nil
	}
	old, err := r.serve(ctx, r.o.Postgres.DataDir, nil)
	if err != nil {
		return ctx.Err()
	}
	err = inDatabase(ctx, old.AdminURL("postgres"), `select pg_current_xact_id()`) // later than any instant asked for
	if err == nil && r.o.Before != nil {
		err = r.o.Before(ctx, old.AdminURL)
	}
	stopped := old.child.stop(ctx, syscall.SIGINT, syscall.SIGQUIT)
	return errors.Join(err, stopped)
}

func inDatabase(ctx context.Context, url string, statements ...string) error {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("PostgreSQL refuses what a restore needs: %w", err)
		}
	}
	return nil
}

// notReached is what PostgreSQL says when the log ends before the instant.
var notReached = regexp.MustCompile(`recovery ended before configured recovery target was reached`)

var lastCompleted = regexp.MustCompile(`last completed transaction was at log time (.+)`)

// replay runs the log over the new data up to the instant, lets After work on
// them, and leaves them stopped and whole.
func (r *recovery) replay(ctx context.Context) (last time.Time, err error) {
	folder := ""
	if r.hasOld {
		folder = filepath.Join(r.o.Postgres.DataDir, "pg_wal")
	}
	settings := map[string]string{
		"restore_command": restoreCommand(r.o.Postgres.WAL, folder), "recovery_target_action": "promote",
		"hot_standby": "off", "recovery_target_timeline": "current", // nobody is let in before the instant is reached
	}
	if r.branch != nil {
		settings["recovery_target_timeline"] = fmt.Sprint(r.branch.Timeline)
	}
	if !r.o.At.IsZero() {
		settings["recovery_target_time"] = r.o.At.UTC().Format("2006-01-02 15:04:05.000000+00")
	}
	began := time.Now()
	p, err := r.serve(ctx, r.aside, settings)
	if err != nil {
		return last, r.explain(err)
	}
	defer func() {
		if err != nil {
			p.child.kill(syscall.SIGQUIT)
		}
	}()
	if err = r.o.After(ctx, p.AdminURL); err != nil {
		return last, err
	}
	record, last, err := r.finish(ctx, p)
	if err != nil {
		return last, err
	}
	if err = p.child.stop(ctx, syscall.SIGINT, syscall.SIGQUIT); err != nil {
		return last, err
	}
	record.Began = began
	return last, record.write(r.o.Postgres.WAL)
}

// finish gives the superuser this box's password and reads where the restored
// data stand.
func (r *recovery) finish(ctx context.Context, p *Postgres) (record restored, last time.Time, err error) {
	password, err := secret(passwordFile(r.o.Postgres.DataDir))
	if err != nil {
		return record, last, err
	}
	if err := inDatabase(ctx, p.AdminURL("postgres"), `alter role postgres password `+pq.QuoteLiteral(password), `checkpoint`); err != nil {
		return record, last, err
	}
	db, err := sql.Open("postgres", p.AdminURL("postgres"))
	if err != nil {
		return record, last, err
	}
	defer func() { _ = db.Close() }()
	err = db.QueryRowContext(ctx, `select timeline_id, coalesce(pg_last_xact_replay_timestamp(), $1) from pg_control_checkpoint()`, r.base.Ended).Scan(&record.Timeline, &last)
	if err != nil {
		return record, last, fmt.Errorf("PostgreSQL can't be asked how far it has come: %w", err)
	}
	if record.To = r.o.At; record.To.IsZero() {
		record.To = last
	}
	if record.To.Before(r.base.Ended) {
		record.To = r.base.Ended
	}
	return record, last, nil
}

// explain says in a restore's words why the server ended.
func (r *recovery) explain(err error) error {
	text, _ := os.ReadFile(r.o.Postgres.Log)
	if !notReached.Match(text) {
		return err
	}
	until := r.base.Ended.UTC().Format(time.RFC3339)
	if m := lastCompleted.FindAllSubmatch(text, -1); len(m) > 0 {
		until = string(m[len(m)-1][1])
	}
	return fmt.Errorf("the log in the backup and on this machine ends at %s, before the instant asked for: choose one up to then, or leave it out to get everything there is", until)
}

// swap puts the new data in place of the old.
func (r *recovery) swap() (aside string, err error) {
	dataDir, fresh := r.o.Postgres.DataDir, r.aside+".new"
	if err := os.Rename(r.aside, fresh); err != nil {
		return "", fmt.Errorf("the restored data can't be moved into place: %w", err)
	}
	switch err := os.Rename(dataDir, r.aside); {
	case err == nil:
		aside = r.aside
	case !os.IsNotExist(err):
		return "", fmt.Errorf("the data that were there can't be put aside (%w): the restored ones are in %s", err, fresh)
	}
	if err := errors.Join(os.Rename(fresh, dataDir), syncDir(filepath.Dir(dataDir))); err != nil {
		return aside, fmt.Errorf("the restored data can't be moved into place (%w): rename %s to %s", err, fresh, dataDir)
	}
	return aside, nil
}
