package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// TestFailure: what of a database's errors is nobody's, what is ours, and what
// the caller may try again.
func TestFailure(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want problem.Code
	}{
		{"nothing", nil, ""},
		{"no row", sql.ErrNoRows, problem.NotFound},
		{"no row, wrapped", fmt.Errorf("find: %w", sql.ErrNoRows), problem.NotFound},
		{"disk full", &pq.Error{Code: "53100"}, problem.Unavailable},
		{"out of memory", &pq.Error{Code: "53200"}, problem.Unavailable},
		{"too many connections", &pq.Error{Code: "53300"}, problem.Unavailable},
		{"server stops", &pq.Error{Code: "57P01"}, problem.Unavailable},
		{"server starts", &pq.Error{Code: "57P03"}, problem.Unavailable},
		{"cancelled", &pq.Error{Code: "57014"}, problem.Unavailable},
		{"connection lost", &pq.Error{Code: "08006"}, problem.Unavailable},
		{"i/o error", &pq.Error{Code: "58030"}, problem.Unavailable},
		{"serialization", &pq.Error{Code: "40001"}, problem.Unavailable},
		{"deadlock", &pq.Error{Code: "40P01"}, problem.Unavailable},
		{"read-only after a failover", &pq.Error{Code: "25006"}, problem.Unavailable},
		{"password", &pq.Error{Code: "28P01"}, problem.Unavailable},
		{"no such database", &pq.Error{Code: "3D000"}, problem.Unavailable},
		{"bad connection", driver.ErrBadConn, problem.Unavailable},
		{"end", io.EOF, problem.Unavailable},
		{"cut off", io.ErrUnexpectedEOF, problem.Unavailable},
		{"pool's connection closed", sql.ErrConnDone, problem.Unavailable},
		{"refused", &net.OpError{Op: "dial", Err: errors.New("refused")}, problem.Unavailable},
		{"caller gone", context.Canceled, problem.Unavailable},
		{"too late", fmt.Errorf("x: %w", context.DeadlineExceeded), problem.Unavailable},
		{"syntax", &pq.Error{Code: "42601"}, problem.Internal},
		{"not allowed", &pq.Error{Code: "42501"}, problem.Internal},
		{"unique", &pq.Error{Code: "23505"}, problem.Internal},
		{"bad text", &pq.Error{Code: "22021"}, problem.Internal},
		{"anything else", errors.New("x"), problem.Internal},
	} {
		err := failure("doing", c.err)
		e, _ := problem.As(err)
		switch {
		case problem.CodeOf(err) != c.want:
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		case c.want == problem.Unavailable && (e.RetryAfter <= 0 || !errors.Is(err, c.err)):
			t.Errorf("%s: no time to try again, or no cause: %v", c.name, err)
		case c.want == problem.Internal && !strings.Contains(err.Error(), "doing"):
			t.Errorf("%s: does not say what was done: %v", c.name, err)
		}
	}
	db, err := sql.Open("postgres", "postgres://localhost:1/x")
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if code := problem.CodeOf(failure("ask a closed pool", db.Ping())); code != problem.Unavailable {
		t.Errorf("closed pool: %s", code)
	}
}
