package store

import (
	"context"
	"time"
)

// OldestRegistered is when the oldest ticket that waits for triage was
// registered; nil: none waits.
func (tx *Tx) OldestRegistered(ctx context.Context) (at *time.Time, err error) {
	return at, tx.get(ctx, "find oldest registered", &at, `select min(registered_at) from tickets where vendor_id = $1 and state = 'registered'`, tx.Vendor)
}

// LastTriaged is when a ticket last left triage, whatever way it went; nil:
// none ever did.
func (tx *Tx) LastTriaged(ctx context.Context) (at *time.Time, err error) {
	return at, tx.get(ctx, "find last triaged", &at, `select max(at) from events
		where vendor_id = $1 and data ->> 'from' = 'registered' and data ->> 'to' <> 'registered'`, tx.Vendor)
}
