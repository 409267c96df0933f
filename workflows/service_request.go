package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/ticket"
)

// ServiceRequestWorkflow is the name of ServiceRequest in histories.
const ServiceRequestWorkflow = "ServiceRequest"

// ServiceRequestID is the workflow of a service request: service_request/<uuid>.
func ServiceRequestID(id string) string { return "service_request/" + id }

// ServiceRequestInput starts a ServiceRequest workflow, and carries what it
// knows through continue-as-new.
type ServiceRequestInput struct {
	Vendor, Service string
	Row             *service.Snapshot `json:",omitempty"` // nil at the start: read the row first
}

// serviceActs compile-checks activity names; it is never called.
var serviceActs *activities.ServiceRequests

// ServiceRequest drives one service request from triage until it is billed and
// closed, or abandoned.
func ServiceRequest(ctx workflow.Context, in ServiceRequestInput) error {
	return driveService(ctx, ServiceRequestWorkflow, ServiceRequestID(in.Service), in)
}

// driveService drives a service request in the workflow of that name and id.
func driveService(ctx workflow.Context, name, id string, in ServiceRequestInput) error {
	e := entity[service.Snapshot, service.Command, service.Transition]{domain: serviceDomain(name, id, in)}
	if in.Row != nil {
		e.row, e.known = *in.Row, true
	}
	return e.drive(ctx)
}

// serviceDomain is package service, as the driver asks.
func serviceDomain(name, id string, in ServiceRequestInput) domain[service.Snapshot, service.Command, service.Transition] {
	ref := activities.ServiceRef{Vendor: in.Vendor, Service: in.Service}
	return domain[service.Snapshot, service.Command, service.Transition]{
		id: id, actions: names(service.HumanActions),
		version: func(s service.Snapshot) int64 { return s.Version },
		seen:    func(c service.Command) int64 { return c.Seen },
		decide:  service.Decide,
		over:    func(s service.Snapshot, _ time.Time) bool { return service.Over(s) },
		next: func(s service.Snapshot) (string, time.Time, bool) {
			action, at, ok := service.Next(s)
			return string(action), at, ok
		},
		milestone: func(s service.Snapshot, action string, at time.Time) service.Command {
			return service.Command{Key: milestoneKey(s.ID, action, at), Action: service.Action(action), Actor: ticket.Actor{Side: ticket.System}}
		},
		load: func(ctx workflow.Context, row *service.Snapshot) error {
			return workflow.ExecuteLocalActivity(ask(ctx), serviceActs.LoadService, ref).Get(ctx, row)
		},
		commit: func(ctx workflow.Context, t service.Transition) (service.Snapshot, ticket.Outcome, error) {
			var result activities.ServiceResult
			err := workflow.ExecuteLocalActivity(commit(ctx), serviceActs.CommitService, t).Get(ctx, &result)
			return result.Row, result.Outcome, err
		},
		again: func(ctx workflow.Context, row service.Snapshot) error {
			return workflow.NewContinueAsNewError(ctx, name, ServiceRequestInput{Vendor: in.Vendor, Service: in.Service, Row: &row})
		},
	}
}
