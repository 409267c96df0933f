package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/telemetry"
)

// Without an endpoint there are no spans, and asking for one allocates
// nothing.
func TestOffCostsNothing(t *testing.T) {
	stop, err := telemetry.Start(t.Context(), "", "casepath")
	if err != nil || stop(t.Context()) != nil || telemetry.On() {
		t.Fatalf("on: %v, %v", telemetry.On(), err)
	}
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() {
		in, span := telemetry.Begin(ctx, "x")
		in, part := telemetry.Part(in, "y")
		_, _ = telemetry.Traceparent(in), telemetry.Continue(part.Over(span.Over(in)), "")
		part.End(nil)
		span.End(nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if i, err := telemetry.Interceptors(); i != nil || err != nil {
		t.Errorf("interceptors: %v, %v", i, err)
	}
}

// What leaves goes to the endpoint's /v1/traces, at the end at the latest.
func TestStart(t *testing.T) {
	var bytes atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			bytes.Add(r.ContentLength)
		}
	}))
	t.Cleanup(collector.Close)
	stop, err := telemetry.Start(t.Context(), collector.URL+"/", "casepath-test")
	if err != nil {
		t.Fatal(err)
	}
	_, span := telemetry.Begin(t.Context(), "work")
	span.End(nil)
	if err := stop(t.Context()); err != nil || bytes.Load() == 0 {
		t.Errorf("%d bytes arrived, %v", bytes.Load(), err)
	}
}

// A trace goes on where its traceparent is taken up; a refusal is an outcome,
// a fault marks the span, and the words of neither leave.
func TestSpans(t *testing.T) {
	seen := tracetest.NewInMemoryExporter()
	stop := telemetry.Use(sdktrace.NewSimpleSpanProcessor(seen))
	t.Cleanup(func() { _ = stop(context.Background()) })
	if _, part := telemetry.Part(t.Context(), "part of nothing"); part != (telemetry.Span{}) {
		t.Error("a part of nothing is a span")
	}
	ctx, span := telemetry.Begin(t.Context(), "request")
	name := telemetry.Traceparent(ctx)
	span.End(problem.New(problem.Conflict, "secret words", nil))
	_, span = telemetry.Begin(telemetry.Continue(t.Context(), name), "delivery")
	span.End(errors.New("secret words"))
	for _, broken := range []string{"", "x", name + "0", strings.Repeat("0", len(name))} {
		_, span = telemetry.Begin(telemetry.Continue(t.Context(), broken), "alone")
		span.End(nil)
	}
	list := seen.GetSpans()
	trace := list[0].SpanContext.TraceID()
	for i, want := range []codes.Code{codes.Unset, codes.Error, codes.Unset, codes.Unset, codes.Unset, codes.Unset} {
		if list[i].Status.Code != want || list[i].Status.Description != "" || len(list[i].Events) > 0 {
			t.Errorf("%s: %+v, events %v", list[i].Name, list[i].Status, list[i].Events)
		}
		if same := list[i].SpanContext.TraceID() == trace; same != (i < 2) {
			t.Errorf("%s, %d: in the same trace: %v", list[i].Name, i, same)
		}
	}
}

// A log line carries what the work turned out to be about, whoever noted it,
// and the trace.
func TestLogLines(t *testing.T) {
	seen := tracetest.NewInMemoryExporter()
	stop := telemetry.Use(sdktrace.NewSimpleSpanProcessor(seen))
	t.Cleanup(func() { _ = stop(context.Background()) })
	var out bytes.Buffer
	log := slog.New(telemetry.Handler(slog.NewJSONHandler(&out, nil))).With("part", "test")
	edge, span := telemetry.Begin(telemetry.WithNotes(t.Context()), "request")
	telemetry.Note(edge, "request_id", "r-1")
	inside, cancel := context.WithCancel(edge)
	telemetry.Note(inside, "ticket", "PX-2026-000001")
	telemetry.Note(inside, "ticket", "PX-2026-000002")
	cancel()
	log.ErrorContext(edge, "failed", "error", "x")
	span.End(nil)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"request_id": "r-1", "ticket": "PX-2026-000002", "part": "test", "error": "x", "trace_id": seen.GetSpans()[0].SpanContext.TraceID().String(),
	} {
		if line[key] != want {
			t.Errorf("%s: %v, want %s, in %s", key, line[key], want, &out)
		}
	}
	if n := strings.Count(out.String(), `"ticket"`); n != 1 {
		t.Errorf("the ticket is named %d times", n)
	}
	if a := seen.GetSpans()[0].Attributes; len(a) == 0 || a[len(a)-1] != attribute.String("casepath.ticket", "PX-2026-000002") {
		t.Errorf("the span says %v", a)
	}
	out.Reset()
	log.InfoContext(t.Context(), "alone")
	if strings.Contains(out.String(), "trace_id") {
		t.Errorf("a line about nothing: %s", &out)
	}
}
