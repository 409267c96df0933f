package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/lib/pq"

	"github.com/casepath/casepath/telemetry"
)

// EffectKind is what an outbox row does when it is delivered.
type EffectKind string

// The kinds of effects.
const (
	EffectStart   EffectKind = "start"   // start a workflow
	EffectSignal  EffectKind = "signal"  // signal a workflow
	EffectMail    EffectKind = "mail"    // send one mail
	EffectWebhook EffectKind = "webhook" // tell an outside system of one event
)

// Effect is one thing that leaves a transaction. Key is its identity within
// the vendor: decided once, delivered at least once.
type Effect struct {
	ID       int64           `db:"id"`
	VendorID uuid.UUID       `db:"vendor_id"`
	Kind     EffectKind      `db:"kind"`
	Key      string          `db:"key"`
	TicketID *uuid.UUID      `db:"ticket_id"`
	Payload  json.RawMessage `db:"payload"`
	Attempts int             `db:"attempts"` // deliveries begun, this one included
	Trace    string          `db:"trace"`    // in which it was decided (W3C traceparent); "" for none
	Newest   int64           `db:"newest"`   // ID of the newest effect when this one was claimed
	Held     Held            `db:"-"`        // when decided: what lets it wait
}

// Start is the payload of EffectStart and EffectSignal.
type Start struct {
	// Workflow is "request" for that of a request that is not registered,
	// "service_request" or WorkEnhancement for a service request's, WorkReview,
	// WorkDev or WorkNews for theirs, "" for a ticket's.
	Workflow string `json:"workflow,omitempty"`
	// ID is whose workflow it is, unless the effect's ticket.
	ID *uuid.UUID `json:"id,omitempty"`
	// Again starts a workflow anew that has ended before its time. Otherwise one
	// that was started before, even if it has ended, counts as started.
	Again bool `json:"again,omitempty"`
}

// InsertEffect decides effects, in the trace of ctx. For an effect whose key
// stands already nothing is added.
func (tx *Tx) InsertEffect(ctx context.Context, effects ...Effect) error {
	n := len(effects)
	kinds, keys, payloads := make([]string, n), make([]string, n), make([]string, n)
	tickets, replies, waits := make([]*uuid.UUID, n), make([]*uuid.UUID, n), make([]float64, n)
	for i, e := range effects {
		kinds[i], keys[i], tickets[i], payloads[i] = string(e.Kind), e.Key, e.TicketID, string(e.Payload)
		replies[i], waits[i] = e.Held.Reply, e.Held.For.Seconds()
		tx.effects = append(tx.effects, e.Kind)
	}
	return tx.exec(ctx, "insert effects", `insert into outbox (vendor_id, kind, key, ticket_id, payload, trace, comment_id, next_at)
		select $1, e.kind, e.key, e.ticket, e.payload::jsonb, $2, e.reply, now() + make_interval(secs => e.wait)
		from unnest($3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], $8::float8[]) as e (kind, key, ticket, payload, reply, wait)
		on conflict (vendor_id, key) do nothing`,
		tx.Vendor, telemetry.Traceparent(ctx), pq.Array(kinds), pq.Array(keys), pq.Array(tickets), pq.Array(payloads), pq.Array(replies), pq.Array(waits))
}

// lax, among what a statement reads from, spares its transaction the wait for
// the disk: what a crash of the database might lose of it is found out and done
// again. Nothing a person was told may depend on it.
const lax = `(select set_config('synchronous_commit', 'off', true)) lax`

// ClaimEffects takes up to limit due rows of these kinds for delivery and
// marks them sending before anything leaves. A row found sending after its
// lease (the relay that took it is gone) is taken again. Mail is left alone
// while it is held (see MailHold). In the same statement it notes the
// deliveries in sent, unless another instance has taken them since; a link that
// works once is forgotten then: it is in its reader's mail now. Run as the
// relay's role: it sees every vendor.
func (s *Store) ClaimEffects(ctx context.Context, kinds []EffectKind, lease time.Duration, limit int, sent []Effect) ([]Effect, error) {
	ids, attempts := make([]int64, len(sent)), make([]int64, len(sent))
	for i, e := range sent {
		ids[i], attempts[i] = e.ID, int64(e.Attempts)
	}
	from := "unnest($1::text[]) k(kind)"
	if len(sent) == 0 && !slices.Contains(kinds, EffectMail) && !slices.Contains(kinds, EffectWebhook) { // a start that is forgotten is made again, and is one
		from += " cross join " + lax
	}
	var list []Effect
	err := s.db.SelectContext(ctx, &list, `with noted as (
			update outbox set state = 'sent', sent_at = now(), lease_until = null, last_error = '', payload = payload - '{SecretURL,SecretCode}'::text[]
			from unnest($4::bigint[], $5::integer[]) as delivered (id, attempts)
			where outbox.id = delivered.id and outbox.state = 'sending' and outbox.attempts = delivered.attempts)
		update outbox set state = 'sending', attempts = attempts + 1, lease_until = now() + make_interval(secs => $3)
		where id in (
			select due.id from `+from+` cross join lateral (
				select id from outbox where kind = k.kind and state in ('pending', 'sending') and id <> all($4)
				  and (state = 'pending' and next_at <= now() or state = 'sending' and lease_until < now())
				  and (k.kind <> 'mail' or not exists (select from mail_hold))
				order by id for update skip locked limit $2) due
			order by due.id limit $2)
		returning id, vendor_id, kind, key, ticket_id, payload, attempts, trace, (select max(id) from outbox) as newest`,
		kindNames(kinds), limit, lease.Seconds(), pq.Int64Array(ids), pq.Int64Array(attempts))
	return list, failure("claim effects", err)
}

