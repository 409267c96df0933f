package web

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/casepath/casepath/problem"
)

// TestAmounts: what people type is read exactly, or refused where it is wrong.
func TestAmounts(t *testing.T) {
	t.Parallel()
	const nonsense = int64(-1)
	for _, c := range []struct {
		locale, code, text string
		want               int64  // nonsense: refused
		key                string // why
	}{
		{"en", "EUR", "1500.00", 150_000, ""},
		{"en", "EUR", " 1500 ", 150_000, ""},
		{"en", "EUR", "1500.5", 150_050, ""},
		{"en", "EUR", "1,500.00", 150_000, ""},
		{"en", "EUR", "1,234,567.89", 123_456_789, ""},
		{"en", "EUR", "0", 0, ""},
		{"en", "EUR", "0.01", 1, ""},
		{"en", "EUR", "0.1", 10, ""},
		{"en", "EUR", "0.29", 29, ""}, // 28 as a floating-point number
		{"en", "EUR", "90071992547409.93", 9_007_199_254_740_993, ""},
		{"en", "EUR", "92233720368547758.07", math.MaxInt64, ""},
		{"en", "EUR", "92233720368547758.08", nonsense, "field_out_of_range"},
		{"en", "EUR", "1500,00", nonsense, "field_not_amount"},
		{"en", "EUR", "15,00.00", nonsense, "field_not_amount"},
		{"en", "EUR", "1500.001", nonsense, "amount_too_fine"},
		{"en", "EUR", "1.500", nonsense, "amount_too_fine"},
		{"en", "EUR", "-5", nonsense, "field_not_amount"},
		{"en", "EUR", "+5", nonsense, "field_not_amount"},
		{"en", "EUR", "1e3", nonsense, "field_not_amount"},
		{"en", "EUR", "0x10", nonsense, "field_not_amount"},
		{"en", "EUR", "NaN", nonsense, "field_not_amount"},
		{"en", "EUR", ".5", nonsense, "field_not_amount"},
		{"en", "EUR", "5.", nonsense, "field_not_amount"},
		{"en", "EUR", "１５", nonsense, "field_not_amount"},
		{"en", "EUR", "1500 EUR", nonsense, "field_not_amount"},
		{"en", "EUR", "1500\n", 150_000, ""},
		{"fr", "EUR", "1500,00", 150_000, ""},
		{"fr", "EUR", "1500.00", 150_000, ""},
		{"fr", "EUR", "1 500,00", 150_000, ""},
		{"fr", "EUR", "1\u00a0500,5", 150_050, ""},
		{"fr", "EUR", "1\u202f234\u202f567,89", 123_456_789, ""},
		{"fr", "EUR", "1,500", nonsense, "amount_too_fine"},
		{"fr", "EUR", "1.500,00", nonsense, "field_not_amount"},
		{"fr", "EUR", "15 00,00", nonsense, "field_not_amount"},
		{"en", "JPY", "1500", 1500, ""},
		{"en", "JPY", "1,500", 1500, ""},
		{"en", "JPY", "1500.0", nonsense, "amount_too_fine"},
		{"fr", "JPY", "1500,00", nonsense, "amount_too_fine"},
		{"en", "KWD", "1.234", 1234, ""},
		{"fr", "KWD", "1,2", 1200, ""},
		{"en", "", "1500", nonsense, "field_not_currency"},
		{"en", "eur", "1500", nonsense, "field_not_currency"},
		{"en", "EURO", "1500", nonsense, "field_not_currency"},
	} {
		var wrong problem.Fields
		got := amountIn(&wrong, "approval_limit", "approval_currency", c.text, c.code, c.locale)
		e, _ := problem.As(wrong.Err())
		switch {
		case c.want == nonsense && (got != nil || e == nil || len(e.Fields) != 1 || e.Fields[0].Key != c.key):
			t.Errorf("%s %q %s: %v, %v", c.locale, c.text, c.code, got, e)
		case c.want != nonsense && (got == nil || *got != c.want || e != nil):
			t.Errorf("%s %q %s: %v, %v", c.locale, c.text, c.code, got, e)
		}
	}
	var wrong problem.Fields
	if got := amountIn(&wrong, "a", "c", "  ", "", "en"); got != nil || wrong.Err() != nil {
		t.Errorf("nothing is %v, %v", got, wrong.Err())
	}
}

// TestAmountsAreWritten: as people read them in their language.
func TestAmountsAreWritten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor                          int64
		code                           string
		english, french, typed, tapées string
	}{
		{150_000, "CAD", "1,500.00\u00a0CAD", "1\u202f500,00\u00a0CAD", "1500.00", "1500,00"},
		{123_456_789, "EUR", "1,234,567.89\u00a0EUR", "1\u202f234\u202f567,89\u00a0EUR", "1234567.89", "1234567,89"},
		{0, "EUR", "0.00\u00a0EUR", "0,00\u00a0EUR", "0.00", "0,00"},
		{7, "EUR", "0.07\u00a0EUR", "0,07\u00a0EUR", "0.07", "0,07"},
		{99_999, "EUR", "999.99\u00a0EUR", "999,99\u00a0EUR", "999.99", "999,99"},
		{1500, "JPY", "1,500\u00a0JPY", "1\u202f500\u00a0JPY", "1500", "1500"},
		{1234, "KWD", "1.234\u00a0KWD", "1,234\u00a0KWD", "1.234", "1,234"},
	} {
		got := []string{amountOf(c.minor, c.code, "en"), amountOf(c.minor, c.code, "fr"), decimalOf(c.minor, c.code, "en"), decimalOf(c.minor, c.code, "fr")}
		for i, want := range []string{c.english, c.french, c.typed, c.tapées} {
			if got[i] != want {
				t.Errorf("%d %s: %q, want %q", c.minor, c.code, got[i], want)
			}
		}
	}
}

// TestAmountsComeBack: what a form shows is read as the amount it was made of.
func TestAmountsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(0, math.MaxInt64).Draw(t, "minor")
		code := rapid.SampledFrom([]string{"EUR", "CAD", "JPY", "KWD", "CLF", "HUF"}).Draw(t, "currency")
		locale := rapid.SampledFrom([]string{"en", "fr"}).Draw(t, "locale")
		var wrong problem.Fields
		got := amountIn(&wrong, "a", "c", decimalOf(minor, code, locale), code, locale)
		if wrong.Err() != nil || got == nil || *got != minor {
			t.Fatalf("%d %s comes back as %v, %v", minor, code, got, wrong.Err())
		}
	})
}
