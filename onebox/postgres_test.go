package onebox

import (
	"database/sql"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func query(t *testing.T, p *Postgres, text string) string {
	t.Helper()
	db, err := sql.Open("postgres", p.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var answer string
	if err := db.QueryRow(text).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return answer
}

func TestPostgresKeepsItsDataThroughStopAndKill(t *testing.T) {
	o := postgresIn(t, place(t))
	p := startPostgres(t, o)
	if got := query(t, p, `select current_setting('max_connections') || ' ' || current_setting('listen_addresses') || ' ' || pg_encoding_to_char(encoding) from pg_database where datname = 'postgres'`); got != "200 127.0.0.1 UTF8" {
		t.Errorf("settings are %q", got)
	}
	db, err := sql.Open("postgres", p.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(`create table kept as select 'still here' as word`); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(soon(t)); err != nil { // db keeps a connection open
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	default:
		t.Error("Done is open after Stop")
	}
	if p.Err() != nil {
		t.Errorf("Err after Stop: %v", p.Err())
	}

	p = startPostgres(t, o)
	if got := query(t, p, `select word from kept`); got != "still here" {
		t.Errorf("after Stop: %q", got)
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	p = startPostgres(t, o)
	if got := query(t, p, `select word from kept`); got != "still here" {
		t.Errorf("after Kill: %q", got)
	}
}

func TestPostgresWantsItsPassword(t *testing.T) {
	o := postgresIn(t, place(t))
	p := startPostgres(t, o)
	info, err := os.Stat(passwordFile(o.DataDir))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the password file has mode %v", info.Mode())
	}
	u, err := url.Parse(p.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", "guessed")
	db, err := sql.Open("postgres", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Ping(); !isPostgres(err, "28P01") {
		t.Errorf("a wrong password is answered with %v", err)
	}
}

func TestPostgresNamesATakenPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	o := postgresIn(t, place(t))
	o.Port = l.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // listened on TCP
	_, err = StartPostgres(soon(t), o)
	mention(t, err, strconv.Itoa(o.Port), "PostgreSQL", "choose another port")
}

func TestPostgresRefusesASecondStartOnItsData(t *testing.T) {
	o := postgresIn(t, place(t))
	p := startPostgres(t, o)
	second := o
	second.Port = freePort(t)
	_, err := StartPostgres(soon(t), second)
	mention(t, err, o.DataDir, "in use", "choose another directory")
	if query(t, p, `select 'fine'`) != "fine" {
		t.Error("the first server suffered")
	}
}

func TestPostgresNamesADirectoryItsUserMayNotEnter(t *testing.T) {
	if os.Geteuid() != 0 {
		return // the user of PostgreSQL is our own and owns the directory
	}
	closed := filepath.Join(place(t), "closed")
	if err := os.Mkdir(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(soon(t), postgresIn(t, closed))
	mention(t, err, closed, "0700", "chmod o+x")
}

func TestPostgresLeavesOtherFilesAlone(t *testing.T) {
	o := postgresIn(t, place(t))
	if err := os.Mkdir(o.DataDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.DataDir, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(soon(t), o)
	mention(t, err, o.DataDir, "choose an empty directory")
}

func TestPostgresTellsWhenItsDataIsOfAnotherVersion(t *testing.T) {
	o := postgresIn(t, place(t))
	if err := os.Mkdir(o.DataDir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.DataDir, "PG_VERSION"), []byte("9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(soon(t), o)
	mention(t, err, "made by PostgreSQL 9", "pg_upgrade")
}

func TestPostgresThatDiesSaysSo(t *testing.T) {
	p := startPostgres(t, postgresIn(t, place(t)))
	if err := p.child.process.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-time.After(2 * time.Minute):
		t.Fatal("Done stays open")
	}
	mention(t, p.Err(), "ended by itself", "killed", p.options.Log)
}

func TestPostgresThatCantStartQuotesItsLog(t *testing.T) {
	o := postgresIn(t, place(t))
	p := startPostgres(t, o)
	if err := p.Stop(soon(t)); err != nil {
		t.Fatal(err)
	}
	conf := filepath.Join(o.DataDir, "postgresql.conf")
	if err := os.WriteFile(conf, []byte("shared_buffers = plenty\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := StartPostgres(soon(t), o)
	mention(t, err, "ended by itself", "configuration file", o.DataDir+".log")
}

func TestPortsAreHandedOutOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		port := freePort(t)
		if seen[port] {
			t.Fatalf("port %d twice", port)
		}
		seen[port] = true
	}
	mention(t, CheckPort(70000, "the page"), "70000", "the page")
}
