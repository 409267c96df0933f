package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/casepath/casepath/store"
)

// Key is the identity of a write: the same caller doing the same thing to the
// same object with the same idempotency key. An empty idempotency key makes a
// write that can't be repeated.
func (c Caller) Key(action, object, idempotencyKey string) string {
	if idempotencyKey == "" {
		idempotencyKey = uuid.NewString()
	}
	sum := sha256.Sum256([]byte(strings.Join(
		[]string{c.Vendor.ID.String(), c.Person.ID.String(), action, object, idempotencyKey}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// bodyHash is the fingerprint of what a write says.
func bodyHash(body any) ([]byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("fingerprint of a write: %w", err)
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}

// write is a write that needs no workflow.
type write struct {
	action string
	ticket *uuid.UUID // what it is done to, if a ticket
	key    string     // idempotency key of the caller
	body   any        // what it says: the same key with another body is refused
	makes  *uuid.UUID // the id of what it makes, when that is known before: it spares a statement
}

// once does a write in the transaction, unless the same was done before. It
// answers the id of what it made, now or then.
func (d *Desk) once(ctx context.Context, tx *store.Tx, c Caller, w write, do func() (uuid.UUID, error)) (made uuid.UUID, before bool, err error) {
	hash, err := bodyHash(w.body)
	if err != nil {
		return made, false, err
	}
	object := ""
	if w.ticket != nil {
		object = w.ticket.String()
	}
	key := c.Key(w.action, object, w.key)
	command, err := tx.Receive(ctx, store.Command{
		Key: key, TicketID: w.ticket, ActorID: &c.Person.ID, Action: w.action, BodyHash: hash, ReceivedAt: d.Now(),
		BearerID: known(c.Bearer), IP: OriginFrom(ctx).IP, ObjectID: w.makes,
	})
	if err != nil {
		return made, false, err
	}
	if command.CommittedAt != nil {
		return *command.ObjectID, true, nil
	}
	if made, err = do(); err != nil || w.makes != nil {
		return made, false, err
	}
	return made, false, tx.Done(ctx, key, made)
}
