package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Draft is what a person is writing: one text per thing and kind.
type Draft struct {
	About     string          `db:"about"` // a ticket's uuid, or "new"
	Kind      string          `db:"kind"`
	Body      json.RawMessage `db:"body"`
	UpdatedAt time.Time       `db:"updated_at"`
}

// KeepDraft keeps what a person is writing, field by field: those the body
// does not name stay as they are. It answers how large the draft is now, in
// bytes.
func (tx *Tx) KeepDraft(ctx context.Context, person uuid.UUID, d Draft) (size int, err error) {
	return size, tx.get(ctx, "keep draft", &size, `insert into drafts (vendor_id, person_id, about, kind, body, updated_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (person_id, about, kind) do update set body = drafts.body || excluded.body, updated_at = excluded.updated_at
		returning octet_length(body::text)`,
		tx.Vendor, person, d.About, d.Kind, string(d.Body), d.UpdatedAt)
}

// Drafts are a person's, about one thing.
func (tx *Tx) Drafts(ctx context.Context, person uuid.UUID, about string) (list []Draft, err error) {
	return list, tx.list(ctx, "find drafts", &list, `select about, kind, body, updated_at from drafts
		where person_id = $1 and about = $2 order by kind`, person, about)
}

// DropDraft forgets a draft; one that is not there is forgotten already.
func (tx *Tx) DropDraft(ctx context.Context, person uuid.UUID, about, kind string) error {
	return tx.exec(ctx, "drop draft", `delete from drafts where person_id = $1 and about = $2 and kind = $3`, person, about, kind)
}
