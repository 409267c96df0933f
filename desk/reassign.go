package desk

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/assignment"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Receiver is who gets a ticket: a member of staff, or a team of the pack, which
// finds one of its own.
type Receiver struct {
	PersonID uuid.UUID
	Team     string // its code; then PersonID is not looked at
}

// Reassign hands a ticket to another member of staff or to a team; the reason is
// internal.
func (d *Desk) Reassign(ctx context.Context, key, ref string, to Receiver, reason string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActReassign, ref: ref, key: key, text: &reason, person: to.PersonID, team: to.Team})
}

// assignedByItself tells who got a ticket at its registration, and keeps it in
// its history.
func assignedByItself(ctx context.Context, tx *store.Tx, about notice.About) error {
	row := about.Ticket
	if row.AssigneeID == nil {
		return nil
	}
	event, err := assignment.Event(row)
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, event); err != nil {
		return err
	}
	return about.Tell(ctx, tx, mail.Assigned, row.ID.String(), notice.Assignee(row), nil, row.RegisteredAt, nil)
}

// checkReassigned wants somebody a ticket can be given to, or a team that the
// pack it is run by has.
func checkReassigned(ctx context.Context, tx *store.Tx, c Caller, in deed, wrong *problem.Fields) error {
	switch {
	case in.team == "" && in.person == uuid.Nil:
		wrong.Add("assignee_id", "field_missing", nil)
		return nil
	case in.team != "" && in.person != uuid.Nil:
		wrong.Add("team", "person_or_team", nil)
		return nil
	case in.team == "":
		return checkAssignee(ctx, tx, "assignee_id", in.person, wrong)
	}
	if _, known := c.Vendor.Settings.PlacedIn(in.team); !known {
		wrong.Add("team", "field_not_a_choice", problem.Args{"choices": teamCodes(c.Vendor.Settings)})
	}
	return nil
}

func teamCodes(s policy.Settings) []string {
	codes := []string{}
	for _, t := range s.Teams() {
		codes = append(codes, t.Code)
	}
	return codes
}

// checkAssignee wants an active member of staff who may answer tickets.
func checkAssignee(ctx context.Context, tx *store.Tx, path string, id uuid.UUID, wrong *problem.Fields) error {
	person, err := tx.Person(ctx, id)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || !person.Active || (Caller{Person: person}).Reach(OpAnswer) == Nothing {
		wrong.Add(path, "assignee_unknown", nil)
	}
	return nil
}
