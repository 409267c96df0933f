package promise

import (
	"fmt"
	"time"

	"github.com/casepath/casepath/calendar"
	"github.com/casepath/casepath/clock"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
)

// Line is one interval of a clock's ledger.
type Line struct {
	From  time.Time
	To    *time.Time    // nil: it is not over
	Kind  clock.Kind    // counted or paused
	Cause string        // the action that began it; "registered" the first
	Open  time.Duration // business time in it; zero while it is not over
}

// Account says why a clock's deadline is where it is, line by line. It is the
// same at whatever hour it is made.
type Account struct {
	Clock    store.Clock
	Zone     *time.Location // of the calendar
	Calendar policy.Text    // its name as people read it; nil: around the clock
	Start    time.Time
	Lines    []Line
	Counted  time.Duration // business time in the counted lines that are over
	Paused   time.Duration // business time in the paused lines that are over
	Pauses   int           // how many, the one that is not over too
	Waits    bool          // it is paused now: the deadline is set anew when it runs again
	business *calendar.Calendar
	Due      time.Time // as the lines make it; while it waits, the instant it would be if it ran again at once
}

// Open is the business time from the start to an instant, zero before it and
// beyond the reach of calendars.
func (a Account) Open(to time.Time) time.Duration {
	d, err := a.business.Elapsed(a.Start, to)
	if err != nil {
		return 0
	}
	return d
}

// Opens says whether an instant is business time.
func (a Account) Opens(at time.Time) bool { return a.business.Open(at) }

// Read makes the account of one of a ticket's clocks.
func Read(row store.Ticket, k store.Clock, ledger []store.LedgerLine, s policy.Settings) (a Account, err error) {
	c, err := s.CalendarNamed(k.Calendar)
	if err != nil {
		return a, fmt.Errorf("clock %s of %s: %w", k.Name, row.Number, err)
	}
	a = Account{Clock: k, Zone: c.Zone(), business: c, Start: row.RegisteredAt}
	if s.Pack != nil {
		a.Calendar = s.Pack.Calendars[k.Calendar].Label
	}
	if k.StoppedAt != nil {
		for i, l := range ledger {
			if !l.From.Before(*k.StoppedAt) { // what comes after it has stopped is nothing to it
				ledger = ledger[:i]
				break
			}
		}
	}
	h := history(k, row.RegisteredAt, ledger)
	for _, i := range h.Ledger {
		if err := a.add(i.From, &i.To, i.Kind, string(i.Cause), c); err != nil {
			return a, err
		}
	}
	last, cause := open(k, ledger), registered
	if n := len(ledger); n > 0 {
		cause = ledger[n-1].Cause
	}
	if k.StoppedAt == nil || k.StoppedAt.After(h.Until) {
		err = a.add(h.Until, k.StoppedAt, last, cause, c)
	}
	a.Waits = k.StoppedAt == nil && last == clock.Paused && k.DueAt == nil
	if err == nil {
		a.Due, err = h.Due(target(k.Amount), c)
	}
	return a, err
}

func (a *Account) add(from time.Time, to *time.Time, kind clock.Kind, cause string, c *calendar.Calendar) error {
	l := Line{From: from, To: to, Kind: kind, Cause: cause}
	if to != nil {
		var err error
		if l.Open, err = c.Elapsed(from, *to); err != nil {
			return err
		}
	}
	if n := len(a.Lines); n > 0 && a.Lines[n-1].Kind == kind { // one of another cause, all the same to this clock
		a.Lines[n-1].To = to
		a.Lines[n-1].Open += l.Open
	} else {
		a.Lines = append(a.Lines, l)
		if kind == clock.Paused {
			a.Pauses++
		}
	}
	if kind == clock.Paused {
		a.Paused += l.Open
	} else {
		a.Counted += l.Open
	}
	return nil
}
