package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/collaboration"
	"github.com/casepath/casepath/ticket"
)

// CollaborationWorkflow is the name of Collaboration in histories.
const CollaborationWorkflow = "Collaboration"

// CollaborationID is the workflow of a question to colleagues:
// collaboration/<uuid>.
func CollaborationID(id string) string { return "collaboration/" + id }

// CollaborationInput starts a Collaboration workflow, and carries what it knows
// through continue-as-new.
type CollaborationInput struct {
	Vendor, ID string
	Row        *collaboration.Snapshot `json:",omitempty"` // nil at the start: read the row first
}

// collaborationActs compile-checks activity names; it is never called.
var collaborationActs *activities.Collaborations

// Collaboration keeps the time of one question to colleagues: people act on its
// row, and poke it.
func Collaboration(ctx workflow.Context, in CollaborationInput) error {
	e := entity[collaboration.Snapshot, collaboration.Command, collaboration.Transition]{domain: collaborationDomain(in)}
	if in.Row != nil {
		e.row, e.known = *in.Row, true
	}
	return e.drive(ctx)
}

// collaborationDomain is package collaboration, as the driver asks.
func collaborationDomain(in CollaborationInput) domain[collaboration.Snapshot, collaboration.Command, collaboration.Transition] {
	ref := activities.CollaborationRef{Vendor: in.Vendor, ID: in.ID}
	return domain[collaboration.Snapshot, collaboration.Command, collaboration.Transition]{
		id:      CollaborationID(in.ID),
		version: func(s collaboration.Snapshot) int64 { return s.Version },
		seen:    func(collaboration.Command) int64 { return 0 },
		decide:  collaboration.Decide,
		over:    func(s collaboration.Snapshot, _ time.Time) bool { return collaboration.Over(s) },
		next: func(s collaboration.Snapshot) (string, time.Time, bool) {
			action, at, ok := collaboration.Next(s)
			return string(action), at, ok
		},
		milestone: func(_ collaboration.Snapshot, action string, _ time.Time) collaboration.Command {
			return collaboration.Command{Action: collaboration.Action(action)}
		},
		load: func(ctx workflow.Context, row *collaboration.Snapshot) error {
			return workflow.ExecuteLocalActivity(ask(ctx), collaborationActs.LoadCollaboration, ref).Get(ctx, row)
		},
		commit: func(ctx workflow.Context, t collaboration.Transition) (collaboration.Snapshot, ticket.Outcome, error) {
			var result activities.CollaborationResult
			err := workflow.ExecuteLocalActivity(commit(ctx), collaborationActs.CommitCollaboration, t).Get(ctx, &result)
			return result.Row, result.Outcome, err
		},
		again: func(ctx workflow.Context, row collaboration.Snapshot) error {
			return workflow.NewContinueAsNewError(ctx, CollaborationWorkflow, CollaborationInput{Vendor: in.Vendor, ID: in.ID, Row: &row})
		},
	}
}
