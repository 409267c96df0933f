package workflows

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
)

// milestoneKey is the identity of a milestone: reached once, whoever notices.
func milestoneKey(id, action string, at time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%s", id, action, at.UTC().Format(time.RFC3339Nano)))
	return hex.EncodeToString(sum[:])
}

// codeOf is the problem code an application error carries, "" for none.
func codeOf(err error) problem.Code {
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return problem.Code(app.Type())
	}
	return ""
}

// asProblem turns what the engine answers into what a caller is told. A
// refusal by the workflow keeps its code; an engine or worker that does not
// answer is Unavailable, outcome not known yet; too many at once is
// RateLimited.
func asProblem(err error) error {
	var app *temporal.ApplicationError
	var busy *serviceerror.ResourceExhausted
	var timeout *client.WorkflowUpdateServiceTimeoutOrCanceledError
	var unavailable *serviceerror.Unavailable
	var deadline *serviceerror.DeadlineExceeded
	var canceled *serviceerror.Canceled
	switch {
	case err == nil:
		return nil
	case errors.As(err, &app):
		return refusal(app)
	case errors.As(err, &busy):
		e := problem.New(problem.RateLimited, "too_many_at_once", nil)
		e.RetryAfter, e.Cause = time.Second, err
		return e
	case errors.As(err, &timeout), errors.As(err, &unavailable), errors.As(err, &deadline), errors.As(err, &canceled),
		errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return problem.NotKnownYet(err)
	}
	e := problem.NotKnownYet(err)
	return e
}

func refusal(app *temporal.ApplicationError) error {
	e := problem.New(problem.Code(app.Type()), "internal", nil)
	var detail activities.Refusal
	if app.HasDetails() && app.Details(&detail) == nil {
		e.Key, e.Args, e.Data = detail.Key, detail.Args, detail.Data
	}
	if e.Code == problem.Unavailable {
		return problem.NotKnownYet(app)
	}
	e.Cause = app
	return e
}
