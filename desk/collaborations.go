package desk

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/collaboration"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// CollaborationView is a question to colleagues inside a ticket, for staff.
type CollaborationView struct {
	Row         store.Collaboration
	Ticket      store.Ticket
	Names       map[uuid.UUID]string // of who asks, is asked, and ended it
	MayAnswer   bool                 // the reader is asked, alone or with their team, or manages
	MayTakeBack bool                 // the reader asked, or manages
}

// CollaborationsOf are the questions to colleagues inside a ticket, the newest
// first; for staff.
func (d *Desk) CollaborationsOf(ctx context.Context, ref string) (list []CollaborationView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.find(ctx, tx, c, OpListCollaborationsOf, ref)
		if err != nil {
			return err
		}
		rows, err := tx.CollaborationsOf(ctx, t.ID)
		if err == nil {
			list, err = d.viewCollaborations(ctx, tx, c, rows)
		}
		return err
	})
}

// CollaborationQuery narrows the list of open questions.
type CollaborationQuery struct {
	Mine   bool // only those the caller, or a team of theirs, is asked
	Cursor string
	Limit  int // 1 to PageMax
}

// Collaborations lists open questions to colleagues, the longest open first, and
// the cursor of the next page ("" on the last).
func (d *Desk) Collaborations(ctx context.Context, q CollaborationQuery) (list []CollaborationView, next string, err error) {
	c, err := d.caller(ctx, OpListCollaborations)
	if err != nil {
		return nil, "", err
	}
	f := store.CollaborationFilter{Limit: q.Limit + 1}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.AfterAt, f.AfterID = &at, id
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if q.Mine {
			f.Of = &c.Person.ID
			if f.Teams, err = teamsOf(ctx, tx, c.Vendor.Settings, c.Person.ID); err != nil {
				return err
			}
		}
		rows, err := tx.Waiting(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(last.AskedAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		list, err = d.viewCollaborations(ctx, tx, c, rows)
		return err
	})
}

// Collaboration is one question to colleagues; for staff.
func (d *Desk) Collaboration(ctx context.Context, id uuid.UUID) (v CollaborationView, err error) {
	c, err := d.caller(ctx, OpListCollaborations)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		v, err = d.viewCollaboration(ctx, tx, c, id)
		return err
	})
}

// teamsOf are the codes of the pack's teams that somebody belongs to.
func teamsOf(ctx context.Context, tx *store.Tx, s policy.Settings, person uuid.UUID) (codes []string, err error) {
	for _, t := range s.Teams() {
		people, err := tx.TeamPeople(ctx, t.Code, t.Roles)
		if err != nil {
			return nil, err
		}
		if slices.Contains(people, person) {
			codes = append(codes, t.Code)
		}
	}
	return codes, nil
}

// viewCollaborations reads what belongs to questions.
func (d *Desk) viewCollaborations(ctx context.Context, tx *store.Tx, c Caller, rows []store.Collaboration) (list []CollaborationView, err error) {
	tickets, people := make([]uuid.UUID, 0, len(rows)), make([]uuid.UUID, 0, 3*len(rows))
	for _, r := range rows {
		tickets, people = append(tickets, r.TicketID), append(people, r.AskedBy)
		for _, id := range []*uuid.UUID{r.PersonID, r.EndedBy} {
			if id != nil {
				people = append(people, *id)
			}
		}
	}
	found, err := tx.TicketsWith(ctx, tickets)
	if err != nil {
		return nil, err
	}
	named, err := tx.PeopleWith(ctx, people)
	if err != nil {
		return nil, err
	}
	names := map[uuid.UUID]string{}
	for _, p := range named {
		names[p.ID] = p.Name
	}
	for _, r := range rows {
		v := CollaborationView{Row: r, Names: names, MayTakeBack: mayTakeBack(c, r)}
		if i := slices.IndexFunc(found, func(t store.Ticket) bool { return t.ID == r.TicketID }); i >= 0 {
			v.Ticket = found[i]
		}
		if v.MayAnswer, err = d.mayAnswer(ctx, tx, c, r); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// mayAnswer says whether a question waits for the caller: they are asked, belong
// to the team that is, or manage.
func (d *Desk) mayAnswer(ctx context.Context, tx *store.Tx, c Caller, r store.Collaboration) (bool, error) {
	switch {
	case r.State.Ended(), c.Reach(OpAnswerColleague) == Nothing:
		return false, nil
	case c.holds(RoleManager), r.PersonID != nil && *r.PersonID == c.Person.ID:
		return true, nil
	case r.Team == "":
		return false, nil
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, r.PolicyVersion)
	if err != nil {
		return false, err
	}
	to, _ := pinned.Settings.PlacedIn(r.Team)
	people, err := tx.TeamPeople(ctx, r.Team, to.Team.Roles)
	return slices.Contains(people, c.Person.ID), err
}

func mayTakeBack(c Caller, r store.Collaboration) bool {
	return !r.State.Ended() && c.Reach(OpTakeQuestionBack) != Nothing && (r.AskedBy == c.Person.ID || c.holds(RoleManager))
}

// findCollaboration is the question staff name; NotFound when it is missing or
// the caller is no staff, Forbidden when the operation is not theirs. Its
// ticket's row is locked.
func (d *Desk) findCollaboration(ctx context.Context, tx *store.Tx, c Caller, op Operation, id uuid.UUID) (r store.Collaboration, t store.Ticket, err error) {
	if r, err = tx.Collaboration(ctx, id); err != nil {
		return r, t, err
	}
	if !c.Staff() && !c.unchecked {
		return r, t, problem.Missing()
	}
	if err := c.allow(op); err != nil {
		return r, t, err
	}
	if t, err = tx.LockTicket(ctx, r.TicketID); err != nil {
		return r, t, err
	}
	noteTicket(ctx, t)
	r, err = tx.Collaboration(ctx, id)
	return r, t, err
}

// askableTeams are those the pack lets be brought in; none without a word of it.
func askableTeams(s policy.Settings) (teams []policy.Team) {
	if s.Pack == nil || s.Pack.Collaboration == nil {
		return nil
	}
	for _, t := range s.Teams() {
		if slices.Contains(s.Pack.Collaboration.Teams, t.Code) {
			teams = append(teams, t)
		}
	}
	return teams
}

// asked adds to a ticket's view, for staff, what colleagues were asked; some:
// they were.
func (d *Desk) asked(ctx context.Context, tx *store.Tx, c Caller, v *TicketView, some bool) error {
	if !some || !c.Staff() {
		return nil
	}
	rows, err := tx.CollaborationsOf(ctx, v.Row.ID)
	if err == nil {
		v.Collaborations, err = d.viewCollaborations(ctx, tx, c, rows)
	}
	return err
}

// Waits says whether the question is open.
func (v CollaborationView) Waits() bool { return v.Row.State == collaboration.Open }
