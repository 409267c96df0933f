package api

import (
	"context"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) PreviewStatement(ctx context.Context, r PreviewStatementRequestObject) (PreviewStatementResponseObject, error) {
	p, err := s.desk.PreviewStatement(ctx, r.Organization)
	if err != nil {
		return nil, err
	}
	return PreviewStatement200JSONResponse{Sends: p.Sends, NextAt: p.Next, Content: statementContent(p.StatementContent)}, nil
}

func (s server) ListStatementReceivers(ctx context.Context, r ListStatementReceiversRequestObject) (ListStatementReceiversResponseObject, error) {
	v, err := s.desk.StatementReceivers(ctx, &r.Organization)
	if err != nil {
		return nil, err
	}
	answer := StatementReceivers{Sends: v.Sends, NextAt: v.Next, Receivers: make([]Named, len(v.Receivers))}
	for i, p := range v.Receivers {
		answer.Receivers[i] = Named{Id: p.ID, Name: p.Name}
	}
	if v.Report != nil {
		answer.ReportedBy, answer.ReportedAt = &v.Report.Person, &v.Report.At
	}
	return ListStatementReceivers200JSONResponse(answer), nil
}

func (s server) ReportNobodyReceives(ctx context.Context, r ReportNobodyReceivesRequestObject) (ReportNobodyReceivesResponseObject, error) {
	if err := s.desk.ReportNobodyReceives(ctx, r.Organization); err != nil {
		return nil, err
	}
	return ReportNobodyReceives204Response{}, nil
}

func (s server) ListStatements(ctx context.Context, r ListStatementsRequestObject) (ListStatementsResponseObject, error) {
	list, next, err := s.desk.Statements(ctx, r.Organization, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := StatementPage{Statements: make([]Statement, len(list)), Next: unlessZero(next)}
	for i, v := range list {
		page.Statements[i] = statement(v)
	}
	return ListStatements200JSONResponse(page), nil
}

func (s server) GetStatement(ctx context.Context, r GetStatementRequestObject) (GetStatementResponseObject, error) {
	v, err := s.desk.Statement(ctx, r.Organization, r.Week)
	if err != nil {
		return nil, err
	}
	return GetStatement200JSONResponse(statement(v)), nil
}

func (s server) SendStatement(ctx context.Context, r SendStatementRequestObject) (SendStatementResponseObject, error) {
	v, err := s.desk.SendStatement(ctx, value(r.Params.IdempotencyKey), r.Organization, r.Body.AgainTo)
	if err != nil {
		return nil, err
	}
	return SendStatement200JSONResponse(statement(v)), nil
}

func (s server) ListStatementStandings(ctx context.Context, r ListStatementStandingsRequestObject) (ListStatementStandingsResponseObject, error) {
	list, next, err := s.desk.StatementStandings(ctx, value(r.Params.WithoutReceiver), value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := StatementStandingPage{Organizations: make([]StatementStanding, len(list)), Next: unlessZero(next)}
	for i, o := range list {
		page.Organizations[i] = statementStanding(o)
	}
	return ListStatementStandings200JSONResponse(page), nil
}

func statementStanding(o store.StatementStanding) StatementStanding {
	return StatementStanding{
		Organization: Named{Id: o.OrganizationID, Name: o.Organization}, AccountManager: o.Manager, Receivers: o.Receivers,
		LastWeek: o.LastWeek, LastSentAt: o.LastAt, ReportedBy: o.ReportedBy, ReportedAt: o.ReportedAt,
	}
}

func statement(v desk.StatementView) Statement {
	s := Statement{Week: v.Week, SentAt: v.DecidedAt, SentBy: unlessZero(v.By), To: make([]Named, len(v.To)), Content: statementContent(v.Content)}
	for i, to := range v.To {
		s.To[i] = Named{Id: to.ID, Name: to.Name}
	}
	return s
}

func statementContent(c desk.StatementContent) StatementContent {
	s := StatementContent{
		Organization: c.Organization, Week: c.Week, At: c.At, Since: c.Since, TimeZone: c.TimeZone,
		Open: statementRequests(c.Open), OpenCount: c.OpenCount, YoursCount: c.Yours, OpenMinutes: c.OpenMinutes,
		Completed: statementRequests(c.Completed), CompletedCount: c.CompletedCount, CompletedMinutes: c.CompletedMinutes,
	}
	if t := c.Tickets; t != nil {
		s.Tickets = &StatementTickets{Included: t.Included, Left: t.Left, Reference: t.Reference, Until: dateOut(t.Until)}
	}
	return s
}

func statementRequests(list []desk.StatementRequest) []StatementRequest {
	requests := make([]StatementRequest, len(list))
	for i, r := range list {
		requests[i] = StatementRequest{
			Number: r.Number, Title: r.Title, Status: StatementRequestStatus(r.Status), Since: r.Since, WaitsFor: unlessZero(r.WaitsFor),
			Question: unlessZero(r.Question), Minutes: r.Minutes,
		}
		if len(r.Work) == 0 {
			continue
		}
		work := make([]StatementWork, len(r.Work))
		for j, one := range r.Work {
			work[j] = StatementWork{Number: one.Number, State: one.State}
		}
		requests[i].ServiceRequests = &work
	}
	return requests
}
