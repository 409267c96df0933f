package web

import (
	"fmt"
	"strings"
	"time"
)

var (
	frenchDays = [...]string{"dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."}

	frenchMonths = [...]string{
		"janv.", "févr.", "mars", "avr.", "mai", "juin", "juill.", "août", "sept.", "oct.", "nov.", "déc.",
	}
)

// longDate is "Wed 25 Nov 2026, 17:00 (Paris)", and in French
// "mer. 25 nov. 2026, 17 h 00 (Paris)" with no-break spaces.
func longDate(t time.Time, locale string) string {
	return dayOf(t, locale) + ", " + clockOf(t, locale) + " (" + city(t.Location()) + ")"
}

// clockOf is "17:00" or "17 h 00".
func clockOf(t time.Time, locale string) string {
	if locale == "fr" {
		return fmt.Sprintf("%d\u00a0h\u00a0%02d", t.Hour(), t.Minute())
	}
	return t.Format("15:04")
}

// dayOf is "Wed 25 Nov 2026" or "mer. 25 nov. 2026"; the first is "1er".
func dayOf(t time.Time, locale string) string {
	if locale != "fr" {
		return t.Format("Mon 2 Jan 2006")
	}
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s\u00a0%s\u00a0%s\u00a0%d", frenchDays[t.Weekday()], day, frenchMonths[t.Month()-1], t.Year())
}

// city is the place that names a zone.
func city(l *time.Location) string {
	name := l.String()
	return strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
}
