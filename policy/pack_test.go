package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/casepath/casepath/policy"
)

func builtIn(t *testing.T, name string) string {
	t.Helper()
	text, err := policy.BuiltIn(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestBuiltInPacks: every pack that comes with the program is whole.
func TestBuiltInPacks(t *testing.T) {
	for _, name := range policy.BuiltIns() {
		p, err := policy.ParsePack([]byte(builtIn(t, name)))
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if p.Name != name || len(p.Version) != 64 {
			t.Errorf("%s calls itself %q, version %q", name, p.Name, p.Version)
		}
	}
}

// TestFaults: what is wrong in a pack is said with its line, in plain words.
func TestFaults(t *testing.T) {
	whole := builtIn(t, "posimente")
	for _, c := range []struct{ name, old, new, at, want string }{
		{"unknown key", "default_plan: licence", "default_plan: licence\ncolour: red", "colour: red", `"colour" is no key here`},
		{"key written twice", "default_plan: licence", "default_plan: licence\ndefault_plan: x", "default_plan: x", "already|stands here and on line"},
		{"wrong kind of value", "window_months: 24", "window_months: two years", "window_months: two", "is no number"},
		{"amount in other words", "high: 1 business day, medium", "high: 1 day, medium", "acknowledge:", "is no amount of business time"},
		{"target for an unknown severity", "acknowledge: {high:", "acknowledge: {huge:", "acknowledge: {huge", `severity "huge"`},
		{"unknown clock", "      acknowledge:", "      call_back:", "call_back:", `"call_back" is not a clock`},
		{"field used by no form", "fields:\n", "fields:\n  spare:\n    label: {en: Spare}\n    type: text\n", "  spare:", `"spare" is used by no form`},
		{"field not described", "required: [customer_name]\n    reason", "required: [phone]\n    reason", "required: [phone]", "does not ask for it"},
		{"path nobody reaches", "  out_of_scope:\n    cites", "  training:\n  out_of_scope:\n    cites", "  training:", `nobody can reach the path "training"`},
		{"path not switched on", "path: out_of_scope", "path: defect", "path: defect", `"defect", which is not switched on`},
		{"option of another path", "reopen_days", "work_when_paid: true\n    reopen_days", "work_when_paid", "means nothing on the path"},
		{"calendar without a working day", "    hours: &weekdays\n      mon: [[\"09:00\", \"17:00\"]]\n      tue: [[\"09:00\", \"17:00\"]]\n      wed: [[\"09:00\", \"17:00\"]]\n      thu: [[\"09:00\", \"17:00\"]]\n      fri: [[\"09:00\", \"17:00\"]]", "    hours: {}", "  support:\n    assumed", "never open"},
		{"ladder without rungs", "default_plan", "ladders: [{code: complaints, rungs: []}]\ndefault_plan", "ladders:", "has no rungs"},
		{"unknown team", "- {team: support}", "- {team: helpers}", "- {team: helpers}", `"helpers"`},
		{"plan without channels", "channels: [portal, api]", "channels: []", "- code: licence", "includes no channel"},
		{"no words in a language", "{value: [en-AU], assumed: true}", "[en-AU, fr-FR]", "{en: High}", `no words in "fr"`},
		{"unknown default plan", "default_plan: licence", "default_plan: gold", "default_plan: gold", `"gold"`},
		{"notice nowhere", "  versions: {en: \"Look", "  wall: {en: \"Look", "  wall:", "is not a place of a notice"},
		{"authority by a stranger", "signed_by: [signatory, partner]", "signed_by: [anybody]", "signed_by: [anybody]", "is not somebody who can sign"},
		{"help of no team", "default_plan", "collaboration: {teams: [pilots]}\ndefault_plan", "collaboration:", `"pilots"`},
		{"excuse of its own", "versions:\n  window", "clocks: {may_exclude: [weather]}\nversions:\n  window", "clocks:", "is not a reason to exclude"},
		{"time of the past only", "default_plan", "time: {future_days: -1}\ndefault_plan", "time:", "between 0 and 366 days ahead"},
		{"time without an end", "default_plan", "time: {past_days: 100000}\ndefault_plan", "time:", "between 0 and 3660 days back"},
		{"package without words", "default_plan", "training_packages: [{code: day, label: {fr: Jour}}]\ndefault_plan", "training_packages:", `no words in "en"`},
		{"package written twice", "default_plan", "training_packages: [{code: day, label: {en: Day}}, {code: day, label: {en: Day}}]\ndefault_plan", "training_packages:", `"day" twice`},
		{"package of no hours", "default_plan", "training_packages: [{code: day, label: {en: Day}, hours: -7}]\ndefault_plan", "training_packages:", "between 1 and 1000 hours"},
		{"package without a currency", "default_plan", "training_packages: [{code: day, label: {en: Day}, price: \"900\"}]\ndefault_plan", "training_packages:", "is no currency"},
		{"package without a price", "default_plan", "training_packages: [{code: day, label: {en: Day}, price: dear, currency: AUD}]\ndefault_plan", "training_packages:", "is no amount"},
		{"package in another currency", "default_plan", "training_packages: [{code: day, label: {en: Day}, price: \"900\", currency: EUR}]\nrates: [{per_hour: \"150\", currency: AUD}]\ndefault_plan", "training_packages:", "in another currency"},
		{"broken YAML", "pack: posimente", "pack: [posimente", "", ""},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%s: nothing replaced", c.name)
		}
		_, err := policy.ParsePack([]byte(text))
		var faults policy.Faults
		if !errors.As(err, &faults) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.at == "" {
			continue
		}
		line, found := 1+strings.Count(text[:strings.Index(text, c.at)], "\n"), false
		for _, f := range faults {
			for want := range strings.SplitSeq(c.want, "|") {
				found = found || f.Line == line && strings.Contains(f.Text, want)
			}
		}
		if !found {
			t.Errorf("%s: want %q on line %d, got\n%v", c.name, c.want, line, err)
		}
	}
}

// TestAssumed: what the document leaves open keeps its mark.
func TestAssumed(t *testing.T) {
	p, err := policy.ParsePack([]byte(builtIn(t, "posimente")))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"time_zone": true, "calendars.support": true, "calendars.support.hours": true, "plans.licence": false,
		"plans.licence.targets": false, "reasons.question": true, "reasons.feature": false, "paths.answer.reopen_days": true,
	} {
		if p.IsAssumed(path) != want {
			t.Errorf("%s assumed: %v", path, !want)
		}
	}
	if p.TimeZone != "Australia/Melbourne" || p.Paths["answer"].ReopenDays != 14 {
		t.Errorf("a marked value is lost: %q, %d", p.TimeZone, p.Paths["answer"].ReopenDays)
	}
}

// TestMissing: required fields, one-of groups and evidence rules.
func TestMissing(t *testing.T) {
	f := policy.Form{
		Require: []string{"name"}, OneOf: [][]string{{"org", "number"}},
		Rules: []policy.Rule{{When: policy.When{Field: "kind", Is: []string{"api"}}, Require: []string{"call", "reply"}, Why: policy.Text{"en": "why"}}},
	}
	lacks := func(v policy.Values) (fields [][]string) {
		for _, m := range f.Missing(v) {
			fields = append(fields, m.Fields)
		}
		return fields
	}
	if diff := cmp.Diff([][]string{{"name"}, {"org", "number"}}, lacks(policy.Values{"kind": {"ui"}})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"reply"}}, lacks(policy.Values{"name": {"x"}, "number": {"7"}, "kind": {"api"}, "call": {"GET /"}, "reply": {""}})); diff != "" {
		t.Error(diff)
	}
	if got := lacks(policy.Values{"name": {"x"}, "org": {"7"}}); got != nil {
		t.Errorf("whole, yet %v", got)
	}
}
