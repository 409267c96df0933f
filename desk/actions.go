package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// operationOf names the permission of each human action.
var operationOf = map[ticket.Action]Operation{
	ticket.ActTriage:          OpTriage,
	ticket.ActStart:           OpStart,
	ticket.ActAskInformation:  OpAskInformation,
	ticket.ActGiveInformation: OpGiveInformation,
	ticket.ActAnswer:          OpAnswer,
	ticket.ActClose:           OpClose,
	ticket.ActReassign:        OpReassign,
	ticket.ActWithdraw:        OpWithdraw,
	ticket.ActReopen:          OpReopen,
	ticket.ActMerge:           OpMerge,
	ticket.ActUnmerge:         OpUnmerge,
}

// deed is one human action on one ticket, before it is checked.
type deed struct {
	action  ticket.Action
	ref     string // ticket, by uuid or number
	key     string // idempotency key of the caller
	text    *string
	textMin int // 0: the text may be missing
	files   []uuid.UUID
	triage  *TriageInput
	person  uuid.UUID  // new assignee, with ActReassign
	team    string     // with ActReassign: a team of the pack instead
	free    bool       // with ActReassign: only while nobody has the ticket
	op      Operation  // where it is another one than the action's
	release *uuid.UUID // with ActAskInformation: the customer is asked to upgrade to it
	// authority is what ActAskInformation asks for; nil: information.
	authority *AuthorityInput
	target    string     // with ActMerge: the other ticket, by uuid or number
	into      *uuid.UUID // the other ticket of a merge or its undoing, once it is found
}

// name tells the deed from others in the key it is done under.
func (in deed) name() string {
	if in.authority != nil {
		return string(OpAskAuthority)
	}
	return string(in.action)
}

// operation is the permission a deed needs.
func (in deed) operation() Operation {
	if in.authority != nil {
		return OpAskAuthority
	}
	return cmp.Or(in.op, operationOf[in.action])
}

// TriageInput is what staff decide about a request.
type TriageInput struct {
	Reason         string
	Level          int // 0: that of the path
	Severity       string
	SeverityReason string     // needed when Severity is not the customer's
	Path           string     // "": that of the reason
	OtherPath      bool       // Path is meant though the reason has another one
	ScopeReason    string     // why it is outside the support scope, where Path says so: customers read it
	AssigneeID     *uuid.UUID // nil: where the path belongs to another team than has the ticket, that team's; else the caller
}

// Triage decides reason, level, severity, path and assignee.
func (d *Desk) Triage(ctx context.Context, key, ref string, in TriageInput) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActTriage, ref: ref, key: key, triage: &in})
}

// Start begins work on a triaged ticket; its assignee's.
func (d *Desk) Start(ctx context.Context, key, ref string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActStart, ref: ref, key: key})
}

// AskInformation asks the customer something and waits for them.
func (d *Desk) AskInformation(ctx context.Context, key, ref, question string, files []uuid.UUID) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActAskInformation, ref: ref, key: key, text: &question, textMin: 1, files: files})
}

// GiveInformation answers what the customer was asked and ends the wait.
func (d *Desk) GiveInformation(ctx context.Context, key, ref, text string, files []uuid.UUID) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActGiveInformation, ref: ref, key: key, text: &text, textMin: 1, files: files})
}

// Answer gives the customer the answer. Where the vendor says so, it closes
// the ticket too.
func (d *Desk) Answer(ctx context.Context, key, ref, text string, files []uuid.UUID) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActAnswer, ref: ref, key: key, text: &text, textMin: 1, files: files})
}

// Close closes an answered ticket; its assignee's.
func (d *Desk) Close(ctx context.Context, key, ref string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActClose, ref: ref, key: key})
}

// Withdraw takes a request back; its requester's.
func (d *Desk) Withdraw(ctx context.Context, key, ref, reason string) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActWithdraw, ref: ref, key: key, text: &reason})
}

// Reopen says that the answer did not solve it; while the ticket is answered,
// or closed and within the vendor's window.
func (d *Desk) Reopen(ctx context.Context, key, ref, reason string, files []uuid.UUID) (TicketView, error) {
	return d.do(ctx, deed{action: ticket.ActReopen, ref: ref, key: key, text: &reason, textMin: 1, files: files})
}

