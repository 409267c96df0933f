package policy

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// check is everything in a pack that contradicts itself or leads nowhere.
func (p *Pack) check(top *yaml.Node) Faults {
	c := checker{p: p, top: top}
	c.head()
	c.lists()
	c.allCalendars()
	c.forms()
	c.plans()
	c.paths()
	c.people()
	c.words()
	c.money()
	slices.SortStableFunc(c.faults, func(a, b Fault) int { return cmp.Compare(a.Line, b.Line) })
	return c.faults
}

type checker struct {
	p      *Pack
	top    *yaml.Node
	faults Faults
}

func (c *checker) wrong(path, format string, args ...any) {
	_, line := find(c.top, path)
	c.faults = append(c.faults, Fault{line, fmt.Sprintf(format, args...)})
}

// text wants a text in every language of the vendor.
func (c *checker) text(path string, t Text) {
	for _, locale := range c.p.Locales {
		language, _, _ := strings.Cut(locale, "-")
		if t[language] == "" && t[locale] == "" {
			c.wrong(path, "%s has no words in %q, a language of this vendor", path, language)
		}
	}
}

var packName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

func (c *checker) head() {
	p := c.p
	if !packName.MatchString(p.Name) {
		c.wrong("pack", "a pack's name is made of a-z, 0-9 and -, not %q", p.Name)
	}
	if p.Source.Title == "" {
		c.wrong("source", "source.title names the document the procedure comes from")
	}
	if p.Vendor.Name == "" {
		c.wrong("vendor", "vendor.name is missing")
	}
	if len(p.Locales) == 0 {
		c.wrong("locales", "name at least one locale, such as en-AU")
	}
	if _, err := time.LoadLocation(p.TimeZone); err != nil || p.TimeZone == "" || p.TimeZone == "Local" {
		c.wrong("time_zone", "there is no time zone %q; a time zone is named such as Europe/Paris", p.TimeZone)
	}
	if p.Policy.Prevail != "" {
		c.among("support_policy.prevails", "something that prevails", p.Policy.Prevail, []string{"agreement"})
	}
	if p.Subject.Min < 0 || p.Subject.Min > 100 {
		c.wrong("subject.min", "a subject has between 0 and 100 letters at least")
	}
}

// codes wants each code of a list once, and the list not to be empty.
func (c *checker) codes(path string, codes []string) {
	if len(codes) == 0 {
		c.wrong(path, "%s is empty: name at least one", path)
	}
	for i, code := range codes {
		switch {
		case code == "":
			c.wrong(path, "an entry of %s has no code", path)
		case slices.Contains(codes[:i], code):
			c.wrong(path, "%s has %q twice", path, code)
		}
	}
}

func codesOf[T any](list []T, code func(T) string) []string {
	codes := make([]string, len(list))
	for i, item := range list {
		codes[i] = code(item)
	}
	return codes
}

func (c *checker) severities() []string {
	return codesOf(c.p.Severities, func(s Severity) string { return s.Code })
}

func (c *checker) lists() {
	p := c.p
	c.codes("severities", c.severities())
	for _, s := range p.Severities {
		c.text("severities."+s.Code+".label", s.Label)
		if len(s.Definition) > 0 {
			c.text("severities."+s.Code+".definition", s.Definition)
		}
		for _, k := range slices.Sorted(maps.Keys(s.Criteria)) {
			c.among("severities."+s.Code+".criteria", "a criterion", k, criteria)
		}
	}
	c.codes("reasons", codesOf(p.Reasons, func(r Reason) string { return r.Code }))
	for _, r := range p.Reasons {
		path := "reasons." + r.Code
		c.text(path+".label", r.Label)
		if r.Path != "" && !has(p.Paths, r.Path) {
			c.wrong(path+".path", "the reason %q leads to the path %q, which is not switched on", r.Code, r.Path)
		}
	}
	if len(p.Channels) == 0 {
		c.wrong("channels", "channels is empty: name at least one of portal, api, mail, chat, phone")
	}
	for _, name := range slices.Sorted(maps.Keys(p.Channels)) {
		c.among("channels."+name, "a channel", name, ChannelNames)
		for _, kind := range p.Channels[name].BecomesOf {
			if _, known := p.Form(kind); !known {
				c.wrong("channels."+name+".becomes_of", "the channel %q turns conversations of the form %q into requests, and there is no such form", name, kind)
			}
		}
	}
}

// ChannelNames are the ways in.
var ChannelNames = []string{"portal", "api", "mail", "chat", "phone"}

func has[V any](m map[string]V, key string) bool { _, known := m[key]; return known }

func (c *checker) among(path, what, value string, known []string) {
	if !slices.Contains(known, value) {
		c.wrong(path, "%q is not %s; they are %s", value, what, strings.Join(known, ", "))
	}
}

func (c *checker) allCalendars() {
	if len(c.p.Calendars) == 0 {
		c.wrong("calendars", "calendars is empty: name at least one")
	}
	c.calendarNamed("calendar", c.p.Calendar)
	for _, name := range slices.Sorted(maps.Keys(c.p.Calendars)) {
		if _, err := c.p.CalendarNamed(name); err != nil {
			c.wrong("calendars."+name, "calendar %q: %s", name, err)
		}
	}
}

func (c *checker) calendarNamed(path, name string) {
	if !has(c.p.Calendars, name) {
		c.wrong(path, "%s names the calendar %q, and there is none", path, name)
	}
}

