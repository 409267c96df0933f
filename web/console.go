package web

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/words"
)

// What the console's templates can ask for besides.

// LanguageOf is the language somebody is written to in.
func (p *page) LanguageOf(locale string) string { return languageNames[words.Match(locale)] }

// Step is what staff call a ticket's state.
func (p *page) Step(t store.Ticket) string { return p.T("state_" + string(t.State)) }

// ActsNext is who has to do something for a ticket to go on; asked is the
// colleague or team whose answer it waits for, "" for none.
func (p *page) ActsNext(t store.Ticket, names store.Names, asked string) string {
	switch {
	case !t.State.Open():
		return p.T("acts_over")
	case t.State == ticket.WaitingForCustomer:
		return p.T("acts_answer", "name", names.People[t.RequesterID])
	case t.State == ticket.Answered:
		return p.T("acts_check", "name", names.People[t.RequesterID])
	case asked != "":
		return p.T("acts_colleague", "name", asked)
	case p.reviewTeam(t) != "":
		return p.reviewTeam(t)
	case t.AssigneeID == nil:
		return p.T("acts_nobody")
	}
	return names.People[*t.AssigneeID]
}

// ChosenIn says whether a choice is the one made in the form of that name, or
// the default.
func (p *page) ChosenIn(form, field, value, otherwise string) bool {
	return p.ValueIn(form, field, otherwise) == value
}

// ReasonOf is the reason triage has found, or the one that the pack proposes for
// such a request; "" for none.
func (p *page) ReasonOf(t store.Ticket) string {
	if t.Reason != "" {
		return t.Reason
	}
	reason, _ := p.Request.vendor.Settings.Proposed(t.Type)
	return reason
}

// PathOf is the path triage has chosen, or the one that the pack proposes for
// such a request; "" for none.
func (p *page) PathOf(t store.Ticket) string {
	if t.Path != "" {
		return t.Path
	}
	_, path := p.Request.vendor.Settings.Proposed(t.Type)
	return path
}

// AssigneeOf is who has a ticket, else the reader.
func (p *page) AssigneeOf(t store.Ticket) string {
	if t.AssigneeID != nil {
		return t.AssigneeID.String()
	}
	return p.Request.caller.Person.ID.String()
}

// AbsentNow is until which day somebody is absent; "" when they are here.
func (p *page) AbsentNow(who store.Person) string {
	if who.AbsentUntil == nil || p.Past(who.AbsentUntil) {
		return ""
	}
	return dayOf(who.AbsentUntil.In(p.Request.location()), p.Request.locale)
}

// IsMe says whether somebody is the reader.
func (p *page) IsMe(id uuid.UUID) bool { return p.Request.caller.Person.ID == id }

// Past says whether an instant is over.
func (p *page) Past(at *time.Time) bool { return at != nil && !at.After(p.Request.site.desk.Now()) }

// Deadline is a ticket's next deadline, as the template of that name shows it.
func (p *page) Deadline(t store.Ticket) map[string]any {
	what, at, _ := t.NextDeadline()
	return p.Dict("What", what, "At", &at, "Late", !at.After(p.Request.site.desk.Now()))
}

// Age is how long ago an instant is, in words.
func (p *page) Age(at *time.Time) string {
	key, n := age(*at, p.Request.site.desk.Now())
	return p.T(key, "count", n)
}

// Clock is the time of day of an instant, under the heading of its day.
func (p *page) Clock(at time.Time) template.HTML {
	at = at.In(p.Request.location())
	return template.HTML(`<time datetime="` + at.Format(time.RFC3339) + `">` + //nolint:gosec // both are made of an instant
		template.HTMLEscapeString(clockOf(at, p.Request.locale)) + `</time>`)
}

// ReplyTo names the form of a reply by whom it reaches.
func (p *page) ReplyTo(told []store.Person) string {
	switch len(told) {
	case 0:
		return p.T("reply_nobody")
	case 1:
		return p.T("reply_one", "name", told[0].Name)
	}
	return p.T("reply_more", "name", told[0].Name, "n", len(told)-1)
}

// SendTo is what a button says that sends something to these people; key is
// what is sent.
func (p *page) SendTo(key string, told []store.Person) string {
	if len(told) == 0 {
		return p.T("send_nobody")
	}
	var names []string
	for _, one := range told {
		if name := p.OrganizationOf(one); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return p.T(key, "count", len(told), "organization", strings.Join(names, ", "))
}

// OrganizationOf is what somebody's organization is called, the vendor for
// staff.
func (p *page) OrganizationOf(person store.Person) string {
	if person.OrganizationID == nil {
		return p.VendorName()
	}
	return person.OrganizationName
}

// TimelineShows are the links to what a timeline can show.
func (p *page) TimelineShows() (links []link) {
	here := p.Request.QueryParam("show")
	for i, show := range timelineShows {
		values := placeIn(p.Request.QueryParams()).values()
		values.Set("show", show)
		links = append(links, link{To: query(values) + "#timeline", Words: p.T("timeline_" + show), Here: hereIf(here == show || here == "" && i == 0)})
	}
	return links
}
