package desk

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// unservedMax is how many refused requests a contract's page shows.
const unservedMax = 20

// ContractLedger is what a contract gave and what was taken from it.
type ContractLedger struct {
	ContractView
	*Standing // nil: it counts no tickets
	Moves     []store.Move
	Next      string           // cursor of the rest; "" at the end
	Unserved  []store.Unserved // the newest requests that met nothing left; staff alone see them
}

// ContractLedger lists the lines of a contract's books, the newest first.
func (d *Desk) ContractLedger(ctx context.Context, id uuid.UUID, after string, limit int) (l ContractLedger, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return l, err
	}
	return l, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := tx.Contract(ctx, id)
		if err == nil {
			err = c.contract(OpGetLedger, row)
		}
		if err != nil {
			return err
		}
		var before int64
		if after != "" {
			if before, err = strconv.ParseInt(after, 10, 64); err != nil || before <= 0 {
				var wrong problem.Fields
				wrong.Add("cursor", "cursor_unknown", nil)
				return wrong.Err()
			}
		}
		if l.ContractView, err = contractView(row); err != nil {
			return err
		}
		if l.Standing, err = standing(ctx, tx, c.Vendor.Settings, row, policy.DateOf(d.Now(), c.Vendor.Settings.Location())); err != nil {
			return err
		}
		if l.Moves, err = tx.Moves(ctx, id, before, limit+1); err != nil {
			return err
		}
		if len(l.Moves) > limit {
			l.Moves = l.Moves[:limit]
			l.Next = strconv.FormatInt(l.Moves[limit-1].ID, 10)
		}
		if c.inside() {
			l.Unserved, err = tx.UnservedOf(ctx, id, unservedMax)
		}
		return err
	})
}
