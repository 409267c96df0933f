package desk

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

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
