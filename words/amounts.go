package words

import (
	"fmt"
	"strings"
	"time"
)

// Amount is an amount as it is read: of "-1500.00" and CAD "-1,500.00 CAD", in
// French "-1 500,00 CAD" with no-break spaces.
func Amount(decimal, code, locale string) string {
	return Number(decimal, locale) + "\u00a0" + code
}

// Price is a decimal amount of any number of decimals as it is read, with its
// cents: of 1437.5 "1,437.50 CAD", in French "1 437,50 CAD".
func Price(decimal, code, locale string) string {
	whole, cents, _ := strings.Cut(decimal, ".")
	for len(cents) < 2 {
		cents += "0"
	}
	return Amount(whole+"."+cents, code, locale)
}

// Number is a decimal as it is read, in groups of three: of "-1500.5" "-1,500.5",
// in French "-1 500,5" with narrow no-break spaces.
func Number(decimal, locale string) string {
	point, group := ".", ","
	if Match(locale) == "fr" {
		point, group = ",", "\u202f"
	}
	sign := ""
	if strings.HasPrefix(decimal, "-") {
		sign, decimal = "-", decimal[1:]
	}
	whole, rest, broken := strings.Cut(decimal, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + group + whole[at:]
	}
	if broken {
		whole += point + rest
	}
	return sign + whole
}

var frenchMonths = [...]string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet",
	"août", "septembre", "octobre", "novembre", "décembre",
}

// Day is a day in words: "1 December 2026", in French "1er décembre 2026".
func Day(on time.Time, locale string) string {
	if Match(locale) != "fr" {
		return on.Format("2 January 2006")
	}
	day := fmt.Sprint(on.Day())
	if on.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s\u00a0%s\u00a0%d", day, frenchMonths[on.Month()-1], on.Year())
}

// Hours are minutes as they are read: "1 h 20 min".
func Hours(minutes int) string {
	sign := ""
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return fmt.Sprintf("%s%d\u00a0min", sign, m)
	case m == 0:
		return fmt.Sprintf("%s%d\u00a0h", sign, h)
	default:
		return fmt.Sprintf("%s%d\u00a0h\u00a0%02d\u00a0min", sign, h, m)
	}
}
