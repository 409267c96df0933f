package relay

import (
	"context"
	"time"

	"github.com/casepath/casepath/store"
)

// A lane yields to intake: while effects are decided more than hot times as
// fast as it delivers them, it rests after each batch, restFor times as long as
// the batch took and restMax at most. What is registered in a burst is
// acknowledged at the machine's full speed and delivered afterwards; a lane that
// nearly keeps up goes on without rest.
const (
	hot     = 4
	restFor = 3
	restMax = time.Second
)

// pace remembers how far the outbox had come when a lane took its last batch.
type pace struct{ newest int64 }

// rest waits as long as the lane should after a batch that took so long.
func (p *pace) rest(ctx context.Context, batch []store.Effect, took time.Duration) {
	if d := p.after(len(batch), batch[0].Newest, took); d > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
	}
}

// after is how long a lane rests after a batch of n effects, when the newest
// of the outbox was that one.
func (p *pace) after(n int, newest int64, took time.Duration) time.Duration {
	before := p.newest
	p.newest = newest
	if before == 0 || newest-before <= int64(hot*n) {
		return 0
	}
	return min(restFor*took, restMax)
}
