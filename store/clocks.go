package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/ticket"
)

// Clock is a promise of a ticket's and how it stands. Its deadline is a fold
// over the ticket's ledger; while it is paused it has none that it had not
// reached before.
type Clock struct {
	Name       string        `json:"name"` // a clock of package ticket
	Amount     policy.Amount `json:"amount"`
	Calendar   string        `json:"calendar,omitempty"` // of the pack; "": around the clock
	Origin     policy.Origin `json:"source"`
	Pausing    bool          `json:"pausing,omitempty"` // it pauses while the customer is waited for
	WarnAt     *time.Time    `json:"warn_at,omitempty"`
	DueAt      *time.Time    `json:"due_at,omitempty"`
	WarnedAt   *time.Time    `json:"warned_at,omitempty"`
	BreachedAt *time.Time    `json:"breached_at,omitempty"` // when it was noted: Late says that this was later than due
	Late       bool          `json:"late,omitempty"`
	StoppedAt  *time.Time    `json:"stopped_at,omitempty"`
	Merged     bool          `json:"merged,omitempty"` // the ticket's merge ended it, neither met nor missed
}

// Clocks are a ticket's, in the order they usually end.
type Clocks []Clock

// Value is how the database keeps them.
func (c Clocks) Value() (driver.Value, error) {
	if c == nil {
		return []byte(`[]`), nil
	}
	return json.Marshal([]Clock(c))
}

// Scan reads what Value has written.
func (c *Clocks) Scan(src any) error {
	raw, ok := src.([]byte)
	if !ok {
		return fmt.Errorf("clocks from %T", src)
	}
	*c = nil
	if string(raw) == "[]" {
		return nil
	}
	return json.Unmarshal(raw, (*[]Clock)(c))
}

// Named finds a clock; nil when the ticket has none of that name.
func (c Clocks) Named(name string) *Clock {
	for i := range c {
		if c[i].Name == name {
			return &c[i]
		}
	}
	return nil
}

func (c Clocks) snapshot() []ticket.Clock {
	list := make([]ticket.Clock, len(c))
	for i, k := range c {
		list[i] = ticket.Clock{
			Name: k.Name, WarnAt: k.WarnAt, DueAt: k.DueAt, WarnedAt: k.WarnedAt, BreachedAt: k.BreachedAt, StoppedAt: k.StoppedAt,
		}
	}
	return list
}

// LedgerLine says what a ticket's time was from an instant until the next line.
type LedgerLine struct {
	Seq      int             `db:"seq"`
	From     time.Time       `db:"from_at"`
	Standing ticket.Standing `db:"standing"`
	Cause    string          `db:"cause"` // the action that made it so
}

// Ledger reads a ticket's ledger, in order. The time before the first line
// counted, from the registration.
func (tx *Tx) Ledger(ctx context.Context, id uuid.UUID) (list []LedgerLine, err error) {
	return list, tx.list(ctx, "read the ledger", &list, `select seq, from_at, standing, cause from clock_ledger where ticket_id = $1 order by seq`, id)
}

// AppendLedger adds a line to the end of a locked ticket's ledger.
func (tx *Tx) AppendLedger(ctx context.Context, id uuid.UUID, l LedgerLine) error {
	return tx.exec(ctx, "append to the ledger", `insert into clock_ledger (vendor_id, ticket_id, seq, from_at, standing, cause)
		select $1, $2, coalesce(max(seq), 0) + 1, $3, $4, $5 from clock_ledger where ticket_id = $2`, tx.Vendor, id, l.From, l.Standing, l.Cause)
}

// SeverityChanges are the triages that changed a ticket's severity, oldest
// first.
func (tx *Tx) SeverityChanges(ctx context.Context, id uuid.UUID) (list []Event, err error) {
	return list, tx.list(ctx, "find changes of severity", &list, `select id, ticket_id, version, kind, public, actor_id, at, data from events
		where ticket_id = $1 and kind = 'triage' and data ? 'severity_before' order by id`, id)
}
