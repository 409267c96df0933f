package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Work is a row that has a workflow.
type Work struct {
	Work   string    `db:"work"` // its kind: WorkTicket and so on
	ID     uuid.UUID `db:"id"`
	Number string    `db:"number"` // "": it has none. That of a question to colleagues is its ticket's
}

// Overdue is a row to which something was to come by itself, and has not.
type Overdue struct {
	Work
	DueAt time.Time `db:"due_at"` // when it was to come
	Total int       `db:"total"`  // of the list this is one of
}

// overdue finds such rows of every kind: their life is not over at $2, and what
// comes next to them was due before $3.
var overdue = func() string {
	var parts []string
	for _, kind := range slices.Sorted(maps.Keys(comparedKinds)) {
		if c := comparedKinds[kind]; c.next != "" {
			parts = append(parts, fmt.Sprintf(`select '%s' as work, id, vendor_id, %s as number, %s as version, %s as due_at from %s
			where %[4]s < $3 and $2::timestamptz is not null and %[6]s and %[7]s`, kind, c.number, c.version, c.next, c.table, c.open, c.which))
		}
	}
	return strings.Join(parts, "\n\t\tunion all ")
}()

// Overdue lists the vendor's rows to which something was to come by itself before
// an instant and has not, the longest overdue first; at is now.
func (tx *Tx) Overdue(ctx context.Context, at, before time.Time, limit int) (list []Overdue, err error) {
	return list, tx.list(ctx, "list what is overdue", &list, `select work, id, number, due_at, count(*) over () as total from (`+overdue+`) o
		where vendor_id = $1 order by due_at, id limit $4`, tx.Vendor, at, before, limit)
}

// CountOverdue counts them over all vendors, by kind; those of which there is none
// are left out. Run as the relay's role.
func (s *Store) CountOverdue(ctx context.Context, at, before time.Time) (map[string]int, error) {
	return s.countWorks(ctx, "count what is overdue", `select * from (`+overdue+`) o where $1::uuid is null`, nil, at, before)
}

// Works finds the vendor's rows among these kinds and ids, with their numbers, in
// the order asked for.
func (tx *Tx) Works(ctx context.Context, asked []Work) (list []Work, err error) {
	kinds, ids := make([]string, len(asked)), make([]uuid.UUID, len(asked))
	for i, w := range asked {
		kinds[i], ids[i] = w.Work, w.ID
	}
	return list, tx.list(ctx, "find rows that have workflows", &list, `with waiting as (
			select work, id, place from unnest($1::text[], $2::uuid[]) with ordinality as w (work, id, place)), rows as (`+numbersOf+`)
		select r.work, r.id, r.number from waiting w join rows r on r.work = w.work and r.id = w.id order by w.place`, pq.Array(kinds), pq.Array(ids))
}
