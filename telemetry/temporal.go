package telemetry

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"
)

// Interceptors carry traces through the engine: a start or an update and what
// the workflow does for it are one trace. None when there are no spans. A
// workflow's own span leaves when the workflow ends, or a worker lets go of
// it.
func Interceptors() ([]interceptor.ClientInterceptor, error) {
	t := tracer.Load()
	if t == nil {
		return nil, nil
	}
	i, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: t.Tracer, TextMapPropagator: w3c, DisableBaggage: true,
		DisableQueryTracing:     true, // the reconciler asks by the thousand
		AllowInvalidParentSpans: true, // a workflow outlives what began it
		SpanStarter: func(ctx context.Context, t trace.Tracer, name string, options ...trace.SpanStartOption) trace.Span {
			_, span := t.Start(ctx, name, options...) //nolint:spancheck // the interceptor ends it
			return discreet{span}                     //nolint:spancheck // as above
		},
	})
	if err != nil {
		return nil, fmt.Errorf("traces through the engine: %w", err)
	}
	return []interceptor.ClientInterceptor{i}, nil
}

// discreet is a span that tells that something failed, but not with what
// words.
type discreet struct{ trace.Span }

// RecordError records nothing: the text may hold what a person wrote.
func (discreet) RecordError(error, ...trace.EventOption) {}

// SetStatus leaves out the description, which is an error's text.
func (d discreet) SetStatus(code codes.Code, _ string) { d.Span.SetStatus(code, "") }
