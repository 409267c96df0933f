package relay

import (
	"testing"
	"time"
)

// A lane rests while the outbox grows much faster than it delivers, and no
// longer than a second.
func TestPace(t *testing.T) {
	t.Parallel()
	var p pace
	for i, batch := range []struct {
		n      int
		newest int64
		took   time.Duration
		want   time.Duration
	}{
		{8, 1000, 100 * time.Millisecond, 0},                      // nothing is known yet
		{8, 1032, 100 * time.Millisecond, 0},                      // four times as many
		{8, 1065, 100 * time.Millisecond, 300 * time.Millisecond}, // more
		{8, 2000, 10 * time.Second, time.Second},
		{1, 2005, 10 * time.Millisecond, 30 * time.Millisecond},
		{8, 2005, 100 * time.Millisecond, 0}, // the burst is over
	} {
		if got := p.after(batch.n, batch.newest, batch.took); got != batch.want {
			t.Errorf("batch %d: rests %v, want %v", i, got, batch.want)
		}
	}
}
