package api_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/webhook"
)

// tracker is an outside system that keeps what it is told.
type tracker struct {
	*httptest.Server
	mu     sync.Mutex
	status int // what it answers; 0: 204
	got    []webhook.Message
}

func newTracker(t *testing.T) *tracker {
	t.Helper()
	tr := &tracker{}
	tr.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		tr.mu.Lock()
		defer tr.mu.Unlock()
		h := r.Header
		tr.got = append(tr.got, webhook.Message{ID: h.Get(webhook.HeaderID), Timestamp: h.Get(webhook.HeaderTimestamp), Signature: h.Get(webhook.HeaderSignature), Body: body})
		if tr.status == 0 {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Location", "http://127.0.0.1:1/")
		w.WriteHeader(tr.status)
	}))
	t.Cleanup(tr.Close)
	return tr
}

// hooked is a house with a clock, an administrator and a developer.
type hooked struct {
	*stack.House
	db         *sql.DB
	now        time.Time
	admin, dev string
}

func newHooked(t *testing.T) *hooked {
	t.Helper()
	h := &hooked{now: time.Now().UTC().Truncate(time.Microsecond)}
	h.House = stack.NewHouse(t, stack.Parts{Worker: true, Now: func() time.Time { return h.now }})
	h.db, h.admin, h.dev = h.Admin, h.Token(t, "interfacing", "admin"), h.Token(t, "interfacing", "dev")
	return h
}

