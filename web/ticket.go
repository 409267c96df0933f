package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// ticketView is a ticket's page, for either side.
type ticketView struct {
	desk.TicketView
	Steps      []step
	Comments   []desk.CommentView
	Events     []store.Event
	Drafts     map[string]map[string]string
	Kept       map[string][]store.File // files of drafts, by kind
	Read       desk.Read               // how far the reader has read with this page
	AsOf       time.Time
	Since      time.Time          // since when it stands as it does
	Asked      string             // the question or answer the customer's side is at
	Changed    []desk.CommentView // what others have said while the reader wrote; nil for a fresh page
	Earlier    bool               // more was said before the comments shown
	Candidates []store.Person     // whom the reader can choose to watch it
}

// May says whether the reader may do something now.
func (v ticketView) May(action string) bool {
	for _, a := range v.Possible {
		if string(a) == action {
			return true
		}
	}
	return false
}

// Checks says whether the reader is asked if what was shipped solves it: that
// is the way to take it up again then.
func (v ticketView) Checks() bool {
	return slices.ContainsFunc(v.Devs, func(d desk.TicketDevView) bool { return d.MayCheck })
}

// How much of a conversation a page shows, the newest of it: so much, or more
// when the reader asks for what was said earlier.
const (
	commentsMax = 200
	earlierMax  = 2000
)

// readTicket reads everything a ticket's page shows.
func (q *request) readTicket(ref string) (v ticketView, err error) {
	ctx, d := q.Request().Context(), q.site.desk
	if v.TicketView, err = d.Ticket(ctx, ref); err != nil {
		return v, err
	}
	q.vendor.Settings = *v.Settings // the page is about this ticket, and says what its version of the pack does
	id := v.Row.ID.String()
	limit := commentsMax
	if q.QueryParam("earlier") != "" {
		limit = earlierMax
	}
	if v.Comments, v.Earlier, err = d.LatestComments(ctx, id, limit); err != nil {
		return v, err
	}
	if v.Events, err = q.history(ctx, id); err != nil {
		return v, err
	}
	if !v.Watching && q.caller.Reach(desk.OpListContacts) != desk.Nothing {
		if v.Candidates, err = d.Candidates(ctx, id); err != nil {
			return v, err
		}
	}
	if v.Drafts, err = d.Drafts(ctx, id); err != nil {
		return v, err
	}
	v.Kept = map[string][]store.File{}
	for kind, draft := range v.Drafts {
		if v.Kept[kind], err = d.DraftFiles(ctx, draft); err != nil {
			return v, err
		}
	}
	v.AsOf, v.Since = d.Now(), standsSince(v.TicketView, v.Events)
	v.Steps = pathWith(pathOf(v.Row, v.Events), v)
	v.Read.Version, v.Read.Watchers = v.Row.Version, desk.MarkOf(v.Row.Watchers)
	for _, c := range v.Comments {
		v.Read.Comment = c.ID
		if c.Kind == "question" || c.Kind == "answer" {
			v.Asked = c.Body
		}
	}
	return v, nil
}

// standsSince is since when a ticket stands as it does. Where its service request waits
// for the customer, that has begun with what was asked last.
func standsSince(v desk.TicketView, events []store.Event) time.Time {
	if v.Row.State == ticket.WaitingForCustomer && decidedElsewhere(v.Row) && len(v.Services) > 0 && v.Services[0].WaitingSince != nil {
		return *v.Services[0].WaitingSince
	}
	at, state := v.Row.RegisteredAt, string(ticket.Registered)
	for _, e := range events {
		if to := field(e.Data, "to"); to != "" && to != state {
			at, state = e.At, to
		}
	}
	return at
}

// history is what happened to a ticket, oldest first.
func (q *request) history(ctx context.Context, ref string) (all []store.Event, err error) {
	for after := int64(0); ; {
		events, more, err := q.site.desk.History(ctx, ref, after, commentsMax)
		if err != nil {
			return nil, err
		}
		all = append(all, events...)
		if !more || len(all) >= earlierMax {
			return all, nil
		}
		after = all[len(all)-1].ID
	}
}

// field is a text of an event's data.
func field(data json.RawMessage, name string) string {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return ""
	}
	s, _ := fields[name].(string)
	return s
}

// wholeIn is a whole number of an event's data, as a person reads it; "" for none.
func wholeIn(data json.RawMessage, name string) string {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil || fields[name] == nil {
		return ""
	}
	return fmt.Sprint(fields[name])
}

// ticketPage shows a ticket to the customer's side.
func ticketPage(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console/tickets/" + q.Param("ticket"))
	}
	v, err := q.readTicket(q.Param("ticket"))
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "ticket", "ticket_title", v, "number", v.Row.Number, "title", v.Row.Title)
}

