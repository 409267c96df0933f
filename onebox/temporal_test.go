package onebox

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

func startTemporal(t *testing.T, o TemporalOptions) *Temporal {
	t.Helper()
	found := parts(t)
	o.Server, o.SQLTool = found.TemporalServer, found.TemporalSQLTool
	s, err := StartTemporal(soon(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Kill() })
	return s
}

// greet waits for a name and answers it.
func greet(ctx workflow.Context) (string, error) {
	var name string
	workflow.GetSignalChannel(ctx, "name").Receive(ctx, &name)
	return "hello " + name, nil
}

func sleepLong(ctx workflow.Context) (time.Duration, error) {
	began := workflow.Now(ctx)
	err := workflow.Sleep(ctx, 30*time.Hour)
	return workflow.Now(ctx).Sub(began), err
}

// connect returns a client with a worker that runs the workflows above.
func connect(t *testing.T, s *Temporal) client.Client {
	t.Helper()
	c, err := client.Dial(client.Options{
		HostPort: s.Address(), Namespace: s.Namespace(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w := worker.New(c, "test", worker.Options{})
	w.RegisterWorkflow(greet)
	w.RegisterWorkflow(sleepLong)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Stop(); c.Close() })
	return c
}

func begin(t *testing.T, c client.Client, id string, what any) client.WorkflowRun {
	t.Helper()
	run, err := c.ExecuteWorkflow(soon(t), client.StartWorkflowOptions{ID: id, TaskQueue: "test"}, what)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func signalAndGet(t *testing.T, c client.Client, run client.WorkflowRun, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.SignalWorkflow(ctx, run.GetID(), "", "name", name); err != nil {
		t.Fatal(err)
	}
	var answer string
	if err := run.Get(ctx, &answer); err != nil {
		t.Fatal(err)
	}
	if answer != "hello "+name {
		t.Errorf("the workflow answered %q", answer)
	}
}

func TestTemporalRunsWorkflowsThroughKillAndStop(t *testing.T) {
	dir := place(t)
	p := startPostgres(t, postgresIn(t, dir))
	o := TemporalOptions{Dir: filepath.Join(dir, "temporal"), AdminURL: p.AdminURL, Port: freePort(t)}
	s := startTemporal(t, o)
	if s.Namespace() != "casepath" {
		t.Errorf("the namespace is %q", s.Namespace())
	}
	c := connect(t, s)
	signalAndGet(t, c, begin(t, c, "first", greet), "Ada")
	open := begin(t, c, "open", greet)

	if err := s.Restart(soon(t)); err == nil || !strings.Contains(err.Error(), "stop it") {
		t.Errorf("Restart while it runs: %v", err)
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if s.Err() != nil {
		t.Errorf("Err after Kill: %v", s.Err())
	}
	if err := s.Restart(soon(t)); err != nil {
		t.Fatal(err)
	}
	signalAndGet(t, c, open, "Grace")
	signalAndGet(t, c, begin(t, c, "second", greet), "Edsger")

	if err := s.Stop(soon(t)); err != nil {
		t.Fatal(err)
	}
	const noted = `select string_agg(datname || ' ' || s.xmin, ', ' order by datname) from pg_database d join pg_shdescription s on s.objoid = d.oid where datname like 'temporal%'`
	before := query(t, p, noted)
	s = startTemporal(t, o) // as `casepath up` would, later
	if after := query(t, p, noted); after != before || !strings.Contains(before, "temporal_visibility ") {
		t.Errorf("a warm start has set up the schemas again: %s, then %s", before, after)
	}
	signalAndGet(t, c, begin(t, c, "third", greet), "Barbara")
	if got := query(t, p, `select count(*)::text from pg_stat_activity where usename = 'temporal'`); len(got) > 2 {
		t.Errorf("Temporal holds %s connections", got)
	}
	noOpenDoors(t, s)
}

func TestTemporalKnowsOurDynamicConfig(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dynamic.yaml")
	if err := os.WriteFile(file, dynamicConfig(true), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(parts(t).TemporalServer, "validate-dynamic-config", file).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != file {
		t.Errorf("%v: %s", err, out)
	}
}

// In containers Temporal has the same settings; they are a file there.
func TestContainersHaveTheSameDynamicConfig(t *testing.T) {
	file, err := os.ReadFile("../deploy/temporal.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, there, _ := strings.Cut(string(file), "\n")
	_, here, _ := strings.Cut(string(dynamicConfig(false)), "\n")
	if there != here {
		t.Errorf("deploy/temporal.yaml differs, it must end with:\n%s", here)
	}
}

// noOpenDoors checks that nothing of Temporal's listens beyond this machine.
func noOpenDoors(t *testing.T, s *Temporal) {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		ip, ok := a.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() || ip.IP.To4() == nil {
			continue
		}
		for _, port := range []int{s.ports.Frontend, s.ports.History, s.ports.Matching, s.ports.FrontendMember} {
			conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.IP.String(), strconv.Itoa(port)), time.Second)
			if err == nil {
				_ = conn.Close()
				t.Errorf("port %d answers on %v", port, ip.IP)
			}
		}
	}
}

func TestTemporalIsRefusedClearly(t *testing.T) {
	dir := place(t)
	p := startPostgres(t, postgresIn(t, dir))
	o := TemporalOptions{Dir: filepath.Join(dir, "temporal"), AdminURL: p.AdminURL, Port: freePort(t), TimeSkipping: true, Namespace: "stories"}
	s := startTemporal(t, o)
	o.Server, o.SQLTool = s.options.Server, s.options.SQLTool

	second := o
	second.Port = freePort(t)
	_, err := StartTemporal(soon(t), second)
	mention(t, err, o.Dir, "in use")

	second.Dir, second.Port = filepath.Join(dir, "other"), o.Port
	_, err = StartTemporal(soon(t), second)
	mention(t, err, strconv.Itoa(o.Port), "Temporal", "choose another port")

	t.Run("and skips time where asked", func(t *testing.T) { skipsTime(t, s) })
}

func skipsTime(t *testing.T, s *Temporal) {
	c := connect(t, s)
	run := begin(t, c, "long", sleepLong)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	execution := &commonpb.WorkflowExecution{WorkflowId: "long"}
	_, err := c.WorkflowService().UpdateWorkflowExecutionOptions(ctx, &workflowservice.UpdateWorkflowExecutionOptionsRequest{
		Namespace:         s.Namespace(),
		WorkflowExecution: execution,
		WorkflowExecutionOptions: &workflowpb.WorkflowExecutionOptions{TimeSkippingConfig: &commonpb.TimeSkippingConfig{
			Enabled:           true,
			FastForwardConfig: &commonpb.FastForwardConfig{Id: "31h", Duration: durationpb.New(31 * time.Hour)},
		}},
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"time_skipping_config"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var slept time.Duration
	if err := run.Get(ctx, &slept); err != nil {
		t.Fatal(err)
	}
	if slept < 30*time.Hour {
		t.Errorf("the workflow slept %v", slept)
	}
	description, err := c.DescribeWorkflowExecution(ctx, "long", "")
	if err != nil {
		t.Fatal(err)
	}
	if got := description.GetWorkflowExecutionInfo().GetStatus(); got != enums.WORKFLOW_EXECUTION_STATUS_COMPLETED {
		t.Errorf("the workflow is %v", got)
	}
}
