package desk

import (
	"context"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Merge has a ticket go on as another one of the same organization: whoever
// hears of it hears of the other from then on, its clocks end neither met nor
// missed, and what it had taken from its contract is given back where the plan
// says so. Nothing moves. The reason is for staff. Conflict "merge_into_ended",
// "merge_into_itself" or "merge_other_organization" when it can't, and
// "ticket_merged" when it was.
func (d *Desk) Merge(ctx context.Context, key, ref, target, reason string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActMerge, ref: ref, key: key, text: &reason, textMin: 1, target: target})
}

// Unmerge undoes a merge: the ticket stands where it stood, its clocks go on,
// and the time between is no time of theirs. Conflict "unmerge_window_over"
// when it is too late.
func (d *Desk) Unmerge(ctx context.Context, key, ref string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActUnmerge, ref: ref, key: key})
}

// aim finds the other ticket of a merge or its undoing. One that is missing, or
// another vendor's, is a wrong field.
func (in *deed) aim(ctx context.Context, tx *store.Tx, d *Desk, c Caller, row store.Ticket) error {
	switch in.action {
	case ticket.ActUnmerge:
		in.into = row.MergedInto
	case ticket.ActMerge:
		other, err := d.other(ctx, tx, c, OpMerge, "target", in.target)
		if err != nil {
			return err
		}
		in.into = &other.ID
	}
	return nil
}

// other is the second ticket that a form names, by uuid or number.
func (d *Desk) other(ctx context.Context, tx *store.Tx, c Caller, op Operation, field, ref string) (store.Ticket, error) {
	other, err := d.find(ctx, tx, c, op, ref)
	if problem.CodeOf(err) == problem.NotFound {
		var wrong problem.Fields
		wrong.Add(field, "ticket_unknown", nil)
		err = wrong.Err()
	}
	return other, err
}

// mergeable refuses what the other ticket does not allow; it is decided again
// when both are locked.
func (in deed) mergeable(ctx context.Context, tx *store.Tx, row store.Ticket) error {
	if in.action != ticket.ActMerge {
		return nil
	}
	other, err := tx.Ticket(ctx, *in.into)
	if err != nil {
		return err
	}
	return store.Mergeable(row, other)
}

// stands refuses whatever is done to a merged ticket, and says which number it
// goes on as where the caller sees that one.
func (d *Desk) stands(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) error {
	if row.State != ticket.Merged {
		return nil
	}
	e := problem.New(problem.Conflict, ticket.MergedElsewhere, problem.Args{"number": row.Number})
	e.Data = map[string]any{"state": string(row.State), "possible": d.possible(c, row)}
	target, err := d.goesOnAs(ctx, tx, c, row)
	if err != nil {
		return err
	}
	if target != nil {
		e.Key, e.Args["target"], e.Data["merged_into"] = "ticket_merged", target.Number, target.Number
	}
	return e
}

// goesOnAs is what a merged ticket goes on as, however often it was merged; nil
// for one that was not, and where the caller does not see it.
func (d *Desk) goesOnAs(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) (*store.Ticket, error) {
	if row.MergedInto == nil {
		return nil, nil //nolint:nilnil // said above
	}
	target, err := tx.FollowMerges(ctx, row.ID)
	if err != nil || !c.sight(OpGetTicket).Sees(target) {
		return nil, err
	}
	return &target, nil
}