func comment(q *request) error {
	return q.write("reply", "comment_sent", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.Comment(ctx, key, ref, text, files)
		return err
	})
}

func giveInformation(q *request) error {
	return q.write("information", "information_sent", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.GiveInformation(ctx, key, ref, text, files)
		return err
	})
}

func reopen(q *request) error {
	return q.write("reopening", "reopened", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.Reopen(ctx, key, ref, text, files)
		return err
	})
}

func withdraw(q *request) error {
	return q.write("", "withdrawn", func(ctx context.Context, key, ref, text string, _ []uuid.UUID) error {
		_, err := q.site.desk.Withdraw(ctx, key, ref, text)
		return err
	})
}

// write is a form that says something on a ticket: files first, then the
// words, under one key. When it is refused the page comes back with the text
// kept, and with what has changed meanwhile if that is why.
func (q *request) write(draft, done string, say func(ctx context.Context, key, ref, text string, files []uuid.UUID) error) error {
	ctx, ref := q.Request().Context(), q.Param("ticket")
	files, err := q.uploads(ctx, "files")
	if err == nil {
		err = say(q.withRead(ctx), q.formKey(), ref, q.text("text"), files)
	}
	if err != nil {
		return q.refused(err, draft, ref, files)
	}
	if draft != "" {
		if err := q.site.desk.DropDraft(ctx, ref, draft); err != nil {
			return err
		}
	}
	return q.seeOther(q.ticketDone(ref, done))
}

// ticketDone is a ticket's page once something is done there, in the place of
// the queue the reader came from.
func (q *request) ticketDone(ref, done string) string {
	values := placeIn(q.QueryParams()).values()
	values.Set("done", done)
	return q.ticketPath(ref) + query(values) + "#latest"
}

// ticketPath is a ticket's page on the reader's side of the desk.
func (q *request) ticketPath(ref string) string {
	if q.caller.Staff() {
		return "/console/tickets/" + ref
	}
	return "/tickets/" + ref
}

// withRead says how far the writer had read, as the form tells.
func (q *request) withRead(ctx context.Context) context.Context {
	form := q.Request().PostForm
	if !form.Has("read_version") {
		return ctx
	}
	read := readMark(form.Get("read_version"), form.Get("read_comment"))
	read.Watchers = form.Get("read_watchers")
	return desk.WithRead(ctx, read)
}

// readMark is how far somebody had read, as a page of ours wrote it; anything
// else is nothing read.
func readMark(version, comment string) (r desk.Read) {
	r.Version, _ = strconv.ParseInt(version, 10, 64) // 0 when it is none
	if id := idOf(comment); id != nil {
		r.Comment = *id
	}
	return r
}

// refused shows the ticket's page again with what was typed, which is kept as
// a draft too.
func (q *request) refused(wrong error, draft, ref string, files []uuid.UUID) error {
	e, ok := problem.As(wrong)
	if !ok || e.Code == problem.Forbidden || e.Code == problem.NotFound {
		return wrong // nothing to mend on the form
	}
	ctx := q.Request().Context()
	v, err := q.readTicket(ref)
	if err != nil {
		return err
	}
	if slices.Contains(desk.DraftKinds, draft) && q.text("text") != "" {
		kept := map[string]string{"text": q.text("text")}
		for _, f := range files {
			kept["files"] += " " + f.String()
		}
		if err := q.site.desk.KeepDraft(ctx, ref, draft, kept); err != nil {
			return err
		}
	}
	if e.Key == "changed_while_writing" {
		v.Changed = since(v.Comments, q.Request().PostForm.Get("read_comment"))
	}
	for _, f := range files {
		q.Request().PostForm.Add("file", f.String())
	}
	q.proposePath(e)
	q.Request().PostForm.Set("form", draft)
	if q.caller.Staff() {
		return q.refusedWorkbench(e, v)
	}
	return q.showForm(e, "ticket", "ticket_title", v, "number", v.Row.Number, "title", v.Row.Title)
}

// since are the comments after the one last read.
func since(all []desk.CommentView, read string) []desk.CommentView {
	for i, c := range all {
		if c.ID.String() == read {
			return all[i+1:]
		}
	}
	return all
}

// keepDraft keeps what somebody is writing.
func keepDraft(q *request) error {
	fields := map[string]string{}
	for name, values := range q.Request().PostForm {
		switch name {
		case "form_token", "form_key", "about", "kind", "read_version", "read_comment", "read_watchers":
		case "file":
			fields["files"] = strings.Join(values, " ")
		default:
			fields[name] = values[0]
		}
	}
	if err := q.site.desk.KeepDraft(q.Request().Context(), q.text("about"), q.text("kind"), fields); err != nil {
		return err
	}
	return q.NoContent(http.StatusNoContent)
}
