package policy

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed words/*.json
var wordFiles embed.FS

// phrases are what we say about packs, by key and language. A vendor's own
// words are in its pack.
var phrases = func() map[string]Text {
	all := map[string]Text{}
	for _, language := range Languages {
		raw, err := wordFiles.ReadFile("words/" + language + ".json")
		if err != nil {
			panic(err) // embedded
		}
		var words map[string]string
		if err := json.Unmarshal(raw, &words); err != nil {
			panic(err)
		}
		for key, said := range words {
			if all[key] == nil {
				all[key] = Text{}
			}
			all[key][language] = said
		}
	}
	return all
}()

// Languages are those in which packs can be shown.
var Languages = []string{"en", "fr"}

// said is a phrase in every language, with its arguments put in: texts in the
// same language.
func said(key string, args ...any) Text {
	phrase, known := phrases[key]
	if !known {
		panic("policy: no words for " + key)
	}
	t := Text{}
	for language, words := range phrase {
		in := make([]any, len(args))
		for i, a := range args {
			in[i] = a
			if text, ok := a.(Text); ok {
				in[i] = text.In(language)
			}
		}
		if len(args) > 0 {
			words = fmt.Sprintf(words, in...)
		}
		t[language] = words
	}
	return t
}

// Say is a phrase about packs in a locale; in English when we have no words in
// its language. A key without words is a slip of the program, and panics.
func Say(locale, key string, args ...any) string { return said(key, args...).In(locale) }

// counted is so many of something: "1 day", "30 days".
func counted(n int, unit string) Text {
	if n == 1 {
		return said("count."+unit+".one", n)
	}
	return said("count."+unit, n)
}

// inWords is an amount of business time as people read it.
func (a Amount) inWords() Text {
	switch {
	case a.Days > 0:
		return counted(a.Days, "business_day")
	case a.Minutes%60 == 0:
		return counted(a.Minutes/60, "business_hour")
	}
	return counted(a.Minutes, "business_minute")
}

// amounts are several, in one line.
func amounts(list []Amount) Text {
	t := Text{}
	for _, language := range Languages {
		each := make([]string, len(list))
		for i, a := range list {
			each[i] = a.inWords().In(language)
		}
		t[language] = strings.Join(each, ", ")
	}
	return t
}
