package desk

import (
	"context"

	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
)

// ClocksView are a ticket's promises, each with the account of its deadline.
type ClocksView struct {
	Row      store.Ticket
	Accounts []promise.Account
	Severity []store.Event // triages that changed it, and with it the targets; oldest first
}

// Clocks says of each promise of a ticket when it is due and why.
func (d *Desk) Clocks(ctx context.Context, ref string) (v ClocksView, err error) {
	c, err := d.caller(ctx, OpGetClocks)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if v.Row, err = d.find(ctx, tx, c, OpGetClocks, ref); err != nil || len(v.Row.Clocks) == 0 {
			return err
		}
		pinned, err := tx.Pinned(ctx, c.Vendor, v.Row.PolicyVersion)
		if err != nil {
			return err
		}
		ledger, err := tx.Ledger(ctx, v.Row.ID)
		if err != nil {
			return err
		}
		for _, k := range v.Row.Clocks {
			a, err := promise.Read(v.Row, k, ledger, pinned.Settings)
			if err != nil {
				return err
			}
			v.Accounts = append(v.Accounts, a)
		}
		v.Severity, err = tx.SeverityChanges(ctx, v.Row.ID)
		return err
	})
	return v, err
}

// Promised are the clocks that a request of the caller's would have were it
// registered now, by severity; behalf is the customer a partner acts for.
func (d *Desk) Promised(ctx context.Context, kind string, behalf *OnBehalfOf) (bySeverity map[string]store.Clocks, err error) {
	c, err := d.caller(ctx, OpRegisterTicket)
	if err != nil {
		return nil, err
	}
	bySeverity = map[string]store.Clocks{}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row := store.Ticket{OrganizationID: *c.Person.OrganizationID, Type: kind, RegisteredAt: d.Now()}
		if behalf != nil && c.holds(RolePartner) {
			linked, err := tx.Linked(ctx, row.OrganizationID, behalf.OrganizationID)
			if err != nil {
				return err
			}
			if linked {
				row.OrganizationID = behalf.OrganizationID
			}
		}
		for _, severity := range c.Vendor.Settings.Severities {
			row.Severity = severity.Code
			if err := promised(ctx, tx, &row, c.Vendor.Settings); err != nil {
				return err
			}
			bySeverity[severity.Code] = row.Clocks
		}
		return nil
	})
	return bySeverity, err
}
