package promise

import (
	"time"

	"github.com/casepath/casepath/clock"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/ticket"
)

// registered is the cause of the first interval of every ledger.
const registered = "registered"

// history is the ticket's ledger as one clock sees it, up to its last line: what
// comes after it is not over yet.
func history(k store.Clock, from time.Time, ledger []store.LedgerLine) clock.History {
	h := clock.History{Until: from, Started: true}
	kind, cause := clock.Counted, registered
	for _, l := range ledger {
		if l.From.After(h.Until) {
			h.Ledger = append(h.Ledger, clock.Interval{From: h.Until, To: l.From, Kind: kind, Cause: clock.What(cause)})
			h.Until = l.From
		}
		kind, cause = kindOf(k, l.Standing), l.Cause
	}
	return h
}

// kindOf is what time of a standing does to a clock.
func kindOf(k store.Clock, s ticket.Standing) clock.Kind {
	if s == ticket.Ended || s == ticket.Waits && k.Pausing {
		return clock.Paused
	}
	return clock.Counted
}

// open is the kind of the interval that is not over.
func open(k store.Clock, ledger []store.LedgerLine) clock.Kind {
	if len(ledger) == 0 {
		return clock.Counted
	}
	return kindOf(k, ledger[len(ledger)-1].Standing)
}
