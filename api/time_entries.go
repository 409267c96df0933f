package api

import (
	"context"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

func (s server) ListTimeEntries(ctx context.Context, r ListTimeEntriesRequestObject) (ListTimeEntriesResponseObject, error) {
	v, err := s.desk.TicketTime(ctx, r.Ticket, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListTimeEntries200JSONResponse{Entries: timeEntries(v.Entries), Sums: timeSums(v.Sums), Next: unlessZero(v.Next)}, nil
}

func (s server) AddTimeEntry(ctx context.Context, r AddTimeEntryRequestObject) (AddTimeEntryResponseObject, error) {
	b := r.Body
	e, err := s.desk.AddTime(ctx, value(r.Params.IdempotencyKey), r.Ticket, desk.TimeInput{
		PersonID: b.PersonId, Activity: b.Activity, Day: dayIn(b.Day), Minutes: &b.Minutes, Note: value(b.Note), Billable: b.Billable,
		Reason: string(value(b.Reason)), ServiceRequestID: b.ServiceRequestId, Scope: string(value(b.Scope)), AuthorityID: b.AuthorityId,
	})
	if err != nil {
		return nil, err
	}
	return AddTimeEntry201JSONResponse{TimeEntryAnswerJSONResponse(timeEntry(e))}, nil
}

func (s server) ReverseTimeEntry(ctx context.Context, r ReverseTimeEntryRequestObject) (ReverseTimeEntryResponseObject, error) {
	e, err := s.desk.ReverseTime(ctx, value(r.Params.IdempotencyKey), r.Entry, r.Body.Reason)
	if err != nil {
		return nil, err
	}
	return ReverseTimeEntry201JSONResponse{TimeEntryAnswerJSONResponse(timeEntry(e))}, nil
}

func (s server) StartTimer(ctx context.Context, r StartTimerRequestObject) (StartTimerResponseObject, error) {
	t, err := s.desk.StartTimer(ctx, r.Ticket, value(r.Body.Activity))
	if err != nil {
		return nil, err
	}
	return StartTimer200JSONResponse{TimerAnswerJSONResponse{Timer: timer(&t)}}, nil
}

func (s server) GetTimer(ctx context.Context, _ GetTimerRequestObject) (GetTimerResponseObject, error) {
	t, err := s.desk.Timer(ctx)
	if err != nil {
		return nil, err
	}
	return GetTimer200JSONResponse{TimerAnswerJSONResponse{Timer: timer(t)}}, nil
}

func (s server) StopTimer(ctx context.Context, r StopTimerRequestObject) (StopTimerResponseObject, error) {
	b := r.Body
	e, err := s.desk.StopTimer(ctx, value(r.Params.IdempotencyKey), desk.TimerStop{Discard: value(b.Discard), TimeInput: desk.TimeInput{
		Activity: value(b.Activity), Day: dayIn(b.Day), Minutes: b.Minutes, Note: value(b.Note), Billable: b.Billable,
		Reason: string(value(b.Reason)), ServiceRequestID: b.ServiceRequestId, Scope: string(value(b.Scope)), AuthorityID: b.AuthorityId,
	}})
	if err != nil || e == nil {
		return StopTimer200JSONResponse{}, err
	}
	made := timeEntry(*e)
	return StopTimer200JSONResponse{Entry: &made}, nil
}

func (s server) ListOwnTime(ctx context.Context, r ListOwnTimeRequestObject) (ListOwnTimeResponseObject, error) {
	v, err := s.desk.OwnTime(ctx, dayIn(r.Params.Week), value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	return ListOwnTime200JSONResponse{
		From: openapi_types.Date{Time: v.From}, Until: openapi_types.Date{Time: v.Until}, Entries: timeEntries(v.Entries), Days: timeSums(v.Days), Next: unlessZero(v.Next),
	}, nil
}

// dayIn is a date as the desk reads it; "" for none.
func dayIn(on *openapi_types.Date) string {
	if on == nil {
		return ""
	}
	return on.Format(time.DateOnly)
}

func timeEntries(list []store.TimeEntry) []TimeEntry {
	views := make([]TimeEntry, len(list))
	for i, e := range list {
		views[i] = timeEntry(e)
	}
	return views
}

func timeEntry(e store.TimeEntry) TimeEntry {
	return TimeEntry{
		Id: e.ID, Ticket: e.Number, ServiceRequest: unlessZero(e.ServiceRequest), Person: Named{Id: e.PersonID, Name: e.PersonName},
		EnteredBy: Named{Id: e.EnteredBy, Name: e.EnteredByName}, Activity: e.Activity, Day: openapi_types.Date{Time: e.Day}, Minutes: e.Minutes,
		Note: unlessZero(e.Note), Billable: e.Billable, Reason: unlessZero(NotBilled(e.Reason)), AuthorityId: e.AuthorityID,
		Reverses: e.Reverses, ReversedBy: e.ReversedBy, At: e.At,
	}
}

func timeSums(list []store.TimeSum) []TimeSum {
	views := make([]TimeSum, len(list))
	for i, sum := range list {
		views[i] = TimeSum{Activity: unlessZero(sum.Activity), Billable: sum.Billable, Reason: unlessZero(NotBilled(sum.Reason)), Minutes: sum.Minutes}
		if !sum.Day.IsZero() {
			views[i].Day = &openapi_types.Date{Time: sum.Day}
		}
	}
	return views
}

func timer(t *store.Timer) *Timer {
	if t == nil {
		return nil
	}
	return &Timer{Ticket: t.Number, Activity: unlessZero(t.Activity), StartedAt: t.StartedAt}
}
