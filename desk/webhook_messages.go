package desk

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/store"
	"github.com/casepath/casepath/webhook"
)

// TrackerMessage is what an outside tracker has sent: the headers and the body of
// Standard Webhooks, as they came.
type TrackerMessage = webhook.Message

// devStatus is what an outside tracker tells: what has become of a dev ticket
// there.
type devStatus struct {
	Number   string `json:"number"`   // ours, or
	External string `json:"external"` // theirs
	Status   string `json:"status"`   // of trackerActions
	Version  string `json:"version"`  // planned: needed; shipped: unless it is the planned one
	Reason   string `json:"reason"`   // refused: needed
}

// trackerActions is what each status of an outside tracker does here.
var trackerActions = map[string]devticket.Action{
	"accepted": devticket.ActAccept, "refused": devticket.ActRefuse, "planned": devticket.ActPlan, "in_work": devticket.ActBegin, "shipped": devticket.ActShip,
}

// ReceiveDevStatus takes a message of a vendor's outside tracker. Who is not
// known, signs wrongly, or comes more than five minutes late is Unauthenticated,
// and leaves nothing; so is everybody once whoever set the key has left. What is
// signed is kept, once for each message id: the same message again is answered
// as the first time, another one under its id is Unprocessable. NotFound for a
// dev ticket that is not there; else what the dev ticket's workflow says.
// Unavailable is no answer: the same message again has one outcome.
func (d *Desk) ReceiveDevStatus(ctx context.Context, vendor string, m TrackerMessage) error {
	v, err := d.Store.VendorBySlug(ctx, vendor)
	if problem.CodeOf(err) == problem.NotFound {
		return trackerUnknown()
	}
	if err != nil {
		return err
	}
	owner, err := d.trackerSigned(ctx, v, m)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(m.Body)
	kept := store.WebhookMessage{ID: m.ID, BodyHash: sum[:], Outcome: taken, At: d.Now()}
	var deed devDeed
	var before bool
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		if before, err = answeredBefore(ctx, tx, kept); before || err != nil {
			return err
		}
		deed, err = readDevStatus(ctx, tx, m, &kept)
		return err
	})
	if before {
		return err
	}
	if err == nil {
		_, err = d.doDevAs(ctx, Caller{Vendor: v, Person: owner, tracker: true}, deed)
	}
	return d.keepMessage(ctx, v, kept, err)
}

// trackerReach is how far the outside tracker goes: it does to dev tickets what
// development does.
func trackerReach(op Operation) Reach {
	for _, done := range devOperation {
		if op == done {
			return Everything
		}
	}
	return Nothing
}

func trackerUnknown() *problem.Error {
	return problem.New(problem.Unauthenticated, "webhook_not_signed", nil)
}

// trackerSigned checks the signature and the age of a message, and answers in
// whose name the tracker acts.
func (d *Desk) trackerSigned(ctx context.Context, v store.Vendor, m webhook.Message) (owner store.Person, err error) {
	var k store.WebhookKey
	err = d.Store.In(ctx, v.ID, func(tx *store.Tx) error {
		if k, err = tx.WebhookKey(ctx, false); err == nil {
			owner, err = tx.Person(ctx, k.OwnerID)
		}
		return err
	})
	switch {
	case problem.CodeOf(err) == problem.NotFound, err == nil && (d.Seal == nil || !owner.Active || owner.OrganizationID != nil):
		return owner, trackerUnknown()
	case err != nil:
		return owner, err
	}
	sealed := [][]byte{k.Secret}
	if k.SecretBefore != nil && k.BeforeUntil != nil && d.Now().Before(*k.BeforeUntil) {
		sealed = append(sealed, k.SecretBefore)
	}
	var secrets [][]byte
	for _, s := range sealed {
		secret, err := d.Seal.Open(s, trackerPurpose(v.ID))
		if err != nil {
			return owner, err
		}
		secrets = append(secrets, secret)
	}
	if m.Verify(d.Now(), secrets...) != nil {
		return owner, trackerUnknown()
	}
	return owner, nil
}

// refusal is a problem as it is kept, to be answered again.
type refusal struct {
	Code   problem.Code
	Key    string
	Args   problem.Args    `json:",omitempty"`
	Fields []problem.Field `json:",omitempty"`
}

// answeredBefore says whether a message came before, with the answer it got.
func answeredBefore(ctx context.Context, tx *store.Tx, m store.WebhookMessage) (bool, error) {
	before, err := tx.WebhookMessage(ctx, m.ID)
	switch {
	case problem.CodeOf(err) == problem.NotFound:
		return false, nil
	case err != nil:
		return false, err
	case subtle.ConstantTimeCompare(before.BodyHash, m.BodyHash) != 1:
		return true, problem.New(problem.Unprocessable, "idempotency_key_reused", nil)
	case before.Answer == "":
		return true, nil
	}
	var r refusal
	if err := json.Unmarshal([]byte(before.Answer), &r); err != nil {
		return true, err
	}
	return true, &problem.Error{Code: r.Code, Key: r.Key, Args: r.Args, Fields: r.Fields}
}

