package onebox

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// archive is a server with a table in each of two databases, and a directory
// of its backups.
type archive struct {
	o      PostgresOptions
	server *Postgres
	dir    string
}

var twoDatabases = []string{"postgres", "other"}

func newArchive(t *testing.T) *archive {
	t.Helper()
	at := place(t)
	a := &archive{o: postgresIn(t, at), dir: filepath.Join(at, "backups")}
	a.o.WAL = filepath.Join(at, "wal of 100%, it's")
	a.start(t)
	a.do(t, "postgres", `create database other`)
	for _, db := range twoDatabases {
		a.do(t, db, `create table lines (line text)`)
	}
	return a
}

func (a *archive) start(t *testing.T) {
	t.Helper()
	a.server = startPostgres(t, a.o)
}

func (a *archive) stop(t *testing.T) {
	t.Helper()
	if err := a.server.Stop(soon(t)); err != nil {
		t.Fatal(err)
	}
}

func (a *archive) do(t *testing.T, database, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("postgres", a.server.AdminURL(database))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// write adds a line to both databases and answers an instant after it.
func (a *archive) write(t *testing.T, line string) time.Time {
	t.Helper()
	for _, db := range twoDatabases {
		a.do(t, db, `insert into lines values ($1)`, line)
	}
	return time.Now()
}

// holds fails unless both databases hold these lines and no others.
func (a *archive) holds(t *testing.T, want string) {
	t.Helper()
	for _, name := range twoDatabases {
		db, err := sql.Open("postgres", a.server.AdminURL(name))
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := db.QueryRow(`select coalesce(string_agg(line, ' ' order by line), '') from lines`).Scan(&got); err != nil {
			t.Fatal(err)
		}
		_ = db.Close()
		if got != want {
			t.Errorf("database %s holds %q, want %q", name, got, want)
		}
	}
}

func (a *archive) options() BackupOptions {
	return BackupOptions{Bin: a.o.Bin, DataDir: a.o.DataDir, WAL: a.o.WAL, Dir: a.dir, Keep: time.Hour}
}

func (a *archive) backup(t *testing.T) Span {
	t.Helper()
	span, err := Backup(soon(t), a.options())
	if err != nil {
		t.Fatal(err)
	}
	return span
}

func nothing(context.Context, func(string) string) error { return nil }

// restore stops the server, restores and starts it again.
func (a *archive) restore(t *testing.T, at time.Time) Recovered {
	t.Helper()
	a.stop(t)
	done, err := Recover(soon(t), RecoverOptions{Postgres: a.o, Dir: a.dir, At: at, After: nothing})
	if err != nil {
		t.Fatal(err)
	}
	a.start(t)
	return done
}

// Every instant since the first backup is reached, also after restores: the
// life that was lived at that instant is the one that counts.
func TestEveryInstantIsReached(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.write(t, "a")
	if span := a.backup(t); !span.From.Before(span.To) {
		t.Errorf("the backup reaches from %v to %v", span.From, span.To)
	}
	withB := a.write(t, "b")
	withC := a.write(t, "c")
	a.backup(t)
	a.write(t, "d") // in no backup: in this machine's log alone

	done := a.restore(t, withB)
	a.holds(t, "a b")
	if done.Aside == "" || done.Last.After(withB) {
		t.Errorf("restored %+v", done)
	}
	withE := a.write(t, "e")
	a.write(t, "f")
	a.restore(t, withC) // further than the first time: what was there then
	a.holds(t, "a b c")
	a.write(t, "g")
	a.restore(t, withE) // the life after the first restore
	a.holds(t, "a b e")
	a.backup(t)
	withH := a.write(t, "h")
	a.write(t, "i")
	a.restore(t, withH)
	a.holds(t, "a b e h")
}

// Data that don't start any more are restored to their last transaction from
// the log that lies in them.
func TestDamagedDataAreRestoredToTheirEnd(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.write(t, "a")
	a.backup(t)
	a.stop(t)
	a.o.Durable = true // what it confirms is in its log, also when it is killed
	a.start(t)
	a.write(t, "b")
	if err := a.server.Kill(); err != nil { // nothing more of the log is kept
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.o.DataDir, "global", "1262"), []byte("rubbish"), 0o600); err != nil { // pg_database
		t.Fatal(err)
	}
	looked := false
	_, err := Recover(soon(t), RecoverOptions{
		Postgres: a.o, Dir: a.dir, After: nothing,
		Before: func(context.Context, func(string) string) error { looked = true; return nil },
	})
	if err != nil || looked {
		t.Fatalf("%v, looked at the damaged: %v", err, looked)
	}
	a.start(t)
	a.holds(t, "a b")
}

