package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/telemetry"
)

// The events outside systems can be told of.
const (
	DevCreated = "dev_ticket.created"
	DevChanged = "dev_ticket.changed"
)

// WebhookEvents lists every event.
var WebhookEvents = []string{DevCreated, DevChanged}

// Endpoint is where events are told. Instants are UTC.
type Endpoint struct {
	ID           uuid.UUID      `db:"id"`
	Name         string         `db:"name"`
	URL          string         `db:"url"`
	Events       pq.StringArray `db:"events"`        // of WebhookEvents
	Active       bool           `db:"active"`        // switched on by a person
	Secret       []byte         `db:"secret"`        // sealed, as SecretBefore
	SecretBefore []byte         `db:"secret_before"` // signs along until BeforeUntil; nil: none does
	BeforeUntil  *time.Time     `db:"before_until"`
	OwnerID      uuid.UUID      `db:"owner_id"` // who answers for it
	Version      int64          `db:"version"`  // rises with each change by a person
	CreatedAt    time.Time      `db:"created_at"`
	Dead         int            `db:"dead"`       // deliveries given up since one arrived
	PausedAt     *time.Time     `db:"paused_at"`  // too many were given up, or it is gone: it stops until somebody saves it again
	RestUntil    *time.Time     `db:"rest_until"` // its last call failed: nothing new is tried before; nil: it works, as far as is known
	// Read, never written: the owner's name, and whether they are still one of staff.
	OwnerName string `db:"owner_name"`
	OwnerHere bool   `db:"owner_here"`
}

// Runs says whether events are told there now.
func (e Endpoint) Runs() bool { return e.Active && e.PausedAt == nil && e.OwnerHere }

// Fails says whether it runs, and its last call failed.
func (e Endpoint) Fails() bool { return e.Runs() && e.RestUntil != nil }

// Troubled says whether it is switched on, and events do not arrive there.
func (e Endpoint) Troubled() bool { return e.Active && (!e.Runs() || e.Fails()) }

// ownerHere is the condition that an owner o may still read dev tickets: all of
// staff do.
const ownerHere = `(o.active and o.organization_id is null)`

const endpointColumns = `e.id, e.name, e.url, e.events, e.active, e.secret, e.secret_before, e.before_until, e.owner_id, e.version, e.created_at, e.dead, e.paused_at, e.rest_until,
	o.name as owner_name, ` + ownerHere + ` as owner_here`

const endpointSelect = `select ` + endpointColumns + ` from webhook_endpoints e join people o on o.id = e.owner_id `

// Endpoints are the vendor's, by name, a hundred at most.
func (tx *Tx) Endpoints(ctx context.Context) (list []Endpoint, err error) {
	return list, tx.list(ctx, "list webhooks", &list, endpointSelect+`where e.vendor_id = $1 order by lower(e.name), e.id limit 100`, tx.Vendor)
}

// Endpoint finds one; NotFound when there is none.
func (tx *Tx) Endpoint(ctx context.Context, id uuid.UUID) (e Endpoint, err error) {
	return e, tx.get(ctx, "find webhook", &e, endpointSelect+`where e.id = $1`, id)
}

// LockEndpoint is Endpoint, and nobody else changes it until the end of the
// transaction.
func (tx *Tx) LockEndpoint(ctx context.Context, id uuid.UUID) (e Endpoint, err error) {
	return e, tx.get(ctx, "lock webhook", &e, endpointSelect+`where e.id = $1 for update of e`, id)
}

