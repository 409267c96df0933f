package desk

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/workflows"
)

// QAReviewView is a QA review, for staff.
type QAReviewView struct {
	Row      store.QAReview
	Ticket   store.Ticket
	Names    store.Names      // of its ticket, and of who carries it out and decided
	Possible []qa.Action      // what the reader may do now
	Request  store.Request    // what the customer wrote, and their version; zero in lists
	Release  *store.Release   // that solves it; nil in lists, and without one
	Dev      *store.DevTicket // that it was found to be, or made; likewise
	Locale   string           // of who made the request: the language of the answer; "" in lists
	Settings *policy.Settings // those of the version of the pack its ticket is pinned to; nil in lists
}

// Proposal is the sentence, by its key in words, that tells the customer what was
// found; "" while there is nothing to say.
func (v QAReviewView) Proposal() (key string, args problem.Args) {
	args = problem.Args{}
	switch {
	case v.Row.State != qa.Done || v.Locale == "":
		return "", nil
	case v.Release != nil:
		args["version"] = v.Release.Package + " " + v.Release.Number
	case v.Dev != nil:
		args["number"], args["version"] = v.Dev.Number, v.Dev.Target
		if v.Dev.Target != "" {
			return "proposal_" + string(v.Row.Verdict) + "_planned", args
		}
	}
	return "proposal_" + string(v.Row.Verdict), args
}

var reviewNumberForm = regexp.MustCompile(`^[Qq][Aa]-[0-9]{4}-[0-9]{1,12}$`)

// findReview is the review staff name by uuid or number, with its ticket;
// NotFound when it is missing or the caller is no staff, Forbidden when the
// operation on it is not theirs.
func (d *Desk) findReview(ctx context.Context, tx *store.Tx, c Caller, op Operation, ref string) (r store.QAReview, t store.Ticket, err error) {
	if id, parseErr := uuid.Parse(ref); parseErr == nil && len(ref) == 36 {
		r, err = tx.QAReview(ctx, id)
	} else if reviewNumberForm.MatchString(ref) {
		r, err = tx.QAReviewByNumber(ctx, strings.ToUpper(ref))
	} else {
		err = problem.Missing()
	}
	if err != nil {
		return r, t, err
	}
	if !c.Staff() && !c.unchecked {
		return r, t, problem.Missing()
	}
	if t, err = tx.Ticket(ctx, r.TicketID); err != nil {
		return r, t, err
	}
	telemetry.Note(ctx, "qa_review", r.Number)
	telemetry.Note(ctx, "workflow_id", workflows.QAReviewID(r.ID.String()))
	return r, t, c.allow(op)
}

// QAReview is one review, by uuid or number.
func (d *Desk) QAReview(ctx context.Context, ref string) (v QAReviewView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		r, t, err := d.findReview(ctx, tx, c, OpGetQAReview, ref)
		if err == nil {
			v, err = d.viewReview(ctx, tx, c, r, t)
		}
		return err
	})
}

// QAReviewsOf are those of a ticket, the newest first.
func (d *Desk) QAReviewsOf(ctx context.Context, ref string) (list []QAReviewView, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.find(ctx, tx, c, OpListQAReviewsOf, ref)
		if err != nil {
			return err
		}
		rows, err := tx.QAReviewsOf(ctx, t.ID)
		if err == nil {
			list, err = d.viewReviews(ctx, tx, c, rows)
		}
		return err
	})
}

// QAReviewQuery narrows a list of reviews; zero values do not.
type QAReviewQuery struct {
	States     []qa.State
	AssigneeID *uuid.UUID
	Cursor     string
	Limit      int // 1 to PageMax
}

// QAReviews lists reviews, the newest first, and the cursor of the next page (""
// on the last).
func (d *Desk) QAReviews(ctx context.Context, q QAReviewQuery) (list []QAReviewView, next string, err error) {
	c, err := d.caller(ctx, OpListQAReviews)
	if err != nil {
		return nil, "", err
	}
	f := store.QAReviewFilter{AssigneeID: q.AssigneeID, Limit: q.Limit + 1}
	for _, s := range q.States {
		f.States = append(f.States, string(s))
	}
	if q.Cursor != "" {
		at, id, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.BeforeID = &at, id
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err := tx.QAReviews(ctx, f)
		if err != nil {
			return err
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			next = cursor(last.CreatedAt.UTC().Format(time.RFC3339Nano), last.ID)
		}
		list, err = d.viewReviews(ctx, tx, c, rows)
		return err
	})
}

// viewReviews are reviews as a list shows them.
func (d *Desk) viewReviews(ctx context.Context, tx *store.Tx, c Caller, rows []store.QAReview) (list []QAReviewView, err error) {
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.TicketID
	}
	tickets, err := tx.TicketsWith(ctx, ids)
	if err != nil {
		return nil, err
	}
	names, err := tx.Names(ctx, tickets)
	if err == nil {
		err = nameReviewers(ctx, tx, names, rows)
	}
	for _, r := range rows {
		i := slices.IndexFunc(tickets, func(t store.Ticket) bool { return t.ID == r.TicketID })
		list = append(list, QAReviewView{Row: r, Ticket: tickets[i], Names: names, Possible: d.possibleReview(c, r)})
	}
	return list, err
}

