package relay

import (
	"context"
	"log/slog"
	"time"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
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
// for too long read its row. One that does not come to it is poked ever less
// often. A poke the engine did not take does not count.
func (r *Relay) PokeUnconfirmed(ctx context.Context) error {
	list, err := r.store.Unconfirmed(ctx, r.options.Unconfirmed)
	if err != nil {
		return err
	}
	for _, u := range list {
		err := r.poke(ctx, u)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			slog.WarnContext(ctx, "poke failed", about(u, "error", err)...)
			continue
		}
		if err != nil {
			if err := r.forget(ctx, u); err != nil {
				return err
			}
		}
		if err := r.store.NotePoke(ctx, u); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relay) poke(ctx context.Context, u store.Unconfirmed) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	switch {
	case u.ServiceID != nil && service.IsEnhancement(u.Path):
		return r.engine.PokeEnhancement(ctx, u.ServiceID.String())
	case u.ServiceID != nil:
		return r.engine.PokeService(ctx, u.ServiceID.String())
	case u.WorkID != nil:
		return r.signal(ctx, store.Start{Workflow: u.WorkKind}, u.WorkID.String())
	}
	return r.engine.Poke(ctx, u.TicketID.String())
}

// forget confirms what a workflow that has ended need not know any more. An
// open ticket without a workflow is for the reconciler to mend.
func (r *Relay) forget(ctx context.Context, u store.Unconfirmed) error {
	over, err := r.store.ForgetUnconfirmed(ctx, u)
	if err == nil && !over {
		slog.ErrorContext(ctx, "an open ticket, or work that hangs on one, has no workflow (casepath admin reconcile)", about(u, "vendor", u.VendorID)...)
	}
	return err
}

// about names a ticket in a log line.
func about(u store.Unconfirmed, more ...any) []any {
	var workflow string
	switch {
	case u.ServiceID != nil:
		workflow = workflows.WorkID(u.Path, u.ServiceID.String())
	case u.WorkKind == store.WorkReview:
		workflow = workflows.QAReviewID(u.WorkID.String())
	case u.WorkKind == store.WorkDev:
		workflow = workflows.DevTicketID(u.WorkID.String())
	default:
		workflow = workflows.TicketID(u.TicketID.String())
	}
	return append([]any{"ticket", u.Number, "workflow_id", workflow}, more...)
}
