package browser_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/store"
)

// hooks gives the world what the pages of webhooks show: one that is paused, with
// deliveries that arrived, wait and were given up, one with the longest name, and
// what an outside tracker has told.
func (w *world) hooks(t testing.TB) {
	t.Helper()
	as := w.as(t, vendor+"/admin")
	for _, name := range []string{"Northern tracker", longName} {
		made, err := w.Desk.CreateWebhook(as, "", desk.WebhookInput{Name: name, URL: "https://tracker.example/hooks/casepath", Events: store.WebhookEvents, Active: true})
		if err != nil {
			t.Fatal(err)
		}
		w.numbers[map[bool]string{true: "webhook-long", false: "webhook"}[name == longName]] = made.ID.String()
	}
	if _, err := w.Desk.RotateWebhookKey(as, ""); err != nil {
		t.Fatal(err)
	}
	dev, of := uuid.New(), w.numbers["webhook"]
	w.exec(t, `insert into dev_tickets (id, vendor_id, number, state, title, created_by, created_at, updated_at)
		select $1, vendor_id, 'DEV-2020-000077', 'refused', 'Export stops', id, now(), now() from people where id = $2`, dev, w.me(t, "admin"))
	w.exec(t, `with effects as (
			insert into outbox (vendor_id, kind, key, payload, state, attempts, last_error, next_at)
			select vendor_id, 'webhook', 'hook-' || s, '{}', s, 3, case s when 'sent' then '' else 'the endpoint answered 500' end, now() + interval '1 hour'
			from dev_tickets, unnest(array['sent', 'pending', 'dead']) s where id = $1 returning *)
		insert into webhook_deliveries (id, vendor_id, endpoint_id, effect_id, event, dev_ticket_id, body, created_at, status, tried_at)
		select gen_random_uuid(), vendor_id, $2, id, 'dev_ticket.changed', $1, '{}', now(), case state when 'sent' then 204 else 500 end, now() from effects`, dev, of)
	w.exec(t, `update webhook_endpoints set paused_at = now(), dead = 3 where id = $1`, of)
	w.exec(t, `insert into webhook_messages select vendor_id, 'm' || n, 'x', case n when 1 then 'taken' else 'action_out_of_order' end, '', number || ' planned 9.1', id, now()
		from dev_tickets, generate_series(1, 2) n where id = $1`, dev)
}
