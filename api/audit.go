package api

import (
	"context"
	"encoding/json"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/words"
)

func (s server) ListAudit(ctx context.Context, r ListAuditRequestObject) (ListAuditResponseObject, error) {
	list, next, err := s.desk.Audit(ctx, desk.AuditQuery{
		ActorID: r.Params.ActorId, ObjectID: r.Params.ObjectId, Cursor: value(r.Params.Cursor), Limit: limit(r.Params.Limit),
	})
	if err != nil {
		return nil, err
	}
	reader, _ := desk.CallerFrom(ctx)
	locale := words.Match(reader.Person.Locale)
	page := AuditPage{Entries: make([]AuditEntry, len(list)), Next: unlessZero(next)}
	for i, e := range list {
		page.Entries[i] = auditEntry(e, locale)
	}
	return ListAudit200JSONResponse(page), nil
}

func auditEntry(e desk.AuditEntry, locale string) AuditEntry {
	view := AuditEntry{
		At: e.At, Action: e.Action, Text: words.Say(locale, e.Key(), e.Args(words.Say(locale, "audit_nobody", nil))), ObjectKind: e.ObjectKind,
		ObjectId: e.ObjectID, ObjectName: e.ObjectName, Data: map[string]any{}, BearerId: e.BearerID, Ip: unlessZero(e.IP), RequestId: unlessZero(e.RequestID),
	}
	_ = json.Unmarshal(e.Data, &view.Data) // a JSON object by the table's making
	if e.ActorID != nil {
		view.Actor = &Named{Id: *e.ActorID, Name: value(e.ActorName)}
	}
	return view
}
