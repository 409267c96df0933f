// Package words says things in the reader's language: English and French,
// both complete. Keys are stable; sentences are data beside this file.
package words

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
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
	errorWords = must(Load(catalogs))
	matcher    = language.NewMatcher([]language.Tag{language.English, language.French})
)

func must(c *Catalog, err error) *Catalog {
	if err != nil {
		panic(err) // embedded beside this file, and tested
	}
	return c
}

// Catalog is a set of sentences in every locale.
type Catalog struct {
	bundle *i18n.Bundle
	plain  map[string]map[string]string // locale → key → sentence without values
}

// Load reads en.json and fr.json of a directory: a sentence for each key, or
// its forms ("one", "other") by the value "count". French gets its no-break
// spaces here, so that the files can be written with ordinary ones.
func Load(fsys fs.FS) (*Catalog, error) {
	c := &Catalog{bundle: i18n.NewBundle(language.English), plain: map[string]map[string]string{}}
	c.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, l := range Locales {
		raw, err := fs.ReadFile(fsys, l+".json")
		if err != nil {
			return nil, fmt.Errorf("words of %s: %w", l, err)
		}
		if l == "fr" {
			raw = []byte(strings.ReplaceAll(French(strings.ReplaceAll(string(raw), `": `, "\x00")), "\x00", `": `)) // that is JSON's
		}
		if _, err := c.bundle.ParseMessageFileBytes(raw, l+".json"); err != nil {
			return nil, fmt.Errorf("words of %s: %w", l, err)
		}
		if c.plain[l], err = plain(raw); err != nil {
			return nil, fmt.Errorf("words of %s: %w", l, err)
		}
	}
	return c, nil
}

// plain are the sentences that are said as they stand.
func plain(raw []byte) (map[string]string, error) {
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	sentences := map[string]string{}
	for key, v := range all {
		if s, ok := v.(string); ok && !strings.Contains(s, "{{") {
			sentences[key] = s
		}
	}
	return sentences, nil
}

var spaceBeforeSign = regexp.MustCompile(` ([:;?!»%])`)

// French makes the spaces no-break that French sets before : ; ? ! » % and after «,
// so that texts can be written with ordinary ones.
func French(s string) string {
	return strings.ReplaceAll(spaceBeforeSign.ReplaceAllString(s, "\u00a0$1"), "« ", "«\u00a0")
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

// Say is the sentence of an error's key. A list among the values is joined by
// commas. A key without a sentence gives the key, so that nothing is lost.
func Say(locale, key string, values map[string]any) string {
	return errorWords.Say(locale, key, values)
}

// Say is the sentence of a key, as the function Say.
func (c *Catalog) Say(locale, key string, values map[string]any) string {
	if s, ok := c.plain[locale][key]; ok {
		return s
	}
	shown := make(map[string]any, len(values))
	for k, v := range values {
		shown[k] = show(v)
	}
	config := &i18n.LocalizeConfig{MessageID: key, TemplateData: shown}
	if n, counted := values["count"]; counted {
		config.PluralCount = n
	}
	sentence, err := i18n.NewLocalizer(c.bundle, locale).Localize(config)
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
