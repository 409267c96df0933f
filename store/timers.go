package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/google/uuid"
)

// Timer is a clock somebody has started on a ticket, one a person.
type Timer struct {
	PersonID  uuid.UUID `db:"person_id"`
	TicketID  uuid.UUID `db:"ticket_id"`
	Activity  string    `db:"activity"` // code of the pack's; "" is said when it is stopped
	StartedAt time.Time `db:"started_at"`
	Number    string    `db:"number"` // the ticket's; read, never written here
}

// Timer is somebody's that runs; nil when none does.
func (tx *Tx) Timer(ctx context.Context, person uuid.UUID) (*Timer, error) {
	var t Timer
	err := tx.GetContext(ctx, &t, `select m.person_id, m.ticket_id, m.activity, m.started_at, t.number
		from timers m join tickets t on t.id = m.ticket_id where m.person_id = $1`, person)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil //nolint:nilnil // said above
	}
	return &t, failure("find timer", err)
}

// StartTimer starts somebody's, unless one runs: that one stays as it is.
func (tx *Tx) StartTimer(ctx context.Context, t Timer) (started bool, err error) {
	result, err := tx.ExecContext(ctx, `insert into timers (person_id, vendor_id, ticket_id, activity, started_at)
		values ($1, $2, $3, $4, $5) on conflict (person_id) do nothing`, t.PersonID, tx.Vendor, t.TicketID, t.Activity, t.StartedAt)
	if err != nil {
		return false, failure("start timer", err)
	}
	n, err := result.RowsAffected()
	return n == 1, failure("start timer", err)
}

// EndTimer ends the one somebody started at an instant; NotFound when it does
// not run any more.
func (tx *Tx) EndTimer(ctx context.Context, t Timer) error {
	return tx.change(ctx, "end timer", `delete from timers where person_id = $1 and started_at = $2`, t.PersonID, t.StartedAt)
}
