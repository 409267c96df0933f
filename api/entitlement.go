package api

import (
	"context"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) GetLedger(ctx context.Context, r GetLedgerRequestObject) (GetLedgerResponseObject, error) {
	l, err := s.desk.ContractLedger(ctx, r.Contract, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return GetLedger200JSONResponse{Standing: standing(l.Standing), Moves: moves(l.Moves), Next: unlessZero(l.Next)}, nil
}

func (s server) GetEntitlement(ctx context.Context, r GetEntitlementRequestObject) (GetEntitlementResponseObject, error) {
	e, err := s.desk.Entitlement(ctx, value(r.Params.Type), r.Params.OrganizationId)
	if err != nil {
		return nil, err
	}
	return GetEntitlement200JSONResponse{
		Counts: e.Standing != nil, Takes: e.Takes, Short: e.Short(), Reference: unlessZero(e.Reference), Standing: standing(e.Standing),
	}, nil
}

func (s server) GetTicketEntitlement(ctx context.Context, r GetTicketEntitlementRequestObject) (GetTicketEntitlementResponseObject, error) {
	e, err := s.desk.TicketEntitlement(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return GetTicketEntitlement200JSONResponse(ticketEntitlement(e)), nil
}

func (s server) ReleaseTicket(ctx context.Context, r ReleaseTicketRequestObject) (ReleaseTicketResponseObject, error) {
	e, err := s.desk.ReleaseTicket(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Reason, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return ReleaseTicket200JSONResponse(ticketEntitlement(e)), nil
}

func standing(s *desk.Standing) *Standing {
	if s == nil {
		return nil
	}
	return &Standing{
		Included: s.Included, Available: s.Available, Reserved: s.Reserved, Used: s.Used, From: openapi_types.Date{Time: s.First},
		Until: dateOut(s.Last), AtZero: StandingAtZero(s.Rules.AtZero),
	}
}

func moves(list []store.Move) []EntitlementMove {
	views := make([]EntitlementMove, len(list))
	for i, m := range list {
		views[i] = EntitlementMove{
			Id: m.ID, Kind: EntitlementMoveKind(m.Kind), FromAccount: EntitlementMoveFromAccount(m.From), ToAccount: EntitlementMoveToAccount(m.To),
			Amount: m.Amount, PeriodFrom: openapi_types.Date{Time: m.FirstOn}, Ticket: unlessZero(m.Number), Reason: unlessZero(m.Reason),
			Note: unlessZero(m.Note), At: m.At, By: unlessZero(m.By),
		}
	}
	return views
}

func ticketEntitlement(e desk.TicketEntitlement) TicketEntitlement {
	view := TicketEntitlement{
		State: TicketEntitlementState(e.State), Below: unlessZero(TicketEntitlementBelow(e.Below)), Moves: moves(e.Moves), Standing: standing(e.Standing),
	}
	if len(e.Reasons) > 0 {
		view.Reasons = &e.Reasons
	}
	return view
}