// due makes everything that waits due now, and delivers.
func (h *hooked) due(t *testing.T) {
	t.Helper()
	execute(t, h.db, `update outbox set next_at = now() where state = 'pending'`)
	if _, err := h.Relay.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func (h *hooked) hook(t *testing.T, url string) (id string, secret []byte) {
	t.Helper()
	a := ask(t, h.House, h.admin, "POST", "/v1/webhook-endpoints", map[string]any{"name": "Tracker", "url": url, "events": []string{"dev_ticket.changed", "dev_ticket.created"}})
	wants(t, "webhook", a, 201, "")
	secret, err := webhook.ParseSecret(a.Text("secret"))
	if err != nil {
		t.Fatal(err)
	}
	return a.Text("id"), secret
}

func (h *hooked) devTicket(t *testing.T, external string) string {
	t.Helper()
	a := ask(t, h.House, h.dev, "POST", "/v1/dev-tickets", map[string]any{"title": "Export stops", "body": "Jeanne says so", "external": external})
	wants(t, "dev ticket", a, 201, "")
	return a.JSON["dev_ticket"].(map[string]any)["number"].(string) //nolint:forcetypeassert // of the contract
}

// log is the newest delivery of a webhook.
func (h *hooked) log(t *testing.T, id string) map[string]any {
	t.Helper()
	a := ask(t, h.House, h.admin, "GET", "/v1/webhook-endpoints/"+id+"/deliveries", nil)
	wants(t, "deliveries", a, 200, "")
	list, ok := a.JSON["deliveries"].([]any)
	if !ok || len(list) == 0 {
		t.Fatalf("no deliveries: %s", a.Raw)
	}
	return list[0].(map[string]any) //nolint:forcetypeassert // of the contract
}

// TestWebhooksOut: one signed message for each change, with nobody's name; while
// a secret follows another both sign; who owns it and leaves stops it.
func TestWebhooksOut(t *testing.T) {
	t.Parallel()
	h, tr := newHooked(t), newTracker(t)
	id, first := h.hook(t, tr.URL+"/hook")
	number := h.devTicket(t, "EXT-1")
	h.due(t)
	h.due(t)
	if len(tr.got) != 1 || tr.got[0].Verify(h.now, first) != nil {
		t.Fatalf("told %+v", tr.got)
	}
	var said struct {
		Type string         `json:"type"`
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(tr.got[0].Body, &said); err != nil || said.Type != "dev_ticket.created" || said.Data["number"] != number || said.Data["external"] != "EXT-1" {
		t.Errorf("it said %s, %v", tr.got[0].Body, err)
	}
	for _, secret := range []string{"Jeanne", "@interfacing", "created_by"} {
		if strings.Contains(string(tr.got[0].Body), secret) {
			t.Errorf("it says %s: %s", secret, tr.got[0].Body)
		}
	}
	rotated := ask(t, h.House, h.admin, "POST", "/v1/webhook-endpoints/"+id+"/secret", nil)
	wants(t, "rotate", rotated, 200, "")
	second, err := webhook.ParseSecret(rotated.Text("secret"))
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "accept", ask(t, h.House, h.dev, "POST", "/v1/dev-tickets/"+number+"/accept", nil), 200, "")
	h.due(t)
	if len(tr.got) != 2 || tr.got[1].Verify(h.now, first) != nil || tr.got[1].Verify(h.now, second) != nil {
		t.Fatalf("during the rotation: %+v", tr.got)
	}
	if one := h.log(t, id); one["state"] != "sent" || fmt.Sprint(one["status"]) != "204" || one["id"] != tr.got[1].ID {
		t.Errorf("the log says %v", one)
	}
	wants(t, "plan", ask(t, h.House, h.dev, "POST", "/v1/dev-tickets/"+number+"/plan", map[string]any{"version": "9"}), 200, "")
	execute(t, h.db, `update people set active = false where email = 'admin@interfacing.example'`)
	h.due(t)
	if len(tr.got) != 2 {
		t.Error("told though its owner has left")
	}
	var dead, decided int
	wants(t, "begin", ask(t, h.House, h.dev, "POST", "/v1/dev-tickets/"+number+"/begin", nil), 200, "")
	if err := h.db.QueryRow(`select count(*) filter (where state = 'dead'), count(*) from outbox where kind = 'webhook'`).Scan(&dead, &decided); err != nil || dead != 1 || decided != 3 {
		t.Errorf("%d dead of %d, %v", dead, decided, err)
	}
}

// TestWebhooksFail: a redirect is no answer; after ten tries a delivery is dead
// and can be tried again; after three of those the endpoint is paused and its
// owner told once.
func TestWebhooksFail(t *testing.T) {
	t.Parallel()
	h, tr := newHooked(t), newTracker(t)
	id, _ := h.hook(t, tr.URL)
	tr.status = http.StatusFound
	for range webhook.PauseAfter {
		h.devTicket(t, "")
	}
	h.due(t)
	waits := h.log(t, id)
	wants(t, "retry of what waits", ask(t, h.House, h.admin, "POST", fmt.Sprintf("/v1/webhook-deliveries/%s/retry", waits["id"]), nil), 204, "")
	var now bool
	if err := h.db.QueryRow(`select next_at <= now() from outbox where id = (select max(effect_id) from webhook_deliveries)`).Scan(&now); err != nil || !now {
		t.Errorf("it still waits: %v", err)
	}
	for range webhook.Tries() - 1 {
		h.due(t)
	}
	one := h.log(t, id)
	if one["state"] != "dead" || one["error"] != "the endpoint answered 302" || len(tr.got) != webhook.Tries()*webhook.PauseAfter {
		t.Errorf("after %d calls: %v", len(tr.got), one)
	}
	e := ask(t, h.House, h.admin, "GET", "/v1/webhook-endpoints/"+id, nil)
	var mails int
	if err := h.db.QueryRow(`select count(*) from outbox where key like 'mail/webhook_paused/%'`).Scan(&mails); err != nil || mails != 1 || e.Text("paused_at") == "" || e.JSON["runs"] != false {
		t.Errorf("%d mails, %v: %s", mails, err, e.Raw)
	}
	wants(t, "retry while it is paused", ask(t, h.House, h.admin, "POST", fmt.Sprintf("/v1/webhook-deliveries/%s/retry", one["id"]), nil), 409, "webhook_stopped")
	h.devTicket(t, "")
	var decided int
	if err := h.db.QueryRow(`select count(*) from webhook_deliveries`).Scan(&decided); err != nil || decided != webhook.PauseAfter {
		t.Errorf("%d decided, %v", decided, err)
	}
	tr.status = 0
	wants(t, "save", ask(t, h.House, h.admin, "PUT", "/v1/webhook-endpoints/"+id, map[string]any{
		"version": e.JSON["version"], "name": "Tracker", "url": tr.URL, "events": []string{"dev_ticket.created"}, "active": true,
	}), 200, "")
	for range 2 {
		wants(t, "retry", ask(t, h.House, h.admin, "POST", fmt.Sprintf("/v1/webhook-deliveries/%s/retry", one["id"]), nil), 204, "")
		h.due(t)
	}
	if again := h.log(t, id); again["state"] != "sent" || len(tr.got) != webhook.Tries()*webhook.PauseAfter+1 {
		t.Errorf("tried again: %v, %d calls", again, len(tr.got))
	}
}

// TestWebhookGone: at 410 what it was told is given up at once, and the log and
// the mail say why.
func TestWebhookGone(t *testing.T) {
	t.Parallel()
	h, tr := newHooked(t), newTracker(t)
	id, _ := h.hook(t, tr.URL)
	tr.status = http.StatusGone
	h.devTicket(t, "")
	h.due(t)
	if one := h.log(t, id); one["state"] != "dead" || one["error"] != "the endpoint answered 410" || len(tr.got) != 1 {
		t.Errorf("after %d calls: %v", len(tr.got), one)
	}
	var gone bool
	if err := h.db.QueryRow(`select (payload ->> 'Gone')::boolean from outbox where key like 'mail/webhook_paused/%'`).Scan(&gone); err != nil || !gone {
		t.Errorf("the mail does not say that it is gone: %v", err)
	}
}

// TestWebhookPlaces: an inner address is not called, however it is named, and the
// log does not say what is there.
func TestWebhookPlaces(t *testing.T) {
	t.Parallel()
	h, tr := newHooked(t), newTracker(t)
	id, _ := h.hook(t, "https://localhost/hook") // a name that leads to this machine
	h.devTicket(t, "")
	public := webhook.Courier{Store: h.Store, Seal: h.Desk.Seal, Client: webhook.Rules(false).Client(), Now: func() time.Time { return h.now }}
	effects, err := h.DB.RelayStore(t).ClaimEffects(t.Context(), []store.EffectKind{store.EffectWebhook}, time.Minute, 10, nil)
	if err != nil || len(effects) != 1 {
		t.Fatalf("%d effects, %v", len(effects), err)
	}
	if err := public.Deliver(t.Context(), effects[0]); err == nil || err.Error() != "the endpoint can't be reached" {
		t.Errorf("delivered to this machine: %v", err)
	}
	if one := h.log(t, id); one["status"] != nil || one["tried_at"] == nil || len(tr.got) != 0 {
		t.Errorf("the log says %v", one)
	}
	for _, url := range []string{"http://example.com/", "https://user:pass@example.com/", "gopher://example.com", "https:///", "127.0.0.1", "https://example.com/#x"} {
		wants(t, url, ask(t, h.House, h.admin, "POST", "/v1/webhook-endpoints", map[string]any{"name": "x", "url": url, "events": []string{"dev_ticket.created"}}), 422, "fields_wrong")
	}
}

// tells sends the outside tracker's message, signed with that secret.
func (h *hooked) tells(t *testing.T, secret []byte, id string, at time.Time, body string, alter ...string) stack.Answer {
	t.Helper()
	m, err := webhook.Sign(id, at, []byte(body), secret)
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, h.House, "", "POST", "/v1/webhooks/dev-tickets/interfacing", strings.NewReplacer(alter...).Replace(body),
		webhook.HeaderID, m.ID, webhook.HeaderTimestamp, m.Timestamp, webhook.HeaderSignature, m.Signature)
}

