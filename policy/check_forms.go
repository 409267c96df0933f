package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

func (c *checker) forms() {
	p := c.p
	c.codes("forms", codesOf(p.Forms, func(f Form) string { return f.Kind }))
	used := map[string]bool{}
	for _, f := range p.Forms {
		c.form(f)
		for _, field := range f.Fields {
			used[field] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		path, field := "fields."+name, p.Fields[name]
		if !used[name] {
			c.wrong(path, "the field %q is used by no form", name)
		}
		c.text(path+".label", field.Label)
		c.among(path+".type", "a type of field", field.Type, FieldTypes)
		if (field.Type == "choice") != (len(field.Choices) > 0) {
			c.wrong(path, "the field %q: choices belong to a field of the type choice, and it needs them", name)
		}
		if field.Matches != "" {
			c.among(path+".matches", "something to agree with", field.Matches, []string{"customer_name", "customer_id"})
		}
	}
}

func (c *checker) form(f Form) {
	path := "forms." + f.Kind
	c.text(path+".label", f.Label)
	if f.Path != "" && !has(c.p.Paths, f.Path) {
		c.wrong(path+".path", "the form %q leads to the path %q, which is not switched on", f.Kind, f.Path)
	}
	if _, known := c.p.Reason(f.Reason); f.Reason != "" && !known {
		c.wrong(path+".reason", "the form %q names the reason %q, which the pack does not have", f.Kind, f.Reason)
	}
	if len(f.Charged) > 0 {
		c.text(path+".charged", f.Charged)
	}
	for _, field := range f.Fields {
		if !has(c.p.Fields, field) {
			c.wrong(path+".fields", "the form %q asks for the field %q, which is not described under fields", f.Kind, field)
		}
	}
	asks := func(where string, fields []string) {
		for _, field := range fields {
			if !slices.Contains(f.Fields, field) {
				c.wrong(path+"."+where, "the form %q requires the field %q and does not ask for it", f.Kind, field)
			}
		}
	}
	asks("required", f.Require)
	for _, group := range f.OneOf {
		asks("one_of", group)
		if len(group) < 2 {
			c.wrong(path+".one_of", "a group of which one is needed has two fields at least")
		}
	}
	for i, r := range f.Rules {
		where := fmt.Sprintf("rules.%d", i+1)
		asks(where, r.Require)
		asks(where, r.OneOf)
		c.text(path+"."+where+".why", r.Why)
		if len(r.Require)+len(r.OneOf) == 0 {
			c.wrong(path+"."+where, "a rule that requires nothing")
		}
		if r.When.Field != "" {
			asks(where, []string{r.When.Field})
			c.values(path+"."+where, r.When)
		}
	}
}

// values wants the condition of a rule to be one that can come true.
func (c *checker) values(path string, w When) {
	field := c.p.Fields[w.Field]
	if field.Type != "choice" || len(w.Is) == 0 {
		c.wrong(path, "a rule depends on a field of the type choice and on values of it")
		return
	}
	for _, value := range w.Is {
		if !Has(field.Choices, value) {
			c.wrong(path, "a rule waits for %q in the field %q, which has no such choice", value, w.Field)
		}
	}
}

func (c *checker) paths() {
	p := c.p
	if !has(p.Paths, "answer") {
		c.wrong("paths", "the path \"answer\" must be switched on")
	}
	reached := c.reached()
	for _, name := range slices.Sorted(maps.Keys(p.Paths)) {
		where, path := "paths."+name, p.Paths[name]
		c.among(where, "a path", name, PathNames)
		if !reached[name] {
			c.wrong(where, "nobody can reach the path %q: no reason, form or other path leads to it", name)
		}
		c.options(where, name)
		if path.Consent != "" {
			c.among(where+".consent", "a way to tell the cost", path.Consent, []string{"notice", "consent"})
		}
		if path.AutoCloseDays < 0 || path.ReopenDays < 0 || path.QuoteDays < 0 || path.InterestDays < 0 {
			c.wrong(where, "days can't be negative")
		}
		if len(path.Steps) > 7 {
			c.wrong(where+".steps", "customers are shown seven steps at most")
		}
		if path.Team != "" && !slices.ContainsFunc(p.Assignment.Teams, func(t Team) bool { return t.Code == path.Team }) {
			c.wrong(where+".team", "the path %q is carried out by the team %q, and there is none", name, path.Team)
		}
	}
}

// options wants those of a path to mean something on it.
func (c *checker) options(where, name string) {
	n, _ := find(c.top, where)
	for i := 0; i+1 < len(n.Content); i += 2 {
		option := n.Content[i].Value
		if on, limited := pathOptions[option]; limited && !slices.Contains(on, name) {
			c.wrong(where+"."+option, "%s means nothing on the path %q; it is for %s", option, name, strings.Join(on, ", "))
		}
	}
}

// reached are the paths somebody can get to.
func (c *checker) reached() map[string]bool {
	reached := map[string]bool{"answer": true}
	for _, r := range c.p.Reasons {
		reached[r.Path] = true
	}
	for _, f := range c.p.Forms {
		reached[f.Path] = true
	}
	for from, to := range leadsTo {
		for _, path := range to {
			reached[path] = reached[path] || has(c.p.Paths, from)
		}
	}
	return reached
}

var (
	decimalForm  = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,4})?$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

