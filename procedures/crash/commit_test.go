package crash

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// hooked is the real activities with something happening right after a human
// transition has been committed, before anybody is told.
type hooked struct {
	*activities.Tickets
	after func()
}

// CommitTransition commits, then lets after happen.
func (a *hooked) CommitTransition(ctx context.Context, t ticket.Transition) (activities.CommitResult, error) {
	result, err := a.Tickets.CommitTransition(ctx, t)
	if err == nil && result.Outcome == ticket.Applied && t.Actor.Side != ticket.System {
		a.after()
	}
	return result, err
}

// hookedServices is the same of service requests.
type hookedServices struct {
	*activities.ServiceRequests
	after func()
}

// CommitService commits, then lets after happen.
func (a *hookedServices) CommitService(ctx context.Context, t service.Transition) (activities.ServiceResult, error) {
	result, err := a.ServiceRequests.CommitService(ctx, t)
	if err == nil && result.Outcome == ticket.Applied && t.Actor.Side != ticket.System {
		a.after()
	}
	return result, err
}

func hookedWorker(c client.Client, s *store.Store, after func()) worker.Worker {
	w := worker.New(c, workflows.TaskQueue, worker.Options{})
	w.RegisterWorkflowWithOptions(workflows.Ticket, workflow.RegisterOptions{Name: workflows.TicketWorkflow})
	w.RegisterActivity(&hooked{Tickets: &activities.Tickets{Store: s}, after: after})
	w.RegisterWorkflowWithOptions(workflows.ServiceRequest, workflow.RegisterOptions{Name: workflows.ServiceRequestWorkflow})
	w.RegisterWorkflowWithOptions(workflows.Enhancement, workflow.RegisterOptions{Name: workflows.EnhancementWorkflow})
	w.RegisterActivity(&hookedServices{ServiceRequests: &activities.ServiceRequests{Store: s}, after: after})
	w.RegisterWorkflowWithOptions(workflows.QAReview, workflow.RegisterOptions{Name: workflows.QAReviewWorkflow})
	w.RegisterActivity(&hookedReviews{QAReviews: &activities.QAReviews{Store: s}, after: after})
	w.RegisterWorkflowWithOptions(workflows.DevTicket, workflow.RegisterOptions{Name: workflows.DevTicketWorkflow})
	w.RegisterWorkflowWithOptions(workflows.DevNews, workflow.RegisterOptions{Name: workflows.DevNewsWorkflow})
	w.RegisterActivity(&hookedDevs{DevTickets: &activities.DevTickets{Store: s}, after: after})
	w.RegisterWorkflowWithOptions(workflows.Escalation, workflow.RegisterOptions{Name: workflows.EscalationWorkflow})
	w.RegisterActivity(&hookedEscalations{Escalations: &activities.Escalations{Store: s}, after: after})
	return w
}

// The engine dies when the commit is done and nobody has been told: the caller
// learns that nothing is known yet, the row has moved, the workflow has never
// heard of it. The relay's poke makes it read its row, a repeat of the key is
// the one outcome, and the ticket goes on from there.
func TestEngineKilledInsideACommit(t *testing.T) {
	s := servers(t)
	h := s.NewHouse(t, stack.Parts{Relay: true, Unconfirmed: 2 * time.Second})
	var once sync.Once
	committed, killed := make(chan struct{}), make(chan struct{})
	w := hookedWorker(h.Client.Engine(), h.Store, func() {
		once.Do(func() {
			close(committed)
			<-killed
		})
	})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	number, agent := registerOne(t, h), h.Token(t, "interfacing", "agent")

	answer := make(chan stack.Answer, 1)
	go func() {
		answer <- h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/triage", triage, "Idempotency-Key", "k1")
	}()
	<-committed
	if err := s.Temporal().Kill(); err != nil {
		t.Fatal(err)
	}
	close(killed)
	// The row is the truth: once the caller's wait is over the desk finds the
	// command committed there, and says so although the engine is dead.
	if a := <-answer; a.Status != 200 || a.Text("state") != "triaged" {
		t.Fatalf("triage while the engine died: %d %s", a.Status, a.Raw)
	}
	if n := unconfirmed(t, h); n != 1 {
		t.Errorf("%d transitions unconfirmed, want the 1 the workflow has not heard of", n)
	}
	if err := s.Temporal().Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, 3*time.Minute, "the workflow catches up with its row", func() bool { return unconfirmed(t, h) == 0 })

	id := h.Ask(t, agent, "GET", "/v1/tickets/"+number, nil).Text("id")
	state, err := h.Client.State(t.Context(), id)
	if err != nil || state.State != ticket.Triaged || state.Version != 2 {
		t.Errorf("the workflow knows %s at version %d (%v), the row is triaged at 2", state.State, state.Version, err)
	}
	if a := h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/triage", triage, "Idempotency-Key", "k1"); a.Status != 200 {
		t.Errorf("repeat of the key: %d %s", a.Status, a.Raw)
	}
	if a := h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/answer", map[string]any{"text": "A setting."}); a.Text("state") != "answered" {
		t.Errorf("answer afterwards: %d %s", a.Status, a.Raw)
	}
	if n := count(t, h, `select count(*) from events where kind = 'triage'`); n != 1 {
		t.Errorf("%d triage events, want 1", n)
	}
}

