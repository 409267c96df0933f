package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/words"
)

// statuses is the HTTP status of each code.
var statuses = map[problem.Code]int{
	problem.Invalid:         http.StatusBadRequest,
	problem.Unauthenticated: http.StatusUnauthorized,
	problem.Forbidden:       http.StatusForbidden,
	problem.NotFound:        http.StatusNotFound,
	problem.Conflict:        http.StatusConflict,
	problem.Unprocessable:   http.StatusUnprocessableEntity,
	problem.RateLimited:     http.StatusTooManyRequests,
	problem.Unavailable:     http.StatusServiceUnavailable,
	problem.Internal:        http.StatusInternalServerError,
}

// handleError is the one place where an error becomes an answer: problem+json
// (RFC 9457) in the reader's language. What is ours alone is logged here, once.
func handleError(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	e := asProblem(err)
	status := statuses[e.Code]
	if e.Key == "body_too_large" || e.Key == "message_too_large" {
		status = http.StatusRequestEntityTooLarge
	}
	if e.Key == "method_not_allowed" {
		status = http.StatusMethodNotAllowed
	}
	ctx := c.Request().Context()
	if e.Code == problem.Internal || e.Code == problem.Unavailable {
		slog.ErrorContext(ctx, "request failed", "method", c.Request().Method, "path", c.Path(), "error", err)
	}
	if e.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.Code == problem.Unauthenticated {
		c.Response().Header().Set("WWW-Authenticate", "Bearer")
	}
	locale := localeOf(c)
	c.Response().Header().Set("Content-Language", locale)
	c.Response().Header().Set(echo.HeaderContentType, "application/problem+json")
	if c.Request().Method == http.MethodHead {
		_ = c.NoContent(status)
		return
	}
	if err := c.JSON(status, body(e, status, locale, requestIDOf(c))); err != nil {
		slog.WarnContext(ctx, "answer not delivered", "error", err)
	}
}

// body is the problem in words. Extra members (state, possible) stand beside
// the standard ones, as RFC 9457 has it.
func body(e *problem.Error, status int, locale, requestID string) map[string]any {
	answer := map[string]any{}
	maps.Copy(answer, e.Data)
	answer["type"], answer["status"], answer["code"], answer["key"] = "about:blank", status, string(e.Code), e.Key
	answer["title"], answer["request_id"] = words.Say(locale, e.Key, e.Args), requestID
	if len(e.Fields) > 0 {
		fields := make([]FieldProblem, len(e.Fields))
		for i, f := range e.Fields {
			fields[i] = FieldProblem{Path: f.Path, Key: f.Key, Message: words.Say(locale, f.Key, f.Args)}
		}
		answer["fields"] = fields
	}
	return answer
}

// asProblem is the Error in a chain, or what stands for one.
func asProblem(err error) *problem.Error {
	if e, ok := problem.As(err); ok {
		return e
	}
	var web *echo.HTTPError
	var typed *json.UnmarshalTypeError // 1e0 is an integer to the contract, and none to Go
	if errors.As(err, &web) {
		switch {
		case errors.As(err, &typed):
			var wrong problem.Fields
			wrong.Add(strings.ReplaceAll(typed.Field, ".", "/"), "field_wrong_type", nil)
			return asProblem(wrong.Err())
		case web.Code == http.StatusNotFound:
			return problem.Missing()
		case web.Code == http.StatusMethodNotAllowed:
			return problem.New(problem.Invalid, "method_not_allowed", nil)
		case web.Code < http.StatusInternalServerError:
			e := problem.New(problem.Invalid, "request_broken", nil)
			e.Cause = err
			return e
		}
	}
	e := problem.New(problem.Internal, "internal", nil)
	e.Cause = err
	return e
}

// localeOf is the reader's language: what they ask for, else what they are
// known to read.
func localeOf(c echo.Context) string {
	known := ""
	if caller, ok := desk.CallerFrom(c.Request().Context()); ok {
		known = caller.Person.Locale
	}
	return words.Match(c.Request().Header.Get("Accept-Language"), known)
}
