package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/ticket"
)

// ComparedTicket is what the reconciler compares of a ticket's row.
type ComparedTicket struct {
	ID          uuid.UUID    `db:"id"`
	VendorID    uuid.UUID    `db:"vendor_id"`
	Number      string       `db:"number"`
	Version     int64        `db:"version"`
	State       ticket.State `db:"state"`
	ReopenUntil *time.Time   `db:"reopen_until"`
	UpdatedAt   time.Time    `db:"updated_at"`
	Starting    bool         `db:"starting"` // a start of its workflow is decided and not delivered yet
}

// Over says whether nothing can happen to the ticket any more at that instant.
func (t ComparedTicket) Over(at time.Time) bool {
	return ticket.Over(ticket.Snapshot{State: t.State, ReopenUntil: t.ReopenUntil}, at)
}

const comparedColumns = `id, vendor_id, number, version, state, reopen_until, updated_at`

// OpenTickets lists the tickets of every vendor whose life is not over at that
// instant, in the order of their ids. Starting is not filled in. Run as the
// relay's role.
func (s *Store) OpenTickets(ctx context.Context, after uuid.UUID, at time.Time, limit int) (list []ComparedTicket, err error) {
	err = s.db.SelectContext(ctx, &list, `select `+comparedColumns+` from tickets
		where id > $1 and state <> 'withdrawn' and (state not in ('closed', 'merged') or reopen_until > $2)
		order by id limit $3`, after, at, limit)
	return list, failure("list open tickets", err)
}

// ComparedTickets finds tickets of any vendor by id; those without a row are
// left out. Run as the relay's role.
func (s *Store) ComparedTickets(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]ComparedTicket, error) {
	var list []ComparedTicket
	err := s.db.SelectContext(ctx, &list, `select `+comparedColumns+`, id in (
			select ticket_id from outbox where kind = 'start' and state = 'pending' and ticket_id is not null
			union all
			select ticket_id from outbox where kind = 'start' and state = 'sending' and ticket_id is not null) as starting
		from tickets where id = any($1)`, pq.Array(ids))
	if err != nil {
		return nil, failure("find tickets to compare", err)
	}
	found := make(map[uuid.UUID]ComparedTicket, len(list))
	for _, t := range list {
		found[t.ID] = t
	}
	return found, nil
}

// Counts are numbers by kind, kept as JSON.
type Counts map[string]int64

// Scan reads them from the database.
func (c *Counts) Scan(v any) error {
	raw, ok := v.([]byte)
	if !ok {
		return fmt.Errorf("counts are %T, not JSON", v)
	}
	return json.Unmarshal(raw, c)
}

// Reconciliation is one comparison of the open rows with the running
// workflows, over all vendors. Instants are UTC, of the wall clock.
type Reconciliation struct {
	ID         uuid.UUID  `db:"id"`
	AskedBy    string     `db:"asked_by"` // schedule or command
	StartedAt  time.Time  `db:"started_at"`
	FinishedAt *time.Time `db:"finished_at"`
	Tickets    int64      `db:"tickets"`   // open rows compared
	Workflows  int64      `db:"workflows"` // running workflows listed
	Asked      int64      `db:"asked"`     // workflows asked what they know
	Complete   bool       `db:"complete"`  // all that had to be asked have answered
	Found      Counts     `db:"found"`     // differences by kind
}

const reconciliationColumns = `id, asked_by, started_at, finished_at, tickets, workflows, asked, complete, found`

// Difference is one thing in which rows and workflows disagree. The kinds are
// the reconciler's.
type Difference struct {
	ID              int64      `db:"id" json:"-"`
	VendorID        *uuid.UUID `db:"vendor_id" json:"vendor_id"` // nil: a workflow without a row
	TicketID        uuid.UUID  `db:"ticket_id" json:"ticket_id"`
	Number          string     `db:"number" json:"number"`
	Kind            string     `db:"kind" json:"kind"`
	RowVersion      *int64     `db:"row_version" json:"row_version"`
	WorkflowVersion *int64     `db:"workflow_version" json:"workflow_version"`
	RepairedAt      *time.Time `db:"repaired_at" json:"-"` // when its repair was begun
}

const differenceColumns = `id, vendor_id, ticket_id, number, kind, row_version, workflow_version, repaired_at`

// BeginReconciliation notes that one has begun; repeating it changes nothing.
// It answers when the last complete one began: a workflow whose row has not
// changed since knew it then. Zero: there was none. Run as the relay's role,
// like all that follow unless they say otherwise.
func (s *Store) BeginReconciliation(ctx context.Context, id uuid.UUID, by string) (since time.Time, err error) {
	if _, err := s.db.ExecContext(ctx, `insert into reconciliations (id, asked_by, started_at) values ($1, $2, now())
		on conflict do nothing`, id, by); err != nil {
		return since, failure("begin a reconciliation", err)
	}
	var last sql.NullTime
	err = s.db.GetContext(ctx, &last, `select max(started_at) from reconciliations where complete and finished_at is not null`)
	return last.Time, failure("find the last reconciliation", err)
}

