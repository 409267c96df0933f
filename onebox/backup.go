package onebox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// BackupOptions say what is backed up, and where to.
type BackupOptions struct {
	Bin     string        // directory with pg_basebackup, from FindParts
	DataDir string        // of a server that StartPostgres started with WAL
	WAL     string        // as there
	Dir     string        // of backups, made if missing; for one installation alone
	Keep    time.Duration // instants younger than this stay reachable; what only older ones need is removed

	// Others copies what belongs to the database but lies outside it. It is
	// called when the instant of the backup has passed and before the backup is
	// valid: whatever the restored database refers to has been copied.
	Others func(ctx context.Context) error
}

// Span is a stretch of time. A restore may go to any instant of it, unless a
// restore in between has made another life of a part of it: then to those that
// were lived last.
type Span struct{ From, To time.Time }

// Backup adds a base backup of the whole running server to a directory, and the
// log up to now: databases that live in one server are backed up at one
// instant. It answers what instants the directory reaches. The first backup
// also makes the WAL directory, and the server keeps its log there from then
// on. An interrupted backup leaves nothing that a restore would take for one.
func Backup(ctx context.Context, o BackupOptions) (Span, error) {
	server, err := running(o.DataDir)
	if err != nil {
		return Span{}, err
	}
	db, err := sql.Open("postgres", server.url("postgres"))
	if err != nil {
		return Span{}, err
	}
	defer func() { _ = db.Close() }()
	b, err := o.prepare(ctx, db)
	if err != nil {
		return Span{}, err
	}
	lock, err := lockFile(filepath.Join(o.Dir, "lock"))
	if err != nil {
		return Span{}, err
	}
	if lock == nil {
		return Span{}, fmt.Errorf("another backup to %s is being made: wait for it", o.Dir)
	}
	defer func() { _ = lock.Close() }()
	if err := o.base(ctx, db, server, &b); err != nil {
		return Span{}, err
	}
	return o.complete(ctx, db, b)
}

// prepare looks whether this server and this directory go together, and makes
// what is missing.
func (o BackupOptions) prepare(ctx context.Context, db *sql.DB) (b base, err error) {
	var archive string
	err = db.QueryRowContext(ctx, `select system_identifier, current_setting('server_version_num')::int / 10000, current_setting('archive_command')
		from pg_control_system()`).Scan(&b.System, &b.Postgres, &archive)
	if err != nil {
		return b, fmt.Errorf("PostgreSQL can't be asked what it is: %w", err)
	}
	if archive != archiveCommand(o.WAL) {
		return b, fmt.Errorf("the running server does not keep its log in %s: start Casepath again, it was started by another version or for another directory", o.WAL)
	}
	for _, dir := range []string{filepath.Join(o.Dir, basesDir), filepath.Join(o.Dir, keptWALDir)} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return b, fmt.Errorf("the directory for backups can't be made (%w): choose one you may write to", err)
		}
	}
	bases, err := readBases(o.Dir)
	if err != nil {
		return b, err
	}
	if len(bases) > 0 && bases[0].System != b.System {
		return b, fmt.Errorf("%s holds backups of another installation: choose a directory for this one alone", o.Dir)
	}
	return b, o.makeWAL()
}

func (o BackupOptions) makeWAL() error {
	who, err := dataOwner(o.DataDir)
	if err != nil {
		return err
	}
	if err := os.Mkdir(o.WAL, 0o700); err != nil {
		if os.IsExist(err) {
			return nil
		}
		return fmt.Errorf("the directory for PostgreSQL's log can't be made: %w", err)
	}
	return who.take(o.WAL)
}

// base lets pg_basebackup copy the server into an unfinished backup.
func (o BackupOptions) base(ctx context.Context, db *sql.DB, server postmasterInfo, b *base) error {
	interrupted, _ := filepath.Glob(filepath.Join(o.Dir, basesDir, unfinished+"*"))
	for _, dir := range interrupted {
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("what an interrupted backup left can't be removed: %w", err)
		}
	}
	b.Dir = filepath.Join(o.Dir, basesDir, unfinished+time.Now().UTC().Format("20060102T150405.000Z"))
	cmd := exec.CommandContext(ctx, filepath.Join(o.Bin, "pg_basebackup"), "--pgdata="+b.Dir, "--format=tar", "--compress=gzip:1",
		"--wal-method=stream", "--checkpoint=fast", "--label=casepath", "--no-password",
		"--host="+localhost, "--port="+strconv.Itoa(server.port), "--username=postgres")
	cmd.Env = append(cleanEnv(), "PGPASSWORD="+server.password)
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("PostgreSQL's data can't be copied (%w, %q): check the disk of %s", err, lines[len(lines)-1], o.Dir)
	}
	var segment uint64
	err := db.QueryRowContext(ctx, `select clock_timestamp(), setting::bigint from pg_settings where name = 'wal_segment_size'`).Scan(&b.Ended, &segment)
	if err != nil {
		return fmt.Errorf("PostgreSQL can't be asked for the time: %w", err)
	}
	b.FirstWAL, err = firstWAL(b.Dir, segment)
	return err
}

