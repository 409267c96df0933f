package web

import (
	"net/http"
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// homeView is the portal's first page.
type homeView struct {
	Waiting     []desk.TicketView
	Questions   map[string]string // by the ticket's uuid
	More        bool              // more wait than are shown
	InProgress  int
	Promise     *time.Time
	MayRegister bool
	First       bool // nothing was ever registered
	Closed      []desk.TicketView
}

const homeMax = 10

// home shows what waits for the reader and how much is under way; staff have
// their queue.
func home(q *request) error {
	if q.caller.Staff() {
		return q.seeOther("/console")
	}
	ctx := q.Request().Context()
	overview, err := q.site.desk.Overview(ctx, homeMax+1)
	if err != nil {
		return err
	}
	v := homeView{
		Waiting: overview.Waiting, Questions: map[string]string{}, Promise: overview.Promise,
		MayRegister: q.caller.Person.Authorized && q.caller.Reach(desk.OpRegisterTicket) != desk.Nothing,
	}
	if v.More = len(v.Waiting) > homeMax; v.More {
		v.Waiting = v.Waiting[:homeMax]
	}
	for id, text := range overview.Questions {
		v.Questions[id.String()] = text
	}
	for state, n := range overview.Counts {
		if state != ticket.WaitingForCustomer && state != ticket.Answered {
			v.InProgress += n
		}
	}
	if len(v.Waiting) == 0 && v.InProgress == 0 {
		any, _, err := q.site.desk.Tickets(ctx, desk.TicketQuery{Limit: 1})
		if err != nil {
			return err
		}
		v.First = len(any) == 0
	}
	return q.show(http.StatusOK, "home", "home_title", v)
}

// Status is what a ticket's state is called on the customer's side: one of
// five words, with the name of its looks.
type Status struct{ Key, Look string }

// statusFor is the customer's word for a state.
func statusFor(t store.Ticket) Status {
	switch t.State {
	case ticket.WaitingForCustomer:
		return Status{"status_you", "you"}
	case ticket.Answered:
		return Status{"status_check", "you"}
	case ticket.WaitingInside:
		return Status{"status_others", "others"}
	case ticket.Closed, ticket.Withdrawn, ticket.Merged:
		return Status{"status_" + string(t.State), "closed"}
	case ticket.Registered, ticket.Triaged, ticket.InProgress:
	}
	return Status{"status_working", "working"}
}

// Status is what a ticket's state is called for the reader.
func (p *page) Status(t store.Ticket) Status { return statusFor(t) }