// KeepDifferences keeps what was found; what is kept already stays as it is.
func (s *Store) KeepDifferences(ctx context.Context, id uuid.UUID, found []Difference) error {
	if len(found) == 0 {
		return nil
	}
	raw, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("differences as JSON: %w", err)
	}
	_, err = s.db.ExecContext(ctx, `insert into differences (reconciliation_id, vendor_id, ticket_id, number, kind, row_version, workflow_version)
		select $1, vendor_id, ticket_id, number, kind, row_version, workflow_version from jsonb_to_recordset($2)
		  as d (vendor_id uuid, ticket_id uuid, number text, kind text, row_version bigint, workflow_version bigint)
		on conflict (reconciliation_id, ticket_id, kind) do nothing`, id, raw)
	return failure("keep differences", err)
}

// KeepUnconfirmed keeps a difference of that kind for every transition
// unconfirmed for longer than age.
func (s *Store) KeepUnconfirmed(ctx context.Context, id uuid.UUID, kind string, age time.Duration) error {
	_, err := s.db.ExecContext(ctx, `insert into differences (reconciliation_id, vendor_id, ticket_id, number, kind, row_version)
		select $1, c.vendor_id, c.ticket_id, t.number, $2, t.version from commands c join tickets t on t.id = c.ticket_id
		where c.committed_at < now() - make_interval(secs => $3) and c.confirmed_at is null
		on conflict (reconciliation_id, ticket_id, kind) do nothing`, id, kind, age.Seconds())
	return failure("keep unconfirmed transitions", err)
}

// KeepUndelivered keeps a difference of that kind for every start or signal of
// a workflow undelivered for longer than age.
func (s *Store) KeepUndelivered(ctx context.Context, id uuid.UUID, kind string, age time.Duration) error {
	_, err := s.db.ExecContext(ctx, `insert into differences (reconciliation_id, vendor_id, ticket_id, number, kind, row_version)
		select $1, o.vendor_id, o.ticket_id, t.number, $2, t.version from outbox o join tickets t on t.id = o.ticket_id
		where o.kind in ('start', 'signal') and (o.state = 'pending' or o.state = 'sending')
		  and o.created_at < now() - make_interval(secs => $3)
		on conflict (reconciliation_id, ticket_id, kind) do nothing`, id, kind, age.Seconds())
	return failure("keep undelivered starts", err)
}

// FinishReconciliation keeps the result, and forgets the differences of every
// other that is finished or was begun more than a day ago. The numbers of all
// stay.
func (s *Store) FinishReconciliation(ctx context.Context, r Reconciliation) (done Reconciliation, err error) {
	err = s.db.GetContext(ctx, &done, `update reconciliations set finished_at = now(), tickets = $2, workflows = $3, asked = $4, complete = $5,
		found = (select coalesce(jsonb_object_agg(kind, n), '{}') from
			(select kind, count(*) as n from differences where reconciliation_id = $1 group by kind) counted)
		where id = $1 returning `+reconciliationColumns, r.ID, r.Tickets, r.Workflows, r.Asked, r.Complete)
	if err != nil {
		return done, failure("finish a reconciliation", err)
	}
	_, err = s.db.ExecContext(ctx, `delete from differences where reconciliation_id in (select id from reconciliations
		where id <> $1 and (finished_at is not null or started_at < now() - interval '1 day'))`, r.ID)
	return done, failure("forget old differences", err)
}

// LastReconciliation is the last that was finished; nil when there was none.
// Any role may read it.
func (s *Store) LastReconciliation(ctx context.Context) (*Reconciliation, error) {
	var r Reconciliation
	err := s.db.GetContext(ctx, &r, `select `+reconciliationColumns+` from reconciliations where finished_at is not null
		order by finished_at desc limit 1`)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &r, failure("find the last reconciliation", err)
}

// Differences lists what a reconciliation has found, over all vendors.
func (s *Store) Differences(ctx context.Context, id uuid.UUID, after int64, limit int) (list []Difference, err error) {
	err = s.db.SelectContext(ctx, &list, `select `+differenceColumns+` from differences
		where reconciliation_id = $1 and id > $2 order by id limit $3`, id, after, limit)
	return list, failure("list differences", err)
}

// NoteRepair notes that the repair of a difference was begun.
func (s *Store) NoteRepair(ctx context.Context, id int64) error {
	_, err := s.db.ExecContext(ctx, `update differences set repaired_at = now() where id = $1`, id)
	return failure("note a repair", err)
}
