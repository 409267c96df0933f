package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListStuck(ctx context.Context, _ ListStuckRequestObject) (ListStuckResponseObject, error) {
	stuck, err := s.desk.Stuck(ctx)
	if err != nil {
		return nil, err
	}
	return ListStuck200JSONResponse(stuckView(stuck)), nil
}

func (s server) RetryDelivery(ctx context.Context, r RetryDeliveryRequestObject) (RetryDeliveryResponseObject, error) {
	if err := s.desk.RetryDead(ctx, r.Delivery); err != nil {
		return nil, err
	}
	return RetryDelivery204Response{}, nil
}

func stuckView(s desk.Stuck) Stuck {
	view := Stuck{
		At: s.At, EngineSilent: s.EngineSilent, UnnamedFiles: s.UnnamedFiles, BackedUpAt: s.BackedUpAt,
		Failing:     StuckTickets{Total: s.Failing.Total, Tickets: make([]StuckTicket, len(s.Failing.List))},
		Lagging:     LaggingTickets{Total: s.Lagging.Total, Tickets: make([]LaggingTicket, len(s.Lagging.List))},
		Waiting:     deliveries(s.Waiting, true),
		Dead:        deliveries(s.Dead, false),
		Differences: Differences{Total: s.Differences.Total, Differences: make([]Difference, len(s.Differences.List))},
	}
	for i, t := range s.Failing.List {
		view.Failing.Tickets[i] = StuckTicket{Id: t.ID, Number: t.Number}
	}
	for i, l := range s.Lagging.List {
		view.Lagging.Tickets[i] = LaggingTicket{Id: l.TicketID, Number: l.Number, CommittedAt: l.CommittedAt, Pokes: l.Pokes}
	}
	for i, d := range s.Differences.List {
		view.Differences.Differences[i] = Difference{
			Kind: DifferenceKind(d.Kind), Of: DifferenceOf(d.Work), Ticket: StuckTicket{Id: d.RowID, Number: d.Number},
			RowVersion: d.RowVersion, WorkflowVersion: d.WorkflowVersion, RepairedAt: d.RepairedAt,
		}
	}
	if s.MailHold != nil {
		view.MailHeldSince = &s.MailHold.Since
	}
	if r := s.Reconciled; r != nil {
		view.ReconciledAt, view.ReconciledAll = r.FinishedAt, &r.Complete
	}
	return view
}

func deliveries(some desk.Some[store.Delivery], again bool) Deliveries {
	view := Deliveries{Total: some.Total, Deliveries: make([]Delivery, len(some.List))}
	for i, d := range some.List {
		v := Delivery{Id: d.ID, Kind: DeliveryKind(d.Kind), Attempts: d.Attempts, Error: unlessZero(d.LastError), DecidedAt: d.CreatedAt}
		if again {
			v.NextAt = &some.List[i].NextAt
		}
		if d.TicketID != nil && d.Number != nil {
			v.Ticket = &StuckTicket{Id: *d.TicketID, Number: *d.Number}
		}
		view.Deliveries[i] = v
	}
	return view
}
