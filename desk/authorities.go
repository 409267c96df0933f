package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// What there is to do about access authorities: to enter a customer's system
// takes one that is signed (product section 3.9).
const (
	OpListAuthorities   Operation = "listAuthorities"
	OpGetAuthority      Operation = "getAuthority"
	OpPrintAuthority    Operation = "printAuthority"
	OpAskAuthority      Operation = "askAuthority"
	OpCompleteAuthority Operation = "completeAuthority"
	OpDeclineAuthority  Operation = "declineAuthority"
	OpRevokeAuthority   Operation = "revokeAuthority"
	OpListAccesses      Operation = "listAccesses"
	OpLogAccess         Operation = "logAccess"
)

// AuthorityView is an access authority as one reader may see it, judged at the
// instant it was read.
type AuthorityView struct {
	store.Authority
	Number    string // of its ticket
	Title     string // of its ticket
	Standing  ticket.AuthorityStanding
	Decisions []store.AuthorityDecision // oldest first; nil in lists
	Capacity  string                    // as what the reader may answer it: signatory or partner; "" when it is not theirs
	Revocable bool                      // the reader may take it back now
	Ticket    bool                      // the reader sees its ticket too
}

// Valid says whether it is good now.
func (v AuthorityView) Valid() bool { return v.Standing == ticket.AuthorityValid }

// Answerable says whether the reader may answer it now.
func (v AuthorityView) Answerable() bool {
	return v.Standing == ticket.AuthorityAsked && v.Capacity != ""
}

// Completed is the decision that granted it; nil while there is none.
func (v AuthorityView) Completed() *store.AuthorityDecision {
	i := slices.IndexFunc(v.Decisions, func(d store.AuthorityDecision) bool { return d.Kind == "completed" })
	if i < 0 {
		return nil
	}
	return &v.Decisions[i]
}

// AuthorityList are a ticket's access authorities, the newest first, and what
// the reader may do there now.
type AuthorityList struct {
	Number   string // of the ticket
	Title    string // of the ticket
	Ticket   bool   // the reader sees the ticket too
	List     []AuthorityView
	Askable  bool // the reader may ask for another one
	Loggable bool // the reader may log an access: one is valid
}

// Authorities lists those of a ticket. Who takes part in the ticket sees them,
// and who signs for its customer.
func (d *Desk) Authorities(ctx context.Context, ref string) (v AuthorityList, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.ticketOfAuthority(ctx, tx, c, OpListAuthorities, ref)
		if err != nil {
			return err
		}
		ask := ticket.Command{Action: ticket.ActAskInformation, Actor: c.Actor()}
		_, refused := ticket.Decide(row.Snapshot(c.Vendor.Settings.CloseOnAnswer), ask, d.Now())
		v = AuthorityList{
			Number: row.Number, Title: row.Title, Ticket: c.sight(OpGetTicket).Sees(row),
			Askable: c.Reach(OpAskAuthority) != Nothing && refused == nil,
		}
		all, err := tx.Authorities(ctx, row.ID)
		for _, a := range all {
			one := AuthorityView{Authority: a, Number: row.Number, Title: row.Title, Standing: a.Standing(d.Now()), Ticket: v.Ticket}
			v.List = append(v.List, one)
			v.Loggable = v.Loggable || one.Valid() && c.Reach(OpLogAccess) != Nothing
		}
		return err
	})
}

// Authority is one of a ticket's access authorities.
func (d *Desk) Authority(ctx context.Context, ref string, id uuid.UUID) (v AuthorityView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, a, err := d.findAuthority(ctx, tx, c, OpGetAuthority, ref, id)
		if err == nil {
			v, err = d.authorityView(ctx, tx, c, row, a)
		}
		return err
	})
}

