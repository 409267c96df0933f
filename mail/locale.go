package mail

import (
	"embed"
	"fmt"
	"text/template"
	"time"
	_ "time/tzdata" // so that a notice gives the same bytes on a machine without zone files

	"golang.org/x/text/language"

	"github.com/casepath/casepath/words"
)

//go:embed texts/*.tmpl
var textFiles embed.FS

// locale is one complete set of texts with its way of writing dates.
type locale struct {
	tag   string // Content-Language (RFC 3282)
	texts *template.Template
	date  func(time.Time) string
	day   func(time.Time) string
}

var (
	english = &locale{tag: "en", texts: loadTexts("en", nil), date: englishDate, day: englishDay}
	french  = &locale{tag: "fr", texts: loadTexts("fr", words.French), date: frenchDate, day: frenchDay}

	locales = []*locale{english, french} // the first one is the default
	matcher = language.NewMatcher([]language.Tag{language.English, language.French})
)

// localeFor finds the complete locale nearest to a BCP 47 tag; English if there is none.
func localeFor(tag string) *locale {
	parsed, err := language.Parse(tag)
	if err != nil {
		return english
	}
	_, i, confidence := matcher.Match(parsed)
	if confidence == language.No {
		return english
	}
	return locales[i]
}

// loadTexts reads the texts of one locale: for every kind a template "<kind>.subject" and one
// "<kind>.body", and the pieces they share. typography works on our source, never on data.
func loadTexts(tag string, typography func(string) string) *template.Template {
	source, err := textFiles.ReadFile("texts/" + tag + ".tmpl")
	if err != nil {
		panic(fmt.Sprintf("mail texts: %v", err))
	}
	text := string(source)
	if typography != nil {
		text = typography(text)
	}
	return template.Must(template.New(tag).Option("missingkey=error").Parse(text))
}

// zone loads an IANA zone; UTC if the name is empty, unknown or "Local".
func zone(name string) *time.Location {
	if name == "Local" {
		return time.UTC
	}
	location, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return location
}

// englishDate writes "Monday 23 November 2026, 10:00 (Europe/Berlin)".
func englishDate(t time.Time) string {
	return t.Format("Monday 2 January 2006, 15:04") + " (" + t.Location().String() + ")"
}

var (
	frenchDays = [...]string{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"}

	frenchMonths = [...]string{
		"janvier", "février", "mars", "avril", "mai", "juin", "juillet",
		"août", "septembre", "octobre", "novembre", "décembre",
	}
)

// englishDay writes "Monday 23 November 2026".
func englishDay(t time.Time) string { return t.Format("Monday 2 January 2006") }

// frenchDay writes "lundi 23 novembre 2026", with the first of a month as "1er".
func frenchDay(t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %s %d", frenchDays[t.Weekday()], day, frenchMonths[t.Month()-1], t.Year())
}

// frenchDate writes "lundi 23 novembre 2026 à 10 h 00 (Europe/Berlin)", with no-break spaces around
// the h, and the first of a month as "1er".
func frenchDate(t time.Time) string {
	return fmt.Sprintf("%s à %d\u00a0h\u00a0%02d (%s)", frenchDay(t), t.Hour(), t.Minute(), t.Location())
}

// Date is an instant in words, in its own zone: "Monday 23 November 2026, 10:00
// (Europe/Berlin)", or as French has it.
func Date(at time.Time, locale string) string { return localeFor(locale).date(at) }
