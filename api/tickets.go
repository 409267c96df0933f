package api

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/ticket"
)

func (s server) RegisterTicket(ctx context.Context, r RegisterTicketRequestObject) (RegisterTicketResponseObject, error) {
	in := desk.Registration{
		Type: r.Body.Type, Severity: r.Body.Severity, Title: r.Body.Title, Body: r.Body.Body, Component: value(r.Body.Component),
		Package: value(r.Body.Package), Version: value(r.Body.Version), Files: value(r.Body.Files), Channel: "api",
		AtZero: string(value(r.Body.AtZero)),
	}
	if r.Body.Fields != nil {
		in.Fields = *r.Body.Fields
	}
	if b := r.Body.OnBehalfOf; b != nil {
		in.OnBehalfOf = &desk.OnBehalfOf{OrganizationID: b.OrganizationId, ContactID: b.ContactId}
	}
	v, err := s.desk.Register(ctx, value(r.Params.IdempotencyKey), in)
	if err != nil {
		return nil, err
	}
	if v.Pending != nil {
		return RegisterTicket202JSONResponse{
			Body:    pending(*v.Pending, readerOf(ctx)),
			Headers: RegisterTicket202ResponseHeaders{Location: unlessZero("/v1/requests/" + v.Pending.ID.String())},
		}, nil
	}
	return RegisterTicket201JSONResponse{
		Body:    ticketDetail(v.TicketView),
		Headers: RegisterTicket201ResponseHeaders{Location: unlessZero("/v1/tickets/" + v.Row.ID.String())},
	}, nil
}

func (s server) ListTickets(ctx context.Context, r ListTicketsRequestObject) (ListTicketsResponseObject, error) {
	p := r.Params
	q := desk.TicketQuery{
		AssigneeID: p.AssigneeId, Unassigned: value(p.Unassigned), OrganizationID: p.OrganizationId, RequesterID: p.RequesterId,
		Number: value(p.Number), Cursor: value(p.Cursor), Limit: limit(p.Limit),
	}
	for _, state := range value(p.State) {
		q.States = append(q.States, ticket.State(state))
	}
	list, next, err := s.desk.Tickets(ctx, q)
	if err != nil {
		return nil, err
	}
	page := TicketPage{Tickets: make([]Ticket, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Tickets[i] = ticketLine(v)
	}
	return ListTickets200JSONResponse(page), nil
}

func (s server) GetTicket(ctx context.Context, r GetTicketRequestObject) (GetTicketResponseObject, error) {
	v, err := s.desk.Ticket(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return GetTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) GetHistory(ctx context.Context, r GetHistoryRequestObject) (GetHistoryResponseObject, error) {
	var after int64
	if c := value(r.Params.Cursor); c != "" {
		var err error
		if after, err = strconv.ParseInt(c, 10, 64); err != nil {
			var wrong problem.Fields
			wrong.Add("cursor", "cursor_unknown", nil)
			return nil, wrong.Err()
		}
	}
	events, more, err := s.desk.History(ctx, r.Ticket, after, limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := EventPage{Events: make([]Event, len(events))}
	for i, e := range events {
		page.Events[i] = event(e)
	}
	if more {
		last := strconv.FormatInt(events[len(events)-1].ID, 10)
		page.Next = &last
	}
	return GetHistory200JSONResponse(page), nil
}

func (s server) TriageTicket(ctx context.Context, r TriageTicketRequestObject) (TriageTicketResponseObject, error) {
	v, err := s.desk.Triage(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.TriageInput{
		Reason: r.Body.Reason, Level: r.Body.Level, Severity: r.Body.Severity, SeverityReason: value(r.Body.SeverityReason),
		Path: r.Body.Path, OtherPath: r.Body.OtherPath, ScopeReason: value(r.Body.ScopeReason), AssigneeID: r.Body.AssigneeId,
	})
	if err != nil {
		return nil, err
	}
	return TriageTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) StartTicket(ctx context.Context, r StartTicketRequestObject) (StartTicketResponseObject, error) {
	v, err := s.desk.Start(ctx, value(r.Params.IdempotencyKey), r.Ticket)
	if err != nil {
		return nil, err
	}
	return StartTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) AskInformation(ctx context.Context, r AskInformationRequestObject) (AskInformationResponseObject, error) {
	v, err := s.desk.AskInformation(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AskInformation200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) GiveInformation(ctx context.Context, r GiveInformationRequestObject) (GiveInformationResponseObject, error) {
	v, err := s.desk.GiveInformation(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return GiveInformation200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) AnswerTicket(ctx context.Context, r AnswerTicketRequestObject) (AnswerTicketResponseObject, error) {
	v, err := s.desk.Answer(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AnswerTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) CloseTicket(ctx context.Context, r CloseTicketRequestObject) (CloseTicketResponseObject, error) {
	v, err := s.desk.Close(ctx, value(r.Params.IdempotencyKey), r.Ticket)
	if err != nil {
		return nil, err
	}
	return CloseTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) ReassignTicket(ctx context.Context, r ReassignTicketRequestObject) (ReassignTicketResponseObject, error) {
	v, err := s.desk.Reassign(ctx, value(r.Params.IdempotencyKey), r.Ticket, receiver(r.Body), value(r.Body.Reason))
	if err != nil {
		return nil, err
	}
	return ReassignTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func receiver(r *Reassignment) desk.Receiver {
	return desk.Receiver{PersonID: value(r.AssigneeId), Team: value(r.Team)}
}

func (s server) WithdrawTicket(ctx context.Context, r WithdrawTicketRequestObject) (WithdrawTicketResponseObject, error) {
	reason := ""
	if r.Body != nil {
		reason = value(r.Body.Reason)
	}
	v, err := s.desk.Withdraw(ctx, value(r.Params.IdempotencyKey), r.Ticket, reason)
	if err != nil {
		return nil, err
	}
	return WithdrawTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) ReopenTicket(ctx context.Context, r ReopenTicketRequestObject) (ReopenTicketResponseObject, error) {
	v, err := s.desk.Reopen(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return ReopenTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

// value is what a pointer points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// unlessZero points to v, or is nil for the zero value.
func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// limit is the length of a page, in entries.
func limit(asked *int) int {
	if asked == nil {
		return 25
	}
	return min(max(*asked, 1), desk.PageMax)
}

func named(id *uuid.UUID, names map[uuid.UUID]string) *Named {
	if id == nil {
		return nil
	}
	return &Named{Id: *id, Name: names[*id]}
}
