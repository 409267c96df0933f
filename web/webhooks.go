package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/google/uuid"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

// hooking are the pages of what outside systems are told, and tell.
var hooking = []route{
	{"GET", "/console/webhooks", desk.OpListWebhooks, webhooks},
	{"POST", "/console/webhooks", desk.OpCreateWebhook, createWebhook},
	{"POST", "/console/webhooks/retry", desk.OpRetryWebhook, retryWebhook},
	{"GET", "/console/webhooks/tracker", desk.OpListWebhookMessages, trackerPage},
	{"POST", "/console/webhooks/tracker", desk.OpSetWebhookKey, rotateTracker},
	{"GET", "/console/webhooks/:webhook", desk.OpGetWebhook, webhookPage},
	{"POST", "/console/webhooks/:webhook", desk.OpUpdateWebhook, updateWebhook},
	{"POST", "/console/webhooks/:webhook/secret", desk.OpRotateWebhook, rotateWebhook},
}

// webhooksView lists where events are told.
type webhooksView struct {
	asIs
	List   []store.Endpoint
	Events []string
}

func (q *request) webhooksView() (v webhooksView, err error) {
	v.asIs = asIs{"add": {"active": {"1"}, "event": store.WebhookEvents}}
	v.Events = store.WebhookEvents
	v.List, err = q.site.desk.ListWebhooks(q.Request().Context())
	return v, err
}

func webhooks(q *request) error {
	v, err := q.webhooksView()
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "webhooks", "webhooks_title", v)
}

// webhookInput is what the forms say.
func (q *request) webhookInput() desk.WebhookInput {
	return desk.WebhookInput{Name: q.text("name"), URL: q.text("url"), Events: q.Request().PostForm["event"], Active: q.text("active") != ""}
}

// createWebhook shows the secret once, on the page itself: an address would keep
// it.
func createWebhook(q *request) error {
	made, err := q.site.desk.CreateWebhook(q.Request().Context(), q.formKey(), q.webhookInput())
	if err != nil {
		v, failed := q.webhooksView()
		if failed != nil {
			return failed
		}
		return q.refusedForm(err, "add", "webhooks", "webhooks_title", v)
	}
	return q.showWebhook(made.ID, made.Text)
}

// webhookView is one webhook, as it is now, and what it was told.
type webhookView struct {
	asIs
	store.Endpoint
	All    []string // events there are
	Secret string   // of a new one; shown once
	List   []store.WebhookDelivery
	First  bool
	Next   string // address of the next page; "" on the last
}

func (q *request) webhookView(id uuid.UUID) (v webhookView, err error) {
	d, ctx := q.site.desk, q.Request().Context()
	if v.Endpoint, err = d.Webhook(ctx, id); err != nil {
		return v, err
	}
	v.All, v.First = store.WebhookEvents, q.QueryParam("after") == ""
	now := formValues{"name": {v.Name}, "url": {v.URL}, "event": v.Events}
	if v.Active {
		now["active"] = []string{"1"}
	}
	v.asIs = asIs{"edit": now}
	list, next, err := d.WebhookDeliveries(ctx, id, q.QueryParam("after"), directoryPage)
	if v.List = list; next != "" {
		v.Next = q.to("/console/webhooks/" + id.String() + query(url.Values{"after": {next}}))
	}
	return v, err
}

func (q *request) showWebhook(id uuid.UUID, secret string) error {
	v, err := q.webhookView(id)
	if err != nil {
		return err
	}
	v.Secret = secret
	return q.show(http.StatusOK, "webhook", "webhook_title", v, "name", v.Name)
}

func webhookPage(q *request) error {
	id, err := q.idIn("webhook")
	if err != nil {
		return err
	}
	return q.showWebhook(id, "")
}

func updateWebhook(q *request) error {
	id, err := q.idIn("webhook")
	if err != nil {
		return err
	}
	if _, err = q.site.desk.UpdateWebhook(q.Request().Context(), id, q.version(), q.webhookInput()); err == nil {
		return q.seeOther("/console/webhooks/" + id.String() + "?done=webhook_kept")
	}
	v, failed := q.webhookView(id)
	if failed != nil {
		return failed
	}
	if q.already(err, v.asIs["edit"]) {
		return q.seeOther("/console/webhooks/" + id.String() + "?done=webhook_kept")
	}
	return q.refusedForm(err, "edit", "webhook", "webhook_title", v, "name", v.Name)
}

// rotateWebhook shows the new secret once, on the page itself.
func rotateWebhook(q *request) error {
	id, err := q.idIn("webhook")
	if err != nil {
		return err
	}
	made, err := q.site.desk.RotateWebhook(q.Request().Context(), q.formKey(), id)
	if err != nil {
		return err
	}
	return q.showWebhook(id, made.Text)
}

func retryWebhook(q *request) error {
	id, err := uuid.Parse(q.text("delivery"))
	if err != nil {
		return problem.Missing()
	}
	of, err := q.site.desk.RetryWebhook(q.Request().Context(), id)
	if err != nil {
		return err
	}
	return q.seeOther("/console/webhooks/" + of.String() + "?done=delivery_retried")
}

// trackerView is what the outside tracker has told.
type trackerView struct {
	desk.WebhookKeyView
	Secret string // a new one; shown once
}

func trackerPage(q *request) error { return q.showTracker("") }

func (q *request) showTracker(secret string) error {
	v, err := q.site.desk.WebhookMessages(q.Request().Context())
	if err != nil {
		return err
	}
	return q.show(http.StatusOK, "tracker", "tracker_title", trackerView{v, secret})
}

// rotateTracker shows the new secret once, on the page itself.
func rotateTracker(q *request) error {
	secret, err := q.site.desk.RotateWebhookKey(q.Request().Context(), q.formKey())
	if err != nil {
		return err
	}
	return q.showTracker(secret)
}

// Paused is why it is paused: it says that it is gone, or too many deliveries were
// given up.
func (v webhookView) Paused() string {
	if desk.WebhookGone(v.Endpoint) {
		return "webhook_gone_text"
	}
	return "webhook_paused_text"
}

// Retry says whether a delivery may be tried now: it was given up, or has failed
// and waits, and the webhook runs.
func (v webhookView) Retry(d store.WebhookDelivery) bool {
	return v.Runs() && (d.State == "dead" || d.State == "pending" && d.Attempts > 0)
}

// answered is how a webhook's log says that another status came than it should.
var answered = regexp.MustCompile(`^the endpoint answered ([0-9]{3})$`)

// WhyFailed is why a webhook's delivery has failed, in the reader's language; "" for
// what is no cause of a webhook's.
func (p *page) WhyFailed(text string) string {
	if m := answered.FindStringSubmatch(text); m != nil {
		return p.T("cause_answered", "status", m[1])
	}
	switch text {
	case "the endpoint did not answer in time":
		return p.T("cause_late")
	case "the endpoint can't be reached", "this address may not be called":
		return p.T("cause_unreached")
	case "invalid: webhook_stopped":
		return p.T("cause_stopped")
	}
	return ""
}

// HTTP is a status as it is read; "–" for none.
func (webhookView) HTTP(status *int) string {
	if status == nil {
		return "–"
	}
	return strconv.Itoa(*status)
}