func (c *checker) money() {
	p := c.p
	if len(p.Activities) > 0 {
		c.codes("activities", codesOf(p.Activities, func(a Choice) string { return a.Code }))
	}
	if p.Time.Future < 0 || p.Time.Future > 366 {
		c.wrong("time.future_days", "time is entered for between 0 and 366 days ahead")
	}
	if p.Time.Past < 0 || p.Time.Past > 3660 {
		c.wrong("time.past_days", "time is entered for between 0 and 3660 days back")
	}
	for i, r := range p.Rates {
		path := fmt.Sprintf("rates.%d", i+1)
		if !decimalForm.MatchString(r.Hour) {
			c.wrong(path+".per_hour", "%q is no amount such as 150.00", r.Hour)
		}
		if !currencyForm.MatchString(r.Currency) {
			c.wrong(path+".currency", "%q is no currency such as CAD (ISO 4217)", r.Currency)
		}
		if r.Activity != "" && !Has(p.Activities, r.Activity) {
			c.wrong(path+".activity", "a rate for the activity %q, which the pack does not have", r.Activity)
		}
		if _, known := p.Plan(r.Plan); r.Plan != "" && !known {
			c.wrong(path+".plan", "a rate for the plan %q, which the pack does not have", r.Plan)
		}
		if r.Minimum < 0 {
			c.wrong(path+".minimum_minutes", "minutes can't be negative")
		}
	}
	if p.Rounding != nil {
		c.among("rounding.mode", "a way to round", p.Rounding.Mode, []string{"up", "nearest", "down"})
		if p.Rounding.Minutes < 1 || p.Rounding.Minutes > 60 {
			c.wrong("rounding.minutes", "minutes are rounded to between 1 and 60")
		}
	}
	c.training()
	for _, t := range p.Taxes {
		c.text("taxes."+t.Code+".label", t.Label)
		if !decimalForm.MatchString(t.Percent) {
			c.wrong("taxes."+t.Code+".percent", "%q is no percentage such as 9.975", t.Percent)
		}
	}
	if p.MoneyRounding != "" {
		c.among("money_rounding", "a way to round money", p.MoneyRounding, []string{"half_up", "half_even"})
	}
	if p.PaymentDays < 0 || p.PaymentDays > 365 {
		c.wrong("payment_days", "an invoice is to be paid within 1 to 365 days")
	}
	if s := p.Statement; s != nil {
		c.among("weekly_statement.day", "a weekday", s.Day, []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"})
		if len(s.At) != 5 {
			c.wrong("weekly_statement.at", "%q is no time of day such as 08:00", s.At)
		}
	}
}

// training wants each package once, in words, and its price in a currency that
// quotes are made in.
func (c *checker) training() {
	list := c.p.Training
	if len(list) > 0 {
		c.codes("training_packages", codesOf(list, func(t TrainingPackage) string { return t.Code }))
	}
	for _, t := range list {
		path := "training_packages." + t.Code
		c.text(path+".label", t.Label)
		if t.Hours < 0 || t.Hours > 1000 {
			c.wrong(path+".hours", "a training takes between 1 and 1000 hours")
		}
		if t.Price == "" && t.Currency == "" {
			continue
		}
		if !decimalForm.MatchString(t.Price) {
			c.wrong(path+".price", "%q is no amount such as 450.00", t.Price)
		}
		if !currencyForm.MatchString(t.Currency) {
			c.wrong(path+".currency", "%q is no currency such as CAD (ISO 4217)", t.Currency)
		}
		other := func(r Rate) bool { return r.Currency != t.Currency }
		if slices.ContainsFunc(c.p.Rates, other) {
			c.wrong(path+".currency", "the training package %q has a price in %q, and the rates are in another currency", t.Code, t.Currency)
		}
	}
}
