package policy_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
)

func date(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestPeriods: periods go from one anniversary of the contract's first day to
// the next, also where a month is too short for it.
func TestPeriods(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ per, from, until, on, first, last string }{
		{"month", "2026-01-15", "", "2026-01-15", "2026-01-15", "2026-02-14"},
		{"month", "2026-01-15", "", "2026-02-14", "2026-01-15", "2026-02-14"},
		{"month", "2026-01-15", "", "2026-02-15", "2026-02-15", "2026-03-14"},
		{"month", "2026-01-31", "", "2026-02-27", "2026-01-31", "2026-02-27"},
		{"month", "2026-01-31", "", "2026-02-28", "2026-02-28", "2026-03-30"},
		{"month", "2026-01-31", "", "2026-03-31", "2026-03-31", "2026-04-29"},
		{"month", "2024-01-31", "", "2024-02-29", "2024-02-29", "2024-03-30"},
		{"month", "2026-01-15", "2026-02-20", "2026-02-18", "2026-02-15", "2026-02-20"},
		{"quarter", "2025-11-30", "", "2026-02-28", "2026-02-28", "2026-05-29"},
		{"quarter", "2025-11-30", "", "2026-02-27", "2025-11-30", "2026-02-27"},
		{"year", "2024-02-29", "", "2025-02-27", "2024-02-29", "2025-02-27"},
		{"year", "2024-02-29", "", "2025-02-28", "2025-02-28", "2026-02-27"},
		{"year", "2024-02-29", "", "2028-02-29", "2028-02-29", "2029-02-27"},
		{"year", "2026-01-01", "2026-06-30", "2026-06-30", "2026-01-01", "2026-06-30"},
		{"contract", "2026-01-01", "2026-06-30", "2026-03-01", "2026-01-01", "2026-06-30"},
		{"contract", "2026-01-01", "", "2030-03-01", "2026-01-01", ""},
	} {
		var until *time.Time
		if c.until != "" {
			d := date(t, c.until)
			until = &d
		}
		first, end := policy.Tickets{Per: c.per}.Period(date(t, c.from), until, date(t, c.on))
		last := ""
		if end != nil {
			last = end.Format(time.DateOnly)
		}
		if first.Format(time.DateOnly) != c.first || last != c.last {
			t.Errorf("%s from %s, on %s: %s to %s, want %s to %s", c.per, c.from, c.on, first.Format(time.DateOnly), last, c.first, c.last)
		}
	}
}

// TestPeriodsMeet: each day of five years is in one period, and the periods
// follow each other without a gap.
func TestPeriodsMeet(t *testing.T) {
	t.Parallel()
	for _, per := range []string{"month", "quarter", "year"} {
		for _, from := range []string{"2024-01-31", "2024-02-29", "2024-08-30", "2024-12-01"} {
			begin := date(t, from)
			first, last := policy.Tickets{Per: per}.Period(begin, nil, begin)
			if !first.Equal(begin) {
				t.Errorf("%s from %s begins on %s", per, from, first)
			}
			for day := begin; day.Before(begin.AddDate(5, 0, 0)); day = day.AddDate(0, 0, 1) {
				if day.After(*last) {
					before := *last
					first, last = policy.Tickets{Per: per}.Period(begin, nil, day)
					if !first.Equal(before.AddDate(0, 0, 1)) || !first.Equal(day) {
						t.Fatalf("%s from %s: %s does not follow %s", per, from, first, before)
					}
				}
				if f, l := (policy.Tickets{Per: per}).Period(begin, nil, day); !f.Equal(first) || !l.Equal(*last) || day.After(*l) {
					t.Fatalf("%s from %s: %s is in %s to %s", per, from, day, f, l)
				}
			}
		}
	}
}

// TestOverridesComeBack: what an agreement says otherwise is shown as it can be
// written again.
func TestOverridesComeBack(t *testing.T) {
	t.Parallel()
	p := pack(t, "athento")
	written := "targets:\n  acknowledge:\n    high: 1 business hour\ncalendar: support\nchannels:\n  - portal\ntickets:\n  included: 40\n  per: quarter\n  at_zero: refuse\n  released_for:\n    - warranty\n"
	o, err := p.CheckOverrides([]byte(written))
	if err != nil {
		t.Fatal(err)
	}
	text, err := o.YAML()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.CheckOverrides([]byte(text)); err != nil || again.Tickets.Included != 40 || again.Tickets.Per != "quarter" || again.Targets["acknowledge"]["high"] != (policy.Amount{Minutes: 60}) {
		t.Errorf("%v:\n%s", err, text)
	}
	if text, err := (policy.Overrides{}).YAML(); text != "" || err != nil {
		t.Errorf("nothing is %q (%v)", text, err)
	}
}

// TestTicketsOf: the agreement prevails, then the plan, then the default plan.
func TestTicketsOf(t *testing.T) {
	t.Parallel()
	s := pack(t, "athento").Settings(policy.Settings{})
	for _, c := range []struct {
		terms policy.Terms
		want  int
	}{
		{policy.Terms{}, 24},
		{policy.Terms{Plan: "premium"}, 100},
		{policy.Terms{Plan: "gone"}, 24},
		{policy.Terms{Plan: "premium", Overrides: policy.Overrides{Tickets: &policy.Tickets{Included: 7}}}, 7},
	} {
		if got := s.TicketsOf(c.terms); got == nil || got.Included != c.want {
			t.Errorf("%+v: %+v", c.terms, got)
		}
	}
	if got := (policy.Settings{}).TicketsOf(policy.Terms{}); got != nil {
		t.Errorf("without a pack: %+v", got)
	}
}
