package policy_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/casepath/casepath/policy"
)

// TestNoChangeGoesUnseen changes every single value of every pack in turn:
// where the pack is still whole, the difference is told.
func TestNoChangeGoesUnseen(t *testing.T) {
	for _, name := range policy.BuiltIns() {
		whole, changed := pack(t, name), 0
		var root yaml.Node
		if err := yaml.Load([]byte(whole.Text), &root); err != nil {
			t.Fatal(err)
		}
		each(&root, "", func(path string, n *yaml.Node) {
			before := *n
			defer func() { *n = before }()
			mutate(n)
			text, err := yaml.Dump(&root)
			if err != nil {
				t.Fatal(err)
			}
			other, err := policy.ParsePack(text)
			if err != nil {
				return // no pack any more
			}
			changed++
			if len(policy.Diff(whole, other, "en")) == 0 {
				t.Errorf("%s: %s: %q → %q goes unseen", name, path, before.Value, n.Value)
			}
		})
		if changed < 50 {
			t.Errorf("%s: only %d values could be changed", name, changed)
		}
		if changes := policy.Diff(whole, pack(t, name), "fr"); len(changes) > 0 {
			t.Errorf("%s differs from itself: %v", name, changes)
		}
	}
}

// each calls f with every value of a tree.
func each(n *yaml.Node, path string, f func(string, *yaml.Node)) {
	switch n.Kind {
	case yaml.ScalarNode:
		f(path, n)
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			each(n.Content[i+1], path+"."+n.Content[i].Value, f)
		}
	case yaml.DocumentNode, yaml.SequenceNode:
		for i, item := range n.Content {
			each(item, path+"."+strconv.Itoa(i), f)
		}
	default:
	}
}

var amountWritten = regexp.MustCompile(`^\d+ business`)

// mutate makes a value another one of its kind.
func mutate(n *yaml.Node) {
	switch {
	case n.Value == "true":
		n.Value = "false"
	case n.Value == "false":
		n.Value = "true"
	case amountWritten.MatchString(n.Value), n.Tag == "!!int":
		n.Value = "1" + n.Value
	default:
		n.Value += "x"
	}
}

// TestLinesTellWhatIsAssumed: each mark of a pack stands on a line.
func TestLinesTellWhatIsAssumed(t *testing.T) {
	for _, name := range policy.BuiltIns() {
		p := pack(t, name)
		lines := p.Lines(p.Locales[0])
		for _, path := range p.Assumed {
			if !slices.ContainsFunc(lines, func(l policy.Line) bool {
				return l.Assumed && (l.Path == path || strings.HasPrefix(l.Path, path+"."))
			}) {
				t.Errorf("%s: no line says that %s is assumed", name, path)
			}
		}
		for _, l := range lines {
			if l.Value == "" || l.What == "" || l.Block == "" {
				t.Errorf("%s: an empty line %+v", name, l)
			}
		}
	}
}

