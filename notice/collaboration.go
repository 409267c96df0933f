package notice

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// ColleagueAsked tells who is asked something about the ticket; nobody else is
// ever told of it.
func (a About) ColleagueAsked(ctx context.Context, tx *store.Tx, r store.Collaboration) error {
	to, err := a.asked(ctx, tx, r)
	if err != nil {
		return err
	}
	return a.colleagues(ctx, tx, mail.ColleagueAsked, r, to, r.AskedBy, r.Question, r.AskedAt)
}

// ColleagueReminded tells who is asked and who asks that the answer is due.
func (a About) ColleagueReminded(ctx context.Context, tx *store.Tx, r store.Collaboration, at time.Time) error {
	to, err := a.asked(ctx, tx, r)
	if err != nil {
		return err
	}
	if !slices.Contains(to, r.AskedBy) {
		to = append(to, r.AskedBy)
	}
	name, err := tx.PersonName(ctx, r.AskedBy)
	if err != nil {
		return err
	}
	return a.Tell(ctx, tx, mail.ColleagueReminded, r.ID.String(), to, nil, at, a.inside(r, name, r.Question))
}

// ColleagueAnswered tells who asked what the answer is.
func (a About) ColleagueAnswered(ctx context.Context, tx *store.Tx, r store.Collaboration, by uuid.UUID, at time.Time) error {
	return a.colleagues(ctx, tx, mail.ColleagueAnswered, r, []uuid.UUID{r.AskedBy}, by, r.Answer, at)
}

func (a About) colleagues(ctx context.Context, tx *store.Tx, kind mail.Kind, r store.Collaboration, to []uuid.UUID, by uuid.UUID, text string, at time.Time) error {
	name, err := tx.PersonName(ctx, by)
	if err != nil {
		return err
	}
	return a.Tell(ctx, tx, kind, r.ID.String(), to, &by, at, a.inside(r, name, text))
}

// inside fills in what colleagues tell each other.
func (a About) inside(r store.Collaboration, actor, text string) func(*mail.Notice) {
	return func(n *mail.Notice) {
		n.Actor, n.Text, n.Due = actor, text, r.DueAt
		if a.Vendor.Portal != "" {
			n.URL = a.Vendor.Portal + "/console/tickets/" + a.Ticket.Number + "#asked-" + r.ID.String()
		}
	}
}

// asked are the people a question is put to: one person, or those of a team.
func (a About) asked(ctx context.Context, tx *store.Tx, r store.Collaboration) ([]uuid.UUID, error) {
	if r.PersonID != nil {
		return []uuid.UUID{*r.PersonID}, nil
	}
	to, _ := a.Vendor.Settings.PlacedIn(r.Team)
	return tx.TeamPeople(ctx, r.Team, to.Team.Roles)
}
