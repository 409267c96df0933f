// Package webhook tells outside systems what happened, and believes what they
// tell: signed after Standard Webhooks (standardwebhooks.com), with symmetric
// keys. What is signed is id.timestamp.body, so neither can be altered, nor be
// sent again later or under another id.
package webhook

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// The headers of a message.
const (
	HeaderID        = standardwebhooks.HeaderWebhookID
	HeaderTimestamp = standardwebhooks.HeaderWebhookTimestamp
	HeaderSignature = standardwebhooks.HeaderWebhookSignature
)

const (
	// Age is how old a message may be, or how far ahead its clock.
	Age = 5 * time.Minute
	// IDMax is how long the id of a message may be, in bytes.
	IDMax = 200

	secretPrefix        = "whsec_"
	secretMin           = 24 // bytes
	secretMax           = 64
	secretNew           = 32
	signaturesMax       = 2000 // bytes of the header
	timestampDigitsMost = 20
)

var (
	// ErrSecret is a text that is no secret.
	ErrSecret = errors.New("a secret is whsec_ and 24 to 64 bytes in base64")
	// ErrNotSigned is a message that is not signed by any of the secrets, or is too
	// old, or has no id.
	ErrNotSigned = errors.New("the message is not signed, or not now")
)

// NewSecret makes a secret of 256 bits.
func NewSecret() []byte {
	secret := make([]byte, secretNew)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return secret
}

// SecretText is a secret as people copy it.
func SecretText(secret []byte) string {
	return secretPrefix + base64.StdEncoding.EncodeToString(secret)
}

// ParseSecret reads a secret as people copy it, ErrSecret for anything else.
func ParseSecret(text string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(text), secretPrefix))
	if err != nil || len(raw) < secretMin || len(raw) > secretMax {
		return nil, ErrSecret
	}
	return raw, nil
}

// Message is a message as it came: its headers and its body.
type Message struct {
	ID, Timestamp, Signature string
	Body                     []byte
}

// Verify is nil when one of the secrets has signed the message no longer than
// Age ago; else ErrNotSigned.
func (m Message) Verify(now time.Time, secrets ...[]byte) error {
	seconds, err := strconv.ParseInt(m.Timestamp, 10, 64)
	switch {
	case err != nil, len(m.Timestamp) > timestampDigitsMost, now.Sub(time.Unix(seconds, 0)).Abs() > Age,
		m.ID == "", len(m.ID) > IDMax, !utf8.ValidString(m.ID), strings.Contains(m.ID, "\x00"), len(m.Signature) > signaturesMax:
		return ErrNotSigned
	}
	headers := http.Header{}
	headers.Set(HeaderID, m.ID)
	headers.Set(HeaderTimestamp, m.Timestamp)
	headers.Set(HeaderSignature, m.Signature)
	for _, secret := range secrets {
		if hook, err := standardwebhooks.NewWebhookRaw(secret); err == nil && hook.VerifyIgnoringTimestamp(m.Body, headers) == nil {
			return nil
		}
	}
	return ErrNotSigned
}

// Sign makes a message, signed with each of the secrets: while one follows
// another, either is believed.
func Sign(id string, at time.Time, body []byte, secrets ...[]byte) (m Message, err error) {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		hook, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return m, err
		}
		if signatures[i], err = hook.Sign(id, at, body); err != nil {
			return m, err
		}
	}
	return Message{ID: id, Timestamp: strconv.FormatInt(at.Unix(), 10), Signature: strings.Join(signatures, " "), Body: body}, nil
}
