package desk

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// reviewDeed is one thing somebody does to a review, before it is checked.
type reviewDeed struct {
	action  qa.Action
	ref     string // by uuid or number
	key     string // idempotency key of the caller
	text    string
	verdict *VerdictInput
	person  *uuid.UUID // with ActReassign; nil: its team finds somebody
}

// BeginReview begins a review; nobody's becomes the caller's.
func (d *Desk) BeginReview(ctx context.Context, key, ref string) (QAReviewView, error) {
	return d.doReview(ctx, reviewDeed{action: qa.ActBegin, ref: ref, key: key})
}

// VerdictInput is what quality assurance has found.
type VerdictInput struct {
	Verdict   qa.Verdict
	Text      string     // what was tried, needed for NotReproducible; and what is to be said
	ReleaseID *uuid.UUID // with SolvedIn
	Dev       string     // with Known: the dev ticket, by uuid or number
	Title     string     // with New, of the dev ticket
	Body      string
}

// GiveVerdict ends a review: the ticket is its assignee's again.
func (d *Desk) GiveVerdict(ctx context.Context, key, ref string, in VerdictInput) (QAReviewView, error) {
	return d.doReview(ctx, reviewDeed{action: qa.ActVerdict, ref: ref, key: key, text: in.Text, verdict: &in})
}

// UndoVerdict takes the ticket off the dev ticket it was found to be known as:
// within UndoFor, and where nobody has been told.
func (d *Desk) UndoVerdict(ctx context.Context, key, ref string) (QAReviewView, error) {
	return d.doReview(ctx, reviewDeed{action: qa.ActUndo, ref: ref, key: key})
}

// ReassignReview gives a review to another member of staff; nil: its team finds
// one.
func (d *Desk) ReassignReview(ctx context.Context, key, ref string, person *uuid.UUID, reason string) (QAReviewView, error) {
	return d.doReview(ctx, reviewDeed{action: qa.ActReassign, ref: ref, key: key, text: reason, person: person})
}

// AskFromReview asks the customer something, on the ticket: it waits for them,
// and the review with it.
func (d *Desk) AskFromReview(ctx context.Context, key, ref, question string, files []uuid.UUID) (v QAReviewView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	var r store.QAReview
	if err := d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, _, err = d.findReview(ctx, tx, c, OpAskFromReview, ref)
		if err == nil && r.State.Ended() {
			e := problem.New(problem.Conflict, "action_out_of_order", problem.Args{"action": string(ticket.ActAskInformation), "number": r.Number})
			e.Data = map[string]any{"state": string(r.State), "possible": d.possibleReview(c, r)}
			return e
		}
		return err
	}); err != nil {
		return v, err
	}
	if _, err := d.do(ctx, deed{action: ticket.ActAskInformation, op: OpAskFromReview, ref: r.TicketID.String(), key: key, text: &question, textMin: 1, files: files}); err != nil {
		return v, err
	}
	return d.QAReview(ctx, r.ID.String())
}

// doReview checks a deed, keeps what was written, has the review's workflow do it
// and answers with the review as it is then. A repeat of a key whose command is
// committed never reaches the engine.
func (d *Desk) doReview(ctx context.Context, in reviewDeed) (v QAReviewView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	var command qa.Command
	var id uuid.UUID
	var done bool
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, t, err := d.findReview(ctx, tx, c, reviewOperation[in.action], in.ref)
		if err != nil {
			return err
		}
		id = r.ID
		if command, done, err = d.receiveReview(ctx, tx, c, r, in); err == nil && done {
			v, err = d.viewReview(ctx, tx, c, r, t)
		}
		return err
	})
	if err != nil || done {
		return v, err
	}
	refused := d.Engine.ActReview(ctx, c.Vendor.ID.String(), id.String(), command)
	err = d.Store.In(context.WithoutCancel(ctx), c.Vendor.ID, func(tx *store.Tx) error {
		err := confirmed(ctx, tx, command.Key, refused)
		r, missing := tx.QAReview(ctx, id)
		if err != nil {
			return overtaken(err, missing == nil && qa.Over(r.Snapshot(), d.Now()), func() error {
				_, err := qa.Decide(r.Snapshot(), command, d.Now())
				return err
			})
		}
		if missing != nil {
			return missing
		}
		t, err := tx.Ticket(ctx, r.TicketID)
		if err == nil {
			v, err = d.viewReview(ctx, tx, c, r, t)
		}
		return err
	})
	return v, afterwards(err)
}

