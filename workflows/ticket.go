package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/ticket"
)

// Ticket drives one ticket from registration until nothing can happen to it
// any more.
func Ticket(ctx workflow.Context, in TicketInput) error {
	t := entity[ticket.Snapshot, ticket.Command, ticket.Transition]{domain: ticketDomain(in)}
	if in.Row != nil {
		t.row, t.known = *in.Row, true
	}
	return t.drive(ctx)
}

// ticketDomain is package ticket, as the driver asks.
func ticketDomain(in TicketInput) domain[ticket.Snapshot, ticket.Command, ticket.Transition] {
	ref := activities.TicketRef{Vendor: in.Vendor, Ticket: in.Ticket}
	return domain[ticket.Snapshot, ticket.Command, ticket.Transition]{
		id: TicketID(in.Ticket), actions: names(ticket.HumanActions),
		version: func(s ticket.Snapshot) int64 { return s.Version },
		seen:    func(c ticket.Command) int64 { return c.Seen },
		decide:  ticket.Decide, over: ticket.Over, ends: string(ticket.ActEnd),
		next: func(s ticket.Snapshot) (string, time.Time, bool) {
			action, at, ok := ticket.Next(s)
			return string(action), at, ok
		},
		milestone: func(s ticket.Snapshot, action string, at time.Time) ticket.Command {
			return ticket.Command{Key: milestoneKey(s.ID, action, at), Action: ticket.Action(action), Actor: ticket.Actor{Side: ticket.System}}
		},
		load: func(ctx workflow.Context, row *ticket.Snapshot) error {
			return workflow.ExecuteLocalActivity(ask(ctx), acts.LoadTicket, ref).Get(ctx, row)
		},
		commit: func(ctx workflow.Context, t ticket.Transition) (ticket.Snapshot, ticket.Outcome, error) {
			var result activities.CommitResult
			err := workflow.ExecuteLocalActivity(commit(ctx), acts.CommitTransition, t).Get(ctx, &result)
			return result.Row, result.Outcome, err
		},
		forget: func(ctx workflow.Context) bool { // histories begun before kept what the row has no more: absent fields leave it standing
			return workflow.GetVersion(ctx, "a poke forgets", workflow.DefaultVersion, 1) != workflow.DefaultVersion
		},
		again: func(ctx workflow.Context, row ticket.Snapshot) error {
			return workflow.NewContinueAsNewError(ctx, TicketWorkflow, TicketInput{Vendor: in.Vendor, Ticket: in.Ticket, Row: &row})
		},
	}
}

// names are actions as the Updates are called.
func names[A ~string](actions []A) []string {
	list := make([]string, len(actions))
	for i, a := range actions {
		list[i] = string(a)
	}
	return list
}
