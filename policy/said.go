package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/casepath/casepath/words"
)

// Said is what somebody has filled into a field of a form.
type Said struct {
	Name  string // the field's
	Field Field  // zero for one that the form does not ask
	Text  string // as it was filled in; of a choice its code
}

// Said are the fields that were filled in for a request of a kind, in the order
// of its form, then by name those it does not ask: they were kept too.
func (s Settings) Said(kind string, filled map[string]string) (list []Said) {
	form := s.form(kind)
	names := slices.Clone(form.Fields)
	for _, name := range slices.Sorted(maps.Keys(filled)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for i, name := range names {
		if text := strings.TrimSpace(filled[name]); text != "" {
			one := Said{Name: name, Text: text}
			if i < len(form.Fields) {
				one.Field = s.Pack.Fields[name]
			}
			list = append(list, one)
		}
	}
	return list
}

// Label is what the field is called in a locale, its name where nothing is said.
func (x Said) Label(locale string) string { return orElse(spaced(x.Field.Label, locale), x.Name) }

// In is what was filled in, as people read it in a locale: a choice by its label.
func (x Said) In(locale string) string {
	for _, c := range x.Field.Choices {
		if c.Code == x.Text {
			return orElse(spaced(c.Label, locale), x.Text)
		}
	}
	return x.Text
}

// Names says whether the field tells who asks, not what is asked.
func (x Said) Names() bool { return x.Field.Matches != "" }

// Written is a text and what was filled in beside it, a paragraph each, in a
// locale.
func Written(body string, list []Said, locale string) string {
	paragraphs := []string{body}
	for _, x := range list {
		label, between := x.Label(locale), " "
		switch {
		case strings.HasSuffix(label, "?"):
		case words.Match(locale) == "fr":
			label += words.French(" :")
		default:
			label += ":"
		}
		if strings.Contains(x.Text, "\n") {
			between = "\n\n"
		}
		paragraphs = append(paragraphs, label+between+x.In(locale))
	}
	return strings.Join(paragraphs, "\n\n")
}

func spaced(t Text, locale string) string {
	if words.Match(locale) == "fr" {
		return words.French(t.In(locale))
	}
	return t.In(locale)
}
