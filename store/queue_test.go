package store_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestQueueAgreesWithNextDeadline: the column the queue is sorted by is the
// deadline the domain names.
func TestQueueAgreesWithNextDeadline(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s, admin := d.Store(t), as(t, d.Admin)
	ours := newShop(t, s, "ours", "OU")
	now := time.Now().UTC().Truncate(time.Microsecond)
	soon, later := now.Add(time.Hour), now.Add(2*time.Hour)
	for _, state := range ticket.States {
		for _, acknowledged := range []*time.Time{nil, &now} {
			for _, closes := range []*time.Time{nil, &later} {
				row := ours.newTicket(t, s)
				if _, err := admin.ExecContext(t.Context(), `update tickets set state = $2, acknowledge_due_at = $3, acknowledged_at = $4, auto_close_at = $5 where id = $1`,
					row.ID, state, soon, acknowledged, closes); err != nil {
					t.Fatal(err)
				}
				ours.in(t, s, func(tx *store.Tx) error {
					list, err := tx.Queue(t.Context(), store.QueueFilter{Limit: 1000})
					found := false
					for _, entry := range list {
						if entry.ID != row.ID {
							continue
						}
						found = true
						want := store.NoDeadline
						if _, at, ok := ticket.NextDeadline(entry.Snapshot(false)); ok {
							want = at
						}
						if !entry.NextDueAt.Equal(want) {
							t.Errorf("%s, acknowledged %v, closes %v: %s, want %s", state, acknowledged != nil, closes != nil, entry.NextDueAt, want)
						}
					}
					if found != state.Open() {
						t.Errorf("%s stands in the queue: %v", state, found)
					}
					return err
				})
			}
		}
	}
}