// TestDiffSpeaksPlainly: what a product manager reads.
func TestDiffSpeaksPlainly(t *testing.T) {
	whole := builtIn(t, "posimente")
	for _, c := range []struct{ old, new, locale, want string }{
		{"acknowledge: {high: 1 business day", "acknowledge: {high: 4 business hours", "en", "plan licence: acknowledge for high: 1 business day → 4 business hours"},
		{"default_plan", "time: {past_days: 90}\ndefault_plan", "en", "time may be entered late for: not set → 90 days"},
		{"default_plan", "time: {future_days: 1}\ndefault_plan", "fr", "temps saisi d’avance pour au plus : non indiqué → 1 jour"},
		{"acknowledge: {high: 1 business day", "acknowledge: {high: 4 business hours", "fr", "formule licence : prise en charge, high : 1 jour ouvré → 4 heures ouvrées"},
		{"window_months: 24", "window_months: 12", "en", "supported versions: the newest, and those released within: 24 months → 12 months"},
		{"reopen_days: {value: 14, assumed: true}", "reopen_days: 14", "en", "path level 1, answer: can be reopened for: 14 days (assumed) → 14 days"},
		{"    required: [customer_name]\n    one_of", "    one_of", "en", "form technical: required: customer_name → not set"},
		{"en: High}", "en: Hoch}", "en", "severity high: called (en): High → Hoch"},
		{"  partners_on_behalf: true\n", "", "en", "partners on behalf of customers: yes → no"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		other, err := policy.ParsePack([]byte(text))
		if err != nil || text == whole {
			t.Fatalf("%s: %v", c.new, err)
		}
		changes := policy.Diff(pack(t, "posimente"), other, c.locale)
		if len(changes) != 1 || strings.ReplaceAll(changes[0].In(c.locale), "\u00a0", " ") != c.want {
			t.Errorf("%s: %v", c.want, changes)
		}
	}
}

// TestDiffTellsAPathSwitchedOff: with all that hangs on it.
func TestDiffTellsAPathSwitchedOff(t *testing.T) {
	whole := builtIn(t, "primlogix")
	text := strings.Replace(whole, "    path: training\n    charged", "    charged", 1)
	text = strings.Replace(text, "    path: training\n\nfields", "    path: answer\n\nfields", 1)
	text = regexp.MustCompile(`(?m)^  training:\n    team: training\n.*\n`).ReplaceAllString(text, "")
	other, err := policy.ParsePack([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, c := range policy.Diff(pack(t, "primlogix"), other, "en") {
		said = append(said, c.In("en"))
	}
	for _, want := range []string{"path training: switched on: yes → not set", "reason training: leads to: training → answer", "form training: proposes the path: training → not set"} {
		if !slices.Contains(said, want) {
			t.Errorf("%q is not among\n%s", want, strings.Join(said, "\n"))
		}
	}
}

// TestWordsAreInEveryLanguage: one key, all languages, the same arguments.
func TestWordsAreInEveryLanguage(t *testing.T) {
	all := map[string]map[string]string{}
	for _, language := range policy.Languages {
		raw, err := os.ReadFile("words/" + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]string
		if err := json.Unmarshal(raw, &words); err != nil {
			t.Fatal(err)
		}
		all[language] = words
	}
	verbs := regexp.MustCompile(`%[sd]`)
	for key, en := range all["en"] {
		for _, language := range policy.Languages {
			said, known := all[language][key]
			if !known || !slices.Equal(verbs.FindAllString(en, -1), verbs.FindAllString(said, -1)) {
				t.Errorf("%s in %s: %q, in English %q", key, language, said, en)
			}
			if len(all[language]) != len(all["en"]) {
				t.Errorf("%s has %d phrases, English %d", language, len(all[language]), len(all["en"]))
			}
		}
	}
	for key, fr := range all["fr"] {
		if strings.ContainsAny(fr, "'\"") || regexp.MustCompile(` [:;»?!]|« `).MatchString(fr) && key != "mark.colon" {
			t.Errorf("%s: %q is not set as French is", key, fr)
		}
	}
}

// TestEveryCodeHasWords: each word of the schema can be shown.
func TestEveryCodeHasWords(t *testing.T) {
	for prefix, codes := range map[string][]string{
		"value.": slices.Concat(policy.ChannelNames, policy.FieldTypes, policy.ClockNames, policy.ReleaseReasons, policy.ExclusionReasons,
			[]string{"month", "quarter", "year", "contract", "refuse", "ask", "overrun", "manual", "round_robin", "least_loaded", "up", "nearest", "down", "half_up", "half_even"},
			[]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun", "signatory", "partner", "customer_name", "customer_id", "consent", "notice"}),
		"what.notice_": policy.NoticePlaces,
		"path.":        policy.PathNames,
	} {
		for _, code := range codes {
			if policy.Say("fr", prefix+code) == "" { // it panics without words
				t.Errorf("%s%s has no words", prefix, code)
			}
		}
	}
}
