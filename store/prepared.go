package store

import (
	"context"
	"database/sql/driver"
	"fmt"
)

// preparing opens connections that prepare each statement once and keep it:
// the database parses and plans it then, and afterwards one round trip runs it
// instead of two. That is more than half of what our short statements cost.
type preparing struct{ driver.Connector }

// Connect opens one connection.
func (p preparing) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	inner, ok := opened.(fullConn)
	if !ok {
		return nil, fmt.Errorf("the driver's %T can do less than is needed", opened)
	}
	return &preparedConn{fullConn: inner, statements: map[string]fullStmt{}}, nil
}

// fullConn and fullStmt are what lib/pq's can do and database/sql asks for.
type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
	driver.NamedValueChecker
	driver.SessionResetter
	driver.Validator
}

type fullStmt interface {
	driver.Stmt
	driver.StmtQueryContext
	driver.StmtExecContext
}

// statementsMax bounds what one connection keeps. There are fewer statements
// than this in the package; only lists put theirs together.
const statementsMax = 400

type preparedConn struct {
	fullConn
	statements map[string]fullStmt // by their text
}

// QueryContext runs a statement that answers rows.
func (c *preparedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.statement(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		c.forget(query)
	}
	return rows, err
}

// ExecContext runs a statement that answers none.
func (c *preparedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.statement(ctx, query, args)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return c.fullConn.ExecContext(ctx, query, args)
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		c.forget(query)
	}
	return result, err
}

// statement is the prepared one; nil when it isn't worth it: without
// parameters one round trip is enough already.
func (c *preparedConn) statement(ctx context.Context, query string, args []driver.NamedValue) (fullStmt, error) {
	if s, known := c.statements[query]; known {
		return s, nil
	}
	if len(args) == 0 || len(c.statements) == statementsMax {
		return nil, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(fullStmt)
	if !ok {
		return nil, fmt.Errorf("the driver's %T can do less than is needed", prepared)
	}
	c.statements[query] = s
	return s, nil
}

// forget has a statement that failed prepared anew the next time: a migration
// may have changed what it was prepared for.
func (c *preparedConn) forget(query string) {
	_ = c.statements[query].Close() // should the connection be lost, it is all the same
	delete(c.statements, query)
}
