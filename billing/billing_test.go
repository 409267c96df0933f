package billing_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/casepath/casepath/billing"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
)

// quebec bills as primlogix does.
func quebec() billing.Terms {
	return billing.Terms{
		Activities: []policy.Choice{{Code: "call", Label: policy.Text{"en": "Call"}}, {Code: "analysis", Label: policy.Text{"en": "Analysis"}}},
		Rates:      []policy.Rate{{Hour: "125.00", Currency: "CAD", Minimum: 15}},
		Rounding:   &policy.Rounding{Minutes: 15, Mode: "up"},
		Taxes:      []policy.Tax{{Code: "gst", Percent: "5"}, {Code: "qst", Percent: "9.975"}},
	}
}

func TestMinutesAreRounded(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string][]int{"up": {0, 15, 15, 15, 15, 30, 45}, "nearest": {0, 0, 15, 15, 15, 15, 30}, "down": {0, 0, 0, 0, 15, 15, 30}} {
		for i, minutes := range []int{0, 1, 8, 14, 15, 16, 37} {
			if got := billing.Billable(minutes, &policy.Rounding{Minutes: 15, Mode: mode}); got != want[i] {
				t.Errorf("%d minutes %s: %d, want %d", minutes, mode, got, want[i])
			}
		}
	}
	if got := billing.Billable(7, nil); got != 7 {
		t.Errorf("without a rule: %d", got)
	}
	if got := billing.Billable(-7, nil); got != 0 {
		t.Errorf("a reversal by itself: %d", got)
	}
}

func TestTheMostSpecificRate(t *testing.T) {
	t.Parallel()
	rates := []policy.Rate{{Hour: "1"}, {Hour: "2", Plan: "gold"}, {Hour: "3", Activity: "call"}, {Hour: "4", Activity: "call", Plan: "gold"}}
	for _, c := range []struct{ activity, plan, want string }{
		{"call", "gold", "4"}, {"call", "", "3"}, {"call", "basic", "3"}, {"test", "gold", "2"}, {"test", "basic", "1"}, {"", "", "1"},
	} {
		if got, ok := billing.RateFor(rates, c.activity, c.plan); !ok || got.Hour != c.want {
			t.Errorf("%s under %s: %s, %v", c.activity, c.plan, got.Hour, ok)
		}
	}
	if _, ok := billing.RateFor(rates[1:2], "call", "basic"); ok {
		t.Error("another plan's rate was taken")
	}
}

