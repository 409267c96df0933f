package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/store"
)

func (s server) ListServiceRequestsOfTicket(ctx context.Context, r ListServiceRequestsOfTicketRequestObject) (ListServiceRequestsOfTicketResponseObject, error) {
	list, err := s.desk.ServiceRequestsOf(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return ListServiceRequestsOfTicket200JSONResponse(serviceRequests(list, "")), nil
}

func (s server) ListServiceRequests(ctx context.Context, r ListServiceRequestsRequestObject) (ListServiceRequestsResponseObject, error) {
	q := desk.ServiceRequestQuery{AssigneeID: r.Params.Assignee, Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit)}
	for _, state := range value(r.Params.State) {
		q.States = append(q.States, service.State(state))
	}
	list, next, err := s.desk.ServiceRequests(ctx, q)
	if err != nil {
		return nil, err
	}
	return ListServiceRequests200JSONResponse(serviceRequests(list, next)), nil
}

func (s server) GetServiceRequest(ctx context.Context, r GetServiceRequestRequestObject) (GetServiceRequestResponseObject, error) {
	v, err := s.desk.ServiceRequest(ctx, r.Service)
	if err != nil {
		return nil, err
	}
	return GetServiceRequest200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) AnswerRate(ctx context.Context, r AnswerRateRequestObject) (AnswerRateResponseObject, error) {
	v, err := s.desk.AnswerRate(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Agrees, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return AnswerRate200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) AskEstimate(ctx context.Context, r AskEstimateRequestObject) (AskEstimateResponseObject, error) {
	v, err := s.desk.AskEstimate(ctx, value(r.Params.IdempotencyKey), r.Service, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return AskEstimate200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) OfferEstimate(ctx context.Context, r OfferEstimateRequestObject) (OfferEstimateResponseObject, error) {
	v, err := s.desk.OfferEstimate(ctx, value(r.Params.IdempotencyKey), r.Service, desk.EstimateInput{
		Minutes: r.Body.Minutes, Amount: r.Body.Amount, Currency: r.Body.Currency,
	}, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return OfferEstimate201JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) DecideEstimate(ctx context.Context, r DecideEstimateRequestObject) (DecideEstimateResponseObject, error) {
	v, err := s.desk.DecideEstimate(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Revision, r.Body.Accepts, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return DecideEstimate200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) OfferQuote(ctx context.Context, r OfferQuoteRequestObject) (OfferQuoteResponseObject, error) {
	in := desk.QuoteInput{Package: value(r.Body.TrainingPackage), Currency: r.Body.Currency}
	for _, l := range r.Body.Lines {
		in.Lines = append(in.Lines, desk.QuoteLineInput{Text: l.Text, Quantity: l.Quantity, Unit: l.Unit})
	}
	v, err := s.desk.OfferQuote(ctx, value(r.Params.IdempotencyKey), r.Service, in, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return OfferQuote201JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) DownloadQuote(ctx context.Context, r DownloadQuoteRequestObject) (DownloadQuoteResponseObject, error) {
	name, pdf, err := s.desk.QuoteDocument(ctx, r.Service, r.Version)
	if err != nil {
		return nil, err
	}
	return printed{download{name: name, size: int64(len(pdf)), content: io.NopCloser(bytes.NewReader(pdf))}}, nil
}

// VisitDownloadQuoteResponse writes the file.
func (p printed) VisitDownloadQuoteResponse(w http.ResponseWriter) error {
	return p.VisitDownloadFileResponse(w)
}

func (s server) DecideQuote(ctx context.Context, r DecideQuoteRequestObject) (DecideQuoteResponseObject, error) {
	v, err := s.desk.DecideQuote(ctx, value(r.Params.IdempotencyKey), r.Service, desk.QuoteAnswer{
		Version: r.Body.Version, Approves: r.Body.Approves, Name: value(r.Body.Name), Text: value(r.Body.Text),
	})
	if err != nil {
		return nil, err
	}
	return DecideQuote200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) BeginWork(ctx context.Context, r BeginWorkRequestObject) (BeginWorkResponseObject, error) {
	v, err := s.desk.BeginWork(ctx, value(r.Params.IdempotencyKey), r.Service)
	if err != nil {
		return nil, err
	}
	return BeginWork200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) AgreeDates(ctx context.Context, r AgreeDatesRequestObject) (AgreeDatesResponseObject, error) {
	in := desk.DatesInput{Replaces: r.Body.Replaces}
	for _, one := range r.Body.Sessions {
		in.Sessions = append(in.Sessions, desk.SessionInput{Start: one.Start, End: one.End, Place: one.Place})
	}
	v, err := s.desk.AgreeDates(ctx, value(r.Params.IdempotencyKey), r.Service, in, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return AgreeDates200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) DeliverTraining(ctx context.Context, r DeliverTrainingRequestObject) (DeliverTrainingResponseObject, error) {
	v, err := s.desk.DeliverTraining(ctx, value(r.Params.IdempotencyKey), r.Service)
	if err != nil {
		return nil, err
	}
	return DeliverTraining200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) AskValidation(ctx context.Context, r AskValidationRequestObject) (AskValidationResponseObject, error) {
	v, err := s.desk.AskValidation(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AskValidation200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) ValidateWork(ctx context.Context, r ValidateWorkRequestObject) (ValidateWorkResponseObject, error) {
	b := r.Body
	v, err := s.desk.ValidateWork(ctx, value(r.Params.IdempotencyKey), r.Service, b.Round, b.Accepts, value(b.Text), value(b.Files))
	if err != nil {
		return nil, err
	}
	return ValidateWork200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) CloseServiceRequest(ctx context.Context, r CloseServiceRequestRequestObject) (CloseServiceRequestResponseObject, error) {
	v, err := s.desk.CloseServiceRequest(ctx, value(r.Params.IdempotencyKey), r.Service)
	if err != nil {
		return nil, err
	}
	return CloseServiceRequest200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) ReassignServiceRequest(ctx context.Context, r ReassignServiceRequestRequestObject) (ReassignServiceRequestResponseObject, error) {
	v, err := s.desk.ReassignServiceRequest(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.AssigneeId, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return ReassignServiceRequest200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) CancelServiceRequest(ctx context.Context, r CancelServiceRequestRequestObject) (CancelServiceRequestResponseObject, error) {
	v, err := s.desk.CancelServiceRequest(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return CancelServiceRequest200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func (s server) WithdrawServiceRequest(ctx context.Context, r WithdrawServiceRequestRequestObject) (WithdrawServiceRequestResponseObject, error) {
	v, err := s.desk.WithdrawServiceRequest(ctx, value(r.Params.IdempotencyKey), r.Service, r.Body.Text)
	if err != nil {
		return nil, err
	}
	return WithdrawServiceRequest200JSONResponse{ServiceAnswerJSONResponse(serviceDetail(v))}, nil
}

func serviceRequests(list []desk.ServiceRequestView, next string) ServiceRequestPage {
	page := ServiceRequestPage{ServiceRequests: make([]ServiceRequest, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.ServiceRequests[i] = serviceRequest(v)
	}
	return page
}

func serviceRequest(v desk.ServiceRequestView) ServiceRequest {
	r := v.Row
	out := ServiceRequest{
		Id: r.ID, Number: r.Number, Ticket: LinkedTicket{Id: v.Ticket.ID, Number: v.Ticket.Number, Title: v.Ticket.Title, State: State(v.Ticket.State)},
		Path: ServiceRequestPath(r.Path), Version: r.Version, State: ServiceState(r.State), WaitingFor: unlessZero(string(r.State.WaitsFor())),
		WaitingSince: r.WaitingSince, EndsAt: r.WaitEnds(), Round: r.Round, AsksEstimate: r.AsksEstimate, Ending: unlessZero(ServiceRequestEnding(r.Ending)),
		Assignee: named(r.AssigneeID, v.Names.People), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, EndedAt: r.EndedAt,
	}
	if v.Internal {
		out.Team = unlessZero(r.Team)
	}
	if r.Rate.PerHour != "" {
		out.Rate = &Rate{PerHour: r.Rate.PerHour, Currency: r.Rate.Currency, MinimumMinutes: r.Rate.MinimumMinutes}
	}
	return out
}

func serviceDetail(v desk.ServiceRequestView) ServiceRequestDetail {
	one := serviceRequest(v)
	out := ServiceRequestDetail{
		Id: one.Id, Number: one.Number, Ticket: one.Ticket, Path: ServiceRequestDetailPath(one.Path), Version: one.Version, State: one.State,
		WaitingFor: one.WaitingFor, WaitingSince: one.WaitingSince, EndsAt: one.EndsAt, Round: one.Round, AsksEstimate: one.AsksEstimate,
		Team: one.Team, Assignee: one.Assignee, Rate: one.Rate, CreatedAt: one.CreatedAt, UpdatedAt: one.UpdatedAt, EndedAt: one.EndedAt,
		Ending:    (*ServiceRequestDetailEnding)(one.Ending),
		Estimates: make([]Estimate, len(v.Estimates)), Decisions: make([]Decision, len(v.Decisions)), PossibleActions: make([]ServiceAction, len(v.Possible)),
		BillsAnalysis: v.Bills,
	}
	out.Minutes.Billable = v.Minutes.Billable
	if v.Internal {
		out.Minutes.Entered = &v.Minutes.Entered
	}
	for i, e := range v.Estimates {
		out.Estimates[i] = Estimate{Revision: e.Revision, Minutes: e.Minutes, Amount: e.Amount, Currency: e.Currency, Note: unlessZero(e.Note), OfferedAt: e.OfferedAt}
	}
	out.Quotes = make([]Quote, len(v.Quotes))
	for i, q := range v.Quotes {
		out.Quotes[i] = quote(q)
	}
	out.DatesRevision, out.Sessions = v.Row.Dates, make([]TrainingSession, len(v.Sessions))
	for i, s := range v.Sessions {
		out.Sessions[i] = TrainingSession{Start: s.StartsAt, End: s.EndsAt, Place: s.Place}
	}
	for i, d := range v.Decisions {
		out.Decisions[i] = decision(d, v.Internal)
	}
	enhancement(v, &out)
	for i, a := range v.Possible {
		out.PossibleActions[i] = ServiceAction(a)
	}
	return out
}

func quote(q store.Quote) Quote {
	out := Quote{
		Number: q.Number, Version: q.Version, TrainingPackage: unlessZero(q.Package), Currency: q.Currency, Net: q.Net.String(), Total: q.Total.String(), Note: unlessZero(q.Note),
		OfferedAt: q.OfferedAt, ExpiresAt: q.ExpiresAt, Lines: []QuoteLine{}, Taxes: []QuoteTax{},
	}
	for _, l := range q.Lines {
		out.Lines = append(out.Lines, QuoteLine{Text: l.Text, Quantity: l.Quantity.String(), Unit: l.Unit.String(), Net: l.Net.String()})
	}
	for _, t := range q.Taxes {
		out.Taxes = append(out.Taxes, QuoteTax{Code: t.Code, Percent: t.Percent.String(), Amount: t.Amount.String()})
	}
	return out
}

func decision(d store.Decision, internal bool) Decision {
	out := Decision{
		Question: DecisionQuestion(d.Question), Answer: DecisionAnswer(d.Answer), Version: d.Version, Text: unlessZero(d.Body), At: d.At,
		Channel: DecisionChannel(d.Channel), Name: unlessZero(d.Name),
	}
	if d.BehalfOf != nil && d.ForWhom != nil {
		out.OnBehalfOf = &Named{Id: *d.BehalfOf, Name: *d.ForWhom}
	}
	if d.PersonID != nil && d.Who != nil {
		out.Person = &Named{Id: *d.PersonID, Name: *d.Who}
	}
	if internal {
		out.Ip = unlessZero(d.IP)
	}
	return out
}
