package activities

import (
	"context"
	"time"
)

// StatementDecider decides weekly statements: package desk's Desk.
type StatementDecider interface {
	DecideStatements(ctx context.Context, vendor, zone string, at time.Time, after string) (next string, failed int, err error)
}

// Statements are the activities of the Statement workflow.
type Statements struct {
	Decider StatementDecider
}

// StatementRun is the statements of a vendor's organizations of a zone that are
// due at an instant, and how far it has come.
type StatementRun struct {
	Vendor, Zone string
	At           time.Time // when they are due; zero: at the scheduled time
	After        string    `json:",omitempty"` // uuid of the last organization looked at
	Failed       int       `json:",omitempty"` // could not be decided in this pass
	Pass         int       `json:",omitempty"` // passes before this one
}

// DecideStatements decides a page of them, and answers how far the run has come
// then; with an empty After at the end of the pass.
func (a *Statements) DecideStatements(ctx context.Context, r StatementRun) (StatementRun, error) {
	next, failed, err := a.Decider.DecideStatements(ctx, r.Vendor, r.Zone, r.At, r.After)
	r.After, r.Failed = next, r.Failed+failed
	return r, AsApplication(err)
}
