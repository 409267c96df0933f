package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/service"
)

// EnhancementWorkflow is the name of Enhancement in histories.
const EnhancementWorkflow = "Enhancement"

// EnhancementID is the workflow of a service request of the paid chain:
// enhancement/<uuid>.
func EnhancementID(id string) string { return "enhancement/" + id }

// WorkID is the workflow of a service request on a path: that of an enhancement,
// or of any other.
func WorkID(path, id string) string {
	if service.IsEnhancement(path) {
		return EnhancementID(id)
	}
	return ServiceRequestID(id)
}

// Enhancement drives one service request of the paid chain: from the question
// whether the customer wants what is offered, over the quote, its approval and
// its invoice, to work that is validated; or to wherever it stops.
func Enhancement(ctx workflow.Context, in ServiceRequestInput) error {
	return driveService(ctx, EnhancementWorkflow, EnhancementID(in.Service), in)
}