// readDevStatus is what a message wants done, and to which dev ticket.
func readDevStatus(ctx context.Context, tx *store.Tx, m webhook.Message, kept *store.WebhookMessage) (in devDeed, err error) {
	var said devStatus
	if json.Unmarshal(m.Body, &said) != nil {
		return in, problem.New(problem.Unprocessable, "webhook_unreadable", nil)
	}
	kept.Said = begin(strings.TrimSpace(strings.Join([]string{said.Number, said.External, said.Status, said.Version}, " ")), ReferenceMax)
	action, known := trackerActions[said.Status]
	if !known {
		return in, fieldProblem("status", "field_not_a_choice", problem.Args{"choices": []string{"accepted", "refused", "planned", "in_work", "shipped"}})
	}
	row, err := findDev(ctx, tx, said.Number)
	if said.Number == "" {
		row, err = tx.DevTicketByExternal(ctx, clean(said.External))
	}
	if err != nil {
		return in, err
	}
	kept.DevID = &row.ID
	in = devDeed{action: action, ref: row.ID.String(), key: "webhook/" + m.ID, channel: store.ChannelTracker}
	switch action {
	case devticket.ActRefuse:
		in.text = said.Reason
	case devticket.ActPlan, devticket.ActShip:
		in.target.Version = said.Version
	case devticket.ActAccept, devticket.ActBegin, devticket.ActVerify, devticket.ActFail:
	}
	return in, nil
}

// keepMessage keeps what came of a message, and answers it. What nobody knows
// the outcome of yet is not kept: the tracker repeats it.
func (d *Desk) keepMessage(ctx context.Context, v store.Vendor, kept store.WebhookMessage, outcome error) error {
	if e, refused := problem.As(outcome); refused && e.Code != problem.Unavailable && e.Code != problem.Internal {
		answer, err := json.Marshal(refusal{e.Code, e.Key, e.Args, e.Fields})
		if err != nil {
			return err
		}
		kept.Outcome, kept.Answer = e.Key, string(answer)
	} else if outcome != nil {
		return outcome
	}
	err := d.Store.In(context.WithoutCancel(ctx), v.ID, func(tx *store.Tx) error {
		if before, err := answeredBefore(ctx, tx, kept); before || err != nil {
			return err // the same message, at the same moment
		}
		return tx.InsertWebhookMessage(ctx, kept)
	})
	if err != nil {
		return afterwards(err)
	}
	return outcome
}

// WebhookKeyView is what the outside tracker signs with, without the secret.
type WebhookKeyView struct {
	Set      *store.WebhookKey // nil: there is none, and no message is believed
	Messages []store.WebhookMessage
	Address  string // where the tracker sends its messages; "" when it is not known
}

// messagesMax is how many of the tracker's messages are read at once.
const messagesMax = 50

// WebhookMessages are the last of the outside tracker, the newest first, for
// administrators.
func (d *Desk) WebhookMessages(ctx context.Context) (v WebhookKeyView, err error) {
	c, err := d.caller(ctx, OpListWebhookMessages)
	if err != nil {
		return v, err
	}
	if d.Store.PublicURL != "" {
		v.Address = d.Store.PublicURL + "/v1/webhooks/dev-tickets/" + c.Vendor.Slug
	}
	return v, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		k, err := tx.WebhookKey(ctx, false)
		switch {
		case err == nil:
			v.Set = &k
		case problem.CodeOf(err) != problem.NotFound:
			return err
		}
		v.Messages, err = tx.WebhookMessages(ctx, messagesMax)
		return err
	})
}

// RotateWebhookKey gives the outside tracker a secret to sign with, which is
// answered once; a repeat of the key answers it again. For SecretOverlap the one
// before is believed too. What the tracker does is done in the caller's name from
// now on.
func (d *Desk) RotateWebhookKey(ctx context.Context, key string) (secret string, err error) {
	c, err := d.caller(ctx, OpSetWebhookKey)
	if err != nil {
		return "", err
	}
	seal, err := d.sealer()
	if err != nil {
		return "", err
	}
	return secret, d.Store.In(ctx, c.Vendor.ID, func(tx *store.Tx) error {
		if _, _, err := d.once(ctx, tx, c, write{action: "rotate_webhook_key", key: key}, func() (uuid.UUID, error) {
			before, err := tx.WebhookKey(ctx, true)
			if err != nil && problem.CodeOf(err) != problem.NotFound {
				return uuid.Nil, err
			}
			now := d.Now()
			k := store.WebhookKey{Secret: seal.Seal(webhook.NewSecret(), trackerPurpose(c.Vendor.ID)), OwnerID: c.Person.ID, SetAt: now}
			if until := now.Add(SecretOverlap); err == nil {
				k.SecretBefore, k.BeforeUntil = before.Secret, &until
			}
			if err := tx.SetWebhookKey(ctx, k); err != nil {
				return uuid.Nil, err
			}
			return c.Vendor.ID, d.audit(ctx, tx, c, "webhook_key_set", "vendor", c.Vendor.ID, nil)
		}); err != nil {
			return err
		}
		k, err := tx.WebhookKey(ctx, false)
		if err != nil {
			return err
		}
		raw, err := seal.Open(k.Secret, trackerPurpose(c.Vendor.ID))
		secret = webhook.SecretText(raw)
		return err
	})
}

func trackerPurpose(vendor uuid.UUID) string { return "webhook key " + vendor.String() }
