package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// judging is what triage decides by: severities and reasons.
func (l *lister) judging() {
	p := l.p
	l.part("severities")
	l.order("severities", l.what("order"), codesOf(p.Severities, func(s Severity) string { return s.Code }))
	for _, s := range p.Severities {
		path := "severities." + s.Code
		l.thing("severity", s.Code)
		l.text(path+".label", l.what("label"), s.Label)
		l.text(path+".definition", l.what("definition"), s.Definition)
		for _, k := range slices.Sorted(maps.Keys(s.Criteria)) {
			for i, t := range s.Criteria[k] {
				l.text(fmt.Sprintf("%s.criteria.%s.%d", path, k, i+1), l.what("criterion", said("value."+k)), t)
			}
		}
	}
	l.part("reasons")
	l.order("reasons", l.what("order"), codesOf(p.Reasons, func(r Reason) string { return r.Code }))
	for _, r := range p.Reasons {
		path := "reasons." + r.Code + "."
		l.thing("reason", r.Code)
		l.text(path+"label", l.what("label"), r.Label)
		l.text(path+"definition", l.what("definition"), r.Definition)
		l.plain(path+"path", "reason_path", l.pathNames(r.Path))
		l.yes(path+"internal", "internal", r.Internal)
	}
}

// time is what is promised, and in whose hours.
func (l *lister) time() {
	p := l.p
	l.part("plans")
	l.plain("default_plan", "default_plan", p.DefaultPlan)
	l.order("plans", l.what("order"), codesOf(p.Plans, func(a Plan) string { return a.Code }))
	for _, a := range p.Plans {
		l.plan(a)
	}
	l.part("clocks")
	if p.Clocks.WarnAt > 0 {
		l.line("clocks.warn_at", l.what("warn_at"), strconv.FormatFloat(100*p.Clocks.WarnAt, 'f', -1, 64)+"\u00a0%")
	}
	l.yes("clocks.receipt_acknowledges", "receipt_acknowledges", p.Clocks.Receipt)
	l.codes("clocks.also_pausing", "also_pausing", p.Clocks.Pausing)
	l.codes("clocks.may_exclude", "may_exclude", p.Clocks.Exclude)
	if n := p.Versions.Months; n > 0 {
		l.line("versions.window_months", l.what("version_window"), counted(n, "month").In(l.locale))
	}
	l.yes("versions.may_ask_upgrade", "ask_upgrade", p.Versions.AskUpgrade)
	l.part("calendars")
	l.plain("calendar", "calendar", p.Calendar)
	for _, name := range slices.Sorted(maps.Keys(p.Calendars)) {
		l.calendar(name, p.Calendars[name])
	}
}

func (l *lister) plan(a Plan) {
	path := "plans." + a.Code + "."
	l.thing("plan", a.Code)
	l.text(path+"label", l.what("label"), a.Label)
	l.codes(path+"channels", "plan_channels", a.Channels)
	if a.Tier > 0 {
		l.line(path+"tier", l.what("tier"), strconv.Itoa(a.Tier))
	}
	for _, clock := range ClockNames {
		for _, severity := range append(l.p.severityCodes(), "any") {
			amount, promised := a.Targets[clock][severity]
			if !promised {
				continue
			}
			words := l.named([]string{severity}, l.p.severityLabel)
			l.line(path+"targets."+clock+"."+severity, l.what("target", said("value."+clock), words), amount.inWords().In(l.locale))
		}
	}
	l.plain(path+"calendar", "plan_calendar", a.Calendar)
	l.plain(path+"ladder", "plan_ladder", a.Ladder)
	t := a.Tickets
	if t == nil {
		l.line(path+"tickets", l.what("included"), Say(l.locale, "value.unlimited"))
		return
	}
	path += "tickets."
	l.line(path+"included", l.what("included"), strconv.Itoa(t.Included))
	l.code(path+"per", "per", t.Per)
	l.code(path+"at_zero", "at_zero", t.AtZero)
	l.codes(path+"released_for", "released_for", t.Release)
	l.plain(path+"not_taken_for", "not_taken_for", l.formNames(t.NotForms))
}

func (p *Pack) severityCodes() []string {
	return codesOf(p.Severities, func(s Severity) string { return s.Code })
}

func (p *Pack) severityLabel(code string) Text {
	for _, s := range p.Severities {
		if s.Code == code {
			return s.Label
		}
	}
	return said("value.any_severity")
}