// TestWebhooksIn: the tracker's word counts once, signed and fresh.
func TestWebhooksIn(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	number := h.devTicket(t, "EXT-7")
	key := func() []byte {
		a := ask(t, h.House, h.admin, "POST", "/v1/webhook-key", nil)
		wants(t, "key", a, 200, "")
		secret, err := webhook.ParseSecret(a.Text("secret"))
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	accept := fmt.Sprintf(`{"number": %q, "status": "accepted"}`, number)
	wants(t, "without a key", h.tells(t, webhook.NewSecret(), "m0", h.now, accept), 401, "webhook_not_signed")
	secret := key()
	for what, a := range map[string]stack.Answer{
		"altered": h.tells(t, secret, "m1", h.now, accept, "accepted", "in_work"), "another secret": h.tells(t, webhook.NewSecret(), "m2", h.now, accept),
		"old": h.tells(t, secret, "m3", h.now.Add(-webhook.Age-time.Second), accept), "ahead": h.tells(t, secret, "m4", h.now.Add(webhook.Age+time.Second), accept),
	} {
		wants(t, what, a, 401, "webhook_not_signed")
	}
	for range 2 {
		wants(t, "too early", h.tells(t, secret, "early", h.now, `{"external": "EXT-7", "status": "shipped", "version": "9"}`), 409, "action_out_of_order")
		wants(t, "unknown", h.tells(t, secret, "unknown", h.now, `{"external": "EXT-8", "status": "accepted"}`), 404, "not_found")
		wants(t, "nonsense", h.tells(t, secret, "nonsense", h.now, `[]`), 422, "webhook_unreadable")
		wants(t, "status", h.tells(t, secret, "status", h.now, `{"external": "EXT-7", "status": "gone"}`), 422, "fields_wrong")
		wants(t, "accepted", h.tells(t, secret, "good", h.now, accept), 204, "")
	}
	large := fmt.Sprintf(`{"number": %q, "status": "accepted", "reason": %q}`, number, strings.Repeat("x", 64<<10))
	wants(t, "too large", h.tells(t, secret, "large", h.now, large), 413, "message_too_large")
	wants(t, "packed", h.tells(t, secret, "packed", h.now, "\x1f\x8b\b"+strings.Repeat("\x00", 60<<10)), 400, "body_broken") // never unpacked
	wants(t, "its id for another", h.tells(t, secret, "good", h.now, accept+" "), 422, "idempotency_key_reused")
	second := key()
	wants(t, "the secret before", h.tells(t, secret, "planned", h.now, `{"external": "EXT-7", "status": "planned", "version": "9.1"}`), 204, "")
	wants(t, "the new one", h.tells(t, second, "begun", h.now, `{"external": "EXT-7", "status": "in_work"}`), 204, "")
	a := ask(t, h.House, h.dev, "GET", "/v1/dev-tickets/"+number, nil)
	var events, messages int
	if err := h.db.QueryRow(`select (select count(*) from dev_ticket_events where kind <> 'created'), (select count(*) from webhook_messages)`).Scan(&events, &messages); err != nil ||
		events != 3 || messages != 7 || !strings.Contains(string(a.Raw), `"state":"in_work"`) {
		t.Errorf("%d events, %d messages, %v: %s", events, messages, err, a.Raw)
	}
	h.now = h.now.Add(25 * time.Hour)
	wants(t, "the secret before, a day later", h.tells(t, secret, "late", h.now, accept), 401, "webhook_not_signed")
	execute(t, h.db, `update people set active = false where email = 'admin@interfacing.example'`)
	wants(t, "its owner has left", h.tells(t, second, "left", h.now, accept), 401, "webhook_not_signed")
}

// TestWebhookOrigin: what a tracker has said itself is told as its own, and the
// history says so; what it says back to that is refused, and told to nobody.
func TestWebhookOrigin(t *testing.T) {
	t.Parallel()
	h, tr := newHooked(t), newTracker(t)
	h.hook(t, tr.URL)
	number := h.devTicket(t, "EXT-9")
	a := ask(t, h.House, h.admin, "POST", "/v1/webhook-key", nil)
	secret, err := webhook.ParseSecret(a.Text("secret"))
	if err != nil {
		t.Fatal(err)
	}
	accept := `{"external": "EXT-9", "status": "accepted"}`
	wants(t, "accepted", h.tells(t, secret, "m1", h.now, accept), 204, "")
	wants(t, "its echo", h.tells(t, secret, "m2", h.now, accept), 409, "action_out_of_order")
	wants(t, "plan", ask(t, h.House, h.dev, "POST", "/v1/dev-tickets/"+number+"/plan", map[string]any{"version": "9"}), 200, "")
	h.due(t)
	origins := map[string]string{}
	for _, m := range tr.got {
		var said struct {
			Data struct {
				State, Origin string
			}
		}
		if err := json.Unmarshal(m.Body, &said); err != nil {
			t.Fatal(err)
		}
		origins[said.Data.State] = said.Data.Origin
	}
	if fmt.Sprint(origins) != "map[accepted:tracker new:casepath planned:casepath]" || len(tr.got) != 3 {
		t.Errorf("%d told, by origin %v", len(tr.got), origins)
	}
	var events int
	if err := h.db.QueryRow(`select count(*) from dev_ticket_events where data ->> 'channel' = 'webhook'`).Scan(&events); err != nil || events != 1 {
		t.Errorf("%d events of the tracker's, %v", events, err)
	}
}

// TestSlowWebhook: an endpoint that never ends its answer takes one place and no
// more; another one is told everything meanwhile.
func TestSlowWebhook(t *testing.T) {
	t.Parallel()
	house := stack.NewHouse(t, stack.Parts{Worker: true, Relay: true})
	h := &hooked{House: house, db: house.Admin, now: time.Now(), admin: house.Token(t, "interfacing", "admin"), dev: house.Token(t, "interfacing", "dev")}
	const told = 6 // more than there are places
	fast, done := newTracker(t), make(chan struct{})
	var open, most atomic.Int32 // calls to the slow one: now, and at most beside each other
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := open.Add(1); n > most.Load() {
			most.Store(n)
		}
		defer open.Add(-1)
		for { // a byte now and then, without end
			select {
			case <-done:
				return
			case <-r.Context().Done():
				return
			case <-time.After(100 * time.Millisecond):
				_, _ = w.Write([]byte("x"))
				_ = http.NewResponseController(w).Flush()
			}
		}
	}))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(done) })
	wants(t, "slow", ask(t, h.House, h.admin, "POST", "/v1/webhook-endpoints", map[string]any{"name": "Slow", "url": slow.URL, "events": []string{"dev_ticket.created"}}), 201, "")
	h.hook(t, fast.URL)
	for range told {
		h.devTicket(t, "")
	}
	const sent = `select count(*) from outbox o join webhook_deliveries d on d.effect_id = o.id join webhook_endpoints e on e.id = d.endpoint_id where e.name %s 'Slow' and o.state = 'sent'`
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for ; count(t, h.db, fmt.Sprintf(sent, "<>")) < told; <-tick.C { // the slow one holds its first call meanwhile
		if t.Context().Err() != nil {
			t.Fatal(t.Context().Err())
		}
	}
	if n := count(t, h.db, fmt.Sprintf(sent, "=")); n != 0 || most.Load() != 1 {
		t.Errorf("%d are told to the slow one, %d calls to it at once", n, most.Load())
	}
}
