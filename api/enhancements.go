package api

import (
	"context"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/desk"
)

func (s server) AnswerInterest(ctx context.Context, r AnswerInterestRequestObject) (AnswerInterestResponseObject, error) {
	v, err := s.desk.AnswerInterest(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Interested, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return AnswerInterest200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) ChooseSupport(ctx context.Context, r ChooseSupportRequestObject) (v ChooseSupportResponseObject, err error) {
	key, b := value(r.Params.IdempotencyKey), r.Body
	var made desk.ServiceRequestView
	if b.Choice == ChosenPartner {
		made, err = s.desk.TakePartner(ctx, key, r.Service, b.PartnerId, value(b.Text))
	} else {
		made, err = s.desk.AskSupportQuote(ctx, key, r.Service, value(b.Text))
	}
	if err != nil {
		return nil, err
	}
	return ChooseSupport200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(made))}, nil
}

func (s server) WithdrawOffer(ctx context.Context, r WithdrawOfferRequestObject) (WithdrawOfferResponseObject, error) {
	v, err := s.desk.WithdrawOffer(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return WithdrawOffer200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) RecordEstimate(ctx context.Context, r RecordEstimateRequestObject) (RecordEstimateResponseObject, error) {
	lines := make([]desk.EffortInput, len(r.Body.Lines))
	for i, l := range r.Body.Lines {
		lines[i] = desk.EffortInput{Phase: string(l.Phase), Role: l.Role, Minutes: l.Minutes}
	}
	v, err := s.desk.RecordEstimate(ctx, value(r.Params.IdempotencyKey), r.Service, lines, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return RecordEstimate201JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) ScheduleWork(ctx context.Context, r ScheduleWorkRequestObject) (ScheduleWorkResponseObject, error) {
	b := r.Body
	v, err := s.desk.ScheduleWork(ctx, value(r.Params.IdempotencyKey), r.Service, desk.FrameInput{
		First: b.FirstDay, Last: b.LastDay, PO: value(b.PoNumber), Total: value(b.Total),
	}, value(b.Text))
	if err != nil {
		return nil, err
	}
	return ScheduleWork200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) SettleWork(ctx context.Context, r SettleWorkRequestObject) (SettleWorkResponseObject, error) {
	v, err := s.desk.SettleWork(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Keep, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return SettleWork200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

// enhancement adds what is an enhancement's alone.
func enhancement(v desk.ServiceRequestView, out *ServiceRequestDetail) {
	if f := v.Frame; f != nil {
		out.TimeFrame = &TimeFrame{FirstDay: openapi_types.Date{Time: f.FirstDay}, LastDay: openapi_types.Date{Time: f.LastDay}, Invoice: f.Number}
	}
	var efforts []Effort
	for _, e := range v.Efforts {
		one := Effort{Revision: e.Revision, Minutes: e.Minutes, Note: unlessZero(e.Note), RecordedBy: &Named{Id: e.RecordedBy, Name: e.Who}, RecordedAt: e.RecordedAt, Lines: []EffortLine{}}
		for _, l := range e.Lines {
			one.Lines = append(one.Lines, EffortLine{Phase: EffortLinePhase(l.Phase), Role: l.Role, Minutes: l.Minutes})
		}
		efforts = append(efforts, one)
	}
	if efforts != nil {
		out.Efforts = &efforts
	}
	var partners []Named
	for _, p := range v.Partners {
		partners = append(partners, Named{Id: p.ID, Name: p.Name})
	}
	if partners != nil {
		out.Partners = &partners
	}
}
