// Package development makes dev tickets inside whatever transaction asks.
package development

import (
	"context"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/store"
)

// Make adds a dev ticket with the vendor's next number, and begins its
// workflow. Its id, texts, package, maker and instant are set.
func Make(ctx context.Context, tx *store.Tx, vendor store.Vendor, d *store.DevTicket) (err error) {
	d.VendorID, d.Version, d.State, d.UpdatedAt = vendor.ID, 1, devticket.New, d.CreatedAt
	if d.Number, err = tx.NextDevNumber(ctx, d.CreatedAt.In(vendor.Settings.Location()).Year()); err != nil {
		return err
	}
	if err := tx.InsertDevTicket(ctx, *d); err != nil {
		return err
	}
	if err := tx.InsertDevEvent(ctx, store.DevEvent{DevID: d.ID, Version: 1, Kind: "created", ActorID: &d.CreatedBy, At: d.CreatedAt}); err != nil {
		return err
	}
	if err := tx.Announce(ctx, store.DevCreated, d.ID); err != nil {
		return err
	}
	return tx.StartWork(ctx, store.WorkDev, d.ID, nil)
}
