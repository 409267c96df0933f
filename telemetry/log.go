package telemetry

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// notes are what a piece of work turns out to be about. They are gathered on
// the way down and printed by whoever logs, at the edge.
type notes struct {
	mu   sync.Mutex
	list []slog.Attr
}

type notesKey struct{}

// WithNotes begins to gather notes for what follows.
func WithNotes(ctx context.Context) context.Context {
	return context.WithValue(ctx, notesKey{}, &notes{})
}

// Note says what the work under way is about: a request id, a ticket's number,
// a workflow's id; never personal data. It is in every log line of the work
// from then on, and on the span. Without WithNotes it is on the span alone.
func Note(ctx context.Context, key, value string) {
	if span := trace.SpanFromContext(ctx); span.IsRecording() {
		span.SetAttributes(attribute.String("casepath."+key, value))
	}
	n, ok := ctx.Value(notesKey{}).(*notes)
	if !ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = slices.DeleteFunc(n.list, func(a slog.Attr) bool { return a.Key == key })
	n.list = append(n.list, slog.String(key, value))
}

// Handler adds to each log line the notes of its context, and the trace it is
// a part of.
func Handler(inner slog.Handler) slog.Handler { return handler{inner} }

type handler struct{ slog.Handler }

// Handle prints one line.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if n, ok := ctx.Value(notesKey{}).(*notes); ok {
		n.mu.Lock()
		r.AddAttrs(n.list...)
		n.mu.Unlock()
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps what this handler does.
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps what this handler does.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
