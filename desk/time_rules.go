package desk

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// What decides whether time can be entered, and how.

// takesTime refuses time on a ticket that was merged (it goes to the one this
// goes on as) or withdrawn, and on a closed one but for LateDays, by its
// assignee and by those who bill.
func (d *Desk) takesTime(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket) error {
	if err := d.stands(ctx, tx, c, row); err != nil {
		return err
	}
	switch row.State {
	case ticket.Withdrawn:
		return problem.New(problem.Conflict, "time_withdrawn", problem.Args{"number": row.Number})
	case ticket.Closed:
		late := row.ClosedAt != nil && d.Now().Before(row.ClosedAt.AddDate(0, 0, LateDays))
		theirs := c.Reach(OpAddTimeEntry) == Everything || row.AssigneeID != nil && *row.AssigneeID == c.Person.ID
		if !late || !theirs {
			return problem.New(problem.Conflict, "time_closed", problem.Args{"number": row.Number, "days": LateDays})
		}
	default:
	}
	return nil
}

// judgeTime makes an entry of what somebody has written, by the pack the ticket
// is pinned to. The sum of the person's day is locked.
func (d *Desk) judgeTime(ctx context.Context, tx *store.Tx, c Caller, row store.Ticket, in TimeInput) (e store.TimeEntry, err error) {
	e = store.TimeEntry{ID: store.NewID(), TicketID: row.ID, EnteredBy: c.Person.ID, Activity: in.Activity, Note: in.Note, At: d.Now()}
	pinned, err := tx.Pinned(ctx, c.Vendor, row.PolicyVersion)
	if err != nil {
		return e, err
	}
	var wrong problem.Fields
	if e.PersonID, err = d.worker(ctx, tx, c, in.PersonID, &wrong); err != nil {
		return e, err
	}
	checkActivity(&wrong, pinned.Settings, in.Activity)
	e.Day = d.checkDay(&wrong, pinned.Settings, row, in.Day)
	if in.Minutes == nil || *in.Minutes < 1 || *in.Minutes > DayMinutes {
		wrong.Add("minutes", "time_minutes", problem.Args{"max": DayMinutes})
	} else {
		e.Minutes = *in.Minutes
		before, err := tx.LockDay(ctx, e.PersonID, e.Day)
		if err != nil {
			return e, err
		}
		if before+e.Minutes > DayMinutes {
			wrong.Add("minutes", "time_day_full", problem.Args{"minutes": before, "max": DayMinutes})
		}
	}
	checkText(&wrong, "note", &e.Note, 0, TimeNoteMax)
	work, err := workOf(ctx, tx, row, in.ServiceRequestID, &wrong)
	if err != nil {
		return e, err
	}
	if work != nil {
		e.ServiceRequestID = &work.ID
	}
	e.Billable, e.Reason = billed(&wrong, row, work, in)
	if in.Scope != "" || in.AuthorityID != nil {
		under, err := d.under(ctx, tx, row, in.Scope, in.AuthorityID, &wrong)
		if err != nil {
			return e, err
		}
		e.AuthorityID = &under.ID
	}
	if err := wrong.Err(); err != nil {
		return e, err
	}
	if e.Billable && work != nil && work.State == "waiting_for_consent" {
		return e, problem.New(problem.Conflict, "time_needs_consent", problem.Args{"number": work.Number})
	}
	switch {
	case slices.Contains(Preparing, in.Activity):
		return e, nil
	case work == nil:
		return e, bought(ctx, tx, row)
	}
	if err := unlocked(work); err != nil {
		return e, err
	}
	return e, d.afterInvoice(ctx, tx, c.Vendor.Settings, *work, e, in.began)
}

// Preparing are the activities an enhancement is talked over and estimated by:
// the only ones before its work is unlocked.
var Preparing = []string{"mail", "call", "meeting", "internal_meeting", "analysis", "clarification"}

