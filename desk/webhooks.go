package desk

import (
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/webhook"
)

// What is done with webhooks.
const (
	OpListWebhooks          Operation = "listWebhooks"
	OpGetWebhook            Operation = "getWebhook"
	OpCreateWebhook         Operation = "createWebhook"
	OpUpdateWebhook         Operation = "updateWebhook"
	OpRotateWebhook         Operation = "rotateWebhookSecret"
	OpListWebhookDeliveries Operation = "listWebhookDeliveries"
	OpRetryWebhook          Operation = "retryWebhookDelivery"
	OpSetWebhookKey         Operation = "rotateWebhookKey"
	OpListWebhookMessages   Operation = "listWebhookMessages"
	OpReceiveDevStatus      Operation = "receiveDevStatus"
)

const (
	// WebhooksMax is how many a vendor may have.
	WebhooksMax = 20
	// URLMax is how long an address may be, in characters.
	URLMax = 2000
	// SecretOverlap is how long a secret goes on after another has followed it.
	SecretOverlap = 24 * time.Hour
)

// WebhookInput describes where events are told.
type WebhookInput struct {
	Name   string
	URL    string   // https://…
	Events []string // of store.WebhookEvents
	Active bool
}

// WebhookSecret is a webhook, with the secret it is signed with: shown once.
type WebhookSecret struct {
	store.Endpoint
	Text string // whsec_…
}

// ListWebhooks are the vendor's, by name, for administrators. Their secrets stay
// sealed.
func (d *Desk) ListWebhooks(ctx context.Context) (list []store.Endpoint, err error) {
	c, err := d.caller(ctx, OpListWebhooks)
	if err != nil {
		return nil, err
	}
	return list, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		list, err = tx.Endpoints(ctx)
		return err
	})
}

// webhookOf is the webhook an administrator names: NotFound when it is missing,
// or the caller is no staff.
func (d *Desk) webhookOf(ctx context.Context, tx *store.Tx, c Caller, op Operation, id uuid.UUID) (e store.Endpoint, err error) {
	if op == OpUpdateWebhook || op == OpRotateWebhook {
		e, err = tx.LockEndpoint(ctx, id)
	} else {
		e, err = tx.Endpoint(ctx, id)
	}
	if err == nil && !c.inside() {
		err = problem.Missing()
	}
	if err != nil {
		return e, err
	}
	return e, c.allow(op)
}

// WebhookGone says of a paused webhook that it said it is there no more; else too
// many deliveries were given up.
func WebhookGone(e store.Endpoint) bool { return e.PausedAt != nil && e.Dead < webhook.PauseAfter }

// Webhook is one of them.
func (d *Desk) Webhook(ctx context.Context, id uuid.UUID) (e store.Endpoint, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return e, err
	}
	return e, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		e, err = d.webhookOf(ctx, tx, c, OpGetWebhook, id)
		return err
	})
}

// CreateWebhook adds a webhook that the caller answers for: it runs as long as
// they are here. Its secret is answered once; a repeat of the key answers it
// again. Conflict "webhook_name_taken" and "webhooks_too_many".
func (d *Desk) CreateWebhook(ctx context.Context, key string, in WebhookInput) (v WebhookSecret, err error) {
	c, err := d.caller(ctx, OpCreateWebhook)
	if err != nil {
		return v, err
	}
	seal, err := d.sealer()
	if err != nil {
		return v, err
	}
	if err := d.checkWebhook(&in); err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		made, _, err := d.once(ctx, tx, c, write{action: "create_webhook", key: key, body: in}, func() (uuid.UUID, error) {
			all, err := tx.Endpoints(ctx)
			if err == nil && len(all) >= WebhooksMax {
				err = problem.New(problem.Conflict, "webhooks_too_many", problem.Args{"max": WebhooksMax})
			}
			if err != nil {
				return uuid.Nil, err
			}
			id := store.NewID()
			e := store.Endpoint{
				ID: id, Name: in.Name, URL: in.URL, Events: in.Events, Active: in.Active, Secret: webhook.SealSecret(seal, id, webhook.NewSecret()),
				OwnerID: c.Person.ID, CreatedAt: d.Now(),
			}
			if err := tx.InsertEndpoint(ctx, e); err != nil {
				return id, err
			}
			return id, d.audit(ctx, tx, c, "webhook_created", "webhook", id, in)
		})
		if err == nil {
			v, err = d.webhookSecret(ctx, tx, made)
		}
		return err
	})
}

