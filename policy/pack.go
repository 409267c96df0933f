package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/casepath/casepath/calendar"
)

// Text is a text in several languages, by language ("en", "fr").
type Text map[string]string

// In is the text in a locale: in its language, else in English, else in the
// first language there is.
func (t Text) In(locale string) string {
	language, _, _ := strings.Cut(locale, "-")
	for _, l := range []string{locale, language, "en"} {
		if said := t[l]; said != "" {
			return said
		}
	}
	languages := make([]string, 0, len(t))
	for l := range t {
		languages = append(languages, l)
	}
	slices.Sort(languages)
	if len(languages) == 0 {
		return ""
	}
	return t[languages[0]]
}

// Pack is a vendor's procedure as a file: the policy pack. Any block of the
// file may say `assumed: true`: the source document leaves it open.
type Pack struct {
	Name     string   `yaml:"pack"`      // short name: a-z, 0-9 and -
	Source   Source   `yaml:"source"`    // the document it was written from
	Vendor   Vendor   `yaml:"vendor"`    // who the vendor is to its customers
	Locales  []string `yaml:"locales"`   // BCP 47, the first is the default
	TimeZone string   `yaml:"time_zone"` // IANA
	Policy   Document `yaml:"support_policy,omitempty"`

	// Notices are the vendor's own words for its customers, by the place they
	// stand at: one of NoticePlaces.
	Notices map[string]Text `yaml:"notices,omitempty"`

	Calendars map[string]Calendar `yaml:"calendars"`
	Calendar  string              `yaml:"calendar"` // the vendor's own, where nothing more specific is named

	Severities []Severity         `yaml:"severities"` // most severe first
	Reasons    []Reason           `yaml:"reasons"`    // what triage may find
	Fields     map[string]Field   `yaml:"fields,omitempty"`
	Forms      []Form             `yaml:"forms"`
	Subject    Subject            `yaml:"subject,omitempty"`
	Intake     Intake             `yaml:"registration,omitempty"`
	Channels   map[string]Channel `yaml:"channels"` // portal, api, mail, chat, phone

	Plans       []Plan     `yaml:"plans"`
	DefaultPlan string     `yaml:"default_plan"` // of organizations without a contract
	Clocks      ClockRules `yaml:"clocks,omitempty"`
	Versions    Versions   `yaml:"versions,omitempty"`

	Paths      map[string]Path `yaml:"paths"` // the ones switched on
	Assignment Assignment      `yaml:"assignment,omitempty"`
	Ladders    []Ladder        `yaml:"ladders,omitempty"`

	Collaboration *Collaboration `yaml:"collaboration,omitempty"`
	Access        *Access        `yaml:"access_authority,omitempty"` // nil: customers' systems are not entered

	Activities []Choice  `yaml:"activities,omitempty"` // what time may be entered against
	Time       TimeRules `yaml:"time,omitempty"`       // the days it may be entered for
	Rates      []Rate    `yaml:"rates,omitempty"`
	Rounding   *Rounding `yaml:"rounding,omitempty"`
	Taxes      []Tax     `yaml:"taxes,omitempty"`
	// MoneyRounding is how amounts are rounded to the minor unit: half_up, also
	// when empty, or half_even. PaymentDays is within how many days of its date an
	// invoice is to be paid; 0: 30.
	MoneyRounding string `yaml:"money_rounding,omitempty"`
	PaymentDays   int    `yaml:"payment_days,omitempty"`

	Training  []TrainingPackage `yaml:"training_packages,omitempty"` // starting points of an offer
	Statement *Statement        `yaml:"weekly_statement,omitempty"`
	Mails     map[string]Text   `yaml:"mails,omitempty"` // texts that differ from the defaults, by mail

	Version string              `yaml:"-"` // content hash: SHA-256 of the text and of the holidays it names, in hexadecimal
	Regions map[string][]string `yaml:"-"` // the public holidays of the regions it names, by region
	Text    string              `yaml:"-"` // as it was read
	Assumed []string            `yaml:"-"` // paths of what is assumed, "calendars.support"

	mutex     sync.Mutex
	calendars map[string]*calendar.Calendar
}

