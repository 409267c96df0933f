package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// MergePlan is what merging a ticket would do, said before it is done.
type MergePlan struct {
	TicketView
	Into     *TicketView    // nil: none is named yet
	Refused  *problem.Error // why it can't be merged into that one; nil: it can
	Told     []store.Person // of the customer's side: mailed once, and they read the other from then on
	Taken    bool           // it has taken a ticket of its contract
	Releases string         // for that reason that is given back; "": it is not
	Until    *time.Time     // so long it can be undone
}

// PlanMerge says what merging a ticket into another one would do; target is
// empty while none is named. Conflict for a ticket that can't be merged into
// any.
func (d *Desk) PlanMerge(ctx context.Context, ref, target string) (p MergePlan, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpMerge, ref)
		if err != nil {
			return err
		}
		if err := d.stands(ctx, tx, c, row); err != nil {
			return err
		}
		command := ticket.Command{Action: ticket.ActMerge, Actor: c.Actor()}
		if _, err := ticket.Decide(row.Snapshot(false), command, d.Now()); err != nil {
			return err
		}
		if p.TicketView, err = d.view(ctx, tx, c, row); err != nil || target == "" {
			return err
		}
		return d.planMerge(ctx, tx, c, row, target, &p)
	})
}

func (d *Desk) planMerge(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, target string, p *MergePlan) error {
	other, err := d.other(ctx, tx, c, OpMerge, "target", target)
	if err != nil {
		if !errors.As(err, &p.Refused) || p.Refused.Code != problem.Unprocessable {
			return err
		}
		return nil
	}
	into, err := d.view(ctx, tx, c, other)
	if err != nil {
		return err
	}
	p.Into = &into
	if err := store.Mergeable(row, other); err != nil {
		_ = errors.As(err, &p.Refused)
		return nil
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return err
	}
	p.Until = pinned.Settings.UnmergeUntil(d.Now())
	if p.Told, err = tx.Recipients(ctx, other, notice.Customers(row)); err != nil {
		return err
	}
	p.Told = slices.DeleteFunc(p.Told, func(person store.Person) bool { return person.OrganizationID == nil })
	e, err := d.ticketEntitlement(ctx, tx, c, row)
	if err == nil && e.Contract != nil && (e.State == "reserved" || e.State == "used") {
		p.Taken = true
		var terms policy.Terms
		if terms, err = e.Contract.Terms(); err == nil {
			p.Releases = pinned.Settings.TicketsOf(terms).ReleasesMerged()
		}
	}
	return err
}

// SplitPlan is what can be split off a ticket, and what that would take.
type SplitPlan struct {
	TicketView
	Comments []CommentView // that can move, oldest first
	More     bool          // there are older ones, which can't be chosen here
	Takes    *Standing     // of what the contract includes now; nil: it takes none
	Returned bool          // the plan gives back what is split off
}

// PlanSplit says what can be split off a ticket. Conflict for a ticket that
// nothing can be split off.
func (d *Desk) PlanSplit(ctx context.Context, ref string) (p SplitPlan, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpSplit, ref)
		if err != nil {
			return err
		}
		if err := d.splittable(ctx, tx, c, row, SplitInput{}); err != nil {
			return err
		}
		if p.TicketView, err = d.view(ctx, tx, c, row); err != nil {
			return err
		}
		comments, err := tx.LatestComments(ctx, row.ID, true, SplitMax+1)
		if err != nil {
			return err
		}
		if p.More = len(comments) > SplitMax; p.More {
			comments = comments[1:]
		}
		comments = slices.DeleteFunc(comments, func(c store.Comment) bool { return c.Held || !slices.Contains(store.MovableKinds, c.Kind) })
		if p.Comments, err = withFiles(ctx, tx, c, row.ID, comments); err != nil {
			return err
		}
		s := c.Vendor.Settings
		on := policy.DateOf(d.Now(), s.Location())
		contract, err := tx.ContractOn(ctx, row.OrganizationID, on)
		if err != nil || contract == nil {
			return err
		}
		if p.Takes, err = standing(ctx, tx, s, *contract, on); p.Takes != nil {
			p.Returned = p.Takes.Rules.Releases("split")
		}
		return err
	})
}
