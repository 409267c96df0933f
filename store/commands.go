package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

func stringArray(list []string) any { return pq.StringArray(list) }

// Command is a write that can be repeated: the row behind an idempotency key.
type Command struct {
	Key         string     `db:"key"` // SHA-256, hex
	TicketID    *uuid.UUID `db:"ticket_id"`
	ActorID     *uuid.UUID `db:"actor_id"`
	Action      string     `db:"action"`
	Body        []byte     `db:"body"`      // JSON of what was written; nil once committed
	BodyHash    []byte     `db:"body_hash"` // SHA-256
	ReceivedAt  time.Time  `db:"received_at"`
	BearerID    *uuid.UUID `db:"bearer_id"` // the session or token it came with
	IP          string     `db:"ip"`        // from where it came; "" from the command line
	CommittedAt *time.Time `db:"committed_at"`
	ObjectID    *uuid.UUID `db:"object_id"`
	Version     *int64     `db:"version"`
	ServiceID   *uuid.UUID `db:"service_request_id"` // the service request it moves; nil: the ticket itself
	WorkKind    string     `db:"work_kind"`          // WorkReview or WorkDev: it moves that; "": neither
	WorkID      *uuid.UUID `db:"work_id"`
}

const commandColumns = `key, ticket_id, actor_id, action, body, body_hash, received_at, bearer_id, ip, committed_at, object_id, version, service_request_id, work_kind, work_id`

