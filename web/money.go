package web

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/currency"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/words"
)

// The desk keeps amounts in a currency's minor units; people read and write
// them as decimals. No amount ever is a floating-point number here.

// digitsOf is how many decimals a currency has. ok is false for what is none.
func digitsOf(code string) (digits int, ok bool) {
	unit, err := currency.ParseISO(code)
	if err != nil || unit.String() != code {
		return 0, false
	}
	digits, _ = currency.Standard.Rounding(unit)
	return digits, true
}

// decimalOf is an amount as it is typed: "1500.00", in French "1500,00". What
// has no currency we know stands in minor units.
func decimalOf(minor int64, code, locale string) string {
	digits, _ := digitsOf(code)
	whole, sign := strconv.FormatInt(minor, 10), ""
	if minor < 0 {
		whole, sign = whole[1:], "-"
	}
	if digits == 0 {
		return sign + whole
	}
	if missing := digits + 1 - len(whole); missing > 0 {
		whole = strings.Repeat("0", missing) + whole
	}
	point := "."
	if locale == "fr" {
		point = ","
	}
	at := len(whole) - digits
	return sign + whole[:at] + point + whole[at:]
}

// amountOf is an amount as it is read: "1,500.00 CAD".
func amountOf(minor int64, code, locale string) string {
	return words.Amount(decimalOf(minor, code, "en"), code, locale)
}

// How decimals are written: groups of three, if grouped at all, and decimals
// after the point, in French after the comma or the point. English takes no
// comma for a point, which would make 1,500 two amounts.
var (
	englishNumber = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?$`)
	frenchNumber  = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(?:[ \x{a0}\x{202f}][0-9]{3})+)(?:[.,]([0-9]+))?$`)
	ungroup       = strings.NewReplacer(",", "", " ", "", "\u00a0", "", "\u202f", "")
)

// numberIn reads a decimal a person has typed, exactly: what stands before the
// point and behind it. ok is false for what their language doesn't write so.
func numberIn(text, locale string) (whole, rest string, ok bool) {
	written := englishNumber
	if locale == "fr" {
		written = frenchNumber
	}
	parts := written.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return "", "", false
	}
	return ungroup.Replace(parts[1]), parts[2], true
}

// amountIn reads an amount a person has typed, exactly: minor units, or the
// field that is wrong.
func amountIn(wrong *problem.Fields, field, currencyField, text, code, locale string) *int64 {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	digits, known := digitsOf(code)
	if !known {
		wrong.Add(currencyField, "field_not_currency", nil)
		return nil
	}
	whole, rest, ok := numberIn(text, locale)
	if !ok {
		wrong.Add(field, "field_not_amount", problem.Args{"example": decimalOf(150_000, "EUR", locale)})
		return nil
	}
	if len(rest) > digits {
		wrong.Add(field, "amount_too_fine", problem.Args{"digits": digits, "currency": code})
		return nil
	}
	minor, err := strconv.ParseInt(whole+rest+strings.Repeat("0", digits-len(rest)), 10, 64)
	if err != nil {
		wrong.Add(field, "field_out_of_range", nil)
		return nil
	}
	return &minor
}

// amountTyped is the amount a field holds, as a decimal with a point; "" for none,
// and for what is wrong.
func (q *request) amountTyped(wrong *problem.Fields, field, code string) string {
	if minor := amountIn(wrong, field, "currency", q.text(field), code, q.locale); minor != nil {
		return decimalOf(*minor, code, "en")
	}
	return ""
}

// priceTyped is the price of one thing a field holds, as a decimal with a point:
// it may be finer than its currency. What may be thousands (1,500 in French, 1.500
// in English) is refused.
func (q *request) priceTyped(wrong *problem.Fields, field, code string) string {
	digits, known := digitsOf(code)
	whole, rest, ok := numberIn(q.text(field), q.locale)
	if !known || !ok || len(rest) <= digits || len(rest) == 3 && whole != "0" || len(rest) > 4 {
		return q.amountTyped(wrong, field, code)
	}
	return whole + "." + rest
}

// numberTyped is the number a field holds, as a decimal with a point; "" for
// none, and for what is wrong.
func (q *request) numberTyped(wrong *problem.Fields, field string) string {
	text := strings.TrimSpace(q.text(field))
	whole, rest, ok := numberIn(text, q.locale)
	switch {
	case text == "":
		return ""
	case !ok:
		wrong.Add(field, "field_not_number", problem.Args{"example": q.decimal("3.5")})
		return ""
	case rest != "":
		return whole + "." + rest
	}
	return whole
}

// hoursTyped are the minutes of the hours a field holds, as people write them:
// 3:30 or 3.5, in French 3,5; 0, which no work takes, for none and for what is
// wrong.
func (q *request) hoursTyped(wrong *problem.Fields, field string) int {
	text := strings.TrimSpace(q.text(field))
	if parts := clockHours.FindStringSubmatch(text); parts != nil {
		h, _ := strconv.Atoi(parts[1]) // digits, and few
		m, _ := strconv.Atoi(parts[2])
		return h*60 + m
	}
	number := q.numberTyped(wrong, field)
	if number == "" {
		return 0
	}
	hours, err := strconv.ParseFloat(number, 64)
	if minutes := int(min(hours, desk.EstimateMinutesMax)*60 + 0.5); err == nil && minutes >= 1 && minutes <= desk.EstimateMinutesMax {
		return minutes
	}
	wrong.Add(field, "field_out_of_range", nil)
	return 0
}

// clockHours are hours and minutes.
var clockHours = regexp.MustCompile(`^([0-9]{1,4}):([0-5][0-9])$`)

// currencyTyped is a currency's code however its letters were typed.
func currencyTyped(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }
