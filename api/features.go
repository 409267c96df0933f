package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/feature"
	"github.com/casepath/casepath/store"
)

func (s server) ListRoadmap(ctx context.Context, r ListRoadmapRequestObject) (ListRoadmapResponseObject, error) {
	list, next, err := s.desk.Roadmap(ctx, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := SuggestionPage{Suggestions: make([]Suggestion, len(list)), Next: unlessZero(next)}
	for i, one := range list {
		page.Suggestions[i] = suggestionView(one)
	}
	return ListRoadmap200JSONResponse(page), nil
}

func (s server) GetFeatureOfTicket(ctx context.Context, r GetFeatureOfTicketRequestObject) (GetFeatureOfTicketResponseObject, error) {
	one, err := s.desk.SuggestionOf(ctx, r.Ticket)
	if err != nil || one == nil {
		return GetFeatureOfTicket200JSONResponse{}, err
	}
	view := suggestionView(*one)
	return GetFeatureOfTicket200JSONResponse{Suggestion: &view}, nil
}

func (s server) ListFeatures(ctx context.Context, r ListFeaturesRequestObject) (ListFeaturesResponseObject, error) {
	q := desk.FeatureQuery{ProductID: r.Params.Product, ByAge: value(r.Params.Sort) == SortAge, Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit)}
	for _, state := range value(r.Params.State) {
		q.States = append(q.States, feature.State(state))
	}
	list, next, err := s.desk.Features(ctx, q)
	if err != nil {
		return nil, err
	}
	page := FeaturePage{Features: make([]Feature, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Features[i] = featureRow(v.Row)
	}
	return ListFeatures200JSONResponse(page), nil
}

func (s server) GetFeature(ctx context.Context, r GetFeatureRequestObject) (GetFeatureResponseObject, error) {
	v, err := s.desk.Feature(ctx, r.Feature, value(r.Params.After))
	if err != nil {
		return nil, err
	}
	return GetFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) ListFeatureCandidates(ctx context.Context, r ListFeatureCandidatesRequestObject) (ListFeatureCandidatesResponseObject, error) {
	list, err := s.desk.LikeFeatures(ctx, r.Feature, readersLanguage(ctx))
	if err != nil {
		return nil, err
	}
	page := FeatureCandidatePage{Candidates: make([]FeatureCandidate, len(list))}
	for i, one := range list {
		page.Candidates[i] = FeatureCandidate{
			Feature: featureRow(one.Feature), MarkedTitle: one.MarkedTitle, MarkedBody: one.MarkedBody, SamePackage: one.SamePackage,
		}
	}
	return ListFeatureCandidates200JSONResponse(page), nil
}

func (s server) EditFeature(ctx context.Context, r EditFeatureRequestObject) (EditFeatureResponseObject, error) {
	b := r.Body
	v, err := s.desk.EditFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, desk.FeatureEdit{
		Seen: b.Version, Title: b.Title, PublicTitle: value(b.PublicTitle), PublicBody: value(b.PublicBody), Published: value(b.Published),
	})
	if err != nil {
		return nil, err
	}
	return EditFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) DeclineFeature(ctx context.Context, r DeclineFeatureRequestObject) (DeclineFeatureResponseObject, error) {
	v, err := s.desk.DeclineFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, r.Body.Version, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return DeclineFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) RoadmapFeature(ctx context.Context, r RoadmapFeatureRequestObject) (RoadmapFeatureResponseObject, error) {
	v, err := s.desk.RoadmapFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, r.Body.Version,
		desk.Target{Version: value(r.Body.Target), ReleaseID: r.Body.ReleaseId})
	if err != nil {
		return nil, err
	}
	return RoadmapFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) OfferFeature(ctx context.Context, r OfferFeatureRequestObject) (OfferFeatureResponseObject, error) {
	v, err := s.desk.OfferFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, r.Body.Version, r.Body.Organizations, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return OfferFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) MergeFeature(ctx context.Context, r MergeFeatureRequestObject) (MergeFeatureResponseObject, error) {
	v, err := s.desk.MergeFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, r.Body.Version, r.Body.Into)
	if err != nil {
		return nil, err
	}
	return MergeFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) DevelopFeature(ctx context.Context, r DevelopFeatureRequestObject) (DevelopFeatureResponseObject, error) {
	v, err := s.desk.DevelopFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, r.Body.Version)
	if err != nil {
		return nil, err
	}
	return DevelopFeature200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func (s server) VoteFeature(ctx context.Context, r VoteFeatureRequestObject) (VoteFeatureResponseObject, error) {
	one, err := s.desk.VoteFeature(ctx, value(r.Params.IdempotencyKey), r.Feature, value(r.Body.Note))
	if err != nil {
		return nil, err
	}
	return VoteFeature200JSONResponse{SuggestionAnswerJSONResponse(suggestionView(one))}, nil
}