// The worker dies inside the commit: the engine gives the work to another one,
// which finds the key used. The transition is made once and answered.
func TestWorkerKilledInsideACommit(t *testing.T) {
	h := stack.NewHouse(t, stack.Parts{Relay: true})
	child := suicidal(t, h)
	number, agent := registerOne(t, h), h.Token(t, "interfacing", "agent")
	answer := untilKnown(func() stack.Answer {
		return h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/triage", triage, "Idempotency-Key", "k1")
	})
	died(t, child)
	w := hookedWorker(h.Client.Engine(), h.Store, func() {})
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)

	a := <-answer
	if a.Status != 200 || a.Text("state") != "triaged" {
		t.Fatalf("triage: %d %s", a.Status, a.Raw)
	}
	if v, _ := a.JSON["version"].(float64); v != 2 {
		t.Errorf("version %v, want 2: made once", v)
	}
	if n := count(t, h, `select count(*) from events where kind = 'triage'`); n != 1 {
		t.Errorf("%d triage events, want 1", n)
	}
	if a := h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/answer", map[string]any{"text": "A setting."}); a.Text("state") != "answered" {
		t.Errorf("answer afterwards: %d %s", a.Status, a.Raw)
	}
}

// suicidal starts a worker of a process of its own, which kills itself inside its
// first commit.
func suicidal(t *testing.T, h *stack.House) *exec.Cmd {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), envSuicide+"=1", "CRASH_DATABASE="+h.DB.App, "CRASH_ADDRESS="+h.Engine.Address,
		"CRASH_NAMESPACE="+h.Engine.Namespace)
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child
}

// untilKnown asks beside the test until it is known what came of it: the first
// calls may be over before a worker has begun to work.
func untilKnown(ask func() stack.Answer) <-chan stack.Answer {
	answer := make(chan stack.Answer, 1)
	go func() {
		a := ask()
		for end := time.Now().Add(3 * time.Minute); a.Status == http.StatusServiceUnavailable && time.Now().Before(end); {
			a = ask()
		}
		answer <- a
	}()
	return answer
}

// died waits until it has.
func died(t *testing.T, child *exec.Cmd) {
	t.Helper()
	err := child.Wait()
	status, _ := child.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signal() != syscall.SIGKILL {
		t.Fatalf("the worker ended with %v, not by its own SIGKILL", err)
	}
}

const envSuicide = "CASEPATH_CRASH_WORKER"

// suicidalWorker works until its first commit, then kills its own process.
func suicidalWorker(ctx context.Context) error {
	s, err := store.Open(ctx, os.Getenv("CRASH_DATABASE"), 4)
	if err != nil {
		return err
	}
	options := client.Options{
		HostPort: os.Getenv("CRASH_ADDRESS"), Namespace: os.Getenv("CRASH_NAMESPACE"),
		Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}
	c, err := client.Dial(options)
	for n := 0; err != nil && n < 10; n++ { // the engine has five seconds to answer
		c, err = client.Dial(options)
	}
	if err != nil {
		return err
	}
	w := hookedWorker(c, s, func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // it takes a moment to die
	})
	return w.Run(nil)
}
