package desk

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// CommentView is a comment with its files.
type CommentView struct {
	store.Comment
	Files []store.File
}

// Comment says something both sides see. While the ticket waits for the
// customer, a word from them is the information asked for and ends the wait;
// otherwise it changes no state.
func (d *Desk) Comment(ctx context.Context, key, ref, text string, files []uuid.UUID) (CommentView, error) {
	if key == "" {
		key = uuid.NewString()
	}
	v, err := d.say(ctx, OpAddComment, utterance{key: key, ref: ref, text: text, files: files, public: true})
	if err != errWaiting { //nolint:errorlint // ours, never wrapped
		return v, err
	}
	v, err = d.commentAsInformation(ctx, key, ref, text, files)
	if problem.CodeOf(err) == problem.Conflict { // the wait has ended meanwhile
		return d.say(ctx, OpAddComment, utterance{key: key, ref: ref, text: text, files: files, public: true})
	}
	return v, err
}

// Note says something only staff see. It is never mailed to the customer.
func (d *Desk) Note(ctx context.Context, key, ref, text string, files []uuid.UUID) (CommentView, error) {
	return d.say(ctx, OpAddNote, utterance{key: key, ref: ref, text: text, files: files})
}

// errWaiting: the comment is the information the ticket waits for.
var errWaiting = problem.New(problem.Conflict, "ticket_waits", nil)

// utterance is something said on a ticket that changes no state.
type utterance struct {
	key, ref string // idempotency key; ticket, by uuid or number
	text     string
	files    []uuid.UUID
	public   bool
	hold     time.Duration // before it leaves; meanwhile its writer may take it back
}

func (d *Desk) say(ctx context.Context, op Operation, u utterance) (v CommentView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	var wrong problem.Fields
	checkText(&wrong, "text", &u.text, 1, BodyMax)
	checkFiles(&wrong, u.files)
	if err := wrong.Err(); err != nil {
		return v, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, op, u.ref)
		if err != nil {
			return err
		}
		if row, err = tx.LockTicket(ctx, row.ID); err != nil {
			return err
		}
		w := write{action: string(op), ticket: &row.ID, key: u.key, body: []any{u.text, u.files}}
		comment, before, err := d.once(ctx, tx, c, w, func() (uuid.UUID, error) {
			if err := d.maySay(ctx, tx, c, row, u); err != nil {
				return uuid.Nil, err
			}
			return d.writeComment(ctx, tx, c, row, u)
		})
		if err != nil {
			return err
		}
		err = readComment(ctx, tx, comment, row.ID, &v)
		if before && problem.CodeOf(err) == problem.NotFound {
			return problem.New(problem.Conflict, "reply_cancelled", nil)
		}
		return err
	})
	return v, err
}

// maySay refuses what is written on a merged ticket, what was written without knowing what was said meanwhile,
// what is the information the ticket waits for, and what gives a note away.
func (d *Desk) maySay(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, u utterance) error {
	if err := d.stands(ctx, tx, c, row); err != nil {
		return err
	}
	if err := d.current(ctx, tx, c, row); err != nil || !u.public {
		return err
	}
	if c.Staff() {
		return quotesNote(ctx, tx, row.ID, u.text)
	}
	if !c.sight(OpAddComment).Sees(row) { // a partner's who helps: what is asked is asked of the customer
		return nil
	}
	return endsWait(ctx, tx, c, row, u.key)
}

// endsWait answers errWaiting when a word from the customer is the information
// the ticket waits for, or was when the same key came before.
func endsWait(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, key string) error {
	if row.State == ticket.WaitingForCustomer {
		return errWaiting
	}
	before, err := tx.Command(ctx, c.Key(string(ticket.ActGiveInformation), row.ID.String(), key))
	switch {
	case problem.CodeOf(err) == problem.NotFound:
		return nil
	case err == nil && before.CommittedAt != nil:
		return errWaiting
	}
	return err
}

// writeComment keeps the comment, its files, its event and its notices. The
// first public comment of staff acknowledges the ticket, and a word from the
// customer keeps an answered one from closing by itself: the row says so, and
// a timer that fires later finds it there.
func (d *Desk) writeComment(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, u utterance) (uuid.UUID, error) {
	now := d.Now()
	comment := store.Comment{ID: store.NewID(), TicketID: row.ID, AuthorID: c.Person.ID, Kind: "comment", Public: u.public, Body: u.text, At: now}
	if err := tx.InsertHeldComment(ctx, comment, u.hold); err != nil {
		return comment.ID, err
	}
	if err := tx.AttachFiles(ctx, c.Person.ID, u.files, row.ID, &comment.ID); err != nil {
		return comment.ID, err
	}
	spoken := u.public && c.Staff() && promise.Said(&row, now)
	objects := u.public && !c.Staff() && row.AutoCloseAt != nil && c.sight(OpAddComment).Sees(row) // a partner who helps is not the customer
	if spoken || objects {
		row.UpdatedAt = now
		if objects {
			row.AutoCloseAt = nil
		}
		row.Version++
		if err := tx.UpdateTicket(ctx, row); err != nil {
			return comment.ID, err
		}
	}
	data, err := json.Marshal(map[string]any{"comment_id": comment.ID})
	if err != nil {
		return comment.ID, err
	}
	kind := "comment"
	if !u.public {
		kind = "note"
	}
	if err := tx.InsertEvent(ctx, store.Event{
		TicketID: row.ID, Version: row.Version, Kind: kind, Public: u.public,
		ActorID: &c.Person.ID, At: now, Data: data,
	}); err != nil || !u.public {
		return comment.ID, err
	}
	return comment.ID, d.tellComment(ctx, tx, c, row, comment, u)
}

