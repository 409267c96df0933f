package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/google/uuid"
)

// newer is the condition under which a comment c was heard after comment $4;
// all were after one that is none of the ticket's (any more).
const newer = `(c.heard_at, c.id) > (coalesce((select s.heard_at from ` + heard + ` s where s.id = $4), '-infinity'), $4)`

// ChangedSince says whether somebody else has spoken (where the reader may hear
// it) since that comment, or acted since that version of the ticket.
func (tx *Tx) ChangedSince(ctx context.Context, ticket, reader uuid.UUID, internal bool, version int64, comment uuid.UUID) (changed bool, err error) {
	return changed, tx.get(ctx, "look for changes", &changed, `
		select exists (select from `+heard+` c where c.author_id <> $3 and `+newer+`)
		or exists (select from events e where e.ticket_id = $1 and e.actor_id is not null and e.actor_id <> $3 and (e.public or $2)
			and e.version > $5 and e.kind not in ('comment', 'note', 'time_entered', 'time_reversed'))`, ticket, internal, reader, comment, version)
}

// News is what a reader may hear of that has come since that comment and that
// version of the ticket, and is not their own: the comments, oldest first, at
// most a hundred, and whether anything was done, also by itself.
func (tx *Tx) News(ctx context.Context, ticket, reader uuid.UUID, internal bool, version int64, comment uuid.UUID) (said []uuid.UUID, done bool, err error) {
	if err := tx.list(ctx, "find new comments", &said, `select c.id from `+heard+` c where c.author_id <> $3 and `+newer+`
		order by c.heard_at, c.id limit 100`, ticket, internal, reader, comment); err != nil {
		return nil, false, err
	}
	return said, done, tx.get(ctx, "find new events", &done, `select exists (select from events e where e.ticket_id = $1
		and e.actor_id is distinct from $3 and (e.public or $2) and e.version > $4 and e.kind not in ('comment', 'note', 'time_entered', 'time_reversed'))`,
		ticket, internal, reader, version)
}

// NewestComment is the last comment the reader may hear; uuid.Nil for none.
func (tx *Tx) NewestComment(ctx context.Context, ticket uuid.UUID, internal bool) (id uuid.UUID, err error) {
	err = tx.GetContext(ctx, &id, `select c.id from `+heard+` c order by c.heard_at desc, c.id desc limit 1`, ticket, internal)
	if errors.Is(err, sql.ErrNoRows) {
		return uuid.Nil, nil
	}
	return id, failure("find newest comment", err)
}
