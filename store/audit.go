package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// AuditEntry is one change of people, organizations or access: who, what, when
// and from where. What happens to tickets is in events and commands.
type AuditEntry struct {
	At         time.Time       `db:"at"`
	ActorID    *uuid.UUID      `db:"actor_id"` // nil: nobody signed in, or the command line
	Action     string          `db:"action"`
	ObjectKind string          `db:"object_kind"` // person, organization, team, token, session, …
	ObjectID   *uuid.UUID      `db:"object_id"`
	Data       json.RawMessage `db:"data"`      // an object; never a secret
	BearerID   *uuid.UUID      `db:"bearer_id"` // the session or token it came with
	IP         string          `db:"ip"`
	RequestID  string          `db:"request_id"`
}

// InsertAudit keeps an entry for ever: the application can't change one.
func (tx *Tx) InsertAudit(ctx context.Context, e AuditEntry) error {
	return tx.exec(ctx, "insert audit entry", `insert into audit
		(vendor_id, at, actor_id, action, object_kind, object_id, data, bearer_id, ip, request_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.Vendor, e.At, e.ActorID, e.Action, e.ObjectKind, e.ObjectID, []byte(e.Data), e.BearerID, e.IP, e.RequestID)
}
