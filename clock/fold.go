package clock

import (
	"time"

	"github.com/casepath/casepath/calendar"
)

// Reading is a clock against a target, in one calendar.
type Reading struct {
	Due      time.Time // zero while the clock has not started
	Elapsed  time.Duration
	Paused   time.Duration // in business time, as Elapsed is
	Breached bool          // it counted on past Due
}

// Against folds the ledger into the reading for a target. It depends on nothing
// but the history, the target and the calendar, and is the same whenever it is
// made. Errors are the calendar's.
func (h History) Against(target time.Duration, c *calendar.Calendar) (r Reading, err error) {
	for _, i := range h.Ledger {
		open, err := c.Elapsed(i.From, i.To)
		if err != nil {
			return r, err
		}
		switch i.Kind {
		case Counted:
			r.Elapsed += open
		case Paused:
			r.Paused += open
		}
	}
	if !h.Started {
		return r, nil
	}
	if r.Due, err = h.Reached(target, c); err != nil {
		return r, err
	}
	for _, i := range h.Ledger {
		r.Breached = r.Breached || i.Kind == Counted && i.To.After(r.Due)
	}
	return r, nil
}

// Reached is the instant at which the clock has counted so much, as a target or
// the part of it that warns. Where the ledger ends before that, it is the
// instant at which it will have, if from there on it counts. Once reached, no
// later pause moves it. Errors are the calendar's.
func (h History) Reached(amount time.Duration, c *calendar.Calendar) (time.Time, error) {
	for _, i := range h.Ledger {
		if i.Kind != Counted {
			continue
		}
		at, err := c.Due(i.From, amount)
		if err != nil || !at.After(i.To) {
			return at, err
		}
		open, err := c.Elapsed(i.From, i.To)
		if err != nil {
			return at, err
		}
		amount -= open
	}
	return c.Due(h.Until, amount)
}
