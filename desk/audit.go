package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// audit keeps who did what to which object, in the transaction that does it:
// there is no change without its entry. c is who did it: without a person,
// nobody signed in or the command line. An object of uuid.Nil is none; data is
// a JSON object or nil, and never holds a secret. From where it came is taken
// from the context.
func (d *Desk) audit(ctx context.Context, tx *store.Tx, c Caller, action string, kind string, object uuid.UUID, data any) error {
	raw := json.RawMessage(`{}`)
	if data != nil {
		var err error
		if raw, err = json.Marshal(data); err != nil {
			return fmt.Errorf("audit of %s: %w", action, err)
		}
	}
	from := OriginFrom(ctx)
	return tx.InsertAudit(ctx, store.AuditEntry{
		At: d.Now(), ActorID: known(c.Person.ID), Action: action, ObjectKind: kind, ObjectID: known(object), Data: raw,
		BearerID: known(c.Bearer), IP: from.IP, RequestID: from.RequestID,
	})
}

// known is an id, or nil when there is none.
func known(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// changes is what differs between an object's facts before and after:
// {"name": {"was": …, "is": …}}.
func changes(was, is map[string]any) map[string]any {
	changed := map[string]any{}
	for name, now := range is {
		if before := was[name]; !reflect.DeepEqual(before, now) {
			changed[name] = map[string]any{"was": before, "is": now}
		}
	}
	return changed
}

// AuditQuery narrows the audit; zero values do not.
type AuditQuery struct {
	ActorID  *uuid.UUID // who did it
	ObjectID *uuid.UUID // what it was done to: a person, an organization, a ticket, …
	Cursor   string
	Limit    int // 1 to PageMax
}

// AuditEntry is one change, to be said in the reader's language: Key names the
// sentence, Args what it names.
type AuditEntry struct{ store.AuditEntry }

// Key is the sentence's key in words.
func (e AuditEntry) Key() string { return "audit_" + e.Action }

// Args are who did it and what to; nobody is what stands for a missing name.
func (e AuditEntry) Args(nobody string) problem.Args {
	named := func(name *string) string {
		if name == nil {
			return nobody
		}
		return *name
	}
	return problem.Args{"actor": named(e.ActorName), "object": named(e.ObjectName)}
}

// Audit lists who changed what and from where, newest first, and the cursor of
// the next page. Writes to tickets are among it.
func (d *Desk) Audit(ctx context.Context, q AuditQuery) (list []AuditEntry, next string, err error) {
	c, err := d.caller(ctx, OpListAudit)
	if err != nil {
		return nil, "", err
	}
	f := store.AuditFilter{ActorID: q.ActorID, ObjectID: q.ObjectID, Limit: q.Limit + 1}
	if q.Cursor != "" {
		at, place, err := timeCursor(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		f.BeforeAt, f.Before = &at, place
	}
	var rows []store.AuditEntry
	err = d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		rows, err = tx.Audit(ctx, f)
		return err
	})
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1]
		next = cursor(last.At.UTC().Format(time.RFC3339Nano), last.Place)
	}
	for _, row := range rows {
		list = append(list, AuditEntry{row})
	}
	return list, next, err
}
