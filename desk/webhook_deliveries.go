package desk

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// WebhookDeliveries are a webhook's, the newest first, and the cursor of the next
// page ("" on the last), for administrators.
func (d *Desk) WebhookDeliveries(ctx context.Context, id uuid.UUID, after string, limit int) (list []store.WebhookDelivery, next string, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return nil, "", err
	}
	var before int64
	if after != "" {
		value, _, err := readCursor(after)
		if err != nil {
			return nil, "", err
		}
		if before, err = strconv.ParseInt(value, 10, 64); err != nil || before <= 0 {
			var wrong problem.Fields
			wrong.Add("cursor", "cursor_unknown", nil)
			return nil, "", wrong.Err()
		}
	}
	return list, next, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if _, err := d.webhookOf(ctx, tx, c, OpListWebhookDeliveries, id); err != nil {
			return err
		}
		list, err = tx.WebhookDeliveries(ctx, id, before, limit+1)
		if len(list) > limit {
			list = list[:limit]
			next = cursor(strconv.FormatInt(list[limit-1].EffectID, 10), list[limit-1].ID)
		}
		return err
	})
}

// RetryWebhook tries a delivery again that was given up, or that has failed and
// waits, for administrators, and answers whose it is. Another stays as it is, so
// repeating it does nothing. Conflict "webhook_stopped" while the webhook does not
// run: it would be given up again.
func (d *Desk) RetryWebhook(ctx context.Context, delivery uuid.UUID) (of uuid.UUID, err error) {
	c, err := d.someone(ctx)
	if err != nil {
		return of, err
	}
	return of, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		found, err := tx.WebhookDelivery(ctx, delivery)
		if err != nil {
			return err
		}
		of = found.EndpointID
		if _, err := d.webhookOf(ctx, tx, c, OpRetryWebhook, of); err != nil {
			return err
		}
		retried, err := tx.RetryDelivery(ctx, found.EffectID)
		if err != nil || !retried {
			return err
		}
		return d.audit(ctx, tx, c, "webhook_retried", "webhook", of, map[string]any{"delivery": delivery, "dev_ticket": found.Dev})
	})
}
