package web

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/text/currency"

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

// How amounts are written: groups of three, if grouped at all, and decimals
// after the point, in French after the comma or the point. English takes no
// comma for a point, which would make 1,500 two amounts.
var (
	englishAmount = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?$`)
	frenchAmount  = regexp.MustCompile(`^([0-9]+|[0-9]{1,3}(?:[ \x{a0}\x{202f}][0-9]{3})+)(?:[.,]([0-9]+))?$`)
	ungroup       = strings.NewReplacer(",", "", " ", "", "\u00a0", "", "\u202f", "")
)

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
	written := englishAmount
	if locale == "fr" {
		written = frenchAmount
	}
	parts := written.FindStringSubmatch(text)
	if parts == nil {
		wrong.Add(field, "field_not_amount", problem.Args{"example": decimalOf(150_000, "EUR", locale)})
		return nil
	}
	if len(parts[2]) > digits {
		wrong.Add(field, "amount_too_fine", problem.Args{"digits": digits, "currency": code})
		return nil
	}
	minor, err := strconv.ParseInt(ungroup.Replace(parts[1])+parts[2]+strings.Repeat("0", digits-len(parts[2])), 10, 64)
	if err != nil {
		wrong.Add(field, "field_out_of_range", nil)
		return nil
	}
	return &minor
}

// currencyTyped is a currency's code however its letters were typed.
func currencyTyped(text string) string { return strings.ToUpper(strings.TrimSpace(text)) }
