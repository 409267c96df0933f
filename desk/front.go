package desk

import (
	"context"

	"github.com/casepath/casepath/store"
)

// Front is the vendor whose pages somebody has come to; NotFound for an
// address that is nobody's. It asks for no caller: what a stranger sees of a
// vendor is its name and how to reach it.
func (d *Desk) Front(ctx context.Context, slug string) (store.Vendor, error) {
	return d.Store.VendorBySlug(ctx, clean(slug))
}