func (s server) UnvoteFeature(ctx context.Context, r UnvoteFeatureRequestObject) (UnvoteFeatureResponseObject, error) {
	one, err := s.desk.UnvoteFeature(ctx, value(r.Params.IdempotencyKey), r.Feature)
	if err != nil {
		return nil, err
	}
	return UnvoteFeature200JSONResponse{SuggestionAnswerJSONResponse(suggestionView(one))}, nil
}

func (s server) NoteFeatureVote(ctx context.Context, r NoteFeatureVoteRequestObject) (NoteFeatureVoteResponseObject, error) {
	v, err := s.desk.NoteFeatureVote(ctx, r.Feature, r.Vote, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return NoteFeatureVote200JSONResponse{FeatureAnswerJSONResponse(featureDetail(v))}, nil
}

func featureRow(f store.Feature) Feature {
	return Feature{
		Id: f.ID, Number: f.Number, Version: f.Version, State: FeatureState(f.State), Title: f.Title, Product: unlessZero(f.Product), Package: unlessZero(f.Package),
		Published: f.Published, Target: unlessZero(f.Target), MergedInto: unlessZero(f.MergedNumber), DevTicket: unlessZero(f.DevNumber),
		Organizations: f.Organizations, Tickets: f.Tickets, CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt, DecidedAt: f.DecidedAt,
	}
}

func featureDetail(v desk.FeatureView) FeatureDetail {
	out := FeatureDetail{
		Feature: featureRow(v.Row), Body: v.Row.Body, PublicTitle: v.Row.PublicTitle, PublicBody: v.Row.PublicBody, Reason: unlessZero(v.Row.Reason),
		PossibleActions: make([]FeatureAction, len(v.Possible)), Votes: make([]FeatureVote, len(v.Votes)), Events: make([]FeatureEvent, len(v.Events)),
	}
	for i, a := range v.Possible {
		out.PossibleActions[i] = FeatureAction(a)
	}
	for i, one := range v.Votes {
		out.Votes[i] = FeatureVote{
			Id: one.ID, OrganizationId: one.OrganizationID, Organization: one.Organization, Person: one.Person, Ticket: unlessZero(one.Number),
			TicketTitle: unlessZero(one.Title), Note: unlessZero(one.Note), Internal: unlessZero(one.Internal), Answer: unlessZero(string(one.Answer)),
			ToldAt: one.ToldAt, CastAt: one.CastAt,
		}
	}
	for i, e := range v.Events {
		out.Events[i] = FeatureEvent{Kind: e.Kind, Version: e.Version, Actor: e.ActorName, At: e.At}
	}
	if v.Next != uuid.Nil {
		out.Next = &v.Next
	}
	return out
}

func suggestionView(s desk.Suggestion) Suggestion {
	return Suggestion{
		Id: s.ID, Number: s.Number, Title: s.Title, Body: unlessZero(s.Body), Stage: SuggestionStage(s.Stage), Target: unlessZero(s.Target),
		Reason: unlessZero(s.Reason), Voted: s.Voted, MayVote: s.MayVote, MayTakeBack: s.MayTakeBack, CreatedAt: s.CreatedAt,
	}
}
