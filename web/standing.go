package web

import (
	"time"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// What the customer's side is told of where a ticket stands.

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
	case ticket.Closed, ticket.Withdrawn, ticket.Merged:
		return Status{"status_" + string(t.State), "closed"}
	case ticket.Registered, ticket.Triaged, ticket.InProgress, ticket.WaitingInside:
	}
	return Status{"status_working", "working"}
}

// StatusHere is what a ticket's page calls its state: one that waits for a quote
// the reader can't decide on waits for others than them.
func (p *page) StatusHere(v desk.TicketView) Status {
	if v.Deciders == nil {
		return statusFor(v.Row)
	}
	if own := p.Request.caller.Person.OrganizationID; own != nil && *own == v.Row.OrganizationID {
		return Status{"status_approver", "others"}
	}
	return Status{"status_an_approver", "others"}
}

// Status is what a ticket's state is called for the reader.
func (p *page) Status(t store.Ticket) Status { return statusFor(t) }

// NextStep names what comes next for the customer's side.
func (p *page) NextStep(t store.Ticket) string {
	switch {
	case t.State == ticket.WaitingForCustomer && t.Waiting == string(ticket.ForUpgrade):
		return "next_upgrade"
	case t.State == ticket.WaitingForCustomer && t.Waiting == string(ticket.ForAccessAuthority):
		return "next_authority"
	case t.State == ticket.WaitingForCustomer && decidedElsewhere(t):
		return "next_" + t.Waiting
	case t.State == ticket.WaitingForCustomer:
		return "next_give"
	case t.State == ticket.Answered:
		return "next_check"
	case t.State.Open():
		return "next_wait"
	case t.State == ticket.Merged:
		return "next_merged"
	}
	return "next_over"
}

// decidedElsewhere says whether the customer's side is waited for to decide on
// its service request's page.
func decidedElsewhere(t store.Ticket) bool {
	switch ticket.Waiting(t.Waiting) {
	case ticket.ForConsent, ticket.ForApproval, ticket.ForValidation, ticket.ForInterest, ticket.ForChoice, ticket.ForPayment:
		return true
	}
	return false
}

// DecidedElsewhere is what the customer's side is waited for on a page of its own.
func (p *page) DecidedElsewhere(t store.Ticket) bool {
	return t.State == ticket.WaitingForCustomer && decidedElsewhere(t)
}

// WaitedFor is who has a ticket: its assignee, else the team.
func (p *page) WaitedFor(v desk.TicketView) string {
	if v.Row.AssigneeID != nil {
		if name := v.Names.People[*v.Row.AssigneeID]; name != "" {
			return name
		}
	}
	return p.ReadBy(v.Row.Team)
}

// ReadBy is a team of the pack by its code, as customers read it; "": the
// vendor's own.
func (p *page) ReadBy(team string) string {
	if name := p.TeamCalled(team); name != "" {
		return p.T("team_at", "team", name, "vendor", p.VendorName())
	}
	return p.T("team", "vendor", p.VendorName())
}

// WorksOnIt is who works on a ticket: whoever does the work that hangs on it, those
// who review it or decide about it, else who has it.
func (p *page) WorksOnIt(v desk.TicketView) string {
	if v.Row.State != ticket.WaitingInside {
		return p.WaitedFor(v)
	}
	if len(v.Services) > 0 && !v.Services[0].State.Finished() {
		return p.SeesTo(v.Services[0], v.Names)
	}
	if decides := map[string]string{"development_request": "who_development", "feature_request": "who_product"}[v.Row.Path]; decides != "" {
		return p.T(decides, "vendor", p.VendorName())
	}
	if team := p.reviewTeam(v.Row); team != "" {
		return p.T("team_at", "team", team, "vendor", p.VendorName())
	}
	return p.WaitedFor(v)
}

// SeesTo is who sees to a service request while the customer is not waited for:
// billing to its money, else who carries it out, or their team.
func (p *page) SeesTo(r store.ServiceRequest, names store.Names) string {
	switch {
	case r.State == service.ToSchedule:
		return p.T("who_schedules", "vendor", p.VendorName())
	case r.State.Stopped():
		return p.T("who_billing", "vendor", p.VendorName())
	case r.AssigneeID != nil && names.People[*r.AssigneeID] != "":
		return names.People[*r.AssigneeID]
	}
	if team := p.TeamCalled(r.Team); team != "" {
		return p.T("team_at", "team", team, "vendor", p.VendorName())
	}
	return p.T("team", "vendor", p.VendorName())
}

// reviewTeam is the team whose QA review a ticket waits for; "" for none.
func (p *page) reviewTeam(t store.Ticket) string {
	if t.State != ticket.WaitingInside || t.Path != "defect" {
		return ""
	}
	return p.TeamCalled(p.Request.vendor.Settings.Path(t.Path).Team)
}

// TeamCalled is what a team of the pack is called; "" for none.
func (p *page) TeamCalled(code string) string {
	if code == "" {
		return ""
	}
	for _, t := range p.Request.vendor.Settings.Teams() {
		if t.Code == code {
			return p.Called(policy.Choice{Code: t.Code, Label: t.Label})
		}
	}
	return code
}

// TeamChoices are the teams of the pack, to choose from.
func (p *page) TeamChoices() (list []policy.Choice) {
	for _, t := range p.Request.vendor.Settings.Teams() {
		list = append(list, policy.Choice{Code: t.Code, Label: t.Label})
	}
	return list
}

// nextDate is the next date a request's reader can count on.
type nextDate struct {
	Key string
	At  *time.Time
}

// NextDate is what happens to a request next and when; no key: nothing is
// promised.
func (p *page) NextDate(t store.Ticket) nextDate {
	what, at, ok := t.NextDeadline()
	switch {
	case !ok:
		return nextDate{}
	case what == ticket.DeadlineClose:
		return nextDate{"date_closes", &at}
	}
	return nextDate{"promise_" + string(what), &at}
}

// Counted is a number that is not counted further than store.CountsMax.
func (p *page) Counted(n int) string { return counted(n) }

// OwnWords are what the vendor itself says at a place of policy.NoticePlaces, in
// the reader's language; "" for nothing.
func (p *page) OwnWords(place string) string {
	return p.spaced(p.Request.vendor.Settings.Notice(place, p.Request.locale))
}

// FileMax is the size of the largest file taken, in MiB.
func (p *page) FileMax() int { return desk.FileMax >> 20 }

// FilesMax is how many files a request or message may have.
func (p *page) FilesMax() int { return desk.FilesMax }

// SearchMax is how many requests are looked through for words.
func (p *page) SearchMax() int { return store.SearchMax }
