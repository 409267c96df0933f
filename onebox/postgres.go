package onebox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/lib/pq"
)

// PostgresOptions say where and how PostgreSQL runs.
type PostgresOptions struct {
	Bin            string // directory with initdb and postgres, from FindParts
	DataDir        string // made on the first start; files beside it: .password, .lock, .sock/
	Port           int    // on 127.0.0.1
	MaxConnections int    // 0 means 200
	Durable        bool   // false, for tests only: a crash of the machine (not of a process) may destroy the data
	Log            string // log file, the previous one is kept as .1; "" means DataDir + ".log"
	WAL            string // where the write-ahead log is kept for Backup and Recover, once a first Backup has made the directory; "": nowhere
}

// Postgres is a running PostgreSQL server. Its methods may be called from
// several goroutines.
type Postgres struct {
	options  PostgresOptions
	password string
	lock     *os.File
	child    *child
	private  string // directory of the socket that alone leads to the server; "": it listens on its port
}

// StartPostgres starts PostgreSQL and returns when it answers queries. The
// first start on a data directory creates the database cluster (UTF-8, scram
// passwords, a superuser `postgres` with a random password kept beside the data
// directory for this user only). Settings that are not in PostgresOptions may
// be made in DataDir/postgresql.conf. ctx limits the start, not the server's
// life. When this process dies, the server shuts down.
func StartPostgres(ctx context.Context, o PostgresOptions) (*Postgres, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	lock, err := lockDataDir(ctx, o.DataDir)
	if err != nil {
		return nil, err
	}
	p := &Postgres{options: o, lock: lock}
	if err := p.start(ctx); err != nil {
		_ = lock.Close()
		return nil, err
	}
	go func() {
		<-p.child.done
		_ = p.lock.Close()
	}()
	return p, nil
}

func (o PostgresOptions) complete() (PostgresOptions, error) {
	if o.MaxConnections == 0 {
		o.MaxConnections = 200
	}
	dir, err := filepath.Abs(o.DataDir)
	if err != nil || o.DataDir == "" {
		return o, errors.New("PostgreSQL has no data directory: name one")
	}
	o.DataDir = dir
	if o.WAL != "" {
		if o.WAL, err = filepath.Abs(o.WAL); err != nil {
			return o, fmt.Errorf("the working directory is gone (%w): start Casepath from a directory that exists", err)
		}
	}
	if o.Log == "" {
		o.Log = dir + ".log"
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return o, fmt.Errorf("the directory for PostgreSQL's data can't be made (%w): choose one you may write to", err)
	}
	return o, nil
}

func (p *Postgres) start(ctx context.Context) error {
	o := p.options
	who, err := dataOwner(o.DataDir)
	if err != nil {
		return err
	}
	if err := o.checkEntry(who); err != nil {
		return err
	}
	if err := CheckPort(o.Port, "PostgreSQL"); err != nil {
		return err
	}
	if p.password, err = prepareCluster(ctx, o, who); err != nil {
		return err
	}
	socketDir, err := socketDir(o, who)
	if err != nil {
		return err
	}
	return p.launch(ctx, who, o.arguments(socketDir))
}

// checkEntry makes sure that PostgreSQL's user may go where it has to.
func (o PostgresOptions) checkEntry(who owner) error {
	dirs := []string{filepath.Dir(o.DataDir), o.Bin}
	if o.WAL != "" {
		dirs = append(dirs, filepath.Dir(o.WAL))
	}
	for _, dir := range dirs {
		if err := who.mayEnter(dir); err != nil {
			return err
		}
	}
	return nil
}

// launch starts the server program and returns when it answers queries.
func (p *Postgres) launch(ctx context.Context, who owner, args []string) (err error) {
	o := p.options
	cmd := exec.Command(filepath.Join(o.Bin, "postgres"), args...) //nolint:noctx // it outlives the start
	cmd.Dir = o.DataDir
	cmd.Env = cleanEnv()
	cmd.SysProcAttr = who.attributes()
	if p.child, err = startChild("PostgreSQL", cmd, o.Log, syscall.SIGINT); err != nil {
		return err
	}
	if err := p.awaitReady(ctx); err != nil {
		p.child.kill(syscall.SIGQUIT)
		return err
	}
	return nil
}

