package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// The kinds of rows that have a workflow, as its id begins, besides WorkReview,
// WorkDev, WorkNews, WorkCollaboration and WorkEscalation.
const (
	WorkTicket  = "ticket"
	WorkRequest = "request" // that is not registered
	WorkService = "service_request"
)

// Compared is what the reconciler compares of a row that has a workflow.
type Compared struct {
	ID        uuid.UUID  `db:"id"`
	VendorID  uuid.UUID  `db:"vendor_id"`
	Number    string     `db:"number"` // "": it has none
	Version   int64      `db:"version"`
	UpdatedAt time.Time  `db:"updated_at"`
	OverAt    *time.Time `db:"over_at"`  // from when on nothing can happen to it; nil: something can
	Starting  bool       `db:"starting"` // a start of its workflow is decided and not delivered yet
}

// Over says whether nothing can happen to it any more at that instant.
func (c Compared) Over(at time.Time) bool { return c.OverAt != nil && !at.Before(*c.OverAt) }

// compared is how a kind of row is compared, in SQL: its table, what is read of it,
// the condition that its life is not over at $2, which rows of the table it is, and
// when the next thing comes to it by itself; "": nothing does.
type compared struct{ table, number, version, updated, over, open, which, next string }

// endsWith is a kind whose life is over in some states, for good.
func endsWith(table, states string) compared {
	return compared{
		table: table, number: "number", version: "version", updated: "updated_at",
		over: "case when state in (" + states + ") then 'epoch'::timestamptz end", open: "state not in (" + states + ")", which: "true",
	}
}

// on is a kind of those of a table that are, or are not, on some paths.
func (c compared) on(paths string) compared {
	c.which = "path " + paths
	return c
}

// moving is a kind to which things come by themselves.
func (c compared) moving(next string) compared {
	c.next = next
	return c
}

// enhanced are the paths whose service requests have the workflow of an
// enhancement.
const enhanced = `in ('feature_request', 'out_of_scope')`

// comparedKinds are the kinds there are: what package ticket, service, qa and so on
// call over.
var comparedKinds = map[string]compared{
	WorkTicket: {
		which: "true",
		table: "tickets", number: "number", version: "version", updated: "updated_at",
		over: "case when state = 'withdrawn' then 'epoch' when state in ('closed', 'merged') then coalesce(reopen_until, 'epoch') end",
		open: "state <> 'withdrawn' and (state not in ('closed', 'merged') or reopen_until > $2)", next: "next_at",
	},
	WorkRequest: {
		which: "true",
		table: "requests", number: "''", version: "version", updated: "coalesce(updated_at, submitted_at)",
		over: "case when next_at is null then 'epoch'::timestamptz end", open: "next_at is not null", next: "next_at",
	},
	WorkService:     endsWith("service_requests", "'closed', 'abandoned'").on("not " + enhanced).moving("next_at"),
	WorkEnhancement: endsWith("service_requests", "'closed', 'abandoned'").on(enhanced).moving("next_at"),
	WorkReview: {
		which: "true",
		table: "qa_reviews", number: "number", version: "version", updated: "updated_at",
		over: "case when state in ('done', 'cancelled') then coalesce(undo_until, 'epoch') end",
		open: "(state not in ('done', 'cancelled') or undo_until > $2)",
	},
	WorkDev: endsWith("dev_tickets", "'refused'"),
	WorkNews: {
		which: "true",
		table: "dev_news", number: "target", version: "0", updated: "at",
		over: "case when told_all_at is not null then 'epoch'::timestamptz end", open: "told_all_at is null", next: "at + interval '10 minutes'", // a large release takes its minutes
	},
	WorkCollaboration: {
		which: "true",
		table: "collaborations", number: "(select t.number from tickets t where t.id = ticket_id)", version: "version", updated: "coalesce(ended_at, asked_at)",
		over: "case when state <> 'open' or remind_at is null then 'epoch'::timestamptz end", open: "state = 'open' and remind_at is not null", next: "remind_at",
	},
	WorkEscalation: endsWith("escalations", "'resolved', 'withdrawn'").moving("case when state = 'open' then coalesce(tell_at, pass_at) end"),
}

func (c compared) columns() string {
	return fmt.Sprintf("id, vendor_id, %s as number, %s as version, %s as updated_at, %s as over_at", c.number, c.version, c.updated, c.over)
}

// OpenRows lists the rows of a kind, of every vendor, whose life is not over at
// that instant, in the order of their ids. Starting is not filled in. Run as the
// relay's role.
func (s *Store) OpenRows(ctx context.Context, kind string, after uuid.UUID, at time.Time, limit int) (list []Compared, err error) {
	c := comparedKinds[kind]
	err = s.db.SelectContext(ctx, &list, `select `+c.columns()+` from `+c.table+`
		where id > $1 and $2::timestamptz is not null and `+c.open+` and `+c.which+` order by id limit $3`, after, at, limit) // $2 has its type, where it is not asked for
	return list, failure("list open rows", err)
}