// ticketOfAuthority is a ticket whose authorities the caller sees, if the
// operation is theirs to ask for at all. NotFound and Forbidden as with find.
func (d *Desk) ticketOfAuthority(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (t store.Ticket, err error) {
	if id, parseErr := uuid.Parse(ref); parseErr == nil && len(ref) == 36 {
		t, err = tx.Ticket(ctx, id)
	} else if numberForm.MatchString(ref) {
		t, err = tx.TicketByNumber(ctx, strings.ToUpper(ref))
	} else {
		err = problem.Missing()
	}
	if err == nil {
		err = c.sight(OpListAuthorities).CheckSight(t)
	}
	if err != nil {
		return t, err
	}
	noteTicket(ctx, t)
	return t, c.allow(op)
}

// findAuthority is an authority of a ticket the caller names; that of another
// ticket is answered like a missing one.
func (d *Desk) findAuthority(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string, id uuid.UUID) (t store.Ticket, a store.Authority, err error) {
	if t, err = d.ticketOfAuthority(ctx, tx, c, OpGetAuthority, ref); err != nil {
		return t, a, err
	}
	if a, err = tx.Authority(ctx, id); err == nil && a.TicketID != t.ID {
		err = problem.Missing()
	}
	if err != nil {
		return t, a, err
	}
	return t, a, c.allowHere(op, a)
}

// allowHere is allow, and says who may where the caller may not.
func (c Caller) allowHere(op Operation, a store.Authority) error {
	err := c.allow(op)
	if e, refused := problem.As(err); refused && e.Key == "not_your_role" {
		switch op {
		case OpCompleteAuthority, OpDeclineAuthority:
			return notYoursToSign(a)
		case OpRevokeAuthority:
			return notYoursToRevoke(a)
		}
	}
	return err
}

func notYoursToSign(a store.Authority) error {
	return problem.New(problem.Forbidden, "authority_not_yours", problem.Args{"organization": a.Organization})
}

func notYoursToRevoke(a store.Authority) error {
	return problem.New(problem.Forbidden, "authority_not_yours_to_revoke", problem.Args{"organization": a.Organization})
}

// capacity is as what the caller answers for a customer: as its signatory, or
// as a contact of a partner who acts for it; "" for neither.
func capacity(ctx context.Context, tx *store.Tx, c Caller, customer uuid.UUID) (string, error) {
	switch own := c.Person.OrganizationID; {
	case own == nil:
		return "", nil
	case *own == customer:
		if c.holds(RoleSignatory) {
			return "signatory", nil
		}
		return "", nil
	case c.holds(RolePartner):
		linked, err := tx.Linked(ctx, *own, customer)
		if linked {
			return "partner", err
		}
		return "", err
	}
	return "", nil
}

// revoking is as what the caller takes an authority back: as who could have
// answered it (a partner only if it has), as the customer's super-user, or as
// staff who ask for authorities; "" for neither.
func revoking(ctx context.Context, tx *store.Tx, c Caller, a store.Authority, made []store.AuthorityDecision) (string, error) {
	if c.Staff() {
		if c.Reach(OpRevokeAuthority) == Nothing {
			return "", nil
		}
		return "staff", nil
	}
	as, err := capacity(ctx, tx, c, a.OrganizationID)
	if err != nil || as == "signatory" {
		return as, err
	}
	own := *c.Person.OrganizationID
	switch {
	case as == "partner" && slices.ContainsFunc(made, func(d store.AuthorityDecision) bool {
		return d.Kind == "completed" && d.OrganizationID != nil && *d.OrganizationID == own
	}):
		return as, nil
	case own == a.OrganizationID && c.holds(RoleSuperUser):
		return "super_user", nil
	}
	return "", nil
}

// authorityView reads what belongs to an authority the caller sees.
func (d *Desk) authorityView(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, a store.Authority) (v AuthorityView, err error) {
	v = AuthorityView{
		Authority: a, Number: row.Number, Title: row.Title, Standing: a.Standing(d.Now()), Ticket: c.sight(OpGetTicket).Sees(row),
	}
	if v.Decisions, err = tx.AuthorityDecisions(ctx, a.ID); err != nil {
		return v, err
	}
	if !c.Staff() {
		for i := range v.Decisions {
			v.Decisions[i].IP = "" // of the vendor's record alone
		}
	}
	if !c.barred(OpCompleteAuthority) {
		if v.Capacity, err = capacity(ctx, tx, c, a.OrganizationID); err != nil {
			return v, err
		}
	}
	as, err := revoking(ctx, tx, c, a, v.Decisions)
	v.Revocable = v.Valid() && as != "" && !c.barred(OpRevokeAuthority)
	return v, err
}

// Covered answers the authority under which staff may do on a ticket what
// needs that scope (one of ticket.Scopes), or why nothing covers it: Conflict,
// whose key "access_needs_…" names what is missing.
func (d *Desk) Covered(ctx context.Context, ref, scope string) (a store.Authority, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return a, err
	}
	return a, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpLogAccess, ref)
		if err != nil {
			return err
		}
		all, err := tx.Authorities(ctx, row.ID)
		if err == nil {
			a, err = covering(all, scope, d.Now())
		}
		return err
	})
}

// covering is the one of the authorities, newest first, that covers a scope.
func covering(all []store.Authority, scope string, at time.Time) (store.Authority, error) {
	missing := "none"
	if len(all) > 0 {
		missing = string(all[0].Standing(at))
	}
	for _, a := range all {
		switch {
		case a.Standing(at) != ticket.AuthorityValid:
		case ticket.Covers(a.Granted, scope):
			return a, nil
		default:
			missing = "scope"
		}
	}
	return store.Authority{}, problem.New(problem.Conflict, "access_needs_"+missing, nil)
}
