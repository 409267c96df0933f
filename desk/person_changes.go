package desk

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// PersonUpdate replaces what is known of a person: what it leaves out is empty
// afterwards. OrganizationID and Password of the input are not looked at.
type PersonUpdate struct {
	PersonInput
	Version int64 // of the row it was written on; another is a Conflict
	Active  bool  // false ends their sessions and tokens, and what they watch
}

// UpdateContact changes a contact. It holds from their next request on.
func (d *Desk) UpdateContact(ctx context.Context, id uuid.UUID, in PersonUpdate) (p store.Person, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		before, err := d.lockContact(ctx, tx, c, OpUpdateContact, id)
		if err != nil {
			return err
		}
		p, err = d.updatePerson(ctx, tx, c, before, in, ContactRoles)
		return err
	})
}

// UpdateStaff changes a member of staff. The vendor's last active
// administrator stays one: anything else is a Conflict.
func (d *Desk) UpdateStaff(ctx context.Context, id uuid.UUID, in PersonUpdate) (p store.Person, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return p, err
	}
	return p, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		admins, err := tx.LockAdmins(ctx) // before the row itself, so that two at once wait in one order
		if err != nil {
			return err
		}
		before, err := d.lockStaff(ctx, tx, c, OpUpdateStaff, id)
		if err != nil {
			return err
		}
		stays := in.Active && slices.Contains(in.Roles, string(RoleAdmin))
		if !stays && len(admins) == 1 && admins[0] == id {
			return problem.New(problem.Conflict, "last_admin", nil)
		}
		p, err = d.updatePerson(ctx, tx, c, before, in, StaffRoles)
		return err
	})
}

// lockContact is a contact the caller may change by that operation: NotFound
// out of sight, Forbidden in sight.
func (d *Desk) lockContact(ctx context.Context, tx *store.Tx, c Caller, op Operation, id uuid.UUID) (p store.Person, err error) {
	if p, err = tx.LockPerson(ctx, id); err != nil {
		return p, err
	}
	if p.OrganizationID == nil {
		return p, problem.Missing()
	}
	if err := d.mayOpen(ctx, tx, c, *p.OrganizationID); err != nil {
		return p, err
	}
	return p, c.allow(op)
}

// lockStaff is lockContact for a member of staff, whom staff alone see.
func (d *Desk) lockStaff(ctx context.Context, tx *store.Tx, c Caller, op Operation, id uuid.UUID) (p store.Person, err error) {
	if p, err = tx.LockPerson(ctx, id); err != nil {
		return p, err
	}
	if p.OrganizationID != nil || !c.inside() {
		return p, problem.Missing()
	}
	return p, c.allow(op)
}

// updatePerson writes the locked row back, keeps what changed, ends what must
// end with it and tells whom it concerns. An update that changes nothing
// leaves no trace.
func (d *Desk) updatePerson(ctx context.Context, tx *store.Tx, c Caller, before store.Person, in PersonUpdate, roles []Role) (store.Person, error) {
	if before.Version != in.Version {
		return before, changedMeanwhile(before.Version)
	}
	if err := in.check(c.Vendor, roles); err != nil {
		return before, err
	}
	if in.DelegateID != nil && (before.DelegateID == nil || *in.DelegateID != *before.DelegateID) {
		if err := checkDelegate(ctx, tx, before.OrganizationID, before.ID, in.DelegateID); err != nil {
			return before, err
		}
	}
	p := in.apply(before)
	changed := changes(personFacts(before), personFacts(p))
	if len(changed) == 0 {
		return before, nil
	}
	p.Version++
	if err := tx.UpdatePerson(ctx, p); err != nil {
		return before, err
	}
	if err := d.audit(ctx, tx, c, "person_changed", "person", p.ID, changed); err != nil {
		return before, err
	}
	if p.Active {
		if err := somebodyReceives(ctx, tx, p); err != nil {
			return before, err
		}
	}
	if before.Active && !p.Active {
		if err := d.endAccess(ctx, tx, p.ID); err != nil {
			return before, err
		}
		if err := tx.EndWatches(ctx, p.ID); err != nil {
			return before, err
		}
	}
	if before.Email == p.Email {
		return p, nil
	}
	return p, d.tellNewAddress(ctx, tx, c, before, p)
}

// apply is the row with the checked update in it.
func (in PersonUpdate) apply(p store.Person) store.Person {
	p.Name, p.Email, p.Locale, p.TimeZone, p.Roles = in.Name, in.Email, in.Locale, in.TimeZone, in.Roles
	if p.Roles == nil {
		p.Roles = []string{}
	}
	p.Active, p.AbsentUntil = in.Active, in.AbsentUntil
	if p.OrganizationID != nil {
		p.Authorized, p.SeesOrganization = in.Authorized, in.SeesOrganization
		p.ApprovalLimit, p.ApprovalCurrency, p.DelegateID = in.ApprovalLimit, in.ApprovalCurrency, in.DelegateID
	}
	return p
}

// endAccess ends everything by which a person gets in: sessions, tokens and
// links that still work.
func (d *Desk) endAccess(ctx context.Context, tx *store.Tx, person uuid.UUID) error {
	if _, err := tx.EndAccess(ctx, person, d.Now()); err != nil {
		return err
	}
	return tx.EndLinks(ctx, person, d.Now())
}

// tellNewAddress tells the old and the new address of the change. Links that
// went to the old one work no more.
func (d *Desk) tellNewAddress(ctx context.Context, tx *store.Tx, c Caller, before, p store.Person) error {
	if err := tx.EndLinks(ctx, p.ID, d.Now()); err != nil {
		return err
	}
	event := p.ID.String() + "/" + strconv.FormatInt(p.Version, 10)
	if err := notice.Account(ctx, tx, c.Vendor, mail.AddressLeft, event, before, d.Now(), nil); err != nil {
		return err
	}
	return notice.Account(ctx, tx, c.Vendor, mail.AddressSet, event, p, d.Now(), nil)
}

// changedMeanwhile is the refusal of an update written on an older row than
// the one that stands, which has that version.
func changedMeanwhile(version int64) error {
	e := problem.New(problem.Conflict, "changed_meanwhile", nil)
	e.Data = map[string]any{"version": version}
	return e
}

// personFacts is what the audit keeps of a person.
func personFacts(p store.Person) map[string]any {
	facts := map[string]any{
		"name": p.Name, "email": p.Email, "locale": p.Locale, "time_zone": p.TimeZone, "roles": slices.Concat([]string{}, p.Roles),
		"active": p.Active, "absent_until": timeText(p.AbsentUntil),
	}
	if p.OrganizationID != nil {
		facts["organization_id"], facts["authorized"], facts["sees_organization"] = *p.OrganizationID, p.Authorized, p.SeesOrganization
		facts["approval_limit"], facts["approval_currency"], facts["delegate_id"] = p.ApprovalLimit, p.ApprovalCurrency, p.DelegateID
	}
	return facts
}

// timeText is an instant as the audit keeps it; nil for none.
func timeText(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
