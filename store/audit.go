package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// AuditEntry is one change: who, what, when and from where. Those of people,
// organizations and access are kept as such; those of tickets are the commands
// that made them, and what happened is in the ticket's events.
type AuditEntry struct {
	At         time.Time       `db:"at"`
	Place      uuid.UUID       `db:"place"`    // among entries of one instant; read, never written here
	ActorID    *uuid.UUID      `db:"actor_id"` // nil: nobody signed in, or the command line
	ActorName  *string         `db:"actor_name"`
	Action     string          `db:"action"`
	ObjectKind string          `db:"object_kind"` // person, organization, team, token, session, ticket, …
	ObjectID   *uuid.UUID      `db:"object_id"`
	ObjectName *string         `db:"object_name"` // as it is called now; of tickets the number
	Data       json.RawMessage `db:"data"`        // an object; never a secret
	BearerID   *uuid.UUID      `db:"bearer_id"`   // the session or token it came with
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

// Two kinds of rows make the audit. A command that has an entry of its own
// beside it is none: only what it did to tickets and files is.
const (
	auditRows = `select at, lpad(to_hex(id), 32, '0')::uuid as place, actor_id, action, object_kind, object_id, data, bearer_id, ip, request_id
		from audit where vendor_id = $1`
	commandRows = `select received_at as at, left(key, 32)::uuid as place, actor_id, action,
			case when action = 'upload' then 'file' else 'ticket' end as object_kind,
			coalesce(ticket_id, object_id) as object_id, '{}'::jsonb as data, bearer_id, ip, '' as request_id
		from commands where vendor_id = $1 and actor_id is not null and committed_at is not null
			and (ticket_id is not null or action in ('register', 'upload'))`
)

// Audit lists changes, newest first.
func (tx *Tx) Audit(ctx context.Context, f AuditFilter) (list []AuditEntry, err error) {
	args := []any{tx.Vendor}
	var where strings.Builder // with the columns' names in audit and in commands still open
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where.WriteString(" and " + condition)
	}
	if f.ActorID != nil {
		add("actor_id = ?", *f.ActorID)
	}
	if f.ObjectID != nil {
		add("<object> = ?", *f.ObjectID)
	}
	if f.BeforeAt != nil {
		add("<at> <= ? and (<at>, <place>) < (?, ?)", *f.BeforeAt, *f.BeforeAt, f.Before)
	}
	args = append(args, f.Limit)
	part := func(rows, at, place, object string) string {
		names := strings.NewReplacer("<at>", at, "<place>", place, "<object>", object)
		return fmt.Sprintf("(%s%s order by %s desc, %s desc limit $%d)", rows, names.Replace(where.String()), at, place, len(args))
	}
	return list, tx.list(ctx, "read the audit", &list, `with page as (
			`+part(auditRows, "at", "lpad(to_hex(id), 32, '0')::uuid", "object_id")+` union all
			`+part(commandRows, "received_at", "left(key, 32)::uuid", "coalesce(ticket_id, object_id)")+
		fmt.Sprintf(` order by at desc, place desc limit $%d)`, len(args))+`
		select page.*, a.name as actor_name, coalesce(p.name, o.name, t.name, k.number, f.name, r.email, i.name) as object_name from page
		left join people a on a.id = page.actor_id left join people p on p.id = page.object_id
		left join organizations o on o.id = page.object_id left join teams t on t.id = page.object_id
		left join tickets k on k.id = page.object_id left join files f on f.id = page.object_id
		left join access_requests r on r.id = page.object_id left join oidc_providers i on i.id = page.object_id
		order by page.at desc, page.place desc`, args...)
}
