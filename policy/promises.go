package policy

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/casepath/casepath/calendar"
)

// Terms are what a ticket's organization has agreed: its plan, and what the
// agreement says otherwise. The agreement prevails.
type Terms struct {
	Plan      string // "": the pack's default plan
	Reference string // the agreement's; "" without a contract
	Overrides Overrides
}

// Overrides are what an agreement says otherwise than its plan.
type Overrides struct {
	Targets  Targets  `json:"targets,omitempty"  yaml:"targets,omitempty"`
	Calendar string   `json:"calendar,omitempty" yaml:"calendar,omitempty"`
	Channels []string `json:"channels,omitempty" yaml:"channels,omitempty"`
	Tickets  *Tickets `json:"tickets,omitempty"  yaml:"tickets,omitempty"`
}

// ParseOverrides reads overrides as they are kept with a contract, in JSON.
func ParseOverrides(data []byte) (o Overrides, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	return o, decoder.Decode(&o)
}

// CheckOverrides reads overrides as somebody has written them, in YAML, and
// checks them against the pack. The error is Faults.
func (p *Pack) CheckOverrides(text []byte) (o Overrides, err error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return o, nil
	}
	var root yaml.Node
	if err := yaml.Load(text, &root); err != nil {
		return o, faultsOf(err)
	}
	if len(root.Content) == 0 {
		return o, nil
	}
	if err := root.Load(&o, yaml.WithKnownFields()); err != nil {
		return o, faultsOf(err)
	}
	c := checker{p: p, top: root.Content[0]}
	c.targets("targets", o.Targets)
	c.tickets("tickets", o.Tickets)
	if o.Calendar != "" {
		c.calendarNamed("calendar", o.Calendar)
	}
	for _, ch := range o.Channels {
		if !has(p.Channels, ch) {
			c.wrong("channels", "the channel %q is none of the pack's", ch)
		}
	}
	if len(c.faults) > 0 {
		return o, c.faults
	}
	return o, nil
}

// Origin is where a promise comes from.
type Origin struct {
	Kind string `json:"kind"` // plan, agreement or settings
	Name string `json:"name"` // the plan's code, the agreement's reference
}

// Promise is a target a ticket has from its registration on.
type Promise struct {
	Clock    string
	Amount   Amount
	Calendar string // of the pack; "": around the clock
	Origin   Origin // of the amount
	Pausing  bool   // it pauses while the customer is waited for
}

// Promises are a ticket's targets under these terms, in the order the clocks
// usually end; none for a form without clocks.
func (s Settings) Promises(t Terms, form, severity string) (list []Promise) {
	if s.Pack == nil {
		return s.plainPromises(severity)
	}
	p := s.Pack
	if f, known := p.Form(form); known && f.NoClock {
		return nil
	}
	plan := p.planOf(t)
	name := first(t.Overrides.Calendar, plan.Calendar, p.Calendar)
	for _, clock := range ClockNames {
		origin := Origin{"agreement", t.Reference}
		amount, ok := t.Overrides.Targets.Of(clock, severity)
		if !ok {
			origin = Origin{"plan", plan.Code}
			amount, ok = plan.Targets.Of(clock, severity)
		}
		if !ok {
			continue
		}
		list = append(list, Promise{Clock: clock, Amount: amount, Calendar: name, Origin: origin, Pausing: p.Clocks.Pauses(clock)})
	}
	return list
}

func first(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

// plainPromises are those of a vendor without a pack: minutes around the clock.
func (s Settings) plainPromises(severity string) []Promise {
	minutes, ok := s.AcknowledgeMinutes[severity]
	if !ok {
		minutes = s.AcknowledgeMinutes[""]
	}
	if minutes <= 0 {
		return nil
	}
	return []Promise{{Clock: Acknowledge, Amount: Amount{Minutes: minutes}, Origin: Origin{Kind: "settings"}}}
}

// CalendarNamed is the calendar a promise names.
func (s Settings) CalendarNamed(name string) (*calendar.Calendar, error) {
	if name == "" {
		return aroundTheClock, nil
	}
	if s.Pack == nil {
		return nil, fmt.Errorf("there is no calendar %q: the vendor has no policy pack", name)
	}
	return s.Pack.CalendarNamed(name)
}

var aroundTheClock = func() *calendar.Calendar {
	whole := [][]string{{"00:00", "24:00"}}
	c, err := calendar.New(calendar.Spec{TimeZone: "UTC", Hours: map[string][][]string{
		"mon": whole, "tue": whole, "wed": whole, "thu": whole, "fri": whole, "sat": whole, "sun": whole,
	}})
	if err != nil {
		panic(err) // the hours above
	}
	return c
}()

// Settings are the vendor's own, such as its addresses, with all that the pack
// says in their place.
func (p *Pack) Settings(own Settings) Settings {
	answer := p.Paths["answer"]
	s := own
	s.Pack, s.Locales, s.TimeZone = p, p.Locales, p.TimeZone
	if len(p.Vendor.Phones) > 0 {
		s.Phone = p.Vendor.Phones[0]
	}
	s.Postal, s.PrivacyURL = first(p.Vendor.Address, own.Postal), first(p.Vendor.PrivacyURL, own.PrivacyURL)
	s.Types, s.Reasons, s.Severities, s.Paths = nil, nil, nil, nil
	for _, f := range p.Forms {
		s.Types = append(s.Types, Choice{f.Kind, f.Label})
	}
	for _, r := range p.Reasons {
		s.Reasons = append(s.Reasons, Choice{r.Code, r.Label})
	}
	for _, v := range p.Severities {
		s.Severities = append(s.Severities, Choice{v.Code, v.Label})
	}
	for _, name := range PathNames {
		if has(p.Paths, name) {
			s.Paths = append(s.Paths, name)
		}
	}
	s.AcknowledgeMinutes, s.WarnAt, s.VersionWindowMonths = nil, p.Clocks.WarnAt, p.Versions.Months
	s.CloseOnAnswer, s.AutoCloseDays, s.ReopenDays = answer.CloseOnAnswer, answer.AutoCloseDays, answer.ReopenDays
	return s
}

// Warn is the fraction of a target at which it warns.
func (s Settings) Warn() float64 { return s.warnAt() }

// PolicyVersion is the version of the pack in force; "" without one.
func (s Settings) PolicyVersion() string {
	if s.Pack == nil {
		return ""
	}
	return s.Pack.Version
}
