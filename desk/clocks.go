package desk

import (
	"context"
	"slices"

	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
)

// ClocksView are a ticket's promises, each with the account of its deadline.
type ClocksView struct {
	Row      store.Ticket
	Accounts []promise.Account
	Severity []store.Event // triages that changed it, and with it the targets; oldest first
	// Exclusions of breaches, oldest first; the customer's side sees those that
	// stand, without their evidence.
	Exclusions []store.Exclusion
	Internal   bool // the reader is staff
}

// Excluded is the exclusion that leaves a clock's breach out of the adjusted
// figures; nil for none.
func (v ClocksView) Excluded(clock string) *store.Exclusion {
	for i, e := range v.Exclusions {
		if e.Clock == clock && e.Stands() {
			return &v.Exclusions[i]
		}
	}
	return nil
}

// Clocks says of each promise of a ticket when it is due and why.
func (d *Desk) Clocks(ctx context.Context, ref string) (v ClocksView, err error) {
	c, err := d.caller(ctx, OpGetClocks)
	if err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpGetClocks, ref)
		if err != nil {
			return err
		}
		return d.readClocks(ctx, tx, c, row, &v)
	})
	return v, err
}

// readClocks reads what belongs to the promises of a row the caller may see.
func (d *Desk) readClocks(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, v *ClocksView) error {
	v.Row, v.Internal = row, c.Staff()
	if len(row.Clocks) == 0 {
		return nil
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return err
	}
	ledger, err := tx.Ledger(ctx, row.ID)
	if err != nil {
		return err
	}
	for _, k := range row.Clocks {
		a, err := promise.Read(row, k, ledger, pinned.Settings)
		if err != nil {
			return err
		}
		v.Accounts = append(v.Accounts, a)
	}
	if v.Severity, err = tx.SeverityChanges(ctx, row.ID); err != nil {
		return err
	}
	if v.Exclusions, err = tx.Exclusions(ctx, row.ID); err == nil && !v.Internal {
		v.Exclusions = slices.DeleteFunc(v.Exclusions, func(e store.Exclusion) bool { return !e.Stands() })
		for i := range v.Exclusions {
			v.Exclusions[i].Evidence = ""
		}
	}
	return err
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
			if _, err := promised(ctx, tx, &row, c.Vendor.Settings, false); err != nil {
				return err
			}
			bySeverity[severity.Code] = row.Clocks
		}
		return nil
	})
	return bySeverity, err
}
