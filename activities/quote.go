package activities

import (
	"context"

	"github.com/casepath/casepath/invoicing"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

// quote keeps a version of a quote that is offered.
func quote(ctx context.Context, tx *store.Tx, vendor store.Vendor, of store.Ticket, r *store.ServiceRequest, t service.Transition, w service.Written) error {
	by, err := personOf(t.Actor.ID)
	if err != nil {
		return err
	}
	q, err := invoicing.Quote(ctx, tx, vendor, invoicing.Offer{
		Ticket: of, Service: *r, Written: *w.Quote, Note: w.Text, At: t.At, By: by, ExpiresAt: r.ExpireAt,
	})
	r.Offer = q.Version
	return err
}
