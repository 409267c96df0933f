package relay_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/procedures/stack"
	"github.com/casepath/casepath/relay"
	"github.com/casepath/casepath/store"
)

const mailRow = `from outbox where kind = 'mail'`

// TestMail is everything about delivering mail on one House, its engine left
// alone.
func TestMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	for name, test := range map[string]func(*testing.T, *house){
		"sending before, sent after": sendingThenSent,
		"found sending":              foundSending,
		"refused for now":            refusedForNow,
		"refused for good":           refusedForGood,
		"refused too often":          refusedTooOften,
		"nobody there":               nobodyThere,
		"unreadable":                 unreadable,
	} {
		t.Run(name, func(t *testing.T) {
			h.exec(t, `delete from outbox`)
			h.Mail.Refuse(nil)
			h.Mail.Stall(nil)
			h.register(t)
			h.exec(t, `delete from outbox where kind = 'start'`)
			test(t, h)
		})
	}
}

// sendingThenSent: the row says sending before anything of the mail leaves,
// and until the server has taken it; then sent, and never again.
func sendingThenSent(t *testing.T, h *house) {
	before := len(h.Mail.Messages())
	var mu sync.Mutex
	var seen []string
	look := func() {
		mu.Lock()
		defer mu.Unlock()
		var state string
		if err := h.db.QueryRowContext(t.Context(), `select state || ' ' || attempts `+mailRow).Scan(&state); err != nil {
			t.Error(err)
		}
		seen = append(seen, state)
	}
	h.Mail.Refuse(func(string) error { look(); return nil })
	h.Mail.Stall(func(onebox.Caught) { look() })
	if n := h.drain(t, h.Relay); n != 1 {
		t.Errorf("%d delivered", n)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 2 || seen[0] != "sending 1" || seen[1] != "sending 1" {
		t.Errorf("at RCPT and after DATA the row says %v", seen)
	}
	h.is(t, true, `select state = 'sent' and sent_at is not null and lease_until is null `+mailRow)
	if n := h.drain(t, h.Relay); n != 0 || len(h.Mail.Messages()) != before+1 {
		t.Errorf("%d delivered again, %d mails", n, len(h.Mail.Messages())-before)
	}
}

// foundSending: a relay died between the server's yes and its own note. Nobody
// touches the mail before the lease is over; then it is sent again, the same.
func foundSending(t *testing.T, h *house) {
	before := len(h.Mail.Messages())
	claimed, err := h.outbox.ClaimEffects(t.Context(), []store.EffectKind{store.EffectMail}, time.Minute, 10, nil)
	if err != nil || len(claimed) != 1 {
		t.Fatal(claimed, err)
	}
	var n mail.Notice
	if err := json.Unmarshal(claimed[0].Payload, &n); err != nil {
		t.Fatal(err)
	}
	sender := mail.Sender{Address: h.Mail.SMTPAddress(), TLS: "none"}
	if err := sender.Send(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if n := h.drain(t, h.Relay); n != 0 {
		t.Errorf("%d taken while another relay holds it", n)
	}
	h.exec(t, `update outbox set lease_until = now() - interval '1 second'`)
	if n := h.drain(t, h.Relay); n != 1 {
		t.Errorf("%d taken after the lease", n)
	}
	mails := h.Mail.Messages()[before:]
	if len(mails) != 2 || mails[0].MessageID != mails[1].MessageID || mails[0].MessageID == "" || string(mails[0].Raw) != string(mails[1].Raw) {
		t.Errorf("%d mails: %v", len(mails), mails)
	}
	h.is(t, "sent", `select state `+mailRow)
}

// refusedForNow: 4xx is tried again later, and then arrives.
func refusedForNow(t *testing.T, h *house) {
	before := len(h.Mail.Messages())
	h.Mail.Refuse(func(string) error {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted, later"}
	})
	for attempt := 1; attempt <= 3; attempt++ {
		begun := h.now(t)
		if n := h.drain(t, h.Relay); n != 1 {
			t.Errorf("attempt %d: %d tried", attempt, n)
		}
		h.is(t, attempt, `select attempts `+mailRow)
		h.is(t, true, `select state = 'pending' and next_at > $1 and lease_until is null and last_error like '%greylisted%' `+mailRow,
			begun.Add(time.Second<<(attempt-1)))
		h.exec(t, `update outbox set next_at = next_at + interval '1 hour'`) // however slow the test is
		if n := h.drain(t, h.Relay); n != 0 {
			t.Errorf("attempt %d: tried again at once", attempt)
		}
		h.exec(t, `update outbox set next_at = now()`)
	}
	h.Mail.Refuse(nil)
	if n := h.drain(t, h.Relay); n != 1 || len(h.Mail.Messages()) != before+1 {
		t.Errorf("%d tried, %d mails", n, len(h.Mail.Messages())-before)
	}
	h.is(t, "sent ", `select state || ' ' || last_error `+mailRow)
}

// refusedForGood: 5xx is dead at once, listed for staff with the reason, in
// whatever bytes the server gave it, and tried again only when they say so.
func refusedForGood(t *testing.T, h *house) {
	before := len(h.Mail.Messages())
	h.Mail.Refuse(func(string) error {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "bo\xeete inconnue \x00 \u202e"}
	})
	h.drain(t, h.Relay)
	h.is(t, "dead", `select state `+mailRow)
	h.exec(t, `update outbox set next_at = now()`)
	if n := h.drain(t, h.Relay); n != 0 {
		t.Error("a dead mail is tried again by itself")
	}
	dead, err := h.outbox.DeadEffects(t.Context())
	if err != nil || len(dead) != 1 || dead[0].LastError == "" || dead[0].Kind != store.EffectMail || dead[0].TicketID == nil {
		t.Fatalf("dead letters: %+v, %v", dead, err)
	}
	backlog, err := h.outbox.Backlog(t.Context())
	if err != nil || backlog.Dead != 1 || backlog.Waiting != 0 {
		t.Errorf("backlog: %+v, %v", backlog, err)
	}
	if n, err := h.outbox.RetryDead(t.Context(), dead[0].ID+1); n != 0 || err != nil {
		t.Errorf("another one: %d, %v", n, err)
	}
	if n, err := h.outbox.RetryDead(t.Context(), dead[0].ID); n != 1 || err != nil {
		t.Errorf("this one: %d, %v", n, err)
	}
	h.Mail.Refuse(nil)
	if n := h.drain(t, h.Relay); n != 1 || len(h.Mail.Messages()) != before+1 {
		t.Errorf("%d tried, %d mails", n, len(h.Mail.Messages())-before)
	}
	h.is(t, "sent", `select state `+mailRow)
	if n, err := h.outbox.RetryDead(t.Context(), 0); n != 0 || err != nil {
		t.Errorf("nothing is dead any more: %d, %v", n, err)
	}
}

// refusedTooOften: after so many attempts a mail is dead.
func refusedTooOften(t *testing.T, h *house) {
	h.Mail.Refuse(func(string) error { return &smtp.SMTPError{Code: 450, Message: "busy"} })
	r := h.relay(h.Client, h.Mail.SMTPAddress(), relay.Options{MailAttempts: 2})
	for _, state := range []string{"pending", "dead"} {
		h.drain(t, r)
		h.is(t, state, `select state `+mailRow)
		h.exec(t, `update outbox set next_at = now()`)
	}
	if n, err := h.outbox.RetryDead(t.Context(), 0); n != 1 || err != nil {
		t.Errorf("retry all: %d, %v", n, err)
	}
	h.is(t, "pending 0", `select state || ' ' || attempts `+mailRow)
}

// nobodyThere: a mail server that can't be reached is waited for.
func nobodyThere(t *testing.T, h *house) {
	h.drain(t, h.relay(h.Client, "127.0.0.1:1", relay.Options{}))
	h.is(t, true, `select state = 'pending' and last_error <> '' `+mailRow)
}

// unreadable: what can't be rendered is dead, and holds up nothing.
func unreadable(t *testing.T, h *house) {
	for i, payload := range []string{`{}`, `"x"`, `{"Kind": 7}`, `{"Kind": "unknown"}`} {
		h.exec(t, `insert into outbox (vendor_id, kind, key, payload) select vendor_id, 'mail', $1, $2::jsonb `+mailRow+` limit 1`, i, payload)
	}
	h.exec(t, `insert into outbox (vendor_id, kind, key, payload) select vendor_id, 'start', 'nothing', '{}' `+mailRow+` limit 1`)
	h.drain(t, h.Relay)
	h.is(t, 5, `select count(*) from outbox where state = 'dead'`)
	h.is(t, 1, `select count(*) from outbox where state = 'sent'`)
}

// TestHeldMail: after a restore nothing leaves, neither what was waiting nor
// what comes after, until an operator says so; then everything leaves, once.
func TestHeldMail(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	id := h.register(t)
	h.exec(t, `update outbox set state = 'sending', attempts = 1, lease_until = now() - interval '1 second' where kind = 'mail'`)
	if _, err := h.DB.OwnerStore(t).AfterRestore(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	h.exec(t, `insert into outbox (vendor_id, kind, key, ticket_id, payload)
		select vendor_id, kind, 'later', ticket_id, jsonb_set(payload, '{MessageID}', to_jsonb('later.' || (payload->>'MessageID'))) `+mailRow)
	h.drain(t, h.Relay) // starts workflows as ever
	h.is(t, "sent", `select state `+startRow+` and ticket_id = $1`, id)
	h.is(t, 2, `select count(*) `+mailRow+` and state in ('pending', 'sending')`)
	if n := len(h.Mail.Messages()); n != 0 {
		t.Errorf("%d mails left while mail is held", n)
	}
	released, err := h.outbox.ReleaseMail(t.Context(), false)
	if err != nil || released.Mails != 2 || released.Old != 1 {
		t.Errorf("released %+v, %v", released, err)
	}
	h.drain(t, h.Relay)
	h.drain(t, h.Relay)
	mails := h.Mail.Messages()
	if len(mails) != 2 || mails[0].MessageID == mails[1].MessageID {
		t.Errorf("%d mails after the release", len(mails))
	}
	h.is(t, 2, `select count(*) `+mailRow+` and state = 'sent'`)
}

// TestTwoRelays: without a crash no mail is sent twice, however many relays
// run.
func TestTwoRelays(t *testing.T) {
	t.Parallel()
	h := newHouse(t, stack.Parts{})
	h.register(t)
	h.exec(t, `delete from outbox where kind = 'start'`)
	h.exec(t, `insert into outbox (vendor_id, kind, key, ticket_id, payload)
		select vendor_id, kind, key || i, ticket_id, jsonb_set(payload, '{MessageID}', to_jsonb(i || '.' || (payload->>'MessageID')))
		from outbox, generate_series(1, 99) i`)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for range 2 {
		r := h.relay(noEngine(t), h.Mail.SMTPAddress(), relay.Options{Look: 10 * time.Millisecond})
		wg.Go(func() { _ = r.Run(ctx) })
	}
	eventually(t, "all are sent", func() bool { return h.count(t, `select count(*) from outbox where state <> 'sent'`) == 0 })
	cancel()
	wg.Wait()
	ids := map[string]int{}
	for _, m := range h.Mail.Messages() {
		ids[m.MessageID]++
	}
	if len(ids) != 100 || len(h.Mail.Messages()) != 100 {
		t.Errorf("%d mails of %d identities, want 100", len(h.Mail.Messages()), len(ids))
	}
	h.is(t, 100, `select sum(attempts)::bigint from outbox`)
}
