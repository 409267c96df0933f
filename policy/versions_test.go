package policy_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
)

// A release is supported up to the same day after the window, and as long as
// nothing newer was released.
func TestSupportedReleases(t *testing.T) {
	for name, tt := range map[string]struct {
		months               int
		released, newest, on string
		want                 bool
	}{
		"on the day of its release":              {24, "2024-11-26", "2025-06-01", "2024-11-26", true},
		"on the window's last day":               {24, "2024-11-26", "2025-06-01", "2026-11-26", true},
		"the day after":                          {24, "2024-11-26", "2025-06-01", "2026-11-27", false},
		"the newest, long after":                 {24, "2015-01-01", "2015-01-01", "2026-11-27", true},
		"as old as the newest":                   {24, "2015-01-01", "2015-01-01", "2026-11-27", true},
		"a day older than the newest":            {24, "2014-12-31", "2015-01-01", "2026-11-27", false},
		"without a rule":                         {0, "2001-01-01", "2026-01-01", "2026-11-27", true},
		"a day the last month does not have":     {1, "2026-01-31", "2026-03-01", "2026-02-28", true},
		"the day after that":                     {1, "2026-01-31", "2026-03-01", "2026-03-01", false},
		"a leap day, two years later":            {24, "2024-02-29", "2025-06-01", "2026-02-28", true},
		"the day after that, no leap year":       {24, "2024-02-29", "2025-06-01", "2026-03-01", false},
		"a leap day, four years later":           {48, "2024-02-29", "2025-06-01", "2028-02-29", true},
		"over the turn of the year":              {2, "2025-12-31", "2026-06-01", "2026-02-28", true},
		"over the turn of the year, a day later": {2, "2025-12-31", "2026-06-01", "2026-03-01", false},
	} {
		got := policy.Versions{Months: tt.months}.Supports(dateOf(t, tt.released), dateOf(t, tt.newest), dateOf(t, tt.on))
		if got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func dateOf(t *testing.T, text string) time.Time {
	t.Helper()
	date, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return date
}

// The date is the vendor's: when it is Thursday in Toronto it is Friday in
// Melbourne.
func TestDateIn(t *testing.T) {
	at := time.Date(2026, 11, 26, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{"UTC": "2026-11-26", "America/Toronto": "2026-11-26", "Australia/Melbourne": "2026-11-27"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := policy.DateIn(at, location); !got.Equal(dateOf(t, want)) {
			t.Errorf("%s: %s", zone, got)
		}
	}
}
