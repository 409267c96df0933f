package desk

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// InviteContact mails a contact a new link to choose a password; the earlier
// ones work no more. Conflict when they are not active, have chosen one
// already, or the address of the vendor's pages is not known.
func (d *Desk) InviteContact(ctx context.Context, key string, id uuid.UUID) (store.Person, error) {
	return d.inviteAgain(ctx, key, id, OpInviteContact, d.lockContact)
}

// InviteStaff is InviteContact for a member of staff.
func (d *Desk) InviteStaff(ctx context.Context, key string, id uuid.UUID) (store.Person, error) {
	return d.inviteAgain(ctx, key, id, OpInviteStaff, d.lockStaff)
}

// lockOne is lockContact or lockStaff.
type lockOne func(context.Context, *store.Tx, Caller, Operation, uuid.UUID) (store.Person, error)

func (d *Desk) inviteAgain(ctx context.Context, key string, id uuid.UUID, op Operation, lock lockOne) (p store.Person, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		before, err := lock(ctx, tx, c, op, id)
		if err != nil {
			return err
		}
		if _, _, err = d.once(ctx, tx, c, write{action: string(op), key: key, body: id}, func() (uuid.UUID, error) {
			switch {
			case !before.Active:
				return id, problem.New(problem.Conflict, "person_not_active", nil)
			case before.HasCome:
				return id, problem.New(problem.Conflict, "invitation_accepted", nil)
			case c.Vendor.Portal == "":
				return id, problem.New(problem.Conflict, "portal_unknown", nil)
			}
			return id, d.invite(ctx, tx, c, before)
		}); err != nil {
			return err
		}
		p, err = tx.Person(ctx, id)
		return err
	})
}

// invite mails a person where to choose a password, with a link that works
// once.
func (d *Desk) invite(ctx context.Context, tx *store.Tx, c Caller, p store.Person) error {
	link, until, err := d.newLink(ctx, tx, c.Vendor, LinkInvitation, &p.ID, nil, InvitationLife)
	if err != nil {
		return err
	}
	now, organization := d.Now(), ""
	p.InvitedAt, p.Version = &now, p.Version+1
	if err := tx.UpdatePerson(ctx, p); err != nil {
		return err
	}
	if p.OrganizationID != nil {
		o, err := tx.Organization(ctx, *p.OrganizationID)
		if err != nil {
			return err
		}
		organization = o.Name
	}
	event := p.ID.String() + "/" + strconv.FormatInt(p.Version, 10)
	if err := notice.Account(ctx, tx, c.Vendor, mail.Invitation, event, p, now, func(n *mail.Notice) {
		n.Actor, n.Organization, n.SecretURL, n.Until = c.Person.Name, organization, link, &until
	}); err != nil {
		return err
	}
	return d.audit(ctx, tx, c, "person_invited", "person", p.ID, map[string]any{"email": p.Email, "until": timeText(&until)})
}