// On another machine the directory of backups is all there is.
func TestABackupIsEnough(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	span := a.backup(t)
	withA := a.write(t, "a")
	a.write(t, "b")
	a.backup(t)
	a.write(t, "lost")
	a.stop(t)
	b := newArchive(t) // has a life of its own already
	b.write(t, "elsewhere")
	b.backup(t)
	b.stop(t)
	b.dir = a.dir
	looked := false
	recoverTo := func(at time.Time) (Recovered, error) {
		return Recover(soon(t), RecoverOptions{
			Postgres: b.o, Dir: b.dir, At: at, After: nothing,
			Before: func(context.Context, func(string) string) error { looked = true; return nil },
		})
	}
	_, err := recoverTo(time.Now())
	mention(t, err, "ends at", "before the instant asked for")
	b.start(t)
	b.holds(t, "elsewhere") // nothing was replaced
	b.stop(t)
	if _, err := recoverTo(withA); err != nil || looked {
		t.Fatalf("%v, looked at another installation's data: %v", err, looked)
	}
	b.start(t)
	b.holds(t, "a")
	b.restore(t, time.Time{})
	b.holds(t, "a")
	if b.backup(t).From.After(span.From.Add(time.Minute)) {
		t.Error("the first backup is no longer reached")
	}
}

func TestARestoreRefuses(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	span := a.backup(t)
	recoverTo := func(at time.Time, after func(context.Context, func(string) string) error) error {
		_, err := Recover(soon(t), RecoverOptions{Postgres: a.o, Dir: a.dir, At: at, After: after})
		return err
	}
	second := make(chan error)
	go func() { // waits for a server that may be on its way out, then gives up
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_, err := Recover(ctx, RecoverOptions{Postgres: a.o, Dir: a.dir, After: nothing})
		second <- err
	}()
	mention(t, <-second, a.o.DataDir, "in use")
	a.stop(t)
	mention(t, recoverTo(time.Now().Add(time.Hour), nothing), "has not come yet")
	mention(t, recoverTo(span.From.Add(-time.Minute), nothing), "reaches back", "choose a later instant")
	mention(t, recoverTo(time.Time{}, func(context.Context, func(string) string) error { return fmt.Errorf("no table") }), "no table")

	bases, err := readBases(a.dir)
	if err != nil || len(bases) != 1 {
		t.Fatal(bases, err)
	}
	tar := filepath.Join(bases[0].Dir, "base.tar.gz")
	raw, err := os.ReadFile(tar)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4096 { // one bit may fall where nothing reads it
		raw[len(raw)/2+i] ^= 0x55
	}
	if err := os.WriteFile(tar, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	mention(t, recoverTo(time.Time{}, nothing), "another")
	if left, _ := filepath.Glob(a.o.DataDir + asideSuffix + "*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	a.start(t)
	a.holds(t, "")
}

func TestABackupRefusesWhatDoesNotBelongTogether(t *testing.T) {
	t.Parallel()
	a, b := newArchive(t), newArchive(t)
	a.backup(t)
	b.dir = a.dir
	_, err := Backup(soon(t), b.options())
	mention(t, err, a.dir, "another installation")
	o := a.options()
	o.WAL += "2"
	_, err = Backup(soon(t), o)
	mention(t, err, "start Casepath again")
	a.stop(t)
	_, err = Backup(soon(t), a.options())
	mention(t, err, "no Casepath is running")
}

// A backup that was interrupted is none, and the next one clears it away; what
// only instants older than Keep need goes too.
func TestBackupsAreCleared(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.write(t, "a")
	o := a.options()
	o.Others = func(context.Context) error { return fmt.Errorf("disk full") }
	_, err := Backup(soon(t), o)
	mention(t, err, "disk full")
	if bases, err := readBases(a.dir); err != nil || len(bases) != 0 {
		t.Errorf("an interrupted backup counts: %v, %v", bases, err)
	}
	a.backup(t)
	a.write(t, "b")
	o = a.options()
	o.Keep = 0
	span, err := Backup(soon(t), o)
	if err != nil {
		t.Fatal(err)
	}
	bases, err := readBases(a.dir)
	if err != nil || len(bases) != 1 || !bases[0].Ended.Equal(span.From) {
		t.Fatalf("%d backups, reach from %v, %v", len(bases), span.From, err)
	}
	for _, dir := range []string{filepath.Join(a.dir, keptWALDir), a.o.WAL} {
		names, err := walFiles(dir)
		if err != nil || len(names) == 0 {
			t.Fatal(names, err)
		}
		for _, name := range names {
			if olderWAL(name, bases[0].FirstWAL) {
				t.Errorf("%s still holds %s, the backup needs %s on", dir, name, bases[0].FirstWAL)
			}
		}
	}
	if left, _ := filepath.Glob(filepath.Join(a.dir, basesDir, unfinished+"*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	a.restore(t, time.Time{})
	a.holds(t, "a b")
}

// A start never takes an interrupted restore for a fresh installation.
func TestAnInterruptedRestoreIsNotStartedOver(t *testing.T) {
	t.Parallel()
	o := postgresIn(t, place(t))
	if err := os.Mkdir(o.DataDir+asideSuffix+"20260101T000000Z", 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(soon(t), o)
	mention(t, err, "a restore has left", "restore again")
}

// Without a backup no log is kept.
func TestNoLogIsKeptBeforeTheFirstBackup(t *testing.T) {
	t.Parallel()
	a := newArchive(t)
	a.do(t, "postgres", `select pg_switch_wal()`)
	a.stop(t)
	if names, _ := walFiles(a.o.WAL); len(names) > 0 || strings.Contains(query(t, startPostgres(t, a.o), `select last_archived_wal from pg_stat_archiver`), "/") {
		t.Errorf("kept: %v", names)
	}
}
