package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// WebhookDelivery is one event that one endpoint is told. Instants are UTC.
type WebhookDelivery struct {
	ID         uuid.UUID  `db:"id"` // webhook-id
	EndpointID uuid.UUID  `db:"endpoint_id"`
	EffectID   int64      `db:"effect_id"` // with which it leaves
	Event      string     `db:"event"`     // of WebhookEvents
	Dev        string     `db:"dev"`       // the dev ticket's number
	Body       string     `db:"body"`      // its bytes are what is signed
	CreatedAt  time.Time  `db:"created_at"`
	Status     *int       `db:"status"` // of the last answer (HTTP); nil: none came
	TriedAt    *time.Time `db:"tried_at"`
	State      string     `db:"state"` // pending, sending, sent, dead
	Attempts   int        `db:"attempts"`
	NextAt     time.Time  `db:"next_at"`    // when it is tried again, while it is pending
	LastError  string     `db:"last_error"` // never what the other side said
}

const webhookDeliverySelect = `select w.id, w.endpoint_id, w.effect_id, w.event, d.number as dev, w.body, w.created_at, w.status, w.tried_at,
	f.state, f.attempts, f.next_at, f.last_error
	from webhook_deliveries w join outbox f on f.id = w.effect_id join dev_tickets d on d.id = w.dev_ticket_id `

// WebhookDeliveries are those of an endpoint before one effect (0: from the
// start), the newest first.
func (tx *Tx) WebhookDeliveries(ctx context.Context, endpoint uuid.UUID, before int64, limit int) (list []WebhookDelivery, err error) {
	return list, tx.list(ctx, "list webhook deliveries", &list, webhookDeliverySelect+`
		where w.endpoint_id = $1 and ($2 = 0 or w.effect_id < $2) order by w.effect_id desc limit $3`, endpoint, before, limit)
}

// WebhookDelivery finds one; NotFound when there is none.
func (tx *Tx) WebhookDelivery(ctx context.Context, id uuid.UUID) (d WebhookDelivery, err error) {
	return d, tx.get(ctx, "find webhook delivery", &d, webhookDeliverySelect+`where w.id = $1`, id)
}

// Arrived notes that an endpoint has taken a delivery: it works.
func (tx *Tx) Arrived(ctx context.Context, d WebhookDelivery, status int, at time.Time) error {
	if err := tx.tried(ctx, d, &status, at); err != nil {
		return err
	}
	return tx.exec(ctx, "note that a webhook works", `update webhook_endpoints set dead = 0, rest_until = null where id = $1 and (dead > 0 or rest_until is not null)`, d.EndpointID)
}

// NotArrived notes that it has not, and lets everything that waits for the
// endpoint wait so long: an endpoint that is down takes nobody else's time.
func (tx *Tx) NotArrived(ctx context.Context, d WebhookDelivery, status *int, at time.Time, rest time.Duration) error {
	if err := tx.tried(ctx, d, status, at); err != nil {
		return err
	}
	if err := tx.exec(ctx, "let a webhook rest", `update webhook_endpoints set rest_until = now() + make_interval(secs => $2) where id = $1`, d.EndpointID, rest.Seconds()); err != nil {
		return err
	}
	return tx.exec(ctx, "let a webhook's deliveries wait", `update outbox f set next_at = now() + make_interval(secs => $2)
		from webhook_deliveries w where w.endpoint_id = $1 and f.id = w.effect_id and f.state = 'pending' and f.next_at < now() + make_interval(secs => $2)`,
		d.EndpointID, rest.Seconds())
}

func (tx *Tx) tried(ctx context.Context, d WebhookDelivery, status *int, at time.Time) error {
	return tx.change(ctx, "note a try of a webhook", `update webhook_deliveries set status = $2, tried_at = $3 where id = $1`, d.ID, status, at)
}

// GaveUp counts a delivery that was given up since one arrived, and answers how
// many that makes.
func (tx *Tx) GaveUp(ctx context.Context, endpoint uuid.UUID) (dead int, err error) {
	return dead, tx.get(ctx, "count deliveries given up", &dead, `update webhook_endpoints set dead = dead + 1 where id = $1 returning dead`, endpoint)
}

// PauseEndpoint stops an endpoint until somebody saves it again, and answers
// whether it ran until now.
func (tx *Tx) PauseEndpoint(ctx context.Context, endpoint uuid.UUID, at time.Time) (paused bool, err error) {
	var ids []uuid.UUID
	err = tx.list(ctx, "pause a webhook", &ids, `update webhook_endpoints set paused_at = $2 where id = $1 and paused_at is null returning id`, endpoint, at)
	return len(ids) > 0, err
}
