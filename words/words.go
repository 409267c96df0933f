// Package words says things in the reader's language: English and French,
// both complete. Keys are stable; sentences are data beside this file.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed en.json fr.json
var catalogs embed.FS

// Locales are the complete ones; the first is the fallback.
var Locales = []string{"en", "fr"}

var (
	bundle  = load()
	matcher = language.NewMatcher([]language.Tag{language.English, language.French})
)

func load() *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range Locales {
		if _, err := b.LoadMessageFileFS(catalogs, l+".json"); err != nil {
			panic(err) // embedded beside this file, and tested
		}
	}
	return b
}

// Match is the locale to use for a reader who prefers these, each a BCP 47
// tag or an Accept-Language header; the first that says anything decides.
func Match(preferred ...string) string {
	for _, p := range preferred {
		if len(p) > 1000 {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(p)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := matcher.Match(tags...); confidence != language.No {
			return Locales[i]
		}
	}
	return Locales[0]
}

// Say is the sentence of a key. A list among the values is joined by commas.
// A key without a sentence gives the key, so that nothing is lost.
func Say(locale, key string, values map[string]any) string {
	shown := make(map[string]any, len(values))
	for k, v := range values {
		shown[k] = show(v)
	}
	sentence, err := i18n.NewLocalizer(bundle, locale).Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: shown})
	if err != nil && sentence == "" {
		return key
	}
	return sentence
}

func show(v any) any {
	raw, err := json.Marshal(v)
	if err != nil || !strings.HasPrefix(string(raw), "[") {
		return v
	}
	var list []any
	if json.Unmarshal(raw, &list) != nil {
		return v
	}
	texts := make([]string, len(list))
	for i, entry := range list {
		texts[i] = fmt.Sprint(entry)
	}
	return strings.Join(texts, ", ")
}

// Keys are the keys of a locale's catalog, sorted.
func Keys(locale string) ([]string, error) {
	raw, err := catalogs.ReadFile(locale + ".json")
	if err != nil {
		return nil, fmt.Errorf("catalog of %s: %w", locale, err)
	}
	var catalog map[string]string
	if err := json.Unmarshal(raw, &catalog); err != nil {
		return nil, fmt.Errorf("catalog of %s: %w", locale, err)
	}
	keys := make([]string, 0, len(catalog))
	for k := range catalog {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys, nil
}
