// Package reconciler compares the open rows with the running workflows and
// says in what they disagree. The row is the truth and the workflow its
// driver: a row without a driver goes nowhere, and nobody would notice.
//
// It goes through the rows of all vendors, kind by kind (tickets, service
// requests, reviews and so on) in the order of their ids, page by page, each
// beside the workflows in the same range of ids: what it holds does not grow with
// the number of rows, and a workflow without a row is seen as well as a row
// without a workflow. The engine's list is a moment
// late, so it only raises a doubt: a difference is reported after the workflow
// itself was looked at, and the row again after that.
package reconciler

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
)

// The kinds of differences.
const (
	NoWorkflow  = "no_workflow" // an open row, and no workflow that runs or is about to be started
	NoTicket    = "no_ticket"   // a running workflow without a row
	LifeOver    = "life_over"   // a running workflow of a row whose life is over
	Behind      = "behind"      // the workflow knows an older version than the row's
	Ahead       = "ahead"       // the workflow knows a version the row has not
	Failing     = "failing"     // the workflow can't say what it knows: its task keeps failing
	Unconfirmed = "unconfirmed" // a transition its workflow may not know of for longer than LagMax
	Undelivered = "undelivered" // a start or poke in the outbox for longer than DeliveryMax
	Overdue     = "overdue"     // something was to come to the row by itself, and has not for longer than LagMax
)

// Kinds lists them.
var Kinds = []string{NoWorkflow, NoTicket, LifeOver, Behind, Ahead, Failing, Unconfirmed, Undelivered, Overdue}

// Works are the kinds of rows that are compared, in that order.
var Works = []string{
	store.WorkTicket, store.WorkRequest, store.WorkService, store.WorkReview, store.WorkDev, store.WorkNews, store.WorkCollaboration, store.WorkEscalation,
	store.WorkEnhancement,
}

// asked says whether the workflows of a kind say what they know. Those of a
// request and of news only run.
func asked(work string) bool { return work != store.WorkRequest && work != store.WorkNews }

// What is younger is under way, not a difference.
const (
	LagMax      = time.Minute
	DeliveryMax = 5 * time.Minute
)

// FailingAttempts is the attempt of a workflow task from which on it is said
// to keep failing: two before it have failed. One does when a worker dies.
const FailingAttempts = 3

// Engine is what the reconciler asks the engine: package workflows' Client. work
// is one of Works, ids are the rows' uuids.
type Engine interface {
	// Running lists rows with a running workflow whose ids lie after one and up
	// to another, as the engine's list shows them, a moment late; next is the
	// place of the following page, nil on the last.
	Running(ctx context.Context, work, after, upTo string, page []byte) (ids []string, next []byte, err error)
	// Condition looks at the workflow itself.
	Condition(ctx context.Context, work, id string) (Condition, error)
	// Version asks a workflow which version of its row it knows: NotFound when it
	// does not run, Unavailable when it does not answer.
	Version(ctx context.Context, work, id string) (int64, error)
	// PokeWork makes a workflow read its row; NotFound when it does not run.
	PokeWork(ctx context.Context, work, id string) error
}

// Condition is how a workflow is.
type Condition struct {
	Running bool
	Attempt int // of the workflow task it waits for; 0: for none
}

// Reconciler compares.
type Reconciler struct {
	Rows   *store.Store // as the relay's role, which sees every vendor
	Store  *store.Store // as the application's, for repairs
	Engine Engine
	Page   int // rows at a time; 0: 1000, as many as the engine lists at once
}

// The ways a reconciliation is asked for.
const (
	BySchedule = "schedule"
	ByCommand  = "command"
)

// Progress is a reconciliation under way. It travels through the engine: ids
// and numbers, no personal data.
type Progress struct {
	ID    uuid.UUID
	By    string
	All   bool      // ask every workflow what it knows, not only those whose row has changed
	Since time.Time // rows changed since are doubtful
	Work  string    // which of Works is compared; "": the first, as runs of before there were more had it
	After uuid.UUID // every row of that kind up to this one is compared

	Tickets, Workflows, Asked int64
	Unanswered                int64 // of those asked
	Silent                    bool  // nobody answers: the others are not asked
	Done                      bool
}

// Begin begins one, or takes up the one with p's ID.
func (r *Reconciler) Begin(ctx context.Context, p Progress) (Progress, error) {
	since, err := r.Rows.BeginReconciliation(ctx, p.ID, p.By)
	if err == nil && !p.All && !since.IsZero() {
		p.Since = since.Add(-2 * LagMax) // what was too fresh to be asked then
	}
	return p, err
}

// Finish looks at what waits in the database, and keeps the result. It can be
// repeated.
func (r *Reconciler) Finish(ctx context.Context, p Progress) (store.Reconciliation, error) {
	if err := r.Rows.KeepUnconfirmed(ctx, p.ID, Unconfirmed, LagMax); err != nil {
		return store.Reconciliation{}, err
	}
	if err := r.Rows.KeepUndelivered(ctx, p.ID, Undelivered, DeliveryMax); err != nil {
		return store.Reconciliation{}, err
	}
	now := time.Now().UTC()
	if err := r.Rows.KeepOverdue(ctx, p.ID, Overdue, now, now.Add(-LagMax)); err != nil {
		return store.Reconciliation{}, err
	}
	result, err := r.Rows.FinishReconciliation(ctx, store.Reconciliation{
		ID: p.ID, Tickets: p.Tickets, Workflows: p.Workflows, Asked: p.Asked, Complete: p.Unanswered == 0 && !p.Silent,
	})
	if err != nil {
		return result, err
	}
	level := slog.LevelInfo
	if len(result.Found) > 0 || !result.Complete {
		level = slog.LevelWarn
	}
	slog.Log(ctx, level, "rows and workflows compared", "rows", result.Tickets, "workflows", result.Workflows, "asked", result.Asked,
		"complete", result.Complete, "found", result.Found)
	return result, nil
}

// Run compares everything, in this process. all asks every workflow what it
// knows; otherwise only those whose row has changed since the last complete
// reconciliation are asked.
func (r *Reconciler) Run(ctx context.Context, all bool) (store.Reconciliation, error) {
	p, err := r.Begin(ctx, Progress{ID: store.NewID(), By: ByCommand, All: all})
	for err == nil && !p.Done {
		p, err = r.Compare(ctx, p)
	}
	if err != nil {
		return store.Reconciliation{}, err
	}
	return r.Finish(ctx, p)
}
