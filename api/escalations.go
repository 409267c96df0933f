package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
)

func (s server) ListEscalations(ctx context.Context, r ListEscalationsRequestObject) (ListEscalationsResponseObject, error) {
	list, next, err := s.desk.Escalations(ctx, desk.EscalationQuery{
		Open: value(r.Params.Open), Ticket: value(r.Params.Ticket), Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit),
	})
	if err != nil {
		return nil, err
	}
	page := EscalationPage{Escalations: make([]Escalation, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Escalations[i] = escalation(ctx, v)
	}
	return ListEscalations200JSONResponse(page), nil
}

func (s server) Escalate(ctx context.Context, r EscalateRequestObject) (EscalateResponseObject, error) {
	v, err := s.desk.Escalate(ctx, value(r.Params.IdempotencyKey), desk.EscalateInput{Ticket: value(r.Body.Ticket), Reason: r.Body.Reason, About: value(r.Body.About)})
	if err != nil {
		return nil, err
	}
	return Escalate201JSONResponse(escalation(ctx, v)), nil
}

func (s server) GetEscalation(ctx context.Context, r GetEscalationRequestObject) (GetEscalationResponseObject, error) {
	v, err := s.desk.Escalation(ctx, r.Escalation)
	if err != nil {
		return nil, err
	}
	return GetEscalation200JSONResponse{EscalationAnswerJSONResponse(escalation(ctx, v))}, nil
}

func (s server) AcknowledgeEscalation(ctx context.Context, r AcknowledgeEscalationRequestObject) (AcknowledgeEscalationResponseObject, error) {
	v, err := s.desk.AcknowledgeEscalation(ctx, value(r.Params.IdempotencyKey), r.Escalation)
	if err != nil {
		return nil, err
	}
	return AcknowledgeEscalation200JSONResponse{EscalationAnswerJSONResponse(escalation(ctx, v))}, nil
}

func (s server) HoldEscalation(ctx context.Context, r HoldEscalationRequestObject) (HoldEscalationResponseObject, error) {
	v, err := s.desk.HoldEscalation(ctx, value(r.Params.IdempotencyKey), r.Escalation, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return HoldEscalation200JSONResponse{EscalationAnswerJSONResponse(escalation(ctx, v))}, nil
}

func (s server) ResumeEscalation(ctx context.Context, r ResumeEscalationRequestObject) (ResumeEscalationResponseObject, error) {
	v, err := s.desk.ResumeEscalation(ctx, value(r.Params.IdempotencyKey), r.Escalation)
	if err != nil {
		return nil, err
	}
	return ResumeEscalation200JSONResponse{EscalationAnswerJSONResponse(escalation(ctx, v))}, nil
}

func (s server) ResolveEscalation(ctx context.Context, r ResolveEscalationRequestObject) (ResolveEscalationResponseObject, error) {
	v, err := s.desk.ResolveEscalation(ctx, value(r.Params.IdempotencyKey), r.Escalation, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return ResolveEscalation200JSONResponse{EscalationAnswerJSONResponse(escalation(ctx, v))}, nil
}

func (s server) WithdrawEscalation(ctx context.Context, r WithdrawEscalationRequestObject) (WithdrawEscalationResponseObject, error) {
	v, err := s.desk.WithdrawEscalation(ctx, value(r.Params.IdempotencyKey), r.Escalation, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return WithdrawEscalation200JSONResponse{EscalationAnswerJSONResponse(escalation(ctx, v))}, nil
}

func escalation(ctx context.Context, v desk.EscalationView) Escalation {
	e := v.Row
	out := Escalation{
		Id: e.ID, Number: e.Number, State: EscalationState(e.State), Organization: *named(&e.OrganizationID, v.Names.Organizations), Reason: e.Reason,
		ByBreach: unlessZero(e.OpenedBy == nil), Rungs: []string{}, Rung: e.Rung, Critical: e.Critical, TellAt: e.TellAt, DueAt: e.DueAt,
		Steps: []EscalationStep{}, PossibleActions: []EscalationAction{}, OpenedAt: e.OpenedAt, UpdatedAt: e.UpdatedAt, EndedAt: e.EndedAt,
	}
	if t := v.Ticket; t != nil {
		out.Ticket = &LinkedTicket{Id: t.ID, Number: t.Number, Title: t.Title, State: State(t.State)}
	}
	for _, r := range v.Ladder.Rungs {
		out.Rungs = append(out.Rungs, r.Title.In(readersLanguage(ctx)))
	}
	for _, a := range v.Possible {
		out.PossibleActions = append(out.PossibleActions, EscalationAction(a))
	}
	for _, s := range v.Steps {
		step := EscalationStep{Kind: EscalationStepKind(s.Kind), Rung: s.Rung, By: named(s.PersonID, v.Names.People), Reason: unlessZero(s.Reason), At: s.At}
		var told []Named
		for _, text := range s.Told {
			if id, err := uuid.Parse(text); err == nil {
				told = append(told, *named(&id, v.Names.People))
			}
		}
		if told != nil {
			step.Told = &told
		}
		out.Steps = append(out.Steps, step)
	}
	return out
}
