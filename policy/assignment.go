package policy

import (
	"slices"
	"strings"
	"time"
)

// The ways a team finds who of it gets a ticket.
const (
	Manual      = "manual"       // somebody takes it
	RoundRobin  = "round_robin"  // the one whose last turn is longest ago
	LeastLoaded = "least_loaded" // the one with the fewest open tickets
)

// AssignmentMethods lists them.
var AssignmentMethods = []string{Manual, RoundRobin, LeastLoaded}

// Placement is the team a ticket goes to, and the way that team finds who of it
// gets it.
type Placement struct {
	Team   Team
	Method string
}

// Placed is where the pack sends a ticket: by the first of its rules that fits
// the form, one of the names of what the request is about (its product, package
// or component), the severity and the path ("" before triage); after triage the
// team that carries the path out comes before the rules that name no path.
// Nothing without a pack, and where no rule fits.
func (s Settings) Placed(form string, about []string, severity, path string) (to Placement, some bool) {
	if s.Pack == nil {
		return to, false
	}
	carrier := s.Pack.Paths[path].Team
	for _, r := range s.Pack.Assignment.Rules {
		if r.Path != path && (r.Path != "" || carrier != "") {
			continue
		}
		if r.fits(form, about, severity) {
			return s.Pack.placement(r.Team, r.Method)
		}
	}
	if carrier == "" {
		return to, false
	}
	return s.PlacedIn(carrier)
}

// PlacedIn is a team by its code, with the way the pack's first rule for it
// finds who gets a ticket.
func (s Settings) PlacedIn(team string) (to Placement, some bool) {
	if s.Pack == nil {
		return to, false
	}
	method := ""
	for _, r := range s.Pack.Assignment.Rules {
		if r.Team == team {
			method = r.Method
			break
		}
	}
	return s.Pack.placement(team, method)
}

// Teams are those of the pack, in its order.
func (s Settings) Teams() []Team {
	if s.Pack == nil {
		return nil
	}
	return s.Pack.Assignment.Teams
}

// TeamCalled is what a team of the pack is called in a locale; "" where it has no
// such team.
func (s Settings) TeamCalled(code, locale string) string {
	for _, t := range s.Teams() {
		if t.Code == code {
			return t.Label.In(locale)
		}
	}
	return ""
}

// UnassignedFor is how long nobody has had a ticket, in the vendor's own business
// time, and whether that is longer than the pack's late_after.
func (s Settings) UnassignedFor(since, now time.Time) (d time.Duration, late bool, err error) {
	if now.Before(since) {
		return 0, false, nil
	}
	name, after := "", 0
	if s.Pack != nil {
		name, after = s.Pack.Calendar, s.Pack.Assignment.AgeMinutes
	}
	c, err := s.CalendarNamed(name)
	if err != nil {
		return 0, false, err
	}
	d, err = c.Elapsed(since, now)
	return d, after > 0 && d > time.Duration(after)*time.Minute, err
}

func (p *Pack) placement(code, method string) (Placement, bool) {
	i := slices.IndexFunc(p.Assignment.Teams, func(t Team) bool { return t.Code == code })
	if i < 0 {
		return Placement{}, false
	}
	if method == "" {
		method = Manual
	}
	return Placement{p.Assignment.Teams[i], method}, true
}

// fits says whether a rule speaks of such a ticket; its path is looked at by
// Placed.
func (r AssignmentRule) fits(form string, about []string, severity string) bool {
	named := func(name string) bool { return strings.EqualFold(name, r.Product) }
	return (r.Form == "" || r.Form == form) && (r.Severity == "" || r.Severity == severity) &&
		(r.Product == "" || slices.ContainsFunc(about, named))
}