func (l *lister) calendar(name string, c Calendar) {
	path := "calendars." + name + "."
	l.thing("calendar", name)
	l.text(path+"label", l.what("label"), c.Label)
	l.plain(path+"time_zone", "time_zone", c.TimeZone)
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"} {
		if windows := c.Hours[day]; len(windows) > 0 {
			l.line(path+"hours."+day, Say(l.locale, "value."+day), windowsOf(windows))
		}
	}
	l.plain(path+"holidays_of", "holidays_of", c.Region)
	l.joined(path+"holidays", "holidays", c.Holidays)
	for _, date := range slices.Sorted(maps.Keys(c.Dates)) {
		l.line(path+"dates."+date, date, orElse(windowsOf(c.Dates[date]), Say(l.locale, "value.closed")))
	}
}

func windowsOf(windows [][]string) string {
	said := make([]string, len(windows))
	for i, w := range windows {
		said[i] = strings.Join(w, "–")
	}
	return strings.Join(said, ", ")
}

// paths is what can happen to a ticket.
func (l *lister) paths() {
	l.part("paths")
	for _, name := range PathNames {
		path, on := l.p.Paths[name]
		if on {
			l.path("paths."+name, name, path)
		}
	}
}

func (l *lister) path(at, path string, p Path) {
	l.thing("path", said("path."+path))
	l.line(at, l.what("on"), Say(l.locale, "value.yes"))
	at += "."
	l.choices(at+"steps", l.what("path_steps"), p.Steps)
	l.code(at+"consent", "consent", p.Consent)
	l.text(at+"cites", l.what("cites"), p.Cites)
	if p.Team != "" {
		l.line(at+"team", l.what("path_team"), l.teamNames(p.Team))
	}
	option := func(name, key string, on bool) {
		if slices.Contains(pathOptions[name], path) {
			l.yes(at+name, key, on)
		}
	}
	option("close_on_answer", "close_on_answer", p.CloseOnAnswer)
	l.days(at+"auto_close_days", "auto_close", p.AutoCloseDays)
	l.days(at+"reopen_days", "reopen", p.ReopenDays)
	if len(p.Remind) > 0 {
		l.line(at+"remind_after", l.what("remind"), amounts(p.Remind).In(l.locale))
	}
	l.amount(at+"give_up_after", "give_up", p.GiveUp)
	l.amount(at+"accepted_after", "accepted_after", p.AcceptAfter)
	l.days(at+"interest_days", "interest", p.InterestDays)
	l.days(at+"quote_valid_days", "quote_valid", p.QuoteDays)
	option("bill_declined_estimate", "bill_declined", p.BillDeclined)
	option("work_when_paid", "when_paid", p.WorkWhenPaid)
}

// people is who does it, and whom a complaint reaches.
func (l *lister) people() {
	p := l.p
	l.part("assignment")
	for i, r := range p.Assignment.Rules {
		l.line(fmt.Sprintf("assignment.rules.%d", i+1), l.what("assign", i+1), l.assignmentRule(r))
	}
	if n := p.Assignment.AgeMinutes; n > 0 {
		l.line("assignment.late_after", l.what("late_after"), counted(n, "minute").In(l.locale))
	}
	l.order("assignment.teams", l.what("order"), codesOf(p.Assignment.Teams, func(t Team) string { return t.Code }))
	for _, t := range p.Assignment.Teams {
		path := "assignment.teams." + t.Code + "."
		l.thing("team", t.Code)
		l.text(path+"label", l.what("label"), t.Label)
		l.joined(path+"roles", "roles", t.Roles)
	}
	l.part("ladders")
	if c := p.Collaboration; c != nil {
		l.line("collaboration.teams", l.what("collaboration"), l.teamNames(c.Teams...))
		l.text("collaboration.when", l.what("collaboration_when"), c.When)
		if c.Answer != (Amount{}) {
			l.line("collaboration.answer", l.what("collaboration_answer"), c.Answer.inWords().In(l.locale))
		}
	}
	for _, d := range p.Ladders {
		path := "ladders." + d.Code + "."
		l.thing("ladder", d.Code)
		l.text(path+"label", l.what("label"), d.Label)
		l.codes(path+"on_breach", "on_breach", d.OnBreach)
		for i, r := range d.Rungs {
			at := fmt.Sprintf("%srungs.%d.", path, i+1)
			l.text(at+"title", l.what("rung", i+1), r.Title)
			if r.Team != "" {
				l.line(at+"team", l.what("rung_team", i+1), l.teamNames(r.Team))
			}
			l.line(at+"acknowledge", l.what("rung_acknowledge", i+1), r.Acknowledge.inWords().In(l.locale))
			if r.Calendar != "" {
				l.line(at+"calendar", l.what("rung_calendar", i+1), r.Calendar)
			}
		}
	}
	l.part("access")
	if a := p.Access; a != nil {
		for i, system := range a.Systems {
			l.text(fmt.Sprintf("access_authority.systems.%d", i+1), l.what("access_system"), system)
		}
		l.codes("access_authority.signed_by", "signed_by", a.SignedBy)
	}
}