// ComparedRows finds rows of a kind of any vendor by id; those without a row are
// left out. Run as the relay's role.
func (s *Store) ComparedRows(ctx context.Context, kind string, ids []uuid.UUID) (map[uuid.UUID]Compared, error) {
	const starts = `select coalesce((payload ->> 'id')::uuid, ticket_id) from outbox
		where kind = 'start' and coalesce(nullif(payload ->> 'workflow', ''), 'ticket') = $2 and state = `
	c := comparedKinds[kind]
	var list []Compared
	err := s.db.SelectContext(ctx, &list, `select `+c.columns()+`, id in (`+starts+`'pending' union all `+starts+`'sending') as starting
		from `+c.table+` where id = any($1) and `+c.which, pq.Array(ids), kind)
	if err != nil {
		return nil, failure("find rows to compare", err)
	}
	found := make(map[uuid.UUID]Compared, len(list))
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
	Tickets    int64      `db:"tickets"`   // open rows compared, of every kind
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
	Work            string     `db:"work" json:"work"`           // which kind of row
	RowID           uuid.UUID  `db:"ticket_id" json:"ticket_id"`
	Number          string     `db:"number" json:"number"` // "": it has none, or there is no row
	Kind            string     `db:"kind" json:"kind"`
	RowVersion      *int64     `db:"row_version" json:"row_version"`
	WorkflowVersion *int64     `db:"workflow_version" json:"workflow_version"`
	RepairedAt      *time.Time `db:"repaired_at" json:"-"` // when its repair was begun
}

const differenceColumns = `id, vendor_id, work, ticket_id, number, kind, row_version, workflow_version, repaired_at`

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
	_, err = s.db.ExecContext(ctx, `insert into differences (reconciliation_id, vendor_id, work, ticket_id, number, kind, row_version, workflow_version)
		select $1, vendor_id, work, ticket_id, number, kind, row_version, workflow_version from jsonb_to_recordset($2)
		  as d (vendor_id uuid, work text, ticket_id uuid, number text, kind text, row_version bigint, workflow_version bigint)
		on conflict (reconciliation_id, ticket_id, kind) do nothing`, id, raw)
	return failure("keep differences", err)
}

// KeepUnconfirmed keeps a difference of that kind for every row with a transition
// unconfirmed for longer than age.
func (s *Store) KeepUnconfirmed(ctx context.Context, id uuid.UUID, kind string, age time.Duration) error {
	return s.keepWaiting(ctx, "keep unconfirmed transitions", `select distinct c.vendor_id, `+moved+` from commands c
		where c.committed_at < now() - make_interval(secs => $3) and c.confirmed_at is null`, id, kind, age)
}

// KeepOverdue keeps a difference of that kind for every row to which something was
// to come by itself before an instant and has not; at is now.
func (s *Store) KeepOverdue(ctx context.Context, id uuid.UUID, kind string, at, before time.Time) error {
	_, err := s.db.ExecContext(ctx, `insert into differences (reconciliation_id, vendor_id, work, ticket_id, number, kind, row_version)
		select $1, vendor_id, work, id, number, $4, version from (`+overdue+`) o
		on conflict (reconciliation_id, ticket_id, kind) do nothing`, id, at, before, kind)
	return failure("keep what is overdue", err)
}

// KeepUndelivered keeps a difference of that kind for every start or signal of
// a workflow undelivered for longer than age.
func (s *Store) KeepUndelivered(ctx context.Context, id uuid.UUID, kind string, age time.Duration) error {
	return s.keepWaiting(ctx, "keep undelivered starts", `select o.vendor_id, coalesce(nullif(o.payload ->> 'workflow', ''), 'ticket') as work,
			coalesce((o.payload ->> 'id')::uuid, o.ticket_id) as id
		from outbox o where o.kind in ('start', 'signal') and (o.state = 'pending' or o.state = 'sending')
		  and o.created_at < now() - make_interval(secs => $3)`, id, kind, age)
}

// keepWaiting keeps a difference for each row of any kind that waiting names, as
// its vendor_id, work and id; $3 is the age in seconds.
func (s *Store) keepWaiting(ctx context.Context, what, waiting string, id uuid.UUID, kind string, age time.Duration) error {
	_, err := s.db.ExecContext(ctx, `with waiting as (`+waiting+`), rows as (`+numbersOf+`)
		insert into differences (reconciliation_id, vendor_id, work, ticket_id, number, kind, row_version)
		select $1, w.vendor_id, w.work, w.id, r.number, $2, r.version from waiting w join rows r on r.work = w.work and r.id = w.id
		on conflict (reconciliation_id, ticket_id, kind) do nothing`, id, kind, age.Seconds())
	return failure(what, err)
}

// numbersOf finds the rows of every kind that waiting names.
var numbersOf = func() string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(comparedKinds)) {
		c := comparedKinds[kind]
		parts = append(parts, fmt.Sprintf(`select '%s' as work, id, %s as number, %s as version from %s where id in (select id from waiting where work = '%s')`,
			kind, c.number, c.version, c.table, kind))
	}
	return strings.Join(parts, "\n\t\tunion all ")
}()

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
