package store_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// TestQueueAgreesWithNextDeadline: the instant the queue is sorted by is the
// deadline the domain names.
func TestQueueAgreesWithNextDeadline(t *testing.T) {
	t.Parallel()
	d := stack.NewDatabase(t)
	s := d.Store(t)
	ours := newShop(t, s, "ours", "OU")
	now := time.Now().UTC().Truncate(time.Microsecond)
	soon, later := now.Add(time.Hour), now.Add(2*time.Hour)
	for _, state := range ticket.States {
		for _, acknowledged := range []*time.Time{nil, &now} {
			for _, closes := range []*time.Time{nil, &later} {
				row := ours.newTicket(t, s)
				ours.in(t, s, func(tx *store.Tx) error {
					row.State, row.AutoCloseAt = state, closes
					if state == ticket.Merged {
						row.MergedInto, row.MergedFrom = &ours.ticket.ID, ticket.Triaged
					}
					row.Clocks = store.Clocks{{Name: ticket.ClockAcknowledge, Amount: policy.Amount{Minutes: 60}, DueAt: &soon, StoppedAt: acknowledged}}
					row.Version++
					return tx.UpdateTicket(t.Context(), row)
				})
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