func (o PostgresOptions) arguments(socketDir string) []string {
	args := []string{"-D", o.DataDir, "-p", strconv.Itoa(o.Port)}
	set := func(name, value string) { args = append(args, "-c", name+"="+value) }
	set("listen_addresses", localhost)
	set("unix_socket_directories", socketDir)
	set("max_connections", strconv.Itoa(o.MaxConnections))
	set("logging_collector", "off")
	set("log_timezone", "UTC")
	set("timezone", "UTC")
	if o.WAL != "" {
		set("archive_mode", "on")
		set("archive_timeout", "5min")
		set("archive_command", archiveCommand(o.WAL))
	}
	if !o.Durable {
		set("fsync", "off")
		set("synchronous_commit", "off")
		set("full_page_writes", "off")
	}
	return args
}

// awaitReady connects until it succeeds. After a crash the server answers "the
// database system is starting up" for as long as its recovery takes; any other
// refusal is for good.
func (p *Postgres) awaitReady(ctx context.Context) error {
	db, err := sql.Open("postgres", p.AdminURL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var last error
	var refused *pq.Error
	every := 15 * time.Millisecond
	if p.private != "" {
		every = 100 * time.Millisecond // a recovery may take minutes, and the server logs each knock
	}
	err = poll(ctx, every, func() bool {
		last = db.PingContext(ctx)
		select {
		case <-p.child.done:
			return true
		default:
			return last == nil || errors.As(last, &refused) && !isPostgres(last, "57P03")
		}
	})
	switch {
	case p.child.failure() != nil:
		return p.child.failure()
	case isPostgres(last, "28P01"):
		return fmt.Errorf("PostgreSQL does not accept the password in %s: restore the file that belongs to %s", passwordFile(p.options.DataDir), p.options.DataDir)
	case err != nil:
		return fmt.Errorf("PostgreSQL was not ready in the time given (%w; %w): read %s", err, last, p.options.Log)
	case last != nil:
		return fmt.Errorf("PostgreSQL lets nobody in (%w): read %s", last, p.options.Log)
	}
	return nil
}

func isPostgres(err error, code string) bool {
	var e *pq.Error
	return errors.As(err, &e) && string(e.Code) == code
}

// AdminURL returns the connection URL of the superuser for a database. It holds
// the password: don't print it.
func (p *Postgres) AdminURL(database string) string {
	if p.private != "" {
		u := url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/" + database}
		u.RawQuery = url.Values{"host": {p.private}, "port": {strconv.Itoa(p.options.Port)}, "sslmode": {"disable"}}.Encode()
		return u.String()
	}
	return adminURL(p.options.Port, p.password, database)
}

func adminURL(port int, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword("postgres", password),
		Host:     net.JoinHostPort(localhost, strconv.Itoa(port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// PID is the server's first process; all others are its children.
func (p *Postgres) PID() int { return p.child.process.Pid }

// Stop ends the server: open transactions are rolled back, everything committed
// is on disk. It returns when the server has ended; when ctx ends first, the
// server is killed as by Kill and an error says so.
func (p *Postgres) Stop(ctx context.Context) error {
	err := p.child.stop(ctx, syscall.SIGINT, syscall.SIGQUIT)
	_ = p.lock.Close()
	return err
}

// Kill ends the server at once, without a checkpoint, as a crash of the server
// would; the next start recovers from the log. It returns when the server and
// its children have ended.
func (p *Postgres) Kill() error {
	p.child.kill(syscall.SIGQUIT)
	_ = p.lock.Close()
	return nil
}

// Done is closed when the server has ended, for whatever reason.
func (p *Postgres) Done() <-chan struct{} { return p.child.done }

// Err returns why the server ended by itself, nil while it runs and after Stop
// or Kill.
func (p *Postgres) Err() error { return p.child.failure() }