// webhookSecret is a webhook with its secret.
func (d *Desk) webhookSecret(ctx context.Context, tx *store.Tx, id uuid.UUID) (v WebhookSecret, err error) {
	if v.Endpoint, err = tx.Endpoint(ctx, id); err != nil {
		return v, err
	}
	secret, err := webhook.OpenSecret(d.Seal, id, v.Secret)
	v.Text = webhook.SecretText(secret)
	return v, err
}

// checkWebhook names every wrong field.
func (d *Desk) checkWebhook(in *WebhookInput) error {
	var wrong problem.Fields
	checkText(&wrong, "name", &in.Name, 1, NameMax)
	checkText(&wrong, "url", &in.URL, 1, URLMax)
	if u, err := url.Parse(in.URL); err != nil || !d.Webhooks.MayCall(u) || u.Fragment != "" {
		wrong.Add("url", "webhook_url", nil)
	}
	slices.Sort(in.Events)
	in.Events = slices.Compact(in.Events)
	for _, e := range in.Events {
		if !slices.Contains(store.WebhookEvents, e) {
			wrong.Add("events", "field_not_a_choice", problem.Args{"choices": store.WebhookEvents})
			break
		}
	}
	if len(in.Events) == 0 {
		wrong.Add("events", "field_empty", nil)
	}
	return wrong.Err()
}

// UpdateWebhook changes a webhook, and lets it run again if it was paused. From
// now on the caller answers for it. version is the row's that was read: Conflict
// with the present one when it was changed meanwhile.
func (d *Desk) UpdateWebhook(ctx context.Context, id uuid.UUID, version int64, in WebhookInput) (e store.Endpoint, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return e, err
	}
	return e, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		was, err := d.webhookOf(ctx, tx, c, OpUpdateWebhook, id)
		if err != nil {
			return err
		}
		if err := d.checkWebhook(&in); err != nil {
			return err
		}
		if was.Version != version {
			return changedMeanwhile(was.Version)
		}
		e = was
		e.Version, e.Name, e.URL, e.Events, e.Active, e.OwnerID = version+1, in.Name, in.URL, in.Events, in.Active, c.Person.ID
		if err := tx.UpdateEndpoint(ctx, e); err != nil {
			return err
		}
		before := WebhookInput{Name: was.Name, URL: was.URL, Events: was.Events, Active: was.Active}
		if err := d.audit(ctx, tx, c, "webhook_changed", "webhook", id, map[string]any{"was": before, "is": in}); err != nil {
			return err
		}
		e, err = tx.Endpoint(ctx, id)
		return err
	})
}

// RotateWebhook gives a webhook another secret, which is answered once; a repeat
// of the key answers it again. For SecretOverlap the one before signs along.
func (d *Desk) RotateWebhook(ctx context.Context, key string, id uuid.UUID) (v WebhookSecret, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return v, err
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		e, err := d.webhookOf(ctx, tx, c, OpRotateWebhook, id)
		if err != nil {
			return err
		}
		seal, err := d.sealer()
		if err != nil {
			return err
		}
		_, _, err = d.once(ctx, tx, c, write{action: "rotate_webhook", key: key, body: id}, func() (uuid.UUID, error) {
			until := d.Now().Add(SecretOverlap)
			e.SecretBefore, e.BeforeUntil, e.Secret = e.Secret, &until, webhook.SealSecret(seal, id, webhook.NewSecret())
			e.Version++
			if err := tx.RotateEndpoint(ctx, e); err != nil {
				return id, err
			}
			return id, d.audit(ctx, tx, c, "webhook_rotated", "webhook", id, nil)
		})
		if err == nil {
			v, err = d.webhookSecret(ctx, tx, id)
		}
		return err
	})
}
