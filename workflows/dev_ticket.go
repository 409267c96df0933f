package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/ticket"
)

// DevTicketWorkflow is the name of DevTicket in histories.
const DevTicketWorkflow = "DevTicket"

// DevTicketID is the workflow of a dev ticket: dev_ticket/<uuid>.
func DevTicketID(id string) string { return "dev_ticket/" + id }

// DevTicketInput starts a DevTicket workflow, and carries what it knows through
// continue-as-new.
type DevTicketInput struct {
	Vendor, Dev string
	Row         *devticket.Snapshot `json:",omitempty"` // nil at the start: read the row first
}

// devActs compile-checks activity names; it is never called.
var devActs *activities.DevTickets

// DevTicket drives one dev ticket for as long as development or a customer may
// have more to say of it.
func DevTicket(ctx workflow.Context, in DevTicketInput) error {
	e := entity[devticket.Snapshot, devticket.Command, devticket.Transition]{domain: devDomain(in)}
	if in.Row != nil {
		e.row, e.known = *in.Row, true
	}
	return e.drive(ctx)
}

// devDomain is package devticket, as the driver asks.
func devDomain(in DevTicketInput) domain[devticket.Snapshot, devticket.Command, devticket.Transition] {
	ref := activities.DevRef{Vendor: in.Vendor, ID: in.Dev}
	return domain[devticket.Snapshot, devticket.Command, devticket.Transition]{
		id: DevTicketID(in.Dev), actions: names(devticket.HumanActions),
		version: func(s devticket.Snapshot) int64 { return s.Version },
		seen:    func(c devticket.Command) int64 { return c.Seen },
		decide:  devticket.Decide,
		over:    func(s devticket.Snapshot, _ time.Time) bool { return devticket.Over(s) },
		next:    func(devticket.Snapshot) (action string, at time.Time, ok bool) { return "", at, false }, // nothing happens by itself
		milestone: func(s devticket.Snapshot, action string, at time.Time) devticket.Command {
			return devticket.Command{Key: milestoneKey(s.ID, action, at), Action: devticket.Action(action), Actor: ticket.Actor{Side: ticket.System}}
		},
		load: func(ctx workflow.Context, row *devticket.Snapshot) error {
			return workflow.ExecuteLocalActivity(ask(ctx), devActs.LoadDev, ref).Get(ctx, row)
		},
		commit: func(ctx workflow.Context, t devticket.Transition) (devticket.Snapshot, ticket.Outcome, error) {
			var result activities.DevResult
			err := workflow.ExecuteLocalActivity(commit(ctx), devActs.CommitDev, t).Get(ctx, &result)
			return result.Row, result.Outcome, err
		},
		again: func(ctx workflow.Context, row devticket.Snapshot) error {
			return workflow.NewContinueAsNewError(ctx, DevTicketWorkflow, DevTicketInput{Vendor: in.Vendor, Dev: in.Dev, Row: &row})
		},
	}
}

// DevNewsWorkflow is the name of DevNews in histories.
const DevNewsWorkflow = "DevNews"

// DevNewsID is the workflow of news: dev_news/<uuid>.
func DevNewsID(id string) string { return "dev_news/" + id }

// DevNews tells everybody who waits for dev tickets what has become of them,
// batch by batch; of a release it ships them first. It ends when everybody is
// told.
func DevNews(ctx workflow.Context, in activities.DevRef) error {
	for left := true; left; {
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, DevNewsWorkflow, in)
		}
		if err := workflow.ExecuteLocalActivity(commit(ctx), devActs.SpreadNews, in).Get(ctx, &left); err != nil {
			return err
		}
	}
	return nil
}
