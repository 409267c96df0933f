package mail

import (
	"fmt"
	"strings"
	"time"
)

// Statement is an organization's weekly statement as of an instant: plain data,
// what is kept of it and what its pages show too. Nothing internal is in it.
type Statement struct {
	Organization string
	Week         string    // ISO: 2026-W48
	At           time.Time // the figures are of this instant
	Since        time.Time // completed requests are listed from this instant on
	Weeks        int       // which is so many weeks before
	TimeZone     string    // IANA, the organization's
	// Open and Completed are the first of them, those that wait for the customer
	// before the others; OpenCount, Yours and CompletedCount are how many there are.
	Open           []StatementRequest
	OpenCount      int
	Yours          int // of the open ones, those that wait for the customer
	Completed      []StatementRequest
	CompletedCount int
	// OpenMinutes and CompletedMinutes are the billable minutes so far of all of them.
	OpenMinutes, CompletedMinutes int
	Tickets                       *StatementTickets `json:",omitempty"` // nil: no contract counts any
}

// Empty says that there is nothing to tell.
func (s Statement) Empty() bool { return s.OpenCount == 0 && s.CompletedCount == 0 }

// StatementRequest is one request in a statement.
type StatementRequest struct {
	Number, Title string
	// Status is the customer's word for its state: you, check, working, others or closed.
	Status string
	Since  time.Time // it is in this state
	// WaitsFor is the name of who has it; "" for the vendor's team.
	WaitsFor string          `json:",omitempty"`
	Question string          `json:",omitempty"` // as it was asked; only when it waits for the customer
	Minutes  int             `json:",omitempty"` // billable so far
	Work     []StatementWork `json:",omitempty"`
}

// Yours says whether it waits for the customer.
func (r StatementRequest) Yours() bool { return r.Status == "you" || r.Status == "check" }

// StatementWork is a service request in a statement.
type StatementWork struct{ Number, State string }

// StatementTickets are the tickets a contract includes, in the period under way.
type StatementTickets struct {
	Reference      string
	Included, Left int
	Until          *time.Time `json:",omitempty"` // last day of the period
}

// StatementListed is how many requests of each list a mail names; the page it
// links to has more.
const StatementListed = 30

// statementView is a statement as the templates see it: finished strings only.
type statementView struct {
	Organization, At, Since   string
	OpenCount, Yours          int
	CompletedCount, Weeks     int
	Open, Completed           []requestView
	MoreOpen, MoreCompleted   int
	OpenTime, CompletedTime   string
	Reference, Included, Left string
	TicketsUntil              string
	Counts                    bool // tickets are counted
}

type requestView struct {
	Number, Status, Title, Since, WaitsFor, Question, Time string
	Work                                                   []string
}

func newStatementView(s *Statement, in *time.Location, loc *locale) *statementView {
	if s == nil {
		return nil
	}
	v := &statementView{
		Organization: oneLine(s.Organization, maxName), At: dateIn(&s.At, in, loc), Since: dateIn(&s.Since, in, loc), Weeks: s.Weeks,
		OpenCount: s.OpenCount, Yours: s.Yours, CompletedCount: s.CompletedCount,
		Open: requestViews(s.Open, in, loc), Completed: requestViews(s.Completed, in, loc),
		OpenTime: spent(s.OpenMinutes), CompletedTime: spent(s.CompletedMinutes),
	}
	v.MoreOpen, v.MoreCompleted = s.OpenCount-len(v.Open), s.CompletedCount-len(v.Completed)
	if t := s.Tickets; t != nil {
		v.Counts, v.Reference, v.Included, v.Left = true, oneLine(t.Reference, maxName), fmt.Sprint(t.Included), fmt.Sprint(t.Left)
		if t.Until != nil {
			v.TicketsUntil = loc.day(*t.Until)
		}
	}
	return v
}

func requestViews(list []StatementRequest, in *time.Location, loc *locale) []requestView {
	views := make([]requestView, min(len(list), StatementListed))
	for i := range views {
		r := list[i]
		views[i] = requestView{
			Number: oneLine(r.Number, maxName), Status: loc.say("status " + r.Status), Title: quote(oneLine(r.Title, maxSubject)),
			Since: dateIn(&r.Since, in, loc), WaitsFor: oneLine(r.WaitsFor, maxName), Question: quote(r.Question), Time: spent(r.Minutes),
		}
		for _, w := range r.Work {
			if state := loc.say("work " + w.State); state != "" {
				views[i].Work = append(views[i].Work, oneLine(w.Number, maxName)+", "+state)
			}
		}
	}
	return views
}

// say is one of the locale's shared pieces; "" for one there is not.
func (l *locale) say(name string) string {
	var out strings.Builder
	if t := l.texts.Lookup(name); t == nil || t.Execute(&out, nil) != nil {
		return ""
	}
	return out.String()
}

// spent is a time in hours and minutes; "" for none.
func spent(minutes int) string {
	const space = "\u00a0"
	switch hours, rest := minutes/60, minutes%60; {
	case minutes <= 0:
		return ""
	case hours == 0:
		return fmt.Sprint(rest) + space + "min"
	case rest == 0:
		return fmt.Sprint(hours) + space + "h"
	default:
		return fmt.Sprint(hours) + space + "h" + space + fmt.Sprint(rest) + space + "min"
	}
}
