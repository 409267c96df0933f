package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"
)

// AuditEntry is one change: who, what, when and from where. Those of people,
// organizations and access are kept as such; those of tickets are the commands
// that made them, and what happened is in the ticket's events.
type AuditEntry struct {
	At         time.Time       `db:"at"`
	Place      uuid.UUID       `db:"place"`    // among entries of one instant; read, never written here
	ActorID    *uuid.UUID      `db:"actor_id"` // nil: nobody signed in, or the command line
	ActorName  *string         `db:"-"`
	Action     string          `db:"action"`
	ObjectKind string          `db:"object_kind"` // person, organization, team, token, session, ticket, …
	ObjectID   *uuid.UUID      `db:"object_id"`
	ObjectName *string         `db:"-"`         // as it is called now; of tickets the number
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

// AuditFilter narrows the audit; zero values do not.
type AuditFilter struct {
	ActorID  *uuid.UUID
	ObjectID *uuid.UUID
	BeforeAt *time.Time // keyset: before this instant and place
	Before   uuid.UUID
	Limit    int
}

// AuditedBeside are acts on tickets that have an entry of their own beside the
// command: the command is no line of the audit.
var AuditedBeside = []string{"excludeBreach", "decideExclusion", "revokeExclusion", "resendReceipt"}

// Two kinds of rows make the audit. A command that has an entry of its own
// beside it is none: only what it did to tickets and files is.
const (
	auditRows = `select at, lpad(to_hex(id), 32, '0')::uuid as place, actor_id, action, object_kind, object_id, data, bearer_id, ip, request_id
		from audit where vendor_id = $1`
	commandRows = `select received_at as at, left(key, 32)::uuid as place, actor_id, action,
			case when action = 'upload' then 'file' when ticket_id is null and work_kind = 'dev_ticket' then 'dev_ticket' else 'ticket' end as object_kind,
			coalesce(ticket_id, object_id) as object_id, '{}'::jsonb as data, bearer_id, ip, '' as request_id
		from commands where vendor_id = $1 and actor_id is not null and committed_at is not null
			and (ticket_id is not null or work_kind = 'dev_ticket' or action in ('register', 'upload'))`
)

// Audit lists changes, newest first.
func (tx *Tx) Audit(ctx context.Context, f AuditFilter) (list []AuditEntry, err error) {
	args := []any{tx.Vendor, f.Limit}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	where := ""
	if f.ActorID != nil {
		where = " and actor_id = " + arg(*f.ActorID)
	}
	part := func(rows, at, place string) string {
		if f.BeforeAt != nil {
			instant := arg(*f.BeforeAt)
			rows += fmt.Sprintf(" and %s <= %s and (%s, %s) < (%s, %s)", at, instant, at, place, instant, arg(f.Before))
		}
		return fmt.Sprintf("(%s%s order by %s desc, %s desc limit $2)", rows, where, at, place)
	}
	entries := func(more string) string { return part(auditRows+more, "at", "lpad(to_hex(id), 32, '0')::uuid") }
	beside := " and action <> all(" + arg(pq.Array(AuditedBeside)) + ")"
	commands := func(more string) string { return part(commandRows+beside+more, "received_at", "left(key, 32)::uuid") }
	parts := []string{entries(""), commands("")}
	if f.ObjectID != nil { // an index for each column that may name it
		object := arg(*f.ObjectID)
		parts = []string{
			entries(" and object_id = " + object), commands(" and ticket_id = " + object), commands(" and ticket_id is null and object_id = " + object),
		}
	}
	if err := tx.list(ctx, "read the audit", &list, strings.Join(parts, " union all ")+` order by at desc, place desc limit $2`, args...); err != nil {
		return nil, err
	}
	return list, tx.nameObjects(ctx, list)
}

// nameObjects fills in what actors and objects are called now.
func (tx *Tx) nameObjects(ctx context.Context, list []AuditEntry) error {
	ids := []uuid.UUID{}
	for _, e := range list {
		for _, id := range []*uuid.UUID{e.ActorID, e.ObjectID} {
			if id != nil {
				ids = append(ids, *id)
			}
		}
	}
	var found []Named
	err := tx.list(ctx, "find names of what was changed", &found, `select id, name from people where id = any($1)
		union all select id, name from organizations where id = any($1) union all select id, name from teams where id = any($1)
		union all select id, number from tickets where id = any($1) union all select id, name from files where id = any($1)
		union all select id, email from access_requests where id = any($1) union all select id, name from oidc_providers where id = any($1)
		union all select id, name from products where id = any($1) union all select id, name from packages where id = any($1)
		union all select id, number from releases where id = any($1)
		union all select id, reference from contracts where id = any($1) union all select id, number from invoices where id = any($1)
		union all select id, number from dev_tickets where id = any($1) union all select id, number from features where id = any($1)
		union all select id, number from escalations where id = any($1) union all select id, name from webhook_endpoints where id = any($1)`,
		pq.Array(ids))
	names := make(map[uuid.UUID]*string, len(found))
	for _, n := range found {
		names[n.ID] = &n.Name
	}
	for i, e := range list {
		if e.ActorID != nil {
			list[i].ActorName = names[*e.ActorID]
		}
		if e.ObjectID != nil {
			list[i].ObjectName = names[*e.ObjectID]
		}
	}
	return err
}