// do checks a deed, keeps what was written, has the ticket's workflow do it
// and answers with the ticket as it is then. A repeat of a key whose command
// is committed never reaches the engine.
func (d *Desk) do(ctx context.Context, in deed) (v TicketView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	var row store.Ticket
	var command ticket.Command
	var done bool
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if row, err = d.find(ctx, tx, c, in.operation(), in.ref); err != nil {
			return err
		}
		if c.Vendor, err = tx.Pinned(ctx, c.Vendor, row.PolicyVersion); err != nil {
			return err
		}
		if in.triage != nil {
			in.triage.propose(c.Vendor.Settings, row)
		}
		if err := in.nameRelease(ctx, tx); err != nil {
			return err
		}
		if err := in.aim(ctx, tx, d, c, row); err != nil {
			return err
		}
		if command, done, err = d.receive(ctx, tx, c, row, in); err != nil || !done {
			return err
		}
		if row, err = tx.Ticket(ctx, row.ID); err == nil { // the first may have been committed while this one waited for it
			v, err = d.view(ctx, tx, c, row)
		}
		return err
	})
	if err != nil || done {
		return v, err
	}
	return d.act(ctx, c, row.ID, command)
}

// receive keeps what was written under the command's key and checks the deed
// against the row; done means the same command was committed before, whatever
// the row would say to it now.
func (d *Desk) receive(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in deed) (command ticket.Command, done bool, err error) {
	command, written, err := in.split(c, row)
	if err != nil {
		return command, false, err
	}
	body, err := json.Marshal(written)
	if err != nil {
		return command, false, err
	}
	said := []any{written, command.Triage, cmp.Or(command.Assignee, command.Team)}
	if in.action == ticket.ActMerge {
		said = append(said, command.Target)
	}
	hash, err := bodyHash(said)
	if err != nil {
		return command, false, err
	}
	received, err := tx.Receive(ctx, store.Command{
		Key: command.Key, TicketID: &row.ID, ActorID: &c.Person.ID,
		Action: in.name(), Body: body, BodyHash: hash, ReceivedAt: d.Now(),
		BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP,
	})
	if err != nil || received.CommittedAt != nil {
		return command, received.CommittedAt != nil, err
	}
	if in.action != ticket.ActUnmerge {
		if err := d.stands(ctx, tx, c, row); err != nil {
			return command, false, err
		}
	}
	if err := d.checkDeed(ctx, tx, c, row, in); err != nil {
		return command, false, err
	}
	if err := d.current(ctx, tx, c, row); err != nil {
		return command, false, err
	}
	if in.action == ticket.ActAskInformation || in.action == ticket.ActAnswer {
		if err := quotesNote(ctx, tx, row.ID, *in.text); err != nil {
			return command, false, err
		}
	}
	// The row is the truth: what it does not allow is refused here, also while
	// the engine is away. The workflow decides again.
	if _, err := ticket.Decide(row.Snapshot(c.Vendor.Settings.CloseOnAnswer), command, d.Now()); err != nil {
		return command, false, unfinished(ctx, tx, row.ID, err)
	}
	if err := in.mergeable(ctx, tx, row); err != nil {
		return command, false, err
	}
	return command, false, tx.CheckFiles(ctx, c.Person.ID, in.files)
}

// split cleans the texts and parts a deed into codes, which go through the
// engine, and what was written, which does not.
func (in deed) split(c Caller, row store.Ticket) (ticket.Command, ticket.Written, error) {
	command := ticket.Command{Key: c.Key(in.name(), row.ID.String(), in.key), Action: in.action, Actor: c.Actor(), Seen: row.Version}
	var written ticket.Written
	if in.text != nil {
		*in.text = clean(*in.text)
		written.Text = *in.text
	}
	written.Files = texts(in.files)
	if t := in.triage; t != nil {
		t.SeverityReason = clean(t.SeverityReason)
		written.SeverityReason = t.SeverityReason
		if t.ScopeReason = clean(t.ScopeReason); t.Path == service.PathOutOfScope {
			written.Text = t.ScopeReason
		}
		command.Triage = &ticket.Triage{Reason: t.Reason, Level: t.Level, Severity: t.Severity, Path: t.Path, Assignee: textOf(t.AssigneeID)}
	}
	if in.action == ticket.ActReassign {
		command.Team, command.Free = in.team, in.free
		if in.team == "" {
			command.Assignee = in.person.String()
		}
	}
	if in.into != nil {
		command.Target = in.into.String()
	}
	if in.release != nil {
		command.Waiting, written.Release = string(ticket.ForUpgrade), in.release.String()
	}
	if in.authority == nil {
		return command, written, nil
	}
	command.Waiting = string(ticket.ForAccessAuthority)
	var err error
	written.Authority, err = in.authority.written(c, row, command.Key)
	return command, written, err
}

