package api

import (
	"context"

	"github.com/casepath/casepath/desk"
)

func (s server) ListCollaborationsOfTicket(ctx context.Context, r ListCollaborationsOfTicketRequestObject) (ListCollaborationsOfTicketResponseObject, error) {
	list, err := s.desk.CollaborationsOf(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return ListCollaborationsOfTicket200JSONResponse(collaborations(list, "")), nil
}

func (s server) ListCollaborations(ctx context.Context, r ListCollaborationsRequestObject) (ListCollaborationsResponseObject, error) {
	list, next, err := s.desk.Collaborations(ctx, desk.CollaborationQuery{Mine: value(r.Params.Mine), Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit)})
	if err != nil {
		return nil, err
	}
	return ListCollaborations200JSONResponse(collaborations(list, next)), nil
}

func (s server) AskColleague(ctx context.Context, r AskColleagueRequestObject) (AskColleagueResponseObject, error) {
	v, err := s.desk.AskColleague(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.QuestionInput{Team: value(r.Body.Team), PersonID: r.Body.PersonId, Text: r.Body.Text})
	if err != nil {
		return nil, err
	}
	return AskColleague201JSONResponse(collaboration(v)), nil
}

func (s server) AnswerColleague(ctx context.Context, r AnswerColleagueRequestObject) (AnswerColleagueResponseObject, error) {
	v, err := s.desk.AnswerColleague(ctx, value(r.Params.IdempotencyKey), r.Collaboration, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return AnswerColleague200JSONResponse{CollaborationAnswerJSONResponse(collaboration(v))}, nil
}

func (s server) TakeQuestionBack(ctx context.Context, r TakeQuestionBackRequestObject) (TakeQuestionBackResponseObject, error) {
	v, err := s.desk.TakeQuestionBack(ctx, value(r.Params.IdempotencyKey), r.Collaboration)
	if err != nil {
		return nil, err
	}
	return TakeQuestionBack200JSONResponse{CollaborationAnswerJSONResponse(collaboration(v))}, nil
}

func collaborations(list []desk.CollaborationView, next string) CollaborationPage {
	page := CollaborationPage{Collaborations: make([]Collaboration, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Collaborations[i] = collaboration(v)
	}
	return page
}

func collaboration(v desk.CollaborationView) Collaboration {
	r := v.Row
	return Collaboration{
		Id: r.ID, Ticket: LinkedTicket{Id: v.Ticket.ID, Number: v.Ticket.Number, Title: v.Ticket.Title, State: State(v.Ticket.State)},
		State: CollaborationState(r.State), Team: unlessZero(r.Team), Person: named(r.PersonID, v.Names), Question: r.Question,
		AskedBy: *named(&r.AskedBy, v.Names), AskedAt: r.AskedAt, DueAt: r.DueAt, Answer: unlessZero(r.Answer), EndedBy: named(r.EndedBy, v.Names),
		EndedAt: r.EndedAt, MayAnswer: v.MayAnswer, MayTakeBack: v.MayTakeBack,
	}
}
