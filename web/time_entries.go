package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/words"
)

// timing is the time staff enter: on a ticket, and a week of their own.
var timing = []route{
	{"GET", "/console/tickets/:ticket/time", desk.OpListTimeEntries, timePage},
	{"POST", "/console/tickets/:ticket/time", desk.OpAddTimeEntry, addTime},
	{"POST", "/console/tickets/:ticket/time/start", desk.OpStartTimer, startTimer},
	{"POST", "/console/tickets/:ticket/time/stop", desk.OpStopTimer, stopTimer},
	{"POST", "/console/tickets/:ticket/time/reverse", desk.OpReverseTimeEntry, reverseTime},
	{"GET", "/console/time", desk.OpListOwnTime, ownTimePage},
}

// timeView is the time on a ticket, and the form that enters it.
type timeView struct {
	asIs
	desk.TicketTime
	At      string // the page's address
	First   bool   // the page begins at the first entry
	Rest    string // address of the further entries; "" on the last page
	Reasons []string
	Scopes  []string // what of the customer's system may be entered now; nil: nothing
	People  []option // whose time the reader enters; nil: their own alone
	Runs    bool     // the reader's timer runs here
}

// All are the minutes on the ticket.
func (v timeView) All() (n int) {
	for _, sum := range v.Sums {
		n += sum.Minutes
	}
	return n
}

// Billed are those of them that are billed.
func (v timeView) Billed() (n int) {
	for _, sum := range v.Sums {
		if sum.Billable {
			n += sum.Minutes
		}
	}
	return n
}

func (q *request) time() (v timeView, err error) {
	ctx, d := q.Request().Context(), q.site.desk
	if v.TicketTime, err = d.TicketTime(ctx, q.Param("ticket"), q.QueryParam("after"), directoryPage); err != nil {
		return v, err
	}
	v.At, v.First, v.Reasons = "/console/tickets/"+v.Ticket.Number+"/time", q.QueryParam("after") == "", desk.NotBilled
	if v.Next != "" {
		v.Rest = q.to(v.At + query(url.Values{"after": {v.Next}}))
	}
	fields := formValues{"day": {v.Today.Format(time.DateOnly)}}
	if !v.Charged {
		fields["reason"] = []string{"included"}
	}
	if v.Timer != nil && v.Timer.TicketID == v.Ticket.ID {
		v.Runs, fields["activity"] = true, []string{v.Timer.Activity}
		fields["day"] = []string{policy.DateIn(v.Timer.StartedAt, q.vendor.Settings.Location()).Format(time.DateOnly)}
	}
	v.asIs = asIs{"time": fields}
	for _, scope := range ticket.Scopes {
		if slices.ContainsFunc(v.Authorities, func(a store.Authority) bool {
			return a.Standing(d.Now()) == ticket.AuthorityValid && ticket.Covers(a.Granted, scope)
		}) {
			v.Scopes = append(v.Scopes, scope)
		}
	}
	if v.May && v.Others {
		staff, _, err := d.Staff(ctx, "", desk.PageMax)
		if err != nil {
			return v, err
		}
		for _, p := range staff {
			if p.Active && p.ID != q.caller.Person.ID {
				v.People = append(v.People, option{ID: p.ID.String(), Name: p.Name})
			}
		}
	}
	return v, nil
}

func timePage(q *request) error {
	v, err := q.time()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "time", "time_title", v, "number", v.Ticket.Number)
}

// timed goes on to the page of the ticket's time, or shows it with what was
// wrong with a form.
func (q *request) timed(wrong error, form, done string) error {
	if wrong == nil {
		return q.seeOther("/console/tickets/" + q.Param("ticket") + "/time?done=" + done)
	}
	v, err := q.time()
	if err != nil {
		return err
	}
	return q.refusedForm(wrong, form, "time", "time_title", v, "number", v.Ticket.Number)
}

// timeInput is what the form says.
func (q *request) timeInput() desk.TimeInput {
	billable := q.text("reason") == ""
	return desk.TimeInput{
		PersonID: q.idTyped("person_id"), Activity: q.text("activity"), Day: q.text("day"), Minutes: q.minutesTyped(), Note: strings.TrimSpace(q.text("note")),
		Billable: &billable, Reason: q.text("reason"), Scope: q.text("scope"),
	}
}

// minutesTyped are the minutes a form says; nil for none, and for nonsense as
// many as nothing takes, so that the desk names the field.
func (q *request) minutesTyped() *int {
	text := strings.TrimSpace(q.text("minutes"))
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		n = 0
	}
	return &n
}

func addTime(q *request) error {
	_, err := q.site.desk.AddTime(q.Request().Context(), q.formKey(), q.Param("ticket"), q.timeInput())
	return q.timed(err, "time", "time_added")
}

func startTimer(q *request) error {
	_, err := q.site.desk.StartTimer(q.Request().Context(), q.Param("ticket"), q.text("activity"))
	return q.timed(err, "time", "timer_started")
}

func stopTimer(q *request) error {
	stop := desk.TimerStop{Ticket: q.Param("ticket"), Discard: q.text("discard") != "", TimeInput: q.timeInput()}
	done := "time_added"
	if stop.Discard {
		done = "timer_discarded"
	}
	_, err := q.site.desk.StopTimer(q.Request().Context(), q.formKey(), stop)
	return q.timed(err, "time", done)
}

func reverseTime(q *request) error {
	id, _ := uuid.Parse(q.text("entry")) // nonsense is none that is there
	_, err := q.site.desk.ReverseTime(q.Request().Context(), q.formKey()+id.String(), id, q.text("reason"))
	return q.timed(err, "reverse-"+id.String(), "time_reversed")
}

// Reversible says whether the reader can undo an entry.
func (p *page) Reversible(e store.TimeEntry) bool {
	reach := p.Request.caller.Reach(desk.OpReverseTimeEntry)
	return e.Reverses == nil && e.ReversedBy == nil && (reach == desk.Everything || reach == desk.Own && p.IsMe(e.PersonID))
}

// Minutes are so many minutes in words; what undoes others is below zero.
func (p *page) Minutes(n int) string { return words.Hours(n) }

// Activity is what an activity of these is called.
func (p *page) Activity(list []policy.Choice, code string) string {
	for _, c := range list {
		if c.Code == code {
			return p.Called(c)
		}
	}
	return code
}