// nameReviewers adds who carries reviews out and who decided.
func nameReviewers(ctx context.Context, tx *store.Tx, names store.Names, rows []store.QAReview) error {
	var ids []uuid.UUID
	for _, r := range rows {
		for _, id := range []*uuid.UUID{r.AssigneeID, r.DecidedBy} {
			if id != nil {
				ids = append(ids, *id)
			}
		}
	}
	people, err := tx.PeopleWith(ctx, ids)
	for _, p := range people {
		names.People[p.ID] = p.Name
	}
	return err
}

// viewReview reads what belongs to a row.
func (d *Desk) viewReview(ctx context.Context, tx *store.Tx, c Caller, r store.QAReview, t store.Ticket) (v QAReviewView, err error) {
	list, err := d.viewReviews(ctx, tx, c, []store.QAReview{r})
	if err != nil {
		return v, err
	}
	v = list[0]
	v.Ticket = t
	request, err := tx.RequestRow(ctx, t.ID)
	if err != nil {
		return v, err
	}
	requester, err := tx.Person(ctx, t.RequesterID)
	if err != nil {
		return v, err
	}
	pinned, err := tx.Pinned(ctx, c.Vendor, t.PolicyVersion)
	if err != nil {
		return v, err
	}
	v.Request, v.Locale, v.Settings = request.Request, requester.Locale, &pinned.Settings
	if r.ReleaseID != nil {
		release, err := tx.Release(ctx, *r.ReleaseID)
		if err != nil {
			return v, err
		}
		v.Release = &release
	}
	if r.DevTicketID != nil {
		dev, err := tx.DevTicket(ctx, *r.DevTicketID)
		if err != nil {
			return v, err
		}
		v.Dev = &dev
	}
	return v, nil
}

// reviewOperation names the permission of each thing people do to a review.
var reviewOperation = map[qa.Action]Operation{
	qa.ActBegin: OpBeginReview, qa.ActVerdict: OpGiveVerdict, qa.ActUndo: OpUndoVerdict, qa.ActReassign: OpReassignReview,
}

// possibleReview is what the caller may do with it now: the procedure's answer,
// less what their roles don't allow.
func (d *Desk) possibleReview(c Caller, r store.QAReview) []qa.Action {
	return slices.DeleteFunc(qa.Possible(r.Snapshot(), d.Now()), func(a qa.Action) bool { return c.Reach(reviewOperation[a]) == Nothing })
}

// TicketDevView is a dev ticket as one of its tickets has it, for one reader.
type TicketDevView struct {
	store.TicketDev
	MayCheck bool // the reader may say whether what was shipped works
}

// developed adds to a ticket's view what quality assurance and development have
// of it; some: they have, or had.
func (d *Desk) developed(ctx context.Context, tx *store.Tx, c Caller, v *TicketView, some bool) error {
	if !some {
		return nil
	}
	devs, err := tx.DevTicketsOf(ctx, v.Row.ID)
	if err != nil {
		return err
	}
	for _, one := range devs {
		v.Devs = append(v.Devs, d.ticketDev(c, v.Row, one))
	}
	if c.Staff() {
		v.Reviews, err = tx.QAReviewsOf(ctx, v.Row.ID)
	}
	return err
}

// ticketDev is a dev ticket as the caller may see it: its title is for staff.
func (d *Desk) ticketDev(c Caller, row store.Ticket, one store.TicketDev) TicketDevView {
	if !c.Staff() {
		one.Title = ""
	}
	ended := row.State == ticket.Answered || row.State == ticket.Closed
	may := ended && one.State.Delivered() && one.Works == nil && c.Reach(OpVerifyFix) != Nothing && c.sight(OpVerifyFix).Sees(row)
	return TicketDevView{TicketDev: one.Own(), MayCheck: may}
}

// Proposal is the sentence, by its key in words, that tells the customer what
// development has decided on a ticket that asks for something of it; "" while
// there is nothing to say, or it was answered.
func (v TicketView) Proposal() (key string, args problem.Args) {
	if v.Row.Path != "development_request" || !v.Row.State.Open() || v.Row.AnsweredAt != nil || len(v.Devs) == 0 {
		return "", nil
	}
	dev := v.Devs[0]
	args = problem.Args{"number": dev.Number, "version": dev.Target, "reason": dev.Refusal}
	switch {
	case dev.State == devticket.Refused:
		return "proposal_dev_refused", args
	case dev.State == devticket.New:
		return "", nil
	case dev.Target != "":
		return "proposal_dev_planned", args
	}
	return "proposal_dev_accepted", args
}

// DevTicketsOf are the dev tickets a ticket waits for, the newest link first.
func (d *Desk) DevTicketsOf(ctx context.Context, ref string) (list []TicketDevView, err error) {
	c, err := d.caller(ctx, OpListDevTicketsOf)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		t, err := d.find(ctx, tx, c, OpListDevTicketsOf, ref)
		if err != nil {
			return err
		}
		devs, err := tx.DevTicketsOf(ctx, t.ID)
		for _, one := range devs {
			list = append(list, d.ticketDev(c, t, one))
		}
		return err
	})
}
