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
	return GetClocks200JSONResponse(clocks(v)), nil
}

func clocks(v desk.ClocksView) Clocks {
	view := Clocks{Clocks: make([]Clock, len(v.Accounts)), SeverityChanges: make([]SeverityChange, len(v.Severity))}
	for i, a := range v.Accounts {
		view.Clocks[i] = clock(a)
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
		Late: unlessZero(k.Late), CountedSeconds: int64(a.Counted.Seconds()), PausedSeconds: int64(a.Paused.Seconds()), Pauses: a.Pauses,
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
