package store

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// Channel is the notification channel on which the relay listens.
const Channel = "casepath_outbox"

// gather is how long a ring waits for others: nobody sees a mail or a start
// that much later, and each notification costs a commit.
const gather = 20 * time.Millisecond

// waker tells the relay that there is work, and of which kinds: "start,mail".
// It notifies in a statement of its own, after the commit: NOTIFY inside an
// intake transaction takes a lock on the whole database. Rings that come within
// gather, or while one is on its way, are one.
type waker struct {
	bell chan struct{}
	done chan struct{}
	gone chan struct{}
	once sync.Once

	mu    sync.Mutex
	kinds map[EffectKind]bool // not told yet
}

func newWaker(db *sqlx.DB) *waker {
	w := &waker{bell: make(chan struct{}, 1), done: make(chan struct{}), gone: make(chan struct{}), kinds: map[EffectKind]bool{}}
	go w.run(db)
	return w
}

func (w *waker) ring(kinds []EffectKind) {
	w.mu.Lock()
	for _, k := range kinds {
		w.kinds[k] = true
	}
	w.mu.Unlock()
	select {
	case w.bell <- struct{}{}:
	default: // one is already waiting to go out
	}
}

// news is what the relay is not told yet.
func (w *waker) news() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var kinds []string
	for k := range w.kinds {
		kinds = append(kinds, string(k))
	}
	clear(w.kinds)
	return strings.Join(kinds, ",")
}

func (w *waker) run(db *sqlx.DB) {
	defer close(w.gone)
	for {
		select {
		case <-w.done:
			return
		case <-w.bell:
		}
		select { // what is committed meanwhile is told with it
		case <-w.done:
		case <-time.After(gather):
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		// A lost ring costs a second: the relay looks by itself.
		_, _ = db.ExecContext(ctx, `select pg_notify($1, $2) from `+lax, Channel, w.news())
		cancel()
	}
}

func (w *waker) stop() {
	w.once.Do(func() { close(w.done) })
	<-w.gone
}
