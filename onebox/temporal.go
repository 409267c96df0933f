package onebox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	commonpb "go.temporal.io/api/common/v1"
)

// TemporalOptions say where and how Temporal runs.
type TemporalOptions struct {
	Server, SQLTool string // programs, from FindParts
	Dir             string // made if missing: configuration, password, temporal.log

	// AdminURL returns the URL of PostgreSQL's superuser for a database.
	// Temporal gets a role and two databases there that nobody else may use:
	// one Temporal for each PostgreSQL server.
	AdminURL func(database string) string

	Port         int           // of the frontend (gRPC), on 127.0.0.1
	Namespace    string        // "" means casepath
	Retention    time.Duration // of closed workflows when the namespace is registered; 0 means 72 hours
	TimeSkipping bool          // for tests: workflows may skip time, in all namespaces
}

// Temporal is a running Temporal server: all its services in one process. Its
// methods may be called from several goroutines.
type Temporal struct {
	options  TemporalOptions
	password string
	ports    temporalPorts

	mu    sync.Mutex // one start or stop at a time
	lock  *os.File   // nil while stopped
	child atomic.Pointer[child]
}

// StartTemporal starts Temporal and returns when workflows can be started in
// its namespace. The first start makes a role, two databases and their schema;
// a start with newer programs upgrades the schema. ctx limits the start, not the
// server's life. When this process dies, the server is killed; what it has
// confirmed is in PostgreSQL.
func StartTemporal(ctx context.Context, o TemporalOptions) (*Temporal, error) {
	if o.Namespace == "" {
		o.Namespace = "casepath"
	}
	if o.Retention == 0 {
		o.Retention = 72 * time.Hour
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil || o.Dir == "" {
		return nil, errors.New("Temporal has no directory: name one")
	}
	o.Dir = dir
	if err := os.MkdirAll(o.Dir, 0o750); err != nil {
		return nil, fmt.Errorf("Temporal's directory can't be made (%w): choose one you may write to", err)
	}
	t := &Temporal{options: o}
	if t.ports, err = choosePorts(o.Port); err != nil {
		return nil, err
	}
	if t.password, err = secret(filepath.Join(o.Dir, "temporal.password")); err != nil {
		return nil, err
	}
	if err := t.start(ctx); err != nil {
		return nil, err
	}
	return t, nil
}

// start is called with mu held, or before anybody else knows t.
func (t *Temporal) start(ctx context.Context) error {
	lock, err := lockFile(filepath.Join(t.options.Dir, "lock"))
	if err != nil {
		return err
	}
	if lock == nil {
		return fmt.Errorf("the directory %s is in use by another running Temporal: stop that Casepath or choose another directory", t.options.Dir)
	}
	if err := t.launch(ctx); err != nil {
		_ = lock.Close()
		return err
	}
	t.lock = lock
	return nil
}

func (t *Temporal) launch(ctx context.Context) error {
	if err := awaitPort(ctx, t.ports.Frontend, "Temporal"); err != nil {
		return err
	}
	if err := t.prepareDatabases(ctx); err != nil {
		return err
	}
	if err := t.forgetMembers(ctx); err != nil {
		return err
	}
	config, err := t.writeConfig()
	if err != nil {
		return err
	}
	cmd := exec.Command(t.options.Server, "--config-file", config, "--allow-no-auth", "start") //nolint:noctx // it outlives the start
	cmd.Dir = t.options.Dir
	cmd.Env = append(cleanEnv(), "GOGC=400", "GODEBUG=adaptivestackstart=1")
	c, err := startChild("Temporal", cmd, filepath.Join(t.options.Dir, "temporal.log"), syscall.SIGKILL)
	if err != nil {
		return err
	}
	if err := t.awaitReady(ctx, c); err != nil {
		c.kill(syscall.SIGKILL)
		return err
	}
	t.child.Store(c)
	return nil
}

// awaitReady returns when the namespace exists and its workflows are served.
func (t *Temporal) awaitReady(ctx context.Context, c *child) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-c.done: // don't wait for the dead
			cancel()
		case <-ctx.Done():
		}
	}()
	// gRPC waits a second after a refused connection: knock first.
	err := poll(ctx, 20*time.Millisecond, func() bool {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", t.Address())
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	if err == nil {
		err = t.awaitNamespace(ctx)
	}
	if failure := c.failure(); failure != nil {
		return failure
	}
	if err != nil {
		return fmt.Errorf("Temporal was not ready in the time given (%w): read %s", err, c.log)
	}
	return nil
}

func (t *Temporal) awaitNamespace(ctx context.Context) error {
	return UseNamespace(ctx, t.Address(), t.options.Namespace, t.options.Retention)
}

// UseNamespace registers a namespace with the Temporal at address unless it is
// there, and returns when every service answers for it. Closed workflows stay
// readable for retention.
func UseNamespace(ctx context.Context, address, namespace string, retention time.Duration) error {
	c, err := client.NewLazyClient(client.Options{
		HostPort:  address,
		Namespace: namespace,
		Logger:    log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	var last error
	err = poll(ctx, 50*time.Millisecond, func() bool {
		last = probe(ctx, c, namespace, retention)
		return last == nil
	})
	if err != nil {
		return fmt.Errorf("%w; its last answer was: %w", err, last)
	}
	return nil
}

// probe returns nil when each of the services answers for the namespace.
func probe(ctx context.Context, c client.Client, namespace string, retention time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	if _, err := c.CheckHealth(ctx, nil); err != nil {
		return err
	}
	service := c.WorkflowService()
	_, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	if isError[*serviceerror.NamespaceNotFound](err) {
		_, err = service.RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
			Namespace: namespace, WorkflowExecutionRetentionPeriod: durationpb.New(retention),
		})
	}
	if err != nil && !isError[*serviceerror.NamespaceAlreadyExists](err) {
		return err
	}
	_, err = service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: namespace, Execution: &commonpb.WorkflowExecution{WorkflowId: "casepath-is-it-there"},
	})
	if err != nil && !isError[*serviceerror.NotFound](err) {
		return fmt.Errorf("the history service does not answer yet: %w", err)
	}
	_, err = service.DescribeTaskQueue(ctx, &workflowservice.DescribeTaskQueueRequest{
		Namespace: namespace, TaskQueue: &taskqueue.TaskQueue{Name: "casepath-is-it-there"}, TaskQueueType: enums.TASK_QUEUE_TYPE_WORKFLOW,
	})
	return err
}

