package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/casepath/casepath/mail"
	"github.com/casepath/casepath/store"
)

// Account tells somebody of something about their own access, or, as staff, of
// somebody who asks for it. It is about no ticket.
func Account(ctx context.Context, tx *store.Tx, v store.Vendor, kind mail.Kind, event string, to store.Person, at time.Time,
	fill func(*mail.Notice),
) error {
	recipient := to.ID.String()
	if to.ID == uuid.Nil { // not a person here (yet)
		recipient = to.Email
	}
	key := fmt.Sprintf("mail/%s/%s/%s", kind, event, recipient)
	n := mail.Notice{
		Kind: kind, Locale: to.Locale, TimeZone: to.TimeZone, At: at.UTC(), To: mail.Address{Name: to.Name, Email: to.Email},
		Vendor: sender(v), MessageID: messageID(v, key), URL: v.Portal,
	}
	if fill != nil {
		fill(&n)
	}
	payload, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("write notice: %w", err)
	}
	return tx.InsertEffect(ctx, store.Effect{Kind: store.EffectMail, Key: key, Payload: payload})
}
