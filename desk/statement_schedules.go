package desk

import (
	"context"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/workflows"
)

// StatementSchedules are when statements are due: for each vendor whose pack in
// force sends them, in each zone its organizations keep.
func (d *Desk) StatementSchedules(ctx context.Context) (list []workflows.StatementSchedule, err error) {
	vendors, err := d.Store.VendorIDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, id := range vendors {
		v, err := d.Store.Vendor(ctx, id)
		if err != nil {
			return nil, err
		}
		rules, sends := statementRules(v.Settings)
		if !sends {
			continue
		}
		var zones []string
		if err := d.Store.In(ctx, id, func(tx *store.Tx) error {
			zones, err = tx.StatementZones(ctx, v.Settings.TimeZone)
			return err
		}); err != nil {
			return nil, err
		}
		for _, zone := range zones {
			list = append(list, workflows.StatementSchedule{Vendor: id.String(), Zone: zone, Day: rules.Day, At: rules.At})
		}
	}
	return list, nil
}
