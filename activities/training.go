package activities

import (
	"context"

	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// agree keeps the dates of a training that are agreed. They replace those before.
func agree(ctx context.Context, tx *store.Tx, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	if t.Action != service.ActAgreeDates {
		return nil
	}
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	r.Dates++
	for i, s := range w.Sessions {
		if err := tx.InsertSession(ctx, store.TrainingSession{
			ServiceID: r.ID, Revision: r.Dates, Position: i + 1, StartsAt: s.Start, EndsAt: s.End, Place: s.Place, AgreedBy: by, AgreedAt: t.At,
		}); err != nil {
			return err
		}
	}
	return nil
}
