package importer

import (
	"fmt"
	"strings"
	"time"
)

// layouts are the dates understood. Those in which day and month could be
// taken for one another are not.
var layouts = []string{
	time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04 -0700",
	"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
	"2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02",
	"Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04", "2 Jan 2006", "2 January 2006",
	"Jan 2, 2006", "January 2, 2006",
}

// parseDate reads when a request was first asked, as an instant in UTC; zone
// is that of dates that name none. now bounds it: a request comes neither from
// before 1970 nor from the future.
func parseDate(s string, zone *time.Location, now time.Time) (time.Time, error) {
	text := s
	for _, utc := range []string{" UTC", " GMT"} {
		if before, found := strings.CutSuffix(s, utc); found {
			text = before + " +0000"
		}
	}
	for _, layout := range layouts {
		at, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			continue
		}
		if at.Year() < 1970 || at.After(now.Add(24*time.Hour)) {
			return at, fmt.Errorf("%q is before 1970 or in the future", short(s))
		}
		return at.UTC(), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date that can be read without doubt; write it like 2023-04-01 15:08:48 -0700 or 2023-04-01", short(s))
}

// short is a text as a sentence may quote it.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