// Receive keeps a command under its key, or finds the one that is there. The
// same key with another body is Unprocessable. A repeat that comes while the
// first is still in its transaction waits for it. One that says what it makes
// (ObjectID) is kept as done, confirmed too: it stands if the transaction does.
func (tx *Tx) Receive(ctx context.Context, c Command) (Command, error) {
	var body any
	if c.Body != nil {
		body = c.Body
	}
	result, err := tx.ExecContext(ctx, `insert into commands (vendor_id, key, ticket_id, actor_id, action, body, body_hash, received_at, bearer_id, ip,
			object_id, committed_at, confirmed_at, service_request_id, work_kind, work_id)
		select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, made, done, done, $12, $13, $14 from (values ($11::uuid, case when $11::uuid is not null then now() end)) as m (made, done)
		on conflict do nothing`,
		tx.Vendor, c.Key, c.TicketID, c.ActorID, c.Action, body, c.BodyHash, c.ReceivedAt, c.BearerID, c.IP, c.ObjectID, c.ServiceID, c.WorkKind, c.WorkID)
	if err != nil {
		return c, failure("receive command", err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 1 {
		return c, nil
	}
	found, err := tx.Command(ctx, c.Key)
	if err != nil {
		return c, err
	}
	if !bytes.Equal(found.BodyHash, c.BodyHash) {
		return c, problem.New(problem.Unprocessable, "idempotency_key_reused", nil)
	}
	return found, nil
}

// Command finds a command by its key; NotFound when there is none.
func (tx *Tx) Command(ctx context.Context, key string) (c Command, err error) {
	return c, tx.get(ctx, "find command", &c, `select `+commandColumns+` from commands where key = $1`, key)
}

// ReceiveLocked is Receive, with the command locked until the transaction ends.
func (tx *Tx) ReceiveLocked(ctx context.Context, c Command) (Command, error) {
	if _, err := tx.Receive(ctx, c); err != nil {
		return c, err
	}
	return c, tx.get(ctx, "lock command", &c, `select `+commandColumns+` from commands where key = $1 for update`, c.Key)
}

// Aim notes what a command that chooses its object has chosen, before it is
// done: a repeat does the same.
func (tx *Tx) Aim(ctx context.Context, key string, object uuid.UUID) error {
	return tx.change(ctx, "aim command", `update commands set object_id = $2 where key = $1 and committed_at is null`, key, object)
}

// Done marks a write that needs no workflow as committed and confirmed.
func (tx *Tx) Done(ctx context.Context, key string, object uuid.UUID) error {
	return tx.change(ctx, "mark command done", `update commands set committed_at = now(), confirmed_at = now(), object_id = $2, body = null
		where key = $1`, key, object)
}

// Change is one transition to be committed.
type Change struct {
	Ticket   uuid.UUID
	Key      string // identity of the command or milestone
	Expected int64  // version the decision was made on
	Action   string
	With     *uuid.UUID // another ticket, which is locked with it
	Human    bool       // received from a person, who waits for the answer; else a milestone
	// Apply changes the locked row and writes what belongs to it. Version and
	// UpdatedAt are set for it. body is what the person wrote, nil for a milestone.
	Apply func(tx *Tx, t *Ticket, body json.RawMessage) error
}

// Commit makes one transition in one transaction: row, event, effects and the
// command's mark, or nothing. It is safe to repeat with the same key. The
// ticket returned is the row as it is afterwards.
func (s *Store) Commit(ctx context.Context, vendor uuid.UUID, c Change) (outcome ticket.Outcome, t Ticket, err error) {
	err = s.In(ctx, vendor, func(tx *Tx) error {
		if c.With != nil {
			if err := tx.LockTickets(ctx, c.Ticket, *c.With); err != nil {
				return err
			}
		}
		if t, err = tx.LockTicket(ctx, c.Ticket); err != nil {
			return err
		}
		command, err := tx.pending(ctx, c.Key, c.Human)
		switch {
		case err != nil:
			return err
		case command.CommittedAt != nil:
			outcome = ticket.AlreadyApplied
			return nil
		case t.Version != c.Expected:
			outcome = ticket.Stale
			return nil
		}
		outcome = ticket.Applied
		t.Version++
		if err := c.Apply(tx, &t, command.Body); err != nil {
			return err
		}
		if err := tx.UpdateTicket(ctx, t); err != nil {
			return err
		}
		return tx.markCommitted(ctx, c, t.Version)
	})
	return outcome, t, err
}

// pending finds the command of a change; a milestone has none before it is
// committed.
func (tx *Tx) pending(ctx context.Context, key string, human bool) (Command, error) {
	var command Command
	err := tx.GetContext(ctx, &command, `select `+commandColumns+` from commands where key = $1 for update`, key)
	if errors.Is(err, sql.ErrNoRows) && !human {
		return Command{}, nil // not command: sqlx has filled its pointers before it found no row
	}
	return command, failure("find command to commit", err)
}

// markCommitted notes the commit. A milestone's is confirmed at once: its
// timer is in the engine's history, so it can't be forgotten there.
func (tx *Tx) markCommitted(ctx context.Context, c Change, version int64) error {
	if c.Human {
		return tx.change(ctx, "mark command committed",
			`update commands set committed_at = now(), object_id = $2, version = $3, body = null where key = $1`, c.Key, c.Ticket, version)
	}
	return tx.exec(ctx, "mark milestone committed", `insert into commands
		(vendor_id, key, ticket_id, action, body_hash, received_at, committed_at, confirmed_at, object_id, version)
		values ($1, $2, $3, $4, '', now(), now(), now(), $3, $5)`, tx.Vendor, c.Key, c.Ticket, c.Action, version)
}

// Confirm notes that the caller of a transition has been told, and so its
// workflow knows of it. Without it the relay pokes the workflow, so it need not
// outlive a crash of the database.
func (tx *Tx) Confirm(ctx context.Context, key string) error {
	return tx.exec(ctx, "confirm command", `update commands set confirmed_at = now() from `+lax+` where key = $1 and committed_at is not null`, key)
}

// ConfirmAll notes that the workflow has read its row and knows every
// transition up to that version.
func (tx *Tx) ConfirmAll(ctx context.Context, id uuid.UUID, version int64) error {
	return tx.exec(ctx, "confirm commands", `update commands set confirmed_at = now()
		where ticket_id = $1 and service_request_id is null and work_id is null and committed_at is not null and confirmed_at is null and version <= $2`, id, version)
}
