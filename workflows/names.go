// Package workflows holds the Temporal workflows, one file per path. They
// decide when, never how: what happens is decided by package ticket and
// committed by package activities. client.go is the only code that starts,
// updates, signals or queries one.
package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/ticket"
)

// TaskQueue is where every worker listens.
const TaskQueue = "casepath"

// Names in histories. Update names are the actions of package ticket.
const (
	TicketWorkflow = "Ticket"
	PokeSignal     = "poke"
	StateQuery     = "state"
)

// TaskTimeout bounds a workflow task: a worker killed inside a commit makes
// its caller wait no longer than this before the work is tried again.
const TaskTimeout = 5 * time.Second

// TicketID is the workflow of a ticket: ticket/<uuid>.
func TicketID(ticket string) string { return "ticket/" + ticket }

// TicketInput starts a Ticket workflow, and carries what it knows through
// continue-as-new.
type TicketInput struct {
	Vendor, Ticket string
	Row            *ticket.Snapshot `json:",omitempty"` // nil at the start: read the row first
}

// acts compile-checks activity names; it is never called.
var acts *activities.Tickets

// commit is the options of a transition: a local activity, repeated until the
// database answers. It never gives up by itself: an outcome that was accepted
// must not be lost, and a repeat of the same key changes nothing.
func commit(ctx workflow.Context) workflow.Context {
	return local(ctx, "commit")
}

// ask is the options of a question that changes nothing.
func ask(ctx workflow.Context) workflow.Context {
	return local(ctx, "ask")
}

// patience is how long a commit is tried: longer than any outage.
const patience = 365 * 24 * time.Hour

func local(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    3 * time.Second,
		ScheduleToCloseTimeout: patience, // without it the SDK gives up when the first attempt's time is over
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second,
		},
		Summary: summary,
	})
}
