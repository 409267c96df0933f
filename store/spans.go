package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jmoiron/sqlx"
	"go.opentelemetry.io/otel/attribute"

	"github.com/casepath/casepath/telemetry"
)

// pool is a pool of connections whose statements are spans of the trace they
// belong to; outside of one they are none.
type pool struct{ *sqlx.DB }

// GetContext is sqlx's.
func (p pool) GetContext(ctx context.Context, to any, query string, args ...any) error {
	ctx, span := statement(ctx, query)
	return ended(span, p.DB.GetContext(ctx, to, query, args...))
}

// SelectContext is sqlx's.
func (p pool) SelectContext(ctx context.Context, to any, query string, args ...any) error {
	ctx, span := statement(ctx, query)
	return ended(span, p.DB.SelectContext(ctx, to, query, args...))
}

// ExecContext is sqlx's.
func (p pool) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, span := statement(ctx, query)
	result, err := p.DB.ExecContext(ctx, query, args...)
	return result, ended(span, err)
}

// GetContext is sqlx's.
func (tx *Tx) GetContext(ctx context.Context, to any, query string, args ...any) error {
	ctx, span := statement(tx.span.Over(ctx), query)
	return ended(span, tx.Tx.GetContext(ctx, to, query, args...))
}

// SelectContext is sqlx's.
func (tx *Tx) SelectContext(ctx context.Context, to any, query string, args ...any) error {
	ctx, span := statement(tx.span.Over(ctx), query)
	return ended(span, tx.Tx.SelectContext(ctx, to, query, args...))
}

// ExecContext is sqlx's.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, span := statement(tx.span.Over(ctx), query)
	result, err := tx.Tx.ExecContext(ctx, query, args...)
	return result, ended(span, err)
}

// statement begins a statement's span. Its text has placeholders for whatever
// anybody wrote; the values are left out.
func statement(ctx context.Context, query string) (context.Context, telemetry.Span) {
	if !telemetry.On() {
		return ctx, telemetry.Span{}
	}
	text := strings.Join(strings.Fields(query), " ")
	verb, _, _ := strings.Cut(text, " ")
	return telemetry.Part(ctx, "sql "+verb, attribute.String("db.system.name", "postgresql"), attribute.String("db.query.text", text))
}

// ended ends a statement's span and passes its error on. No row is an answer;
// of an error only what it means to a caller is kept.
func ended(span telemetry.Span, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		span.End(nil)
	} else {
		span.End(failure("statement", err))
	}
	return err
}
