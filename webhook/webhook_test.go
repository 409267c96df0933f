package webhook_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/casepath/casepath/webhook"
)

// TestVectors: the messages of docs/webhooks.md. The first is the vector of
// Standard Webhooks itself.
func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ secret, id, body, signature string }{
		{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		{
			"whsec_Y2FzZXBhdGggY2FzZXBhdGggY2FzZXBhdGg=", "0197f0a4-0000-7000-8000-000000000000", `{"type": "dev_ticket.changed"}`,
			"v1,UrrrjmH2uNaN2g4agFl5x+TZkY1TXq/HMYc40pKzEVQ=",
		},
	} {
		secret, err := webhook.ParseSecret(v.secret)
		if err != nil || webhook.SecretText(secret) != v.secret {
			t.Fatalf("%s: %q, %v", v.secret, webhook.SecretText(secret), err)
		}
		m, err := webhook.Sign(v.id, time.Unix(1614265330, 0), []byte(v.body), secret)
		if err != nil || m.Signature != v.signature || m.Timestamp != "1614265330" {
			t.Errorf("%s: %+v, %v", v.id, m, err)
		}
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	now := time.Unix(1614265330, 0)
	old, current, other := webhook.NewSecret(), webhook.NewSecret(), webhook.NewSecret()
	m, err := webhook.Sign("m1", now, []byte(`{"a": 1}`), current, old)
	if err != nil {
		t.Fatal(err)
	}
	for what, secrets := range map[string][][]byte{"the new secret": {current}, "the old one": {old}, "both": {other, old}} {
		if err := m.Verify(now.Add(webhook.Age), secrets...); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	altered := func(alter func(*webhook.Message)) webhook.Message {
		one := m
		alter(&one)
		return one
	}
	for what, one := range map[string]webhook.Message{
		"body":         altered(func(m *webhook.Message) { m.Body = []byte(`{"a": 2}`) }),
		"id":           altered(func(m *webhook.Message) { m.ID = "m2" }),
		"no id":        altered(func(m *webhook.Message) { m.ID = "" }),
		"long id":      altered(func(m *webhook.Message) { m.ID = strings.Repeat("m", webhook.IDMax+1) }),
		"instant":      altered(func(m *webhook.Message) { m.Timestamp = "1614265331" }),
		"no instant":   altered(func(m *webhook.Message) { m.Timestamp = "now" }),
		"signature":    altered(func(m *webhook.Message) { m.Signature = "v1," + strings.Repeat("A", 43) + "=" }),
		"no signature": altered(func(m *webhook.Message) { m.Signature = "" }),
		"version":      altered(func(m *webhook.Message) { m.Signature = strings.ReplaceAll(m.Signature, "v1,", "v2,") }),
	} {
		if err := one.Verify(now, current, old); !errors.Is(err, webhook.ErrNotSigned) {
			t.Errorf("altered %s: %v", what, err)
		}
	}
	for what, at := range map[string]time.Time{"old": now.Add(webhook.Age + time.Second), "ahead": now.Add(-webhook.Age - time.Second)} {
		if err := m.Verify(at, current); !errors.Is(err, webhook.ErrNotSigned) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := m.Verify(now, other); !errors.Is(err, webhook.ErrNotSigned) {
		t.Errorf("another secret: %v", err)
	}
	if err := m.Verify(now); !errors.Is(err, webhook.ErrNotSigned) {
		t.Errorf("no secret: %v", err)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%", "whsec_" + strings.Repeat("A", 92)} {
		if _, err := webhook.ParseSecret(text); !errors.Is(err, webhook.ErrSecret) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if a, b := webhook.NewSecret(), webhook.NewSecret(); len(a) != 32 || bytes.Equal(a, b) {
		t.Errorf("%x, %x", a, b)
	}
}
