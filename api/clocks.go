package api

import (
	"context"
	"encoding/json"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/promise"
	"github.com/casepath/casepath/store"
)

func (s server) GetClocks(ctx context.Context, r GetClocksRequestObject) (GetClocksResponseObject, error) {
	v, err := s.desk.Clocks(ctx, r.Ticket)
	if err != nil {
		return nil, err
	}
	return GetClocks200JSONResponse{ClocksAnswerJSONResponse(clocks(v))}, nil
}

func (s server) ExcludeBreach(ctx context.Context, r ExcludeBreachRequestObject) (ExcludeBreachResponseObject, error) {
	v, err := s.desk.Exclude(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.ExcludeInput{
		Clock: string(r.Body.Clock), Reason: r.Body.Reason, Evidence: r.Body.Evidence,
	})
	if err != nil {
		return nil, err
	}
	return ExcludeBreach200JSONResponse{ClocksAnswerJSONResponse(clocks(v))}, nil
}

func (s server) DecideExclusion(ctx context.Context, r DecideExclusionRequestObject) (DecideExclusionResponseObject, error) {
	v, err := s.desk.DecideExclusion(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Exclusion, r.Body.Agree, value(r.Body.Reason))
	if err != nil {
		return nil, err
	}
	return DecideExclusion200JSONResponse{ClocksAnswerJSONResponse(clocks(v))}, nil
}

func (s server) RevokeExclusion(ctx context.Context, r RevokeExclusionRequestObject) (RevokeExclusionResponseObject, error) {
	v, err := s.desk.RevokeExclusion(ctx, value(r.Params.IdempotencyKey), r.Ticket, r.Exclusion, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return RevokeExclusion200JSONResponse{ClocksAnswerJSONResponse(clocks(v))}, nil
}

func clocks(v desk.ClocksView) Clocks {
	view := Clocks{
		Clocks: make([]Clock, len(v.Accounts)), SeverityChanges: make([]SeverityChange, len(v.Severity)), Exclusions: make([]Exclusion, len(v.Exclusions)),
	}
	for i, a := range v.Accounts {
		view.Clocks[i] = clock(a)
		view.Clocks[i].Excluded = unlessZero(v.Excluded(a.Clock.Name) != nil)
	}
	for i, e := range v.Exclusions {
		view.Exclusions[i] = exclusion(e)
	}
	for i, e := range v.Severity {
		view.SeverityChanges[i] = severityChange(e)
	}
	return view
}

func clock(a promise.Account) Clock {
	k := a.Clock
	view := Clock{
		Name: ClockName(k.Name), Target: k.Amount.String(), Calendar: k.Calendar, TimeZone: a.Zone.String(), StartedAt: a.Start,
		State: ClockStateRunning, DueAt: k.DueAt, WarnAt: k.WarnAt, StoppedAt: k.StoppedAt, WarnedAt: k.WarnedAt, BreachedAt: k.BreachedAt,
		Late: unlessZero(k.Late), Merged: unlessZero(k.Merged), CountedSeconds: int64(a.Counted.Seconds()), PausedSeconds: int64(a.Paused.Seconds()), Pauses: a.Pauses,
		Ledger: make([]ClockInterval, len(a.Lines)),
	}
	view.Source.Kind, view.Source.Name = ClockSourceKind(k.Origin.Kind), unlessZero(k.Origin.Name)
	switch {
	case k.StoppedAt != nil:
		view.State = ClockStateStopped
	case a.Waits:
		view.State = ClockStatePaused
	}
	for i, l := range a.Lines {
		view.Ledger[i] = ClockInterval{From: l.From, To: l.To, Kind: ClockIntervalKind(l.Kind), Cause: l.Cause}
		if l.To != nil {
			seconds := int64(l.Open.Seconds())
			view.Ledger[i].Seconds = &seconds
		}
	}
	return view
}

func severityChange(e store.Event) SeverityChange {
	var data struct {
		From   string `json:"severity_before"`
		To     string `json:"severity"`
		Reason string `json:"severity_reason"`
	}
	_ = json.Unmarshal(e.Data, &data) // a JSON object by the table's making
	return SeverityChange{At: e.At, From: data.From, To: data.To, Reason: unlessZero(data.Reason)}
}

func exclusion(e store.Exclusion) Exclusion {
	view := Exclusion{
		Id: e.ID, Clock: e.Clock, Reason: e.Reason, Evidence: unlessZero(e.Evidence), State: Asked, AskedBy: Named{Id: e.AskedBy, Name: e.AskedName},
		AskedAt: e.AskedAt, DecidedAt: e.DecidedAt, Decision: unlessZero(e.Decision), RevokedAt: e.RevokedAt, Revocation: unlessZero(e.Revocation),
	}
	if e.DecidedBy != nil {
		view.DecidedBy = &Named{Id: *e.DecidedBy, Name: e.Decider}
	}
	if e.RevokedBy != nil {
		view.RevokedBy = &Named{Id: *e.RevokedBy, Name: e.Revoker}
	}
	switch {
	case e.RevokedAt != nil:
		view.State = Revoked
	case e.Stands():
		view.State = Agreed
	case e.Declined():
		view.State = Declined
	}
	return view
}
