// Package billing is the arithmetic of money: minutes and fixed prices become
// lines, lines become taxes and a total, and all of it can be taken back to the
// last cent. It is pure: no clock, no database, no floating-point number.
//
// Amounts are decimals beside one ISO 4217 currency. What is owed is rounded to
// the currency's minor unit line by line and tax by tax, so that the sum of
// what is printed is the total that is printed.
package billing

import (
	"regexp"
	"strings"

	"github.com/bojanz/currency"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/problem"
)

// How money is rounded to the minor unit.
const (
	HalfUp   = "half_up"   // a half away from zero
	HalfEven = "half_even" // a half to the even digit
)

// most is what numeric(18,4) can hold: less than this.
var most = decimal.New(1, 14)

// amountForm is how amounts are written: no sign, no exponent, at most four
// decimals. Whatever else there is in the world of numbers is no amount.
var amountForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// Digits is how many decimals amounts of a currency have; ok is false for what
// is no currency of ISO 4217.
func Digits(code string) (digits int32, ok bool) {
	n, ok := currency.GetDigits(code)
	return int32(n), ok
}

// Parse reads an amount that is owed or paid, "1500.00", exactly. What is
// wrong is noted under path: field_not_amount, amount_too_fine for more
// decimals than the currency has, field_out_of_range for zero and for what
// can't be kept, field_not_currency.
func Parse(wrong *problem.Fields, path, text, code string) decimal.Decimal {
	digits, known := Digits(code)
	if !known {
		wrong.Add(path, "field_not_currency", nil)
		return decimal.Zero
	}
	d, ok := read(wrong, path, text)
	switch {
	case !ok:
		return decimal.Zero
	case -d.Exponent() > digits:
		wrong.Add(path, "amount_too_fine", problem.Args{"digits": digits, "currency": code})
	case !d.IsPositive():
		wrong.Add(path, "field_out_of_range", nil)
	}
	return d
}

// read is a decimal that numeric(18,4) holds exactly.
func read(wrong *problem.Fields, path, text string) (d decimal.Decimal, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) > 40 || !amountForm.MatchString(text) {
		wrong.Add(path, "field_not_amount", problem.Args{"example": "1500.00"})
		return d, false
	}
	d, err := decimal.NewFromString(text)
	switch {
	case err != nil:
		wrong.Add(path, "field_not_amount", problem.Args{"example": "1500.00"})
	case d.GreaterThanOrEqual(most), -d.Exponent() > 4:
		wrong.Add(path, "field_out_of_range", nil)
	default:
		return d, true
	}
	return d, false
}

// round takes an amount to so many decimals.
func round(d decimal.Decimal, digits int32, mode string) decimal.Decimal {
	if mode == HalfEven {
		return d.RoundBank(digits)
	}
	return d.Round(digits)
}

// share is d × n / of, rounded once: nothing is lost before.
func share(d decimal.Decimal, n, of int64, digits int32, mode string) decimal.Decimal {
	whole := d.Mul(decimal.NewFromInt(n))
	quotient, rest := whole.QuoRem(decimal.NewFromInt(of), digits)
	twice, unit := rest.Abs().Mul(decimal.NewFromInt(2)), decimal.New(of, -digits)
	step := decimal.New(int64(whole.Sign()), -digits)
	switch c := twice.Cmp(unit); {
	case c > 0, c == 0 && (mode != HalfEven || odd(quotient, digits)):
		return quotient.Add(step)
	}
	return quotient
}

// odd says whether the last of so many decimals is odd.
func odd(d decimal.Decimal, digits int32) bool {
	return !d.Shift(digits).Mod(decimal.NewFromInt(2)).IsZero()
}

// Format is an amount with all the decimals of its currency and no more:
// "1500.00".
func Format(d decimal.Decimal, code string) string {
	digits, _ := Digits(code)
	return d.StringFixed(digits)
}
