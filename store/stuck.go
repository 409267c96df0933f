package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
)

// Delivery is a row of the outbox as an administrator may see it: what it is
// about, not what it says.
type Delivery struct {
	ID        int64      `db:"id"`
	Kind      EffectKind `db:"kind"`
	TicketID  *uuid.UUID `db:"ticket_id"`
	Number    *string    `db:"number"` // of the ticket
	Attempts  int        `db:"attempts"`
	LastError string     `db:"last_error"`
	CreatedAt time.Time  `db:"created_at"`
	NextAt    time.Time  `db:"next_at"` // when it is tried again, unless it is dead
	Total     int        `db:"total"`   // of the list this is one of
}

const deliverySelect = `select o.id, o.kind, o.ticket_id, t.number, o.attempts, o.last_error, o.created_at, o.next_at, count(*) over () as total
	from outbox o left join tickets t on t.id = o.ticket_id `

// Undelivered lists what has waited in the outbox for longer than age, oldest
// first.
func (tx *Tx) Undelivered(ctx context.Context, age time.Duration, limit int) (list []Delivery, err error) {
	return list, tx.list(ctx, "list undelivered effects", &list, deliverySelect+`
		where (o.state = 'pending' or o.state = 'sending') and o.created_at < now() - make_interval(secs => $1)
		order by o.id limit $2`, age.Seconds(), limit)
}

// Dead lists deliveries that were given up, oldest first.
func (tx *Tx) Dead(ctx context.Context, limit int) (list []Delivery, err error) {
	return list, tx.list(ctx, "list dead effects", &list, deliverySelect+`where o.state = 'dead' order by o.id limit $1`, limit)
}

// CountDead counts deliveries that were given up, no further than CountsMax + 1.
func (tx *Tx) CountDead(ctx context.Context) (n int, err error) {
	return n, tx.get(ctx, "count dead effects", &n, `select count(*) from (select from outbox where vendor_id = $1 and state = 'dead' limit $2) counted`,
		tx.Vendor, CountsMax+1)
}

// RetryDelivery makes a dead delivery due again and answers true; so it does with
// a webhook's that has failed and waits, which keeps the count of its tries.
// Another stays as it is. NotFound when there is none, Conflict "webhook_stopped"
// when its webhook does not run.
func (tx *Tx) RetryDelivery(ctx context.Context, id int64) (bool, error) {
	var found struct {
		State    string     `db:"state"`
		Kind     EffectKind `db:"kind"`
		Attempts int        `db:"attempts"`
	}
	if err := tx.get(ctx, "find a delivery", &found, `select state, kind, attempts from outbox where id = $1 for update`, id); err != nil {
		return false, err
	}
	waits := found.Kind == EffectWebhook && found.State == "pending" && found.Attempts > 0
	if found.State != "dead" && !waits {
		return false, nil
	}
	if found.Kind == EffectWebhook {
		var to Endpoint
		err := tx.get(ctx, "find the webhook of a delivery", &to, endpointSelect+`join webhook_deliveries w on w.endpoint_id = e.id where w.effect_id = $1`, id)
		if err == nil && !to.Runs() {
			err = problem.New(problem.Conflict, "webhook_stopped", nil)
		}
		if err != nil {
			return false, err
		}
	}
	tx.effects = append(tx.effects, found.Kind)
	if waits {
		return true, tx.change(ctx, "retry a webhook now", `update outbox set next_at = now() where id = $1`, id)
	}
	return true, tx.change(ctx, "retry a delivery", `update outbox set state = 'pending', attempts = 0, next_at = now(), dead_at = null, dealt_at = null
		where id = $1`, id)
}

// Lag is a ticket with a transition its workflow may not know of.
type Lag struct {
	TicketID    uuid.UUID `db:"ticket_id"`
	Number      string    `db:"number"`
	CommittedAt time.Time `db:"committed_at"` // of the oldest such transition
	Pokes       int       `db:"pokes"`        // how often the workflow was told to read its row
	Total       int       `db:"total"`        // of the list this is one of
}

// Lagging lists tickets with a transition unconfirmed for longer than age,
// oldest first.
func (tx *Tx) Lagging(ctx context.Context, age time.Duration, limit int) (list []Lag, err error) {
	return list, tx.list(ctx, "list unconfirmed transitions", &list, `select c.ticket_id, t.number, min(c.committed_at) as committed_at,
			max(c.pokes) as pokes, count(*) over () as total
		from commands c join tickets t on t.id = c.ticket_id
		where c.committed_at < now() - make_interval(secs => $1) and c.confirmed_at is null
		group by c.ticket_id, t.number order by 3, 1 limit $2`, age.Seconds(), limit)
}

// UnnamedFiles counts uploads from before that instant which nothing names.
func (tx *Tx) UnnamedFiles(ctx context.Context, before time.Time) (n int, err error) {
	return n, tx.get(ctx, "count unnamed files", &n, `select count(*) from files where ticket_id is null and created_at < $1`, before)
}

// Differences lists what a reconciliation has found at this vendor, and how
// many there are.
func (tx *Tx) Differences(ctx context.Context, reconciliation uuid.UUID, limit int) (list []Difference, total int, err error) {
	if err := tx.list(ctx, "list differences", &list, `select `+differenceColumns+` from differences
		where reconciliation_id = $1 order by id limit $2`, reconciliation, limit); err != nil {
		return nil, 0, err
	}
	return list, total, tx.get(ctx, "count differences", &total, `select count(*) from differences where reconciliation_id = $1`, reconciliation)
}

// Numbers finds the numbers of the vendor's tickets among these ids.
func (tx *Tx) Numbers(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	var rows []struct {
		ID     uuid.UUID `db:"id"`
		Number string    `db:"number"`
	}
	err := tx.list(ctx, "find numbers", &rows, `select id, number from tickets where id = any($1)`, pq.Array(ids))
	numbers := make(map[uuid.UUID]string, len(rows))
	for _, r := range rows {
		numbers[r.ID] = r.Number
	}
	return numbers, err
}

// NoteBackup notes that a backup is finished, and where it is. Run as the
// relay's role.
func (s *Store) NoteBackup(ctx context.Context, at time.Time, place string) error {
	_, err := s.db.ExecContext(ctx, `insert into backups (finished_at, place) values ($1, $2) on conflict do nothing`, at, place)
	return failure("note a backup", err)
}

// LastBackup is when the last backup was finished; nil when there was none.
// Any role may read it.
func (s *Store) LastBackup(ctx context.Context) (at *time.Time, err error) {
	err = s.db.GetContext(ctx, &at, `select max(finished_at) from backups`)
	return at, failure("find the last backup", err)
}
