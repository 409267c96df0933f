package crash

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
)

// process is a casepath process that can be killed and started again.
type process struct {
	binary, name string
	env          []string
	log          *os.File
	mu           sync.Mutex
	command      *exec.Cmd
	kills        int
}

// installation is Casepath as processes: API and worker of the real binary, on
// servers of this test's own.
type installation struct {
	servers     *stack.Servers
	db          stack.Database
	engine      stack.Engine
	mail        *onebox.MailCatcher
	api, worker *process
	url         string
	house       *stack.House // its data and persons; nothing of it works
}

// install starts one, with more settings if wanted.
func install(t *testing.T, settings ...string) *installation {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "casepath")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../../cmd/casepath").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	in := &installation{servers: servers(t)}
	h := in.servers.NewHouse(t, stack.Parts{}) // its demo data and mail catcher; nothing of it runs
	in.house, in.db, in.engine, in.mail = h, h.DB, h.Engine, h.Mail
	port, err := onebox.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	listen := fmt.Sprintf("127.0.0.1:%d", port)
	in.url = "http://" + listen
	env := append(os.Environ(), "CASEPATH_DATABASE_URL="+in.db.App, "CASEPATH_RELAY_DATABASE_URL="+in.db.Relay, "CASEPATH_LISTEN="+listen,
		"TEMPORAL_ADDRESS="+in.engine.Address, "TEMPORAL_NAMESPACE="+in.engine.Namespace, "SMTP_ADDRESS="+in.mail.SMTPAddress(),
		"CASEPATH_FILES="+t.TempDir(), "CASEPATH_WORKER_LISTEN=127.0.0.1:0")
	env = append(env, settings...)
	in.api = start(t, binary, "api", env)
	in.worker = start(t, binary, "worker", env)
	eventually(t, 3*time.Minute, "the API is ready", in.ready)
	return in
}

func (in *installation) ready() bool {
	answer, err := http.Get(in.url + "/readyz")
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	return answer.StatusCode == http.StatusOK
}

func start(t *testing.T, binary, name string, env []string) *process {
	t.Helper()
	log, err := os.CreateTemp(t.TempDir(), name+"-*.log")
	if err != nil {
		t.Fatal(err)
	}
	p := &process{binary: binary, name: name, env: env, log: log}
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			content, _ := os.ReadFile(log.Name())
			t.Logf("%s wrote:\n%s", name, content[max(0, len(content)-8000):])
		}
	})
	return p
}

func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.command = exec.Command(p.binary, p.name)
	p.command.Env, p.command.Stdout, p.command.Stderr = p.env, p.log, p.log
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // should this test be killed itself
	return p.command.Start()
}

// kill is SIGKILL, and waits until the process is gone.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.command.Process.Kill()
	_ = p.command.Wait()
	p.kills++
}

// killAndRestart kills the process and starts it again at once.
func (p *process) killAndRestart(t *testing.T) {
	t.Helper()
	p.kill()
	if err := p.start(); err != nil {
		t.Error(err)
	}
}
