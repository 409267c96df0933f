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
		Failing:     StuckTickets{Total: s.FailingTickets, Tickets: []StuckTicket{}},
		FailingWork: StuckWorks{Total: s.Failing.Total, Works: make([]StuckWork, len(s.Failing.List))},
		Lagging:     LaggingTickets{Tickets: []LaggingTicket{}},
		LaggingWork: LaggingWorks{Total: s.Lagging.Total, Works: make([]LaggingWork, len(s.Lagging.List))},
		Overdue:     OverdueWorks{Total: s.Overdue.Total, Works: make([]OverdueWork, len(s.Overdue.List))},
		Waiting:     deliveries(s.Waiting, true),
		Dead:        deliveries(s.Dead, false),
		Differences: Differences{Total: s.Differences.Total, Differences: make([]Difference, len(s.Differences.List))},
	}
	for i, w := range s.Failing.List {
		view.FailingWork.Works[i] = stuckWork(w)
		if w.Work == store.WorkTicket {
			view.Failing.Tickets = append(view.Failing.Tickets, StuckTicket{Id: w.ID, Number: w.Number})
		}
	}
	for i, l := range s.Lagging.List {
		view.Lagging.Total = l.Tickets
		w := stuckWork(l.Work)
		view.LaggingWork.Works[i] = LaggingWork{Of: w.Of, Id: w.Id, Number: w.Number, CommittedAt: l.CommittedAt, Pokes: l.Pokes}
		if l.Work.Work == store.WorkTicket {
			view.Lagging.Tickets = append(view.Lagging.Tickets, LaggingTicket{Id: l.ID, Number: l.Number, CommittedAt: l.CommittedAt, Pokes: l.Pokes})
		}
	}
	for i, o := range s.Overdue.List {
		w := stuckWork(o.Work)
		view.Overdue.Works[i] = OverdueWork{Of: w.Of, Id: w.Id, Number: w.Number, DueAt: o.DueAt}
	}
	for i, d := range s.Differences.List {
		view.Differences.Differences[i] = Difference{
			Kind: DifferenceKind(d.Kind), Of: WorkKind(d.Work), Ticket: StuckTicket{Id: d.RowID, Number: d.Number},
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

func stuckWork(w store.Work) StuckWork {
	return StuckWork{Of: WorkKind(w.Work), Id: w.ID, Number: unlessZero(w.Number)}
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
		if d.WorkID != nil {
			w := stuckWork(store.Work{Work: d.Work, ID: *d.WorkID, Number: d.WorkNumber})
			v.Work = &w
		}
		view.Deliveries[i] = v
	}
	return view
}