// InsertEndpoint adds one; a name in use is a Conflict.
func (tx *Tx) InsertEndpoint(ctx context.Context, e Endpoint) error {
	_, err := tx.ExecContext(ctx, `insert into webhook_endpoints (id, vendor_id, name, url, events, active, secret, owner_id, created_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, e.ID, tx.Vendor, e.Name, e.URL, e.Events, e.Active, e.Secret, e.OwnerID, e.CreatedAt)
	return endpointFailure("insert webhook", e, err)
}

// RotateEndpoint writes the secrets of a locked one back.
func (tx *Tx) RotateEndpoint(ctx context.Context, e Endpoint) error {
	return tx.change(ctx, "rotate webhook secret", `update webhook_endpoints set version = $2, secret = $3, secret_before = $4, before_until = $5 where id = $1`,
		e.ID, e.Version, e.Secret, e.SecretBefore, e.BeforeUntil)
}

// UpdateEndpoint writes the rest of a locked one back, and lets it run again if
// it was paused. A name in use is a Conflict.
func (tx *Tx) UpdateEndpoint(ctx context.Context, e Endpoint) error {
	err := oneRow(tx.ExecContext(ctx, `update webhook_endpoints set version = $2, name = $3, url = $4, events = $5, active = $6, owner_id = $7,
			dead = 0, rest_until = null, paused_at = null where id = $1`, e.ID, e.Version, e.Name, e.URL, e.Events, e.Active, e.OwnerID))
	return endpointFailure("update webhook", e, err)
}

func endpointFailure(doing string, e Endpoint, err error) error {
	if violates(err, "webhook_endpoints_name") {
		return problem.New(problem.Conflict, "webhook_name_taken", problem.Args{"name": e.Name})
	}
	return failure(doing, err)
}

// ChannelTracker is the channel of what an outside tracker has done to a dev
// ticket, in its events.
const ChannelTracker = "webhook"

// saidOfDev is what an event says of a dev ticket d: what everybody of staff reads,
// and nobody's name. Its origin lets an outside tracker leave alone what it has
// said itself.
const saidOfDev = `jsonb_build_object('type', $2::text, 'timestamp', ` + instant + `d.updated_at` + instantEnd + `, 'data', jsonb_build_object(
	'number', d.number, 'title', d.title, 'state', d.state, 'version', d.target, 'external', d.external, 'revision', d.version,
	'origin', case when exists (select from dev_ticket_events c where c.dev_ticket_id = d.id and c.version = d.version and c.data ->> 'channel' = '` + ChannelTracker + `')
		then 'tracker' else 'casepath' end,
	'created_at', ` + instant + `d.created_at` + instantEnd + `, 'updated_at', ` + instant + `d.updated_at` + instantEnd + `,
	'shipped_at', ` + instant + `d.shipped_at` + instantEnd + `))::text`

const (
	instant    = `to_char(`
	instantEnd = ` at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
)

// Announce decides one delivery for each of these dev tickets, as they are now,
// and each endpoint that wants the event and runs. Repeating it for the same
// versions adds nothing.
func (tx *Tx) Announce(ctx context.Context, event string, devs ...uuid.UUID) error {
	var decided int
	if err := tx.get(ctx, "decide webhooks", &decided, `with wanted as materialized (
			select gen_random_uuid() as id, e.id as endpoint_id, d.id as dev_ticket_id, `+saidOfDev+` as body, greatest(now(), e.rest_until) as next_at,
				'webhook/' || e.id || '/' || d.id || '/' || d.version as key
			from dev_tickets d join webhook_endpoints e on e.vendor_id = d.vendor_id join people o on o.id = e.owner_id
			where d.id = any($1) and e.active and e.paused_at is null and $2 = any(e.events) and `+ownerHere+`),
		effects as (
			insert into outbox (vendor_id, kind, key, payload, trace, next_at)
			select $3, 'webhook', key, jsonb_build_object('delivery', id), $4, next_at from wanted on conflict (vendor_id, key) do nothing returning id, key),
		deliveries as (
			insert into webhook_deliveries (id, vendor_id, endpoint_id, effect_id, event, dev_ticket_id, body, created_at)
			select w.id, $3, w.endpoint_id, f.id, $2, w.dev_ticket_id, w.body, now() from wanted w join effects f on f.key = w.key returning id)
		select count(*) from deliveries`, pq.Array(devs), event, tx.Vendor, telemetry.Traceparent(ctx)); err != nil {
		return err
	}
	if decided > 0 {
		tx.effects = append(tx.effects, EffectWebhook)
	}
	return nil
}
