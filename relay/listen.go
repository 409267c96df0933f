package relay

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/lib/pq"

	"github.com/casepath/casepath/store"
)

// listen rings the bells of the lanes the database notifies of.
func (r *Relay) listen(ctx context.Context, lanes []lane, bells []chan struct{}) {
	listener := pq.NewListener(r.url, 100*time.Millisecond, 5*time.Second, func(_ pq.ListenerEventType, err error) {
		if err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "relay lost its ear, looks by itself", "error", err)
		}
	})
	defer func() { _ = listener.Close() }()
	go func() { // waits for the database, however long
		if err := listener.Listen(store.Channel); err != nil && ctx.Err() == nil {
			slog.WarnContext(ctx, "relay can't listen, looks by itself", "error", err)
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case n := <-listener.Notify:
			for i, l := range lanes {
				if l.hears(n) {
					select {
					case bells[i] <- struct{}{}:
					default:
					}
				}
			}
		}
	}
}

// hears says whether a notification is about the lane; so is one that names no
// kind, and nil, which follows a lost connection.
func (l lane) hears(n *pq.Notification) bool {
	if n == nil || n.Extra == "" {
		return true
	}
	kinds := strings.Split(n.Extra, ",")
	return slices.ContainsFunc(l.kinds, func(k store.EffectKind) bool { return slices.Contains(kinds, string(k)) })
}
