package words

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sentences are a locale's, by key.
func sentences(t *testing.T, locale string) map[string]string {
	t.Helper()
	keys, err := Keys(locale)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, key := range keys {
		all[key] = raw(t, locale)[key]
	}
	return all
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// placeholders are the values a sentence names, sorted.
func placeholders(sentence string) (names []string) {
	for _, m := range placeholder.FindAllStringSubmatch(sentence, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Both languages say the same things, with the same values.
func TestCatalogsAreComplete(t *testing.T) {
	english, french := sentences(t, "en"), sentences(t, "fr")
	if len(english) < 60 {
		t.Errorf("only %d sentences", len(english))
	}
	for key, en := range english {
		fr, there := french[key]
		switch {
		case !there:
			t.Errorf("%s is missing in French", key)
		case strings.TrimSpace(en) == "" || strings.TrimSpace(fr) == "" || en == fr:
			t.Errorf("%s is not said in both languages: %q, %q", key, en, fr)
		case !slices.Equal(placeholders(en), placeholders(fr)):
			t.Errorf("%s names other values: %v, %v", key, placeholders(en), placeholders(fr))
		case strings.Count(en, "{{") != len(placeholder.FindAllString(en, -1)):
			t.Errorf("%s is more than a sentence with values: %q", key, en)
		}
	}
	for key := range french {
		if _, there := english[key]; !there {
			t.Errorf("%s is missing in English", key)
		}
	}
}

func TestKeysOfAnUnknownLocale(t *testing.T) {
	if keys, err := Keys("de"); err == nil {
		t.Errorf("German: %v", keys)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		preferred []string
		want      string
	}{
		{nil, "en"},
		{[]string{""}, "en"},
		{[]string{"fr"}, "fr"},
		{[]string{"fr-CA,fr;q=0.9,en;q=0.8"}, "fr"},
		{[]string{"en-AU"}, "en"},
		{[]string{"FR_ca"}, "fr"},
		{[]string{"de-DE, fr;q=0.5"}, "fr"},
		{[]string{"de"}, "en"},
		{[]string{"de", "fr-CA"}, "fr"},
		{[]string{"", "fr"}, "fr"},
		{[]string{"en", "fr"}, "en"},
		{[]string{"*", "fr"}, "fr"},
		{[]string{"fr;q=0, en"}, "en"},
		{[]string{"\xff\x00;;;q=", "fr"}, "fr"},
		{[]string{strings.Repeat("fr,", 500), "en"}, "en"},
		{[]string{"en;q=0.1,fr;q=0.9"}, "fr"},
	} {
		if got := Match(c.preferred...); got != c.want {
			t.Errorf("%.60q: %s, want %s", c.preferred, got, c.want)
		}
	}
}

func TestSay(t *testing.T) {
	for _, c := range []struct {
		locale, key string
		values      map[string]any
		want        string
	}{
		{"en", "field_too_long", map[string]any{"max": 300}, "At most 300 characters."},
		{"fr", "field_too_long", map[string]any{"max": 300}, "300 caractères au plus."},
		{"de", "field_too_long", map[string]any{"max": 300}, "At most 300 characters."},
		{"en", "field_not_a_choice", map[string]any{"choices": []string{"a", "b"}}, "Choose one of: a, b."},
		{"en", "field_not_a_choice", map[string]any{"choices": []any{"a", 1}}, "Choose one of: a, 1."},
		{"en", "not_a_partner", map[string]any{"name": "{{.Env}} <b> %s"}, "{{.Env}} <b> %s is not a partner."},
		{"en", "no_such_key", map[string]any{"x": 1}, "no_such_key"},
		{"fr", "", nil, ""},
	} {
		if got := Say(c.locale, c.key, c.values); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.locale, c.key, got, c.want)
		}
	}
}
