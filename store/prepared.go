package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// preparing opens connections that spare round trips, which is more than half
// of what our short statements cost. They prepare each statement once and keep
// it: the database parses and plans it then, and afterwards one round trip runs
// it instead of two. And they name the vendor as they begin a transaction.
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
	// Plans are made once too: our statements say what index to walk and how
	// far, whatever the values, and to plan one again costs more than to run it.
	if _, err := inner.ExecContext(ctx, "set plan_cache_mode = force_generic_plan", nil); err != nil {
		_ = inner.Close()
		return nil, err
	}
	return &preparedConn{fullConn: inner, statements: map[string]fullStmt{}}, nil
}

// fullConn and fullStmt are what lib/pq's can do and database/sql asks for.
type fullConn interface {
	driver.Conn
	driver.Tx // lib/pq's connection is its own transaction
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

type vendorKey struct{}

// ofVendor makes the transaction that is begun with the context the vendor's.
func ofVendor(ctx context.Context, vendor uuid.UUID) context.Context {
	return context.WithValue(ctx, vendorKey{}, vendor)
}

// BeginTx begins a transaction and, in the same round trip, tells row-level
// security whose it is. Every transaction of the package is some vendor's.
func (c *preparedConn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	vendor, ok := ctx.Value(vendorKey{}).(uuid.UUID)
	if !ok || options != (driver.TxOptions{}) {
		return nil, errors.New("a transaction without a vendor, or with options")
	}
	// A uuid's own spelling holds nothing that would end the text.
	begin := `begin; select set_config('casepath.vendor_id', '` + vendor.String() + `', true)`
	if _, err := c.fullConn.ExecContext(ctx, begin, nil); err != nil {
		_ = c.Rollback() // should it have begun; if not, the connection is used no more
		return nil, err
	}
	return c.fullConn, nil
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
