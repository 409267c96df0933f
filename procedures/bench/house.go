package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/casepath/casepath/demo"
	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

const (
	vendor    = "interfacing" // of the demo: answering and closing are two acts there
	namespace = "casepath"
)

// house is everything that runs.
type house struct {
	dir      string
	postgres *onebox.Postgres
	engine   *onebox.Temporal
	mail     *onebox.MailCatcher
	admin    *sqlx.DB // superuser, in Casepath's database
	api      *process
	worker   *process
	url      string // of the API
	password string // of every demo person
	fail     context.CancelCauseFunc
}

// process is one of casepath's.
type process struct {
	*exec.Cmd
	ended chan struct{}
}

// start starts everything in a directory of its own. What it answers must be
// stopped, also beside an error. fail is told when a process ends by itself.
func start(ctx context.Context, fail context.CancelCauseFunc, binary string) (h *house, err error) {
	h = &house{password: rand.Text(), fail: fail}
	parts, err := onebox.FindParts(ctx, func(format string, a ...any) { fmt.Fprintf(os.Stderr, format+"\n", a...) })
	if err != nil {
		return h, err
	}
	if h.dir, err = os.MkdirTemp("", "casepath-bench-*"); err != nil {
		return h, err
	}
	if err = os.Chmod(h.dir, 0o755); err != nil { // the database's user passes through
		return h, err
	}
	var ports [3]int
	for i := range ports {
		if ports[i], err = onebox.FreePort(); err != nil {
			return h, err
		}
	}
	if h.postgres, err = onebox.StartPostgres(ctx, onebox.PostgresOptions{
		Bin: parts.PostgresBin, DataDir: filepath.Join(h.dir, "postgres"), Port: ports[0], Durable: true,
	}); err != nil {
		return h, err
	}
	if h.engine, err = onebox.StartTemporal(ctx, onebox.TemporalOptions{
		Server: parts.TemporalServer, SQLTool: parts.TemporalSQLTool, Dir: filepath.Join(h.dir, "temporal"),
		AdminURL: h.postgres.AdminURL, Port: ports[1], Namespace: namespace,
	}); err != nil {
		return h, err
	}
	if h.mail, err = onebox.StartMailCatcher(onebox.MailOptions{Dir: filepath.Join(h.dir, "mail")}); err != nil {
		return h, err
	}
	return h, h.install(ctx, binary, fmt.Sprintf("127.0.0.1:%d", ports[2]))
}

// install makes the database with the demo vendors, and runs API and worker.
func (h *house) install(ctx context.Context, binary, listen string) (err error) {
	admin := h.postgres.AdminURL("postgres")
	roles := store.Roles{Owner: rand.Text(), App: rand.Text(), Relay: rand.Text()}
	if err := store.Bootstrap(ctx, admin, "casepath", roles); err != nil {
		return err
	}
	var owner, app, relay string
	for role, to := range map[string]struct {
		password string
		url      *string
	}{store.RoleOwner: {roles.Owner, &owner}, store.RoleApp: {roles.App, &app}, store.RoleRelay: {roles.Relay, &relay}} {
		if *to.url, err = store.As(admin, "casepath", role, to.password); err != nil {
			return err
		}
	}
	if err := store.Migrate(ctx, owner); err != nil {
		return err
	}
	if err := h.fill(ctx, app); err != nil {
		return err
	}
	if h.admin, err = sqlx.Open("postgres", h.postgres.AdminURL("casepath")+"&application_name=bench"); err != nil {
		return err
	}
	h.url = "http://" + listen
	for name, command := range map[string]**process{"api": &h.api, "worker": &h.worker} {
		as := "&application_name=" + name // so that CPU in the database can be told apart
		if *command, err = h.process(binary, name, []string{
			"CASEPATH_DATABASE_URL=" + app + as, "CASEPATH_RELAY_DATABASE_URL=" + relay + as, "CASEPATH_LISTEN=" + listen,
			"TEMPORAL_ADDRESS=" + h.engine.Address(), "TEMPORAL_NAMESPACE=" + namespace, "SMTP_ADDRESS=" + h.mail.SMTPAddress(),
			"CASEPATH_FILES=" + filepath.Join(h.dir, "files"), "CASEPATH_WORKER_LISTEN=127.0.0.1:0",
		}); err != nil {
			return err
		}
	}
	return h.ready(ctx)
}

func (h *house) fill(ctx context.Context, app string) error {
	s, err := store.Open(ctx, app, 4)
	if err != nil {
		return err
	}
	_, err = demo.Fill(ctx, desk.New(s, nil, nil), h.password)
	return errors.Join(err, s.Close())
}

// process runs one of casepath's commands until the house stops.
func (h *house) process(binary, name string, env []string) (*process, error) {
	path := filepath.Join(h.dir, name+".log")
	log, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	command := exec.Command(binary, name)
	command.Env, command.Stdout, command.Stderr = append(os.Environ(), env...), log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // should we be killed ourselves
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s %s: %w", binary, name, err)
	}
	p := &process{Cmd: command, ended: make(chan struct{})}
	go func() {
		err := command.Wait()
		close(p.ended)
		words, _ := os.ReadFile(path)
		h.fail(fmt.Errorf("%s ended (%w): …%s", name, err, words[max(0, len(words)-500):]))
	}()
	return p, nil
}

func (h *house) ready(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := http.Get(h.url + "/readyz")
		if err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the API was not ready: %w", errors.Join(context.Cause(ctx), err))
		case <-tick.C:
		}
	}
}

// stop ends everything in reverse order and removes its directory.
func (h *house) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for _, p := range []*process{h.api, h.worker} {
		if p != nil {
			_ = p.Process.Signal(syscall.SIGTERM)
			<-p.ended
		}
	}
	if h.admin != nil {
		_ = h.admin.Close()
	}
	if h.mail != nil {
		_ = h.mail.Stop(ctx)
	}
	if h.engine != nil {
		_ = h.engine.Kill()
	}
	if h.postgres != nil {
		_ = h.postgres.Stop(ctx)
	}
	if h.dir != "" {
		_ = os.RemoveAll(h.dir)
	}
}
