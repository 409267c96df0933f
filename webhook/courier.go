package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/identity"
	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/notice"
	"github.com/casepath/casepath/outgoing"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
)

const (
	// callTimeout is what one call may take, answerMax what is read of its answer, in bytes.
	callTimeout = 10 * time.Second
	answerMax   = 16 << 10
	// PauseAfter is how many deliveries are given up, with none arriving, until an
	// endpoint is paused.
	PauseAfter = 3
)

// Waits are how long is waited after each failed try of a delivery, the first to
// the last but one: about three days in all. What the last try does not bring
// there is given up.
var Waits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// Tries is how often a delivery is tried.
func Tries() int { return len(Waits) + 1 }

// Wait is how long is waited after so many tries.
func Wait(tries int) time.Duration { return Waits[min(max(tries, 1), len(Waits))-1] }

// Rules are what webhooks may call: public addresses by https, on the ports 443
// and 80. private allows what else the operator's own network has.
func Rules(private bool) outgoing.Rules {
	return outgoing.Rules{Timeout: callTimeout, AnswerMax: answerMax, Ports: []uint16{443, 80}, Private: private}
}

// Courier brings deliveries to their endpoints.
type Courier struct {
	Store  *store.Store // as the application
	Seal   *identity.Sealer
	Client *http.Client // of Rules
	Now    func() time.Time
}

// sealPurpose is what an endpoint's secrets are sealed for.
func sealPurpose(endpoint uuid.UUID) string { return "webhook/" + endpoint.String() }

// SealSecret makes an endpoint's secret unreadable.
func SealSecret(seal *identity.Sealer, endpoint uuid.UUID, secret []byte) []byte {
	return seal.Seal(secret, sealPurpose(endpoint))
}

// OpenSecret is an endpoint's secret again.
func OpenSecret(seal *identity.Sealer, endpoint uuid.UUID, sealed []byte) ([]byte, error) {
	return seal.Open(sealed, sealPurpose(endpoint))
}

// Deliver brings one delivery to its endpoint, and notes what was answered. It
// is Invalid, for good, where the endpoint does not run (any more); else an error
// says that it is to be tried again, in our words alone: never what the other
// side said. Who is told twice, since we died before we noted it, is told with
// the same id.
func (c Courier) Deliver(ctx context.Context, e store.Effect) error {
	var names struct {
		Delivery uuid.UUID `json:"delivery"`
	}
	if err := json.Unmarshal(e.Payload, &names); err != nil {
		return problem.New(problem.Invalid, "effect_unreadable", nil)
	}
	var d store.WebhookDelivery
	var to store.Endpoint
	if err := c.Store.In(ctx, e.VendorID, func(tx *store.Tx) (err error) {
		if d, err = tx.WebhookDelivery(ctx, names.Delivery); err == nil {
			to, err = tx.Endpoint(ctx, d.EndpointID)
		}
		return err
	}); err != nil {
		return err
	}
	if !to.Runs() {
		return problem.New(problem.Invalid, "webhook_stopped", nil)
	}
	status, failed := c.call(ctx, d, to)
	noting := context.WithoutCancel(ctx)
	if failed == nil {
		return c.Store.In(noting, e.VendorID, func(tx *store.Tx) error { return tx.Arrived(noting, d, *status, c.Now()) })
	}
	if err := c.missed(noting, e, d, to, status); err != nil {
		return errors.Join(failed, err)
	}
	return failed
}

// call tells the endpoint. The status is nil when none came.
func (c Courier) call(ctx context.Context, d store.WebhookDelivery, to store.Endpoint) (*int, error) {
	secrets, err := c.secrets(to)
	if err != nil {
		return nil, err
	}
	m, err := Sign(d.ID.String(), c.Now(), []byte(d.Body), secrets...)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(m.Body))
	if err != nil {
		return nil, outgoing.ErrAddress
	}
	for name, value := range map[string]string{
		"Content-Type": "application/json", "User-Agent": "Casepath-Webhook", HeaderID: m.ID, HeaderTimestamp: m.Timestamp, HeaderSignature: m.Signature,
	} {
		r.Header.Set(name, value)
	}
	answer, err := c.Client.Do(r)
	if err != nil {
		return nil, neutral(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body) // no more than answerMax; its status has said all
	if answer.StatusCode == http.StatusGone {
		return &answer.StatusCode, errGone
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return &answer.StatusCode, fmt.Errorf("the endpoint answered %d", answer.StatusCode)
	}
	return &answer.StatusCode, nil
}

// gone is an endpoint's word that it is there no more: what it is not told is
// given up at once, and says so.
type gone struct{}

var errGone error = gone{}

func (gone) Error() string { return fmt.Sprintf("the endpoint answered %d", http.StatusGone) }

func (gone) Unwrap() error { return problem.New(problem.Invalid, "webhook_stopped", nil) }

// secrets are what signs now: the one, and the one before while it is on its way
// out.
func (c Courier) secrets(to store.Endpoint) (list [][]byte, err error) {
	if c.Seal == nil {
		return nil, problem.New(problem.Unavailable, "secret_key_missing", nil)
	}
	sealed := [][]byte{to.Secret}
	if to.SecretBefore != nil && to.BeforeUntil != nil && c.Now().Before(*to.BeforeUntil) {
		sealed = append(sealed, to.SecretBefore)
	}
	for _, s := range sealed {
		secret, err := OpenSecret(c.Seal, to.ID, s)
		if err != nil {
			return nil, err
		}
		list = append(list, secret)
	}
	return list, nil
}

// neutral is why a call failed, without a word of the other side's or of our
// network's.
func neutral(err error) error {
	var network net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return errors.New("the endpoint did not answer in time")
	}
	return errors.New("the endpoint can't be reached")
}

// missed notes that a delivery did not arrive. With its last try it is given up,
// and after PauseAfter of those the endpoint is paused and its owner told; at once
// when it answers that it is gone.
func (c Courier) missed(ctx context.Context, e store.Effect, d store.WebhookDelivery, to store.Endpoint, status *int) error {
	vendor, err := c.Store.Vendor(ctx, e.VendorID)
	if err != nil {
		return err
	}
	return c.Store.In(ctx, e.VendorID, func(tx *store.Tx) error {
		if err := tx.NotArrived(ctx, d, status, c.Now(), min(Wait(e.Attempts), Waits[2])); err != nil {
			return err
		}
		gone := status != nil && *status == http.StatusGone // as errGone
		if e.Attempts < Tries() && !gone {
			return nil
		}
		if dead, err := tx.GaveUp(ctx, to.ID); err != nil || dead < PauseAfter && !gone {
			return err
		}
		at := c.Now()
		if paused, err := tx.PauseEndpoint(ctx, to.ID, at); err != nil || !paused {
			return err
		}
		owner, err := tx.Person(ctx, to.OwnerID)
		if err != nil {
			return err
		}
		return notice.Account(ctx, tx, vendor, mail.WebhookPaused, fmt.Sprintf("%s/%d", to.ID, at.UnixMicro()), owner, at, func(n *mail.Notice) {
			n.Text, n.Gone = to.Name, gone
			if vendor.Portal != "" {
				n.URL = vendor.Portal + "/console/webhooks/" + to.ID.String()
			}
		})
	})
}
