package desk

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/collaboration"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// QuestionInput is a question to colleagues: to a team that the pack lets be
// brought in, or to one member of staff.
type QuestionInput struct {
	Team     string
	PersonID *uuid.UUID
	Text     string
}

// AskColleague asks colleagues something inside a ticket, which can't be answered
// or closed until that has ended. Conflict when the ticket is answered or over.
func (d *Desk) AskColleague(ctx context.Context, key, ref string, in QuestionInput) (v CollaborationView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.find(ctx, tx, c, OpAskColleague, ref)
		if err != nil {
			return err
		}
		if c.Vendor, err = tx.Pinned(ctx, c.Vendor, t.PolicyVersion); err != nil {
			return err
		}
		if err := checkQuestion(ctx, tx, c, &in); err != nil {
			return err
		}
		id, _, err := d.once(ctx, tx, c, write{action: string(OpAskColleague), ticket: &t.ID, key: key, body: in}, func() (uuid.UUID, error) {
			return d.askColleague(ctx, tx, c, t.ID, in)
		})
		if err != nil {
			return err
		}
		v, err = d.viewCollaboration(ctx, tx, c, id)
		return err
	})
}

func checkQuestion(ctx context.Context, tx *store.Tx, c Caller, in *QuestionInput) error {
	var wrong problem.Fields
	checkText(&wrong, "text", &in.Text, 1, BodyMax)
	switch {
	case in.PersonID != nil && in.Team == "":
		person, err := tx.Person(ctx, *in.PersonID)
		if err != nil && problem.CodeOf(err) != problem.NotFound {
			return err
		}
		if err != nil || person.OrganizationID != nil || !person.Active {
			wrong.Add("to", "staff_unknown", nil)
		}
	case in.PersonID != nil || !slices.ContainsFunc(askableTeams(c.Vendor.Settings), func(t policy.Team) bool { return t.Code == in.Team }):
		wrong.Add("to", "asked_nobody", nil)
	}
	return wrong.Err()
}

func (d *Desk) askColleague(ctx context.Context, tx *store.Tx, c Caller, ticketID uuid.UUID, in QuestionInput) (id uuid.UUID, err error) {
	t, err := tx.LockTicket(ctx, ticketID)
	if err != nil {
		return id, err
	}
	if !t.State.Open() || t.State == ticket.Answered {
		e := problem.New(problem.Conflict, "question_too_late", problem.Args{"number": t.Number})
		e.Data = map[string]any{"state": string(t.State)}
		return id, e
	}
	r := store.Collaboration{
		ID: store.NewID(), VendorID: c.Vendor.ID, TicketID: t.ID, Version: 1, State: collaboration.Open, Team: in.Team, PersonID: in.PersonID,
		Question: in.Text, AskedBy: c.Person.ID, AskedAt: d.Now(), PolicyVersion: t.PolicyVersion,
	}
	if r.DueAt, err = answerBy(c.Vendor.Settings, r.AskedAt); err != nil {
		return id, err
	}
	r.RemindAt = r.DueAt
	if err := tx.InsertCollaboration(ctx, r); err != nil {
		return id, err
	}
	if err := tx.Rehang(ctx, &t); err != nil {
		return id, err
	}
	if err := d.noteQuestion(ctx, tx, c, t, string(OpAskColleague), r); err != nil {
		return id, err
	}
	return r.ID, notice.About{Vendor: c.Vendor, Ticket: t}.ColleagueAsked(ctx, tx, r)
}

// answerBy is the target of an answer to a question asked at an instant; nil
// where the pack names none.
func answerBy(s policy.Settings, at time.Time) (*time.Time, error) {
	if s.Pack == nil || s.Pack.Collaboration == nil || s.Pack.Collaboration.Answer == (policy.Amount{}) {
		return nil, nil //nolint:nilnil // said above
	}
	due, err := s.Later(at, s.Pack.Collaboration.Answer)
	due = due.UTC()
	return &due, err
}

