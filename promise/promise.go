// Package promise makes what a vendor has promised into the clocks of a ticket:
// it opens them, moves them with what happens, aims them anew, and says why a
// deadline is where it is. A deadline is a fold over the ticket's ledger: it
// depends on nothing else, and is the same whenever it is made.
package promise

import (
	"fmt"
	"time"

	"github.com/casepath/casepath/clock"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// Open gives a ticket the clocks its vendor promises, from its registration on.
// Those that the automatic receipt stops stand still at once, where the pack
// says so.
func Open(row *store.Ticket, s policy.Settings, terms policy.Terms) error {
	row.Clocks = nil
	for _, p := range s.Promises(terms, row.Type, row.Severity) {
		k := clockOf(p)
		if err := aim(&k, row.RegisteredAt, nil, s); err != nil {
			return err
		}
		if p.Clock == ticket.ClockAcknowledge && s.Pack != nil && s.Pack.Clocks.Receipt {
			k.StoppedAt = &row.RegisteredAt
		}
		row.Clocks = append(row.Clocks, k)
	}
	return nil
}

func clockOf(p policy.Promise) store.Clock {
	return store.Clock{Name: p.Clock, Amount: p.Amount, Calendar: p.Calendar, Origin: p.Origin, Pausing: p.Pausing}
}

// Moves says whether a transition means something to the ticket's ledger.
func Moves(t ticket.Transition) bool { return t.From.Standing() != t.To.Standing() }

// Move takes a ticket's clocks through a transition at its instant. ledger is
// the ticket's with this transition's line at its end, if it has one.
func Move(row *store.Ticket, t ticket.Transition, ledger []store.LedgerLine, s policy.Settings) error {
	for i := range row.Clocks {
		k := &row.Clocks[i]
		if name, breach := ticket.ClockOf(t.Action); name == k.Name {
			note(k, breach, t)
		}
		switch {
		case k.StoppedAt == nil && ticket.Stops(k.Name, t):
			k.StoppedAt, k.Merged = &t.At, t.To == ticket.Merged
		case k.Merged && t.From == ticket.Merged: // what the merge has ended goes on
			k.StoppedAt, k.Merged = nil, false
			if err := aim(k, row.RegisteredAt, ledger, s); err != nil {
				return err
			}
		case k.StoppedAt != nil && k.Name == ticket.ClockResolution && t.From.Standing() == ticket.Ended && t.To.Standing() != ticket.Ended:
			k.StoppedAt = nil
			if err := aim(k, row.RegisteredAt, ledger, s); err != nil {
				return err
			}
		case k.StoppedAt == nil && k.Pausing && Moves(t):
			if err := aim(k, row.RegisteredAt, ledger, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func note(k *store.Clock, breach bool, t ticket.Transition) {
	if breach {
		k.BreachedAt, k.Late = &t.At, t.Late
	} else {
		k.WarnedAt = &t.At
	}
}

// Said takes a ticket's clocks through a public word of staff that moves
// nothing else; false when it changes nothing.
func Said(row *store.Ticket, at time.Time) (changed bool) {
	if row.AcknowledgedAt == nil {
		row.AcknowledgedAt, changed = &at, true
	}
	for i := range row.Clocks {
		if k := &row.Clocks[i]; k.StoppedAt == nil && ticket.SaidStops(k.Name) {
			k.StoppedAt, changed = &at, true
		}
	}
	return changed
}

// Worked takes a ticket's clocks through time that staff have entered: work has
// begun. False when it changes nothing.
func Worked(row *store.Ticket, at time.Time) (changed bool) {
	for i := range row.Clocks {
		if k := &row.Clocks[i]; k.StoppedAt == nil && k.Name == ticket.ClockStartOfWork {
			k.StoppedAt, changed = &at, true
		}
	}
	return changed
}

// Unsaid undoes what a public word of staff at an instant has stopped: it was
// taken back before anybody read it. acted is the first act of staff besides,
// and spoke the first public word, nil for none.
func Unsaid(row *store.Ticket, at time.Time, acted, spoke *time.Time) (changed bool) {
	undo := func(was **time.Time, instead *time.Time) {
		if *was != nil && (*was).Equal(at) {
			*was, changed = instead, true
		}
	}
	undo(&row.AcknowledgedAt, acted)
	for i := range row.Clocks {
		switch k := &row.Clocks[i]; k.Name {
		case ticket.ClockAcknowledge:
			undo(&k.StoppedAt, acted)
		case ticket.ClockFirstResponse:
			undo(&k.StoppedAt, spoke)
		}
	}
	return changed
}

// Aim sets the targets of a ticket's clocks anew, as they are promised now: its
// severity, its contract or its pack is another. Time that has counted has
// counted, and no pause is lost. Clocks that have stopped stay as they are,
// and one that is promised no more is gone unless it has stopped or was missed.
func Aim(row *store.Ticket, ledger []store.LedgerLine, s policy.Settings, terms policy.Terms) error {
	var list store.Clocks
	promises := s.Promises(terms, row.Type, row.Severity)
	for _, name := range ticket.Clocks {
		k := row.Clocks.Named(name)
		var p *policy.Promise
		for i := range promises {
			if promises[i].Clock == name {
				p = &promises[i]
			}
		}
		switch {
		case k == nil && p == nil:
			continue
		case k != nil && (k.StoppedAt != nil || p == nil):
			if k.StoppedAt != nil || k.BreachedAt != nil {
				list = append(list, *k)
			}
			continue
		case k == nil && past(row, name):
			continue
		}
		aimed := clockOf(*p)
		if k != nil {
			aimed.WarnedAt, aimed.BreachedAt, aimed.Late = k.WarnedAt, k.BreachedAt, k.Late
		}
		if err := aim(&aimed, row.RegisteredAt, ledger, s); err != nil {
			return err
		}
		list = append(list, aimed)
	}
	row.Clocks = list
	return nil
}

// past says whether what a clock would wait for has happened already: it is not
// begun afterwards.
func past(row *store.Ticket, name string) bool {
	return row.State.Standing() == ticket.Ended || row.AcknowledgedAt != nil && name == ticket.ClockAcknowledge
}

// aim sets a clock's warning and deadline to what the ledger makes of its
// target. Paused, it keeps what it had reached before, and nothing else.
func aim(k *store.Clock, from time.Time, ledger []store.LedgerLine, s policy.Settings) error {
	c, err := s.CalendarNamed(k.Calendar)
	if err != nil {
		return fmt.Errorf("clock %s: %w", k.Name, err)
	}
	h := history(*k, from, ledger)
	due, err := h.Due(target(k.Amount), c)
	if err != nil {
		return fmt.Errorf("clock %s: %w", k.Name, err)
	}
	warn, err := h.Warns(target(k.Amount), s.Warn(), c)
	if err != nil {
		return fmt.Errorf("clock %s: %w", k.Name, err)
	}
	k.WarnAt, k.DueAt = utc(warn), utc(due)
	if n := len(h.Ledger); n > 0 && open(*k, ledger) != clock.Counted {
		if warn.After(h.Until) {
			k.WarnAt = nil
		}
		if due.After(h.Until) {
			k.DueAt = nil
		}
	}
	return nil
}

func utc(t time.Time) *time.Time {
	t = t.UTC().Truncate(time.Microsecond) // as the database keeps it
	return &t
}

func target(a policy.Amount) clock.Target {
	return clock.Target{Days: a.Days, Time: time.Duration(a.Minutes) * time.Minute}
}