// Source is the document a pack was written from.
type Source struct {
	Title   string `yaml:"title"`
	Edition string `yaml:"edition,omitempty"` // version or date, as printed
	URL     string `yaml:"url,omitempty"`
	Scope   Text   `yaml:"scope,omitempty"` // what the procedure is about, and what it leaves out
}

// Vendor is who the vendor is to its customers.
type Vendor struct {
	Name       string   `yaml:"name"`
	Address    string   `yaml:"address,omitempty"`
	Phones     []string `yaml:"phones,omitempty"`
	Mail       string   `yaml:"mail,omitempty"`
	PrivacyURL string   `yaml:"privacy_url,omitempty"`
	HelpURL    string   `yaml:"help_url,omitempty"`
	StatusURL  string   `yaml:"status_url,omitempty"`
	PortalURL  string   `yaml:"portal_url,omitempty"` // as the document names it
}

// Document is a policy document customers are referred to.
type Document struct {
	Title   Text   `yaml:"title,omitempty"`
	URL     string `yaml:"url,omitempty"`
	Prevail string `yaml:"prevails,omitempty"` // what beats it: "agreement"
}

// Calendar is a named calendar: the weekly hours, a region's public holidays,
// and dates of its own. Where no zone is named it is the pack's.
type Calendar struct {
	Label    Text                  `yaml:"label,omitempty"`
	TimeZone string                `yaml:"time_zone,omitempty"`
	Hours    map[string][][]string `yaml:"hours"`
	Region   string                `yaml:"holidays_of,omitempty"` // a region of the holiday data
	Holidays []string              `yaml:"holidays,omitempty"`    // closed dates beside the region's
	Dates    map[string][][]string `yaml:"dates,omitempty"`       // windows of a date; none: closed
}

// Severity is how bad something is.
type Severity struct {
	Code       string            `yaml:"code"`
	Label      Text              `yaml:"label"`
	Definition Text              `yaml:"definition,omitempty"`
	Criteria   map[string][]Text `yaml:"criteria,omitempty"` // functions, data, back_end
}

// Reason is what triage may find a request to be.
type Reason struct {
	Code       string `yaml:"code"`
	Label      Text   `yaml:"label"`
	Definition Text   `yaml:"definition,omitempty"`
	Path       string `yaml:"path,omitempty"`     // the path proposed at triage
	Internal   bool   `yaml:"internal,omitempty"` // not offered to customers as a kind of request
}

// Channel is a way to reach support.
type Channel struct {
	Label        Text     `yaml:"label,omitempty"`
	Help         Text     `yaml:"help,omitempty"` // how to use it
	Address      string   `yaml:"address,omitempty"`
	Preferred    bool     `yaml:"preferred,omitempty"`
	Identifies   bool     `yaml:"identifies,omitempty"`   // who writes is known by the channel
	BecomesOf    []string `yaml:"becomes_of,omitempty"`   // forms whose conversations become requests by rule
	Conversation bool     `yaml:"conversation,omitempty"` // no formal ticket unless somebody says so
}

// Assignment says who gets a ticket.
type Assignment struct {
	Teams      []Team           `yaml:"teams,omitempty"`
	Rules      []AssignmentRule `yaml:"rules,omitempty"`      // the first that fits
	AgeMinutes int              `yaml:"late_after,omitempty"` // unassigned for longer than so many minutes shows as late
}

// Team is a group of staff that does a part of the procedure.
type Team struct {
	Code  string   `yaml:"code"`
	Label Text     `yaml:"label"`
	Roles []string `yaml:"roles,omitempty"` // who belongs to it unless the team says otherwise
}

