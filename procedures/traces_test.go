package procedures

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/telemetry"
)

// A registration, from the request through the outbox to the workflow's
// reading of the row, is one trace; so is an action, from the request through
// the workflow to the statement that commits it. Nothing a person wrote or is
// called is in any of them.
func TestTraces(t *testing.T) {
	seen := tracetest.NewInMemoryExporter()
	stop := telemetry.Use(sdktrace.NewSimpleSpanProcessor(seen))
	t.Cleanup(func() { _ = stop(context.Background()) })
	h := stack.NewHouse(t, stack.Parts{Relay: true, Worker: true})
	jeanne, agent := h.Token(t, "interfacing", "jeanne"), h.Token(t, "interfacing", "agent")

	stranger := "00-" + strings.Repeat("ab", 16) + "-" + strings.Repeat("cd", 8) + "-01"
	registered := h.Ask(t, jeanne, "POST", "/v1/tickets", map[string]any{
		"type": "bug", "severity": "medium", "title": marker + " title", "body": marker + " body",
	}, "Traceparent", stranger)
	number := registered.Text("number")
	if registered.Status != 201 {
		t.Fatalf("register: %d %s", registered.Status, registered.Raw)
	}
	started(t, h) // by the relay, not by the first command
	decision := map[string]any{"reason": "bug", "level": 1, "severity": "high", "severity_reason": marker + " why", "path": "answer"}
	triaged := h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/triage", decision)
	withdrawn := h.Ask(t, jeanne, "POST", "/v1/tickets/"+number+"/withdraw", map[string]any{"reason": marker + " reason"})
	refused := h.Ask(t, agent, "POST", "/v1/tickets/"+number+"/triage", decision)
	if triaged.Status != 200 || withdrawn.Status != 200 || refused.Status != 409 {
		t.Fatalf("triage %d, withdraw %d, triage again %d", triaged.Status, withdrawn.Status, refused.Status)
	}

	whole := traceOf(t, seen, registered, "registerTicket", "RunWorkflow:Ticket", "deliver mail")
	for _, path := range [][]string{
		{"registerTicket", "transaction", "sql insert"},
		{"registerTicket", "deliver start", "StartWorkflow:Ticket", "RunWorkflow:Ticket", "StartActivity:LoadTicket", "RunActivity:LoadTicket", "transaction", "sql update"},
		{"registerTicket", "deliver mail"},
	} {
		whole.has(t, path)
	}
	traceOf(t, seen, triaged, "triageTicket", "HandleUpdate:triage").has(t, []string{
		"triageTicket", "UpdateWorkflow:triage", "HandleUpdate:triage", "StartActivity:CommitTransition", "RunActivity:CommitTransition", "transaction", "sql update",
	})
	if root := whole.root(t); root.SpanContext.TraceID().String() == strings.Repeat("ab", 16) || !slices.Contains(root.Attributes, attribute.String("casepath.ticket", number)) {
		t.Errorf("the trace is a stranger's, or does not say which ticket: %v %v", root.SpanContext.TraceID(), root.Attributes)
	}
	nothingPersonal(t, seen.GetSpans(), number)
}

// started waits until the relay has delivered all there is.
func started(t *testing.T, h *stack.House) {
	t.Helper()
	outbox, tick := h.DB.RelayStore(t), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		b, err := outbox.Backlog(t.Context())
		if err != nil || time.Now().After(deadline) {
			t.Fatalf("not delivered within %v: %+v, %v", patience, b, err)
		}
		if b.Waiting == 0 {
			return
		}
	}
}

// spans are those of one trace.
type spans tracetest.SpanStubs

// traceOf waits until the trace of a request has all these spans, and answers
// it.
func traceOf(t *testing.T, seen *tracetest.InMemoryExporter, a stack.Answer, names ...string) (list spans) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		id := trace.TraceID{}
		all := seen.GetSpans()
		for _, s := range all {
			if slices.Contains(s.Attributes, attribute.String("casepath.request_id", a.Header.Get("X-Request-Id"))) && !s.Parent.IsValid() {
				id = s.SpanContext.TraceID()
			}
		}
		list = nil
		missing := slices.Clone(names)
		for _, s := range all {
			if s.SpanContext.TraceID() == id && id.IsValid() {
				list = append(list, s)
				missing = slices.DeleteFunc(missing, func(name string) bool { return name == s.Name })
			}
		}
		if len(missing) == 0 {
			return list
		}
		if time.Now().After(deadline) {
			t.Fatalf("the trace of %s has no %v:\n%v", a.Header.Get("X-Request-Id"), missing, list)
		}
	}
}

// has wants a chain of spans in the trace, each the parent of the next; the
// first is the root.
func (list spans) has(t *testing.T, path []string) {
	t.Helper()
	parents := []trace.SpanID{{}}
	for i, name := range path {
		var next []trace.SpanID
		for _, s := range list {
			if s.Name == name && slices.Contains(parents, s.Parent.SpanID()) {
				next = append(next, s.SpanContext.SpanID())
			}
		}
		if parents = next; len(next) == 0 {
			t.Errorf("no %s below %v in\n%v", name, path[:i], list)
			return
		}
	}
}

func (list spans) root(t *testing.T) tracetest.SpanStub {
	t.Helper()
	for _, s := range list {
		if !s.Parent.IsValid() {
			return s
		}
	}
	t.Fatal("a trace without a beginning")
	return tracetest.SpanStub{}
}

// String is the trace as a list of parents and children.
func (list spans) String() string {
	var text strings.Builder
	for _, s := range list {
		fmt.Fprintf(&text, "%s → %s %s\n", s.Parent.SpanID(), s.SpanContext.SpanID(), s.Name)
	}
	return text.String()
}

// nothingPersonal looks for what was written and for the people's names and
// addresses; the number, which is there, shows that the test can see.
func nothingPersonal(t *testing.T, all tracetest.SpanStubs, number string) {
	t.Helper()
	if len(all) < 50 {
		t.Errorf("only %d spans", len(all))
	}
	var text strings.Builder
	for _, s := range all {
		fmt.Fprintf(&text, "%s %v %v %v\n", s.Name, s.Attributes, s.Events, s.Status)
	}
	if !strings.Contains(text.String(), number) {
		t.Error("the ticket's number is nowhere: the test looks in the wrong place")
	}
	for _, word := range []string{marker, "jeanne", "Jeanne", "@interfacing", "127.0.0.1", stack.Password} {
		if i := strings.Index(text.String(), word); i >= 0 {
			t.Errorf("%s is in a trace: %.300q", word, text.String()[max(0, i-100):])
		}
	}
}
