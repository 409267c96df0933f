package desk

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/escalation"
	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/workflows"
)

// EscalationView is an escalation for one reader.
type EscalationView struct {
	Row      store.Escalation
	Ticket   *store.Ticket // nil: it concerns none
	Ladder   policy.Ladder
	Steps    []store.EscalationStep // nil in lists
	Names    store.Names
	Possible []ladder.Action // what the reader may do now
}

var escalationForm = regexp.MustCompile(`^[Ee][Ss][Cc]-[0-9]{4}-[0-9]{1,12}$`)

// findEscalation is the escalation a caller names by uuid or number, locked;
// NotFound when it is missing or out of sight, Forbidden when the operation on
// it is not theirs.
func (d *Desk) findEscalation(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (e store.Escalation, err error) {
	if id, parseErr := uuid.Parse(ref); parseErr == nil && len(ref) == 36 {
		e, err = tx.LockEscalation(ctx, id)
	} else if escalationForm.MatchString(ref) {
		if e, err = tx.EscalationByNumber(ctx, strings.ToUpper(ref)); err == nil {
			e, err = tx.LockEscalation(ctx, e.ID)
		}
	} else {
		err = problem.Missing()
	}
	if err != nil {
		return e, err
	}
	sees, err := d.seesEscalation(ctx, tx, c, e)
	if err != nil {
		return e, err
	}
	if !sees {
		return e, problem.Missing()
	}
	telemetry.Note(ctx, "escalation", e.Number)
	telemetry.Note(ctx, "workflow_id", workflows.EscalationID(e.ID.String()))
	return e, d.allowEscalation(ctx, tx, c, op, e)
}

// seesEscalation says whether it is in the caller's sight: theirs, or of a ticket
// of theirs, or their organization's; for staff as the table says, or once it has
// come to a rung of theirs. What concerns a
// ticket is in the sight of a partner's people while it acts for that customer.
func (d *Desk) seesEscalation(ctx context.Context, tx *store.Tx, c Caller, e store.Escalation) (bool, error) {
	reach := c.Reach(OpGetEscalation)
	switch {
	case reach == Everything:
		return true, nil
	case reach == Nothing:
		return false, nil
	case c.Staff():
		return d.onRung(ctx, tx, c, e)
	case reach == Organization && *c.Person.OrganizationID == e.OrganizationID:
		return true, nil
	}
	theirs := e.OpenedBy != nil && *e.OpenedBy == c.Person.ID
	if e.TicketID == nil {
		return theirs, nil
	}
	t, err := tx.Ticket(ctx, *e.TicketID)
	return (store.Sight{Person: c.Person.ID}).Sees(t) || theirs && c.sight(OpGetTicket).Sees(t), err
}

// Escalation is one escalation, by uuid or number.
func (d *Desk) Escalation(ctx context.Context, ref string) (v EscalationView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		e, err := d.findEscalation(ctx, tx, c, OpGetEscalation, ref)
		if err == nil {
			v, err = d.viewEscalation(ctx, tx, c, e)
		}
		return err
	})
}

// EscalationQuery narrows a list of escalations; zero values do not.
type EscalationQuery struct {
	Open   bool
	Ticket string // those of this ticket, by uuid or number
	Cursor string
	Limit  int // 1 to PageMax
}