// AssignmentRule sends what fits to a team, and there to a person by the
// method: manual, round_robin or least_loaded.
type AssignmentRule struct {
	Form     string `yaml:"form,omitempty"`
	Product  string `yaml:"product,omitempty"`
	Severity string `yaml:"severity,omitempty"`
	Path     string `yaml:"path,omitempty"`
	Team     string `yaml:"team"`
	Method   string `yaml:"method,omitempty"` // manual when missing
}

// Ladder is whom a complaint reaches, rung by rung.
type Ladder struct {
	Code     string   `yaml:"code"`
	Label    Text     `yaml:"label,omitempty"`
	Rungs    []Rung   `yaml:"rungs"`
	OnBreach []string `yaml:"on_breach,omitempty"` // clocks whose breach pulls it
}

// Rung is a step of a ladder.
type Rung struct {
	Title       Text   `yaml:"title"`
	Team        string `yaml:"team,omitempty"` // who stands on it; "": whoever manages
	Acknowledge Amount `yaml:"acknowledge"`    // within that, or the next rung is told
	Calendar    string `yaml:"calendar,omitempty"`
}

// Collaboration is help from other teams with a complex ticket, inside the
// ticket.
type Collaboration struct {
	Teams []string `yaml:"teams"` // who may be brought in
	When  Text     `yaml:"when,omitempty"`
	// Answer is the target of an answer, in the pack's calendar; zero: none.
	Answer Amount `yaml:"answer,omitempty"`
}

// Access is what a signed authority is needed for before staff enter a
// customer's system.
type Access struct {
	Systems  []Text   `yaml:"systems"`
	SignedBy []string `yaml:"signed_by"` // signatory, partner: on the customer's behalf
}

// Statement is the weekly mail to the persons in charge.
type Statement struct {
	Day            string `yaml:"day"` // mon … sun
	At             string `yaml:"at"`  // 08:00, in the organization's zone
	CompletedWeeks int    `yaml:"completed_weeks"`
}

// versionOf is a pack's version: the same text with the same public holidays is
// the same version.
func versionOf(text []byte, regions map[string][]string) string {
	sum := sha256.New()
	sum.Write(text)
	for _, region := range slices.Sorted(maps.Keys(regions)) {
		fmt.Fprintf(sum, "\n%s %s", region, strings.Join(regions[region], " "))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// ShortVersion is a version as people read it.
func ShortVersion(version string) string { return version[:min(12, len(version))] }

// Form finds a form by its kind.
func (p *Pack) Form(kind string) (Form, bool) {
	i := slices.IndexFunc(p.Forms, func(f Form) bool { return f.Kind == kind })
	if i < 0 {
		return Form{}, false
	}
	return p.Forms[i], true
}

// Plan finds a plan by its code.
func (p *Pack) Plan(code string) (Plan, bool) {
	i := slices.IndexFunc(p.Plans, func(l Plan) bool { return l.Code == code })
	if i < 0 {
		return Plan{}, false
	}
	return p.Plans[i], true
}

// Reason finds a reason by its code.
func (p *Pack) Reason(code string) (Reason, bool) {
	i := slices.IndexFunc(p.Reasons, func(r Reason) bool { return r.Code == code })
	if i < 0 {
		return Reason{}, false
	}
	return p.Reasons[i], true
}

// TrainingPackage finds a training package by its code.
func (p *Pack) TrainingPackage(code string) (TrainingPackage, bool) {
	i := slices.IndexFunc(p.Training, func(t TrainingPackage) bool { return t.Code == code })
	if i < 0 {
		return TrainingPackage{}, false
	}
	return p.Training[i], true
}

// IsAssumed says whether the block at a path, "plans.premium.targets", is
// assumed, itself or as part of one that is.
func (p *Pack) IsAssumed(path string) bool {
	return slices.ContainsFunc(p.Assumed, func(a string) bool {
		return a == path || strings.HasPrefix(path, a+".")
	})
}
