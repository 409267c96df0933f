package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

// workbenchView is a ticket's page for staff.
type workbenchView struct {
	ticketView
	desk.Workbench
	Place         place
	Trail         string // the place as a query, for the addresses of forms
	Before, After string // the tickets before and after it in the queue; "": none
	Deadline      ticket.Deadline
	Due           *time.Time
	Late          bool
	Leaving       []desk.CommentView // replies of the reader's own that can be taken back
	Days          []day
	Releases      []desk.ReleaseView // the customer can be asked to upgrade to; nil where they can't
	Show          string             // what the timeline shows: all, messages or decisions
	Me            uuid.UUID
	Entitlement   desk.TicketEntitlement
}

// workbench shows a ticket to staff.
func workbench(q *request) error {
	v, err := q.readTicket(q.Param("ticket"))
	if err != nil {
		return err
	}
	w, err := q.workbench(v)
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "workbench", "ticket_title", w, "number", v.Row.Number, "title", v.Row.Title)
}

// refusedWorkbench shows the page whose form was refused.
func (q *request) refusedWorkbench(wrong *problem.Error, v ticketView) error {
	w, err := q.workbench(v)
	if err != nil {
		return err
	}
	return q.showForm(wrong, "workbench", "ticket_title", w, "number", v.Row.Number, "title", v.Row.Title)
}

// workbench adds what staff alone see.
func (q *request) workbench(v ticketView) (w workbenchView, err error) {
	ctx, d := q.Request().Context(), q.site.desk
	w = workbenchView{ticketView: v, Place: placeIn(q.QueryParams()), Me: q.caller.Person.ID, Show: "all"}
	if w.Workbench, err = d.OpenWorkbench(ctx, v.Row.ID.String()); err != nil {
		return w, err
	}
	if v.Row.ContractID != nil {
		if w.Entitlement, err = d.TicketEntitlement(ctx, v.Row.ID.String()); err != nil {
			return w, err
		}
	}
	w.Trail = query(w.Place.values())
	if what, at, ok := ticket.NextDeadline(v.Row.Snapshot(false)); ok {
		w.Deadline, w.Due, w.Late = what, &at, !at.After(v.AsOf)
	}
	for _, c := range v.Comments {
		if c.Held && c.AuthorID == w.Me {
			w.Leaving = append(w.Leaving, c)
		}
	}
	if show := q.QueryParam("show"); slices.Contains(timelineShows, show) {
		w.Show = show
	}
	if w.Offers("upgrade") {
		if w.Releases, err = q.resolving(); err != nil {
			return w, err
		}
	}
	w.Days = timeline(v.Events, w.Show, q.location())
	return w, q.neighbours(&w)
}

// SolvedIn is the release that quality assurance has named last as the one that
// solves it; "" for none.
func (v workbenchView) SolvedIn() string {
	if len(v.Reviews) == 0 || v.Reviews[0].ReleaseID == nil {
		return ""
	}
	return v.Reviews[0].ReleaseID.String()
}

// neighbours finds the tickets before and after this one in the queue the
// reader came from.
func (q *request) neighbours(w *workbenchView) error {
	if w.Place.At == "" {
		return nil
	}
	before, after, err := q.site.desk.Neighbours(q.Request().Context(), w.Place.query(), w.Row.ID)
	if problem.CodeOf(err) == problem.Unprocessable {
		return nil // the place in the address is none
	}
	for _, one := range []struct {
		to    *string
		entry *desk.QueueView
	}{{&w.Before, before}, {&w.After, after}} {
		if one.entry != nil {
			there := w.Place
			there.At = one.entry.Cursor
			*one.to = q.to("/console/tickets/" + one.entry.Number + query(there.values()))
		}
	}
	return err
}

// Main is the next step the procedure offers, the one to be seen first; "" for
// none.
func (v workbenchView) Main() string {
	order := []ticket.Action{ticket.ActStart, ticket.ActAnswer, ticket.ActClose}
	if v.Row.State == ticket.Registered || v.Row.Resume == string(ticket.Registered) {
		order = []ticket.Action{ticket.ActTriage}
	}
	for _, a := range order {
		if slices.Contains(v.Possible, a) {
			return string(a)
		}
	}
	return ""
}

// Offers says whether a form of that name is on the page.
func (v workbenchView) Offers(form string) bool {
	switch form {
	case "note", "watch":
		return v.Row.State != ticket.Merged
	case "link":
		return true
	case "reply":
		return v.Row.State.Open()
	case "release":
		return len(v.Entitlement.Reasons) > 0
	case "question", "upgrade":
		form = string(ticket.ActAskInformation)
	case "colleague":
		return len(v.AskTeams)+len(v.AskPeople) > 0
	case "accept":
		return v.Row.Unsupported && v.Row.VersionAcceptedAt == nil && v.Row.State.Open() && len(v.Possible) > 0
	}
	return v.May(form)
}

func reply(q *request) error {
	return q.write("reply", "reply_sent", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.Reply(ctx, key, ref, text, files)
		return err
	})
}

func note(q *request) error {
	return q.write("note", "note_saved", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.Note(ctx, key, ref, text, files)
		return err
	})
}

func askInformation(q *request) error {
	return q.write("question", "question_sent", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.AskInformation(ctx, key, ref, text, files)
		return err
	})
}

func answer(q *request) error {
	return q.write("answer", "answer_sent", func(ctx context.Context, key, ref, text string, files []uuid.UUID) error {
		_, err := q.site.desk.Answer(ctx, key, ref, text, files)
		return err
	})
}

func start(q *request) error {
	return q.act("", "started", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.Start(ctx, key, ref)
		return err
	})
}

func closeTicket(q *request) error {
	return q.act("", "closed", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.Close(ctx, key, ref)
		return err
	})
}

func take(q *request) error {
	return q.act("", "taken", func(ctx context.Context, key, ref string) error {
		_, err := q.site.desk.Take(ctx, key, ref)
		return err
	})
}

func reassign(q *request) error {
	return q.act("reassign", "reassigned", func(ctx context.Context, key, ref string) error {
		var to desk.Receiver
		if team, is := strings.CutPrefix(q.text("assignee_id"), "team:"); is {
			to.Team = team
		} else {
			to.PersonID, _ = uuid.Parse(q.text("assignee_id")) // nobody: the desk names the field
		}
		_, err := q.site.desk.Reassign(ctx, key, ref, to, q.text("reason"))
		return err
	})
}

func cancelReply(q *request) error {
	return q.act("", "reply_cancelled", func(ctx context.Context, key, ref string) error {
		id, err := uuid.Parse(q.text("reply"))
		if err != nil {
			return problem.Missing()
		}
		return q.site.desk.CancelReply(ctx, key, ref, id)
	})
}

// act is a form that does something to a ticket without saying anything to
// anybody. When it is refused the page comes back with what was filled in.
func (q *request) act(form, done string, do func(ctx context.Context, key, ref string) error) error {
	ref := q.Param("ticket")
	if err := do(q.withRead(q.Request().Context()), q.formKey(), ref); err != nil {
		return q.refused(err, form, ref, nil)
	}
	return q.seeOther(q.ticketDone(ref, done))
}