// confirmed is what the engine's answer comes to: when it gives none the command
// is looked at once more, since what is committed is known, whoever forgot it.
func confirmed(ctx context.Context, tx *store.Tx, key string, refused error) error {
	if refused == nil {
		return tx.Confirm(ctx, key)
	}
	if found, err := tx.Command(ctx, key); err != nil || found.CommittedAt == nil {
		return refused
	}
	return nil
}

// receiveReview keeps what was written under the command's key and checks the
// deed against the row; done means the same command was committed before.
func (d *Desk) receiveReview(ctx context.Context, tx *store.Tx, c Caller, r store.QAReview, in reviewDeed) (command qa.Command, done bool, err error) {
	command = qa.Command{
		Key: c.Key(string(in.action), r.ID.String(), in.key), Action: in.action, Actor: c.Actor(), Assignee: textOf(in.person), Seen: r.Version,
	}
	written := qa.Written{Text: clean(in.text)}
	var wrong problem.Fields
	if in.verdict != nil {
		if err := verdictOf(ctx, tx, in.verdict, &command, &written, &wrong); err != nil {
			return command, false, err
		}
	}
	hash, err := bodyHash([]any{written, command.Assignee, command.Verdict, command.Release, command.Dev})
	if err != nil {
		return command, false, err
	}
	written.Channel, written.IP = c.channel(), OriginFrom(ctx).IP
	body, err := json.Marshal(written)
	if err != nil {
		return command, false, err
	}
	received, err := tx.Receive(ctx, store.Command{
		Key: command.Key, TicketID: &r.TicketID, WorkKind: store.WorkReview, WorkID: &r.ID, ActorID: &c.Person.ID, Action: string(in.action),
		Body: body, BodyHash: hash, ReceivedAt: d.Now(), BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP,
	})
	if err != nil || received.CommittedAt != nil {
		return command, received.CommittedAt != nil, err
	}
	checkText(&wrong, "text", &written.Text, 0, BodyMax)
	if in.person != nil {
		if err := checkReviewer(ctx, tx, *in.person, &wrong); err != nil {
			return command, false, err
		}
	}
	if err := wrong.Err(); err != nil {
		return command, false, err
	}
	// The row is the truth: what it does not allow is refused here, also while
	// the engine is away. The workflow decides again.
	_, err = qa.Decide(r.Snapshot(), command, d.Now())
	return command, false, err
}

// verdictOf parts a verdict into codes, which go through the engine, and what was
// written, which does not, and names every wrong field.
func verdictOf(ctx context.Context, tx *store.Tx, in *VerdictInput, command *qa.Command, written *qa.Written, wrong *problem.Fields) error {
	command.Verdict = in.Verdict
	switch in.Verdict {
	case qa.NotReproducible:
		checkText(wrong, "text", &in.Text, 1, BodyMax)
	case qa.SolvedIn:
		command.Release = textOf(in.ReleaseID)
		if in.ReleaseID == nil {
			wrong.Add("release_id", "field_empty", nil)
			return nil
		}
		_, err := tx.Release(ctx, *in.ReleaseID)
		if problem.CodeOf(err) == problem.NotFound {
			wrong.Add("release_id", "release_unknown", nil)
			return nil
		}
		return err
	case qa.Known:
		dev, err := findDev(ctx, tx, in.Dev)
		if problem.CodeOf(err) == problem.NotFound {
			wrong.Add("dev_ticket", "dev_unknown", nil)
			return nil
		}
		command.Dev = dev.ID.String()
		return err
	case qa.New:
		checkText(wrong, "title", &in.Title, TitleMin, TitleMax)
		checkText(wrong, "body", &in.Body, 0, BodyMax)
		written.Title, written.Body = in.Title, in.Body
	default:
		wrong.Add("verdict", "field_not_a_choice", problem.Args{"choices": qa.Verdicts})
	}
	return nil
}

func checkReviewer(ctx context.Context, tx *store.Tx, id uuid.UUID, wrong *problem.Fields) error {
	person, err := tx.Person(ctx, id)
	if err != nil && problem.CodeOf(err) != problem.NotFound {
		return err
	}
	if err != nil || !person.Active || (Caller{Person: person}).Reach(OpBeginReview) == Nothing {
		wrong.Add("assignee_id", "assignee_unknown", nil)
	}
	return nil
}

// Reviewers are the members of staff a review can be given to, by name.
func (d *Desk) Reviewers(ctx context.Context) ([]store.Person, error) {
	return d.activeStaff(ctx, func(p store.Person) bool { return (Caller{Person: p}).Reach(OpBeginReview) != Nothing })
}
