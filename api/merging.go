package api

import (
	"context"

	"github.com/casepath/casepath/desk"
)

func (s server) MergeTicket(ctx context.Context, r MergeTicketRequestObject) (MergeTicketResponseObject, error) {
	v, err := s.desk.Merge(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Target, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return MergeTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) UnmergeTicket(ctx context.Context, r UnmergeTicketRequestObject) (UnmergeTicketResponseObject, error) {
	v, err := s.desk.Unmerge(ctx, value(r.Params.IdempotencyKey), r.Ticket)
	if err != nil {
		return nil, err
	}
	return UnmergeTicket200JSONResponse{TicketAnswerJSONResponse(ticketDetail(v))}, nil
}

func (s server) SplitTicket(ctx context.Context, r SplitTicketRequestObject) (SplitTicketResponseObject, error) {
	v, err := s.desk.Split(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.SplitInput{
		Title: r.Body.Title, Type: r.Body.Type, Severity: r.Body.Severity, Text: value(r.Body.Text),
		Comments: value(r.Body.Comments), Files: value(r.Body.Files),
	})
	if err != nil {
		return nil, err
	}
	return SplitTicket201JSONResponse{
		Body:    ticketDetail(v),
		Headers: SplitTicket201ResponseHeaders{Location: unlessZero("/v1/tickets/" + v.Row.ID.String())},
	}, nil
}

func (s server) ListLinks(ctx context.Context, r ListLinksRequestObject) (ListLinksResponseObject, error) {
	list, err := s.desk.Links(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return ListLinks200JSONResponse{links(list)}, nil
}

func (s server) LinkTickets(ctx context.Context, r LinkTicketsRequestObject) (LinkTicketsResponseObject, error) {
	list, err := s.desk.Link(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Body.Ticket)
	if err != nil {
		return nil, err
	}
	return LinkTickets200JSONResponse{links(list)}, nil
}

func (s server) UnlinkTickets(ctx context.Context, r UnlinkTicketsRequestObject) (UnlinkTicketsResponseObject, error) {
	list, err := s.desk.Unlink(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Link)
	if err != nil {
		return nil, err
	}
	return UnlinkTickets200JSONResponse{links(list)}, nil
}

func links(list []desk.Linked) (answer LinksAnswerJSONResponse) {
	answer.Links = make([]TicketLink, len(list))
	for i, l := range list {
		answer.Links[i] = TicketLink{
			Id: l.Link, As: TicketLinkAs(l.As), At: l.At, By: unlessZero(l.By), Reason: unlessZero(l.Reason), Ticket: linkedTicket(l),
		}
	}
	return answer
}

func linkedTicket(l desk.Linked) LinkedTicket {
	return LinkedTicket{Id: l.ID, Number: l.Number, Title: l.Title, State: State(l.State)}
}
