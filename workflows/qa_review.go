package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/ticket"
)

// QAReviewWorkflow is the name of QAReview in histories.
const QAReviewWorkflow = "QAReview"

// QAReviewID is the workflow of a QA review: qa_review/<uuid>.
func QAReviewID(id string) string { return "qa_review/" + id }

// QAReviewInput starts a QAReview workflow, and carries what it knows through
// continue-as-new.
type QAReviewInput struct {
	Vendor, Review string
	Row            *qa.Snapshot `json:",omitempty"` // nil at the start: read the row first
}

// reviewActs compile-checks activity names; it is never called.
var reviewActs *activities.QAReviews

// QAReview drives one review from triage until its verdict stands.
func QAReview(ctx workflow.Context, in QAReviewInput) error {
	e := entity[qa.Snapshot, qa.Command, qa.Transition]{domain: reviewDomain(in)}
	if in.Row != nil {
		e.row, e.known = *in.Row, true
	}
	return e.drive(ctx)
}

// reviewDomain is package qa, as the driver asks.
func reviewDomain(in QAReviewInput) domain[qa.Snapshot, qa.Command, qa.Transition] {
	ref := activities.ReviewRef{Vendor: in.Vendor, Review: in.Review}
	return domain[qa.Snapshot, qa.Command, qa.Transition]{
		id: QAReviewID(in.Review), actions: names(qa.HumanActions),
		version: func(s qa.Snapshot) int64 { return s.Version },
		seen:    func(c qa.Command) int64 { return c.Seen },
		decide:  qa.Decide, over: qa.Over, ends: string(qa.ActEnd),
		next: func(s qa.Snapshot) (string, time.Time, bool) {
			action, at, ok := qa.Next(s)
			return string(action), at, ok
		},
		milestone: func(s qa.Snapshot, action string, at time.Time) qa.Command {
			return qa.Command{Key: milestoneKey(s.ID, action, at), Action: qa.Action(action), Actor: ticket.Actor{Side: ticket.System}}
		},
		load: func(ctx workflow.Context, row *qa.Snapshot) error {
			return workflow.ExecuteLocalActivity(ask(ctx), reviewActs.LoadReview, ref).Get(ctx, row)
		},
		commit: func(ctx workflow.Context, t qa.Transition) (qa.Snapshot, ticket.Outcome, error) {
			var result activities.ReviewResult
			err := workflow.ExecuteLocalActivity(commit(ctx), reviewActs.CommitReview, t).Get(ctx, &result)
			return result.Row, result.Outcome, err
		},
		again: func(ctx workflow.Context, row qa.Snapshot) error {
			return workflow.NewContinueAsNewError(ctx, QAReviewWorkflow, QAReviewInput{Vendor: in.Vendor, Review: in.Review, Row: &row})
		},
	}
}
