package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/words"
)

// The methods of page are what templates can ask for.

// T is a sentence; pairs are names and values.
func (p *page) T(key string, pairs ...any) string { return p.Request.say(key, pairs...) }

// Locale is the language of the page.
func (p *page) Locale() string { return p.Request.locale }

// To is an address of this vendor's pages.
func (p *page) To(parts ...any) string { return p.Request.to(fmt.Sprint(parts...)) }

// VendorName is empty on pages that belong to no vendor.
func (p *page) VendorName() string { return p.Request.vendor.Name }

// Token proves that a form is ours.
func (p *page) Token() string { return p.Request.formToken() }

// SignedIn says whether somebody is.
func (p *page) SignedIn() bool { return p.Request.signedIn }

// VendorZone is the place whose time the vendor keeps.
func (p *page) VendorZone() string { return city(p.Request.vendor.Settings.Location()) }

// Staff says whether the reader works for the vendor.
func (p *page) Staff() bool { return p.Request.signedIn && p.Request.caller.Staff() }

// Me is the reader's name.
func (p *page) Me() string { return p.Request.caller.Person.Name }

// MyEmail is where the reader's mails go.
func (p *page) MyEmail() string { return p.Request.caller.Person.Email }

// Theme is light, dark or system.
func (p *page) Theme() string {
	if t := p.Request.caller.Person.Theme; t != "" {
		return t
	}
	return "system"
}

// Style and the others are the addresses of what pages load.
func (p *page) Style() string { return p.Request.site.assets.style.path }

// Script is the address of the one script.
func (p *page) Script() string { return p.Request.site.assets.script.path }

// Icon is the address of the icon.
func (p *page) Icon() string { return p.Request.site.assets.icon.path }

// Wrong is what is wrong with a field, "" for nothing.
func (p *page) Wrong(field string) string {
	if p.Problem == nil {
		return ""
	}
	for _, f := range p.Problem.Fields {
		if f.Path == field {
			return p.fieldSentence(f)
		}
	}
	return ""
}

// fieldSentence says what is wrong with a field. On a page one chooses by
// words, not by the codes an API's sentence lists.
func (p *page) fieldSentence(f problem.Field) string {
	switch f.Key {
	case "field_not_a_choice":
		return p.T("choose_one")
	case otherPath:
		return p.T("triage_other_path_asked", "path", p.T(fmt.Sprint("path_", f.Args["path"])))
	case "level_not_of_path":
		return p.T("triage_level_of_path", "path", p.T(fmt.Sprint("path_", f.Args["path"])), "level", p.T(fmt.Sprint("level_", f.Args["level"])))
	}
	return words.Say(p.Request.locale, f.Key, f.Args)
}

// Message is a problem in words.
func (p *page) Message(e *problem.Error) string { return words.Say(p.Request.locale, e.Key, e.Args) }

// Value is what was typed into a field, else the given default.
func (p *page) Value(field string, otherwise ...string) string {
	if p.Values != nil {
		return p.Values.Get(field)
	}
	return strings.Join(otherwise, "")
}

// Chosen says whether a choice is the one made, or the default.
func (p *page) Chosen(field, value string, otherwise ...string) bool {
	if p.Values != nil {
		return p.Values.Has(field, value)
	}
	return strings.Join(otherwise, "") == value
}

// Label is what a vendor calls one of its codes.
func (p *page) Label(kind, code string) string {
	s := p.Request.vendor.Settings
	list := map[string][]policy.Choice{"type": s.Types, "severity": s.Severities, "reason": s.Reasons}[kind]
	for _, c := range list {
		if c.Code == code {
			return p.Called(c)
		}
	}
	return code
}

// said is a text of the pack in the reader's language.
func (p *page) said(t policy.Text) string { return p.spaced(t.In(p.Request.locale)) }

// spaced is a text with the spaces that the reader's language has.
func (p *page) spaced(text string) string {
	if words.Match(p.Request.locale) == "fr" {
		return words.French(text)
	}
	return text
}

// Called is a choice's label in the reader's language, else in the vendor's
// first, else its code.
func (p *page) Called(c policy.Choice) string {
	first, _, _ := strings.Cut(p.Request.vendor.Settings.Locale(), "-")
	for _, l := range []string{p.Request.locale, first} {
		if text := c.Label[l]; text != "" {
			return p.spaced(text)
		}
	}
	return c.Code
}

// Date is an instant as text a person reads and a machine can: absolute, in
// the reader's zone and language.
func (p *page) Date(at any) template.HTML {
	t, ok := instant(at)
	if !ok {
		return ""
	}
	t = t.In(p.Request.location())
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + //nolint:gosec // both are made of an instant and our words
		template.HTMLEscapeString(longDate(t, p.Request.locale)) + `</time>`)
}

// Day is Date without the time of day.
func (p *page) Day(at any) template.HTML {
	t, ok := instant(at)
	if !ok {
		return ""
	}
	t = t.In(p.Request.location())
	return template.HTML(`<time datetime="` + t.Format(time.RFC3339) + `">` + //nolint:gosec // as above
		template.HTMLEscapeString(dayOf(t, p.Request.locale)) + `</time>`)
}

func instant(at any) (time.Time, bool) {
	switch t := at.(type) {
	case time.Time:
		return t, !t.IsZero()
	case *time.Time:
		if t != nil {
			return *t, true
		}
	}
	return time.Time{}, false
}

// Paragraphs are a text's, each with its lines.
func (p *page) Paragraphs(text string) [][]string {
	var all [][]string
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		if block = strings.Trim(block, "\n"); block != "" {
			all = append(all, strings.Split(block, "\n"))
		}
	}
	return all
}

// Size is a number of bytes in words.
func (p *page) Size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return p.T("size_mb", "n", number(float64(bytes)/(1<<20), p.Request.locale))
	case bytes >= 1<<10:
		return p.T("size_kb", "n", number(float64(bytes)/(1<<10), p.Request.locale))
	}
	return p.T("size_b", "n", bytes)
}

// number has one decimal at most, in the reader's way of writing.
func number(f float64, locale string) string {
	s := strings.TrimSuffix(fmt.Sprintf("%.1f", f), ".0")
	if locale == "fr" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// Dict puts names and values together for a part of a page.
func (p *page) Dict(pairs ...any) map[string]any {
	m := map[string]any{"P": p}
	for i := 0; i+1 < len(pairs); i += 2 {
		if name, ok := pairs[i].(string); ok {
			m[name] = pairs[i+1]
		}
	}
	return m
}

// Refused says whether the form of that name is the one that was refused.
func (p *page) Refused(form string) bool { return p.Problem != nil && p.Values.Get("form") == form }

// ValueIn is what was typed into a field of the form of that name, else the
// given default.
func (p *page) ValueIn(form, field, otherwise string) string {
	if p.Refused(form) {
		return p.Values.Get(field)
	}
	return otherwise
}

// ID is the id that is there, for the maps of names.
func (p *page) ID(id *uuid.UUID) uuid.UUID { return *id }

// Secret is the one of the link the page was opened with.
func (p *page) Secret() string { return p.Request.Param("secret") }

// Themes are the colours to choose from.
func (p *page) Themes() []string { return []string{"system", "light", "dark"} }