// TestQuebec: GST and QST each on the net sum, to the cent.
func TestQuebec(t *testing.T) {
	t.Parallel()
	b, err := billing.OfTime([]billing.Entry{
		{ID: "1", Activity: "analysis", Minutes: 50},
		{ID: "2", Activity: "call", Minutes: 7},
		{ID: "3", Activity: "analysis", Minutes: 16},
		{ID: "4", Activity: "analysis", Minutes: 600},
		{ID: "5", Activity: "analysis", Minutes: -600, Reverses: "4"},
	}, quebec())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range b.Lines {
		got = append(got, l.Activity+" "+billing.Format(l.Net, "CAD"))
	}
	for _, l := range b.Taxes {
		got = append(got, l.Code+" "+billing.Format(l.Amount, "CAD"))
	}
	got = append(got, billing.Format(b.Net, "CAD"), billing.Format(b.Total, "CAD"))
	want := []string{"call 31.25", "analysis 187.50", "gst 10.94", "qst 21.82", "218.75", "251.51"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestMinimum: a rate's minimum is reached by all lines at that rate together.
func TestMinimum(t *testing.T) {
	t.Parallel()
	terms := quebec()
	terms.Rounding, terms.Rates[0].Minimum = nil, 60
	b, err := billing.OfTime([]billing.Entry{{ID: "1", Activity: "call", Minutes: 20}, {ID: "2", Activity: "analysis", Minutes: 10}}, terms)
	if err != nil || len(b.Lines) != 3 || b.Lines[2].Kind != billing.MinimumLine || b.Lines[2].Minutes != 30 {
		t.Fatalf("%+v, %v", b.Lines, err)
	}
	if got := billing.Format(b.Net, "CAD"); got != "125.00" {
		t.Errorf("an hour at least costs %s", got)
	}
}

// TestHalves: where half a cent is met, the pack says where it goes.
func TestHalves(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]string{"": "0.13", billing.HalfUp: "0.13", billing.HalfEven: "0.12"} {
		terms := quebec()
		terms.Money, terms.Rounding, terms.Taxes = mode, nil, nil
		terms.Rates = []policy.Rate{{Hour: "0.25", Currency: "CAD"}} // 30 minutes are 12.5 cents
		b, err := billing.OfTime([]billing.Entry{{ID: "1", Activity: "call", Minutes: 30}}, terms)
		if got := billing.Format(b.Net, "CAD"); err != nil || got != want {
			t.Errorf("%q: %s, want %s, %v", mode, got, want, err)
		}
	}
}

func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"JPY": "42", "CAD": "41.67", "KWD": "41.667"} {
		terms := quebec()
		terms.Taxes, terms.Rounding = nil, nil
		terms.Rates = []policy.Rate{{Hour: "125", Currency: code}}
		b, err := billing.OfTime([]billing.Entry{{ID: "1", Activity: "call", Minutes: 20}}, terms)
		if got := billing.Format(b.Total, code); err != nil || got != want {
			t.Errorf("%s: %s, want %s, %v", code, got, want, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	entry := []billing.Entry{{ID: "1", Activity: "call", Minutes: 20}}
	for key, err := range map[string]error{
		"nothing_to_bill":         bill(nil, quebec()),
		"no_rate":                 bill(entry, billing.Terms{}),
		"rates_in_two_currencies": bill(append(entry, billing.Entry{ID: "2", Activity: "x", Minutes: 1}), billing.Terms{Rates: []policy.Rate{{Hour: "1", Currency: "CAD"}, {Hour: "1", Currency: "USD", Activity: "x"}}}),
		"field_not_currency":      bill(entry, billing.Terms{Rates: []policy.Rate{{Hour: "1", Currency: "XYZ"}}}),
		"amount_too_large":        fixed("99999999999999", "99999999999999"),
	} {
		if e, ok := problem.As(err); !ok || e.Key != key {
			t.Errorf("want %s, got %v", key, err)
		}
	}
}

func bill(entries []billing.Entry, t billing.Terms) error {
	_, err := billing.OfTime(entries, t)
	return err
}

func fixed(quantity, unit string) error {
	_, err := billing.OfFixed([]billing.Fixed{{Text: policy.Text{"en": "x"}, Quantity: quantity, Unit: unit}}, "CAD", billing.Terms{})
	return err
}

// bad are what is no amount.
var bad = []string{"", "-1", "-0", "+1", "NaN", "Inf", "1e308", "1E2", "0x10", "1,5", "1.", ".5", "1_000", "1.23456", "100000000000000", "٣", "1 000", "1;2"}

func TestBadNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range bad {
		for path, err := range map[string]error{"lines/0/quantity": fixed(text, "1"), "lines/0/unit": fixed("1", text)} {
			if e, ok := problem.As(err); !ok || len(e.Fields) != 1 || e.Fields[0].Path != path {
				t.Errorf("%q as %s: %v", text, path, err)
			}
		}
	}
	for _, c := range []struct{ text, code, key string }{
		{"0", "CAD", "field_out_of_range"},
		{"0.00", "CAD", "field_out_of_range"},
		{"1.001", "CAD", "amount_too_fine"},
		{"1.1", "JPY", "amount_too_fine"},
		{"1", "XXX ", "field_not_currency"},
		{"1", "cad", "field_not_currency"},
		{"-1", "CAD", "field_not_amount"},
		{"1e3", "CAD", "field_not_amount"},
	} {
		var wrong problem.Fields
		billing.Parse(&wrong, "amount", c.text, c.code)
		if e, ok := problem.As(wrong.Err()); !ok || e.Fields[0].Key != c.key || e.Fields[0].Path != "amount" {
			t.Errorf("%q %s: %v, want %s", c.text, c.code, wrong.Err(), c.key)
		}
	}
	var wrong problem.Fields
	if d := billing.Parse(&wrong, "amount", " 1500.50 ", "CAD"); wrong.Err() != nil || !d.Equal(decimal.RequireFromString("1500.5")) {
		t.Errorf("an amount: %s, %v", d, wrong.Err())
	}
}

// TestDecimalsInJSON: amounts are strings there, never floating-point numbers.
func TestDecimalsInJSON(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(decimal.RequireFromString("0.10"))
	if err != nil || string(raw) != `"0.1"` {
		t.Errorf("%s, %v", raw, err)
	}
}
