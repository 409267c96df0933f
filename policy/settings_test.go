package policy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/casepath/casepath/policy"
)

// sound are settings nothing is wrong with.
func sound() policy.Settings {
	list := func(code string) []policy.Choice {
		return []policy.Choice{{Code: code, Label: map[string]string{"en": "Label"}}}
	}
	return policy.Settings{
		Locales: []string{"fr-CA", "en-CA"}, TimeZone: "America/Toronto", MailFrom: "support@vendor.example",
		Types: list("bug"), Reasons: list("defect"), Severities: append(list("high"), list("low")...), Paths: []string{"answer"},
		AcknowledgeMinutes: map[string]int{"high": 60, "": 480}, ReopenDays: 14,
	}
}

func TestParseKeepsEverything(t *testing.T) {
	want := sound()
	want.WarnAt, want.AutoCloseDays, want.CloseOnAnswer, want.PortalURL, want.ReplyTo = 0.5, 7, true, "https://portal.example", "r@vendor.example"
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := policy.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parsed (-want +got)\n%s", diff)
	}
}

func TestParseRefusesNonsense(t *testing.T) {
	for _, raw := range []string{"", "[]", `{"reopen_days":"two"}`, `{}`} {
		if _, err := policy.Parse([]byte(raw)); err == nil || !strings.HasPrefix(err.Error(), "vendor settings: ") {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

func TestCheck(t *testing.T) {
	if err := sound().Check(); err != nil {
		t.Fatalf("sound settings: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(*policy.Settings)
		says   string
	}{
		{"no locale", func(s *policy.Settings) { s.Locales = nil }, "at least one locale"},
		{"no type", func(s *policy.Settings) { s.Types = nil }, "one type, one severity and one reason"},
		{"no severity", func(s *policy.Settings) { s.Severities = nil }, "one type, one severity and one reason"},
		{"no reason", func(s *policy.Settings) { s.Reasons = nil }, "one type, one severity and one reason"},
		{"no answer path", func(s *policy.Settings) { s.Paths = []string{"service"} }, `the path "answer"`},
		{"negative reopening", func(s *policy.Settings) { s.ReopenDays = -1 }, "days can't be negative"},
		{"negative auto-close", func(s *policy.Settings) { s.AutoCloseDays = -1 }, "days can't be negative"},
		{"warning after the target", func(s *policy.Settings) { s.WarnAt = 1 }, "warn_at is a fraction"},
		{"warning before the start", func(s *policy.Settings) { s.WarnAt = -0.1 }, "warn_at is a fraction"},
		{"no sender", func(s *policy.Settings) { s.MailFrom = "" }, "mail_from"},
		{"no zone", func(s *policy.Settings) { s.TimeZone = "" }, `time zone "" is not known`},
		{"unknown zone", func(s *policy.Settings) { s.TimeZone = "Mars/Olympus" }, `time zone "Mars/Olympus" is not known`},
		{"target of nothing", func(s *policy.Settings) { s.AcknowledgeMinutes["urgent"] = 5 }, `unknown severity "urgent"`},
	} {
		s := sound()
		c.change(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "vendor settings: ") {
			t.Errorf("%s: %v, want it to say %q", c.name, err, c.says)
		}
	}
}

// TestPlainPromises: a vendor without a pack promises the first reaction, in
// minutes around the clock.
func TestPlainPromises(t *testing.T) {
	for _, c := range []struct {
		severity string
		targets  map[string]int
		minutes  int // 0: no promise
	}{
		{"high", map[string]int{"high": 60, "": 480}, 60},
		{"low", map[string]int{"high": 60, "": 480}, 480},
		{"low", map[string]int{"high": 60}, 0},
		{"low", nil, 0},
		{"high", map[string]int{"high": 0, "": 480}, 0}, // switched off for this severity alone
	} {
		list := policy.Settings{AcknowledgeMinutes: c.targets}.Promises(policy.Terms{}, "bug", c.severity)
		if len(list) == 0 && c.minutes == 0 {
			continue
		}
		if len(list) != 1 || list[0].Clock != policy.Acknowledge || list[0].Amount.Minutes != c.minutes || list[0].Calendar != "" {
			t.Errorf("%s of %v: %+v, want %d minutes", c.severity, c.targets, list, c.minutes)
		}
	}
}

func TestDays(t *testing.T) {
	at := time.Date(2026, 2, 27, 15, 30, 0, 0, time.UTC)
	s := policy.Settings{AutoCloseDays: 7, ReopenDays: 14}
	if got := s.AutoClose(at); got == nil || !got.Equal(time.Date(2026, 3, 6, 15, 30, 0, 0, time.UTC)) {
		t.Errorf("auto-close %v", got)
	}
	if got := s.ReopenUntil(at); got == nil || !got.Equal(time.Date(2026, 3, 13, 15, 30, 0, 0, time.UTC)) {
		t.Errorf("reopen until %v", got)
	}
	if never := (policy.Settings{}); never.AutoClose(at) != nil || never.ReopenUntil(at) != nil {
		t.Errorf("without days: %v, %v", never.AutoClose(at), never.ReopenUntil(at))
	}
}

func TestHas(t *testing.T) {
	s := sound()
	if !policy.Has(s.Severities, "low") || policy.Has(s.Severities, "LOW") || policy.Has(nil, "low") {
		t.Error("choices are found by their exact code")
	}
}

func TestLocaleAndLocation(t *testing.T) {
	s := sound()
	if s.Locale() != "fr-CA" || s.Location().String() != "America/Toronto" {
		t.Errorf("%s in %s", s.Locale(), s.Location())
	}
	s.TimeZone = "Mars/Olympus"
	if s.Location() != time.UTC {
		t.Errorf("unknown zone: %s", s.Location())
	}
}
