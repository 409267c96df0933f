package policy

import (
	"slices"
	"time"
)

// PathNames are the paths a ticket can take after triage, in the product's
// order.
var PathNames = []string{
	"answer", "service_request", "defect", "customization", "development_request", "training", "feature_request", "out_of_scope",
}

// levels are the levels of paths; of those not here it is 1.
var levels = map[string]int{"service_request": 2, "customization": 2, "defect": 3, "development_request": 3}

// LevelOf is the level of support that a path is, 1 to 3, and whether it is never
// another one.
func LevelOf(path string) (level int, always bool) {
	return max(1, levels[path]), slices.Contains([]string{"answer", "service_request", "defect"}, path)
}

// Path is a path switched on, with its options. An option stands only on the
// paths it means something for.
type Path struct {
	Steps   []Choice `yaml:"steps,omitempty"`   // what customers see, at most seven; missing: the usual ones
	Consent string   `yaml:"consent,omitempty"` // charged paths: notice or consent before cost
	Cites   Text     `yaml:"cites,omitempty"`   // what of the policy document stands behind it

	CloseOnAnswer bool `yaml:"close_on_answer,omitempty"` // answer
	AutoCloseDays int  `yaml:"auto_close_days,omitempty"` // answer: answered tickets close after so many days; 0: never
	ReopenDays    int  `yaml:"reopen_days,omitempty"`     // answer: how long a closed ticket can be reopened

	Remind       []Amount `yaml:"remind_after,omitempty"`   // while the customer is waited for
	GiveUp       *Amount  `yaml:"give_up_after,omitempty"`  // an unanswered question ends the work
	AcceptAfter  *Amount  `yaml:"accepted_after,omitempty"` // nobody answers the validation: accepted; missing: stays open
	QuoteDays    int      `yaml:"quote_valid_days,omitempty"`
	InterestDays int      `yaml:"interest_days,omitempty"` // feature_request: no answer within: closed
	BillDeclined bool     `yaml:"bill_declined_estimate,omitempty"`
	WorkWhenPaid bool     `yaml:"work_when_paid,omitempty"` // else when the invoice is issued
	Team         string   `yaml:"team,omitempty"`           // which team carries it out
}

// pathOptions says which options mean something on which paths.
var pathOptions = map[string][]string{
	"close_on_answer":        {"answer"},
	"auto_close_days":        {"answer"},
	"reopen_days":            {"answer"},
	"consent":                {"service_request", "customization", "training", "feature_request", "out_of_scope"},
	"give_up_after":          {"service_request", "customization", "training"},
	"accepted_after":         {"service_request", "customization", "feature_request"},
	"quote_valid_days":       {"customization", "training", "feature_request", "out_of_scope"},
	"interest_days":          {"feature_request"},
	"bill_declined_estimate": {"service_request", "customization", "feature_request", "out_of_scope"},
	"work_when_paid":         {"customization", "feature_request", "out_of_scope"},
}

// leadsTo are the paths another path can hand a ticket to.
var leadsTo = map[string][]string{
	"defect":          {"answer"},
	"customization":   {"development_request"}, // asked for by one form, told apart at triage
	"service_request": {"answer"},
	"out_of_scope":    {"service_request"},
}

// Path is a path's options; none where the vendor has no pack, or the path is
// not switched on.
func (s Settings) Path(name string) Path {
	if s.Pack == nil {
		return Path{}
	}
	return s.Pack.Paths[name]
}

// RateOf is the rate that customers under these terms are told before any cost:
// the plan's before any other, of no activity before that of one. ok is false
// where the pack has none.
func (s Settings) RateOf(t Terms) (rate Rate, ok bool) {
	if s.Pack == nil {
		return rate, false
	}
	plan, best := s.Pack.planOf(t).Code, -1
	for _, r := range s.Pack.Rates {
		fits := 0
		if r.Plan == plan {
			fits = 2
		}
		if r.Activity == "" {
			fits++
		}
		if (r.Plan == "" || r.Plan == plan) && fits > best {
			rate, best = r, fits
		}
	}
	return rate, best >= 0
}

// Later is when so much business time of the vendor's own calendar has passed
// since an instant; without a pack an hour of it is an hour, and a day a day.
func (s Settings) Later(from time.Time, a Amount) (time.Time, error) {
	if s.Pack == nil {
		return from.AddDate(0, 0, a.Days).Add(time.Duration(a.Minutes) * time.Minute), nil
	}
	c, err := s.CalendarNamed(s.Pack.Calendar)
	if err != nil {
		return from, err
	}
	if a.Days > 0 {
		return c.DueDays(from, a.Days)
	}
	return c.Due(from, time.Duration(a.Minutes)*time.Minute)
}
