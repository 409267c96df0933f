package billing

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
)

// Terms is what a bill is made by, from the pack and the contract.
type Terms struct {
	Plan       string // of the contract
	Activities []policy.Choice
	Rates      []policy.Rate
	Rounding   *policy.Rounding
	Taxes      []policy.Tax
	Money      string // HalfUp, also when empty, or HalfEven
}

// TermsOf are the terms of a pack under a plan.
func TermsOf(p *policy.Pack, plan string) Terms {
	if p == nil {
		return Terms{Plan: plan}
	}
	return Terms{Plan: plan, Activities: p.Activities, Rates: p.Rates, Rounding: p.Rounding, Taxes: p.Taxes, Money: p.MoneyRounding}
}

// The kinds of lines.
const (
	TimeLine    = "time"    // minutes of an activity at a rate
	MinimumLine = "minimum" // what is missing to a rate's minimum
	FixedLine   = "fixed"   // a price agreed beforehand
)

// Line is one line of a bill. Of a credit note quantity and net are below zero.
type Line struct {
	Kind     string
	Activity string          // code, of a time line
	Text     policy.Text     // the activity's label, or what was agreed; none of a minimum
	Minutes  int             // billed; zero of a fixed line
	Quantity decimal.Decimal // of a fixed line: units; else zero, the minutes say it
	Unit     decimal.Decimal // price of an hour, or of a unit
	Net      decimal.Decimal // rounded to the minor unit
}

// TaxLine is one tax on the net sum.
type TaxLine struct {
	Code    string
	Label   policy.Text
	Percent decimal.Decimal
	Amount  decimal.Decimal // rounded to the minor unit
}

// Bill is what is owed: Net is the sum of the lines, Total that and the taxes,
// both exactly.
type Bill struct {
	Currency   string // ISO 4217
	Lines      []Line
	Taxes      []TaxLine
	Net, Total decimal.Decimal
}

// Fixed is a price agreed beforehand, as it is written. Its texts are decimals.
type Fixed struct {
	Text     policy.Text
	Quantity string
	Unit     string // price of one
}

// OfTime bills entries: each rounded by itself, lines by activity and rate in
// the order of the pack's activities, and a line more where a rate's minimum is
// not reached. Reversed entries and reversals are no lines. Unprocessable
// "no_rate" names an activity without one, "rates_in_two_currencies" and
// "amount_too_large" say what they mean; Conflict "nothing_to_bill".
func OfTime(entries []Entry, t Terms) (Bill, error) {
	standing := Standing(entries)
	if len(standing) == 0 {
		return Bill{}, problem.New(problem.Conflict, "nothing_to_bill", nil)
	}
	var b Bill
	minutes := map[string]int{}
	for _, e := range standing {
		minutes[e.Activity] += Billable(e.Minutes, t.Rounding)
	}
	reached := map[policy.Rate]int{} // minutes at each rate
	var rates []policy.Rate
	for _, a := range t.activities(standing) {
		rate, known := RateFor(t.Rates, a.Code, t.Plan)
		if !known {
			return Bill{}, problem.New(problem.Unprocessable, "no_rate", problem.Args{"activity": a.Code})
		}
		if _, before := reached[rate]; !before {
			rates = append(rates, rate)
		}
		reached[rate] += minutes[a.Code]
		if err := b.hours(Line{Kind: TimeLine, Activity: a.Code, Text: a.Label, Minutes: minutes[a.Code]}, rate, t.Money); err != nil {
			return Bill{}, err
		}
	}
	for _, rate := range rates {
		if err := b.hours(Line{Kind: MinimumLine, Minutes: max(0, rate.Minimum-reached[rate])}, rate, t.Money); err != nil {
			return Bill{}, err
		}
	}
	if len(b.Lines) == 0 {
		return Bill{}, problem.New(problem.Conflict, "nothing_to_bill", nil)
	}
	return b.sum(t)
}

// activities are those of the entries: in the pack's order, then what the pack
// has no more.
func (t Terms) activities(entries []Entry) (list []policy.Choice) {
	worked, listed := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		worked[e.Activity] = true
	}
	for _, a := range t.Activities {
		if worked[a.Code] && !listed[a.Code] {
			list, listed[a.Code] = append(list, a), true
		}
	}
	for _, e := range entries {
		if !listed[e.Activity] {
			list = append(list, policy.Choice{Code: e.Activity, Label: policy.Text{"en": e.Activity}})
			listed[e.Activity] = true
		}
	}
	return list
}