// textOf is an id as it is written; "" for none.
func textOf(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

// texts are ids as they are written.
func texts(ids []uuid.UUID) (list []string) {
	for _, id := range ids {
		list = append(list, id.String())
	}
	return list
}

// checkDeed names every wrong field.
func (d *Desk) checkDeed(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in deed) error {
	var wrong problem.Fields
	switch {
	case in.authority != nil:
		if err := d.checkAsked(ctx, tx, c, row, in.authority, &wrong); err != nil {
			return err
		}
	case in.text != nil:
		checkText(&wrong, "text", in.text, in.textMin, BodyMax)
	}
	checkFiles(&wrong, in.files)
	if in.triage != nil {
		if err := d.checkTriage(ctx, tx, c, row, in.triage, &wrong); err != nil {
			return err
		}
	}
	if in.action == ticket.ActReassign {
		if err := checkReassigned(ctx, tx, c, in, &wrong); err != nil {
			return err
		}
	}
	return wrong.Err()
}

func (d *Desk) checkTriage(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, t *TriageInput, wrong *problem.Fields) error {
	s := c.Vendor.Settings
	checkChoice(wrong, "reason", t.Reason, s.Reasons)
	checkChoice(wrong, "severity", t.Severity, s.Severities)
	needed := 0
	if t.Severity != row.Severity {
		needed = 1
	}
	checkText(wrong, "severity_reason", &t.SeverityReason, needed, BodyMax)
	checkPath(s, row, t, wrong)
	if err := checkScope(ctx, tx, row, t, wrong); err != nil {
		return err
	}
	if t.AssigneeID == nil {
		return nil
	}
	return checkAssignee(ctx, tx, "assignee_id", *t.AssigneeID, wrong)
}

// propose fills in what the reason and the path say where nothing was said.
func (t *TriageInput) propose(s policy.Settings, row store.Ticket) {
	if t.Path == "" {
		t.Path = s.PathFor(row.Type, t.Reason)
	}
	if t.Level == 0 && t.Path != "" {
		t.Level, _ = policy.LevelOf(t.Path)
	}
}

// checkPath wants the path of the reason, unless another one is meant or was
// decided before, and the level of the path.
func checkPath(s policy.Settings, row store.Ticket, t *TriageInput, wrong *problem.Fields) {
	if !slices.Contains(s.Paths, t.Path) {
		wrong.Add("path", "field_not_a_choice", problem.Args{"choices": s.Paths})
		return
	}
	own, decided := s.PathFor(row.Type, t.Reason), row.Reason == t.Reason && row.Path == t.Path
	if own != "" && own != t.Path && !t.OtherPath && !decided {
		wrong.Add("path", "path_not_of_reason", problem.Args{"path": own})
	}
	if level, always := policy.LevelOf(t.Path); always && t.Level != level {
		wrong.Add("level", "level_not_of_path", problem.Args{"path": t.Path, "level": level})
	} else if t.Level < 1 || t.Level > 3 {
		wrong.Add("level", "field_out_of_range", problem.Args{"min": 1, "max": 3})
	}
}

// checkScope wants to know why what a ticket asks for is outside the support
// scope, in words that a customer may read.
func checkScope(ctx context.Context, tx *store.Tx, row store.Ticket, t *TriageInput, wrong *problem.Fields) error {
	if t.Path != service.PathOutOfScope {
		return nil
	}
	needed := 0
	if row.Path != t.Path {
		needed = 1
	}
	checkText(wrong, "scope_reason", &t.ScopeReason, needed, BodyMax)
	err := quotesNote(ctx, tx, row.ID, t.ScopeReason)
	if e, ok := problem.As(err); ok && e.Key == "note_quoted" {
		e.Fields[0].Path = "scope_reason"
	}
	return err
}

// act has the workflow do it, confirms, and answers with the ticket as it is
// then. When the engine gives no answer the row is asked once more: what is
// committed is known, whoever forgot it.
func (d *Desk) act(ctx context.Context, c Caller, id uuid.UUID, command ticket.Command) (v TicketView, err error) {
	refused := d.Engine.Act(ctx, c.Vendor.ID.String(), id.String(), command)
	err = d.Store.In(context.WithoutCancel(ctx), c.Vendor.ID, func(tx *store.Tx) error {
		if refused != nil {
			found, err := tx.Command(ctx, command.Key)
			if err != nil || found.CommittedAt == nil {
				return d.refused(ctx, tx, c, id, command, refused)
			}
		} else if err := tx.Confirm(ctx, command.Key); err != nil {
			return err
		}
		row, err := tx.Ticket(ctx, id)
		if err == nil {
			v, err = d.view(ctx, tx, c, row)
		}
		return err
	})
	return v, afterwards(err)
}