// Escalations lists those in the caller's sight, the newest first, and the
// cursor of the next page ("" on the last).
func (d *Desk) Escalations(ctx context.Context, q EscalationQuery) (list []EscalationView, next string, err error) {
	c, err := d.caller(ctx, OpListEscalations)
	if err != nil {
		return nil, "", err
	}
	f := store.EscalationFilter{Open: q.Open, Limit: q.Limit + 1}
	switch reach := c.Reach(OpListEscalations); {
	case reach == Everything:
	case c.Staff():
		f.Rungs = &store.OnRungs{Person: c.Person.ID}
	case reach == Organization:
		f.Organization = c.Person.OrganizationID
		fallthrough
	default:
		f.Own = &c.Person.ID
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if f.Rungs != nil {
			if f.Rungs.First, err = c.rungs(ctx, tx, c.Vendor.Settings); err != nil {
				return err
			}
		}
		if q.Ticket != "" {
			t, err := d.find(ctx, tx, c, OpListEscalations, q.Ticket)
			if err != nil {
				return err
			}
			f.TicketID = &t.ID
		}
		rows, err := tx.Escalations(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(last.OpenedAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		for _, e := range rows {
			v, err := d.viewEscalation(ctx, tx, c, e)
			if err != nil {
				return err
			}
			list = append(list, v)
		}
		return nil
	})
}

// viewEscalation reads what belongs to a row the caller may see.
func (d *Desk) viewEscalation(ctx context.Context, tx *store.Tx, c Caller, e store.Escalation) (v EscalationView, err error) {
	v = EscalationView{Row: e, Names: store.Names{People: map[uuid.UUID]string{}, Organizations: map[uuid.UUID]string{}}}
	pinned, err := tx.Pinned(ctx, c.Vendor, e.PolicyVersion)
	if err != nil {
		return v, err
	}
	v.Ladder, _ = pinned.Settings.Ladder(e.Ladder)
	if e.TicketID != nil {
		t, err := tx.Ticket(ctx, *e.TicketID)
		if err != nil {
			return v, err
		}
		v.Ticket = &t
	}
	if v.Steps, err = tx.EscalationSteps(ctx, e.ID); err != nil {
		return v, err
	}
	var ids []uuid.UUID
	for _, s := range v.Steps {
		if s.PersonID != nil {
			ids = append(ids, *s.PersonID)
		}
		for _, told := range s.Told {
			if id, err := uuid.Parse(told); err == nil {
				ids = append(ids, id)
			}
		}
	}
	people, err := tx.PeopleWith(ctx, ids)
	if err != nil {
		return v, err
	}
	for _, p := range people {
		v.Names.People[p.ID] = p.Name
	}
	organization, err := tx.Organization(ctx, e.OrganizationID)
	v.Names.Organizations[e.OrganizationID] = organization.Name
	if err != nil {
		return v, err
	}
	v.Possible, err = d.possibleEscalation(ctx, tx, c, v)
	return v, err
}

// escalationOperation names the permission of each thing people do to one.
var escalationOperation = map[ladder.Action]Operation{
	ladder.ActAcknowledge: OpAcknowledgeEscalation, ladder.ActHold: OpHoldEscalation, ladder.ActResume: OpResumeEscalation,
	ladder.ActResolve: OpResolveEscalation, ladder.ActWithdraw: OpWithdrawEscalation,
}

// possibleEscalation is what the caller may do with it now: the procedure's
// answer, less what their roles don't allow, and nothing for who is complained
// about.
func (d *Desk) possibleEscalation(ctx context.Context, tx *store.Tx, c Caller, v EscalationView) ([]ladder.Action, error) {
	list := ladder.Possible(v.Row.Snapshot(), c.Actor().Side)
	if c.Staff() && complainedAbout(c, v.Row, v.Ticket) {
		return []ladder.Action{}, nil
	}
	wanted := Own
	if c.Staff() && c.Reach(OpResolveEscalation) != Everything {
		stands, err := d.onRung(ctx, tx, c, v.Row)
		if err != nil {
			return nil, err
		}
		if !stands {
			wanted = Everything
		}
	}
	return slices.DeleteFunc(list, func(a ladder.Action) bool { return c.Reach(escalationOperation[a]) < wanted }), nil
}

// complainedAbout says whether an escalation is about the caller: they were
// named, or have its ticket.
func complainedAbout(c Caller, e store.Escalation, t *store.Ticket) bool {
	return e.About(c.Person.ID) || t != nil && t.AssigneeID != nil && *t.AssigneeID == c.Person.ID
}

// EscalationPlan is what escalating a ticket, or a complaint that concerns none,
// would do: whom it reaches first, and when.
type EscalationPlan struct {
	Ticket store.Ticket   // zero: none
	Ladder policy.Ladder  // without rungs: the plan has none
	First  int            // the rung that would be told first, from 1: nobody stands on those before it
	TellAt time.Time      // when it would be told
	By     time.Time      // until when it would acknowledge
	About  []store.Person // whom the customer may say it is about
}

// EscalationPlan reads it; ref "" is a complaint that concerns no ticket.
func (d *Desk) EscalationPlan(ctx context.Context, ref string) (v EscalationPlan, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	if ref == "" {
		if err := c.allow(OpEscalate); err != nil {
			return v, err
		}
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		e := store.Escalation{}
		s := c.Vendor.Settings
		if ref == "" {
			e.OrganizationID = *c.Person.OrganizationID
		} else {
			if v.Ticket, err = d.find(ctx, tx, c, OpEscalate, ref); err != nil {
				return err
			}
			pinned, err := tx.Pinned(ctx, c.Vendor, v.Ticket.PolicyVersion)
			if err != nil {
				return err
			}
			s = pinned.Settings
			e.TicketID, e.OrganizationID = &v.Ticket.ID, v.Ticket.OrganizationID
			e.Critical = len(s.Severities) > 0 && v.Ticket.Severity == s.Severities[0].Code
			ids, err := tx.StaffOn(ctx, v.Ticket)
			if err != nil {
				return err
			}
			if v.About, err = tx.PeopleWith(ctx, ids); err != nil {
				return err
			}
		}
		return d.planned(ctx, tx, s, e, &v)
	})
}

// planned is what the ladder would do with an escalation begun now.
func (d *Desk) planned(ctx context.Context, tx *store.Tx, s policy.Settings, e store.Escalation, v *EscalationPlan) error {
	l, known, err := escalation.Ladder(ctx, tx, s, e.OrganizationID, d.Now())
	if err != nil || !known {
		return err
	}
	v.Ladder = l
	if v.First, v.TellAt, err = escalation.First(ctx, tx, s, l, e, d.Now()); err != nil {
		return err
	}
	v.By, err = s.AcknowledgeBy(l.Rungs[v.First-1], v.TellAt)
	return err
}

// escalatedNow adds to a ticket's view the escalation that is open, for whom it is
// in sight.
func (d *Desk) escalatedNow(ctx context.Context, tx *store.Tx, c Caller, v *TicketView) error {
	if c.Reach(OpGetEscalation) == Nothing {
		return nil
	}
	e, err := tx.OpenEscalation(ctx, v.Row.ID)
	if err != nil || e == nil {
		return err
	}
	sees, err := d.seesEscalation(ctx, tx, c, *e)
	if err != nil || !sees {
		return err
	}
	open, err := d.viewEscalation(ctx, tx, c, *e)
	v.Escalation = &open
	return err
}