func isError[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

// Address returns host:port of the frontend, for client.Options.HostPort.
func (t *Temporal) Address() string { return address(t.ports.Frontend) }

// Namespace returns the namespace that was registered.
func (t *Temporal) Namespace() string { return t.options.Namespace }

// PID is the server's process; after Restart it is another.
func (t *Temporal) PID() int { return t.child.Load().process.Pid }

// Stop ends the server and returns when it has ended. When ctx ends first, the
// server is killed and an error says so. Open workflows go on at the next start.
func (t *Temporal) Stop(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.unlock()
	return t.child.Load().stop(ctx, syscall.SIGTERM, syscall.SIGKILL)
}

// Kill ends the server with SIGKILL and returns when it has ended.
func (t *Temporal) Kill() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.unlock()
	t.child.Load().kill(syscall.SIGKILL)
	return nil
}

// Restart starts the server again, with the same options and on the same ports,
// after Stop, Kill or a crash of its own. It returns when workflows can be
// started.
func (t *Temporal) Restart(ctx context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	select {
	case <-t.child.Load().done:
	default:
		return errors.New("Temporal still runs: stop it before starting it again")
	}
	t.unlock()
	return t.start(ctx)
}

func (t *Temporal) unlock() {
	if t.lock != nil {
		_ = t.lock.Close()
		t.lock = nil
	}
}

// Done is closed when the server has ended, for whatever reason. After Restart
// it returns another channel.
func (t *Temporal) Done() <-chan struct{} { return t.child.Load().done }

// Err returns why the server ended by itself, nil while it runs and after Stop
// or Kill.
func (t *Temporal) Err() error { return t.child.Load().failure() }
