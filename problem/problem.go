// Package problem holds the one error type that crosses rooms: a code that
// says what kind of refusal it is, a message key that words turns into the
// reader's language, and the fields that are wrong. It is rendered as
// application/problem+json (RFC 9457) at the edge, and nowhere else.
package problem

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Code is the kind of a refusal; each has one HTTP status.
type Code string

// The codes, and the HTTP status each is answered with.
const (
	Invalid         Code = "invalid"         // 400: the request can't be read
	Unauthenticated Code = "unauthenticated" // 401: who are you?
	Forbidden       Code = "forbidden"       // 403: visible to you, but not yours to do
	NotFound        Code = "not_found"       // 404: missing, or not visible to you
	Conflict        Code = "conflict"        // 409: not in this state
	Unprocessable   Code = "unprocessable"   // 422: readable, but wrong in itself
	RateLimited     Code = "rate_limited"    // 429: later
	Unavailable     Code = "unavailable"     // 503: not known yet; repeat with the same key
	Internal        Code = "internal"        // 500: our fault
)

// Codes lists every code.
var Codes = []Code{Invalid, Unauthenticated, Forbidden, NotFound, Conflict, Unprocessable, RateLimited, Unavailable, Internal}

// Args are the values a message names. They may be shown to the reader.
type Args map[string]any

// Field says what is wrong with one field of the input.
type Field struct {
	Path string // as in the contract, for example "on_behalf_of.organization_id"
	Key  string // message key in words
	Args Args
}

// Error is a refusal. Key and Args become a sentence in the reader's locale;
// Cause is for our logs and never shown.
type Error struct {
	Code       Code
	Key        string
	Args       Args
	Fields     []Field
	Data       map[string]any // extra members of the answer, for example state and possible actions
	RetryAfter time.Duration  // with RateLimited and Unavailable
	Cause      error
}

// New makes an Error; args may be nil.
func New(code Code, key string, args Args) *Error {
	return &Error{Code: code, Key: key, Args: args}
}

// Missing is the 404 for anything that does not exist or may not be seen: the
// same answer for both, so that it tells nothing.
func Missing() *Error { return New(NotFound, "not_found", nil) }

// NotKnownYet is the 503 of an action whose outcome nobody knows yet: it may
// still happen, and the same key gives the one outcome.
func NotKnownYet(cause error) *Error {
	return &Error{Code: Unavailable, Key: "not_known_yet", RetryAfter: 2 * time.Second, Cause: cause}
}

// Error is the line our logs show; clients get the localized message instead.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", e.Code, e.Key)
	for _, k := range sortedKeys(e.Args) {
		fmt.Fprintf(&b, " %s=%v", k, e.Args[k])
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Path, f.Key)
	}
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// As finds the Error in a chain; ok is false when there is none.
func As(err error) (e *Error, ok bool) {
	ok = errors.As(err, &e)
	return e, ok
}

// CodeOf is the code of the Error in a chain, Internal for any other error,
// and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := As(err); ok {
		return e.Code
	}
	return Internal
}

// Fields gathers what is wrong field by field, so that the writer is told all
// of it at once.
type Fields struct{ list []Field }

// Add notes one fault.
func (f *Fields) Add(path, key string, args Args) {
	f.list = append(f.list, Field{Path: path, Key: key, Args: args})
}

// Err is nil without faults, else one Unprocessable Error naming all of them.
func (f *Fields) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &Error{Code: Unprocessable, Key: "fields_wrong", Fields: f.list}
}

// sortedKeys is deterministic, as workflow code must be.
func sortedKeys(a Args) []string {
	keys := make([]string, 0, len(a))
	//workflowcheck:ignore
	for k := range a {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
