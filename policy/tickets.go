package policy

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The rules at zero: what happens to a request when no ticket is left.
const (
	AtZeroRefuse  = "refuse"  // it is not registered
	AtZeroAsk     = "ask"     // the customer chooses: AtZeroChoices
	AtZeroOverrun = "overrun" // it is registered, and the balance falls below zero
)

// What a customer can choose when none is left and the rule is to ask.
const (
	ChoiceBuy  = "buy_pack" // they buy more tickets; this one is taken from them
	ChoicePay  = "pay_this" // they pay this one; none is taken
	ChoiceWait = "wait"     // nothing is registered
)

// AtZeroChoices are what the customer is asked, in the order it is asked.
var AtZeroChoices = []string{ChoiceBuy, ChoicePay, ChoiceWait}

// planOf is the plan of these terms, the pack's default plan when it has no
// such plan.
func (p *Pack) planOf(t Terms) Plan {
	plan, known := p.Plan(t.Plan)
	if !known {
		plan, _ = p.Plan(p.DefaultPlan)
	}
	return plan
}

// PlanOf is the code of the plan these terms stand under; "" without a pack.
func (s Settings) PlanOf(t Terms) string {
	if s.Pack == nil {
		return ""
	}
	return s.Pack.planOf(t).Code
}

// TicketsOf is what these terms include, the agreement before the plan; nil
// when they count no tickets.
func (s Settings) TicketsOf(t Terms) *Tickets {
	switch {
	case t.Overrides.Tickets != nil:
		return t.Overrides.Tickets
	case s.Pack == nil:
		return nil
	}
	return s.Pack.planOf(t).Tickets
}

// Takes says whether a request of that kind takes a ticket.
func (t Tickets) Takes(form string) bool { return !slices.Contains(t.NotForms, form) }

// Releases says whether that reason gives a ticket back.
func (t Tickets) Releases(reason string) bool { return slices.Contains(t.Release, reason) }

// ReleasesMerged is the reason for which a ticket that is merged into another
// one is given back; "" when it is not. None are counted for nil.
func (t *Tickets) ReleasesMerged() string {
	for _, reason := range []string{"duplicate", "merged"} {
		if t != nil && t.Releases(reason) {
			return reason
		}
	}
	return ""
}

var monthsOf = map[string]int{"month": 1, "quarter": 3, "year": 12}

// Period is the period that a day of a contract lies in: from the anniversary
// of the contract's first day to the day before the next one, and no further
// than its last day. A contract that began on the 31st has its anniversaries on
// the last day of shorter months. last is nil for a period without an end. All
// are dates: midnights UTC.
func (t Tickets) Period(from time.Time, until *time.Time, on time.Time) (first time.Time, last *time.Time) {
	months, bounded := monthsOf[t.Per]
	if !bounded {
		return from, until
	}
	n := ((on.Year()-from.Year())*12 + int(on.Month()-from.Month())) / months
	for anniversary(from, n*months).After(on) {
		n--
	}
	for !anniversary(from, (n+1)*months).After(on) {
		n++
	}
	end := anniversary(from, (n+1)*months).AddDate(0, 0, -1)
	if until != nil && until.Before(end) {
		end = *until
	}
	return anniversary(from, n*months), &end
}

// anniversary is the day so many months after a date, in a month that is too
// short its last day.
func anniversary(from time.Time, months int) time.Time {
	first := time.Date(from.Year(), from.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, min(from.Day(), first.AddDate(0, 1, -1).Day())-1)
}

// DateOf is the date of an instant in a zone, as a midnight UTC.
func DateOf(at time.Time, zone *time.Location) time.Time {
	year, month, day := at.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// YAML is the overrides as somebody would write them; "" for none.
func (o Overrides) YAML() (string, error) {
	raw, err := yaml.Dump(o)
	if text := strings.TrimSpace(string(raw)); err == nil && text != "{}" {
		return text + "\n", nil
	}
	return "", err
}
