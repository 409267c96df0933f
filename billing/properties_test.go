package billing_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/policy"
)

// anyTerms are terms of any pack: one currency, any rounding.
func anyTerms(t *rapid.T) billing.Terms {
	currency := rapid.SampledFrom([]string{"CAD", "JPY", "KWD", "EUR"}).Draw(t, "currency")
	hour := func(label string) string {
		return fmt.Sprintf("%d.%04d", rapid.IntRange(1, 9999).Draw(t, label), rapid.IntRange(0, 9999).Draw(t, label+" fraction"))
	}
	terms := billing.Terms{
		Plan:  rapid.SampledFrom([]string{"", "gold"}).Draw(t, "plan"),
		Rates: []policy.Rate{{Hour: hour("any"), Currency: currency, Minimum: rapid.IntRange(0, 120).Draw(t, "minimum")}, {Hour: hour("call"), Currency: currency, Activity: "call"}, {Hour: hour("gold"), Currency: currency, Plan: "gold"}},
		Money: rapid.SampledFrom([]string{"", billing.HalfUp, billing.HalfEven}).Draw(t, "money"),
	}
	if rapid.Bool().Draw(t, "rounds") {
		terms.Rounding = &policy.Rounding{Minutes: rapid.IntRange(1, 60).Draw(t, "to"), Mode: rapid.SampledFrom([]string{"up", "nearest", "down"}).Draw(t, "mode")}
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "taxes") {
		percent := fmt.Sprintf("%d.%03d", rapid.IntRange(0, 40).Draw(t, "percent"), rapid.IntRange(0, 999).Draw(t, "thousandths"))
		terms.Taxes = append(terms.Taxes, policy.Tax{Code: fmt.Sprint("t", i), Percent: percent})
	}
	return terms
}

func anyEntries(t *rapid.T) (list []billing.Entry) {
	for i := range rapid.IntRange(1, 12).Draw(t, "entries") {
		list = append(list, billing.Entry{
			ID: fmt.Sprint(i), Activity: rapid.SampledFrom([]string{"call", "mail", "test"}).Draw(t, "activity"), Minutes: rapid.IntRange(1, 1440).Draw(t, "minutes"),
		})
	}
	return list
}

// TestSums: lines and taxes, each rounded, are the total to the last digit; the
// minutes billed are those of the entries, each rounded by itself, and what is
// missing to a minimum.
func TestSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms, entries := anyTerms(t), anyEntries(t)
		b, err := billing.OfTime(entries, terms)
		if err != nil {
			return // nothing is left of it
		}
		digits, _ := billing.Digits(b.Currency)
		sum, minutes, worked := decimal.Zero, 0, 0
		for _, l := range b.Lines {
			if l.Net.IsNegative() || -l.Net.Exponent() > digits {
				t.Fatalf("a line of %s", l.Net)
			}
			if l.Kind == billing.TimeLine {
				minutes += l.Minutes
			}
			sum = sum.Add(l.Net)
		}
		for _, e := range entries {
			worked += billing.Billable(e.Minutes, terms.Rounding)
		}
		if !sum.Equal(b.Net) || minutes != worked {
			t.Fatalf("lines are %s and %d minutes, net %s and %d", sum, minutes, b.Net, worked)
		}
		for _, tax := range b.Taxes {
			exact := b.Net.Mul(tax.Percent).Shift(-2)
			if off := tax.Amount.Sub(exact).Abs(); off.GreaterThan(decimal.New(5, -digits-1)) {
				t.Fatalf("tax %s for %s", tax.Amount, exact)
			}
			sum = sum.Add(tax.Amount)
		}
		if !sum.Equal(b.Total) {
			t.Fatalf("lines and taxes are %s, total %s", sum, b.Total)
		}
	})
}

// TestCredit: an invoice and its credit note are nothing, line by line and tax
// by tax.
func TestCredit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b, err := billing.OfTime(anyEntries(t), anyTerms(t))
		if err != nil {
			return
		}
		c := b.Credit()
		if len(c.Lines) != len(b.Lines) || len(c.Taxes) != len(b.Taxes) || c.Currency != b.Currency {
			t.Fatal("the credit note is about something else")
		}
		for i, l := range b.Lines {
			if !l.Net.Add(c.Lines[i].Net).IsZero() || l.Minutes+c.Lines[i].Minutes != 0 || !l.Unit.Equal(c.Lines[i].Unit) {
				t.Fatalf("line %d: %+v and %+v", i, l, c.Lines[i])
			}
		}
		for i, tax := range b.Taxes {
			if !tax.Amount.Add(c.Taxes[i].Amount).IsZero() {
				t.Fatalf("tax %d: %s and %s", i, tax.Amount, c.Taxes[i].Amount)
			}
		}
		if !b.Net.Add(c.Net).IsZero() || !b.Total.Add(c.Total).IsZero() {
			t.Fatalf("together %s", b.Total.Add(c.Total))
		}
	})
}

// TestReversals: entered and reversed is as if never entered, in whatever order
// they stand.
func TestReversals(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms, entries := anyTerms(t), anyEntries(t)
		want, wantErr := billing.OfTime(entries, terms)
		for i := range rapid.IntRange(1, 5).Draw(t, "mistakes") {
			wrong := billing.Entry{ID: fmt.Sprint("w", i), Activity: "call", Minutes: rapid.IntRange(1, 1440).Draw(t, "wrong")}
			entries = append(entries, wrong, billing.Entry{ID: fmt.Sprint("r", i), Activity: "call", Minutes: -wrong.Minutes, Reverses: wrong.ID})
		}
		got, err := billing.OfTime(rapid.Permutation(entries).Draw(t, "order"), terms)
		if (err == nil) != (wantErr == nil) || !got.Total.Equal(want.Total) || !got.Net.Equal(want.Net) {
			t.Fatalf("%s, without the mistakes %s: %v, %v", got.Total, want.Total, err, wantErr)
		}
	})
}

// TestHoursAreExact: an amount of minutes at a rate is off by no more than half
// a minor unit, and a half goes where the rule says.
func TestHoursAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := anyTerms(t)
		terms.Taxes, terms.Rates = nil, terms.Rates[:1]
		b, err := billing.OfTime(anyEntries(t), terms)
		if err != nil {
			return
		}
		digits, _ := billing.Digits(b.Currency)
		for _, l := range b.Lines {
			off := l.Net.Mul(decimal.NewFromInt(60)).Sub(l.Unit.Mul(decimal.NewFromInt(int64(l.Minutes))))
			half := decimal.New(30, -digits)
			if off.Abs().GreaterThan(half) || off.Abs().Equal(half) && terms.Money != billing.HalfEven && off.IsNegative() {
				t.Fatalf("%d minutes at %s are %s", l.Minutes, l.Unit, l.Net)
			}
		}
	})
}
