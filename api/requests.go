package api

import (
	"context"
	"slices"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/ticket"
	"github.com/casepath/casepath/words"
)

func (s server) ListForms(ctx context.Context, _ ListFormsRequestObject) (ListFormsResponseObject, error) {
	pack, types, err := s.desk.Forms(ctx)
	if err != nil {
		return nil, err
	}
	locale := readerOf(ctx)
	view := Forms{Forms: []Form{}}
	if pack == nil {
		for _, t := range types {
			view.Forms = append(view.Forms, Form{Kind: t.Code, Label: policy.Text(t.Label).In(locale), Fields: []FormField{}, OneOf: [][]string{}, Rules: []FormRule{}})
		}
		return ListForms200JSONResponse(view), nil
	}
	view.TitleMin, view.EmptyWords = unlessZero(pack.Subject.Min), &pack.Subject.Empty
	for _, f := range pack.Forms {
		view.Forms = append(view.Forms, form(pack, f, locale))
	}
	return ListForms200JSONResponse(view), nil
}

func form(pack *policy.Pack, f policy.Form, locale string) Form {
	view := Form{
		Kind: f.Kind, Label: f.Label.In(locale), Help: unlessZero(f.Help.In(locale)), Charged: unlessZero(f.Charged.In(locale)),
		Fields: []FormField{}, OneOf: [][]string{}, Rules: []FormRule{},
	}
	view.OneOf = append(view.OneOf, f.OneOf...)
	for _, name := range f.Fields {
		field := pack.Fields[name]
		one := FormField{
			Name: name, Label: field.Label.In(locale), Help: unlessZero(field.Help.In(locale)), Type: FormFieldType(field.Type),
			Required: slices.Contains(f.Require, name),
		}
		if len(field.Choices) > 0 {
			list := make([]Choice, len(field.Choices))
			for i, c := range field.Choices {
				list[i] = Choice{Code: c.Code, Label: policy.Text(c.Label).In(locale)}
			}
			one.Choices = &list
		}
		if len(field.Files) > 0 {
			one.Endings = &field.Files
		}
		view.Fields = append(view.Fields, one)
	}
	for _, r := range f.Rules {
		one := FormRule{Field: unlessZero(r.When.Field), Why: r.Why.In(locale)}
		for _, list := range []struct {
			from []string
			to   **[]string
		}{{r.When.Is, &one.Is}, {r.Require, &one.Require}, {r.OneOf, &one.OneOf}} {
			if len(list.from) > 0 {
				*list.to = &list.from
			}
		}
		view.Rules = append(view.Rules, one)
	}
	return view
}

func pending(v desk.RequestView, locale string) PendingRequest {
	r := v.RequestRow
	view := PendingRequest{
		Id: r.ID, State: PendingRequestState(r.State), Type: r.Type, Severity: r.Severity, Title: r.Title, Body: r.Body, Fields: fieldsOf(r.Fields),
		Missing: make([]Lack, len(v.Lacks)), Organization: Named{Id: r.OrganizationID, Name: r.Organization},
		Requester: Named{Id: r.RequesterID, Name: r.Requester}, SubmittedAt: r.SubmittedAt, NextAt: r.NextAt,
		Outcome: unlessZero(r.Outcome), Answer: unlessZero(r.Answer), Version: r.Version,
	}
	if r.NextAction != "" {
		next := PendingRequestNextAction(r.NextAction)
		view.NextAction = &next
	}
	for i, l := range v.Lacks {
		view.Missing[i] = Lack{Fields: l.Fields, Text: l.Say(locale)}
	}
	return view
}

func submitted(v desk.Submitted, locale string) Submitted {
	if v.Pending != nil {
		request := pending(*v.Pending, locale)
		return Submitted{Request: &request}
	}
	detail := ticketDetail(v.TicketView)
	return Submitted{Ticket: &detail}
}

func (s server) ListRequests(ctx context.Context, r ListRequestsRequestObject) (ListRequestsResponseObject, error) {
	list, next, err := s.desk.Requests(ctx, ticket.RequestState(value(r.Params.State)), value(r.Params.Cursor))
	if err != nil {
		return nil, err
	}
	page := RequestPage{Requests: make([]PendingRequest, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Requests[i] = pending(v, readerOf(ctx))
	}
	return ListRequests200JSONResponse(page), nil
}

func (s server) GetRequest(ctx context.Context, r GetRequestRequestObject) (GetRequestResponseObject, error) {
	v, err := s.desk.Request(ctx, r.RequestId)
	if err != nil {
		return nil, err
	}
	return GetRequest200JSONResponse(pending(v, readerOf(ctx))), nil
}

func (s server) CompleteRequest(ctx context.Context, r CompleteRequestRequestObject) (CompleteRequestResponseObject, error) {
	in := desk.Completion{Title: r.Body.Title, Body: r.Body.Body, Files: value(r.Body.Files)}
	if r.Body.Fields != nil {
		in.Fields = *r.Body.Fields
	}
	v, err := s.desk.Complete(ctx, value(r.Params.IdempotencyKey), r.RequestId, in)
	if err != nil {
		return nil, err
	}
	return CompleteRequest200JSONResponse{SubmittedAnswerJSONResponse(submitted(v, readerOf(ctx)))}, nil
}

func (s server) WithdrawRequest(ctx context.Context, r WithdrawRequestRequestObject) (WithdrawRequestResponseObject, error) {
	v, err := s.desk.WithdrawRequest(ctx, value(r.Params.IdempotencyKey), r.RequestId)
	if err != nil {
		return nil, err
	}
	return WithdrawRequest200JSONResponse{SubmittedAnswerJSONResponse(submitted(v, readerOf(ctx)))}, nil
}

func (s server) AnswerRequest(ctx context.Context, r AnswerRequestRequestObject) (AnswerRequestResponseObject, error) {
	v, err := s.desk.AnswerRequest(ctx, value(r.Params.IdempotencyKey), r.RequestId, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return AnswerRequest200JSONResponse{SubmittedAnswerJSONResponse(submitted(v, readerOf(ctx)))}, nil
}

func (s server) ForwardRequest(ctx context.Context, r ForwardRequestRequestObject) (ForwardRequestResponseObject, error) {
	v, err := s.desk.ForwardRequest(ctx, value(r.Params.IdempotencyKey), r.RequestId)
	if err != nil {
		return nil, err
	}
	return ForwardRequest200JSONResponse{SubmittedAnswerJSONResponse(submitted(v, readerOf(ctx)))}, nil
}

func (s server) ListRefusals(ctx context.Context, _ ListRefusalsRequestObject) (ListRefusalsResponseObject, error) {
	list, err := s.desk.Refusals(ctx)
	if err != nil {
		return nil, err
	}
	view := Refusals{Refusals: make([]Refusal, len(list))}
	for i, f := range list {
		view.Refusals[i] = Refusal{
			At: f.At, Person: Named{Id: f.PersonID, Name: f.Person}, Organization: Named{Id: f.OrganizationID, Name: f.Organization},
			Channel: f.Channel, Type: f.Kind, Title: f.Title, Reason: f.Reason,
		}
	}
	return ListRefusals200JSONResponse(view), nil
}

// readerOf is the language of whoever asks.
func readerOf(ctx context.Context) string {
	c, _ := desk.CallerFrom(ctx)
	return words.Match(c.Person.Locale)
}