// hours adds a line of minutes at a rate; none without minutes.
func (b *Bill) hours(l Line, rate policy.Rate, money string) error {
	if err := b.in(rate.Currency); err != nil || l.Minutes == 0 {
		return err
	}
	var err error
	if l.Unit, err = decimal.NewFromString(rate.Hour); err != nil {
		return fmt.Errorf("rate %q: %w", rate.Hour, err) // packs are checked
	}
	digits, _ := Digits(b.Currency)
	l.Net = share(l.Unit, int64(l.Minutes), 60, digits, money)
	b.Lines = append(b.Lines, l)
	return nil
}

// in makes a currency the bill's, which has one.
func (b *Bill) in(code string) error {
	switch _, known := Digits(code); {
	case !known:
		return problem.New(problem.Unprocessable, "field_not_currency", nil)
	case b.Currency != "" && b.Currency != code:
		return problem.New(problem.Unprocessable, "rates_in_two_currencies", problem.Args{"one": b.Currency, "other": code})
	}
	b.Currency = code
	return nil
}

// OfFixed bills prices agreed beforehand, such as those of a quote. Every wrong
// field is named: lines/0/quantity, lines/0/unit, lines/0/text, currency.
func OfFixed(lines []Fixed, code string, t Terms) (Bill, error) {
	digits, known := Digits(code)
	var wrong problem.Fields
	switch {
	case !known:
		wrong.Add("currency", "field_not_currency", nil)
	case len(lines) == 0:
		return Bill{}, problem.New(problem.Conflict, "nothing_to_bill", nil)
	}
	b := Bill{Currency: code}
	for i, f := range lines {
		path := fmt.Sprintf("lines/%d/", i)
		if f.Text.In("en") == "" {
			wrong.Add(path+"text", "field_empty", nil)
		}
		quantity, _ := read(&wrong, path+"quantity", f.Quantity)
		unit, _ := read(&wrong, path+"unit", f.Unit)
		net := round(quantity.Mul(unit), digits, t.Money)
		b.Lines = append(b.Lines, Line{Kind: FixedLine, Text: f.Text, Quantity: quantity, Unit: unit, Net: net})
	}
	if err := wrong.Err(); err != nil {
		return Bill{}, err
	}
	return b.sum(t)
}

// sum adds the lines up and the taxes to them; Conflict "nothing_to_bill" when
// that is nothing, Unprocessable "amount_too_large" for what can't be kept.
func (b Bill) sum(t Terms) (Bill, error) {
	digits, _ := Digits(b.Currency)
	for _, l := range b.Lines {
		b.Net = b.Net.Add(l.Net)
	}
	b.Total = b.Net
	for _, tax := range t.Taxes {
		percent, err := decimal.NewFromString(tax.Percent)
		if err != nil {
			return Bill{}, fmt.Errorf("tax %q: %w", tax.Percent, err) // packs are checked
		}
		line := TaxLine{Code: tax.Code, Label: tax.Label, Percent: percent, Amount: round(b.Net.Mul(percent).Shift(-2), digits, t.Money)}
		b.Taxes, b.Total = append(b.Taxes, line), b.Total.Add(line.Amount)
	}
	if !b.Net.IsPositive() {
		return Bill{}, problem.New(problem.Conflict, "nothing_to_bill", nil)
	}
	if b.Total.Abs().GreaterThanOrEqual(most) {
		return Bill{}, problem.New(problem.Unprocessable, "amount_too_large", nil)
	}
	return b, nil
}

// Credit takes a bill back: the same lines and taxes below zero, so that both
// together are nothing, line by line and tax by tax.
func (b Bill) Credit() Bill {
	c := Bill{Currency: b.Currency, Net: b.Net.Neg(), Total: b.Total.Neg()}
	for _, l := range b.Lines {
		l.Minutes, l.Quantity, l.Net = -l.Minutes, l.Quantity.Neg(), l.Net.Neg()
		c.Lines = append(c.Lines, l)
	}
	for _, t := range b.Taxes {
		t.Amount = t.Amount.Neg()
		c.Taxes = append(c.Taxes, t)
	}
	return c
}