// ours is the condition under which a delivery may still note its result:
// another instance that has taken the row since has raised attempts.
const ours = ` where id = $1 and state = 'sending' and attempts = $2`

// KeepLease makes a delivery's lease last from now on.
func (s *Store) KeepLease(ctx context.Context, e Effect, lease time.Duration) error {
	_, err := s.db.ExecContext(ctx, `update outbox set lease_until = now() + make_interval(secs => $3)`+ours, e.ID, e.Attempts, lease.Seconds())
	return failure("keep a lease", err)
}

// EffectFailed notes a failed delivery, unless another instance has taken it
// since: again after wait, or dead and for staff to look at.
func (s *Store) EffectFailed(ctx context.Context, e Effect, cause string, wait time.Duration, dead bool) error {
	state := "pending"
	if dead {
		state = "dead"
	}
	_, err := s.db.ExecContext(ctx, `update outbox set state = $3, next_at = now() + make_interval(secs => $4), lease_until = null,
		last_error = left($5, 500), dead_at = case when $3 = 'dead' then now() end`+ours, e.ID, e.Attempts, state, wait.Seconds(), cause)
	return failure("mark effect failed", err)
}

// DeadEffect is a delivery that was given up.
type DeadEffect struct {
	Effect
	LastError string    `db:"last_error"`
	CreatedAt time.Time `db:"created_at"`
}

// DeadEffects lists what was given up, oldest first.
func (s *Store) DeadEffects(ctx context.Context) (list []DeadEffect, err error) {
	err = s.db.SelectContext(ctx, &list, `select id, vendor_id, kind, key, ticket_id, payload, attempts, last_error, created_at
		from outbox where state = 'dead' order by id limit 1000`)
	return list, failure("list dead effects", err)
}

// RetryDead makes dead deliveries due again: one by id, or all with id 0. It
// answers how many.
func (s *Store) RetryDead(ctx context.Context, id int64) (int64, error) {
	result, err := s.db.ExecContext(ctx, `update outbox set state = 'pending', attempts = 0, next_at = now(), dead_at = null, dealt_at = null
		where state = 'dead' and ($1 = 0 or id = $1)`, id)
	if err != nil {
		return 0, failure("retry dead effects", err)
	}
	n, err := result.RowsAffected()
	return n, failure("retry dead effects", err)
}

// Backlog is what waits in the outbox.
type Backlog struct {
	Waiting int           `db:"waiting"` // pending or sending
	Dead    int           `db:"dead"`
	Oldest  time.Duration `db:"-"` // age of the oldest waiting row
	Seconds float64       `db:"seconds"`
	Held    bool          `db:"held"` // mail is held after a restore
}

// Backlog counts what waits in the outbox, over all vendors: effects of these
// kinds, or of all without any. What has been sent is not looked at, however
// much it is.
func (s *Store) Backlog(ctx context.Context, kinds ...EffectKind) (b Backlog, err error) {
	if len(kinds) == 0 {
		kinds = []EffectKind{EffectStart, EffectSignal, EffectMail, EffectWebhook}
	}
	err = s.db.GetContext(ctx, &b, `select count(*) filter (where state <> 'dead') as waiting, count(*) filter (where state = 'dead') as dead,
		coalesce(extract(epoch from now() - min(created_at) filter (where state <> 'dead')), 0) as seconds,
		exists (select from mail_hold) as held from (
			select state, created_at from outbox where state in ('pending', 'sending') and kind = any($1)
			union all select state, created_at from outbox where state = 'dead' and kind = any($1)) waiting`, kindNames(kinds))
	b.Oldest = time.Duration(b.Seconds * float64(time.Second))
	return b, failure("count the outbox", err)
}

func kindNames(kinds []EffectKind) any {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return stringArray(names)
}