// afterInvoice refuses time for the work of an enhancement from before its invoice
// was issued: a day before that one, or more minutes than have passed since of a
// timer that began earlier.
func (d *Desk) afterInvoice(ctx context.Context, tx *store.Tx, s policy.Settings, work store.WorkDone, e store.TimeEntry, began time.Time) error {
	if !service.IsEnhancement(work.Path) {
		return nil
	}
	frame, err := tx.TimeFrame(ctx, work.ID)
	if err != nil || frame == nil {
		return err
	}
	if first := policy.DateIn(frame.ScheduledAt, s.Location()); e.Day.Before(first) {
		return fieldProblem("day", "time_too_early", problem.Args{"date": first.Format(time.DateOnly)})
	}
	if since := minutesBetween(frame.ScheduledAt, d.Now()); !began.IsZero() && began.Before(frame.ScheduledAt) && e.Minutes > since {
		return fieldProblem("minutes", "time_timer_early", problem.Args{"max": since})
	}
	return nil
}

// bought refuses time for work on a ticket of the paid chain where there is
// nothing to carry out: it was not offered, or not bought.
func bought(ctx context.Context, tx *store.Tx, row store.Ticket) error {
	if !service.IsEnhancement(row.Path) {
		return nil
	}
	completed, err := tx.EnhancementCompleted(ctx, row.ID)
	if err != nil || completed {
		return err
	}
	e := problem.New(problem.Conflict, "work_not_unlocked", problem.Args{"number": row.Number})
	e.Data = map[string]any{"waits_for": "quote"}
	return e
}

// unlocked refuses time for the work of an enhancement before its quote is
// approved and its invoice issued, and paid where the pack says so.
func unlocked(work *store.WorkDone) error {
	if !service.IsEnhancement(work.Path) {
		return nil
	}
	state := service.State(work.State)
	if service.Unlocked(state, service.State(work.Resume)) {
		return nil
	}
	if state == service.WaitingForInformation {
		state = service.State(work.Resume)
	}
	until := "quote"
	switch state {
	case service.QuoteOffered:
		until = "approval"
	case service.ToSchedule:
		until = "invoice"
	case service.WaitingForPayment:
		until = "payment"
	case service.ToBill, service.ToSettle:
		until = "nothing" // it was stopped
	}
	e := problem.New(problem.Conflict, "work_not_unlocked", problem.Args{"number": work.Number})
	e.Data = map[string]any{"waits_for": until}
	return e
}

// priced says whether the time of an enhancement costs the customer nothing
// beside its price: all but that of its estimate.
func priced(work *store.WorkDone) bool {
	if work == nil || !service.IsEnhancement(work.Path) {
		return false
	}
	state := service.State(work.State)
	if state == service.WaitingForInformation {
		state = service.State(work.Resume)
	}
	return state != service.Analysis && state != service.QuoteOffered
}

// worker is who worked: the caller, or whom they may enter time for, an active
// member of staff. Forbidden to name another for who enters their own alone,
// whoever it is.
func (d *Desk) worker(ctx context.Context, tx *store.Tx, c Caller, named *uuid.UUID, wrong *problem.Fields) (uuid.UUID, error) {
	switch {
	case named == nil || *named == c.Person.ID:
		return c.Person.ID, nil
	case c.Reach(OpAddTimeEntry) != Everything:
		return *named, notYourTime()
	}
	p, err := tx.Person(ctx, *named)
	if problem.CodeOf(err) == problem.NotFound || err == nil && (p.OrganizationID != nil || !p.Active) {
		wrong.Add("person_id", "time_person_unknown", nil)
		return c.Person.ID, nil
	}
	return *named, err
}

func checkActivity(wrong *problem.Fields, s policy.Settings, activity string) {
	switch activities := activitiesOf(s); {
	case len(activities) == 0:
		wrong.Add("activity", "time_no_activities", nil)
	case !policy.Has(activities, activity):
		wrong.Add("activity", "field_not_a_choice", problem.Args{"choices": choiceCodes(activities)})
	}
}

