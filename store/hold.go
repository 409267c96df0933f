package store

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// Held lets the effects of a reply wait, so that it can be taken back. The
// zero value holds nothing.
type Held struct {
	Reply *uuid.UUID    // the comment
	For   time.Duration // from now on
}

// TakeBack undoes a held reply: the comment and its mails are gone, its files
// hang on nothing again. It answers false, and changes nothing, once the reply
// is held no more or a mail of it has begun to leave.
func (tx *Tx) TakeBack(ctx context.Context, reply uuid.UUID) (done bool, err error) {
	return done, tx.get(ctx, "take a reply back", &done, `select take_back($1)`, reply)
}

// FirstStaffAct is when staff first acted on a ticket, as its history says:
// anything but a note, and but a reply that was taken back. nil: never.
func (tx *Tx) FirstStaffAct(ctx context.Context, ticket uuid.UUID) (at *time.Time, err error) {
	return at, tx.get(ctx, "find first act", &at, `select min(e.at) from events e join people p on p.id = e.actor_id and p.organization_id is null
		where e.ticket_id = $1 and e.kind not in ('note', 'reply_cancelled', 'time_entered', 'time_reversed')
		and (e.kind <> 'comment' or exists (select from comments c where c.id = (e.data ->> 'comment_id')::uuid))`, ticket)
}

// FirstStaffWord is when staff first said something public on a ticket; nil:
// never.
func (tx *Tx) FirstStaffWord(ctx context.Context, ticket uuid.UUID) (at *time.Time, err error) {
	return at, tx.get(ctx, "find first word", &at, `select min(c.at) from comments c join people p on p.id = c.author_id and p.organization_id is null
		where c.ticket_id = $1 and c.public`, ticket)
}

// Unconfirm has the relay tell the ticket's workflow of a write that was made
// without it: it reads its row.
func (tx *Tx) Unconfirm(ctx context.Context, key string, version int64) error {
	return tx.change(ctx, "leave command unconfirmed", `update commands set confirmed_at = null, version = $2 where key = $1`, key, version)
}
