package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
)

// Delivery is a row of the outbox as an administrator may see it: what it is
// about, not what it says.
type Delivery struct {
	ID         int64      `db:"id"`
	Kind       EffectKind `db:"kind"`
	TicketID   *uuid.UUID `db:"ticket_id"`
	Number     *string    `db:"number"`      // of the ticket
	Work       string     `db:"work"`        // of a start or signal: the kind of row whose workflow it is for; "": of none, or there is no such row
	WorkID     *uuid.UUID `db:"work_id"`     // that row
	WorkNumber string     `db:"work_number"` // "": it has none
	Attempts   int        `db:"attempts"`
	LastError  string     `db:"last_error"`
	CreatedAt  time.Time  `db:"created_at"`
	NextAt     time.Time  `db:"next_at"` // when it is tried again, unless it is dead
	Total      int        `db:"total"`   // of the list this is one of
}

// deliveries lists those of the outbox o that a condition leaves, as far as the
// limit, which is the last argument of the statement.
func deliveries(which, limit string) string {
	return `with list as (select o.id, o.kind, o.ticket_id, o.attempts, o.last_error, o.created_at, o.next_at, count(*) over () as total,
			case when o.kind in ('start', 'signal') then coalesce(nullif(o.payload ->> 'workflow', ''), 'ticket') end as work,
			case when o.kind in ('start', 'signal') then coalesce((o.payload ->> 'id')::uuid, o.ticket_id) end as row_id
		from outbox o where ` + which + ` order by o.id limit ` + limit + `),
	waiting as (select work, row_id as id from list), rows as (` + numbersOf + `)
	select l.id, l.kind, l.ticket_id, l.attempts, l.last_error, l.created_at, l.next_at, l.total, t.number,
		coalesce(r.work, '') as work, r.id as work_id, coalesce(r.number, '') as work_number
	from list l left join tickets t on t.id = l.ticket_id left join rows r on r.work = l.work and r.id = l.row_id order by l.id`
}

// Undelivered lists what has waited in the outbox for longer than age, oldest
// first.
func (tx *Tx) Undelivered(ctx context.Context, age time.Duration, limit int) (list []Delivery, err error) {
	return list, tx.list(ctx, "list undelivered effects", &list,
		deliveries(`(o.state = 'pending' or o.state = 'sending') and o.created_at < now() - make_interval(secs => $1)`, "$2"), age.Seconds(), limit)
}

// Dead lists deliveries that were given up, oldest first.
func (tx *Tx) Dead(ctx context.Context, limit int) (list []Delivery, err error) {
	return list, tx.list(ctx, "list dead effects", &list, deliveries(`o.state = 'dead'`, "$1"), limit)
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

// Lag is a row with a transition its workflow may not know of.
type Lag struct {
	Work
	CommittedAt time.Time `db:"committed_at"` // of the oldest such transition
	Pokes       int       `db:"pokes"`        // how often the workflow was told to read its row
	Total       int       `db:"total"`        // of the list this is one of
	Tickets     int       `db:"tickets"`      // of these, how many are tickets
}

// Lagging lists rows with a transition unconfirmed for longer than age, oldest
// first.
func (tx *Tx) Lagging(ctx context.Context, age time.Duration, limit int) (list []Lag, err error) {
	return list, tx.list(ctx, "list unconfirmed transitions", &list, `with waiting as (select `+moved+`, c.committed_at, c.pokes from commands c
			where c.committed_at < now() - make_interval(secs => $1) and c.confirmed_at is null), rows as (`+numbersOf+`)
		select r.work, r.id, r.number, min(w.committed_at) as committed_at, max(w.pokes) as pokes, count(*) over () as total,
			count(*) filter (where r.work = 'ticket') over () as tickets
		from waiting w join rows r on r.work = w.work and r.id = w.id
		group by r.work, r.id, r.number order by 4, 2 limit $2`, age.Seconds(), limit)
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
