package web

import (
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forms are a sentence's: one, or one for each plural.
func forms(t *testing.T, v any) (list []string) {
	t.Helper()
	switch s := v.(type) {
	case string:
		return []string{s}
	case map[string]any:
		for _, name := range []string{"one", "other"} {
			text, _ := s[name].(string)
			list = append(list, text)
		}
	}
	return list
}

func catalog(t *testing.T, locale string) (all map[string]any) {
	t.Helper()
	raw, err := files.ReadFile("words/" + locale + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var value = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

func values(list []string) (names []string) {
	for _, s := range list {
		for _, m := range value.FindAllStringSubmatch(s, -1) {
			if m[1] != "count" { // "one" may say it in words
				names = append(names, m[1])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TestWordsAreComplete: both languages say the same things with the same
// values, and no sentence is empty.
func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	english, french := catalog(t, "en"), catalog(t, "fr")
	for key, v := range english {
		en, fr := forms(t, v), forms(t, french[key])
		switch {
		case len(en) != len(fr):
			t.Errorf("%s: %d forms in English, %d in French", key, len(en), len(fr))
		case slices.Contains(en, "") || slices.Contains(fr, ""):
			t.Errorf("%s has an empty form", key)
		case !slices.Equal(values(en), values(fr)):
			t.Errorf("%s names other values: %v, %v", key, values(en), values(fr))
		}
	}
	for key := range french {
		if _, there := english[key]; !there {
			t.Errorf("%s is missing in English", key)
		}
	}
}

// countOfSome is how many there are of something, as if there were always some.
var countOfSome = regexp.MustCompile(`\{\{\.(n|count|tickets|customers)\}\}[ \x{a0}](dev )?\p{L}{3,}s\b`)

// TestOneIsNotSome: what says how many there are of something has a form for one.
func TestOneIsNotSome(t *testing.T) {
	t.Parallel()
	for _, locale := range []string{"en", "fr"} {
		for key, v := range catalog(t, locale) {
			if text, plain := v.(string); plain && key != "files_hint" && countOfSome.MatchString(text) {
				t.Errorf("%s: %s has no form for one: %s", locale, key, text)
			}
		}
	}
	if got, want := said.Say("fr", "dev_plan_send", map[string]any{"count": 1}), "Prévoir et informer qui attend (1 billet)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestFrenchColons: a colon between two values has its space, and what is
// evaluated stays as it is.
func TestFrenchColons(t *testing.T) {
	t.Parallel()
	const source = `<b>{{.T "a: b"}}: {{.N}}</b>: x`
	if got := colonsIn("en", source); got != source {
		t.Errorf("English: %q", got)
	}
	if got, want := colonsIn("fr", source), "<b>{{.T \"a: b\"}}\u00a0: {{.N}}</b>\u00a0: x"; got != want {
		t.Errorf("French: %q, want %q", got, want)
	}
}

// TestPagesAndWordsAgree: every key that a page or its code gives has its
// sentence, and no sentence is left over.
func TestPagesAndWordsAgree(t *testing.T) {
	t.Parallel()
	english := catalog(t, "en")
	source := readAll(t)
	inPages := regexp.MustCompile(`\.T "([a-z0-9_]+)"`)
	for _, m := range inPages.FindAllStringSubmatch(source, -1) {
		if _, there := english[m[1]]; !there {
			t.Errorf("a page says %q, which has no sentence", m[1])
		}
	}
	for key := range english {
		if strings.Contains(source, `"`+key+`"`) {
			continue
		}
		// Keys put together: a prefix that ends with "_" stands in the source.
		parts := strings.Split(key, "_")
		made := false
		for i := 1; i < len(parts); i++ {
			made = made || strings.Contains(source, `"`+strings.Join(parts[:i], "_")+`_"`)
		}
		if rest, done := strings.CutPrefix(key, "done_"); done {
			made = strings.Contains(source, `"`+rest+`"`) || strings.Contains(source, "done="+rest)
		}
		if !made {
			t.Errorf("nothing says %q", key)
		}
	}
}

// readAll is the source of the pages: templates and code.
func readAll(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	templates, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range templates {
		raw, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	code, err := fs.Glob(sourceFiles, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range code {
		raw, err := fs.ReadFile(sourceFiles, name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			all.Write(raw)
		}
	}
	return all.String()
}
