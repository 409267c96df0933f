// Package store is PostgreSQL: every statement of Casepath, beside the method
// that runs it. The row and its version are the truth (architecture: who owns
// the truth); workflows drive it, pages and lists read it.
//
// Every vendor-owned row is read and written inside In, which names the
// vendor to the database, where row-level security holds vendors apart even
// if a statement forgets to.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/telemetry"
)

// Store is a pool of connections as one database role.
type Store struct {
	// PublicURL is the address of the installation as its users know it, for
	// links in mails; set once, before use. "": mails carry no link.
	PublicURL string

	db      pool
	wake    *waker       // nil: effects wait for the relay's next look
	hits    atomic.Int64 // counted by Throttle since the start
	vendors vendorCache
	packs   sync.Map // by vendor and version
}

// Open connects to url (postgres://…) with at most limit connections and checks
// that the database answers.
func Open(ctx context.Context, url string, limit int) (*Store, error) {
	connector, err := pq.NewConnector(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db := sqlx.NewDb(sql.OpenDB(preparing{connector}), "postgres")
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(limit)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s := &Store{db: pool{db}, wake: newWaker(db)}
	if err := s.Ping(ctx); err != nil {
		_ = db.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the pool.
func (s *Store) Close() error {
	s.wake.stop()
	return s.db.Close()
}

// Collector tells Prometheus how the pool is used, under that name.
func (s *Store) Collector(name string) prometheus.Collector {
	return collectors.NewDBStatsCollector(s.db.DB.DB, name)
}

// Ping answers nil when the database does.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.db.PingContext(ctx); err != nil {
		return fmt.Errorf("database does not answer: %w", err)
	}
	return nil
}

// Tx is one transaction on behalf of one vendor.
type Tx struct {
	*sqlx.Tx
	Vendor  uuid.UUID
	store   *Store
	effects []EffectKind // written to the outbox: wake the relay after the commit
	span    telemetry.Span
}

// In runs do in a transaction of the vendor and commits it when do returns
// nil. The relay is woken after a commit that wrote outbox rows. A failure of
// the database itself is Unavailable; what do returns passes unchanged.
func (s *Store) In(ctx context.Context, vendor uuid.UUID, do func(*Tx) error) (err error) {
	ctx, span := telemetry.Part(ctx, "transaction")
	defer func() { span.End(err) }()
	sqlTx, err := s.db.BeginTxx(ofVendor(ctx, vendor), nil)
	if err != nil {
		return failure("begin", err)
	}
	defer func() { _ = sqlTx.Rollback() }() // after a commit it does nothing
	tx := &Tx{Tx: sqlTx, Vendor: vendor, store: s, span: span}
	if err := do(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return problem.NotKnownYet(fmt.Errorf("commit: %w", err)) // it may have come through
	}
	if len(tx.effects) > 0 {
		s.wake.ring(tx.effects)
	}
	return nil
}

// failure wraps a database error with what was being done. No row is
// NotFound; a lost connection, a full disk or a cancelled statement is
// Unavailable; anything else is ours and Internal.
func failure(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return problem.Missing()
	}
	e := problem.New(problem.Internal, "internal", nil)
	if unavailable(err) {
		e = problem.New(problem.Unavailable, "database_unavailable", nil)
		e.RetryAfter = 2 * time.Second
	}
	e.Cause = fmt.Errorf("%s: %w", doing, err)
	return e
}

// unavailable says whether the database, not the statement, is at fault.
func unavailable(err error) bool {
	var pqErr *pq.Error
	if errors.As(err, &pqErr) {
		switch pqErr.Code.Class() {
		case "08", "53", "57", "58", "40", "28", "3D": // connection, resources (disk full), operator, system, rollback, not let in, no such database
			return true
		}
		return pqErr.Code == "25006" // read-only: a standby, or a failover under way
	}
	for _, lost := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, sql.ErrConnDone, sql.ErrTxDone, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, lost) {
			return true
		}
	}
	var network net.Error
	return errors.As(err, &network) || err.Error() == "sql: database is closed" // which database/sql does not export
}

// violates says whether err breaks the named unique index or constraint.
func violates(err error, constraint string) bool {
	var pqErr *pq.Error
	return errors.As(err, &pqErr) && pqErr.Constraint == constraint
}

func (tx *Tx) get(ctx context.Context, doing string, to any, query string, args ...any) error {
	return failure(doing, tx.GetContext(ctx, to, query, args...))
}

func (tx *Tx) list(ctx context.Context, doing string, to any, query string, args ...any) error {
	return failure(doing, tx.SelectContext(ctx, to, query, args...))
}

func (tx *Tx) exec(ctx context.Context, doing, query string, args ...any) error {
	_, err := tx.ExecContext(ctx, query, args...)
	return failure(doing, err)
}

// change is exec that must touch exactly one row; else NotFound.
func (tx *Tx) change(ctx context.Context, doing, query string, args ...any) error {
	return failure(doing, oneRow(tx.ExecContext(ctx, query, args...)))
}

// oneRow makes an error of a change that did not touch exactly one row.
func oneRow(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return sql.ErrNoRows
	}
	return nil
}

// NewID makes an id that sorts by the time it was made (UUID version 7).
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Rehearse does something and, unless keep, takes it back: what it costs is
// the same, and nothing is left of it. do must write something.
func (tx *Tx) Rehearse(ctx context.Context, keep bool, do func() error) error {
	if err := tx.exec(ctx, "begin a part", `savepoint rehearsal`); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if keep {
		return tx.exec(ctx, "keep a part", `release savepoint rehearsal`)
	}
	return tx.exec(ctx, "take a part back", `rollback to savepoint rehearsal`)
}
