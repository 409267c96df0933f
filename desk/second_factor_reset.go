package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// ResetContactSecondFactor takes a contact's second factor away: they have lost
// it, and somebody has made sure it is them. Their sessions end and they are
// told by mail. It changes nothing for who has none.
func (d *Desk) ResetContactSecondFactor(ctx context.Context, id uuid.UUID) error {
	return d.resetSecondFactor(ctx, id, OpResetContactSecondFactor, d.lockContact)
}

// ResetStaffSecondFactor is ResetContactSecondFactor for a member of staff, but
// for oneself: that takes the password and a code.
func (d *Desk) ResetStaffSecondFactor(ctx context.Context, id uuid.UUID) error {
	return d.resetSecondFactor(ctx, id, OpResetStaffSecondFactor, d.lockStaff)
}

func (d *Desk) resetSecondFactor(ctx context.Context, id uuid.UUID, op Operation, lock lockOne) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		p, err := lock(ctx, tx, c, op, id)
		switch {
		case err != nil:
			return err
		case p.ID == c.Person.ID:
			return problem.New(problem.Conflict, "own_second_factor", nil)
		case !p.SecondFactor:
			return nil
		}
		if err := tx.RemoveSecondFactor(ctx, p.ID); err != nil {
			return err
		}
		if err := tx.EndSessions(ctx, p.ID, uuid.Nil, d.Now()); err != nil {
			return err
		}
		if err := d.audit(ctx, tx, c, "second_factor_reset", "person", p.ID, nil); err != nil {
			return err
		}
		return notice.Account(ctx, tx, c.Vendor, mail.SecondFactorOff, store.NewID().String(), p, d.Now(), func(n *mail.Notice) {
			n.Actor = c.Person.Name
		})
	})
}