func (c *checker) plans() {
	p := c.p
	c.codes("plans", codesOf(p.Plans, func(l Plan) string { return l.Code }))
	if _, known := p.Plan(p.DefaultPlan); !known {
		c.wrong("default_plan", "default_plan names the plan %q, and there is none", p.DefaultPlan)
	}
	for _, l := range p.Plans {
		path := "plans." + l.Code
		c.text(path+".label", l.Label)
		if len(l.Channels) == 0 {
			c.wrong(path, "the plan %q includes no channel: nobody could register anything", l.Code)
		}
		for _, ch := range l.Channels {
			if !has(p.Channels, ch) {
				c.wrong(path+".channels", "the plan %q includes the channel %q, which the pack does not have", l.Code, ch)
			}
		}
		if l.Calendar != "" {
			c.calendarNamed(path+".calendar", l.Calendar)
		}
		if l.Ladder != "" && !slices.ContainsFunc(p.Ladders, func(d Ladder) bool { return d.Code == l.Ladder }) {
			c.wrong(path+".ladder", "the plan %q names the ladder %q, and there is none", l.Code, l.Ladder)
		}
		c.targets(path+".targets", l.Targets)
		c.tickets(path+".tickets", l.Tickets)
	}
	if w := p.Clocks.WarnAt; w < 0 || w >= 1 {
		c.wrong("clocks.warn_at", "warn_at is a fraction between 0 and 1, not %v", w)
	}
	for _, k := range p.Clocks.Exclude {
		c.among("clocks.may_exclude", "a reason to exclude a breach", k, ExclusionReasons)
	}
	for _, k := range p.Clocks.Pausing {
		c.among("clocks.also_pausing", "a clock that can be made to pause", k, []string{Acknowledge, StartOfWork})
	}
}

func (c *checker) targets(path string, t Targets) {
	for _, clock := range slices.Sorted(maps.Keys(t)) {
		c.among(path+"."+clock, "a clock", clock, ClockNames)
		for _, severity := range slices.Sorted(maps.Keys(t[clock])) {
			if severity != "any" && !slices.Contains(c.severities(), severity) {
				c.wrong(path+"."+clock+"."+severity, "a target for the severity %q, which the pack does not have", severity)
			}
		}
	}
}

// ReleaseReasons are what can give a ticket back to its contract.
var ReleaseReasons = []string{"warranty", "duplicate", "split", "merged", "withdrawn"}

func (c *checker) tickets(path string, t *Tickets) {
	if t == nil {
		return
	}
	if t.Included < 1 {
		c.wrong(path+".included", "a plan that counts tickets includes at least one")
	}
	c.among(path+".per", "a period", t.Per, []string{"month", "quarter", "year", "contract"})
	c.among(path+".at_zero", "a rule at zero", t.AtZero, []string{"refuse", "ask", "overrun"})
	for _, r := range t.Release {
		c.among(path+".released_for", "a reason to give a ticket back", r, ReleaseReasons)
	}
	for _, kind := range t.NotForms {
		if _, known := c.p.Form(kind); !known {
			c.wrong(path+".not_taken_for", "no ticket is taken for the form %q, and there is no such form", kind)
		}
	}
}

func (c *checker) people() {
	p := c.p
	teams := codesOf(p.Assignment.Teams, func(t Team) string { return t.Code })
	if len(teams) > 0 {
		c.codes("assignment.teams", teams)
	}
	for i, r := range p.Assignment.Rules {
		path := fmt.Sprintf("assignment.rules.%d", i+1)
		if !slices.Contains(teams, r.Team) {
			c.wrong(path+".team", "an assignment rule names the team %q, and there is none", r.Team)
		}
		if _, known := p.Form(r.Form); r.Form != "" && !known {
			c.wrong(path+".form", "an assignment rule names the form %q, and there is none", r.Form)
		}
		if r.Path != "" && !has(p.Paths, r.Path) {
			c.wrong(path+".path", "an assignment rule names the path %q, which is not switched on", r.Path)
		}
		if r.Severity != "" && !slices.Contains(c.severities(), r.Severity) {
			c.wrong(path+".severity", "an assignment rule names the severity %q, which the pack does not have", r.Severity)
		}
		if r.Method != "" {
			c.among(path+".method", "a way to assign", r.Method, AssignmentMethods)
		}
	}
	if p.Intake.ExpireDays < 0 {
		c.wrong("registration.expire_incomplete_after_days", "days can't be negative")
	}
	for _, d := range p.Intake.RemindDays {
		if d < 1 || p.Intake.ExpireDays > 0 && d >= p.Intake.ExpireDays {
			c.wrong("registration.remind_incomplete_after_days", "a reminder after %d days comes before the first day or after the request has expired", d)
		}
	}
	for _, l := range p.Ladders {
		path := "ladders." + l.Code
		if len(l.Rungs) == 0 {
			c.wrong(path, "the ladder %q has no rungs", l.Code)
		}
		for i, r := range l.Rungs {
			c.text(fmt.Sprintf("%s.rungs.%d.title", path, i+1), r.Title)
			if r.Team != "" && !slices.ContainsFunc(p.Assignment.Teams, func(t Team) bool { return t.Code == r.Team }) {
				c.wrong(path, "rung %d names the team %q, and there is none", i+1, r.Team)
			}
			if r.Acknowledge == (Amount{}) {
				c.wrong(path, "rung %d has no time to acknowledge", i+1)
			}
			if r.Calendar != "" {
				c.calendarNamed(fmt.Sprintf("%s.rungs.%d.calendar", path, i+1), r.Calendar)
			}
		}
		for _, k := range l.OnBreach {
			c.among(path+".on_breach", "a clock", k, ClockNames)
		}
	}
}
