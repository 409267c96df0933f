package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/casepath/casepath/onebox"
)

// rehearsal does what docker-compose.yml says, in its order, with this
// machine's programs instead of images: the commands, the environment and the
// secrets are the file's own.
type rehearsal struct {
	file    composeFile
	program string // casepath as the image has it
	path    string // directory with Temporal's programs, by their names in its images
	here    *strings.Replacer
	api     string // where it listens
	engine  int    // port of the frontend
}

// Nothing runs containers here, so this is as near as a test comes: roles,
// databases, schemas and namespace are made by the file's own steps, API and
// worker come up on them, and their health checks tell the living from the
// dead.
func TestComposeRehearsed(t *testing.T) {
	r := rehearse(t)
	for range 2 { // a second `docker compose up` finds everything made
		r.must(t, "migrate")
		r.must(t, "temporal-schema")
	}
	r.start(t, "temporal", r.temporalPorts(t)...)
	r.must(t, "temporal-namespace")
	api, worker := []string{"CASEPATH_LISTEN=" + r.api, "CASEPATH_FILES=" + t.TempDir()}, []string{"CASEPATH_WORKER_LISTEN=127.0.0.1:0"}
	for service, more := range map[string][]string{"api": api, "worker": worker} {
		if out, err := r.health(t, service, more); err == nil {
			t.Errorf("%s is healthy before it is started: %s", service, out)
		}
		r.start(t, service, more...)
		deadline := time.Now().Add(2 * time.Minute)
		for out, err := r.health(t, service, more); err != nil; out, err = r.health(t, service, more) {
			if time.Now().After(deadline) {
				t.Fatalf("%s does not become healthy: %v\n%s", service, err, out)
			}
		}
	}
}

func rehearse(t *testing.T) *rehearsal {
	t.Helper()
	r := &rehearsal{file: compose(t), program: image(t), path: t.TempDir()}
	parts, err := onebox.FindParts(t.Context(), t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{"temporal-sql-tool": parts.TemporalSQLTool, "temporal-server": parts.TemporalServer} {
		if err := os.Symlink(program, filepath.Join(r.path, name)); err != nil {
			t.Fatal(err)
		}
	}
	mail, err := onebox.StartMailCatcher(onebox.MailOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mail.Stop(context.Background()) })
	ports := freePorts(t, 3)
	r.engine, r.api = ports[1], fmt.Sprintf("127.0.0.1:%d", ports[2])
	secrets := filepath.Join(t.TempDir(), "secrets")
	if err := (secretsCommand{Dir: secrets, Database: fmt.Sprintf("127.0.0.1:%d", ports[0])}).Run(); err != nil {
		t.Fatal(err)
	}
	settings, err := filepath.Abs("../../deploy/temporal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	startPostgres(t, parts.PostgresBin, ports[0], secrets)
	r.here = strings.NewReplacer("$$", "$", "/run/secrets", secrets, "/etc/temporal/casepath/dynamic.yaml", settings,
		"/etc/temporal/entrypoint.sh", "temporal-server start", "temporal:7233", fmt.Sprintf("127.0.0.1:%d", r.engine),
		"mail:1025", mail.SMTPAddress(), "0.0.0.0", "127.0.0.1")
	return r
}

func freePorts(t *testing.T, n int) []int {
	t.Helper()
	ports := make([]int, n)
	for i := range ports {
		var err error
		if ports[i], err = onebox.FreePort(); err != nil {
			t.Fatal(err)
		}
	}
	return ports
}

// startPostgres is the service postgres: a server whose superuser has the
// password of the secret.
func startPostgres(t *testing.T, bin string, port int, secrets string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "rehearsal-*") //nolint:usetesting // PostgreSQL's user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := onebox.StartPostgres(t.Context(), onebox.PostgresOptions{Bin: bin, DataDir: filepath.Join(dir, "pg"), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	password, err := os.ReadFile(filepath.Join(secrets, "postgres_password"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("postgres", p.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), `alter role postgres password `+pq.QuoteLiteral(strings.TrimSpace(string(password)))); err != nil {
		t.Fatal(err)
	}
}

// temporalPorts are ports of this machine's that are free; a container has its
// own.
func (r *rehearsal) temporalPorts(t *testing.T) (env []string) {
	t.Helper()
	ports := freePorts(t, 8)
	for i, name := range []string{
		"FRONTEND_HTTP", "MATCHING_GRPC", "HISTORY_GRPC", "WORKER_GRPC", "FRONTEND_MEMBERSHIP", "MATCHING_MEMBERSHIP", "HISTORY_MEMBERSHIP", "WORKER_MEMBERSHIP",
	} {
		env = append(env, fmt.Sprintf("%s_PORT=%d", name, ports[i]))
	}
	return append(env, fmt.Sprintf("FRONTEND_GRPC_PORT=%d", r.engine), fmt.Sprintf("DB_PORT=%s", r.databasePort(t)), "POSTGRES_SEEDS=127.0.0.1")
}

func (r *rehearsal) databasePort(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(r.here.Replace("/run/secrets/admin_database_url"))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(raw), "@")
	address, _, _ := strings.Cut(after, "/")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// command is what a service's container would run, with nothing in its
// environment but what the file gives it.
func (r *rehearsal) command(t *testing.T, service string, args []string, more ...string) *exec.Cmd {
	t.Helper()
	s := r.file.Services[service]
	if len(args) == 0 {
		args = append([]string{"/casepath"}, s.Command...)
		if len(s.Entrypoint) > 0 {
			args = append(append([]string{}, s.Entrypoint...), s.Command...)
		}
	}
	for i, a := range args {
		args[i] = r.here.Replace(a)
	}
	if args[0] == "/casepath" {
		args[0] = r.program
	}
	command := exec.CommandContext(t.Context(), args[0], args[1:]...)
	command.Dir = t.TempDir()
	command.Env = []string{"PATH=" + r.path + ":/bin:/usr/bin"}
	for name, value := range s.Environment {
		command.Env = append(command.Env, name+"="+r.here.Replace(value))
	}
	command.Env = append(command.Env, more...)
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return command
}

// must runs a service that ends by itself.
func (r *rehearsal) must(t *testing.T, service string) {
	t.Helper()
	command := r.command(t, service, nil, "SQL_PORT="+r.databasePort(t), "SQL_HOST=127.0.0.1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", service, err, out[max(0, len(out)-4000):])
	}
}

// start runs a service for the rest of the test.
func (r *rehearsal) start(t *testing.T, service string, more ...string) {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), service+"-*.log")
	if err != nil {
		t.Fatal(err)
	}
	command := r.command(t, service, nil, more...)
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		if t.Failed() {
			content, _ := os.ReadFile(log.Name())
			t.Logf("%s wrote:\n%s", service, content[max(0, len(content)-4000):])
		}
	})
}

// health runs a service's health check where the service runs.
func (r *rehearsal) health(t *testing.T, service string, more []string) (string, error) {
	t.Helper()
	command := r.command(t, service, append([]string{}, r.file.Services[service].Healthcheck.Test[1:]...), more...)
	out, err := command.CombinedOutput()
	return string(out), err
}
