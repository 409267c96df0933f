package policy_test

import (
	"testing"
	"time"

	"github.com/casepath/casepath/policy"
)

func TestPlaced(t *testing.T) {
	t.Parallel()
	s := policy.Settings{Pack: &policy.Pack{
		Paths: map[string]policy.Path{"answer": {}, "service_request": {Team: "service"}, "training": {Team: "trainers"}},
		Assignment: policy.Assignment{
			Teams: []policy.Team{{Code: "support"}, {Code: "product"}, {Code: "service"}, {Code: "trainers"}, {Code: "night"}},
			Rules: []policy.AssignmentRule{
				{Path: "training", Severity: "low", Team: "support"},
				{Form: "feature", Team: "product"},
				{Product: "Ledger", Team: "product", Method: "round_robin"},
				{Severity: "high", Team: "night", Method: "least_loaded"},
				{Team: "support"},
			},
		},
	}}
	for name, c := range map[string]struct {
		form, severity, path string
		about                []string
		team, method         string
	}{
		"the first rule that fits":                     {form: "feature", severity: "high", team: "product", method: policy.Manual},
		"by product, whatever the letters":             {about: []string{"", "LEDGER"}, severity: "high", team: "product", method: policy.RoundRobin},
		"by severity":                                  {severity: "high", team: "night", method: policy.LeastLoaded},
		"the rule for all others":                      {form: "bug", severity: "low", team: "support", method: policy.Manual},
		"a path nobody carries out keeps the rules":    {severity: "high", path: "answer", team: "night", method: policy.LeastLoaded},
		"the team that carries the path out":           {severity: "high", path: "service_request", team: "service", method: policy.Manual},
		"a rule for the path comes before its carrier": {severity: "low", path: "training", team: "support", method: policy.Manual},
		"a rule for the path that does not fit":        {severity: "high", path: "training", team: "trainers", method: policy.Manual},
	} {
		got, some := s.Placed(c.form, c.about, c.severity, c.path)
		if !some || got.Team.Code != c.team || got.Method != c.method {
			t.Errorf("%s: got %q by %q, want %q by %q", name, got.Team.Code, got.Method, c.team, c.method)
		}
	}
	if to, some := (policy.Settings{}).Placed("bug", nil, "high", ""); some {
		t.Errorf("without a pack a ticket goes to %+v, want nowhere", to)
	}
	if to, some := s.PlacedIn("night"); !some || to.Method != policy.LeastLoaded {
		t.Errorf("the night team assigns by %q, want as its first rule says", to.Method)
	}
	if _, some := s.PlacedIn("day"); some {
		t.Error("found a team the pack does not have")
	}
}

func TestUnassignedFor(t *testing.T) {
	t.Parallel()
	s := policy.Settings{Pack: &policy.Pack{
		TimeZone: "Europe/Berlin", Calendar: "support",
		Calendars: map[string]policy.Calendar{"support": {Hours: map[string][][]string{
			"mon": {{"09:00", "17:00"}}, "fri": {{"09:00", "17:00"}},
		}}},
		Assignment: policy.Assignment{AgeMinutes: 120},
	}}
	friday := time.Date(2026, 11, 20, 15, 30, 0, 0, time.UTC) // 16:30 there
	for name, c := range map[string]struct {
		now  time.Time
		want time.Duration
		late bool
	}{
		"over a weekend":         {friday.Add(64*time.Hour + 30*time.Minute), 30 * time.Minute, false},
		"on Monday, just so":     {friday.Add(66 * time.Hour), 2 * time.Hour, false},
		"on Monday, longer":      {friday.Add(66*time.Hour + time.Second), 2*time.Hour + time.Second, true},
		"a clock that goes back": {friday.Add(-time.Hour), 0, false},
	} {
		got, late, err := s.UnassignedFor(friday, c.now)
		if err != nil || got != c.want || late != c.late {
			t.Errorf("%s: got %v, late %v (%v); want %v, %v", name, got, late, err, c.want, c.late)
		}
	}
	if got, late, err := (policy.Settings{}).UnassignedFor(friday, friday.Add(50*time.Hour)); err != nil || late || got != 50*time.Hour {
		t.Errorf("without a pack: got %v, late %v (%v), want the 50 hours there were", got, late, err)
	}
}
