package words_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/words"
)

func TestAmounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ decimal, locale, want string }{
		{"1500.00", "en-CA", "1,500.00\u00a0CAD"},
		{"-1234567.89", "en", "-1,234,567.89\u00a0CAD"},
		{"0.10", "fr", "0,10\u00a0CAD"},
		{"-1500.00", "fr-CA", "-1\u202f500,00\u00a0CAD"},
		{"999", "de", "999\u00a0CAD"},
		{"1000", "fr", "1\u202f000\u00a0CAD"},
	} {
		if got := words.Amount(c.decimal, "CAD", c.locale); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.decimal, c.locale, got, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	t.Parallel()
	on := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for locale, want := range map[string]string{"en-CA": "1 December 2026", "fr": "1er\u00a0décembre\u00a02026"} {
		if got := words.Day(on, locale); got != want {
			t.Errorf("%s: %q", locale, got)
		}
	}
}
