package desk

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// ReportNobodyReceives is a contact saying that nobody at their organization
// gets the weekly statement: the account manager is told by mail (all of them
// where the organization has none who is active), and staff see it listed until
// somebody is named. Repeating it does nothing. Conflict when somebody gets it,
// or when the vendor sends none.
func (d *Desk) ReportNobodyReceives(ctx context.Context, organization uuid.UUID) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if err := d.mayOpenOwn(ctx, tx, c, OpReportNobodyReceives, organization); err != nil {
			return err
		}
		o, err := tx.LockOrganization(ctx, organization)
		if err != nil {
			return err
		}
		if _, sends := statementRules(c.Vendor.Settings); !sends {
			return problem.New(problem.Conflict, "statement_off", nil)
		}
		receivers, err := tx.StatementReceivers(ctx, organization)
		if err != nil {
			return err
		}
		if len(receivers) > 0 {
			return problem.New(problem.Conflict, "statement_has_receiver", problem.Args{"name": receivers[0].Name})
		}
		report := store.StatementReport{ID: store.NewID(), PersonID: c.Person.ID, At: d.Now()}
		kept, err := tx.KeepStatementReport(ctx, organization, report)
		if err != nil || !kept {
			return err
		}
		if err := d.audit(ctx, tx, c, "statement_missed", "organization", organization, nil); err != nil {
			return err
		}
		return d.tellMissed(ctx, tx, c, o, report)
	})
}

// tellMissed tells the organization's account manager, else all of them, else
// the administrators.
func (d *Desk) tellMissed(ctx context.Context, tx *store.Tx, c Caller, o store.Organization, r store.StatementReport) error {
	people, err := managersOf(ctx, tx, store.AccessRequest{ManagerID: o.AccountManagerID})
	if err != nil {
		return err
	}
	for _, to := range people {
		if err := notice.Account(ctx, tx, c.Vendor, mail.StatementMissed, r.ID.String(), to, r.At, func(n *mail.Notice) {
			n.Actor, n.Organization = c.Person.Name, o.Name
			if n.URL != "" {
				n.URL += "/console/organizations/" + o.ID.String()
			}
		}); err != nil {
			return err
		}
	}
	return nil
}

// somebodyReceives ends what was told of an organization when somebody there is
// named who gets the statement.
func somebodyReceives(ctx context.Context, tx *store.Tx, p store.Person) error {
	if p.OrganizationID == nil || !slices.Contains(p.Roles, string(RoleStatementReceiver)) {
		return nil
	}
	return tx.EndStatementReport(ctx, *p.OrganizationID)
}

// mayOpenOwn admits a caller to something of an organization that is its own
// people's and staff's: NotFound out of sight, which it is for a partner who acts
// for it too, Forbidden in sight.
func (d *Desk) mayOpenOwn(ctx context.Context, tx *store.Tx, c Caller, op Operation, organization uuid.UUID) error {
	if !c.inside() && organization != *c.Person.OrganizationID {
		return problem.Missing()
	}
	if _, err := tx.Organization(ctx, organization); err != nil {
		return err
	}
	return c.allow(op)
}