// activitiesOf are what time may be entered against; nil for nothing.
func activitiesOf(s policy.Settings) []policy.Choice {
	if s.Pack == nil {
		return nil
	}
	return s.Pack.Activities
}

func choiceCodes(list []policy.Choice) (codes []string) {
	for _, choice := range list {
		codes = append(codes, choice.Code)
	}
	return codes
}

// checkDay reads the day of an entry: today without one. It lies between the
// first and the last of timeDays.
func (d *Desk) checkDay(wrong *problem.Fields, s policy.Settings, row store.Ticket, day string) time.Time {
	today := policy.DateIn(d.Now(), s.Location())
	if day == "" {
		return today
	}
	on, err := time.Parse(time.DateOnly, day)
	first, last := timeDays(today, s, row)
	switch {
	case err != nil || on.Year() < 1:
		wrong.Add("day", "date_unreadable", nil)
		return today
	case on.After(last):
		wrong.Add("day", "date_too_far", problem.Args{"date": last.Format(time.DateOnly)})
	case on.Before(first):
		wrong.Add("day", "time_too_early", problem.Args{"date": first.Format(time.DateOnly)})
	}
	return on
}

// timeDays are the first and the last day that time can be entered for.
func timeDays(today time.Time, s policy.Settings, row store.Ticket) (first, last time.Time) {
	first, last = policy.DateIn(row.RegisteredAt, s.Location()), today
	if s.Pack == nil {
		return first, last
	}
	if back := today.AddDate(0, 0, -s.Pack.Time.Past); s.Pack.Time.Past > 0 && back.After(first) {
		first = back
	}
	return first, today.AddDate(0, 0, s.Pack.Time.Future)
}

// workOf is the ticket's service request that time goes to: the one named, else
// the open one; nil for none.
func workOf(ctx context.Context, tx *store.Tx, row store.Ticket, named *uuid.UUID, wrong *problem.Fields) (*store.WorkDone, error) {
	work, err := tx.WorkOf(ctx, row.ID, named)
	switch missing := problem.CodeOf(err) == problem.NotFound; {
	case missing && named == nil:
		return nil, nil //nolint:nilnil // said above
	case missing:
		wrong.Add("service_request_id", "time_work_unknown", nil)
		return nil, nil //nolint:nilnil // refused
	case err != nil:
		return nil, err
	case slices.Contains([]string{"billed", "closed", "abandoned"}, work.State):
		if named == nil { // billed and not closed yet
			return nil, nil //nolint:nilnil // on the ticket itself
		}
		wrong.Add("service_request_id", "time_work_over", problem.Args{"number": work.Number})
	}
	return &work, nil
}

// billed is whether time is billed, and why not. On a charged path, or for a
// service request, it is unless somebody says otherwise; elsewhere the path
// includes it.
func billed(wrong *problem.Fields, row store.Ticket, work *store.WorkDone, in TimeInput) (billable bool, reason string) {
	free := priced(work) || work == nil && service.IsEnhancement(row.Path)
	billable, reason = (Charged(row) || work != nil) && !free, in.Reason
	switch {
	case in.Billable != nil:
		billable = *in.Billable
	case reason != "":
		billable = false
	case !billable:
		reason = "included"
	}
	switch {
	case billable && free:
		wrong.Add("billable", "time_priced", nil)
	case billable && reason != "":
		wrong.Add("reason", "time_reason_billed", nil)
	case billable:
	case reason == "":
		wrong.Add("reason", "field_empty", nil)
	case !slices.Contains(NotBilled, reason):
		wrong.Add("reason", "field_not_a_choice", problem.Args{"choices": NotBilled})
	case reason == "other" && in.Note == "":
		wrong.Add("note", "time_note_needed", nil)
	}
	return billable, reason
}

// Charged says whether the path a ticket takes is one whose work is billed.
func Charged(row store.Ticket) bool { return slices.Contains(ChargedPaths, row.Path) }
