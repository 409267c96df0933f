package api

import (
	"context"
	"io"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

func (s server) ListWebhooks(ctx context.Context, _ ListWebhooksRequestObject) (ListWebhooksResponseObject, error) {
	list, err := s.desk.ListWebhooks(ctx)
	if err != nil {
		return nil, err
	}
	views := WebhookList{Webhooks: make([]Webhook, len(list))}
	for i, e := range list {
		views.Webhooks[i] = webhookView(e, "")
	}
	return ListWebhooks200JSONResponse(views), nil
}

func (s server) GetWebhook(ctx context.Context, r GetWebhookRequestObject) (GetWebhookResponseObject, error) {
	e, err := s.desk.Webhook(ctx, r.Webhook)
	if err != nil {
		return nil, err
	}
	return GetWebhook200JSONResponse(webhookView(e, "")), nil
}

func (s server) CreateWebhook(ctx context.Context, r CreateWebhookRequestObject) (CreateWebhookResponseObject, error) {
	v, err := s.desk.CreateWebhook(ctx, value(r.Params.IdempotencyKey), desk.WebhookInput{
		Name: r.Body.Name, URL: r.Body.Url, Events: eventsIn(r.Body.Events), Active: r.Body.Active == nil || *r.Body.Active,
	})
	if err != nil {
		return nil, err
	}
	return CreateWebhook201JSONResponse(webhookView(v.Endpoint, v.Text)), nil
}

func (s server) UpdateWebhook(ctx context.Context, r UpdateWebhookRequestObject) (UpdateWebhookResponseObject, error) {
	e, err := s.desk.UpdateWebhook(ctx, r.Webhook, r.Body.Version, desk.WebhookInput{
		Name: r.Body.Name, URL: r.Body.Url, Events: eventsIn(r.Body.Events), Active: r.Body.Active,
	})
	if err != nil {
		return nil, err
	}
	return UpdateWebhook200JSONResponse(webhookView(e, "")), nil
}

func (s server) RotateWebhookSecret(ctx context.Context, r RotateWebhookSecretRequestObject) (RotateWebhookSecretResponseObject, error) {
	v, err := s.desk.RotateWebhook(ctx, value(r.Params.IdempotencyKey), r.Webhook)
	if err != nil {
		return nil, err
	}
	return RotateWebhookSecret200JSONResponse(webhookView(v.Endpoint, v.Text)), nil
}

func eventsIn(events []WebhookEvent) []string {
	list := make([]string, len(events))
	for i, e := range events {
		list[i] = string(e)
	}
	return list
}

func webhookView(e store.Endpoint, secret string) Webhook {
	v := Webhook{
		Id: e.ID, Version: e.Version, Name: e.Name, Url: e.URL, Events: make([]WebhookEvent, len(e.Events)), Active: e.Active, Runs: e.Runs(),
		Owner: Named{Id: e.OwnerID, Name: e.OwnerName}, CreatedAt: e.CreatedAt, PausedAt: e.PausedAt, Secret: unlessZero(secret),
	}
	for i, event := range e.Events {
		v.Events[i] = WebhookEvent(event)
	}
	return v
}

func (s server) ListWebhookDeliveries(ctx context.Context, r ListWebhookDeliveriesRequestObject) (ListWebhookDeliveriesResponseObject, error) {
	list, next, err := s.desk.WebhookDeliveries(ctx, r.Webhook, value(r.Params.Cursor), limit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := WebhookDeliveryPage{Deliveries: make([]WebhookDelivery, len(list)), Next: unlessZero(next)}
	for i, d := range list {
		page.Deliveries[i] = WebhookDelivery{
			Id: d.ID, Event: WebhookEvent(d.Event), DevTicket: d.Dev, State: WebhookDeliveryState(d.State), Attempts: d.Attempts, Status: d.Status,
			Error: unlessZero(d.LastError), CreatedAt: d.CreatedAt, TriedAt: d.TriedAt,
		}
		if d.State == "pending" {
			page.Deliveries[i].NextAt = &d.NextAt
		}
	}
	return ListWebhookDeliveries200JSONResponse(page), nil
}

func (s server) RetryWebhookDelivery(ctx context.Context, r RetryWebhookDeliveryRequestObject) (RetryWebhookDeliveryResponseObject, error) {
	if _, err := s.desk.RetryWebhook(ctx, r.Delivery); err != nil {
		return nil, err
	}
	return RetryWebhookDelivery204Response{}, nil
}

func (s server) RotateWebhookKey(ctx context.Context, r RotateWebhookKeyRequestObject) (RotateWebhookKeyResponseObject, error) {
	secret, err := s.desk.RotateWebhookKey(ctx, value(r.Params.IdempotencyKey))
	if err != nil {
		return nil, err
	}
	return RotateWebhookKey200JSONResponse(WebhookKey{Secret: secret}), nil
}

func (s server) ListWebhookMessages(ctx context.Context, _ ListWebhookMessagesRequestObject) (ListWebhookMessagesResponseObject, error) {
	v, err := s.desk.WebhookMessages(ctx)
	if err != nil {
		return nil, err
	}
	list := WebhookMessageList{Messages: make([]WebhookMessage, len(v.Messages))}
	for i, m := range v.Messages {
		list.Messages[i] = WebhookMessage{Id: m.ID, Outcome: m.Outcome, Said: m.Said, DevTicket: unlessZero(m.Dev), At: m.At}
	}
	return ListWebhookMessages200JSONResponse(list), nil
}

// messageMax is how long the body of an outside tracker's message may be, in
// bytes.
const messageMax = 64 << 10

// ReceiveDevStatus hands the message on as it came: its signature is about its
// bytes.
func (s server) ReceiveDevStatus(ctx context.Context, r ReceiveDevStatusRequestObject) (ReceiveDevStatusResponseObject, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, messageMax+1))
	switch {
	case err != nil:
		return nil, problem.New(problem.Invalid, "request_broken", nil)
	case len(body) > messageMax:
		return nil, problem.New(problem.Invalid, "message_too_large", problem.Args{"max": messageMax >> 10})
	}
	if err := s.desk.ReceiveDevStatus(ctx, r.Vendor, desk.TrackerMessage{
		ID: value(r.Params.WebhookId), Timestamp: value(r.Params.WebhookTimestamp), Signature: value(r.Params.WebhookSignature), Body: body,
	}); err != nil {
		return nil, err
	}
	return ReceiveDevStatus204Response{}, nil
}
