package clock

import (
	"time"

	"github.com/casepath/casepath/calendar"
)

// Target is how much business time a clock may count: whole business days, or
// a duration. Exactly one is set.
type Target struct {
	Days int           // business days, by the rule of docs/calendar.md
	Time time.Duration // business time
}

// Due is the instant at which the target is reached, as the ledger stands: with
// no pause after its end. A duration is reached when so much has counted. Days
// are reached as if nothing had paused, moved by the open time of each pause
// that began before; once reached, no later pause moves them. Errors are the
// calendar's.
func (h History) Due(t Target, c *calendar.Calendar) (time.Time, error) {
	if t.Days == 0 {
		return h.Reached(t.Time, c)
	}
	due, err := c.DueDays(h.start(), t.Days)
	if err != nil {
		return due, err
	}
	return h.moved(due, c)
}

// Warns is the instant at which a fraction of the target has been used. Of
// days, it is that fraction of the open time between the start and the deadline
// without pauses.
func (h History) Warns(t Target, fraction float64, c *calendar.Calendar) (time.Time, error) {
	if t.Days == 0 {
		return h.Reached(part(t.Time, fraction), c)
	}
	due, err := c.DueDays(h.start(), t.Days)
	if err != nil {
		return due, err
	}
	whole, err := c.Elapsed(h.start(), due)
	if err != nil {
		return due, err
	}
	return h.Reached(part(whole, fraction), c)
}

func part(of time.Duration, fraction float64) time.Duration {
	return time.Duration(float64(of) * fraction).Truncate(time.Second)
}

func (h History) start() time.Time {
	if len(h.Ledger) == 0 {
		return h.Until
	}
	return h.Ledger[0].From
}

// moved is a deadline after the pauses that begin before it.
func (h History) moved(due time.Time, c *calendar.Calendar) (time.Time, error) {
	for _, i := range h.Ledger {
		if i.Kind == Counted {
			continue
		}
		if !i.From.Before(due) {
			break
		}
		open, err := c.Elapsed(i.From, i.To)
		if err != nil {
			return due, err
		}
		if open == 0 {
			continue
		}
		if due, err = c.Due(due, open); err != nil {
			return due, err
		}
	}
	return due, nil
}
