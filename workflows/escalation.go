package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/ladder"
	"github.com/casepath/casepath/ticket"
)

// EscalationWorkflow is the name of Escalation in histories.
const EscalationWorkflow = "Escalation"

// EscalationID is the workflow of an escalation: escalation/<uuid>.
func EscalationID(id string) string { return "escalation/" + id }

// EscalationInput starts an Escalation workflow, and carries what it knows
// through continue-as-new.
type EscalationInput struct {
	Vendor, ID string
	Row        *ladder.Snapshot `json:",omitempty"` // nil at the start: read the row first
}

// escalationActs compile-checks activity names; it is never called.
var escalationActs *activities.Escalations

// Escalation tells the rungs of one complaint, each in its turn. People act on
// its row, and poke it.
func Escalation(ctx workflow.Context, in EscalationInput) error {
	e := entity[ladder.Snapshot, ladder.Command, ladder.Transition]{domain: escalationDomain(in)}
	if in.Row != nil {
		e.row, e.known = *in.Row, true
	}
	return e.drive(ctx)
}

// escalationDomain is package ladder, as the driver asks.
func escalationDomain(in EscalationInput) domain[ladder.Snapshot, ladder.Command, ladder.Transition] {
	ref := activities.EscalationRef{Vendor: in.Vendor, ID: in.ID}
	return domain[ladder.Snapshot, ladder.Command, ladder.Transition]{
		id:      EscalationID(in.ID),
		version: func(s ladder.Snapshot) int64 { return s.Version },
		seen:    func(ladder.Command) int64 { return 0 },
		decide:  ladder.Decide,
		over:    func(s ladder.Snapshot, _ time.Time) bool { return s.State.Ended() },
		next: func(s ladder.Snapshot) (string, time.Time, bool) {
			action, at, ok := ladder.Next(s)
			return string(action), at, ok
		},
		milestone: func(_ ladder.Snapshot, action string, _ time.Time) ladder.Command {
			return ladder.Command{Action: ladder.Action(action), Side: ticket.System}
		},
		load: func(ctx workflow.Context, row *ladder.Snapshot) error {
			return workflow.ExecuteLocalActivity(ask(ctx), escalationActs.LoadEscalation, ref).Get(ctx, row)
		},
		commit: func(ctx workflow.Context, t ladder.Transition) (ladder.Snapshot, ticket.Outcome, error) {
			var result activities.EscalationResult
			err := workflow.ExecuteLocalActivity(commit(ctx), escalationActs.CommitEscalation, t).Get(ctx, &result)
			return result.Row, result.Outcome, err
		},
		again: func(ctx workflow.Context, row ladder.Snapshot) error {
			return workflow.NewContinueAsNewError(ctx, EscalationWorkflow, EscalationInput{Vendor: in.Vendor, ID: in.ID, Row: &row})
		},
	}
}