// tellComment decides the mails of a public comment.
func (d *Desk) tellComment(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, comment store.Comment, u utterance) error {
	names, err := tx.FileNames(ctx, texts(u.files))
	if err != nil {
		return err
	}
	about := notice.About{Vendor: c.Vendor, Ticket: row}
	if u.hold > 0 {
		about.Held = store.Held{Reply: &comment.ID, For: u.hold}
	}
	return about.Tell(ctx, tx, mail.Comment, comment.ID.String(), told(row), &c.Person.ID, comment.At, func(n *mail.Notice) {
		n.Actor, n.Text, n.Files = c.Person.Name, u.text, names
	})
}

// told are the people who get a public comment by mail, but its writer.
func told(row store.Ticket) []uuid.UUID {
	return append(notice.Customers(row), notice.Assignee(row)...)
}

func (d *Desk) commentAsInformation(ctx context.Context, key, ref, text string, files []uuid.UUID) (v CommentView, err error) {
	view, err := d.GiveInformation(ctx, key, ref, text, files)
	if err != nil {
		return v, err
	}
	c, err := d.caller(ctx, OpAddComment)
	if err != nil {
		return v, err
	}
	id := store.CommentID(view.Row.ID, c.Key(string(ticket.ActGiveInformation), view.Row.ID.String(), key))
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error { return readComment(ctx, tx, id, view.Row.ID, &v) })
}

func readComment(ctx context.Context, tx *store.Tx, id, ticketID uuid.UUID, v *CommentView) (err error) {
	if v.Comment, err = tx.Comment(ctx, id); err != nil {
		return err
	}
	files, err := tx.Files(ctx, ticketID, true)
	v.Files = of(id, files)
	return err
}

// of picks a comment's files.
func of(comment uuid.UUID, files []store.File) (list []store.File) {
	for _, f := range files {
		if f.CommentID != nil && *f.CommentID == comment {
			list = append(list, f)
		}
	}
	return list
}

// LatestComments are the last things said, oldest first, and whether more was
// said before; the customer's side sees public comments alone.
func (d *Desk) LatestComments(ctx context.Context, ref string, limit int) (list []CommentView, more bool, err error) {
	c, err := d.caller(ctx, OpListComments)
	if err != nil {
		return nil, false, err
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpListComments, ref)
		if err != nil {
			return err
		}
		comments, err := tx.LatestComments(ctx, row.ID, c.Staff(), limit+1)
		if err != nil {
			return err
		}
		if more = len(comments) > limit; more {
			comments = comments[1:]
		}
		list, err = withFiles(ctx, tx, c, row.ID, comments)
		return err
	})
	return list, more, err
}

// withFiles are comments of a ticket with their files.
func withFiles(ctx context.Context, tx *store.Tx, c Caller, id uuid.UUID, comments []store.Comment) (list []CommentView, err error) {
	files, err := tx.Files(ctx, id, c.Staff())
	for _, comment := range comments {
		list = append(list, CommentView{Comment: comment, Files: of(comment.ID, files)})
	}
	return list, err
}

// Comments lists what was said, oldest first, and the cursor of the next page;
// the customer's side sees public comments alone.
func (d *Desk) Comments(ctx context.Context, ref, after string, limit int) (list []CommentView, next string, err error) {
	c, err := d.caller(ctx, OpListComments)
	if err != nil {
		return nil, "", err
	}
	page := store.Page{Limit: limit + 1}
	if after != "" {
		if page.AfterAt, page.AfterID, err = timeCursor(after); err != nil {
			return nil, "", err
		}
	}
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		row, err := d.find(ctx, tx, c, OpListComments, ref)
		if err != nil {
			return err
		}
		comments, err := tx.Comments(ctx, row.ID, c.Staff(), page)
		if err != nil {
			return err
		}
		if len(comments) > limit {
			comments = comments[:limit]
			next = cursor(comments[limit-1].At.UTC().Format(time.RFC3339Nano), comments[limit-1].ID)
		}
		list, err = withFiles(ctx, tx, c, row.ID, comments)
		return err
	})
	return list, next, err
}
