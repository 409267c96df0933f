package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/words"
)

func (s server) ListQAReviewsOfTicket(ctx context.Context, r ListQAReviewsOfTicketRequestObject) (ListQAReviewsOfTicketResponseObject, error) {
	list, err := s.desk.QAReviewsOf(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return ListQAReviewsOfTicket200JSONResponse(qaReviews(list, "")), nil
}

func (s server) ListQAReviews(ctx context.Context, r ListQAReviewsRequestObject) (ListQAReviewsResponseObject, error) {
	q := desk.QAReviewQuery{AssigneeID: r.Params.Assignee, Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit)}
	for _, state := range value(r.Params.State) {
		q.States = append(q.States, qa.State(state))
	}
	list, next, err := s.desk.QAReviews(ctx, q)
	if err != nil {
		return nil, err
	}
	return ListQAReviews200JSONResponse(qaReviews(list, next)), nil
}

func (s server) GetQAReview(ctx context.Context, r GetQAReviewRequestObject) (GetQAReviewResponseObject, error) {
	v, err := s.desk.QAReview(ctx, r.Review)
	if err != nil {
		return nil, err
	}
	return GetQAReview200JSONResponse{ReviewAnswerJSONResponse(qaReview(v))}, nil
}

func (s server) BeginReview(ctx context.Context, r BeginReviewRequestObject) (BeginReviewResponseObject, error) {
	v, err := s.desk.BeginReview(ctx, value(r.Params.IdempotencyKey), r.Review)
	if err != nil {
		return nil, err
	}
	return BeginReview200JSONResponse{ReviewAnswerJSONResponse(qaReview(v))}, nil
}

func (s server) AskFromReview(ctx context.Context, r AskFromReviewRequestObject) (AskFromReviewResponseObject, error) {
	v, err := s.desk.AskFromReview(ctx, value(r.Params.IdempotencyKey), r.Review, r.Body.Text, value(r.Body.Files))
	if err != nil {
		return nil, err
	}
	return AskFromReview200JSONResponse{ReviewAnswerJSONResponse(qaReview(v))}, nil
}

func (s server) GiveVerdict(ctx context.Context, r GiveVerdictRequestObject) (GiveVerdictResponseObject, error) {
	b := r.Body
	v, err := s.desk.GiveVerdict(ctx, value(r.Params.IdempotencyKey), r.Review, desk.VerdictInput{
		Verdict: qa.Verdict(b.Verdict), Text: value(b.Text), ReleaseID: b.ReleaseId, Dev: value(b.DevTicket), Title: value(b.Title), Body: value(b.Body),
	})
	if err != nil {
		return nil, err
	}
	return GiveVerdict200JSONResponse{ReviewAnswerJSONResponse(qaReview(v))}, nil
}

func (s server) UndoVerdict(ctx context.Context, r UndoVerdictRequestObject) (UndoVerdictResponseObject, error) {
	v, err := s.desk.UndoVerdict(ctx, value(r.Params.IdempotencyKey), r.Review)
	if err != nil {
		return nil, err
	}
	return UndoVerdict200JSONResponse{ReviewAnswerJSONResponse(qaReview(v))}, nil
}

func (s server) ReassignReview(ctx context.Context, r ReassignReviewRequestObject) (ReassignReviewResponseObject, error) {
	v, err := s.desk.ReassignReview(ctx, value(r.Params.IdempotencyKey), r.Review, r.Body.AssigneeId, value(r.Body.Text))
	if err != nil {
		return nil, err
	}
	return ReassignReview200JSONResponse{ReviewAnswerJSONResponse(qaReview(v))}, nil
}

func (s server) ListDevCandidates(ctx context.Context, r ListDevCandidatesRequestObject) (ListDevCandidatesResponseObject, error) {
	list, _, err := s.desk.LikelyDevs(ctx, r.Review, value(r.Params.Q), readersLanguage(ctx))
	if err != nil {
		return nil, err
	}
	out := DevCandidates{Candidates: make([]DevCandidate, len(list))}
	for i, c := range list {
		out.Candidates[i] = DevCandidate{
			DevTicket: devTicket(c.DevTicket), MarkedTitle: c.MarkedTitle, MarkedBody: c.MarkedBody, SamePackage: c.SamePackage, Later: c.Later, Attached: c.Attached,
		}
	}
	return ListDevCandidates200JSONResponse(out), nil
}

// readersLanguage is the caller's language.
func readersLanguage(ctx context.Context) string {
	c, _ := desk.CallerFrom(ctx)
	return words.Match(c.Person.Locale)
}

func qaReviews(list []desk.QAReviewView, next string) QAReviewPage {
	page := QAReviewPage{QaReviews: make([]QAReview, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.QaReviews[i] = qaReview(v)
	}
	return page
}

func qaReview(v desk.QAReviewView) QAReview {
	r := v.Row
	out := QAReview{
		Id: r.ID, Number: r.Number, Ticket: LinkedTicket{Id: v.Ticket.ID, Number: v.Ticket.Number, Title: v.Ticket.Title, State: State(v.Ticket.State)},
		Version: r.Version, State: QAState(r.State), Verdict: unlessZero(QAVerdict(r.Verdict)), Findings: unlessZero(r.Findings), Team: unlessZero(r.Team),
		Assignee: named(r.AssigneeID, v.Names.People), DecidedBy: named(r.DecidedBy, v.Names.People), PossibleActions: make([]QAAction, len(v.Possible)),
		UndoUntil: r.UndoUntil, ProposedAnswer: unlessZero(proposal(v)), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt, EndedAt: r.EndedAt,
	}
	for i, a := range v.Possible {
		out.PossibleActions[i] = QAAction(a)
	}
	if v.Release != nil {
		out.Release = &Named{Id: v.Release.ID, Name: v.Release.Package + " " + v.Release.Number}
	}
	if v.Dev != nil {
		out.DevTicket = &LinkedDev{Id: v.Dev.ID, Number: v.Dev.Number, State: DevState(v.Dev.State), Target: unlessZero(v.Dev.Target)}
	}
	return out
}

// proposal is what the customer can be told of a verdict, in their language.
func proposal(v desk.QAReviewView) string {
	key, args := v.Proposal()
	if key == "" {
		return ""
	}
	return words.Say(words.Match(v.Locale), key, args)
}

func ticketDev(v desk.TicketDevView) TicketDev {
	return TicketDev{
		Id: v.DevID, Number: v.Number, State: DevState(v.State), Target: unlessZero(v.Target), Refusal: unlessZero(v.Refusal), Title: unlessZero(v.Title),
		LinkedAt: v.LinkedAt, ShippedAt: v.ShippedAt, Works: v.Works, MayVerify: v.MayCheck,
	}
}

func devTicket(d store.DevTicket) DevTicket {
	return DevTicket{
		Id: d.ID, Number: d.Number, Version: d.Version, State: DevState(d.State), Title: d.Title, Product: unlessZero(d.Product), Package: unlessZero(d.Package),
		Target: unlessZero(d.Target), External: unlessZero(d.External), Tickets: d.Tickets, Customers: d.Customers,
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, ShippedAt: d.ShippedAt,
	}
}