// complete adds the log and the others, in the order that makes a restore
// whole: the log ends, the others are copied, that log is copied, the backup
// becomes valid.
func (o BackupOptions) complete(ctx context.Context, db *sql.DB, b base) (Span, error) {
	to, err := o.closeLog(ctx, db)
	if err != nil {
		return Span{}, err
	}
	names, err := walFiles(o.WAL)
	if err != nil {
		return Span{}, err
	}
	if o.Others != nil {
		if err := o.Others(ctx); err != nil {
			return Span{}, err
		}
	}
	for _, name := range names {
		if err := copyFile(filepath.Join(o.WAL, name), filepath.Join(o.Dir, keptWALDir, name)); err != nil {
			return Span{}, err
		}
	}
	if err := b.write(); err != nil {
		return Span{}, err
	}
	valid := filepath.Join(o.Dir, basesDir, strings.TrimPrefix(filepath.Base(b.Dir), unfinished))
	if err := errors.Join(syncDir(b.Dir), syncDir(filepath.Join(o.Dir, keptWALDir)), os.Rename(b.Dir, valid), syncDir(filepath.Dir(valid))); err != nil {
		return Span{}, fmt.Errorf("the backup can't be finished: %w", err)
	}
	from, err := o.prune(b.FirstWAL, time.Now())
	return Span{From: from, To: to}, err
}

// closeLog makes a transaction, ends the log file it is in and waits until that
// is kept: every instant up to the one it answers can be reached by the log.
func (o BackupOptions) closeLog(ctx context.Context, db *sql.DB) (to time.Time, err error) {
	var name string
	err = db.QueryRowContext(ctx, `select clock_timestamp()`).Scan(&to)
	if err == nil {
		_, err = db.ExecContext(ctx, `select pg_current_xact_id()`) // its commit is later than that
	}
	if err == nil {
		err = db.QueryRowContext(ctx, `select pg_walfile_name(pg_switch_wal())`).Scan(&name)
	}
	if err != nil {
		return to, fmt.Errorf("PostgreSQL can't end its log file: %w", err)
	}
	kept := filepath.Join(o.WAL, name+walSuffix)
	limit, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := poll(limit, 20*time.Millisecond, func() bool { _, err := os.Stat(kept); return err == nil }); err != nil {
		return to, fmt.Errorf("PostgreSQL does not keep its log in %s (%w): read the server's log, it says why", o.WAL, err)
	}
	return to, nil
}

// prune removes what is needed only for instants older than Keep, and answers
// the oldest instant that can be reached.
func (o BackupOptions) prune(first string, now time.Time) (time.Time, error) {
	bases, err := readBases(o.Dir)
	if err != nil {
		return time.Time{}, err
	}
	horizon := now.Add(-o.Keep)
	for len(bases) > 1 && !bases[1].Ended.After(horizon) {
		if err := os.RemoveAll(bases[0].Dir); err != nil {
			return time.Time{}, fmt.Errorf("an old backup can't be removed: %w", err)
		}
		bases = bases[1:]
	}
	if err := removeWAL(filepath.Join(o.Dir, keptWALDir), bases[0].FirstWAL, now); err != nil {
		return time.Time{}, err
	}
	return bases[0].Ended, removeWAL(o.WAL, first, horizon)
}

// removeWAL removes log files that come before first and were kept before an
// instant.
func removeWAL(dir, first string, before time.Time) error {
	names, err := walFiles(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil || !olderWAL(name, first) || !info.ModTime().Before(before) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("an old log file can't be removed: %w", err)
		}
	}
	return nil
}

// copyFile copies a file to a name that is not there yet, whole or not at all,
// also after a power cut once its directory is synced.
func copyFile(from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("%s can't be copied: %w", from, err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+"-*")
	if err != nil {
		return fmt.Errorf("%s can't be copied: %w", from, err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		_ = os.Remove(out.Name())
		return fmt.Errorf("%s can't be copied (%w): check the disk of %s", from, err, filepath.Dir(to))
	}
	if err := os.Rename(out.Name(), to); err != nil {
		return fmt.Errorf("%s can't be copied: %w", from, err)
	}
	return nil
}

func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
