package desk

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
)

// HoldTime is how long a reply of staff waits before it leaves: so long its
// writer may take it back. Questions and answers move the ticket and its
// clocks at once; they are not held.
const HoldTime = 20 * time.Second

// Reply is Comment by staff, held for HoldTime: until then the customer's side
// neither sees it nor is mailed, and CancelReply undoes it. Forbidden to the
// customer's side.
func (d *Desk) Reply(ctx context.Context, key, ref, text string, files []uuid.UUID) (CommentView, error) {
	return d.say(ctx, OpReply, utterance{key: key, ref: ref, text: text, files: files, public: true, hold: HoldTime})
}

// CancelReply takes a reply of the caller's own back while it is held: the
// comment and its mails are gone, its text is in their draft again (before
// what they have begun since), its files are named there, and the history says
// that a reply was cancelled. An acknowledgement that was the reply's is undone
// with it. Conflict "reply_has_left" when it is too late.
func (d *Desk) CancelReply(ctx context.Context, key, ref string, reply uuid.UUID) error {
	c, err := d.someone(ctx)
	if err != nil {
		return err
	}
	if key == "" {
		key = uuid.NewString()
	}
	return d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpCancelReply, ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		version := row.Version
		w := write{action: string(OpCancelReply), ticket: &row.ID, key: key, body: reply}
		_, before, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			return reply, d.takeBack(ctx, tx, c, &row, reply)
		})
		if err != nil || before || row.Version == version {
			return err
		}
		// The workflow may know of the acknowledgement: it has to read the row.
		return tx.Unconfirm(ctx, c.Key(w.action, row.ID.String(), key), row.Version)
	})
}

func (d *Desk) takeBack(ctx context.Context, tx *store.Tx, c Caller, row *store.Ticket, reply uuid.UUID) error {
	var said CommentView
	if err := readComment(ctx, tx, reply, row.ID, &said); err != nil {
		return err
	}
	switch {
	case said.TicketID != row.ID || !said.Public:
		return problem.Missing()
	case said.AuthorID != c.Person.ID:
		return problem.New(problem.Forbidden, "reply_not_yours", nil)
	}
	done, err := tx.TakeBack(ctx, reply)
	if err != nil {
		return err
	}
	if !done {
		return problem.New(problem.Conflict, "reply_has_left", nil)
	}
	if err := d.unsay(ctx, tx, row, said.At); err != nil {
		return err
	}
	data, err := json.Marshal(map[string]any{"comment_id": reply})
	if err != nil {
		return err
	}
	if err := tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: "reply_cancelled", ActorID: &c.Person.ID, At: d.Now(), Data: data,
	}); err != nil {
		return err
	}
	return d.redraft(ctx, tx, c, row.ID, said)
}

// unsay undoes what a reply has stopped: the ticket is acknowledged and answered
// by what staff have done and said besides, or not at all.
func (d *Desk) unsay(ctx context.Context, tx *store.Tx, row *store.Ticket, at time.Time) error {
	acted, err := tx.FirstStaffAct(ctx, row.ID)
	if err != nil {
		return err
	}
	spoke, err := tx.FirstStaffWord(ctx, row.ID)
	if err != nil || !promise.Unsaid(row, at, acted, spoke) {
		return err
	}
	row.UpdatedAt = d.Now()
	row.Version++
	return tx.UpdateTicket(ctx, *row)
}

// redraft puts what was taken back into its writer's draft of a reply.
func (d *Desk) redraft(ctx context.Context, tx *store.Tx, c Caller, about uuid.UUID, said CommentView) error {
	fields := map[string]string{"text": said.Body}
	drafts, err := tx.Drafts(ctx, c.Person.ID, about.String())
	if err != nil {
		return err
	}
	for _, draft := range drafts {
		begun := map[string]string{}
		if draft.Kind == "reply" && json.Unmarshal(draft.Body, &begun) == nil && strings.TrimSpace(begun["text"]) != "" {
			fields["text"] += "\n\n" + begun["text"]
		}
	}
	var files []string
	for _, f := range said.Files {
		files = append(files, f.ID.String())
	}
	if len(files) > 0 {
		fields["files"] = strings.Join(files, " ")
	}
	body, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	_, err = tx.KeepDraft(ctx, c.Person.ID, store.Draft{About: about.String(), Kind: "reply", Body: body, UpdatedAt: d.Now()})
	return err
}
