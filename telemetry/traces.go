// Package telemetry is how we can be watched from outside: traces
// (OpenTelemetry) through API, outbox, workflow and SQL, and log lines that
// carry what they are about. No personal data leaves through it: names of
// operations, statements with placeholders, ids, numbers and codes, and never
// the text of an error.
package telemetry

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/casepath/casepath/problem"
)

// tracer makes the spans of this process; nil: there are none, and nothing
// here costs more than looking at this.
var tracer atomic.Pointer[tracing]

type tracing struct{ trace.Tracer }

// Start sends this process's spans to an OTLP/HTTP endpoint (its base address,
// as in OTEL_EXPORTER_OTLP_ENDPOINT), as that service. "": there are none.
// Headers, sampling and batching follow OpenTelemetry's own variables. stop
// sends what is left.
func Start(ctx context.Context, endpoint, service string) (stop func(context.Context) error, err error) {
	if endpoint == "" {
		return func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(endpoint, "/")+"/v1/traces"))
	if err != nil {
		return nil, fmt.Errorf("traces to %s: %w", endpoint, err)
	}
	about, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", service)), resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("describe this process: %w", err)
	}
	return use(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about)), nil
}

// Use gives this process's spans to a processor, until stop; for tests.
func Use(p sdktrace.SpanProcessor) (stop func(context.Context) error) {
	return use(sdktrace.WithSpanProcessor(p))
}

func use(options ...sdktrace.TracerProviderOption) (stop func(context.Context) error) {
	provider := sdktrace.NewTracerProvider(options...)
	tracer.Store(&tracing{provider.Tracer("casepath")})
	return func(ctx context.Context) error {
		tracer.Store(nil)
		return provider.Shutdown(ctx)
	}
}

// On says whether there are spans.
func On() bool { return tracer.Load() != nil }

// Span is a piece of work under way; the zero Span is none.
type Span struct{ span trace.Span }

// Begin begins a span: a part of the one in ctx, or a trace of its own.
func Begin(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, Span) {
	t := tracer.Load()
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.Start(ctx, name, trace.WithAttributes(attributes...)) //nolint:spancheck // whoever began it ends it
	return ctx, Span{span}                                               //nolint:spancheck // as above
}

// Part is Begin for what is worth a span only as a part of something.
func Part(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, Span) {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx, Span{}
	}
	return Begin(ctx, name, attributes...)
}

// Serve begins the span of a request somebody else has sent.
func Serve(ctx context.Context, name string, attributes ...attribute.KeyValue) (context.Context, Span) {
	t := tracer.Load()
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.Start(ctx, name, trace.WithAttributes(attributes...), trace.WithSpanKind(trace.SpanKindServer)) //nolint:spancheck // whoever began it ends it
	return ctx, Span{span}                                                                                         //nolint:spancheck // as above
}

// Over makes what follows in ctx a part of this span; of no span, it changes
// nothing.
func (s Span) Over(ctx context.Context) context.Context {
	if s.span == nil {
		return ctx
	}
	return trace.ContextWithSpan(ctx, s.span)
}

// End ends the span. A refusal is an outcome: its code is kept. Only what is
// our fault, or nobody's answer, marks the span as failed.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		code := problem.CodeOf(err)
		s.span.SetAttributes(attribute.String("error.type", string(code)))
		if code == problem.Internal || code == problem.Unavailable {
			s.span.SetStatus(codes.Error, "")
		}
	}
	s.span.End()
}

// Answered ends the span of a request with the HTTP status of its answer.
func (s Span) Answered(status int) {
	if s.span == nil {
		return
	}
	s.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= 500 {
		s.span.SetStatus(codes.Error, "")
	}
	s.span.End()
}

var w3c propagation.TraceContext

// Traceparent is the trace ctx is a part of, as W3C Trace Context writes it;
// "" for none.
func Traceparent(ctx context.Context) string {
	if !On() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	w3c.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// Continue makes what follows a part of the trace that traceparent names. What
// names none changes nothing.
func Continue(ctx context.Context, traceparent string) context.Context {
	if traceparent == "" || !On() {
		return ctx
	}
	return w3c.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent})
}
