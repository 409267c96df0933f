package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/devticket"
)

func (s server) ListDevTicketsOfTicket(ctx context.Context, r ListDevTicketsOfTicketRequestObject) (ListDevTicketsOfTicketResponseObject, error) {
	list, err := s.desk.DevTicketsOf(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	out := TicketDevPage{DevTickets: make([]TicketDev, len(list))}
	for i, v := range list {
		out.DevTickets[i] = ticketDev(v)
	}
	return ListDevTicketsOfTicket200JSONResponse(out), nil
}

func (s server) VerifyFix(ctx context.Context, r VerifyFixRequestObject) (VerifyFixResponseObject, error) {
	b := r.Body
	v, err := s.desk.VerifyFix(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.FixInput{Dev: b.DevTicket, Works: b.Works, Text: value(b.Text), Files: value(b.Files)})
	if err != nil {
		return nil, err
	}
	return VerifyFix200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) ListDevTickets(ctx context.Context, r ListDevTicketsRequestObject) (ListDevTicketsResponseObject, error) {
	q := desk.DevTicketQuery{Target: r.Params.Target, Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit)}
	for _, state := range value(r.Params.State) {
		q.States = append(q.States, devticket.State(state))
	}
	list, next, err := s.desk.DevTickets(ctx, q)
	if err != nil {
		return nil, err
	}
	page := DevTicketPage{DevTickets: make([]DevTicket, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.DevTickets[i] = devTicket(v.Row)
	}
	return ListDevTickets200JSONResponse(page), nil
}

func (s server) CreateDevTicket(ctx context.Context, r CreateDevTicketRequestObject) (CreateDevTicketResponseObject, error) {
	v, err := s.desk.CreateDevTicket(ctx, value(r.Params.IdempotencyKey), desk.DevTicketInput{
		Title: r.Body.Title, Body: value(r.Body.Body), PackageID: r.Body.PackageId, External: value(r.Body.External),
	})
	if err != nil {
		return nil, err
	}
	return CreateDevTicket201JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) GetDevTicket(ctx context.Context, r GetDevTicketRequestObject) (GetDevTicketResponseObject, error) {
	v, err := s.desk.DevTicket(ctx, r.Dev, value(r.Params.After))
	if err != nil {
		return nil, err
	}
	return GetDevTicket200JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) AcceptDevTicket(ctx context.Context, r AcceptDevTicketRequestObject) (AcceptDevTicketResponseObject, error) {
	v, err := s.desk.AcceptDevTicket(ctx, value(r.Params.IdempotencyKey), r.Dev)
	if err != nil {
		return nil, err
	}
	return AcceptDevTicket200JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) RefuseDevTicket(ctx context.Context, r RefuseDevTicketRequestObject) (RefuseDevTicketResponseObject, error) {
	v, err := s.desk.RefuseDevTicket(ctx, value(r.Params.IdempotencyKey), r.Dev, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return RefuseDevTicket200JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) PlanDevTicket(ctx context.Context, r PlanDevTicketRequestObject) (PlanDevTicketResponseObject, error) {
	v, err := s.desk.PlanDevTicket(ctx, value(r.Params.IdempotencyKey), r.Dev, target(*r.Body))
	if err != nil {
		return nil, err
	}
	return PlanDevTicket200JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) BeginDevTicket(ctx context.Context, r BeginDevTicketRequestObject) (BeginDevTicketResponseObject, error) {
	v, err := s.desk.BeginDevTicket(ctx, value(r.Params.IdempotencyKey), r.Dev)
	if err != nil {
		return nil, err
	}
	return BeginDevTicket200JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) ShipDevTicket(ctx context.Context, r ShipDevTicketRequestObject) (ShipDevTicketResponseObject, error) {
	v, err := s.desk.ShipDevTicket(ctx, value(r.Params.IdempotencyKey), r.Dev, target(*r.Body))
	if err != nil {
		return nil, err
	}
	return ShipDevTicket200JSONResponse{DevAnswerJSONResponse(devDetail(v))}, nil
}

func (s server) ShipRelease(ctx context.Context, r ShipReleaseRequestObject) (ShipReleaseResponseObject, error) {
	v, err := s.desk.ShipRelease(ctx, value(r.Params.IdempotencyKey), r.Release)
	if err != nil {
		return nil, err
	}
	out := ReleaseShipping{ToShip: v.Devs, Tickets: unlessZero(v.Tickets)}
	if n := v.News; n != nil {
		told := n.ToldAllAt != nil
		out.Shipped, out.ShippedAt, out.ToldAll = n.Shipped, &n.At, &told
	}
	return ShipRelease200JSONResponse(out), nil
}

func target(b DevTarget) desk.Target {
	return desk.Target{Version: value(b.Version), ReleaseID: b.ReleaseId}
}

func devDetail(v desk.DevTicketView) DevTicketDetail {
	out := DevTicketDetail{
		DevTicket: devTicket(v.Row), Body: v.Row.Body, Refusal: unlessZero(v.Row.Refusal), PossibleActions: make([]DevAction, len(v.Possible)),
		Waiting: make([]WaitingTicket, len(v.Waiting)), Next: unlessZero(v.Next),
	}
	for i, a := range v.Possible {
		out.PossibleActions[i] = DevAction(a)
	}
	for i, w := range v.Waiting {
		out.Waiting[i] = WaitingTicket{
			Id: w.TicketID, Number: w.Number, Title: w.Title, Organization: w.Organization, LinkedAt: w.LinkedAt, Told: unlessZero(w.Told), ToldAt: w.ToldAt, Works: w.Works,
		}
	}
	return out
}
