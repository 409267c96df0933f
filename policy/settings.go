// Package policy answers what a vendor's procedure says: its policy pack, a YAML
// file, and beside it the settings of its place here, such as addresses. A
// vendor without a pack is run by its settings alone.
package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Choice is one code of a list a person chooses from, with its label in each
// of the vendor's languages ("en", "fr").
type Choice struct {
	Code  string            `json:"code"  yaml:"code"`
	Label map[string]string `json:"label" yaml:"label"`
}

// Settings is what one vendor decides about its own support.
type Settings struct {
	Locales    []string `json:"locales"`   // BCP 47, the first is the default
	TimeZone   string   `json:"time_zone"` // IANA
	PortalURL  string   `json:"portal_url"`
	MailFrom   string   `json:"mail_from"`
	ReplyTo    string   `json:"reply_to,omitempty"`
	Phone      string   `json:"phone,omitempty"`
	Postal     string   `json:"postal,omitempty"`
	PrivacyURL string   `json:"privacy_url,omitempty"`

	Types      []Choice `json:"types"`      // what a request may be
	Reasons    []Choice `json:"reasons"`    // what triage may find it to be
	Severities []Choice `json:"severities"` // most severe first
	Paths      []string `json:"paths"`      // paths switched on

	// AcknowledgeMinutes is the target until the first act of staff, in
	// minutes, by severity; "" is the target of every other severity. No
	// entry, no target.
	AcknowledgeMinutes map[string]int `json:"acknowledge_minutes"`
	// WarnAt is the fraction of a target at which it warns, 0.75 if zero.
	WarnAt float64 `json:"warn_at,omitempty"`

	CloseOnAnswer bool `json:"close_on_answer,omitempty"` // the answer closes the ticket
	AutoCloseDays int  `json:"auto_close_days,omitempty"` // answered tickets close after so many days; 0: never
	ReopenDays    int  `json:"reopen_days"`               // how long a closed ticket can be reopened

	// VersionWindowMonths is how long a release is supported; the newest of its
	// package always is. 0: every release is.
	VersionWindowMonths int `json:"version_window_months,omitempty"`

	// Pack is the policy pack in force, whose procedure stands in the fields
	// above; nil for a vendor that has none.
	Pack *Pack `json:"-"`
}

// Parse reads settings as they are kept with the vendor and checks them.
func Parse(data []byte) (Settings, error) {
	var s Settings
	if err := json.Unmarshal(data, &s); err != nil {
		return s, fmt.Errorf("vendor settings: %w", err)
	}
	return s, s.Check()
}

// ParseStrict is Parse for settings somebody has just written: a key we don't
// know is a slip of theirs, and an error.
func ParseStrict(data []byte) (Settings, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var s Settings
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("vendor settings: %w", err)
	}
	return s, s.Check()
}

// Check says in plain words what is wrong with the settings, or nil.
func (s Settings) Check() error {
	switch {
	case len(s.Locales) == 0:
		return fmt.Errorf("vendor settings: name at least one locale")
	case len(s.Types) == 0, len(s.Severities) == 0, len(s.Reasons) == 0:
		return fmt.Errorf("vendor settings: name at least one type, one severity and one reason")
	case !slices.Contains(s.Paths, "answer"):
		return fmt.Errorf("vendor settings: the path \"answer\" must be switched on")
	case s.ReopenDays < 0 || s.AutoCloseDays < 0:
		return fmt.Errorf("vendor settings: days can't be negative")
	case s.VersionWindowMonths < 0 || s.VersionWindowMonths > versionWindowMax:
		return fmt.Errorf("vendor settings: version_window_months is between 0 and %d", versionWindowMax)
	case s.WarnAt < 0 || s.WarnAt >= 1:
		return fmt.Errorf("vendor settings: warn_at is a fraction between 0 and 1")
	case !strings.Contains(s.MailFrom, "@"):
		return fmt.Errorf("vendor settings: mail_from must be a mail address")
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" {
		return fmt.Errorf("vendor settings: time zone %q is not known", s.TimeZone)
	}
	for severity := range s.AcknowledgeMinutes {
		if severity != "" && !Has(s.Severities, severity) {
			return fmt.Errorf("vendor settings: acknowledge target for unknown severity %q", severity)
		}
	}
	return nil
}

// Has says whether code is one of the choices.
func Has(choices []Choice, code string) bool {
	return slices.ContainsFunc(choices, func(c Choice) bool { return c.Code == code })
}

func (s Settings) warnAt() float64 {
	if s.WarnAt == 0 {
		return 0.75
	}
	return s.WarnAt
}

// AutoClose is when a ticket answered at that instant closes by itself; nil:
// never.
func (s Settings) AutoClose(answered time.Time) *time.Time { return inDays(answered, s.AutoCloseDays) }

// ReopenUntil is until when a ticket closed at that instant can be reopened;
// nil: not at all.
func (s Settings) ReopenUntil(closed time.Time) *time.Time { return inDays(closed, s.ReopenDays) }

// UnmergeDays is how long a merge can be undone where nothing can be reopened.
const UnmergeDays = 7

// UnmergeUntil is until when the merge of a ticket at that instant can be
// undone: as long as a closed one can be reopened.
func (s Settings) UnmergeUntil(merged time.Time) *time.Time {
	return inDays(merged, cmp.Or(s.ReopenDays, UnmergeDays))
}

func inDays(from time.Time, days int) *time.Time {
	if days == 0 {
		return nil
	}
	at := from.AddDate(0, 0, days)
	return &at
}

// Notice is what the vendor itself says to its customers at a place of
// NoticePlaces, in a locale; "" for nothing.
func (s Settings) Notice(place, locale string) string {
	if s.Pack == nil {
		return ""
	}
	return s.Pack.Notices[place].In(locale)
}

// Locale is the vendor's default locale.
func (s Settings) Locale() string { return s.Locales[0] }

// Location is the vendor's time zone; UTC should it be unknown.
func (s Settings) Location() *time.Location {
	if loc, known := zones.Load(s.TimeZone); known {
		return loc.(*time.Location) //nolint:forcetypeassert // stored below
	}
	loc, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(s.TimeZone, loc)
	return loc
}

// zones are the time zones already read: time.LoadLocation reads a file each
// time.
var zones sync.Map // name → *time.Location
