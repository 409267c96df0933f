package browser_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
)

// months are how the pages write them.
var months = map[string][]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"fr": {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc."},
}

var other = map[string]string{"en": "fr", "fr": "en"}

var (
	placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)
	keyLike     = regexp.MustCompile(`\b[a-z]+(?:_[a-z0-9]+)+\b`)
	unfilled    = regexp.MustCompile(`\{\{|\}\}|<no value>|%!|\bundefined\b|\[object `)
	frenchSigns = regexp.MustCompile(`(?i)[a-zéè] [:;?!»]|« `) // with a space that breaks the line
	secret      = regexp.MustCompile(`cpt_[A-Za-z0-9_-]+`)     // an API token, shown once
	twoWords    = regexp.MustCompile(`\pL{2,}[^\pL]+\pL{2,}`)
)

// sentences are the pieces of all sentences of a language that are no other
// language's too, with their keys.
var sentences = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for locale := range other {
		all[locale] = map[string]string{}
		for _, name := range []string{"../words/", "../../words/"} {
			raw, err := os.ReadFile(name + locale + ".json")
			catalog := map[string]any{}
			if err == nil {
				err = json.Unmarshal(raw, &catalog)
			}
			if err != nil {
				panic(err) // the catalogs are beside the pages, and tested there
			}
			for key, v := range catalog {
				pieces(v, func(piece string) { all[locale][piece] = key })
			}
		}
	}
	return all
})

// pieces are the parts of a sentence between its values, long enough to be
// nobody else's words.
func pieces(v any, found func(string)) {
	switch s := v.(type) {
	case string:
		for _, piece := range placeholder.Split(s, -1) {
			if piece = plain(piece); len(piece) >= 12 && twoWords.MatchString(piece) {
				found(piece)
			}
		}
	case map[string]any:
		for _, form := range s {
			pieces(form, found)
		}
	}
}

// plain is a text with one kind of space.
func plain(s string) string { return strings.Join(strings.Fields(s), " ") }

// spoken is what is wrong with a text of a page in a language: a key instead
// of a sentence, a sentence of the other language, a value that is none.
func spoken(text, locale string) (wrong []string) {
	if key := keyLike.FindString(secret.ReplaceAllString(text, "")); key != "" {
		wrong = append(wrong, fmt.Sprintf("a key instead of words: %q in %q", key, text))
	}
	if hole := unfilled.FindString(text); hole != "" {
		wrong = append(wrong, fmt.Sprintf("%q in %q", hole, text))
	}
	if locale == "fr" && frenchSigns.MatchString(text) {
		wrong = append(wrong, fmt.Sprintf("a space that breaks before a French sign: %q", text))
	}
	said := plain(text)
	for piece, key := range sentences()[other[locale]] {
		if _, shared := sentences()[locale][piece]; !shared && strings.Contains(said, piece) {
			wrong = append(wrong, fmt.Sprintf("the other language's %s: %q", key, text))
		}
	}
	return wrong
}