// assignmentRule is a rule in one sentence.
func (l *lister) assignmentRule(r AssignmentRule) string {
	var when []string
	for _, w := range []struct{ key, value string }{
		{"form", l.formNames(some(r.Form))}, {"product", r.Product}, {"severity", l.named(some(r.Severity), l.p.severityLabel)}, {"path", l.pathNames(r.Path)},
	} {
		if w.value != "" {
			when = append(when, Say(l.locale, "thing."+w.key, w.value))
		}
	}
	method := Say(l.locale, "value."+orElse(r.Method, "manual"))
	who := Say(l.locale, "value.to_team", l.teamNames(r.Team), method)
	if len(when) == 0 {
		when = []string{Say(l.locale, "value.anything_else")}
	}
	return strings.Join(when, ", ") + " → " + who
}

func some(code string) []string {
	if code == "" {
		return nil
	}
	return []string{code}
}

// money is what is counted and billed, and the weekly statement.
func (l *lister) money() {
	p := l.p
	l.part("money")
	l.choices("activities", l.what("activity"), p.Activities)
	if n := p.Time.Future; n > 0 {
		l.line("time.future_days", l.what("time_future"), counted(n, "day").In(l.locale))
	}
	if n := p.Time.Past; n > 0 {
		l.line("time.past_days", l.what("time_past"), counted(n, "day").In(l.locale))
	}
	for i, r := range p.Rates {
		path := fmt.Sprintf("rates.%d", i+1)
		activity := l.named([]string{r.Activity}, func(code string) Text {
			for _, a := range p.Activities {
				if a.Code == code {
					return a.Label
				}
			}
			return said("value.any_activity")
		})
		l.line(path, l.what("rate", i+1, orElse(activity, Say(l.locale, "value.any_activity"))), l.decimal(r.Hour)+" "+r.Currency)
		if r.Plan != "" {
			l.line(path+".plan", l.what("rate_plan", i+1), r.Plan)
		}
		if r.Minimum > 0 {
			l.line(path+".minimum_minutes", l.what("rate_minimum", i+1), counted(r.Minimum, "minute").In(l.locale))
		}
	}
	if r := p.Rounding; r != nil {
		l.line("rounding.minutes", l.what("rounding"), counted(r.Minutes, "minute").In(l.locale))
		l.code("rounding.mode", "rounding_mode", r.Mode)
	}
	l.order("taxes", l.what("order_of_taxes"), codesOf(p.Taxes, func(t Tax) string { return t.Code }))
	for _, t := range p.Taxes {
		l.text("taxes."+t.Code+".label", l.what("tax"), t.Label)
		l.line("taxes."+t.Code+".percent", l.what("percent", l.named([]string{t.Code}, func(string) Text { return t.Label })), l.decimal(t.Percent)+"\u00a0%")
		if t.Registration != "" {
			l.line("taxes."+t.Code+".registration", l.what("registration", l.named([]string{t.Code}, func(string) Text { return t.Label })), t.Registration)
		}
	}
	l.code("money_rounding", "money_rounding", p.MoneyRounding)
	l.days("payment_days", "payment_days", p.PaymentDays)
	l.training()
	if s := p.Statement; s != nil {
		l.part("statement")
		l.code("weekly_statement.day", "statement_day", s.Day)
		l.plain("weekly_statement.at", "statement_at", s.At)
		l.line("weekly_statement.completed_weeks", l.what("statement_weeks"), counted(s.CompletedWeeks, "week").In(l.locale))
	}
}

// training is what an offer of a training may start from.
func (l *lister) training() {
	list := l.p.Training
	l.order("training_packages", l.what("order_of_training"), codesOf(list, func(t TrainingPackage) string { return t.Code }))
	for _, t := range list {
		path := "training_packages." + t.Code
		name := l.named([]string{t.Code}, func(string) Text { return t.Label })
		l.text(path+".label", l.what("training_package", t.Code), t.Label)
		if t.Hours > 0 {
			l.line(path+".hours", l.what("training_hours", name), counted(t.Hours, "hour").In(l.locale))
		}
		if t.Price != "" {
			l.line(path+".price", l.what("training_price", name), l.decimal(t.Price)+" "+t.Currency)
		}
	}
}
