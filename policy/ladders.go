package policy

import (
	"slices"
	"time"
)

// Ladder is the one by its code; ok is false when the pack has none of that
// name.
func (s Settings) Ladder(code string) (l Ladder, ok bool) {
	if s.Pack == nil || code == "" {
		return l, false
	}
	i := slices.IndexFunc(s.Pack.Ladders, func(l Ladder) bool { return l.Code == code })
	if i < 0 {
		return l, false
	}
	return s.Pack.Ladders[i], true
}

// LadderOf is the ladder of the plan of these terms; ok is false for none.
func (s Settings) LadderOf(t Terms) (l Ladder, ok bool) {
	if s.Pack == nil {
		return l, false
	}
	return s.Ladder(s.Pack.planOf(t).Ladder)
}

// RungRoles are the roles of who stands on a rung while no team lists its people.
func (s Settings) RungRoles(r Rung) []string {
	if to, known := s.PlacedIn(r.Team); known && len(to.Team.Roles) > 0 {
		return to.Team.Roles
	}
	return []string{"manager"}
}

// TellAt is when a rung is told whose turn comes at an instant: in its own
// working hours, or at once.
func (s Settings) TellAt(r Rung, at time.Time, atOnce bool) (time.Time, error) {
	if atOnce {
		return at, nil
	}
	c, err := s.CalendarNamed(first(r.Calendar, s.Pack.Calendar))
	if err != nil || c.Open(at) {
		return at, err
	}
	if next, ok := c.NextOpen(at); ok {
		return next.UTC(), nil
	}
	return at, nil
}

// AcknowledgeBy is until when a rung told at an instant acknowledges.
func (s Settings) AcknowledgeBy(r Rung, told time.Time) (time.Time, error) {
	c, err := s.CalendarNamed(first(r.Calendar, s.Pack.Calendar))
	if err != nil {
		return told, err
	}
	var due time.Time
	if r.Acknowledge.Days > 0 {
		due, err = c.DueDays(told, r.Acknowledge.Days)
	} else {
		due, err = c.Due(told, time.Duration(r.Acknowledge.Minutes)*time.Minute)
	}
	return due.UTC(), err
}