// AnswerColleague answers a question: Forbidden to whom it was not put, Conflict
// when it has ended.
func (d *Desk) AnswerColleague(ctx context.Context, key string, id uuid.UUID, text string) (CollaborationView, error) {
	var wrong problem.Fields
	checkText(&wrong, "text", &text, 1, BodyMax)
	return d.endQuestion(ctx, OpAnswerColleague, collaboration.ActAnswer, key, id, text, wrong.Err())
}

// TakeQuestionBack ends a question without an answer: Forbidden to whom has not
// asked it, Conflict when it has ended.
func (d *Desk) TakeQuestionBack(ctx context.Context, key string, id uuid.UUID) (CollaborationView, error) {
	return d.endQuestion(ctx, OpTakeQuestionBack, collaboration.ActTakeBack, key, id, "", nil)
}

func (d *Desk) endQuestion(ctx context.Context, op Operation, action collaboration.Action, key string, id uuid.UUID, text string, wrong error) (v CollaborationView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, t, err := d.findCollaboration(ctx, tx, c, op, id)
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		body := []any{id, text}
		if _, _, err = d.once(ctx, tx, c, write{action: string(op), ticket: &t.ID, key: key, body: body}, func() (uuid.UUID, error) {
			return id, d.ended(ctx, tx, c, t, r, action, text)
		}); err != nil {
			return err
		}
		v, err = d.viewCollaboration(ctx, tx, c, id)
		return err
	})
}

// ended writes the end of a question whose ticket is locked.
func (d *Desk) ended(ctx context.Context, tx *store.Tx, c Caller, t store.Ticket, r store.Collaboration, action collaboration.Action, text string) error {
	now := d.Now()
	decided, err := collaboration.Decide(r.Snapshot(), collaboration.Command{Action: action}, now)
	if err != nil {
		return err
	}
	may := mayTakeBack(c, r)
	if action == collaboration.ActAnswer {
		if may, err = d.mayAnswer(ctx, tx, c, r); err != nil {
			return err
		}
	}
	if !may {
		return problem.New(problem.Forbidden, "question_not_yours", nil)
	}
	r.Version++
	r.State, r.Answer, r.EndedBy, r.EndedAt, r.RemindAt = decided.To, text, &c.Person.ID, &decided.At, nil
	if err := tx.UpdateCollaboration(ctx, r); err != nil {
		return err
	}
	if err := tx.PokeWork(ctx, store.WorkCollaboration, r.ID, r.Version, &t.ID); err != nil {
		return err
	}
	if err := tx.Rehang(ctx, &t); err != nil {
		return err
	}
	if err := d.noteQuestion(ctx, tx, c, t, string(action), r); err != nil || action != collaboration.ActAnswer {
		return err
	}
	return notice.About{Vendor: c.Vendor, Ticket: t}.ColleagueAnswered(ctx, tx, r, c.Person.ID, now)
}

// noteQuestion is a line of the ticket's history, for staff alone.
func (d *Desk) noteQuestion(ctx context.Context, tx *store.Tx, c Caller, t store.Ticket, what string, r store.Collaboration) error {
	facts := map[string]any{"collaboration_id": r.ID, "asked_team": r.Team}
	if r.PersonID != nil {
		facts["asked_person"] = r.PersonID
	}
	data, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return tx.InsertEvent(ctx, store.Event{TicketID: t.ID, Version: t.Version, Kind: what, ActorID: &c.Person.ID, At: d.Now(), Data: data})
}

func (d *Desk) viewCollaboration(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID) (v CollaborationView, err error) {
	r, err := tx.Collaboration(ctx, id)
	if err != nil {
		return v, err
	}
	list, err := d.viewCollaborations(ctx, tx, c, []store.Collaboration{r})
	if err != nil {
		return v, err
	}
	return list[0], nil
}
