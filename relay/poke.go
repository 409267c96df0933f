package relay

import (
	"context"
	"log/slog"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// pokeLoop looks after transitions nobody has confirmed: their workflow may
// not know of them, since an Update lives in the engine's memory until its
// task completes.
func (r *Relay) pokeLoop(ctx context.Context) {
	tick := time.NewTicker(r.options.Unconfirmed / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.PokeUnconfirmed(ctx); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "relay can't look after unconfirmed transitions", "error", err)
			}
		}
	}
}

// PokeUnconfirmed makes every workflow whose newest transition is unconfirmed
// for too long read its row.
func (r *Relay) PokeUnconfirmed(ctx context.Context) error {
	list, err := r.store.Unconfirmed(ctx, r.options.Unconfirmed)
	if err != nil {
		return err
	}
	for _, u := range list {
		err := r.poke(ctx, u)
		if problem.CodeOf(err) == problem.NotFound {
			over, err := r.store.ForgetUnconfirmed(ctx, u)
			if err != nil {
				return err
			}
			if !over {
				slog.ErrorContext(ctx, "an open ticket has no workflow", "vendor", u.VendorID, "ticket", u.TicketID)
			}
			continue
		}
		if err != nil {
			slog.WarnContext(ctx, "poke failed", "ticket", u.TicketID, "error", err)
		}
	}
	return nil
}

func (r *Relay) poke(ctx context.Context, u store.Unconfirmed) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	return r.engine.Poke(ctx, u.TicketID.String())
}
