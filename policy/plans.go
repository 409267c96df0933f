package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Plan is a kind of support contract.
type Plan struct {
	Code     string   `yaml:"code"`
	Label    Text     `yaml:"label"`
	Channels []string `yaml:"channels"`
	Tier     int      `yaml:"tier,omitempty"`
	Calendar string   `yaml:"calendar,omitempty"` // instead of the pack's
	Ladder   string   `yaml:"ladder,omitempty"`
	Tickets  *Tickets `yaml:"tickets,omitempty"` // nil: as many as they like
	Targets  Targets  `yaml:"targets,omitempty"`
}

// Targets are a plan's promises: by clock, then by severity ("any": of every
// severity without a line of its own). No line, no promise.
type Targets map[string]map[string]Amount

// Of is the target of a clock for a severity; ok is false for no promise.
func (t Targets) Of(clock, severity string) (Amount, bool) {
	of := t[clock]
	if a, ok := of[severity]; ok {
		return a, true
	}
	a, ok := of["any"]
	return a, ok
}

// Tickets is what a plan includes, per period.
type Tickets struct {
	Included int      `json:"included"                yaml:"included"`
	Per      string   `json:"per"                     yaml:"per"`                     // month, quarter, year or contract
	AtZero   string   `json:"at_zero"                 yaml:"at_zero"`                 // refuse, ask or overrun
	Release  []string `json:"released_for,omitempty"  yaml:"released_for,omitempty"`  // reasons that give a ticket back: warranty, duplicate, split, merged, withdrawn
	NotForms []string `json:"not_taken_for,omitempty" yaml:"not_taken_for,omitempty"` // kinds of requests that take none
}

// Amount is how much business time a target allows: whole business days, or
// business minutes. Written "2 business days", "4 business hours", "30 business
// minutes".
type Amount struct {
	Days    int
	Minutes int // of business time
}

var amountForm = regexp.MustCompile(`^([1-9][0-9]{0,4}) business (day|hour|minute)s?$`)

// ParseAmount reads an amount as it is written in a pack.
func ParseAmount(text string) (a Amount, err error) {
	m := amountForm.FindStringSubmatch(text)
	if m == nil {
		return a, fmt.Errorf("%q is no amount of business time such as 2 business days, 4 business hours or 30 business minutes", text)
	}
	n, err := strconv.Atoi(m[1])
	switch m[2] {
	case "day":
		a.Days = n
	case "hour":
		a.Minutes = 60 * n
	case "minute":
		a.Minutes = n
	}
	return a, err
}

// String is the amount as it is written in a pack.
func (a Amount) String() string {
	n, unit := a.Minutes, "minute"
	switch {
	case a.Days > 0:
		n, unit = a.Days, "day"
	case a.Minutes%60 == 0:
		n, unit = a.Minutes/60, "hour"
	}
	text := strconv.Itoa(n) + " business " + unit
	if n != 1 {
		text += "s"
	}
	return text
}

// UnmarshalYAML reads the written form.
func (a *Amount) UnmarshalYAML(n *yaml.Node) (err error) {
	*a, err = ParseAmount(strings.TrimSpace(n.Value))
	if err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	return nil
}

// MarshalText is String, for JSON and YAML.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is ParseAmount, for JSON.
func (a *Amount) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAmount(string(text))
	return err
}

// The clocks a pack can promise.
const (
	Acknowledge   = "acknowledge"    // until the first act of staff
	StartOfWork   = "start_of_work"  // until work has begun
	FirstResponse = "first_response" // until the first public word of staff
	Resolution    = "resolution"     // until it is answered or closed
)

// ClockNames are the clocks in the order they end.
var ClockNames = []string{Acknowledge, StartOfWork, FirstResponse, Resolution}

// ClockRules are what differs from the usual in a vendor's clocks.
type ClockRules struct {
	WarnAt  float64  `yaml:"warn_at,omitempty"`              // fraction of the target, 0.75 when missing
	Receipt bool     `yaml:"receipt_acknowledges,omitempty"` // the automatic receipt stops acknowledge
	Exclude []string `yaml:"may_exclude,omitempty"`          // a breach that follows from that may be excluded: ExclusionReasons
	Pausing []string `yaml:"also_pausing,omitempty"`         // acknowledge, start_of_work: they pause too while the customer is waited for
}

// ExclusionReasons are what of a registration can excuse a breach.
var ExclusionReasons = []string{"bad_registration", "missing_information"}

// Pauses says whether a clock pauses while the customer is waited for.
func (r ClockRules) Pauses(clock string) bool {
	return clock == FirstResponse || clock == Resolution || slices.Contains(r.Pausing, clock)
}

// Versions is which product versions are supported.
type Versions struct {
	Months     int  `yaml:"window_months,omitempty"` // released within so many months, or the newest of its package; 0: no rule
	AskUpgrade bool `yaml:"may_ask_upgrade,omitempty"`
}

// TimeRules are the days that time may be entered for. No time is entered for a
// day before its ticket was registered.
type TimeRules struct {
	Future int `yaml:"future_days,omitempty"` // so many days ahead; 0: until today
	Past   int `yaml:"past_days,omitempty"`   // so many days back; 0: as far as there are
}

// Rate is what an hour of an activity costs.
type Rate struct {
	Activity string `yaml:"activity,omitempty"` // "": any other
	Plan     string `yaml:"plan,omitempty"`     // "": any other
	Hour     string `yaml:"per_hour"`           // decimal
	Currency string `yaml:"currency"`           // ISO 4217
	Minimum  int    `yaml:"minimum_minutes,omitempty"`
}

// Rounding is how minutes become billable minutes.
type Rounding struct {
	Minutes int    `yaml:"minutes"` // to multiples of
	Mode    string `yaml:"mode"`    // up, nearest or down
}

// Tax is a line of an invoice.
type Tax struct {
	Code    string `yaml:"code"`
	Label   Text   `yaml:"label"`
	Percent string `yaml:"percent"` // decimal, on the net amount
	// Registration is the vendor's number with that tax, printed on invoices.
	Registration string `yaml:"registration,omitempty"`
}

// TrainingPackage is a starting point of the offer of a training. Its trainer
// changes what it offers as the customer's goals want it.
type TrainingPackage struct {
	Code     string `yaml:"code"`
	Label    Text   `yaml:"label"`
	Hours    int    `yaml:"hours,omitempty"`    // of teaching; 0: not said
	Price    string `yaml:"price,omitempty"`    // decimal, net, of the whole; "": not said
	Currency string `yaml:"currency,omitempty"` // ISO 4217, with a price
}

// Choice is the package as one of a list.
func (t TrainingPackage) Choice() Choice { return Choice{Code: t.Code, Label: t.Label} }
